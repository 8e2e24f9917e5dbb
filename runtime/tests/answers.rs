//! What the runtime API answers is bounded, whatever is asked for and however many members there are, and its pages give
//! everything once.

mod common;

use common::*;
use market::api::{MOST_ENTRIES, MOST_LEAVES};
use market::calendar::Calendars;
use market::clearing::{QueueKey, lot};
use market::merkle::Tree;
use market::{Delivery, Energy, NetEnergy, ParticipantId, Price, Role};
use pallet_blind_auction::Bid;
use pallet_settlement::types::{Line, Settled};
use runtime::genesis_config_presets::{development, genesis};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use std::collections::BTreeSet;

const MEMBERS: u32 = 100_000;
const DELIVERY: Delivery = Delivery { day: 0, period: 0 };
const ALL: u32 = u32::MAX;

/// A market of so many numbers, each with a settled line and a revealed bid in the first period, and one in ten with an
/// offer.
fn region(members: u32, test: impl FnOnce()) {
    sp_io::TestExternalities::new(storage(&genesis(&development()))).execute_with(|| {
        let mut chain = Chain::new(&development());
        chain.block_of(Terms::of(0).release(0).from, Vec::new());
        pallet_participants::Count::<Runtime>::put(members);
        pallet_settlement::Next::<Runtime>::put(Delivery { day: 0, period: 1 });
        for id in (0..members).map(ParticipantId) {
            if !pallet_participants::Participants::<Runtime>::contains_key(id) {
                pallet_participants::Removed::<Runtime>::insert(id, Role::LoadAggregator);
            }
            pallet_settlement::Lines::<Runtime>::insert(DELIVERY, id, line(id));
            let lot = lot(1, DELIVERY, id);
            let bid = QueueKey::of_bid(Price::from_gwei(u64::from(id.0 % 7)), lot, id);
            let revealed = Bid { volume: Energy::from_watt_hours(1) };
            pallet_blind_auction::Bids::<Runtime>::insert(DELIVERY, bid, revealed);
            if id.0 % 10 == 0 {
                let offer = QueueKey::of_offer(Price::from_gwei(u64::from(id.0 % 7)), lot, id);
                let energy = Energy::from_watt_hours(1);
                let offered = pallet_energy_tasks::Offer { energy, ..Default::default() };
                pallet_energy_tasks::Offers::<Runtime>::insert(DELIVERY, offer, offered);
            }
        }
        test();
    });
}

fn line(id: ParticipantId) -> Line {
    let settled = Settled {
        block: 1,
        role: Role::LoadAggregator,
        expected: None,
        actual: Some(NetEnergy::from_watt_hours(id.0.into())),
        estimated: false,
        balanced: NetEnergy::from_watt_hours(id.0.into()),
        balanced_money: Default::default(),
        grid_only: Default::default(),
    };
    Line { settled: Some(settled), ..Default::default() }
}

#[test]
fn answers_should_be_capped_when_a_region_is_full_and_everything_is_asked_for() {
    let most = MOST_ENTRIES as usize;
    region(MEMBERS, || {
        assert_eq!(Runtime::lines(DELIVERY, 0, ALL).items.len(), most);
        assert_eq!(Runtime::participants(0, ALL).len(), most);
        assert_eq!(Runtime::queue(DELIVERY, None, ALL).len(), most);
        assert_eq!(Runtime::offers(DELIVERY, None, ALL).len(), most);
        let leaves = Runtime::leaves(0, 0, ALL).unwrap();
        assert_eq!((leaves.leaves.len(), leaves.of, leaves.root), (MOST_LEAVES as usize, MEMBERS, None));
        // A few are as few as asked for, from anywhere; behind the end there is nothing.
        assert_eq!(Runtime::lines(DELIVERY, MEMBERS - 2, ALL).items.len(), 2);
        assert_eq!(Runtime::lines(DELIVERY, MEMBERS - 2, ALL).next, None);
        assert_eq!(Runtime::lines(DELIVERY, 5, 3).next, Some(8));
        assert_eq!(Runtime::queue(DELIVERY, None, 3).len(), 3);
        for from in [MEMBERS, ALL] {
            assert!(Runtime::lines(DELIVERY, from, ALL).items.is_empty());
            assert!(Runtime::participants(from, ALL).is_empty());
            assert!(Runtime::leaves(0, from, ALL).unwrap().leaves.is_empty());
        }
        // Whoever asks for more agents than an answer has hears of the first.
        let agents =
            |strangers: usize| [vec![account("Alice"); strangers], vec![agent_account("LA1")]].concat();
        assert_eq!(Runtime::due(agents(most - 1)).len(), 1);
        assert!(Runtime::due(agents(most)).is_empty());
    });
}

