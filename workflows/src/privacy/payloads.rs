//! Payloads and activities for deleting and exporting a user's data. They contain ids only, because
//! these histories outlive the deletion.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    activity::activities,
    destination::DestinationRecord,
    policy::{self, Policy},
};

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

/// The user was promised the deletion, so it does not give up within a day.
const FORGET: Policy = Policy {
    attempt_timeout: Duration::from_secs(10 * 60),
    total_timeout: None,
    ..policy::PERSISTENCE
};

/// Reads, packs and uploads up to 49 MB; after an hour the user no longer waits.
const EXPORT: Policy = Policy {
    attempt_timeout: Duration::from_secs(5 * 60),
    total_timeout: Some(Duration::from_secs(3600)),
    max_attempts: 5,
    initial_interval: Duration::from_secs(2),
    cancellable: true,
    ..policy::MESSAGE
};

activities! {
    /// Records that the deletion has begun, and deletes the user's schedules.
    BeginForget "begin_forget": ForgetInput => (), FORGET;
    /// Cancels or terminates the user's open workflows; returns their number.
    StopWork "stop_work": StopWorkInput => WorkStopped, FORGET;
    /// Deletes the user's closed workflows.
    EraseHistories "erase_histories": ForgetInput => DeletedCounts, FORGET;
    /// Deletes the user's rows.
    EraseData "erase_data": ForgetInput => DeletedCounts, FORGET;
    /// Deletes rows that were written meanwhile, and records that the deletion is complete.
    FinishForget "finish_forget": ForgetInput => (), FORGET;
    /// Packs all data into one file and sends it.
    SendExport "send_export": ExportInput => (), EXPORT;
}
