//! [`CarouselStage`] and [`Outcome`] of a carousel.

use serde::{Deserialize, Serialize};

use crate::named;

/// A carousel's stage. The Web UI, the events and the database show these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CarouselStage {
    /// Accepted; no work has started.
    Queued,
    /// The request is being stored and the quota reserved.
    Opening,
    /// A model or the corpus analyses the topic.
    Analysing,
    /// The slides are being written.
    Writing,
    /// The draft is being stored.
    Saving,
    /// The user reviews the draft, if their settings ask for it.
    Reviewing,
    /// The slides are being drawn.
    Drawing,
    /// The slides are being sent. Cancellation is no longer possible.
    Delivering,
    /// The outcome is being stored.
    Completing,
    /// A failure or a cancellation is being compensated.
    Undoing,
    /// Ended; see [`Outcome`].
    Finished,
}

named!(CarouselStage, "stage", {
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

impl CarouselStage {
    /// The stages of a successful carousel, in order: for progress bars.
    pub const SUCCESS_PATH: [Self; 7] = [
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
    Delivered,
    /// It failed with a reason, and its effects were undone.
    Failed,
    /// It was cancelled, and its effects were undone.
    Cancelled,
    /// It was sent, but whether it arrived is unknown.
    Unknown,
}

named!(Outcome, "outcome", {
    Delivered => "delivered",
    Failed => "failed",
    Cancelled => "cancelled",
    Unknown => "unknown",
});

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn names_are_the_serialized_forms() {
        for stage in CarouselStage::ALL {
            assert_eq!(to_value(stage).unwrap(), json!(stage.name()));
            assert_eq!(from_value::<CarouselStage>(json!(stage.name())).unwrap(), *stage);
        }
        for outcome in Outcome::ALL {
            assert_eq!(to_value(outcome).unwrap(), json!(outcome.name()));
            assert_eq!(from_value::<Outcome>(json!(outcome.name())).unwrap(), *outcome);
        }
    }
}
