//! Tests of the transition table, row by row.

use domain::{
    Attempt, Outcome,
    delivery::{
        Delivery, Generation, Input, Refusal, Repeats, Resolution, Size, State, StateName,
        Transition, Verdict,
    },
};

fn attempt(name: &str) -> Attempt {
    Attempt::parse(name).unwrap()
}

fn claim(name: &str) -> Input {
    let attempt = attempt(name);
    Input::Claim { attempt }
}

fn answered(name: &str, messages: u8) -> Input {
    let attempt = attempt(name);
    Input::Answered { attempt, messages }
}

fn undelivered(name: &str) -> Input {
    let (attempt, reason) = (attempt(name), "429".to_owned());
    Input::Undelivered { attempt, reason }
}

fn rejected(name: &str) -> Input {
    let (attempt, reason) = (attempt(name), "403".to_owned());
    Input::Rejected { attempt, reason }
}

fn lost(name: &str) -> Input {
    let attempt = attempt(name);
    Input::Lost { attempt }
}

/// A delivery of seven messages after `inputs`, each of which must change it.
fn after(inputs: &[Input]) -> Delivery {
    let new = Delivery::new(Size::new(7).unwrap(), Repeats::Never);
    inputs
        .iter()
        .fold(new, |delivery, input| moved(&delivery, input).to().clone())
}

fn moved(delivery: &Delivery, input: &Input) -> Transition {
    match delivery.on(input) {
        Ok(Verdict::Moves(transition)) => transition,
        other => panic!("{input:?} on {delivery:?} gave {other:?}"),
    }
}

/// The state, and how many messages have arrived.
fn standing(delivery: &Delivery) -> (StateName, u8) {
    (delivery.state().name(), delivery.arrived())
}

#[test]
fn claim_is_exclusive_and_idempotent() {
    let claimed = after(&[claim("a")]);
    assert!(claimed.belongs_to(&attempt("a")) && !claimed.belongs_to(&attempt("b")));
    assert_eq!(claimed.on(&claim("a")), Ok(Verdict::Stands));
}

#[test]
fn second_claim_makes_delivery_unknown() {
    let found = moved(&after(&[claim("a")]), &claim("b"));
    assert_eq!(standing(found.to()), (StateName::Unknown, 0));
    assert!(!found.to().belongs_to(&attempt("b")));
    assert_eq!(found.to().on(&claim("c")), Ok(Verdict::Stands));
}

#[test]
fn attempt_sends_once() {
    let back = after(&[claim("a"), undelivered("a")]);
    assert_eq!(
        back.on(&claim("a")),
        Err(Refusal::AttemptOver(attempt("a")))
    );
    assert!(moved(&back, &claim("b")).to().belongs_to(&attempt("b")));
}

#[test]
fn complete_answer_is_final() {
    let sent = after(&[claim("a"), answered("a", 7)]);
    assert_eq!(standing(&sent), (StateName::Sent, 7));
    for said in [
        claim("b"),
        answered("a", 7),
        lost("a"),
        rejected("a"),
        Input::Died,
    ] {
        assert_eq!(sent.on(&said), Ok(Verdict::Stands), "{said:?}");
    }
}

#[test]
fn partial_answer_leaves_the_rest_pending() {
    let partly = after(&[claim("a"), answered("a", 3)]);
    assert_eq!(standing(&partly), (StateName::Pending, 3));
    assert_eq!(
        partly.on(&answered("a", 3)),
        Ok(Verdict::Stands),
        "counted once"
    );
    let sent = after(&[claim("a"), answered("a", 3), claim("b"), answered("b", 4)]);
    assert_eq!(standing(&sent), (StateName::Sent, 7));
}

#[test]
fn answer_without_messages_makes_delivery_unknown() {
    let unsure = after(&[claim("a"), answered("a", 0)]);
    assert_eq!(standing(&unsure), (StateName::Unknown, 0));
}

#[test]
fn non_delivery_returns_to_pending_or_fails() {
    assert_eq!(
        standing(&after(&[claim("a"), undelivered("a")])),
        (StateName::Pending, 0)
    );
    let failed = after(&[claim("a"), answered("a", 3), claim("b"), rejected("b")]);
    assert_eq!(standing(&failed), (StateName::Failed, 3));
    assert!(matches!(failed.state(), State::Failed { reason, .. } if reason == "403"));
}

