//! The auditor finds every inconsistency that is planted in consistent sources.

use domain::Outcome;
use testkit::audit::{
    ArrivedPictures, AuditData, AuditDestination, CarouselRow, DeliveryRow, EventRow, FindingClass,
    QuotaHold, RecipientRow, UncertaintyNotice, UpdateRow, WorkflowStatus, judge,
};

use crate::audit_fixtures::{
    CHAT, ID, album, assert_finding, carousel, classes, delivered, events, failed, ledger,
    reference, unknown, workflow,
};

#[test]
fn consistent_sources_have_no_findings() {
    for (story, arrived) in [(delivered(), "3 of 3"), (failed(), "0"), (unknown(), "0 of 0 to 3")] {
        let report = judge(&story);
        assert!(report.has_no_findings(), "{report}");
        assert_eq!(report.rows[0].arrived, arrived);
    }
    let mut arrived_after_all = unknown();
    arrived_after_all.arrivals = delivered().arrivals;
    assert!(judge(&arrived_after_all).has_no_findings(), "it may be there");
}

#[test]
fn duplicates_are_found() {
    let mut twice = delivered();
    twice.arrivals.push(album(CHAT, &["p1", "p2", "p3"]));
    assert_finding(&twice, FindingClass::Duplicated, "3 pictures arrived too often");

    let mut one_twice = delivered();
    one_twice.arrivals.push(ArrivedPictures { together: false, ..album(CHAT, &["p2"]) });
    assert_finding(&one_twice, FindingClass::Duplicated, "1 pictures arrived too often");

    let mut elsewhere = delivered();
    elsewhere.arrivals.push(album(AuditDestination::Chat(8), &["p1", "p2", "p3"]));
    assert_finding(&elsewhere, FindingClass::Duplicated, "3 pictures were not requested");

    let mut unasked = delivered();
    unasked.requests.clear();
    assert_finding(&unasked, FindingClass::Duplicated, "it was not requested");
}

#[test]
fn losses_are_found() {
    let mut never = delivered();
    never.arrivals.clear();
    assert_finding(&never, FindingClass::Lost, "3 of 3 pictures never arrived");

    let mut partly = delivered();
    partly.arrivals = vec![album(CHAT, &["p1", "p2"])];
    assert_finding(&partly, FindingClass::Lost, "1 of 3 pictures never arrived");

    let mut forgotten = AuditData { requests: delivered().requests, ..AuditData::default() };
    assert_finding(&forgotten, FindingClass::Lost, "neither a workflow nor a row");
    forgotten.stored.carousels =
        vec![CarouselRow { outcome: None, ..carousel("", "", QuotaHold::Held) }];
    forgotten.events = events("").into_iter().take(2).collect();
    assert_finding(&forgotten, FindingClass::Lost, "Temporal does not know it");
}

#[test]
fn silent_unknown_outcomes_are_found() {
    let mut untold = unknown();
    untold.notices.clear();
    assert_finding(&untold, FindingClass::SilentUnknown, "got 0 notices for 1 unknown outcomes");

    let mut glossed_over = delivered();
    glossed_over.stored.deliveries = vec![ledger(1, "unknown", 3, 0)];
    assert_finding(&glossed_over, FindingClass::SilentUnknown, "the outcome of album is unknown");

    let mut rewritten = delivered();
    rewritten.stored.deliveries =
        vec![ledger(1, "sent", 3, 3), DeliveryRow { revision: 2, ..ledger(1, "unknown", 3, 0) }];
    assert_finding(&rewritten, FindingClass::SilentUnknown, "got 0 notices for 1 unknown outcomes");
    rewritten.notices = vec![UncertaintyNotice { destination: CHAT }];
    let silent = judge(&rewritten).count(FindingClass::SilentUnknown);
    assert_eq!(silent, 0, "the user was told about the second album");

    let mut never_settled = delivered();
    never_settled.stored.deliveries = vec![ledger(1, "sending", 3, 0)];
    assert_finding(&never_settled, FindingClass::SilentUnknown, "still “sending”");

    let mut denied = unknown();
    denied.workflows = vec![workflow(WorkflowStatus::Completed, "delivered", "")];
    let found = classes(&judge(&denied));
    assert!(found.contains(&FindingClass::SilentUnknown), "{found:?}");
}

