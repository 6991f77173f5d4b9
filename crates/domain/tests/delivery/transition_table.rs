//! Tests of the transition table, row by row.

use domain::{
    AttemptId, Outcome,
    delivery::{
        Delivery, DeliveryInput, DeliveryState, DeliveryStateName, Generation, MessageRecord,
        PartSize, RejectionKind, RepeatPolicy, SendReport, Transition, TransitionRefusal,
        TransitionResult,
    },
};

fn attempt(name: &str) -> AttemptId {
    AttemptId::parse(name).unwrap()
}

fn claim(name: &str) -> DeliveryInput {
    let attempt = attempt(name);
    DeliveryInput::Claim { attempt }
}

fn reported(name: &str, report: SendReport) -> DeliveryInput {
    DeliveryInput::Reported { attempt: attempt(name), report }
}

fn answered(name: &str, messages: usize) -> DeliveryInput {
    reported(name, SendReport::Answered(vec![MessageRecord::default(); messages]))
}

fn undelivered(name: &str) -> DeliveryInput {
    reported(name, SendReport::Undelivered("429".to_owned()))
}

fn rejected(name: &str) -> DeliveryInput {
    let (reason, kind) = ("403".to_owned(), RejectionKind::ChatClosed);
    reported(name, SendReport::Rejected { reason, kind })
}

fn lost(name: &str) -> DeliveryInput {
    reported(name, SendReport::Unknown)
}

/// A delivery of seven messages after `inputs`, each of which must change it.
fn delivery_after(inputs: &[DeliveryInput]) -> Delivery {
    let new = Delivery::new(PartSize::new(7).unwrap(), RepeatPolicy::Never);
    inputs.iter().fold(new, |delivery, input| transition(&delivery, input).to().clone())
}

fn transition(delivery: &Delivery, input: &DeliveryInput) -> Transition {
    match delivery.apply(input) {
        Ok(TransitionResult::Changed(transition)) => transition,
        other => panic!("{input:?} on {delivery:?} gave {other:?}"),
    }
}

/// The state, and how many messages have arrived.
fn state_and_arrived(delivery: &Delivery) -> (DeliveryStateName, u8) {
    (delivery.state().name(), delivery.arrived())
}

#[test]
fn claim_is_exclusive_and_idempotent() {
    let claimed = delivery_after(&[claim("a")]);
    assert!(claimed.is_held_by(&attempt("a")) && !claimed.is_held_by(&attempt("b")));
    assert_eq!(claimed.apply(&claim("a")), Ok(TransitionResult::Unchanged));
}

#[test]
fn second_claim_makes_delivery_unknown() {
    let found = transition(&delivery_after(&[claim("a")]), &claim("b"));
    assert_eq!(state_and_arrived(found.to()), (DeliveryStateName::Unknown, 0));
    assert!(!found.to().is_held_by(&attempt("b")));
    assert_eq!(found.to().apply(&claim("c")), Ok(TransitionResult::Unchanged));
}

#[test]
fn attempt_sends_once() {
    let back = delivery_after(&[claim("a"), undelivered("a")]);
    assert_eq!(back.apply(&claim("a")), Err(TransitionRefusal::AttemptOver(attempt("a"))));
    assert!(transition(&back, &claim("b")).to().is_held_by(&attempt("b")));
}

#[test]
fn complete_answer_is_final() {
    let sent = delivery_after(&[claim("a"), answered("a", 7)]);
    assert_eq!(state_and_arrived(&sent), (DeliveryStateName::Sent, 7));
    for said in [claim("b"), answered("a", 7), lost("a"), rejected("a"), DeliveryInput::AttemptDied]
    {
        assert_eq!(sent.apply(&said), Ok(TransitionResult::Unchanged), "{said:?}");
    }
}

#[test]
fn partial_answer_leaves_the_rest_pending() {
    let partly = delivery_after(&[claim("a"), answered("a", 3)]);
    assert_eq!(state_and_arrived(&partly), (DeliveryStateName::Pending, 3));
    assert_eq!(partly.apply(&answered("a", 3)), Ok(TransitionResult::Unchanged), "counted once");
    let sent = delivery_after(&[claim("a"), answered("a", 3), claim("b"), answered("b", 4)]);
    assert_eq!(state_and_arrived(&sent), (DeliveryStateName::Sent, 7));
}

#[test]
fn answer_without_messages_makes_delivery_unknown() {
    let unsure = delivery_after(&[claim("a"), answered("a", 0)]);
    assert_eq!(state_and_arrived(&unsure), (DeliveryStateName::Unknown, 0));
}

