//! Carousels: the request, the draft, the pictures and the outcome.
//!
//! Every step may run twice, and a workflow may be reset. So the first write wins, and a repeated
//! write returns what is stored. A carousel is *open* until it is completed (delivered, or unknown)
//! or abandoned (failed or cancelled, and undone). It is closed once.

mod carousel_queries;
mod closing;
mod draft;
mod open;
mod revisions;

use domain::{
    CarouselId, Outcome, UserId,
    failure::FailureKind,
    named,
    record::{AnalysisRecord, BlobRecord, BriefRecord, DraftRecord},
};
use events::Timestamp;

pub use carousel_queries::{CarouselFilter, find, list, open_before, pictures};
pub(crate) use closing::mark_delivered;
pub use closing::{abandon, complete, store_picture_refs};
pub use draft::{discard_draft, find_draft, save_draft, store_source};
pub use open::{NewCarousel, OpenError, count_of_day, daily_quota, open};
pub use revisions::{NewRevision, revision_of_edit, revision_theme, store_revision};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carousel {
    /// Equal to its workflow's id.
    pub id: CarouselId,
    pub user: UserId,
    pub brief: BriefRecord,
    pub state: CarouselState,
    /// Why it failed; `None` unless it did, or if an older version closed it.
    pub failure: Option<FailureKind>,
    /// The provider that wrote the current revision.
    pub provider: Option<String>,
    /// The current revision, from 1; `None` before a draft is saved.
    pub revision: Option<u32>,
    pub run_id: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarouselState {
    Open,
    Closed {
        outcome: Outcome,
        /// For people; empty if nothing needs an explanation.
        reason: String,
        at: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDraft {
    pub draft: DraftRecord,
    pub analysis: AnalysisRecord,
    pub provider: String,
}

/// The end of a carousel that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarouselCompletion {
    pub outcome: SentOutcome,
    /// Why the outcome is unknown; empty if it was delivered.
    pub reason: String,
    pub revision: u32,
    /// In the order of the slides.
    pub pictures: Vec<BlobRecord>,
}

/// How a carousel that was sent can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentOutcome {
    Delivered,
    /// It may have arrived; the quota is spent.
    Unknown,
}

/// How a carousel that is undone can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoOutcome {
    Failed(FailureKind),
    Cancelled,
}

impl From<SentOutcome> for Outcome {
    fn from(sent: SentOutcome) -> Self {
        match sent {
            SentOutcome::Delivered => Self::Delivered,
            SentOutcome::Unknown => Self::Unknown,
        }
    }
}

impl From<UndoOutcome> for Outcome {
    fn from(undone: UndoOutcome) -> Self {
        match undone {
            UndoOutcome::Failed(_) => Self::Failed,
            UndoOutcome::Cancelled => Self::Cancelled,
        }
    }
}

/// A [`CarouselState`] without its data, as the row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CarouselRowState {
    Open,
    Closed,
}

named!(CarouselRowState, "state of a carousel", {
    Open => "open",
    Closed => "closed",
});

impl CarouselState {
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    pub const fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Open => None,
            Self::Closed { outcome, .. } => Some(*outcome),
        }
    }
}

const fn was_undone(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Failed | Outcome::Cancelled => true,
        Outcome::Delivered | Outcome::Unknown => false,
    }
}
