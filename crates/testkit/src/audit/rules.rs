//! The auditor's rules: a pure function from the sources to the findings.

mod arrived;
mod chain;
mod ending;
mod holdings;
mod ingress;
mod uncertain;

use super::{
    report::{Class, Finding, Report, Row},
    truth::{Carousel, Place, Status, Truths, Workflow},
};
use arrived::Ledger;

/// One carousel in all sources.
pub(super) struct Case<'a> {
    truths: &'a Truths,
    id: &'a str,
    /// The requested destination; `None` if it was not requested.
    place: Option<&'a Place>,
    workflow: Option<&'a Workflow>,
    carousel: Option<&'a Carousel>,
}

impl<'a> Case<'a> {
    fn of(truths: &'a Truths, id: &'a str) -> Self {
        let request = truths.requests.iter().find(|r| r.id == id);
        Self {
            truths,
            id,
            place: request.map(|r| &r.place),
            workflow: truths.workflows.iter().find(|w| w.id == id),
            carousel: truths.stored.carousels.iter().find(|c| c.id == id),
        }
    }

    /// The stored outcome.
    fn outcome(&self) -> Option<&'a str> {
        self.carousel?.outcome.as_deref()
    }

    /// Whether its workflow ended without a known outcome, and the outcome was settled later.
    fn settled_from_outside(&self) -> bool {
        self.workflow.is_some_and(|w| w.status == Status::Ended)
    }

    /// Whether an outcome, according to the workflow or its last events, is consistent with the
    /// stored one: it is equal, or unknown if the outcome was settled later. A closed workflow
    /// can't be updated.
    fn may_have_ended(&self, told: Option<&str>) -> bool {
        told == self.outcome() || told == Some("unknown") && settled(self.truths, self.id)
    }
}

/// Whether a later check found that it arrived.
fn settled(truths: &Truths, id: &str) -> bool {
    let mut events = truths.events.iter();
    events.any(|event| {
        event.correlation == id
            && event.kind == "carousel.delivery.resolved"
            && event.outcome.as_deref() == Some("delivered")
    })
}

/// Accounts for every request and for every unrequested item.
pub fn judge(truths: &Truths) -> Report {
    let ids = ids(truths);
    let cases: Vec<Case<'_>> = ids.iter().map(|id| Case::of(truths, id)).collect();
    let ledger = Ledger::of(truths, &cases);
    let mut rows: Vec<Row> = cases.iter().map(|case| row(case, &ledger)).collect();
    rows.extend(ledger.strays().map(|(place, pictures)| Row {
        what: place.to_string(),
        workflow: "-".to_owned(),
        stored: "-".to_owned(),
        events: 0,
        arrived: pictures.to_string(),
        findings: vec![Finding::new(
            Class::Duplicated,
            format!("{pictures} pictures were not requested"),
        )],
    }));
    rows.extend(truths.stored.updates.iter().filter_map(ingress::judge));
    Report { rows }
}

/// Requests first, in their order; then unrequested items.
fn ids(truths: &Truths) -> Vec<&str> {
    let mut ids: Vec<&str> = truths.requests.iter().map(|r| r.id.as_str()).collect();
    let others = truths.stored.carousels.iter().map(|c| c.id.as_str());
    for id in others.chain(truths.workflows.iter().map(|w| w.id.as_str())) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn row(case: &Case<'_>, ledger: &Ledger) -> Row {
    let mut findings = ending::judge(case);
    if case.place.is_none() {
        let what = "it was not requested".to_owned();
        findings.push(Finding::new(Class::Duplicated, what));
    }
    findings.extend(uncertain::judge(case));
    findings.extend(chain::judge(case));
    findings.extend(holdings::judge(case));
    findings.extend(ledger.judge(case));
    let events = &case.truths.events;
    Row {
        what: case.id.to_owned(),
        workflow: case.workflow.map_or("-", |w| w.status.name()).to_owned(),
        stored: match case.carousel {
            Some(carousel) => carousel
                .outcome
                .clone()
                .unwrap_or_else(|| "open".to_owned()),
            None => "-".to_owned(),
        },
        events: events
            .iter()
            .filter(|event| event.correlation == case.id)
            .count(),
        arrived: ledger.shown(case),
        findings,
    }
}

impl Finding {
    fn new(class: Class, what: impl Into<String>) -> Self {
        Self {
            class,
            what: what.into(),
        }
    }
}