#[test]
fn non_delivery_returns_to_pending_or_fails() {
    assert_eq!(
        state_and_arrived(&delivery_after(&[claim("a"), undelivered("a")])),
        (DeliveryStateName::Pending, 0)
    );
    let failed = delivery_after(&[claim("a"), answered("a", 3), claim("b"), rejected("b")]);
    assert_eq!(state_and_arrived(&failed), (DeliveryStateName::Failed, 3));
    let (last, reason, kind) = (attempt("b"), "403".to_owned(), RejectionKind::ChatClosed);
    assert_eq!(*failed.state(), DeliveryState::Failed { last, reason, kind });
}

#[test]
fn late_answer_settles_unknown_delivery() {
    for (late, wanted) in [
        (answered("a", 7), (DeliveryStateName::Sent, 7)),
        (answered("a", 3), (DeliveryStateName::Failed, 3)),
        (undelivered("a"), (DeliveryStateName::Failed, 0)),
        (rejected("a"), (DeliveryStateName::Failed, 0)),
    ] {
        let transition = transition(&delivery_after(&[claim("a"), lost("a")]), &late);
        assert_eq!(state_and_arrived(transition.to()), wanted, "{late:?}");
        assert!(transition.settled_outcome(Generation::FIRST).is_some(), "{late:?}");
    }
}

#[test]
fn report_of_another_attempt_is_refused() {
    for delivery in [
        delivery_after(&[]),
        delivery_after(&[claim("a")]),
        delivery_after(&[claim("a"), lost("a")]),
        delivery_after(&[claim("a"), undelivered("a")]),
        delivery_after(&[claim("a"), answered("a", 7)]),
        delivery_after(&[claim("a"), rejected("a")]),
    ] {
        for said in [answered("b", 7), undelivered("b"), rejected("b"), lost("b")] {
            let refused = delivery.apply(&said);
            assert!(
                matches!(refused, Err(TransitionRefusal::NotHolder { .. })),
                "{said:?} {refused:?}"
            );
        }
    }
}

#[test]
fn notice_of_dead_attempt_is_sent_again() {
    let notice = Delivery::new(PartSize::ONE, RepeatPolicy::Allowed);
    let sending = transition(&notice, &claim("a")).to().clone();
    let unknown = transition(&sending, &lost("a")).to().clone();
    for found in [sending, unknown.clone()] {
        assert!(transition(&found, &claim("b")).to().is_held_by(&attempt("b")));
    }
    assert_eq!(unknown.apply(&claim("a")), Err(TransitionRefusal::AttemptOver(attempt("a"))));
}

#[test]
fn next_generation_sends_only_unconfirmed_messages() {
    let unknown = delivery_after(&[claim("a"), answered("a", 3), claim("b"), lost("b")]);
    let again = unknown.next_generation().unwrap();
    assert_eq!(state_and_arrived(&again), (DeliveryStateName::Pending, 3));
    assert!(transition(&again, &claim("c")).to().is_held_by(&attempt("c")));

    assert_eq!(
        delivery_after(&[]).next_generation(),
        Err(TransitionRefusal::InProgress(DeliveryStateName::Pending))
    );
    assert_eq!(
        delivery_after(&[claim("a")]).next_generation(),
        Err(TransitionRefusal::InProgress(DeliveryStateName::Sending))
    );
    assert_eq!(
        delivery_after(&[claim("a"), answered("a", 7)]).next_generation(),
        Err(TransitionRefusal::Arrived)
    );
}

#[test]
fn only_doubtful_deliveries_settle_an_outcome() {
    let first = Generation::FIRST;
    let sent = transition(&delivery_after(&[claim("a")]), &answered("a", 7));
    assert_eq!(sent.settled_outcome(first), None);
    assert_eq!(sent.settled_outcome(first.next()), Some(Outcome::Delivered));
    let lost = transition(&delivery_after(&[claim("a")]), &lost("a"));
    assert_eq!(lost.settled_outcome(first.next()), None);
}

#[test]
fn implausible_row_is_rejected() {
    let size = PartSize::new(7).unwrap();
    let sent = DeliveryState::Sent { last: attempt("a") };
    let error = Delivery::restore(size, 6, RepeatPolicy::Never, sent.clone()).unwrap_err();
    assert_eq!(error.to_string(), "6 of 7 messages arrived but the state is “sent”");
    assert!(Delivery::restore(size, 7, RepeatPolicy::Never, sent).is_ok());
    let pending = DeliveryState::Pending { last: None };
    assert!(Delivery::restore(size, 7, RepeatPolicy::Never, pending).is_err());
}
