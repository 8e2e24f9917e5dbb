//! What the offices call: they announce, and what they announced is enacted or withdrawn.

use crate::chain::Origin;
use crate::session::Session;
use crate::world::{OPERATOR, STRANGER, person};
use codec::Decode;
use market::participant::PartsPerMillion;
use market::{Energy, Position, Price};
use pallet_offices::{Call, Office};
use runtime::{Runtime, RuntimeCall};

/// An office announces something; now and then somebody else does, or what may not be announced.
pub(crate) fn announce(s: &mut Session) -> (Origin, RuntimeCall) {
    let office = s.bytes.pick(&[Office::Board, Office::Root, Office::Root, Office::Arbiter]);
    let call = announced(s);
    (holder(s, office), Call::announce { office, call: Box::new(call) }.into())
}

/// An office announces many things at once.
pub(crate) fn announce_many(s: &mut Session) -> (Origin, RuntimeCall) {
    let office = s.bytes.pick(&[Office::Board, Office::Root]);
    let call = Call::announce { office, call: Box::new(share(s)) };
    let calls = vec![call.into(); s.bytes.below(20)];
    (holder(s, office), pallet_utility::Call::batch_all { calls }.into())
}

/// Somebody enacts what is announced; now and then something else, or too early.
pub(crate) fn enact(s: &mut Session) -> (Origin, RuntimeCall) {
    let (office, number, call) = one(s);
    let call = if s.bytes.once_in(16) { share(s) } else { call };
    let by = Origin::Account(s.account());
    (by, Call::enact { office, number, call: Box::new(call) }.into())
}

/// What is announced is withdrawn, by its office or by the guardian.
pub(crate) fn withdraw(s: &mut Session) -> (Origin, RuntimeCall) {
    let replaces = pallet_offices::Announcements::<Runtime>::iter()
        .find(|(office, _, announced)| *office == Office::Root && announced.replaces);
    let (office, number) = match replaces.filter(|_| s.bytes.once_in(2)) {
        Some((office, number, _)) => (office, number),
        None => {
            let (office, number, _) = one(s);
            (office, number)
        }
    };
    let by = if s.bytes.once_in(2) { office } else { Office::Guardian };
    (holder(s, by), Call::withdraw { office, number }.into())
}

/// Root gives an office to another, without the notice that the announced ones have.
pub(crate) fn appoint(s: &mut Session) -> (Origin, RuntimeCall) {
    (s.operator(), Call::appoint { office: Office::Arbiter, account: s.account() }.into())
}

pub(crate) fn set_mint_bound(s: &mut Session) -> (Origin, RuntimeCall) {
    let bound = (!s.bytes.once_in(8)).then_some(u128::from(s.bytes.byte()) << 62);
    (s.operator(), pallet_settlement::Call::set_mint_bound { bound }.into())
}

/// One of the announcements, with its call; or none's number.
fn one(s: &mut Session) -> (Office, u32, RuntimeCall) {
    let all: Vec<_> = pallet_offices::Announcements::<Runtime>::iter().collect();
    if all.is_empty() || s.bytes.once_in(16) {
        return (Office::Board, u32::MAX, share(s));
    }
    let (office, number, announced) = s.bytes.pick(&all);
    let call = RuntimeCall::decode(&mut &announced.call[..]).unwrap_or_else(|_| share(s));
    (office, number, call)
}

fn announced(s: &mut Session) -> RuntimeCall {
    match s.bytes.byte() {
        0..=63 => share(s),
        64..=175 => Call::appoint { office: Office::Arbiter, account: s.account() }.into(),
        176..=207 => frame_system::Call::authorize_upgrade { code_hash: Default::default() }.into(),
        208..=231 => frame_system::Call::remark { remark: Vec::new() }.into(),
        _ => {
            let offer = Position::Sell { energy: Energy::MAX, reserve: Price::from_gwei(u64::MAX) };
            let positions = vec![offer; 288].try_into().unwrap_or_default();
            pallet_energy_tasks::Call::release { day: 0, positions }.into()
        }
    }
}

fn share(s: &mut Session) -> RuntimeCall {
    let share = PartsPerMillion(u32::from(s.bytes.byte()) << 10);
    pallet_blind_auction::Call::set_deposit_share { share }.into()
}

/// Who holds an office; now and then somebody else.
fn holder(s: &mut Session, office: Office) -> Origin {
    let usual = match office {
        Office::Root => person(STRANGER),
        _ => person(OPERATOR),
    };
    Origin::Account(if s.bytes.once_in(12) { s.account() } else { usual.account.clone() })
}
