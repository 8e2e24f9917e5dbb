use crate::mock::*;
use crate::{DepositShare, Error, Event};
use frame::testing_prelude::*;
use market::participant::PartsPerMillion;

fn set(share: u32) -> DispatchResult {
    Auction::set_deposit_share(RuntimeOrigin::root(), PartsPerMillion(share))
}

#[test]
fn share_should_count_for_bids_that_are_sealed_from_now_on_when_it_is_set() {
    build_and_execute(|| {
        assert_eq!(DepositShare::<Test>::get(), PartsPerMillion(100_000));
        [LA1, LA2, LA3].into_iter().for_each(|id| release(FIRST, id, 1_000));
        open_sealing(FIRST);
        must_seal(LA1, FIRST, 500);
        events();
        assert_ok!(set(500_000));
        assert_eq!(events(), [Event::DepositShareSet { share: PartsPerMillion(500_000) }]);
        must_seal(LA1, FIRST, 501);
        must_seal(LA2, FIRST, 500);
        assert_ok!(set(0));
        must_seal(LA3, FIRST, 500);
        assert_eq!([LA1, LA2, LA3].map(held), [deposit(1_000), deposit(5_000), 0]);
        assert_ok!(set(1_000_000));
    });
}

#[test]
fn share_should_stay_when_another_is_refused() {
    build_and_execute(|| {
        assert_noop!(set(1_000_001), Error::<Test>::ShareOutOfRange);
        let by_la = RuntimeOrigin::signed(account(LA1));
        assert_noop!(Auction::set_deposit_share(by_la, PartsPerMillion(1)), DispatchError::BadOrigin);
    });
}