#[test]
fn late_answer_settles_unknown_delivery() {
    for (late, wanted) in [
        (answered("a", 7), (StateName::Sent, 7)),
        (answered("a", 3), (StateName::Failed, 3)),
        (undelivered("a"), (StateName::Failed, 0)),
        (rejected("a"), (StateName::Failed, 0)),
    ] {
        let transition = moved(&after(&[claim("a"), lost("a")]), &late);
        assert_eq!(standing(transition.to()), wanted, "{late:?}");
        assert!(transition.settles(Generation::FIRST).is_some(), "{late:?}");
    }
}

#[test]
fn report_of_another_attempt_is_refused() {
    for delivery in [
        after(&[]),
        after(&[claim("a")]),
        after(&[claim("a"), lost("a")]),
        after(&[claim("a"), undelivered("a")]),
        after(&[claim("a"), answered("a", 7)]),
        after(&[claim("a"), rejected("a")]),
    ] {
        for said in [answered("b", 7), undelivered("b"), rejected("b"), lost("b")] {
            let refused = delivery.on(&said);
            assert!(
                matches!(refused, Err(Refusal::NotYours { .. })),
                "{said:?} {refused:?}"
            );
        }
    }
}

#[test]
fn notice_of_dead_attempt_is_sent_again() {
    let notice = Delivery::new(Size::ONE, Repeats::Allowed);
    let sending = moved(&notice, &claim("a")).to().clone();
    let unknown = moved(&sending, &lost("a")).to().clone();
    for found in [sending, unknown.clone()] {
        assert!(moved(&found, &claim("b")).to().belongs_to(&attempt("b")));
    }
    assert_eq!(
        unknown.on(&claim("a")),
        Err(Refusal::AttemptOver(attempt("a")))
    );
}

#[test]
fn operator_resolves_only_unknown_deliveries() {
    let unknown = after(&[claim("a"), lost("a")]);
    for (saw, wanted, outcome) in [
        (
            Resolution::Arrived,
            (StateName::Sent, 7),
            Outcome::Delivered,
        ),
        (
            Resolution::NotArrived,
            (StateName::Failed, 0),
            Outcome::Failed,
        ),
    ] {
        let transition = moved(&unknown, &Input::Resolved(saw));
        assert_eq!(standing(transition.to()), wanted);
        assert_eq!(transition.settles(Generation::FIRST), Some(outcome));
        assert_eq!(
            transition.to().on(&Input::Resolved(saw)),
            Ok(Verdict::Stands)
        );
    }
    for delivery in [after(&[]), after(&[claim("a")])] {
        let refused = delivery.on(&Input::Resolved(Resolution::Arrived));
        assert!(matches!(refused, Err(Refusal::NotUnknown(_))));
    }
}

#[test]
fn next_generation_sends_only_unconfirmed_messages() {
    let unknown = after(&[claim("a"), answered("a", 3), claim("b"), lost("b")]);
    let again = unknown.again().unwrap();
    assert_eq!(standing(&again), (StateName::Pending, 3));
    assert!(moved(&again, &claim("c")).to().belongs_to(&attempt("c")));

    assert_eq!(
        after(&[]).again(),
        Err(Refusal::NotOver(StateName::Pending))
    );
    assert_eq!(
        after(&[claim("a")]).again(),
        Err(Refusal::NotOver(StateName::Sending))
    );
    assert_eq!(
        after(&[claim("a"), answered("a", 7)]).again(),
        Err(Refusal::Arrived)
    );
}

#[test]
fn only_doubtful_deliveries_settle_an_outcome() {
    let first = Generation::FIRST;
    let sent = moved(&after(&[claim("a")]), &answered("a", 7));
    assert_eq!(sent.settles(first), None);
    assert_eq!(sent.settles(first.next()), Some(Outcome::Delivered));
    let lost = moved(&after(&[claim("a")]), &lost("a"));
    assert_eq!(lost.settles(first.next()), None);
}

#[test]
fn implausible_row_is_rejected() {
    let size = Size::new(7).unwrap();
    let sent = State::Sent { last: attempt("a") };
    let error = Delivery::restore(size, 6, Repeats::Never, sent.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "6 of 7 messages arrived but the state is “sent”"
    );
    assert!(Delivery::restore(size, 7, Repeats::Never, sent).is_ok());
    let pending = State::Pending { last: None };
    assert!(Delivery::restore(size, 7, Repeats::Never, pending).is_err());
}
