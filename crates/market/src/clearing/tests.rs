use super::*;
use alloc::collections::BTreeMap;
use proptest::prelude::*;

const DELIVERY: Delivery = Delivery { day: 3, period: 7 };

fn bid(participant: u32, price: u64, volume: u64, seed: u64) -> Order {
    let id = ParticipantId(participant);
    Order {
        key: QueueKey::of_bid(Price::from_gwei(price), lot(seed, DELIVERY, id), id),
        open: Energy::from_watt_hours(volume),
    }
}

fn offer(participant: u32, reserve: u64, energy: u64, seed: u64) -> Order {
    let id = ParticipantId(participant);
    Order {
        key: QueueKey::of_offer(Price::from_gwei(reserve), lot(seed, DELIVERY, id), id),
        open: Energy::from_watt_hours(energy),
    }
}

fn bought(trades: &[Trade], participant: u32) -> u64 {
    trades.iter().filter(|t| t.buyer == ParticipantId(participant)).map(|t| t.energy.watt_hours()).sum()
}

fn sold(trades: &[Trade], participant: u32) -> u64 {
    trades.iter().filter(|t| t.seller == ParticipantId(participant)).map(|t| t.energy.watt_hours()).sum()
}

#[test]
fn queue_should_serve_high_to_low_and_cut_when_energy_is_short() {
    // Table 4, 08:00-09:00: the microgrid's 111.7 kWh.
    let bids =
        vec![bid(1, 459_702_000, 19_700, 0), bid(2, 519_472_000, 33_100, 0), bid(3, 679_000_000, 64_400, 0)];
    let trades = clear(bids, vec![offer(4, 380_000_000, 111_700, 0)], Pricing::PayAsBid);
    assert_eq!([bought(&trades, 1), bought(&trades, 2), bought(&trades, 3)], [14_200, 33_100, 64_400]);
    assert_eq!(trades.first().map(|t| t.buyer), Some(ParticipantId(3)));
}

#[test]
fn uniform_price_should_be_the_lowest_accepted_bid() {
    let bids = vec![bid(1, 900, 5, 0), bid(2, 800, 5, 0), bid(3, 700, 5, 0)];
    let trades = clear(bids, vec![offer(4, 100, 8, 0)], Pricing::Uniform);
    assert!(trades.iter().all(|t| t.price == Price::from_gwei(800)));
    assert_eq!(bought(&trades, 3), 0);
}

#[test]
fn bid_should_leave_unserved_when_every_reserve_is_above_it() {
    assert_eq!(clear(vec![bid(1, 99, 5, 0)], vec![offer(2, 100, 8, 0)], Pricing::PayAsBid), vec![]);
}

#[test]
fn queue_should_go_on_where_it_was_when_its_offers_are_sold_out() {
    // As the chain walks it: the offer behind a key is looked up, nothing else is remembered.
    let offers = [offer(8, 100, 5, 0), offer(9, 200, 0, 0)];
    let mut bids = vec![bid(1, 900, 9, 0), bid(2, 800, 9, 0)].into_iter();
    let mut queue = Queue::default();
    let mut steps = Vec::new();
    loop {
        let after = queue.offer.map(|offer| offer.key);
        let step =
            queue.step(|| bids.next(), || offers.into_iter().find(|o| after.is_none_or(|a| o.key > a)));
        if step == Step::Over {
            break;
        }
        steps.push(step);
    }
    let trade = Trade {
        buyer: ParticipantId(1),
        seller: ParticipantId(8),
        energy: Energy::from_watt_hours(5),
        price: Price::from_gwei(900),
    };
    let left = [bid(1, 900, 4, 0), bid(2, 800, 9, 0)];
    assert_eq!(
        steps,
        [
            Step::Trade(trade),
            Step::OfferPassed(offers[1]),
            Step::BidLeaves(left[0]),
            Step::BidLeaves(left[1])
        ]
    );
}

#[test]
fn key_should_tell_price_and_participant() {
    let key = QueueKey::of_bid(Price::from_gwei(77), Lot(3), ParticipantId(9));
    assert_eq!((key.bid_price(), key.participant()), (Price::from_gwei(77), ParticipantId(9)));
    let key = QueueKey::of_offer(Price::from_gwei(77), Lot(3), ParticipantId(9));
    assert_eq!((key.reserve_price(), key.participant()), (Price::from_gwei(77), ParticipantId(9)));
}

#[test]
fn two_bids_at_one_price_should_get_the_same_energy_in_expectation() {
    // Each wants all there is, so each period one of them gets it: a fair lot splits 10,000 periods in
    // half. Three standard deviations of the binomial are 150.
    let first = (0..10_000u16)
        .filter(|period| {
            let delivery = Delivery { day: 0, period: *period };
            lot(42, delivery, ParticipantId(1)) < lot(42, delivery, ParticipantId(2))
        })
        .count();
    assert!((4_850..=5_150).contains(&first), "{first}");
}

