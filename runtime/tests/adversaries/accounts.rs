//! An account's or an agent's key is stolen or lost: what its thief can do, and how it is replaced with all that is
//! under way.

use super::*;
use codec::Encode;
use frame_support::traits::fungible::InspectHold;
use market::tariff::TariffStep;
use runtime::genesis_config_presets::development;

/// The registrar's call, on the development chain.
fn by_registrar(call: pallet_participants::Call<Runtime>) -> UncheckedExtrinsic {
    by_account("Alice", call)
}

fn held(who: &AccountId) -> Money {
    Money::from_planck(Balances::total_balance_on_hold(who))
}

/// All that an account can spend goes to another.
fn empty(name: &str, to: &AccountId) -> UncheckedExtrinsic {
    by_account(name, BalancesCall::transfer_all { dest: to.clone().into(), keep_alive: false })
}

fn rotate(name: &str, to: &str) -> UncheckedExtrinsic {
    by_registrar(pallet_participants::Call::rotate_account { id: id(name), account: account(to) })
}

/// A tariff of one step, below the feed-in price of days to come.
fn low(day: market::Day) -> pallet_terms::Call<Runtime> {
    let step = TariffStep { from: 0, to: Terms::of(0).day_length(), price: at("0.38") };
    pallet_terms::Call::propose_tariff { effective_from: day, steps: vec![step].try_into().unwrap() }
}

#[test]
fn stolen_agent_of_the_supplier_should_file_no_tariff() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        let filed = (0..4).map(|ahead| by_agent("RES", ahead, low(9 + ahead))).collect();
        for result in chain.block(now, filed) {
            assert_refused(&result, pallet_terms::Error::<Runtime>::NotTheAgents);
        }
        assert_eq!(pallet_terms::TariffVersions::<Runtime>::get().len(), 1);
        // The account files, and takes back what does not apply yet.
        chain.block_of(now + SLOT, vec![by_account("RES", low(9))]);
        assert_eq!(Runtime::tariff(9).unwrap().effective_from, 9);
        let withdraw = pallet_terms::Call::withdraw_tariff { effective_from: 9 };
        let by_agent = chain.block(now + 2 * SLOT, vec![by_agent("RES", 0, withdraw.clone())]);
        assert_refused(&by_agent[0], pallet_terms::Error::<Runtime>::NotTheAgents);
        chain.block_of(now + 3 * SLOT, vec![by_account("RES", withdraw)]);
        assert_eq!(Runtime::tariff(9).unwrap().effective_from, 0);
    });
}

#[test]
fn low_tariff_should_not_keep_the_board_from_setting_the_feed_in_price() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, vec![by_account("RES", low(9))]);
        let price = at("0.4");
        let set = pallet_terms::Call::set_feed_in { effective_from: 9, price };
        chain.block_of(now + SLOT, vec![by_account("Alice", set)]);
        let prices = Runtime::grid_prices(Delivery { day: 9, period: 0 }).unwrap();
        // Buying to sell does not pay.
        assert_eq!((prices.tariff, prices.feed_in), (price, price));
    });
}

#[test]
fn stolen_agent_should_be_rotated_when_it_has_set_session_keys_and_spent_its_float() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        let made = SessionKeys::generate(&agent_account("LA1").encode(), None);
        let (keys, proof) = (made.keys, made.proof.encode());
        let set = pallet_session::Call::set_keys { keys, proof };
        let spend = BalancesCall::transfer_all { dest: account("Bob").into(), keep_alive: false };
        chain.block_of(now + SLOT, vec![by_agent("LA1", 0, set), by_agent("LA1", 1, spend)]);
        assert!(System::consumers(&agent_account("LA1")) > 0);
        let agent = account("LA1-agent");
        let rotate = pallet_participants::Call::rotate_agent { id: id("LA1"), agent: agent.clone() };
        chain.block_of(now + 2 * SLOT, vec![by_registrar(rotate)]);
        assert_eq!(Participants::acting(&agent), Some(ParticipantId(0)));
        assert_eq!(Participants::acting(&agent_account("LA1")), None);
    });
}