#[test]
fn settled_unknown_counts_as_delivered() {
    let mut settled = unknown();
    settled.stored.carousels = vec![carousel("delivered", "", QuotaHold::Held)];
    settled.arrivals = delivered().arrivals;
    let found = classes(&judge(&settled));
    assert_eq!(found, [FindingClass::Contradiction, FindingClass::Events], "by nobody");

    settled.events.push(EventRow {
        id: "settled".to_owned(),
        kind: "carousel.delivery.resolved".to_owned(),
        correlation: ID.to_owned(),
        causation: Some("e7".to_owned()),
        outcome: Some(Outcome::Delivered),
        revision: None,
    });
    assert!(judge(&settled).has_no_findings(), "{}", judge(&settled));
    settled.arrivals.clear();
    assert_finding(&settled, FindingClass::Lost, "3 of 3 pictures never arrived");
}

#[test]
fn settled_carousel_is_identified_by_its_id() {
    let place = AuditDestination::Folder("/out/one".into());
    let says = |place: &AuditDestination| ArrivedPictures {
        named_carousel: Some(ID.to_owned()),
        ..album(place.clone(), &["p1", "p2", "p3"])
    };
    let mut settled = delivered();
    settled.requests[0].destination = place.clone();
    settled.workflows = vec![workflow(WorkflowStatus::EndedWithoutSaga, "", "")];
    settled.stored.references.clear();
    settled.events.remove(4);
    settled.events[4].causation = Some("e3".to_owned());
    settled.arrivals = vec![says(&place)];
    let report = judge(&settled);
    assert!(report.has_no_findings(), "{report}");
    assert_eq!(report.rows[0].arrived, "3 of 3");

    settled.arrivals.push(says(&AuditDestination::Folder("/out/two".into())));
    assert_finding(&settled, FindingClass::Duplicated, "is in /out/two as well");

    settled.arrivals.pop();
    settled.workflows = delivered().workflows;
    let found = classes(&judge(&settled));
    assert!(found.contains(&FindingClass::References), "{found:?}");
}

#[test]
fn unprocessed_updates_are_found() {
    let with = |state: &str, reason: &str| {
        let mut truths = delivered();
        truths.stored.updates =
            vec![UpdateRow { number: 12, state: state.to_owned(), reason: reason.to_owned() }];
        truths
    };
    assert!(judge(&with("done", "")).has_no_findings());
    assert!(judge(&with("dead", "it is no message that we know")).has_no_findings());
    assert_finding(&with("dead", ""), FindingClass::SilentFailure, "without a reason");
    for state in ["received", "decided"] {
        assert_finding(&with(state, ""), FindingClass::Unfinished, "was not processed");
    }
}

#[test]
fn ledger_determines_expected_pictures() {
    // Delivered in part, the rest unknown; the user had the rest sent again.
    let mut again = delivered();
    again.stored.deliveries = vec![ledger(1, "unknown", 3, 1), ledger(2, "sent", 2, 2)];
    assert!(judge(&again).has_no_findings(), "{}", judge(&again));
    again.arrivals.push(album(CHAT, &["p2", "p3"]));
    assert!(judge(&again).has_no_findings(), "the doubtful ones may have arrived as well");
    again.arrivals.push(album(CHAT, &["p1"]));
    assert_finding(&again, FindingClass::Duplicated, "1 pictures arrived too often");

    let mut partly = failed();
    partly.stored.deliveries = vec![ledger(1, "failed", 3, 0)];
    partly.arrivals = vec![album(CHAT, &["p1", "p2", "p3"])];
    assert_finding(&partly, FindingClass::Duplicated, "not requested");
}

