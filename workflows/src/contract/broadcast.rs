//! One message to many: payloads of `BroadcastWorkflow`, and the activities around it.
#![expect(
    missing_docs,
    reason = "what the macro makes carries no docs; see the functions"
)]
#![expect(clippy::unimplemented, reason = "the macro wants exactly this body")]

use serde::{Deserialize, Serialize};
use temporalio_common::ActivityError;
use temporalio_macros::activity_definitions;

use super::{DestinationRecord, SlotRecord};

/// What a broadcast says, as its row keeps it: a carousel where there is one, or a thought of the day,
/// or else the words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastMessage {
    /// The words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A carousel that was drawn before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<AlbumRecord>,
    /// A thought of the day in each language that is spoken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thoughts: Vec<SpokenThought>,
}

/// A revision of a carousel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AlbumRecord {
    /// Which carousel.
    pub carousel: String,
    /// Which revision of it.
    pub revision: u32,
}

/// A thought of the day in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SpokenThought {
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The thought.
    pub text: String,
    /// Where it comes from, in words.
    pub source: String,
}

/// What starts a `BroadcastWorkflow`, and each of its runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastInput {
    /// Which.
    pub broadcast: String,
    /// Whose.
    pub author: String,
    /// Where it is said how it ended; nowhere, where nobody sent it.
    #[serde(skip_serializing_if = "is_nowhere")]
    pub report_to: DestinationRecord,
    /// The recipient behind whom this run goes on; from the first where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Recipients of the runs before who have stopped the bot.
    #[serde(skip_serializing_if = "is_zero")]
    pub closed: u64,
    /// Those among them of whom no step has said so yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<String>,
}

fn is_nowhere(destination: &DestinationRecord) -> bool {
    *destination == DestinationRecord::default()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How far a broadcast is: the answer of the query `progress`, and what a `BroadcastWorkflow` ends
/// with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BroadcastProgress {
    /// `sending`, `paused`, `done` or `cancelled`.
    pub state: String,
    /// Recipients who have it.
    pub sent: u64,
    /// Recipients who can't be written to.
    pub failed: u64,
    /// Those among them who have stopped the bot.
    pub closed: u64,
    /// Recipients of whom nobody can say.
    pub unknown: u64,
    /// Recipients who are not written to yet.
    pub left: u64,
}

/// Input of `open_broadcast`: a thought of the day to all who want one then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenBroadcastInput {
    /// Its id.
    pub broadcast: String,
    /// To whom.
    pub slot: SlotRecord,
    /// What it says.
    pub thoughts: Vec<SpokenThought>,
}

/// Input of `find_recipients`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindRecipientsInput {
    /// Which broadcast.
    pub broadcast: String,
    /// The recipient behind whom to look; from the first where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// How many, at most.
    pub limit: u32,
    /// Recipients who were found to have stopped the bot: nobody writes to them any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
}

/// Result of `find_recipients`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientsFound {
    /// Those who are not written to yet.
    pub recipients: Vec<RecipientRecord>,
    /// How far it is.
    pub progress: BroadcastProgress,
}

/// Somebody who gets a broadcast.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientRecord {
    /// Who.
    pub user: String,
    /// Where.
    pub chat: i64,
}

/// Input of `send_broadcast`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CastInput {
    /// Which broadcast.
    pub broadcast: String,
    /// Who gets it.
    pub recipient: RecipientRecord,
}

/// Result of `send_broadcast`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cast {
    /// A [`domain::Outcome`]'s name; empty when the broadcast rests or is over, and nothing was sent.
    pub outcome: String,
    /// Whether they have stopped the bot.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// Input of `conclude_broadcast`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConcludeInput {
    /// Which broadcast.
    pub broadcast: String,
    /// Recipients who were found to have stopped the bot since it was last said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
}

/// Activities of the persistence pool that belong to broadcasts.
pub struct BroadcastActivities;

#[activity_definitions]
impl BroadcastActivities {
    /// Writes down a thought of the day and who gets it.
    #[activity(name = "open_broadcast")]
    pub fn open_broadcast(_: OpenBroadcastInput) -> Result<BroadcastProgress, ActivityError> {
        unimplemented!()
    }

    /// Says who is to be written to next.
    #[activity(name = "find_recipients")]
    pub fn find_recipients(_: FindRecipientsInput) -> Result<RecipientsFound, ActivityError> {
        unimplemented!()
    }

    /// Ends a broadcast: whoever is not written to by now is not written to.
    #[activity(name = "conclude_broadcast")]
    pub fn conclude_broadcast(_: ConcludeInput) -> Result<BroadcastProgress, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the delivery pool that belong to broadcasts.
pub struct CastActivities;

#[activity_definitions]
impl CastActivities {
    /// Sends a broadcast to one of its recipients.
    #[activity(name = "send_broadcast")]
    pub fn send_broadcast(_: CastInput) -> Result<Cast, ActivityError> {
        unimplemented!()
    }
}

// The macro puts the definitions into private modules; activities implement them by these names.
/// Definitions around broadcasts.
pub mod broadcasting {
    pub use super::broadcast_activities::{ConcludeBroadcast, FindRecipients, OpenBroadcast};
}
/// Definitions of sending one.
pub mod casting {
    pub use super::cast_activities::SendBroadcast;
}
