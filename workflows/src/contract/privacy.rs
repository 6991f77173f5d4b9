//! Payloads of deleting and exporting what is stored about a person. They name people by their ids
//! and nothing else: these histories outlive the deletion.
#![expect(
    missing_docs,
    reason = "what the macro makes carries no docs; see the functions"
)]
#![expect(clippy::unimplemented, reason = "the macro wants exactly this body")]

use serde::{Deserialize, Serialize};
use temporalio_common::ActivityError;
use temporalio_macros::activity_definitions;

use super::DestinationRecord;

/// What starts a `ForgetWorkflow`; also the input of its activities.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForgetInput {
    /// Whose data is deleted.
    pub user: String,
    /// Their Telegram account, which is the number of their private chat; 0 where they have none.
    pub account: i64,
    /// The bot that they asked.
    pub bot: i64,
    /// Where they are told.
    pub destination: DestinationRecord,
}

/// Input of `stop_work`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StopWorkInput {
    /// Whose.
    pub of: ForgetInput,
    /// Whether workflows are terminated; they are asked to cancel otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub terminate: bool,
}

/// Result of `stop_work`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkStopped {
    /// Workflows that were still open.
    pub open: u32,
}

/// What was deleted. Result of `erase_data` and `erase_histories`, and of `ForgetWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Erased {
    /// Carousels.
    pub carousels: u64,
    /// Schedules.
    pub schedules: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Workflow executions.
    pub histories: u64,
}

/// What starts an `ExportWorkflow`; also the input of `send_export`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportInput {
    /// Whose data is exported.
    pub user: String,
    /// Their Telegram account; 0 where they have none.
    pub account: i64,
    /// Where the file goes.
    pub destination: DestinationRecord,
}

/// Activities of the persistence pool that delete what is stored about a person.
pub struct PrivacyActivities;

#[activity_definitions]
impl PrivacyActivities {
    /// Notes that it has begun, and deletes their schedules.
    #[activity(name = "begin_forget")]
    pub fn begin_forget(_: ForgetInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Ends their open workflows, and says how many there were.
    #[activity(name = "stop_work")]
    pub fn stop_work(_: StopWorkInput) -> Result<WorkStopped, ActivityError> {
        unimplemented!()
    }

    /// Deletes their closed workflows.
    #[activity(name = "erase_histories")]
    pub fn erase_histories(_: ForgetInput) -> Result<Erased, ActivityError> {
        unimplemented!()
    }

    /// Deletes their rows.
    #[activity(name = "erase_data")]
    pub fn erase_data(_: ForgetInput) -> Result<Erased, ActivityError> {
        unimplemented!()
    }

    /// Deletes what came in between, and notes that it is done.
    #[activity(name = "finish_forget")]
    pub fn finish_forget(_: ForgetInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

/// Activities of the delivery pool that send a person's data to them.
pub struct ExportActivities;

#[activity_definitions]
impl ExportActivities {
    /// Makes one file of everything and sends it.
    #[activity(name = "send_export")]
    pub fn send_export(_: ExportInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

// The macro puts the definitions into private modules; activities implement them by these names.
/// Definitions of deleting what is stored about a person.
pub mod forgetting {
    pub use super::privacy_activities::{
        BeginForget, EraseData, EraseHistories, FinishForget, StopWork,
    };
}
/// Definitions of exporting it.
pub mod exporting {
    pub use super::export_activities::SendExport;
}
