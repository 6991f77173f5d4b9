//! Checks that an unknown outcome is shown as such: in the stored outcome, in Temporal, and to the
//! user.

use std::collections::BTreeMap;

use domain::{Outcome, delivery::DeliveryStateName};

use super::{Case, Finding, FindingClass, was_delivered_later};
use crate::audit::audit_data::{AuditDestination, DeliveryRow};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(outcome) = case.outcome() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut silent = |what: String| findings.push(Finding::new(FindingClass::SilentUnknown, what));
    for delivery in latest(case) {
        let part = &delivery.part;
        match delivery.state {
            DeliveryStateName::Sending => {
                silent(format!("{part} was never settled: it is still “sending”"));
            }
            // The stored outcome is that of the first revision.
            DeliveryStateName::Unknown if delivery.revision > 1 => {}
            DeliveryStateName::Unknown if outcome != Outcome::Unknown => {
                silent(format!("the outcome of {part} is unknown, but the carousel is {outcome}"));
            }
            DeliveryStateName::Pending
            | DeliveryStateName::Sent
            | DeliveryStateName::Unknown
            | DeliveryStateName::Failed => {}
        }
    }
    let told = case.workflow.and_then(|workflow| workflow.result.as_ref());
    if outcome == Outcome::Unknown
        && told.is_some_and(|result| result.outcome != Some(Outcome::Unknown))
    {
        silent("unknown in the database, but not in Temporal".to_owned());
    }
    let is_unknown = outcome == Outcome::Unknown || unknown_revisions(case) > 0;
    if let Some(place @ AuditDestination::Chat(_)) = case.destination
        && is_unknown
    {
        let (doubts, notices) = (count_unknown(case, place), notices(case, place));
        if notices < doubts {
            silent(format!("{place} got {notices} notices for {doubts} unknown outcomes"));
        }
    }
    findings
}

/// The revisions of a finished carousel whose album may or may not have arrived.
fn unknown_revisions(case: &Case<'_>) -> usize {
    let is_unknown = |delivery: &&DeliveryRow| {
        delivery.revision > 1 && delivery.state == DeliveryStateName::Unknown
    };
    latest(case).into_iter().filter(is_unknown).count()
}

/// The newest generation of everything that may not be sent twice: it supersedes older ones.
fn latest<'a>(case: &Case<'a>) -> Vec<&'a DeliveryRow> {
    let mut latest: BTreeMap<(i64, &str), &DeliveryRow> = BTreeMap::new();
    let rows = case.truths.stored.deliveries.iter();
    for row in rows.filter(|row| row.carousel == case.id && !row.part.starts_with("notice-")) {
        let key = (row.revision, row.part.as_str());
        let newer = latest.get(&key).is_none_or(|old| old.generation < row.generation);
        if newer {
            latest.insert(key, row);
        }
    }
    latest.into_values().collect()
}

/// How often something with this destination has an unknown outcome, or had until it was settled: a carousel, or the
/// album of a later revision.
fn count_unknown(case: &Case<'_>, place: &AuditDestination) -> usize {
    let here = case.truths.requests.iter().filter(|r| r.destination == *place);
    here.map(|request| {
        let there = Case::of(case.truths, &request.id);
        let is_unknown = there.outcome() == Some(Outcome::Unknown)
            || was_delivered_later(case.truths, &request.id);
        usize::from(is_unknown) + unknown_revisions(&there)
    })
    .sum()
}

fn notices(case: &Case<'_>, place: &AuditDestination) -> usize {
    case.truths.notices.iter().filter(|notice| notice.destination == *place).count()
}
