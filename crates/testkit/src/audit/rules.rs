//! The auditor's rules: a pure function from the sources to the findings.

mod event_chain;
mod outcomes;
mod pictures;
mod quota_and_references;
mod unknown_outcomes;
mod updates;

use domain::Outcome;

use super::{
    audit_data::{AuditData, AuditDestination, CarouselRow, WorkflowFacts, WorkflowStatus},
    audit_report::{AuditReport, AuditRow, Finding, FindingClass},
};
use pictures::ExpectedPictures;

/// One carousel in all sources.
pub(super) struct Case<'a> {
    truths: &'a AuditData,
    id: &'a str,
    /// The requested destination; `None` if it was not requested.
    destination: Option<&'a AuditDestination>,
    workflow: Option<&'a WorkflowFacts>,
    carousel: Option<&'a CarouselRow>,
}

impl<'a> Case<'a> {
    fn of(truths: &'a AuditData, id: &'a str) -> Self {
        let request = truths.requests.iter().find(|r| r.id == id);
        Self {
            truths,
            id,
            destination: request.map(|r| &r.destination),
            workflow: truths.workflows.iter().find(|w| w.id == id),
            carousel: truths.stored.carousels.iter().find(|c| c.id == id),
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        self.carousel?.outcome
    }

    /// Whether its workflow ended without a known outcome, and the outcome was settled later.
    fn was_settled_later(&self) -> bool {
        self.workflow.is_some_and(|w| w.status == WorkflowStatus::EndedWithoutSaga)
    }

    /// Whether an outcome, according to the workflow or its last events, is consistent with the
    /// stored one: it is equal, or unknown if the outcome was settled later. A closed workflow
    /// can't be updated.
    fn fits_outcome(&self, told: Option<Outcome>) -> bool {
        told == self.outcome()
            || told == Some(Outcome::Unknown) && was_delivered_later(self.truths, self.id)
    }
}

/// Whether a later check found that it arrived.
fn was_delivered_later(truths: &AuditData, id: &str) -> bool {
    let mut events = truths.events.iter();
    events.any(|event| {
        event.correlation == id
            && event.kind == "carousel.delivery.resolved"
            && event.outcome == Some(Outcome::Delivered)
    })
}

/// Accounts for every request and for every unrequested item.
pub fn judge(truths: &AuditData) -> AuditReport {
    let ids = ids(truths);
    let cases: Vec<Case<'_>> = ids.iter().map(|id| Case::of(truths, id)).collect();
    let ledger = ExpectedPictures::of(truths, &cases);
    let mut rows: Vec<AuditRow> = cases.iter().map(|case| row(case, &ledger)).collect();
    rows.extend(ledger.unrequested().map(|(place, pictures)| AuditRow {
        what: place.to_string(),
        workflow: "-".to_owned(),
        stored: "-".to_owned(),
        events: 0,
        arrived: pictures.to_string(),
        findings: vec![Finding::new(
            FindingClass::Duplicated,
            format!("{pictures} pictures were not requested"),
        )],
    }));
    rows.extend(truths.stored.updates.iter().filter_map(updates::judge));
    AuditReport { rows, skipped: truths.rebuilt.pruned + truths.rebuilt.busy }
}

/// Requests first, in their order; then unrequested items.
fn ids(truths: &AuditData) -> Vec<&str> {
    let mut ids: Vec<&str> = truths.requests.iter().map(|r| r.id.as_str()).collect();
    let differing = truths.rebuilt.differences.iter().map(|it| it.carousel.as_str());
    let others = truths.stored.carousels.iter().map(|c| c.id.as_str()).chain(differing);
    for id in others.chain(truths.workflows.iter().map(|w| w.id.as_str())) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn row(case: &Case<'_>, ledger: &ExpectedPictures) -> AuditRow {
    let mut findings = outcomes::judge(case);
    if case.destination.is_none() {
        let what = "it was not requested".to_owned();
        findings.push(Finding::new(FindingClass::Duplicated, what));
    }
    findings.extend(unknown_outcomes::judge(case));
    findings.extend(event_chain::judge(case));
    findings.extend(quota_and_references::judge(case));
    findings.extend(ledger.judge(case));
    let differences = case.truths.rebuilt.differences.iter();
    let of_case = differences.filter(|difference| difference.carousel == case.id);
    findings.extend(of_case.map(|it| Finding::new(FindingClass::Rows, it.to_string())));
    let events = &case.truths.events;
    AuditRow {
        what: case.id.to_owned(),
        workflow: case.workflow.map_or("-", |w| w.status.name()).to_owned(),
        stored: match case.carousel {
            Some(carousel) => carousel.outcome.map_or("open", Outcome::name).to_owned(),
            None => "-".to_owned(),
        },
        events: events.iter().filter(|event| event.correlation == case.id).count(),
        arrived: ledger.arrived_cell(case),
        findings,
    }
}

impl Finding {
    fn new(class: FindingClass, what: impl Into<String>) -> Self {
        Self { class, what: what.into() }
    }
}
