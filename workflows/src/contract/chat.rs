//! Payloads of what is said in a chat while a carousel is made, and when it did not work out.

use domain::record::BlobRecord;
use serde::{Deserialize, Serialize};

use super::DestinationRecord;

/// What starts a `ResendWorkflow`: somebody wants once more what may not have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResendInput {
    /// Who asked.
    pub user: String,
    /// Which carousel.
    pub carousel: String,
    /// Which revision.
    pub revision: u32,
    /// The generation that somebody asked for.
    pub generation: u32,
    /// Where to.
    pub destination: DestinationRecord,
    /// Its pictures.
    pub pictures: Vec<BlobRecord>,
}

/// Input of `update_status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusInput {
    /// Where.
    pub destination: DestinationRecord,
    /// A [`domain::Stage`]'s name.
    pub stage: String,
    /// What it is about.
    pub topic: String,
}

/// Input of `tell_end`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TellInput {
    /// Where.
    pub destination: DestinationRecord,
    /// A [`domain::Outcome`]'s name.
    pub outcome: String,
    /// A [`super::FailureKind`]'s name, or another kind of failure.
    pub kind: String,
    /// Why, in words.
    pub reason: String,
    /// `offline` where our own notes could write it instead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub offer: String,
    /// Which carousel, where it is not the one whose workflow this is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
}