/// Plays the first hour, in which both buyers bid and one is read; before each part these accounts are others.
fn first_hour(chain: &mut Chain, rotated: bool) -> Vec<(NetEnergy, NetMoney)> {
    let names = ["LA1", "LA2", "MG1"];
    let releases: [(&str, &[Position]); 3] =
        [("LA1", &[buy("100")]), ("LA2", &[buy("50")]), ("MG1", &[sell("120")])];
    let calendar = open_market(chain, &releases);
    let (sealing, reveals) = (calendar.sealing(FIRST), calendar.reveal(FIRST));
    let bids = [("LA1", at("0.41")), ("LA2", at("0.4"))];
    chain.block_of(sealing.from, bids.iter().map(|(name, price)| seal(name, FIRST, *price)).collect());
    if rotated {
        // Between seal and reveal, and the money with it.
        let deposit = held(&account("LA1"));
        assert!(!deposit.is_zero());
        chain.block_of(sealing.from + SLOT, vec![rotate("LA1", "LA1-new")]);
        assert_eq!((held(&account("LA1")), held(&account("LA1-new"))), (Money::ZERO, deposit));
        chain.block_of(sealing.from + 2 * SLOT, vec![empty("LA1", &account("LA1-new"))]);
    }
    chain.block_of(reveals.from, bids.iter().map(|(name, price)| reveal(name, FIRST, *price)).collect());
    chain.block_of(reveals.from + SLOT, Vec::new());
    if rotated {
        // Between reveal and clearing.
        let cover = held(&account("LA2"));
        assert!(!cover.is_zero());
        let moved = vec![rotate("LA2", "LA2-new")];
        chain.block_of(reveals.from + 2 * SLOT, moved);
        assert_eq!((held(&account("LA2")), held(&account("LA2-new"))), (Money::ZERO, cover));
        chain.block_of(reveals.from + 3 * SLOT, vec![empty("LA2", &account("LA2-new"))]);
    }
    chain.block_of(calendar.start(FIRST), Vec::new());
    if rotated {
        // Between trade and reading.
        let income = held(&account("MG1"));
        assert!(!income.is_zero());
        chain.block_of(calendar.start(FIRST) + SLOT, vec![rotate("MG1", "MG1-new")]);
        assert_eq!((held(&account("MG1")), held(&account("MG1-new"))), (Money::ZERO, income));
    }
    settle(chain, &calendar, FIRST, &[("LA1", "110", "0"), ("LA2", "20", "0"), ("MG1", "0", "100")]);
    names.map(|name| (traded(name, FIRST).0, Runtime::line(FIRST, id(name)).unwrap().line.total())).into()
}

#[test]
fn bids_and_income_should_follow_their_accounts_when_these_are_others() {
    let mut bills = Vec::new();
    for rotated in [false, true] {
        on_chain(&development(), |chain| {
            bills.push(first_hour(chain, rotated));
            if rotated {
                for name in ["LA1", "LA2", "MG1"] {
                    assert_eq!(held(&account(name)), Money::ZERO);
                    assert_eq!(
                        free(&account(name)),
                        Money::ZERO,
                        "{name}'s was moved, and nothing was paid to it"
                    );
                }
                assert!(!free(&account("MG1-new")).is_zero());
            }
        });
    }
    assert_eq!(bills[0], bills[1]);
}

#[test]
fn stolen_account_should_act_no_more_when_it_is_rotated() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, vec![rotate("LA1", "LA1-new")]);
        let positions = vec![Position::NONE; Terms::of(0).periods_per_day.into()].try_into().unwrap();
        let release = pallet_energy_tasks::Call::release { day: 0, positions };
        let refused = chain.block(now + SLOT, vec![by_account("LA1", release)]);
        assert_refused(&refused[0], pallet_energy_tasks::Error::<Runtime>::NotRegistered);
        // What it had free is still its own.
        assert!(free(&account("LA1")) > eth("1499"));
    });
}

#[test]
fn debts_should_be_the_new_suppliers_when_it_is_replaced() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("10")])]);
        let drain = empty("LA1", &account("Bob"));
        chain.block_of(calendar.start(FIRST), vec![drain]);
        settle(chain, &calendar, FIRST, &[("LA1", "10", "0")]);
        let owed = debt("LA1");
        assert!(owed > NetMoney::ZERO);
        let (now, before) = (calendar.metering(FIRST).to + SLOT, free(&account("RES")));
        let replace = pallet_participants::Call::replace_supplier {
            name: b"RES2".to_vec().try_into().unwrap(),
            account: account("RES2"),
            agent: agent_account("RES2"),
        };
        let stranger = chain.block(now, vec![by_account("RES", replace.clone())]);
        assert_refused(&stranger[0], sp_runtime::DispatchError::BadOrigin);
        let before = before.min(free(&account("RES")));
        chain.block_of(now + SLOT, vec![by_registrar(replace)]);
        let amount = eth("100").planck();
        let back = BalancesCall::transfer_keep_alive { dest: account("LA1").into(), value: amount };
        chain.block_of(now + 2 * SLOT, vec![by_account("Bob", back)]);
        chain
            .block_of(now + 3 * SLOT, vec![by_agent("LA1", 0, pallet_settlement::Call::pay_debt { amount })]);
        assert_eq!(debt("LA1"), NetMoney::ZERO);
        assert_eq!(free(&account("RES2")).paid(), Some(owed));
        assert_eq!(free(&account("RES")), before);
    });
}