#[test]
fn pages_should_give_everything_once_when_a_region_is_full() {
    region(MEMBERS, || {
        let (mut lines, mut next) = (Vec::new(), Some(0));
        while let Some(from) = next {
            let page = Runtime::lines(DELIVERY, from, ALL);
            lines.extend(page.items.iter().map(|recorded| recorded.line.participant.0));
            next = page.next;
        }
        assert!(lines.into_iter().eq(0..MEMBERS));

        let mut bids: Vec<QueueKey> = Vec::new();
        loop {
            let page = Runtime::queue(DELIVERY, bids.last().copied(), ALL);
            if page.is_empty() {
                break;
            }
            bids.extend(page.iter().map(|order| order.key));
        }
        assert!(bids.is_sorted());
        let bidders: BTreeSet<_> = bids.iter().map(|key| key.participant().0).collect();
        assert_eq!((bids.len(), bidders.len()), (MEMBERS as usize, MEMBERS as usize));

        let mut offers: Vec<QueueKey> = Vec::new();
        while let page @ [_, ..] = &Runtime::offers(DELIVERY, offers.last().copied(), ALL)[..] {
            offers.extend(page.iter().map(|order| order.key));
        }
        assert!(offers.is_sorted());
        assert_eq!(offers.len(), MEMBERS as usize / 10);
    });
}

#[test]
fn leaves_should_make_the_root_and_every_proof_when_all_pages_are_read() {
    region(300, || {
        let mut leaves = Vec::new();
        loop {
            let page = Runtime::leaves(0, leaves.len() as u32, ALL).unwrap();
            if page.leaves.is_empty() {
                break;
            }
            leaves.extend(page.leaves);
        }
        assert_eq!(leaves.len(), 300);
        let tree = Tree::new(leaves);
        for id in [0, 63, 64, 299] {
            let bill = Runtime::bill(0, ParticipantId(id)).unwrap();
            assert_eq!(bill.lines.len(), 1);
            assert!(market::merkle::verify(&tree.root(), &bill, &tree.proof(id).unwrap()));
        }
        assert_eq!(Runtime::leaves(1, 0, ALL), None, "nothing of it is settled");
    });
}

#[test]
fn check_should_refuse_what_holds_other_calls_or_is_not_the_markets() {
    on_chain(&development(), |chain| {
        chain.block_of(Terms::of(0).release(0).from, Vec::new());
        let positions = vec![market::Position::NONE; 24].try_into().unwrap();
        let release: RuntimeCall = pallet_energy_tasks::Call::release { day: 0, positions }.into();
        assert_eq!(Runtime::check(release.clone(), account("LA1")), Ok(()));
        let calls = vec![release.clone(); 3];
        let heavy = frame_support::weights::Weight::MAX;
        let nested: [RuntimeCall; 7] = [
            pallet_utility::Call::batch { calls: calls.clone() }.into(),
            pallet_utility::Call::batch_all { calls: calls.clone() }.into(),
            pallet_utility::Call::force_batch { calls }.into(),
            pallet_utility::Call::with_weight { call: Box::new(release.clone()), weight: heavy }.into(),
            pallet_utility::Call::as_derivative { index: 0, call: Box::new(release.clone()) }.into(),
            pallet_sudo::Call::sudo { call: Box::new(release.clone()) }.into(),
            pallet_sudo::Call::sudo_unchecked_weight { call: Box::new(release), weight: heavy }.into(),
        ];
        let others: [RuntimeCall; 2] = [
            frame_system::Call::remark { remark: vec![0; 1_000] }.into(),
            BalancesCall::transfer_all { dest: account("Alice").into(), keep_alive: false }.into(),
        ];
        for call in nested.into_iter().chain(others) {
            // Nor is one tried that the operator's own account sends.
            for who in ["LA1", "Alice"] {
                let refusal = Runtime::check(call.clone(), account(who)).unwrap_err();
                assert_eq!(refusal.name, "System.CallFiltered", "{call:?}");
            }
        }
    });
}