#[test]
fn broadcast_recipient_gets_carousel_once() {
    let other = AuditDestination::Chat(9);
    let to = |state: &str| {
        let mut truths = delivered();
        truths.stored.recipients.push(RecipientRow {
            carousel: truths.requests[0].id.clone(),
            revision: 1,
            destination: other.clone(),
            state: state.parse().unwrap(),
        });
        truths
    };
    let pictures: Vec<String> = delivered().arrivals[0].pictures.clone();
    let pictures: Vec<&str> = pictures.iter().map(String::as_str).collect();
    let with = |state: &str, albums: usize| {
        let mut truths = to(state);
        for _ in 0..albums {
            truths.arrivals.push(album(other.clone(), &pictures));
        }
        truths
    };
    for (state, albums) in [("sent", 1), ("unknown", 0), ("unknown", 1), ("failed", 0)] {
        let report = judge(&with(state, albums));
        assert!(report.has_no_findings(), "{state} {albums}\n{report}");
    }
    assert_finding(&with("sent", 0), FindingClass::Lost, "pictures never arrived");
    assert_finding(&with("sent", 2), FindingClass::Duplicated, "arrived too often");
    assert_finding(&with("unknown", 2), FindingClass::Duplicated, "arrived too often");
    assert_finding(&with("failed", 1), FindingClass::Duplicated, "not requested");
}

#[test]
fn carousels_in_one_chat_may_share_pictures() {
    let mut two = delivered();
    let other = |id: &mut String| *id = "carousel-tg-1-7-2".to_owned();
    let twin = delivered();
    two.requests.extend(twin.requests.into_iter().map(|mut r| {
        other(&mut r.id);
        r
    }));
    two.workflows.extend(twin.workflows.into_iter().map(|mut w| {
        other(&mut w.id);
        w
    }));
    let carousels = twin.stored.carousels.into_iter().map(|mut c| {
        other(&mut c.id);
        c
    });
    two.stored.carousels.extend(carousels);
    let references = twin.stored.references.into_iter();
    two.stored.references.extend(references.map(|mut r| {
        other(&mut r.carousel);
        r
    }));
    two.events.extend(twin.events.into_iter().map(|mut e| {
        other(&mut e.correlation);
        e.id.push('x');
        e.causation = e.causation.map(|cause| cause + "x");
        e
    }));
    assert_finding(&two, FindingClass::Lost, "3 of 3 pictures never arrived");
    two.arrivals.extend(twin.arrivals);
    assert!(judge(&two).has_no_findings(), "{}", judge(&two));
}

#[test]
fn contradicting_outcomes_are_found() {
    let mut running = delivered();
    running.workflows[0].status = WorkflowStatus::Running;
    assert_finding(&running, FindingClass::Unfinished, "it still runs");
    running.workflows[0].stuck = Some("nondeterminism".to_owned());
    assert_finding(&running, FindingClass::Unfinished, "its workflow task fails: nondeterminism");

    let mut open = delivered();
    open.stored.carousels[0].outcome = None;
    open.events.truncate(2);
    open.arrivals.clear();
    assert_finding(
        &open,
        FindingClass::Contradiction,
        "open in the database, completed in Temporal",
    );

    let mut terminated = open.clone();
    terminated.workflows[0].status = WorkflowStatus::EndedWithoutSaga;
    assert_finding(&terminated, FindingClass::Contradiction, "ended from outside");

    let mut other = failed();
    other.workflows = vec![workflow(WorkflowStatus::Cancelled, "cancelled", "")];
    assert_finding(
        &other,
        FindingClass::Contradiction,
        "failed in the database; cancelled in Temporal",
    );

    let mut silent = failed();
    silent.stored.carousels[0].reason.clear();
    assert_finding(&silent, FindingClass::SilentFailure, "without a reason");
}

