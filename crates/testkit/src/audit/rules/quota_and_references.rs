//! Checks what a carousel holds at the end: its quota if it was spent, its pictures if they were
//! sent, and nothing if it was undone.

use domain::Outcome;

use super::{Case, Finding, FindingClass};
use crate::audit::audit_data::{BlobReferenceRow, QuotaHold};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(carousel) = case.carousel else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let sent = match case.outcome() {
        Some(Outcome::Delivered | Outcome::Unknown) => true,
        Some(Outcome::Failed | Outcome::Cancelled) => false,
        // Still open: everything may change.
        None => return findings,
    };
    let quota = match (sent, carousel.quota) {
        (true, QuotaHold::Held) | (false, QuotaHold::Released) => None,
        (true, QuotaHold::Released) => Some("it was sent, and its quota was given back"),
        (false, QuotaHold::Held) => Some("it was undone, and its quota was not given back"),
        (_, QuotaHold::None) => Some("it never reserved its quota"),
    };
    findings.extend(quota.map(|what| Finding::new(FindingClass::Quota, what)));
    let of = |reference: &&BlobReferenceRow| reference.carousel == case.id;
    let held: Vec<&BlobReferenceRow> = case.truths.stored.references.iter().filter(of).collect();
    let mut wrong = |what: String| findings.push(Finding::new(FindingClass::References, what));
    if !sent && !held.is_empty() {
        wrong(format!("it was undone, and still refers to {} blobs", held.len()));
    }
    let pictures = held.iter().any(|reference| reference.part == "slide");
    // Only its workflow knows which pictures, until it completes.
    if sent && !pictures && !case.was_settled_later() {
        wrong("it was sent, and refers to no picture".to_owned());
    }
    let missing = held.iter().filter(|r| case.truths.missing_blobs.contains(&r.key)).count();
    if missing > 0 {
        wrong(format!("{missing} of its {} blobs are not there, or damaged", held.len()));
    }
    findings
}
