//! Payloads and activities of broadcasts.

use domain::{
    BroadcastState, ChatId, Outcome,
    record::{is_default, known_name},
};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities,
    destination::DestinationRecord,
    policy::{self, Policy},
    schedule::SlotRecord,
};

/// The content of a broadcast, from its row: a carousel, or a daily tip, or a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastMessage {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A carousel that was rendered before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<AlbumRecord>,
    /// A daily tip in each required language.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thoughts: Vec<LocalizedTip>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AlbumRecord {
    pub carousel: String,
    pub revision: u32,
}

/// A daily tip in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalizedTip {
    /// A [`domain::Language`]'s name.
    pub language: String,
    pub text: String,
    /// The source as text for people.
    pub source: String,
}

/// Input of a `BroadcastWorkflow` and of each of its runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastInput {
    pub broadcast: String,
    pub author: String,
    /// The chat that gets the final report; the default value if there is no author.
    #[serde(skip_serializing_if = "is_default")]
    pub report_to: DestinationRecord,
    /// This run continues after this recipient; empty starts from the first.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Recipients of earlier runs who have blocked the bot.
    #[serde(skip_serializing_if = "is_default")]
    pub closed: u64,
    /// Those of them that no step has recorded yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<String>,
}

/// The counts of a broadcast: the answer of the query `progress` and the result of a
/// `BroadcastWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastProgress {
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub state: Option<BroadcastState>,
    /// Recipients with a successful delivery.
    pub sent: u64,
    /// Recipients who can't be reached.
    pub failed: u64,
    /// Those of them who have blocked the bot.
    pub closed: u64,
    /// Recipients with a delivery of unknown outcome.
    pub unknown: u64,
    /// Recipients without a delivery so far.
    pub left: u64,
}

/// Input of `open_broadcast`: a daily tip for all subscribers of a time slot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenBroadcastInput {
    pub broadcast: String,
    pub slot: SlotRecord,
    pub thoughts: Vec<LocalizedTip>,
}

/// Input of `find_recipients`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindRecipientsInput {
    pub broadcast: String,
    /// Search after this recipient; empty starts from the first.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Maximum number of recipients.
    pub limit: u32,
    /// Recipients who have blocked the bot; they are recorded as unreachable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
}

/// Result of `find_recipients`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientsFound {
    /// Recipients without a delivery so far.
    pub recipients: Vec<RecipientRecord>,
    pub progress: BroadcastProgress,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientRecord {
    pub user: String,
    pub chat: ChatId,
}

/// Input of `send_broadcast`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SendBroadcastInput {
    pub broadcast: String,
    pub recipient: RecipientRecord,
}

/// Result of `send_broadcast`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastSent {
    /// `None` if the broadcast is paused or over and nothing was sent.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether the recipient has blocked the bot.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// Input of `conclude_broadcast`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConcludeInput {
    pub broadcast: String,
    /// Recipients who have blocked the bot and are not recorded as such yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
}

/// Lowest priority: broadcasts run after all work that a user waits for. Temporal's priorities are
/// 1 to 5, with 3 as the default.
const SEND: Policy = Policy { priority: Some(5), ..policy::MESSAGE };

activities! {
    /// Stores a daily tip and its recipients.
    OpenBroadcast "open_broadcast": OpenBroadcastInput => BroadcastProgress, policy::PERSISTENCE;
    /// Returns the next recipients.
    FindRecipients "find_recipients": FindRecipientsInput => RecipientsFound, policy::PERSISTENCE;
    /// Sends a broadcast to one recipient.
    SendBroadcast "send_broadcast": SendBroadcastInput => BroadcastSent, SEND;
    /// Ends a broadcast: the remaining recipients get nothing.
    ConcludeBroadcast "conclude_broadcast": ConcludeInput => BroadcastProgress, policy::RECORD;
}
