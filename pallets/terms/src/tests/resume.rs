use super::*;

#[test]
fn stage_should_go_on_when_it_is_resumed() {
    build_and_execute(|| {
        assert_ok!(Terms::pause(RuntimeOrigin::root(), Stage::Release));
        assert_ok!(Terms::resume(RuntimeOrigin::root(), Stage::Release));
        assert!(!Terms::is_paused(Stage::Release));
        System::assert_last_event(Event::StageResumed { stage: Stage::Release }.into());
    });
}

#[test]
fn resumption_should_be_refused_when_it_makes_no_sense() {
    build_and_execute(|| {
        assert_noop!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal), Error::<Test>::NotPaused);
        assert_ok!(Terms::pause(RuntimeOrigin::root(), Stage::Reveal));
        assert_noop!(Terms::resume(by(RES), Stage::Reveal), DispatchError::BadOrigin);
        assert_noop!(Terms::resume(RuntimeOrigin::root(), Stage::Sealing), Error::<Test>::NotPaused);
        assert_ok!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal));
        assert_noop!(Terms::resume(RuntimeOrigin::root(), Stage::Reveal), Error::<Test>::NotPaused);
    });
}
