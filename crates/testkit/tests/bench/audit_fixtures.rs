//! Consistent sources of the auditor, in which its tests plant inconsistencies.

use testkit::audit::{
    ArrivedPictures, AuditData, AuditDestination, AuditReport, AuditedRequest, BlobReferenceRow,
    CarouselRow, DeliveryRow, EventRow, FindingClass, QuotaHold, StoredRows, UncertaintyNotice,
    WorkflowFacts, WorkflowStatus, judge,
};
use workflows::carousel::CarouselResult;

pub(crate) const ID: &str = "carousel-tg-1-7-1";
pub(crate) const CHAT: AuditDestination = AuditDestination::Chat(7);

const KINDS: [&str; 8] = [
    "carousel.generate.requested",
    "workflow.started",
    "carousel.content.analyzed",
    "carousel.slides.generated",
    "carousel.images.rendered",
    "carousel.saved",
    "carousel.completed",
    "workflow.completed",
];

/// A carousel of three pictures, requested in a chat and delivered.
pub(crate) fn delivered() -> AuditData {
    AuditData {
        requests: vec![AuditedRequest { id: ID.to_owned(), destination: CHAT }],
        workflows: vec![workflow(WorkflowStatus::Completed, "delivered", "")],
        stored: StoredRows {
            carousels: vec![carousel("delivered", "", QuotaHold::Held)],
            references: (1..=3).map(reference).collect(),
            deliveries: Vec::new(),
            recipients: Vec::new(),
            updates: Vec::new(),
        },
        events: events("delivered"),
        arrivals: vec![album(CHAT, &["p1", "p2", "p3"])],
        ..AuditData::default()
    }
}

/// A carousel that failed and was undone.
pub(crate) fn failed() -> AuditData {
    let mut truths = delivered();
    truths.workflows = vec![workflow(WorkflowStatus::Failed, "failed", "the model is away")];
    truths.stored.carousels = vec![carousel("failed", "the model is away", QuotaHold::Released)];
    truths.stored.references.clear();
    truths.events = events("failed");
    truths.arrivals.clear();
    truths
}

/// A carousel with an unknown outcome, which was reported to the user.
pub(crate) fn unknown() -> AuditData {
    let mut truths = delivered();
    truths.workflows = vec![workflow(WorkflowStatus::Completed, "unknown", "")];
    truths.stored.carousels = vec![carousel("unknown", "", QuotaHold::Held)];
    truths.events = events("unknown");
    truths.arrivals.clear();
    truths.notices = vec![UncertaintyNotice { destination: CHAT }];
    truths
}

pub(crate) fn workflow(status: WorkflowStatus, outcome: &str, reason: &str) -> WorkflowFacts {
    WorkflowFacts {
        id: ID.to_owned(),
        status,
        result: Some(CarouselResult {
            outcome: outcome.parse().ok(),
            reason: reason.to_owned(),
            ..CarouselResult::default()
        }),
        deliveries: 1,
        stuck: None,
    }
}

pub(crate) fn carousel(outcome: &str, reason: &str, quota: QuotaHold) -> CarouselRow {
    CarouselRow {
        id: ID.to_owned(),
        outcome: outcome.parse().ok(),
        reason: reason.to_owned(),
        revision: Some(1),
        quota,
    }
}

pub(crate) fn reference(n: usize) -> BlobReferenceRow {
    BlobReferenceRow {
        carousel: ID.to_owned(),
        revision: 1,
        part: "slide".to_owned(),
        key: format!("p{n}.jpg"),
    }
}

pub(crate) fn album(place: AuditDestination, pictures: &[&str]) -> ArrivedPictures {
    ArrivedPictures {
        destination: place,
        pictures: pictures.iter().map(|picture| (*picture).to_owned()).collect(),
        together: true,
        named_carousel: None,
    }
}

pub(crate) fn events(outcome: &str) -> Vec<EventRow> {
    let event = |(n, kind): (usize, &&str)| EventRow {
        id: format!("e{n}"),
        kind: (*kind).to_owned(),
        correlation: ID.to_owned(),
        causation: n.checked_sub(1).map(|before| format!("e{before}")),
        outcome: kind.ends_with(".completed").then(|| outcome.parse().ok()).flatten(),
        revision: None,
    };
    KINDS.iter().enumerate().map(event).collect()
}

pub(crate) fn ledger(generation: i64, state: &str, size: usize, arrived: usize) -> DeliveryRow {
    DeliveryRow {
        carousel: ID.to_owned(),
        revision: 1,
        part: "album".to_owned(),
        generation,
        size,
        arrived,
        state: state.parse().unwrap(),
    }
}

pub(crate) fn classes(report: &AuditReport) -> Vec<FindingClass> {
    let mut classes: Vec<FindingClass> = report.findings().map(|finding| finding.class).collect();
    classes.sort();
    classes.dedup();
    classes
}

#[track_caller]
pub(crate) fn assert_finding(truths: &AuditData, class: FindingClass, words: &str) {
    let report = judge(truths);
    assert_eq!(classes(&report), [class], "{report}");
    let said = report.findings().any(|finding| finding.what.contains(words));
    assert!(said, "{report}");
    assert!(!report.has_no_findings());
}
