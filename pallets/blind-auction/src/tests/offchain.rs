use crate::LOG_TARGET;
use crate::mock::*;
use crate::offchain::{NOTE, Note, note_key, random_price};
use crate::{Bids, Call, Next, Seals};
use codec::Decode;
use frame::deps::sp_core::H256;
use frame::deps::sp_runtime::{AccountId32, generic};
use frame::testing_prelude::*;
use market::api::Due;
use market::bidding::{BidContext, demand_share};
use market::calendar::Stage;
use market::{ParticipantId, Price};
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};
use worker::testing::{Node, complaints};
use worker::{KEY_TYPE, PATIENCE_BLOCKS, forget, recall, remember};

/// A node that acts for these participants; LA1 and LA2 have released 1 kWh and 3 kWh for the first
/// period, whose sealing is open.
fn node(ids: &[ParticipantId]) -> (TestState, Node) {
    let (mut state, node, keystore) = (new_test_ext(), Node::default(), MemoryKeystore::new());
    for id in ids {
        keystore.ed25519_generate_new(KEY_TYPE, Some(&agent_seed(*id))).unwrap();
    }
    node.join(&mut state);
    state.register_extension(KeystoreExt::new(keystore));
    state.execute_with(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 3_000);
        open_sealing(FIRST);
    });
    (state, node)
}

fn run() {
    Auction::offchain_worker(System::block_number());
}

fn calls(node: &Node) -> Vec<(AccountId32, RuntimeCall)> {
    let decode = |bytes: Vec<u8>| {
        let sent = Extrinsic::decode(&mut &bytes[..]).unwrap();
        match sent.preamble {
            generic::Preamble::Signed(who, (), ()) => (who, sent.function),
            other => panic!("{other:?}"),
        }
    };
    node.sent().into_iter().map(decode).collect()
}

/// Puts what was sent into a block.
fn include(node: &Node) -> usize {
    let calls = calls(node);
    let count = calls.len();
    for (who, call) in calls {
        System::inc_account_nonce(&who);
        assert_ok!(call.dispatch(RuntimeOrigin::signed(who)));
    }
    count
}

fn due(participant: ParticipantId, stage: Stage) -> Option<Due> {
    Some(Due { participant, stage, delivery: FIRST })
}

/// (5) for a volume of four kWh in all.
fn formula(volume: u64) -> Price {
    let context = BidContext { volume: wh(volume), total: wh(4_000), prices: grid_prices() };
    demand_share(&context).unwrap()
}

fn faults(participant: ParticipantId) -> Vec<String> {
    complaints(LOG_TARGET, participant)
}

#[test]
fn bid_should_be_made_and_opened_when_the_worker_runs() {
    let (mut state, node) = node(&[LA1, LA2, MG1]);
    state.execute_with(|| {
        assert_eq!(Auction::due(LA1), due(LA1, Stage::Sealing));
        run();
        assert_eq!(include(&node), 2);
        assert_eq!(Auction::due(LA1), None);
        run();
        assert_eq!(calls(&node), []);
        let live = Seals::<Test>::get(FIRST, LA1).unwrap();
        assert_eq!((live.quote, live.replacements), (gwei(FEED_IN), 0));

        open_reveal(FIRST);
        assert_eq!(Auction::due(LA2), due(LA2, Stage::Reveal));
        run();
        assert_eq!(include(&node), 2);
        assert_eq!(Auction::due(LA2), None);
        run();
        assert_eq!(calls(&node), []);
        close_reveal(FIRST);
        assert_eq!(trades(), [(LA2, MG1, 1_000, formula(3_000).gwei())]);
        Auction::do_try_state().unwrap();
    });
}

#[test]
fn bid_should_be_sent_again_the_same_when_it_is_lost_on_its_way() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        let first = calls(&node);
        assert_eq!(first.len(), 1);
        let note: Note = recall(NOTE, &note_key::<Test>(LA1)).unwrap();
        assert_eq!((note.delivery, note.price), (FIRST, formula(1_000)));
        block_at(Now::get() + 1);
        run();
        assert_eq!(calls(&node), [], "it may be on its way");
        System::set_block_number(System::block_number() + u64::from(PATIENCE_BLOCKS));
        run();
        assert_eq!(calls(&node), first);
    });
}

#[test]
fn bid_should_be_made_in_the_next_run_when_the_pool_refused_it() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        node.pool_refuses(true);
        run();
        assert_eq!(calls(&node), []);
        node.pool_refuses(false);
        run();
        assert_eq!(include(&node), 1);
        assert!(faults(LA1).is_empty());
    });
}

#[test]
fn bid_should_be_opened_when_its_note_is_lost() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        include(&node);
        open_reveal(FIRST);
        forget(NOTE, &note_key::<Test>(LA1));
        run();
        assert_eq!(include(&node), 1);
        assert!(Bids::<Test>::contains_key(FIRST, Auction::place(FIRST, LA1, formula(1_000))));
    });
}

#[test]
fn bid_should_be_opened_when_only_the_note_knows_its_price() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        include(&node);
        open_reveal(FIRST);
        // As if another strategy had made it: (5) gives another price.
        release(FIRST, LA2, 9_000);
        run();
        assert_eq!(include(&node), 1);
        assert!(Bids::<Test>::contains_key(FIRST, Auction::place(FIRST, LA1, formula(1_000))));
    });
}

