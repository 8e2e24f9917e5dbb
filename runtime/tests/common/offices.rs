//! The calls that name an office, and the people that hold one together.

use super::*;
use frame_support::traits::GetCallMetadata;
use market::participant::{Kinds, Parameters, PartsPerMillion};
use market::{Calendar, Delivery, ParticipantId, Price, Role, Stage};
use pallet_offices::Office;
use pallet_participants::Participant;
use pallet_settlement::types::Ruling;
use sp_core::H256;
use sp_runtime::traits::Dispatchable;

/// A participant that nobody registered yet.
pub fn newcomer() -> Participant<AccountId> {
    Participant {
        name: b"LA9".to_vec().try_into().unwrap(),
        account: account("LA9"),
        agent: agent_account("LA9"),
        meter: [9; 32],
        role: Role::LoadAggregator,
        kinds: Kinds::default(),
        parameters: Parameters { alpha: PartsPerMillion::ONE, ..Parameters::default() },
    }
}

/// One of each call that an office has to make.
pub fn privileged() -> Vec<RuntimeCall> {
    use pallet_participants::Call as Participants;
    use pallet_settlement::Call as Settlement;
    use pallet_terms::Call as Terms;
    let (id, reference) = (ParticipantId(0), H256::zero());
    let delivery = Delivery { day: 0, period: 0 };
    let bounds = pallet_terms::TariffBounds { lowest: Price::ZERO, highest: Price::ZERO };
    vec![
        Participants::register { participant: newcomer() }.into(),
        Participants::set_parameters { id, parameters: Parameters::default() }.into(),
        Participants::suspend { id }.into(),
        Participants::reinstate { id }.into(),
        Participants::remove { id }.into(),
        Participants::rotate_agent { id, agent: agent_account("LA9") }.into(),
        Participants::rotate_meter { id, meter: [9; 32] }.into(),
        Participants::rotate_account { id, account: account("LA9") }.into(),
        Participants::replace_supplier {
            name: newcomer().name,
            account: account("LA9"),
            agent: agent_account("LA9"),
        }
        .into(),
        Terms::set_tariff_bounds { bounds }.into(),
        Terms::set_feed_in { effective_from: 9, price: Price::ZERO }.into(),
        Terms::set_calendar { calendar: Calendar::default() }.into(),
        Terms::pause { stage: Stage::Release }.into(),
        Terms::resume { stage: Stage::Release }.into(),
        pallet_energy_tasks::Call::void_offers { participant: id }.into(),
        pallet_energy_tasks::Call::set_exposure_share { share: PartsPerMillion(0) }.into(),
        pallet_blind_auction::Call::set_deposit_share { share: PartsPerMillion(0) }.into(),
        Settlement::set_top_up { participant: id, amount: 0 }.into(),
        Settlement::resolve_dispute { delivery, participant: id, ruling: Ruling::Dismiss }.into(),
        Settlement::mint { participant: id, amount: 0, reference }.into(),
        Settlement::redeem { participant: id, amount: 0, reference }.into(),
        Settlement::set_mint_bound { bound: None }.into(),
        runtime::validators::Call::set { validators: Default::default() }.into(),
        pallet_offices::Call::appoint { office: Office::Arbiter, account: account("LA9") }.into(),
        frame_system::Call::authorize_upgrade { code_hash: H256::zero() }.into(),
        pallet_grandpa::Call::note_stalled { delay: 1, best_finalized_block_number: 0 }.into(),
    ]
}

/// A call's name as wallets show it: `participants.setParameters`.
pub fn name_of(call: &RuntimeCall) -> String {
    let metadata = call.get_call_metadata();
    let mut name = metadata.pallet_name[..1].to_lowercase() + &metadata.pallet_name[1..] + ".";
    let mut words = metadata.function_name.split('_');
    name += words.next().unwrap();
    for word in words {
        name += &(word[..1].to_uppercase() + &word[1..]);
    }
    name
}

/// Whether an origin may make a call, whatever comes of it. Nothing is changed.
pub fn may(origin: RuntimeOrigin, call: RuntimeCall) -> bool {
    let made = frame_support::storage::with_transaction(|| {
        let made = call.dispatch(origin).map(drop).map_err(|refused| refused.error);
        sp_runtime::TransactionOutcome::Rollback(Ok::<_, DispatchError>(made))
    });
    made.unwrap() != Err(DispatchError::BadOrigin)
}

/// The office that a call names: of all that may make it the one beside root, or root alone.
pub fn office_of(call: &RuntimeCall) -> Office {
    let others = Office::ALL.into_iter().filter(|office| *office != Office::Root);
    let may: Vec<_> = others.filter(|office| may((*office).into(), call.clone())).collect();
    assert!(may.len() <= 1, "{call:?}: {may:?}");
    may.first().copied().unwrap_or(Office::Root)
}

/// The account of several people, two of whom have to sign.
pub fn multisig(names: &[&str]) -> AccountId {
    let mut people: Vec<_> = names.iter().map(|name| account(name)).collect();
    people.sort();
    Multisig::multi_account_id(&people, 2)
}

/// One of them signs a call; a second needs to know where the first did.
pub fn as_multi(
    who: &str,
    others: &[&str],
    first: Option<pallet_multisig::Timepoint<BlockNumber>>,
    call: impl Into<RuntimeCall>,
) -> UncheckedExtrinsic {
    use frame_support::dispatch::GetDispatchInfo;
    let call = Box::new(call.into());
    let mut other_signatories: Vec<_> = others.iter().map(|name| account(name)).collect();
    other_signatories.sort();
    let max_weight = call.get_dispatch_info().call_weight;
    by_account(
        who,
        pallet_multisig::Call::as_multi {
            threshold: 2,
            other_signatories,
            maybe_timepoint: first,
            call,
            max_weight,
        },
    )
}
