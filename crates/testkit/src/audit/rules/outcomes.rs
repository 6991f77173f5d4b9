//! Checks that every request ends, with the same outcome in Temporal and in the database, and with
//! a reason if one is required.

use domain::Outcome;

use super::{Case, Finding, FindingClass};
use crate::audit::audit_data::{CarouselRow, WorkflowFacts, WorkflowStatus};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let finding = match (case.workflow, case.carousel) {
        (None, None) => {
            Some(Finding::new(FindingClass::Lost, "there is neither a workflow nor a row"))
        }
        (None, Some(carousel)) => without_history(carousel),
        (Some(workflow), None) => without_row(workflow),
        (Some(workflow), Some(carousel)) => both(case, workflow, carousel),
    };
    finding.into_iter().collect()
}

/// Temporal keeps histories for 72 h, so an old carousel's history may be gone.
fn without_history(carousel: &CarouselRow) -> Option<Finding> {
    let open = carousel.outcome.is_none();
    open.then(|| {
        Finding::new(FindingClass::Lost, "open in the database, and Temporal does not know it")
    })
}

/// Nothing is stored: it ended before it was opened, or should not have ended.
fn without_row(workflow: &WorkflowFacts) -> Option<Finding> {
    match workflow.status {
        WorkflowStatus::Running => Some(running(workflow)),
        WorkflowStatus::Completed => Some(Finding::new(
            FindingClass::Contradiction,
            "completed in Temporal, and nothing is stored",
        )),
        WorkflowStatus::Failed | WorkflowStatus::Cancelled => {
            let reason = workflow.result.as_ref().map_or("", |result| &result.reason);
            missing_reason(reason)
        }
        WorkflowStatus::EndedWithoutSaga => Some(Finding::new(
            FindingClass::SilentFailure,
            "ended from outside before anything was stored",
        )),
    }
}

fn both(case: &Case<'_>, workflow: &WorkflowFacts, carousel: &CarouselRow) -> Option<Finding> {
    if workflow.status == WorkflowStatus::Running {
        return Some(running(workflow));
    }
    let status = workflow.status.name();
    let Some(outcome) = carousel.outcome else {
        let what = format!("open in the database, {status} in Temporal");
        return Some(Finding::new(FindingClass::Contradiction, what));
    };
    let told = workflow.result.as_ref().and_then(|result| result.outcome);
    let fits = match workflow.status {
        WorkflowStatus::Running => false,
        WorkflowStatus::Completed => {
            matches!(outcome, Outcome::Delivered | Outcome::Unknown) && case.fits_outcome(told)
        }
        WorkflowStatus::Failed => outcome == Outcome::Failed && told == Some(outcome),
        WorkflowStatus::Cancelled => outcome == Outcome::Cancelled && told == Some(outcome),
        // Its saga did not run; reconciliation set the outcome.
        WorkflowStatus::EndedWithoutSaga => true,
    };
    if !fits {
        let told = told.map_or("nothing", Outcome::name);
        let what = format!("{outcome} in the database; {status} in Temporal, with {told}");
        return Some(Finding::new(FindingClass::Contradiction, what));
    }
    match outcome {
        Outcome::Failed => missing_reason(&carousel.reason),
        Outcome::Delivered | Outcome::Cancelled | Outcome::Unknown => None,
    }
}

fn running(workflow: &WorkflowFacts) -> Finding {
    let what = match &workflow.stuck {
        Some(reason) => format!("its workflow task fails: {reason}"),
        None => "it still runs".to_owned(),
    };
    Finding::new(FindingClass::Unfinished, what)
}

fn missing_reason(reason: &str) -> Option<Finding> {
    let silent = reason.trim().is_empty();
    silent.then(|| Finding::new(FindingClass::SilentFailure, "it failed without a reason"))
}
