//! Payloads of chat messages during a carousel and after its failure.

use domain::record::BlobRecord;
use serde::{Deserialize, Serialize};

use super::{DestinationRecord, FailureKind, ModelFailure, Offer};

/// Input of a `ResendWorkflow`: sends a delivery with an unknown outcome again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResendInput {
    pub user: String,
    pub carousel: String,
    pub revision: u32,
    /// The generation that the user requested.
    pub generation: u32,
    pub destination: DestinationRecord,
    /// The images of the album, in order.
    pub pictures: Vec<BlobRecord>,
}

/// Input of `update_status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusInput {
    pub destination: DestinationRecord,
    /// A [`domain::CarouselStage`]'s name.
    pub stage: String,
    pub topic: String,
}

/// Input of `tell_end`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportEndInput {
    pub destination: DestinationRecord,
    /// A [`domain::Outcome`]'s name.
    pub outcome: String,
    /// The kind of failure; [`FailureKind::Unrecognized`] if it was cancelled.
    #[serde(skip_serializing_if = "FailureKind::is_unrecognized")]
    pub kind: FailureKind,
    /// The model's failure, if that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
    /// The reason as text for developers.
    pub reason: String,
    #[serde(skip_serializing_if = "Offer::is_nothing")]
    pub offer: Offer,
    /// The carousel, if it is not the calling workflow's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
}
