use crate::mock::*;
use crate::{Error, Event, TopUps};
use frame::testing_prelude::*;
use market::{Money, ParticipantId};

fn set(participant: ParticipantId, planck: u128) -> DispatchResult {
    Settlement::set_top_up(RuntimeOrigin::root(), participant, planck)
}

#[test]
fn order_should_be_kept_when_the_operator_gives_it() {
    build_and_execute(|| {
        events();
        assert_ok!(set(LA1, 5));
        assert_eq!(TopUps::<Test>::get(LA1), Some(5));
        assert_eq!(events(), [Event::TopUpSet { participant: LA1, amount: Money::from_planck(5) }]);
        assert_ok!(set(LA1, 0));
        assert_eq!(TopUps::<Test>::get(LA1), None);
    });
}

#[test]
fn order_should_be_refused_when_it_is_not_the_operators_or_for_nobody() {
    build_and_execute(|| {
        let member = RuntimeOrigin::signed(account(LA1));
        assert_noop!(Settlement::set_top_up(member, LA1, 5), DispatchError::BadOrigin);
        assert_noop!(set(ParticipantId(6), 5), Error::<Test>::NotRegistered);
    });
}

#[test]
fn genesis_should_give_orders_above_zero() {
    build_and_execute(|| {
        assert_eq!(TopUps::<Test>::iter().collect::<Vec<_>>(), [(LA3, 7 * ETH)]);
    });
}

#[test]
fn genesis_should_read_orders_when_it_is_json() {
    let config: crate::GenesisConfig<Test> =
        serde_json::from_str(r#"{"topUps":[[2,7000000000000000000000]]}"#).unwrap();
    assert_eq!(config.top_ups, [(2, 7_000 * ETH)]);
}

#[test]
fn participants_should_pay_in_once_a_day_when_its_release_opens() {
    build_and_execute(|| {
        assert_ok!(set(MG1, 2));
        let (la3, issued) = (free(LA3), Balances::total_issuance());
        block_at(CALENDAR.release(1).from - 1);
        assert_eq!(free(LA3), la3);
        events();
        block_at(CALENDAR.release(1).from);
        assert_eq!((free(LA3), free(MG1)), (la3 + 7 * ETH, 2));
        assert_eq!(Balances::total_issuance(), issued + 7 * ETH + 2);
        let topped_up = |participant, amount| Event::ToppedUp {
            day: 1,
            participant,
            account: account(participant),
            amount: Money::from_planck(amount),
            reference: Settlement::top_up_reference(1, participant),
        };
        let of_top_ups = |event: &crate::Event<Test>| matches!(event, Event::ToppedUp { .. });
        let given: Vec<_> = events().into_iter().filter(of_top_ups).collect();
        assert_eq!(given, [topped_up(LA3, 7 * ETH), topped_up(MG1, 2)]);
        block_at(CALENDAR.release(1).from + 1);
        assert_eq!(free(MG1), 2);
        // The chain stands still for two days: what fell due is made up for.
        block_at(CALENDAR.release(3).from);
        assert_eq!(free(MG1), 6);
    });
}

#[test]
fn top_up_should_come_behind_what_fell_due_before_when_a_chain_catches_up() {
    build_and_execute(|| {
        set_tie_line(LA1, 100);
        assert_ok!(set(LA1, 1));
        leave(LA1, 0);
        let due = CALENDAR.release(1).from;
        block_at(due);
        block_at(due + 1);
        assert_eq!((free(LA1), debt(LA1)), (1, 0), "the reading's time is extended");
        block_at(due + 2);
        // 100 Wh in each of two hours, at 0.425 ETH/kWh, less what is there.
        assert_eq!((free(LA1), debt(LA1)), (0, 85_000_000_000_000_000 - 1));
    });
}
