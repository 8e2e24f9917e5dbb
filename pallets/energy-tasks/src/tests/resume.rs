use super::*;

#[test]
fn stage_should_go_on_when_it_is_resumed() {
    build_and_execute(|| {
        assert_ok!(Tasks::pause(RuntimeOrigin::root(), Stage::Release));
        assert_ok!(Tasks::resume(RuntimeOrigin::root(), Stage::Release));
        assert!(!Tasks::is_paused(Stage::Release));
        System::assert_last_event(Event::StageResumed { stage: Stage::Release }.into());
        assert_eq!(Tasks::due(LA1).map(|due| due.stage), Some(Stage::Release));
        assert_ok!(release("LA1", every(buy(1))));
    });
}

#[test]
fn resumption_should_be_refused_when_it_makes_no_sense() {
    build_and_execute(|| {
        assert_noop!(Tasks::resume(RuntimeOrigin::root(), Stage::Reveal), Error::<Test>::NotPaused);
        assert_ok!(Tasks::pause(RuntimeOrigin::root(), Stage::Reveal));
        assert_noop!(Tasks::resume(by("RES"), Stage::Reveal), DispatchError::BadOrigin);
        assert_noop!(Tasks::resume(RuntimeOrigin::root(), Stage::Sealing), Error::<Test>::NotPaused);
        assert_ok!(Tasks::resume(RuntimeOrigin::root(), Stage::Reveal));
        assert_noop!(Tasks::resume(RuntimeOrigin::root(), Stage::Reveal), Error::<Test>::NotPaused);
    });
}
