use super::*;

#[test]
fn meter_should_be_another_when_it_is_rotated() {
    build_and_execute(|| {
        assert_ok!(Members::rotate_meter(RuntimeOrigin::root(), LA1, [7; 32]));
        assert_eq!(Members::member(LA1).map(|member| member.meter), Some([7; 32]));
        System::assert_last_event(Event::MeterRotated { id: LA1, meter: [7; 32] }.into());
        assert_ok!(Members::rotate_meter(RuntimeOrigin::root(), RES, [8; 32]));
    });
}

#[test]
fn meter_should_stay_when_its_rotation_is_refused() {
    build_and_execute(|| {
        assert_noop!(Members::rotate_meter(by_la1(), LA1, [7; 32]), DispatchError::BadOrigin);
        assert_noop!(
            Members::rotate_meter(RuntimeOrigin::root(), NOBODY, [7; 32]),
            Error::<Test>::NotRegistered
        );
    });
}
