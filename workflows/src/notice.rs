//! Payloads and activity of a notice: a message without a carousel.

use domain::{Outcome, record::known_name};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities, broadcast::BroadcastProgress, destination::DestinationRecord, policy,
    privacy::DeletedCounts, schedule::MissedRun,
};

/// Input of `send_notice`: a message that is sent once to a chat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeInput {
    /// The carousel id in the ledger; the carousel need not exist.
    pub carousel: String,
    /// The notice's name in the ledger: two calls with one name send it once.
    pub name: String,
    pub destination: DestinationRecord,
    /// The result of a broadcast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<BroadcastProgress>,
    /// The result of a deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<DeletedCounts>,
    /// A scheduled carousel that was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<MissedRun>,
}

/// Result of `send_notice`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeSent {
    /// Failed if the chat rejects messages permanently.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

activities! {
    /// Sends a message without a carousel once.
    SendNotice "send_notice": NoticeInput => NoticeSent, policy::MESSAGE;
}
