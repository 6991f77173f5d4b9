//! Carousels: the request, the draft, the pictures and the outcome.
//!
//! Every step may run twice, and a workflow may be reset. So the first write wins, and a repeated
//! write returns what is stored. A carousel is *open* until it is completed (delivered, or unknown)
//! or abandoned (failed or cancelled, and undone). It is closed once.

mod draft;
mod end;
mod open;
mod query;
mod revise;

use domain::{
    CarouselId, Outcome, UserId,
    record::{AnalysisRecord, BlobRecord, BriefRecord, DraftRecord},
};
use events::Timestamp;

pub use draft::{discard_draft, draft, save_draft};
pub(crate) use end::arrived;
pub use end::{abandon, complete, keep_pictures};
pub use open::{NewCarousel, OpenError, of_day, open};
pub use query::{Filter, find, left_open, list, pictures};
pub use revise::{Revision, revise, revised, theme_of};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carousel {
    /// Equal to its workflow's id.
    pub id: CarouselId,
    pub user: UserId,
    pub brief: BriefRecord,
    pub state: State,
    /// The provider that wrote the current revision.
    pub provider: Option<String>,
    /// The current revision, from 1; `None` before a draft is saved.
    pub revision: Option<u32>,
    pub run_id: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
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
pub struct Completion {
    pub outcome: Sent,
    /// Why the outcome is unknown; empty if it was delivered.
    pub reason: String,
    pub revision: u32,
    /// In the order of the slides.
    pub pictures: Vec<BlobRecord>,
}

/// How a carousel that was sent can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Delivered,
    /// It may have arrived; the quota is spent.
    Unknown,
}

/// How a carousel that is undone can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    Failed,
    Cancelled,
}

impl From<Sent> for Outcome {
    fn from(sent: Sent) -> Self {
        match sent {
            Sent::Delivered => Self::Delivered,
            Sent::Unknown => Self::Unknown,
        }
    }
}

impl From<Undone> for Outcome {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Failed => Self::Failed,
            Undone::Cancelled => Self::Cancelled,
        }
    }
}

impl State {
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

/// Whether a carousel with this outcome was undone.
const fn was_undone(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Failed | Outcome::Cancelled => true,
        Outcome::Delivered | Outcome::Unknown => false,
    }
}
