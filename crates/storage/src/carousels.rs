//! Carousels: what was asked for, what was written, what was drawn, and how it ended.
//!
//! Every step may run twice, and a workflow may be reset: so the first write of anything wins, and
//! a repeat is given what is stored. A carousel is *open* until it is completed (delivered, or
//! nobody can say) or abandoned (failed or cancelled, and undone); it is closed once.

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

/// A carousel as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carousel {
    /// Its id, which is its workflow's id.
    pub id: CarouselId,
    /// Who asked for it.
    pub user: UserId,
    /// What was asked for.
    pub brief: BriefRecord,
    /// Open, or closed and how.
    pub state: State,
    /// Who wrote the current revision.
    pub provider: Option<String>,
    /// The current revision, from 1; none before a draft is saved.
    pub revision: Option<u32>,
    /// The workflow run that opened it.
    pub run_id: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When anything about it was last written.
    pub updated_at: Timestamp,
}

/// Whether a carousel is still worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is worked on.
    Open,
    /// It ended.
    Closed {
        /// How.
        outcome: Outcome,
        /// Why, in words; empty where there is nothing to explain.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

/// What was written for a carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDraft {
    /// The slides, the caption and the hashtags.
    pub draft: DraftRecord,
    /// The look at the topic that it grew from.
    pub analysis: AnalysisRecord,
    /// Who wrote it.
    pub provider: String,
}

/// The end of a carousel that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Whether it arrived.
    pub outcome: Sent,
    /// Why nobody can say; empty where it arrived.
    pub reason: String,
    /// The revision that was sent.
    pub revision: u32,
    /// Its pictures, in the order of the slides.
    pub pictures: Vec<BlobRecord>,
}

/// How a carousel that was sent can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It arrived.
    Delivered,
    /// Nobody can say whether it arrived; the quota is spent.
    Unknown,
}

/// How a carousel that is undone can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// It failed.
    Failed,
    /// Somebody cancelled it.
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
    /// Whether the carousel is still worked on.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// How it ended, if it did.
    pub const fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Open => None,
            Self::Closed { outcome, .. } => Some(*outcome),
        }
    }
}

/// Whether what was done for a carousel that ended like this was undone.
const fn was_undone(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Failed | Outcome::Cancelled => true,
        Outcome::Delivered | Outcome::Unknown => false,
    }
}