#[test]
fn bid_should_be_left_alone_when_it_was_made_by_hand() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        assert_ok!(seal(LA1, FIRST, 555));
        run();
        open_reveal(FIRST);
        // It looks due: what it is only its maker knows.
        assert_eq!(Auction::due(LA1), due(LA1, Stage::Reveal));
        run();
        assert_eq!(calls(&node), []);
        assert_eq!(faults(LA1), ["made by hand"]);
        assert_ok!(reveal(LA1, FIRST, 555));
        assert_eq!(Auction::due(LA1), None);
    });
}

#[test]
fn note_should_be_made_again_when_it_is_of_another_bid() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        let stale = Note { delivery: SECOND, price: gwei(1), quote: gwei(2) };
        remember(NOTE, &note_key::<Test>(LA1), &stale);
        run();
        include(&node);
        let note: Note = recall(NOTE, &note_key::<Test>(LA1)).unwrap();
        assert_eq!((note.delivery, note.price), (FIRST, formula(1_000)));
    });
}

#[test]
fn reveal_should_not_be_sent_when_the_balance_does_not_cover_it() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        include(&node);
        open_reveal(FIRST);
        let needed = formula(1_000).amount(wh(1_000)).unwrap().planck();
        leave(LA1, needed - deposit(1_000) - 1);
        run();
        assert_eq!(calls(&node), []);
        assert_eq!(faults(LA1), ["not covered"]);
        Balances::transfer_allow_death(RuntimeOrigin::signed(account(LA2)), account(LA1), 1).unwrap();
        run();
        assert_eq!(include(&node), 1);
        assert!(faults(LA1).is_empty());
    });
}

#[test]
fn sealing_should_not_be_due_when_a_seal_would_be_refused() {
    let (mut state, node) = node(&[LA1, LA3, MG1]);
    state.execute_with(|| {
        let nothing = |id| {
            assert_eq!(Auction::due(id), None);
            run();
            assert_eq!(calls(&node), []);
        };
        // Not released; no buyer; not registered.
        assert_eq!([LA3, MG1, ParticipantId(99)].map(Auction::due), [None; 3]);
        Debtors::set([LA1].into());
        nothing(LA1);
        Debtors::take();
        SuspendedOnes::set([LA1].into());
        nothing(LA1);
        SuspendedOnes::take();
        PausedStages::set(vec![Stage::Sealing]);
        nothing(LA1);
        PausedStages::take();
        GridPricesNow::set(None);
        nothing(LA1);
        GridPricesNow::set(Some(grid_prices()));
        Next::<Test>::put(SECOND);
        nothing(LA1);
        Next::<Test>::put(FIRST);
        Now::set(CALENDAR.sealing(FIRST).from - 1);
        nothing(LA1);
        Now::set(CALENDAR.sealing(FIRST).to);
        nothing(LA1);
        Now::set(CALENDAR.sealing(FIRST).from);
        Members::mutate(|members| members[0].role = market::Role::Microgrid);
        nothing(LA1);
    });
}

#[test]
fn sealing_should_be_due_when_the_balance_is_just_enough() {
    let (mut state, _) = node(&[]);
    state.execute_with(|| {
        let cover = formula(1_000).amount(wh(1_000)).unwrap().planck();
        assert!(cover > deposit(1_000));
        leave(LA1, cover);
        assert_eq!(Auction::due(LA1), due(LA1, Stage::Sealing));
        leave(LA1, cover - 1);
        assert_eq!(Auction::due(LA1), None);
    });
}

#[test]
fn worker_should_do_nothing_when_it_acts_for_nobody() {
    let (mut state, node) = node(&[]);
    state.execute_with(|| {
        run();
        assert_eq!(calls(&node), []);
        assert_eq!(Auction::due(LA1), due(LA1, Stage::Sealing));
    });
}

#[test]
fn bid_should_be_sealed_by_the_agent_for_its_participant() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        let sent = calls(&node);
        let [(who, RuntimeCall::Auction(Call::seal { delivery, quote, commitment }))] = &sent[..] else {
            panic!("{sent:?}")
        };
        assert_eq!((who, *delivery, *quote), (&agent(LA1), FIRST, gwei(FEED_IN)));
        assert_ne!(*commitment, H256::zero());
        assert_eq!(Auction::held(&account(LA1)), market::Money::ZERO);
    });
}

#[test]
fn quote_should_lie_between_its_bounds() {
    let (mut state, _) = node(&[]);
    state.execute_with(|| {
        for (floor, ceiling) in [(0, 0), (5, 5), (3, 9), (0, u64::MAX), (9, 3)] {
            let quote = random_price(gwei(floor), gwei(ceiling));
            assert!(quote <= gwei(ceiling) && quote >= gwei(floor.min(ceiling)));
        }
    });
}

#[test]
fn reveal_should_not_be_due_when_it_is_paused() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        assert_eq!(include(&node), 1);
        open_reveal(FIRST);
        PausedStages::set(vec![Stage::Reveal]);
        assert_eq!(Auction::due(LA1), None);
        run();
        assert_eq!(calls(&node), []);
        PausedStages::take();
        assert_eq!(Auction::due(LA1), due(LA1, Stage::Reveal));
    });
}
