//! Each call: what it does, and every error it can give, with storage unchanged.

use crate::mock::*;
use crate::*;
use frame::deps::frame_support::dispatch::{DispatchResultWithPostInfo, Pays};
use frame::testing_prelude::*;
use market::calendar::Calendars;
use market::tariff::Prices;
use market::{Calendar, Day, Delivery, Price, Stage};

mod genesis;
mod pause;
mod propose_tariff;
mod pruning;
mod resume;
mod set_calendar;
mod set_feed_in;
mod set_tariff_bounds;
mod try_state;
mod withdraw_tariff;

/// A period of day 0.
const fn period(period: u16) -> Delivery {
    Delivery { day: 0, period }
}

fn by(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn pays(result: DispatchResultWithPostInfo) -> Pays {
    result.unwrap().pays_fee
}
