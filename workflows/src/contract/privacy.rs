//! Payloads for deleting and exporting a user's data. They contain ids only, because these
//! histories outlive the deletion.
#![expect(clippy::unimplemented, reason = "the macro wants exactly this body")]

use serde::{Deserialize, Serialize};
use temporalio_common::ActivityError;
use temporalio_macros::activity_definitions;

use super::DestinationRecord;

/// Input of a `ForgetWorkflow` and of its activities.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForgetInput {
    pub user: String,
    /// The Telegram account, which is also the id of the private chat; 0 if there is none.
    pub account: i64,
    /// The bot that received the request.
    pub bot: i64,
    /// The chat that gets the notice.
    pub destination: DestinationRecord,
}

/// Input of `stop_work`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StopWorkInput {
    pub of: ForgetInput,
    /// Terminates workflows if set; otherwise requests their cancellation.
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

/// Numbers of deleted objects: result of `erase_data`, `erase_histories` and `ForgetWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeletedCounts {
    pub carousels: u64,
    pub schedules: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Workflow executions.
    pub histories: u64,
}

/// Input of an `ExportWorkflow` and of `send_export`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportInput {
    pub user: String,
    /// The Telegram account; 0 if there is none.
    pub account: i64,
    pub destination: DestinationRecord,
}

/// Activities of the persistence pool that delete a user's data.
pub struct PrivacyActivities;

#[activity_definitions]
impl PrivacyActivities {
    /// Records that the deletion has begun, and deletes the user's schedules.
    #[activity(name = "begin_forget")]
    pub fn begin_forget(_: ForgetInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Cancels or terminates the user's open workflows; returns their number.
    #[activity(name = "stop_work")]
    pub fn stop_work(_: StopWorkInput) -> Result<WorkStopped, ActivityError> {
        unimplemented!()
    }

    /// Deletes the user's closed workflows.
    #[activity(name = "erase_histories")]
    pub fn erase_histories(_: ForgetInput) -> Result<DeletedCounts, ActivityError> {
        unimplemented!()
    }

    /// Deletes the user's rows.
    #[activity(name = "erase_data")]
    pub fn erase_data(_: ForgetInput) -> Result<DeletedCounts, ActivityError> {
        unimplemented!()
    }

    /// Deletes rows that were written meanwhile, and records that the deletion is complete.
    #[activity(name = "finish_forget")]
    pub fn finish_forget(_: ForgetInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

/// Activities of the delivery pool that export a user's data.
pub struct ExportActivities;

#[activity_definitions]
impl ExportActivities {
    /// Packs all data into one file and sends it.
    #[activity(name = "send_export")]
    pub fn send_export(_: ExportInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

// The macro generates private modules; the activities crate needs these names.
/// Definitions of the deletion activities.
pub mod forgetting {
    pub use super::privacy_activities::{
        BeginForget, EraseData, EraseHistories, FinishForget, StopWork,
    };
}
/// Definitions of the export activities.
pub mod exporting {
    pub use super::export_activities::SendExport;
}
