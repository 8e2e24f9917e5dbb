use super::*;
use market::Window;

fn pause(stage: Stage) -> DispatchResult {
    Terms::pause(RuntimeOrigin::root(), stage)
}

#[test]
fn stage_should_be_paused_when_the_operator_says_so() {
    build_and_execute(|| {
        assert_eq!(Terms::paused(), []);
        for stage in Stage::ALL {
            assert!(!Terms::is_paused(stage));
            assert_ok!(pause(stage));
            assert!(Terms::is_paused(stage));
            System::assert_last_event(Event::StagePaused { stage, until: None }.into());
        }
        assert_eq!(Terms::paused(), Stage::ALL);
    });
}

#[test]
fn pause_should_be_refused_when_it_makes_no_sense() {
    build_and_execute(|| {
        assert_noop!(Terms::pause(by(RES), Stage::Reveal), DispatchError::BadOrigin);
        assert_ok!(pause(Stage::Reveal));
        assert_noop!(pause(Stage::Reveal), Error::<Test>::AlreadyPaused);
    });
}

#[test]
fn window_should_have_been_paused_when_a_part_of_it_was() {
    build_and_execute(|| {
        let was_paused = |from, to| Terms::was_paused(Stage::Reveal, Window { from, to });
        Now::set(&100);
        assert_ok!(pause(Stage::Reveal));
        assert!(!was_paused(0, 100));
        assert!(was_paused(0, 101) && was_paused(200, 300));
        Now::set(&150);
        assert_ok!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal));
        assert!(was_paused(0, 101) && was_paused(120, 130) && was_paused(150, 160));
        assert!(!was_paused(0, 100) && !was_paused(151, 160));
        assert!(!Terms::was_paused(Stage::Sealing, Window { from: 0, to: 300 }));
        Now::set(&CALENDAR.release(0).from);
    });
}

#[test]
fn oldest_pauses_should_count_as_one_when_there_are_many() {
    build_and_execute(|| {
        for time in 0..u64::from(MAX_PAUSES) + 1 {
            Now::set(&(10 * time));
            assert_ok!(pause(Stage::Reveal));
            Now::set(&(10 * time + 1));
            assert_ok!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal));
        }
        let pauses = Pauses::<Test>::get(Stage::Reveal);
        assert_eq!(pauses.len(), MAX_PAUSES as usize);
        assert_eq!(pauses[0], Pause { from: 0, to: Some(11) });
        assert_eq!(pauses[1], Pause { from: 20, to: Some(21) });
        Now::set(&CALENDAR.release(0).from);
    });
}

#[test]
fn time_should_end_later_when_it_is_paused() {
    build_and_execute(|| {
        let end = |from| Terms::end_beside_pauses(Stage::Metering, from, 100);
        assert_eq!(end(1_000), 1_100);
        for (from, to) in [(1_010, 1_020), (1_050, 1_110), (1_400, 1_500)] {
            Now::set(&from);
            assert_ok!(pause(Stage::Metering));
            Now::set(&to);
            // While it lasts, the end goes on with the time.
            assert!(end(from - 5) > to);
            assert_ok!(Terms::resume(RuntimeOrigin::root(), Stage::Metering));
        }
        // Both pauses that begin in the time count, as far as they lie behind its begin; the third does not.
        assert_eq!([1_000, 1_015, 1_070, 1_200].map(end), [1_170, 1_180, 1_210, 1_300]);
        assert_eq!(Terms::end_beside_pauses(Stage::Reveal, 1_000, 100), 1_100);
        Now::set(&CALENDAR.release(0).from);
    });
}

#[test]
fn pause_should_end_by_itself_when_it_has_lasted_as_long_as_it_may() {
    build_and_execute(|| {
        LongestPause::<Test>::put(100);
        Now::set(&1_000);
        assert_ok!(pause(Stage::Reveal));
        System::assert_last_event(Event::StagePaused { stage: Stage::Reveal, until: Some(1_100) }.into());
        Now::set(&1_099);
        assert!(Terms::is_paused(Stage::Reveal));
        Now::set(&1_100);
        assert_eq!(Terms::paused(), []);
        assert_noop!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal), Error::<Test>::NotPaused);
        assert!(Terms::was_paused(Stage::Reveal, Window { from: 1_099, to: 1_200 }));
        assert_eq!(Terms::end_beside_pauses(Stage::Reveal, 1_050, 100), 1_200);
        Now::set(&CALENDAR.release(0).from);
    });
}

#[test]
fn pause_should_be_refused_when_the_stage_was_paused_for_as_long_as_it_may_be() {
    build_and_execute(|| {
        LongestPause::<Test>::put(100);
        for (from, to) in [(1_000, 1_030), (1_040, 1_070)] {
            Now::set(&from);
            assert_ok!(pause(Stage::Reveal));
            Now::set(&to);
            assert_ok!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal));
        }
        // What was paused before counts, so that a pause that is begun anew is no longer one.
        Now::set(&1_080);
        assert_ok!(pause(Stage::Reveal));
        System::assert_last_event(Event::StagePaused { stage: Stage::Reveal, until: Some(1_120) }.into());
        Now::set(&1_120);
        assert_noop!(pause(Stage::Reveal), Error::<Test>::PausedTooLong);
        assert_ok!(pause(Stage::Sealing));
        Now::set(&1_220);
        assert_ok!(pause(Stage::Reveal));
        System::assert_last_event(Event::StagePaused { stage: Stage::Reveal, until: Some(1_320) }.into());
        Now::set(&CALENDAR.release(0).from);
    });
}