#[test]
fn request_refused_before_opening_is_accounted_for() {
    let mut refused = failed();
    refused.stored.carousels.clear();
    refused.events.clear();
    assert!(judge(&refused).has_no_findings(), "{}", judge(&refused));
    refused.workflows[0].result.as_mut().unwrap().reason.clear();
    assert_finding(&refused, FindingClass::SilentFailure, "without a reason");
}

#[test]
fn missing_duplicate_and_unchained_events_are_found() {
    let mut missing = delivered();
    missing.events.pop();
    assert_finding(&missing, FindingClass::Events, "workflow.completed is missing");

    let mut doubled = delivered();
    let mut again = doubled.events[6].clone();
    again.id = "again".to_owned();
    doubled.events.push(again);
    assert_finding(&doubled, FindingClass::Events, "carousel.completed exists 2 times");

    let mut unchained = delivered();
    unchained.events[4].causation = None;
    assert_finding(
        &unchained,
        FindingClass::Events,
        "the chain from carousel.images.rendered breaks",
    );

    let mut circular = delivered();
    circular.events[2].causation = Some("e4".to_owned());
    assert_finding(&circular, FindingClass::Events, "breaks");

    let mut lying = delivered();
    lying.events[6].outcome = Some(Outcome::Failed);
    assert_finding(&lying, FindingClass::Events, "has outcome failed, stored is delivered");

    let mut orphaned = delivered();
    orphaned.stored.carousels.clear();
    let found = classes(&judge(&orphaned));
    assert!(found.contains(&FindingClass::Events), "{found:?}");

    // A second revision with its own slides and pictures.
    let mut revised = delivered();
    let mut slides = revised.events[3].clone();
    (slides.id, slides.revision) = ("r2".to_owned(), Some(2));
    slides.causation = Some("e7".to_owned());
    revised.events.push(slides);
    assert!(judge(&revised).has_no_findings(), "{}", judge(&revised));

    // Rendering events name no revision: one per stored revision.
    let mut drawn = revised.events[4].clone();
    drawn.id = "r2-drawn".to_owned();
    assert_eq!(drawn.kind, "carousel.images.rendered");
    drawn.causation = Some("r2".to_owned());
    revised.events.push(drawn.clone());
    let words = "carousel.images.rendered exists 2 times";
    assert_finding(&revised, FindingClass::Events, words);
    let saved = revised.events.iter().find(|e| e.kind == "carousel.saved");
    let mut saved = saved.unwrap().clone();
    (saved.id, saved.revision) = ("r2-saved".to_owned(), Some(2));
    saved.causation = Some(drawn.id);
    revised.events.push(saved);
    assert!(judge(&revised).has_no_findings(), "{}", judge(&revised));
}

#[test]
fn wrong_quota_and_references_are_found() {
    let mut kept = failed();
    kept.stored.carousels[0].quota = QuotaHold::Held;
    assert_finding(&kept, FindingClass::Quota, "its quota was not given back");

    let mut given = delivered();
    given.stored.carousels[0].quota = QuotaHold::Released;
    assert_finding(&given, FindingClass::Quota, "was given back");

    let mut left = failed();
    left.stored.references = vec![reference(1)];
    assert_finding(&left, FindingClass::References, "still refers to 1 blobs");

    let mut dangling = delivered();
    dangling.missing_blobs = vec!["p2.jpg".to_owned()];
    assert_finding(&dangling, FindingClass::References, "1 of its 3 blobs are not there");
}

#[test]
fn table_has_one_line_per_request() {
    let mut truths = delivered();
    truths.arrivals.clear();
    let table = judge(&truths).to_string();
    assert!(table.contains("LOST: 3 of 3 pictures never arrived"), "{table}");
    assert!(table.contains("1 requests: 1 delivered"), "{table}");
    assert!(table.contains("Lost 1, duplicated 0, silent unknown 0"), "{table}");
}
