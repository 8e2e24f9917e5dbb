//! Members that drain their accounts between seal and reveal.

use super::*;
use pallet_blind_auction::Error;
use runtime::genesis_config_presets::development;

fn drain(name: &str) -> UncheckedExtrinsic {
    by_account(name, pallet_balances::Call::transfer_all { dest: account("Bob").into(), keep_alive: false })
}

#[test]
fn drained_members_should_lose_deposits_and_be_locked_out_when_they_do_not_reveal() {
    on_chain(&development(), |chain| {
        let positions = [buy("100"), buy("100")];
        let buyers = ["LA1", "LA2", "LA3"];
        let mut all = buyers.map(|name| (name, &positions[..])).to_vec();
        let offers = [sell("100"), sell("100")];
        all.push(("MG1", &offers));
        let calendar = open_market(chain, &all);
        let price = at("0.42");
        let sealing = calendar.sealing(FIRST);
        chain.block_of(sealing.from, buyers.map(|name| seal(name, FIRST, price)).into());
        chain.block_of(sealing.from + SLOT, vec![drain("LA1"), drain("LA2")]);
        assert_eq!(total(&account("LA1")), eth("4.25"), "the deposit stays");
        let window = calendar.reveal(FIRST);
        let results = chain.block(window.from, buyers.map(|name| reveal(name, FIRST, price)).into());
        assert_refused(&results[0], Error::<Runtime>::InsufficientFunds);
        assert_refused(&results[1], Error::<Runtime>::InsufficientFunds);
        assert_eq!(results[2], Ok(Ok(())));
        chain.block_of(window.from + SLOT, Vec::new());
        chain.block_of(calendar.start(FIRST), Vec::new());
        // LA3 gets all; the seller gets its income, and the pot both deposits.
        assert_eq!(traded("LA3", FIRST), (net_kwh("100"), net_eth("42")));
        assert_eq!((free(&account("MG1")), total(&account("MG1"))), (Money::ZERO, eth("42")));
        assert_eq!(total(&account("LA1")), Money::ZERO);
        assert_eq!(free(&Settlement::pot()), eth("8.5"));

        let readings = [("LA1", "100", "0"), ("LA2", "0", "0"), ("LA3", "100", "0"), ("MG1", "0", "100")];
        settle(chain, &calendar, FIRST, &readings);
        // What it used anyway is a debt to the supplier, and shuts the market to it.
        assert_eq!((debt("LA1"), debt("LA2")), (net_eth("42.5"), NetMoney::ZERO));
        let next = Delivery { day: 0, period: 2 };
        assert!(calendar.sealing(next).from > calendar.metering(FIRST).to);
        assert_eq!(
            Runtime::check(seal_call("LA1", SECOND, price).into(), account("LA1")).unwrap_err().name,
            "BlindAuction.WindowClosed"
        );
    });
}

#[test]
fn debtor_should_be_refused_when_it_bids_again() {
    on_chain(&development(), |chain| {
        let positions = [buy("100"), Position::NONE, buy("100")];
        let offers = [sell("100"), Position::NONE, sell("100")];
        let calendar = open_market(chain, &[("LA1", &positions), ("MG1", &offers)]);
        chain.block_of(calendar.sealing(FIRST).from, vec![drain("LA1")]);
        chain.block_of(calendar.start(FIRST), Vec::new());
        settle(chain, &calendar, FIRST, &[("LA1", "100", "0"), ("MG1", "0", "100")]);
        assert_eq!(debt("LA1"), net_eth("42.5"));
        let third = Delivery { day: 0, period: 2 };
        let results = chain.block(calendar.sealing(third).from, vec![seal("LA1", third, at("0.4"))]);
        assert_refused(&results[0], Error::<Runtime>::Indebted);
    });
}

#[test]
fn trade_should_be_paid_when_the_buyer_drains_its_account_behind_the_reveal() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        chain.block_of(calendar.sealing(FIRST).from, vec![seal("LA1", FIRST, at("0.4"))]);
        let window = calendar.reveal(FIRST);
        chain.block_of(window.from, vec![reveal("LA1", FIRST, at("0.4"))]);
        chain.block_of(window.from + SLOT, vec![drain("LA1")]);
        assert_eq!((free(&account("LA1")), total(&account("LA1"))), (Money::ZERO, eth("40")));
        chain.block_of(calendar.start(FIRST), Vec::new());
        assert_eq!(traded("LA1", FIRST), (net_kwh("100"), net_eth("40")));
        assert_eq!(total(&account("MG1")), eth("40"));
    });
}
