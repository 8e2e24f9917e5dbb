//! The market as [`crate::market_api::MarketApi`] shows it.

use crate::market_api::{Refusal, Settings};
use crate::{
    AccountId, AllPalletsWithSystem, Balances, BlindAuction, EnergyTasks, Participants, Runtime, RuntimeCall,
    RuntimeOrigin, Settlement, Terms, Timestamp,
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use frame_support::storage::{TransactionOutcome, with_transaction};
use frame_support::traits::{PalletsInfoAccess, fungible::InspectHold};
use market::api::{Clock, Due, MOST_ENTRIES, ParticipantInfo};
use market::calendar::Calendars;
use market::participant::Registry;
use market::{Calendar, Moment, Money, ParticipantId};
use pallet_participants::Registered;
use sp_runtime::{DispatchError, traits::Dispatchable};

pub(crate) fn clock() -> Clock {
    let now = Timestamp::get();
    let calendar = Terms::at(now);
    Clock {
        now,
        calendar,
        open: Terms::open_at(now),
        paused: Terms::paused(),
        next_boundary: Terms::next_boundary(now),
        first_release: first_release(&calendar, now),
        backlog: BlindAuction::backlog() || Settlement::backlog(),
        next_to_settle: Settlement::next_to_settle(),
    }
}

/// When the release of the first day that can still be released opens, or opened: the day after the
/// current one, or the next where that one's window has closed.
fn first_release(calendar: &Calendar, now: Moment) -> Moment {
    let tomorrow = calendar.delivery_at(now).map_or(0, |delivery| delivery.day.saturating_add(1));
    let window = |day| Terms::of(day).release(day);
    let next = window(tomorrow);
    if next.to > now { next.from } else { window(tomorrow.saturating_add(1)).from }
}

pub(crate) fn settings() -> Settings {
    Settings {
        pricing: pallet_blind_auction::Pricing::<Runtime>::get(),
        seed: pallet_terms::MarketSeed::<Runtime>::get(),
        history_days: pallet_energy_tasks::HistoryDays::<Runtime>::get(),
        deposit_share: pallet_blind_auction::DepositShare::<Runtime>::get(),
    }
}

pub(crate) fn due(agents: &[AccountId]) -> Vec<Due> {
    let agents = agents.iter().take(capped(u32::MAX));
    let participants: BTreeSet<_> = agents.filter_map(Participants::acting).collect();
    participants
        .into_iter()
        .flat_map(|id| [EnergyTasks::due(id), BlindAuction::due(id), Settlement::due(id)])
        .flatten()
        .collect()
}

pub(crate) fn participants(from: u32, count: u32) -> Vec<ParticipantInfo> {
    (from..from.saturating_add(count.min(MOST_ENTRIES)).min(pallet_participants::Count::<Runtime>::get()))
        .filter_map(|id| participant(ParticipantId(id)))
        .collect()
}

fn participant(id: ParticipantId) -> Option<ParticipantInfo> {
    let Some(Registered { participant: registered, .. }) =
        pallet_participants::Participants::<Runtime>::get(id)
    else {
        return removed_participant(id);
    };
    let account = registered.account;
    Some(ParticipantInfo {
        id,
        name: Participants::name_of(id)?,
        role: registered.role,
        free: Money::from_planck(Balances::free_balance(&account)),
        held: Money::from_planck(Balances::total_balance_on_hold(&account)),
        debt: Settlement::debt(id),
        suspended: Participants::is_suspended(id),
        account: account.into(),
        agent: registered.agent.into(),
        parameters: registered.parameters,
    })
}

/// Stands for a participant that was removed, so that each has its number's place in a list.
fn removed_participant(id: ParticipantId) -> Option<ParticipantInfo> {
    Some(ParticipantInfo {
        id,
        name: format!("(removed {})", id.0),
        role: pallet_participants::Removed::<Runtime>::get(id)?,
        account: [0; 32],
        agent: [0; 32],
        parameters: Default::default(),
        suspended: true,
        free: Money::ZERO,
        held: Money::ZERO,
        debt: Default::default(),
    })
}

/// How many entries are told where so many are asked for.
pub(crate) fn capped(count: u32) -> usize {
    usize::try_from(count.min(MOST_ENTRIES)).unwrap_or_default()
}

/// Whether a call is the market's own. Such a call's work is bounded by its own weight, and it holds no other call: a batch,
/// or one in the name of somebody else, could hold any number, at no fee, since it is only tried.
const fn is_of_market(call: &RuntimeCall) -> bool {
    matches!(
        call,
        RuntimeCall::Participants(_)
            | RuntimeCall::Terms(_)
            | RuntimeCall::EnergyTasks(_)
            | RuntimeCall::BlindAuction(_)
            | RuntimeCall::Settlement(_)
    )
}

/// Makes a call of the market as the account would, in storage that is thrown away, and tells how it went.
pub(crate) fn check(call: RuntimeCall, who: AccountId) -> Result<(), Refusal> {
    if !is_of_market(&call) {
        let error = frame_system::Error::<Runtime>::CallFiltered.into();
        return Err(Refusal { error, name: name_of(error) });
    }
    let result = with_transaction(|| {
        let result = call.dispatch(RuntimeOrigin::signed(who)).map(|_| ()).map_err(|refused| refused.error);
        TransactionOutcome::Rollback(Ok::<_, DispatchError>(result))
    });
    result.and_then(|outcome| outcome).map_err(|error| Refusal { error, name: name_of(error) })
}

/// The error's name, behind its pallet's.
fn name_of(error: DispatchError) -> String {
    let name: &'static str = error.into();
    let DispatchError::Module(module) = error else {
        return name.into();
    };
    AllPalletsWithSystem::infos()
        .into_iter()
        .find(|pallet| pallet.index == usize::from(module.index))
        .map_or_else(|| name.into(), |pallet| format!("{}.{name}", pallet.name))
}
