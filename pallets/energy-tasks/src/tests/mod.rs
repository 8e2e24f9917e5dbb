//! Each call: what it does, and every error it can give, with storage unchanged.

use crate::mock::*;
use crate::*;
use frame::deps::frame_support::dispatch::{DispatchResultWithPostInfo, Pays};
use frame::testing_prelude::*;
use frame::token::fungible::{InspectHold, Mutate, MutateHold};
use market::participant::PartsPerMillion;
use market::position::Positions;
use market::{Delivery, Energy, Money, ParticipantId, Position, Price, Stage};

mod correct_offer;
mod cover;
mod genesis;
mod offchain;
mod pruning;
mod release;
mod set_exposure_share;
mod try_state;
mod void_offers;

/// A period of day 0.
const fn period(period: u16) -> Delivery {
    Delivery { day: 0, period }
}

/// A position in period 0, and nothing in the others.
fn first(position: Position) -> DayPositions {
    let mut positions = vec![Position::NONE; 24];
    positions[0] = position;
    positions.try_into().unwrap()
}

/// The same position in every period.
fn every(position: Position) -> DayPositions {
    vec![position; 24].try_into().unwrap()
}

fn by(name: &str) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(name))
}

/// Releases for day 0, as the participant itself.
fn release(name: &str, positions: DayPositions) -> DispatchResultWithPostInfo {
    Tasks::release(by(name), 0, positions)
}

fn correct(name: &str, watt_hours: u64, reserve: u64) -> DispatchResultWithPostInfo {
    Tasks::correct_offer(by(name), period(0), energy(watt_hours), price(reserve))
}

/// Goes to the opening of period 0's sealing.
fn go_to_sealing() {
    Now::set(&CALENDAR.sealing(period(0)).from);
}

/// The queue of offers of period 0: seller, reserve price, energy.
fn queue() -> Vec<(u32, u64, u64)> {
    Tasks::offers(period(0), None)
        .map(|order| (order.key.participant().0, order.key.reserve_price().gwei(), order.open.watt_hours()))
        .collect()
}

/// Suspends a participant.
fn suspend(id: ParticipantId) {
    SuspendedOnes::set(&[SuspendedOnes::get(), vec![id]].concat());
}

fn pays(result: DispatchResultWithPostInfo) -> Pays {
    result.unwrap().pays_fee
}

/// Lets sellers cover this share of their offers' exposure, in parts per million, and gives MG1 this much money.
fn cover(share: u32, planck: u128) {
    ExposureShare::<Test>::put(PartsPerMillion(share));
    Balances::mint_into(&account("MG1"), planck).unwrap();
}

/// What MG1 has on hold, and what it can spend.
fn held_and_free() -> (u128, u128) {
    let held = Balances::balance_on_hold(&HoldReason::Exposure.into(), &account("MG1"));
    (held, Balances::free_balance(account("MG1")))
}
