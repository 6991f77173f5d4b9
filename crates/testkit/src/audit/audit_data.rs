//! The auditor's four sources, as plain data.

use std::{fmt, path::PathBuf};

use domain::{Outcome, delivery::DeliveryStateName};
use storage::rebuild::RebuildReport;
use workflows::carousel::CarouselResult;

/// The contents of all sources.
#[derive(Debug, Clone, Default)]
pub struct AuditData {
    pub requests: Vec<AuditedRequest>,
    pub workflows: Vec<WorkflowFacts>,
    pub stored: StoredRows,
    /// The outbox, in the order of writing.
    pub events: Vec<EventRow>,
    /// The pictures that arrived, in the order of arrival.
    pub arrivals: Vec<ArrivedPictures>,
    /// Messages that report an unknown outcome.
    pub notices: Vec<UncertaintyNotice>,
    /// Keys of referenced blobs that do not exist.
    pub missing_blobs: Vec<String>,
    /// Where the rows differ from the events.
    pub rebuilt: RebuildReport,
}

/// An accepted request: it has to end delivered once, failed with a reason, or shown as uncertain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedRequest {
    /// The carousel's id.
    pub id: String,
    pub destination: AuditDestination,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuditDestination {
    Folder(PathBuf),
    /// The chat's id.
    Chat(i64),
}

/// A workflow according to its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFacts {
    /// The carousel's id.
    pub id: String,
    pub status: WorkflowStatus,
    pub result: Option<CarouselResult>,
    /// The number of delivery activities that it scheduled.
    pub deliveries: usize,
    /// The failure of its last workflow task, if nothing followed.
    pub stuck: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowStatus {
    Running,
    Completed,
    /// It failed, and its saga ran.
    Failed,
    /// It was cancelled, and its saga ran.
    Cancelled,
    /// It was terminated or timed out, and its saga did not run.
    EndedWithoutSaga,
}

/// The contents of the database's tables.
#[derive(Debug, Clone, Default)]
pub struct StoredRows {
    /// Oldest first.
    pub carousels: Vec<CarouselRow>,
    /// References to blobs, in the order of slides.
    pub references: Vec<BlobReferenceRow>,
    /// The delivery ledger; it has no rows for folders.
    pub deliveries: Vec<DeliveryRow>,
    /// Broadcasts of carousels and their recipients.
    pub recipients: Vec<RecipientRow>,
    /// Updates from Telegram and their state.
    pub updates: Vec<UpdateRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarouselRow {
    pub id: String,
    /// `None` until it has ended.
    pub outcome: Option<Outcome>,
    pub reason: String,
    pub revision: Option<i64>,
    pub quota: QuotaHold,
}

/// The state of a carousel's quota reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaHold {
    /// Nothing was reserved.
    None,
    /// One is reserved, or spent.
    Held,
    Released,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobReferenceRow {
    /// The carousel's id.
    pub carousel: String,
    /// The revision; 0 for the request itself.
    pub revision: i64,
    /// `slide` or `source`.
    pub part: String,
    /// The blob's key.
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The carousel's id.
    pub carousel: String,
    pub revision: i64,
    /// `album`, `caption`, ….
    pub part: String,
    /// The number of the try, from 1; a person asked for every further one.
    pub generation: i64,
    /// Messages in total.
    pub size: usize,
    /// Messages that are known to have arrived.
    pub arrived: usize,
    pub state: DeliveryStateName,
}

/// A recipient of a broadcast carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientRow {
    /// The carousel's id.
    pub carousel: String,
    pub revision: i64,
    pub destination: AuditDestination,
    pub state: DeliveryStateName,
}

/// A stored update of Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRow {
    /// Telegram's `update_id`.
    pub number: i64,
    /// `received`, `decided`, `done` or `dead`.
    pub state: String,
    /// Why it is a dead letter.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub id: String,
    /// The event's type.
    pub kind: String,
    /// The correlation id: mostly a carousel's id.
    pub correlation: String,
    /// The id of the event that caused it.
    pub causation: Option<String>,
    /// `outcome` in its data, if it is a carousel's.
    pub outcome: Option<Outcome>,
    /// `revision` in its data.
    pub revision: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedPictures {
    pub destination: AuditDestination,
    /// The SHA-256 of each picture, in hexadecimal.
    pub pictures: Vec<String>,
    /// Whether it is an album or a whole folder: then it can only be a carousel.
    pub together: bool,
    /// The carousel id that it names, if any.
    pub named_carousel: Option<String>,
}

/// A message that reports an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UncertaintyNotice {
    pub destination: AuditDestination,
}

impl StoredRows {
    /// The digests of a revision's pictures, in the order of its slides.
    pub(super) fn pictures(&self, carousel: &str, revision: i64) -> Vec<String> {
        let of = |r: &&BlobReferenceRow| {
            r.carousel == carousel && r.revision == revision && r.part == "slide"
        };
        let digest = |r: &BlobReferenceRow| r.key.split('.').next().unwrap_or_default().to_owned();
        self.references.iter().filter(of).map(digest).collect()
    }
}

impl fmt::Display for AuditDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Chat(id) => write!(f, "chat {id}"),
        }
    }
}

impl WorkflowStatus {
    /// The name in the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::EndedWithoutSaga => "ended from outside",
        }
    }
}
