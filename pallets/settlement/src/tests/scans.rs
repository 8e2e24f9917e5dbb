//! No step of the hook walks over what the same block has removed: what one more step reads of the state does not grow with
//! how many went before it.

use crate::mock::*;
use crate::types::Dispute;
use crate::{Closing, Disputes, OpenDisputes};
use market::{Money, ParticipantId};

/// The nodes of the state that the last of so many steps reads, where all others were taken in the same block.
fn nodes_of_the_last(count: u32, fill: impl FnOnce(u32), step: impl Fn()) -> usize {
    let mut state = new_test_ext();
    state.execute_with(|| fill(count));
    state.commit_all().unwrap();
    state.execute_with(|| (1..count).for_each(|_| step()));
    let ((), proof) = state.execute_and_prove(step);
    proof.iter_nodes().count()
}

/// A deeper trie costs some nodes; walking over what was removed would cost one each.
fn assert_constant(fill: impl Fn(u32), step: impl Fn()) {
    let [few, many] = [4, 600].map(|count| nodes_of_the_last(count, &fill, &step));
    assert!(few > 0 && many <= few + 40, "{few} nodes, and {many} behind 599 others");
}

#[test]
fn dispute_should_lapse_at_the_same_cost_when_many_have_in_the_block() {
    let fill = |count| {
        for id in 0..count {
            Disputes::<Test>::insert(
                0,
                (0, ParticipantId(id)),
                Dispute { by: DSO, block: 1, deposit: Money::ZERO },
            );
        }
        OpenDisputes::<Test>::insert(0, count);
    };
    assert_constant(fill, || {
        let mut closing = Closing::<Test>::get().unwrap();
        let before = OpenDisputes::<Test>::get(0);
        Settlement::lapse_dispute(&mut closing);
        assert_eq!(OpenDisputes::<Test>::get(0), before - 1);
        Closing::<Test>::put(closing);
    });
}

#[test]
fn oldest_claim_should_be_found_at_the_same_cost_when_many_were_paid_in_the_block() {
    let fill = |count| (0..count).for_each(|id| owes(ParticipantId(id), -1));
    assert_constant(fill, || {
        let oldest = Settlement::oldest_claim().unwrap();
        owes(oldest, 0);
        assert_ne!(Settlement::oldest_claim(), Some(oldest));
    });
}

#[test]
fn dispute_should_lapse_when_it_is_before_the_last_one_that_has() {
    new_test_ext().execute_with(|| {
        let mut closing = Closing::<Test>::get().unwrap();
        closing.lapsed = Some((3, LA3));
        Disputes::<Test>::insert(0, (1, LA1), Dispute { by: DSO, block: 1, deposit: Money::ZERO });
        OpenDisputes::<Test>::insert(0, 1);
        Settlement::lapse_dispute(&mut closing);
        assert_eq!((OpenDisputes::<Test>::get(0), Disputes::<Test>::iter().count()), (0, 0));
    });
}