type Book = (Vec<(u64, u64)>, Vec<(u64, u64)>, u64);

fn books() -> impl Strategy<Value = Book> {
    (
        prop::collection::vec((1u64..50, 0u64..1_000), 0..40),
        prop::collection::vec((1u64..50, 0u64..3_000), 0..8),
        any::<u64>(),
    )
}

fn orders((bids, offers, seed): &Book) -> (Vec<Order>, Vec<Order>) {
    let bids = (1u32..).zip(bids).map(|(id, (price, volume))| bid(id, *price, *volume, *seed)).collect();
    let offers =
        (1_000u32..).zip(offers).map(|(id, (price, energy))| offer(id, *price, *energy, *seed)).collect();
    (bids, offers)
}

proptest! {
    #[test]
    fn energy_should_balance_and_no_order_be_exceeded(book in books(), uniform: bool) {
        let (bids, offers) = orders(&book);
        let pricing = if uniform { Pricing::Uniform } else { Pricing::PayAsBid };
        let trades = clear(bids.clone(), offers.clone(), pricing);
        for bid in &bids {
            prop_assert!(bought(&trades, bid.key.participant().0) <= bid.open.watt_hours());
        }
        for offer in &offers {
            prop_assert!(sold(&trades, offer.key.participant().0) <= offer.open.watt_hours());
        }
        prop_assert!(trades.iter().all(|trade| !trade.energy.is_zero()));
    }

    #[test]
    fn no_trade_should_be_above_the_bid_or_below_the_reserve(book in books(), uniform: bool) {
        let (bids, offers) = orders(&book);
        let prices: BTreeMap<_, _> = bids.iter().map(|o| (o.key.participant(), o.key.bid_price()))
            .chain(offers.iter().map(|o| (o.key.participant(), o.key.reserve_price()))).collect();
        let pricing = if uniform { Pricing::Uniform } else { Pricing::PayAsBid };
        for trade in clear(bids, offers, pricing) {
            prop_assert!(trade.price <= prices[&trade.buyer]);
            prop_assert!(trade.price >= prices[&trade.seller]);
        }
    }

    #[test]
    fn nobody_behind_should_be_served_before_somebody_ahead_is_full(book in books()) {
        let (mut bids, offers) = orders(&book);
        let trades = clear(bids.clone(), offers, Pricing::PayAsBid);
        bids.sort_unstable_by_key(|order| order.key);
        let mut someone_ahead_is_short = false;
        for bid in bids.iter().filter(|bid| !bid.open.is_zero()) {
            let got = bought(&trades, bid.key.participant().0);
            prop_assert!(!(someone_ahead_is_short && got > 0));
            someone_ahead_is_short |= got < bid.open.watt_hours();
        }
    }

    #[test]
    fn outcome_should_not_depend_on_the_order_of_the_input(book in books(), uniform: bool) {
        let (mut bids, mut offers) = orders(&book);
        let pricing = if uniform { Pricing::Uniform } else { Pricing::PayAsBid };
        let trades = clear(bids.clone(), offers.clone(), pricing);
        bids.reverse();
        offers.reverse();
        prop_assert_eq!(trades, clear(bids, offers, pricing));
    }

    #[test]
    fn no_possible_trade_should_be_left(book in books()) {
        let (bids, offers) = orders(&book);
        let trades = clear(bids.clone(), offers.clone(), Pricing::PayAsBid);
        let open_bid = bids.iter()
            .filter(|o| bought(&trades, o.key.participant().0) < o.open.watt_hours())
            .map(|o| o.key.bid_price()).max();
        let open_offer = offers.iter()
            .filter(|o| sold(&trades, o.key.participant().0) < o.open.watt_hours())
            .map(|o| o.key.reserve_price()).min();
        if let (Some(price), Some(reserve)) = (open_bid, open_offer) {
            prop_assert!(price < reserve);
        }
    }

    #[test]
    fn keys_should_sort_as_the_queue_does(a in any::<(u64, u64, u32)>(), b in any::<(u64, u64, u32)>()) {
        let bid = |(price, lot, id)| QueueKey::of_bid(Price::from_gwei(price), Lot(lot), ParticipantId(id));
        prop_assert_eq!(bid(a).cmp(&bid(b)), (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
        let offer = |(price, lot, id)| QueueKey::of_offer(Price::from_gwei(price), Lot(lot), ParticipantId(id));
        prop_assert_eq!(offer(a).cmp(&offer(b)), a.cmp(&b));
    }
}
