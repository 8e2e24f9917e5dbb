//! Disputes that nobody needs, and money that is unmade.

use super::*;
use pallet_settlement::types::Ruling;
use runtime::genesis_config_presets::development;

#[test]
fn baseless_dispute_should_lose_its_deposit_when_it_is_dismissed() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("10")])]);
        settle(chain, &calendar, FIRST, &[("LA1", "10", "0")]);
        let (now, before) = (calendar.metering(FIRST).to + SLOT, free(&account("LA1")));
        let (delivery, participant) = (FIRST, id("LA1"));
        let dispute = pallet_settlement::Call::dispute { delivery, participant };
        chain.block_of(now, vec![by_agent("LA1", 0, dispute)]);
        assert_eq!(free(&account("LA1")), before.checked_sub(eth("0.1")).unwrap());
        let ruling = Ruling::Dismiss;
        let dismiss = pallet_settlement::Call::resolve_dispute { delivery, participant, ruling };
        chain.block_of(now + SLOT, vec![by_account("Alice", dismiss)]);
        // It is in the day's pot, of which who disputed has no share.
        assert_eq!(total(&account("LA1")), before.checked_sub(eth("0.1")).unwrap());
        assert_eq!(free(&Settlement::pot()), eth("0.1"));
    });
}

#[test]
fn money_should_not_be_unmade_when_its_owner_asks() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        let burn = BalancesCall::burn { value: 1, keep_alive: false };
        let burn: RuntimeCall = burn.into();
        let batch = pallet_utility::Call::batch_all { calls: vec![burn.clone()] };
        let filtered = frame_system::Error::<Runtime>::CallFiltered;
        let results = chain.block(now, vec![by_account("LA1", burn), by_account("LA2", batch)]);
        assert_refused(&results[0], filtered);
        assert!(matches!(results[1], Ok(Err(_))), "{:?}", results[1]);
    });
}

#[test]
fn standing_order_should_mint_under_a_reference_of_its_own_each_day() {
    let mut genesis = development();
    for participant in &mut genesis.participants[..2] {
        participant.daily_top_up = eth("1");
    }
    on_chain(&genesis, |chain| {
        let mut references = std::collections::BTreeSet::new();
        for day in 1..4 {
            chain.block_of(Terms::of(day).release(day).from, Vec::new());
            references.extend(System::events().into_iter().filter_map(|record| match record.event {
                RuntimeEvent::Settlement(pallet_settlement::Event::ToppedUp { reference, .. }) => {
                    Some(reference)
                }
                _ => None,
            }));
        }
        assert_eq!(references.len(), 6);
    });
}
