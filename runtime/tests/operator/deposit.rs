//! The deposit share.

use super::*;
use market::participant::PartsPerMillion;

#[test]
fn deposit_share_should_be_the_operators_when_it_sets_it() {
    on_chain(&development(), |chain| {
        let table = Table4::read();
        let calendar = Terms::of(0);
        release_all(chain, &table, &calendar);
        assert_eq!(Runtime::settings().deposit_share, PartsPerMillion(100_000));
        let share = PartsPerMillion(1_000_000);
        let now = calendar.sealing(FIRST).from - SLOT;
        must_order(chain, now, pallet_blind_auction::Call::set_deposit_share { share });
        assert_eq!(Runtime::settings().deposit_share, share);
        seal_all(chain, &calendar, FIRST, &["LA1"]);
        let Some(Position::Buy(volume)) = table.positions(0).first().copied() else { panic!("LA1 buys") };
        let tariff = Runtime::grid_prices(FIRST).unwrap().tariff;
        assert_eq!(Runtime::participants(0, 1)[0].held, tariff.amount(volume).unwrap());
    });
}
