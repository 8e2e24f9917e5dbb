//! What only a full market answers: the registry and a period's queue of offers, filled to their bounds. And what
//! only a market answers that cannot be: its state is made by hand.

use crate::chain::{Chain, Origin, Outcome, Way, forget_events};
use crate::faults;
use crate::session::check_state;
use crate::table::Table;
use crate::world::{ANCHOR, PERIOD, PERIODS, Start, parameters, person};
use frame_support::traits::Get;
use market::participant::Kinds;
use market::{Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Position, Price, Role};
use pallet_participants::Participant;
use pallet_settlement::MAX_CORRECTIONS;
use pallet_settlement::types::{Dispute, Line, Ruling};
use runtime::{AccountId, Runtime, RuntimeCall};
use sp_core::H256;
use sp_state_machine::BasicExternalities;

/// Fills the market and goes one beyond each of its bounds.
pub fn fill() -> Result<Table, String> {
    faults::listen();
    BasicExternalities::new(Start::of(0).storage()).execute_with(|| {
        let mut crowd = Crowd {
            // The first release is open.
            chain: Chain::begin(ANCHOR - u64::from(PERIODS - 1) * PERIOD),
            table: Table::default(),
        };
        let members: u32 = <Runtime as pallet_participants::Config>::MaxParticipants::get();
        let first = pallet_participants::Count::<Runtime>::get();
        for number in first..members {
            crowd.call(&Origin::Root, register(number), Outcome::Accepted)?;
        }
        let full = pallet_participants::Error::<Runtime>::TooManyParticipants;
        crowd.call(&Origin::Root, register(members), Outcome::Refused(full.into()))?;

        let offers: u32 = <Runtime as pallet_energy_tasks::Config>::MaxOffers::get();
        for number in first..first + offers {
            crowd.call(&Origin::Account(account(number, 0)), offer(), Outcome::Accepted)?;
        }
        let full = pallet_energy_tasks::Error::<Runtime>::TooManyOffers;
        crowd.call(&Origin::Account(account(first + offers, 0)), offer(), Outcome::Refused(full.into()))?;
        faults::check()?;
        check_state().map_err(|error| format!("{error:?}"))?;
        Ok(crowd.table)
    })
}

/// Some errors stand guard over what no call brings about, or millions of them do: a debt in a market without a
/// supplier, volumes that sum to more than a number holds, and the bound of payment references.
pub fn cannot_be() -> Result<Table, String> {
    BasicExternalities::new(Start::of(0).storage()).execute_with(|| {
        let mut crowd =
            Crowd { chain: Chain::begin(ANCHOR - u64::from(PERIODS - 1) * PERIOD), table: Table::default() };
        let buyer = Origin::Account(person("LA1").account.clone());
        let volume = |energy| {
            let positions = vec![Position::Buy(energy); usize::from(PERIODS)].try_into().unwrap_or_default();
            RuntimeCall::from(pallet_energy_tasks::Call::release { day: 0, positions })
        };
        crowd.call(&buyer, volume(Energy::ZERO), Outcome::Accepted)?;
        pallet_energy_tasks::Sums::<Runtime>::mutate(0, |sums| {
            for sum in sums.iter_mut() {
                sum.volume = Energy::MAX;
            }
        });
        let overflow = pallet_energy_tasks::Error::<Runtime>::Overflow;
        let one = volume(Energy::from_watt_hours(1));
        crowd.call(&buyer, one, Outcome::Refused(overflow.into()))?;

        pallet_settlement::KeptReferences::<Runtime>::mutate(|kept| {
            let most: u32 = <Runtime as pallet_settlement::Config>::MaxReferences::get();
            kept.next = u64::from(most);
        });
        let (participant, reference) = (ParticipantId(0), H256::zero());
        let mint = pallet_settlement::Call::mint { participant, amount: 1, reference };
        let full = pallet_settlement::Error::<Runtime>::TooManyReferences;
        crowd.call(&Origin::Root, mint.into(), Outcome::Refused(full.into()))?;

        // Runs come to it, but few: as if all corrections of a disputed line were made.
        let delivery = Delivery { day: 0, period: 0 };
        let corrected = Line { corrections: MAX_CORRECTIONS, ..Line::default() };
        pallet_settlement::Lines::<Runtime>::insert(delivery, participant, corrected);
        let dispute = Dispute { by: participant, block: 0, deposit: Money::ZERO };
        pallet_settlement::Disputes::<Runtime>::insert(0, (0, participant), dispute);
        let ruling = Ruling::Actual(NetEnergy::ZERO);
        let resolve = pallet_settlement::Call::resolve_dispute { delivery, participant, ruling };
        let most = pallet_settlement::Error::<Runtime>::TooManyCorrections;
        crowd.call(&Origin::Root, resolve.into(), Outcome::Refused(most.into()))?;

        pallet_participants::RetailSupplier::<Runtime>::kill();
        pallet_settlement::Debts::<Runtime>::insert(ParticipantId(0), NetMoney::from_planck(1));
        let pay = pallet_settlement::Call::pay_debt { amount: 1 };
        let nobody = pallet_settlement::Error::<Runtime>::NoRetailSupplier;
        crowd.call(&buyer, pay.into(), Outcome::Refused(nobody.into()))?;

        // As if all that time nothing was cleared.
        let now = frame_support::storage::storage_prefix(b"Timestamp", b"Now");
        frame_support::storage::unhashed::put(&now, &(ANCHOR + 40 * PERIOD));
        let rotate = pallet_participants::Call::rotate_account { id: participant, account: account(0, 7) };
        let open = pallet_participants::Error::<Runtime>::TooMuchOpen;
        crowd.call(&Origin::Root, rotate.into(), Outcome::Refused(open.into()))?;
        Ok(crowd.table)
    })
}

struct Crowd {
    chain: Chain,
    table: Table,
}

impl Crowd {
    fn call(&mut self, origin: &Origin, call: RuntimeCall, expected: Outcome) -> Result<(), String> {
        let outcome = self.chain.call(origin, call.clone(), Way::Dispatch);
        self.table.add(&call, &outcome);
        forget_events();
        let accepted = matches!((&outcome, &expected), (Outcome::Accepted, Outcome::Accepted));
        let refused = match (&outcome, &expected) {
            (Outcome::Refused(one), Outcome::Refused(other)) => {
                crate::table::name_of(*one) == crate::table::name_of(*other)
            }
            _ => false,
        };
        if accepted || refused { Ok(()) } else { Err(format!("{call:?}: {outcome:?}, not {expected:?}")) }
    }
}

fn account(number: u32, kind: u8) -> AccountId {
    let mut bytes = [kind; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes[4] = b'#';
    bytes.into()
}

fn register(number: u32) -> RuntimeCall {
    let participant = Participant {
        name: format!("M{number}").into_bytes().try_into().unwrap_or_default(),
        account: account(number, 0),
        agent: account(number, 1),
        meter: [0; 32],
        role: Role::Microgrid,
        kinds: Kinds::default(),
        parameters: parameters(Role::Microgrid),
    };
    pallet_participants::Call::register { participant }.into()
}

fn offer() -> RuntimeCall {
    let energy = Energy::from_watt_hours(1);
    let mut positions = vec![Position::NONE; usize::from(PERIODS)];
    positions[0] = Position::Sell { energy, reserve: Price::from_gwei(400_000_000) };
    let positions = positions.try_into().unwrap_or_default();
    pallet_energy_tasks::Call::release { day: 0, positions }.into()
}
