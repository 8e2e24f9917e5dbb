//! Whatever happens to a bid, no money stays on hold, and none goes to anybody but the period's sellers and the pot.

use crate::mock::*;
use crate::{Event, Seals};
use frame::deps::frame_support::storage::with_storage_layer;
use frame::testing_prelude::*;
use frame::token::fungible::Inspect;
use market::clearing::{Clearing, Pricing};
use market::{Delivery, Money, ParticipantId, Stage};
use std::collections::BTreeMap;

const BUYERS: [ParticipantId; 4] = [LA1, LA2, LA3, PROSUMER];
const SELLERS: [ParticipantId; 2] = [MG1, MG2];

/// Random numbers, the same for the same start.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        let hash = blake2_256(&self.0.to_le_bytes());
        self.0 = u64::from_le_bytes(*hash.first_chunk().unwrap());
        self.0 % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// What each account should have, by what the events say.
struct Accounts {
    free: BTreeMap<ParticipantId, u128>,
    forfeited: u128,
    seen: BTreeMap<&'static str, u32>,
}

impl Accounts {
    fn new() -> Self {
        let free = BUYERS.map(|id| (id, PURSE)).into_iter().chain(SELLERS.map(|id| (id, 0))).collect();
        Self { free, forfeited: 0, seen: BTreeMap::new() }
    }

    fn add(&mut self, event: Event<Test>) {
        let mut give = |id, amount: Money| *self.free.get_mut(&id).unwrap() += amount.planck();
        let kind = match event {
            Event::Traded { buyer, seller, amount, .. } => {
                give(seller, amount);
                *self.free.get_mut(&buyer).unwrap() -= amount.planck();
                "traded"
            }
            Event::DepositForfeited { participant, amount, .. } => {
                *self.free.get_mut(&participant).unwrap() -= amount.planck();
                self.forfeited += amount.planck();
                "forfeited"
            }
            Event::DepositReturned { .. } => "returned",
            Event::TradeFailed { error, .. } => panic!("{error:?}"),
            _ => return,
        };
        *self.seen.entry(kind).or_default() += 1;
    }

    fn count_drained(&mut self, id: ParticipantId, amount: u128) {
        *self.free.get_mut(&id).unwrap() -= amount;
        *self.seen.entry("drained").or_default() += 1;
    }
}

fn offer_and_release(dice: &mut Dice, delivery: Delivery) {
    for seller in SELLERS {
        if !dice.one_in(4) {
            offer(delivery, seller, dice.roll(3_000), FEED_IN + dice.roll(500));
        }
    }
    for buyer in BUYERS {
        release(delivery, buyer, 1 + dice.roll(3_000));
    }
}

/// Everybody seals at random, some beyond the limits, some twice; some move their money away.
fn seal_at_random(dice: &mut Dice, accounts: &mut Accounts, delivery: Delivery) -> Vec<(ParticipantId, u64)> {
    open_sealing(delivery);
    let mut sealed = Vec::new();
    for buyer in BUYERS {
        for _ in 0..dice.roll(3) {
            let price = COST + dice.roll(TARIFF - COST + 100);
            if with_storage_layer(|| seal(buyer, delivery, price)).is_ok() {
                sealed.push((buyer, price));
            }
        }
        if dice.one_in(6) {
            let (before, left) = (free(buyer), dice.roll(2) as u128 * free(buyer) / 2);
            leave(buyer, left);
            accounts.count_drained(buyer, before - left);
        }
    }
    sealed
}

fn reveal_at_random(dice: &mut Dice, delivery: Delivery, sealed: &[(ParticipantId, u64)]) {
    let window = CALENDAR.reveal(delivery);
    if dice.one_in(6) {
        block_at(window.from);
    } else {
        open_reveal(delivery);
    }
    if dice.one_in(6) {
        PausedWindows::mutate(|windows| windows.push((Stage::Reveal, window)));
    }
    for (buyer, price) in sealed {
        if !dice.one_in(3) {
            let _ = with_storage_layer(|| reveal(*buyer, delivery, *price));
        }
    }
}

fn play(seed: u64, accounts: &mut Accounts) {
    let mut dice = Dice(seed);
    let periods = [0, 1, 2].map(|period| Delivery { day: 0, period });
    for delivery in periods {
        offer_and_release(&mut dice, delivery);
        let sealed = seal_at_random(&mut dice, accounts, delivery);
        reveal_at_random(&mut dice, delivery, &sealed);
        Auction::do_try_state().unwrap();
        if dice.one_in(4) {
            PausedStages::set(vec![Stage::Execution]);
        } else {
            PausedStages::take();
        }
        close_reveal(delivery);
        events().into_iter().for_each(|event| accounts.add(event));
        Auction::do_try_state().unwrap();
    }
    PausedStages::take();
    block_at(CALENDAR.reveal(periods[2]).to + 1);
    events().into_iter().for_each(|event| accounts.add(event));
    assert!(periods.into_iter().all(Auction::is_cleared));
}

#[test]
fn nothing_should_stay_on_hold_when_periods_are_cleared_whatever_happened_in_them() {
    let mut seen = BTreeMap::<_, u32>::new();
    for seed in 0..300 {
        let pricing = if seed % 2 == 0 { Pricing::PayAsBid } else { Pricing::Uniform };
        execute(pricing, || {
            let mut accounts = Accounts::new();
            play(seed, &mut accounts);
            for (id, expected) in &accounts.free {
                assert_eq!((free(*id), held(*id)), (*expected, 0), "{id:?}, seed {seed}");
            }
            assert_eq!((free(RES), held(RES)), (0, 0));
            assert_eq!(Balances::total_balance(&POT), accounts.forfeited);
            assert_eq!(
                Forfeited::get().iter().map(|(.., amount)| amount.planck()).sum::<u128>(),
                accounts.forfeited
            );
            assert_eq!(Seals::<Test>::iter().count(), 0);
            accounts.seen.into_iter().for_each(|(kind, times)| *seen.entry(kind).or_default() += times);
        });
    }
    // Each of these has happened often enough for the test to mean something.
    for kind in ["traded", "forfeited", "returned", "drained"] {
        assert!(seen.get(kind).is_some_and(|times| *times >= 50), "{kind}: {seen:?}");
    }
}
