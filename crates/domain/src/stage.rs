//! Where a carousel stands, and how it ended.

use serde::{Deserialize, Serialize};

use crate::format::{UnknownName, named};

/// Where a carousel stands. The names are what the Web UI, the events and the database say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Accepted, nothing done yet.
    Queued,
    /// Writing down the request and reserving the quota.
    Opening,
    /// A model, or our notes, look at the topic.
    Analysing,
    /// The slides are written.
    Writing,
    /// The draft is stored.
    Saving,
    /// The draft waits until somebody has looked at it, where they want to.
    Reviewing,
    /// The slides are drawn.
    Drawing,
    /// The slides are sent. From here a cancel comes too late.
    Delivering,
    /// The end is written down.
    Completing,
    /// Something failed or was cancelled: what was done is undone.
    Undoing,
    /// Over; see the [`Outcome`].
    Finished,
}

named!(Stage, "stage", {
    Queued => "queued",
    Opening => "opening",
    Analysing => "analysing",
    Writing => "writing",
    Saving => "saving",
    Reviewing => "reviewing",
    Drawing => "drawing",
    Delivering => "delivering",
    Completing => "completing",
    Undoing => "undoing",
    Finished => "finished",
});

impl Stage {
    /// The stages of a carousel that goes well, in order: for progress bars.
    pub const PATH: [Self; 7] = [
        Self::Opening,
        Self::Analysing,
        Self::Writing,
        Self::Saving,
        Self::Drawing,
        Self::Delivering,
        Self::Completing,
    ];
}

/// How a carousel ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It arrived.
    Delivered,
    /// It failed, with a reason, and was undone.
    Failed,
    /// Somebody cancelled it, and it was undone.
    Cancelled,
    /// It was sent, and nobody can say whether it arrived.
    Unknown,
}

named!(Outcome, "outcome", {
    Delivered => "delivered",
    Failed => "failed",
    Cancelled => "cancelled",
    Unknown => "unknown",
});
