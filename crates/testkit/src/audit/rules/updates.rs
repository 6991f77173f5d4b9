//! Checks that every update was processed or is a dead letter with a reason.

use super::{AuditRow, Finding, FindingClass};
use crate::audit::audit_data::UpdateRow;

/// A row for an update that was not processed; `None` otherwise. Its carousel has a row of its own,
/// as a request.
pub(super) fn judge(update: &UpdateRow) -> Option<AuditRow> {
    let finding = match update.state.as_str() {
        "done" => return None,
        "dead" if !update.reason.trim().is_empty() => return None,
        "dead" => Finding::new(FindingClass::SilentFailure, "it is dead without a reason"),
        state => {
            Finding::new(FindingClass::Unfinished, format!("it is {state}, and was not processed"))
        }
    };
    Some(AuditRow {
        what: format!("update {}", update.number),
        workflow: "-".to_owned(),
        stored: update.state.clone(),
        events: 0,
        arrived: "-".to_owned(),
        findings: vec![finding],
    })
}
