//! Checks that every request ends, with the same outcome in Temporal and in the database, and with
//! a reason if one is required.

use super::{Case, Class, Finding};
use crate::audit::truth::{Carousel, Status, Workflow};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let finding = match (case.workflow, case.carousel) {
        (None, None) => Some(Finding::new(
            Class::Lost,
            "there is neither a workflow nor a row",
        )),
        (None, Some(carousel)) => forgotten(carousel),
        (Some(workflow), None) => unwritten(workflow),
        (Some(workflow), Some(carousel)) => both(case, workflow, carousel),
    };
    finding.into_iter().collect()
}

/// Temporal keeps histories for 72 h, so an old carousel's history may be gone.
fn forgotten(carousel: &Carousel) -> Option<Finding> {
    let open = carousel.outcome.is_none();
    open.then(|| {
        Finding::new(
            Class::Lost,
            "open in the database, and Temporal does not know it",
        )
    })
}

/// Nothing is stored: it ended before it was opened, or should not have ended.
fn unwritten(workflow: &Workflow) -> Option<Finding> {
    match workflow.status {
        Status::Running => Some(running(workflow)),
        Status::Completed => Some(Finding::new(
            Class::Contradiction,
            "completed in Temporal, and nothing is stored",
        )),
        Status::Failed | Status::Cancelled => {
            let reason = workflow.result.as_ref().map_or("", |result| &result.reason);
            silent(reason)
        }
        Status::Ended => Some(Finding::new(
            Class::SilentFailure,
            "ended from outside before anything was stored",
        )),
    }
}

fn both(case: &Case<'_>, workflow: &Workflow, carousel: &Carousel) -> Option<Finding> {
    if workflow.status == Status::Running {
        return Some(running(workflow));
    }
    let status = workflow.status.name();
    let Some(outcome) = carousel.outcome.as_deref() else {
        let what = format!("open in the database, {status} in Temporal");
        return Some(Finding::new(Class::Contradiction, what));
    };
    let told = workflow
        .result
        .as_ref()
        .map(|result| result.outcome.as_str());
    let fits = match workflow.status {
        Status::Running => false,
        Status::Completed => {
            matches!(outcome, "delivered" | "unknown") && case.may_have_ended(told)
        }
        Status::Failed => outcome == "failed" && told == Some(outcome),
        Status::Cancelled => outcome == "cancelled" && told == Some(outcome),
        // Its saga did not run; reconciliation set the outcome.
        Status::Ended => true,
    };
    if !fits {
        let told = told.unwrap_or("nothing");
        let what = format!("{outcome} in the database; {status} in Temporal, with {told}");
        return Some(Finding::new(Class::Contradiction, what));
    }
    match outcome {
        "failed" => silent(&carousel.reason),
        _ => None,
    }
}

fn running(workflow: &Workflow) -> Finding {
    let what = match &workflow.stuck {
        Some(reason) => format!("its workflow task fails: {reason}"),
        None => "it still runs".to_owned(),
    };
    Finding::new(Class::Unfinished, what)
}

fn silent(reason: &str) -> Option<Finding> {
    let silent = reason.trim().is_empty();
    silent.then(|| Finding::new(Class::SilentFailure, "it failed without a reason"))
}
