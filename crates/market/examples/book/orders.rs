//! A book of any size that is the same in every run.

use market::clearing::{Order, QueueKey, lot};
use market::{Delivery, Energy, ParticipantId, Price};

const DELIVERY: Delivery = Delivery { day: 0, period: 0 };
const SEED: u64 = 980_429;

/// A number that looks like chance (SplitMix64).
pub fn draw(index: u64) -> u64 {
    let mut x = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Bids of 1 to 5 kWh at 0.38 to about 0.98 ETH/kWh, and offers that come to four fifths of them. No two
/// orders of a side have one price, so their order is the same for everybody who clears them.
pub fn book(bids: u32, offers: u32) -> (Vec<Order>, Vec<Order>) {
    let place = |id: u32| (lot(SEED, DELIVERY, ParticipantId(id)), ParticipantId(id));
    let price = |id: u32, steps: u64| {
        Price::from_gwei(380_000_000 + draw(id.into()) % steps * 1_000_000 + u64::from(id))
    };
    let bid = |id: u32| {
        let (lot, participant) = place(id);
        Order {
            key: QueueKey::of_bid(price(id, 600), lot, participant),
            open: Energy::from_watt_hours(1_000 + draw(u64::from(id) << 32) % 4_001),
        }
    };
    let bids: Vec<Order> = (0..bids).map(bid).collect();
    let wanted: u64 = bids.iter().map(|bid| bid.open.watt_hours()).sum();
    let first = bids.len() as u32;
    let offer = |id: u32| {
        let (lot, participant) = place(first + id);
        Order {
            key: QueueKey::of_offer(price(id, 100), lot, participant),
            open: Energy::from_watt_hours(wanted * 4 / 5 / u64::from(offers)),
        }
    };
    let offers = (0..offers).map(offer).collect();
    (bids, offers)
}
