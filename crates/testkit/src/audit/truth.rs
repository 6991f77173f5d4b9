//! The auditor's four sources, as plain data.

use std::{fmt, path::PathBuf};

use workflows::contract::CarouselResult;

/// The contents of all sources.
#[derive(Debug, Clone, Default)]
pub struct Truths {
    pub requests: Vec<Request>,
    pub workflows: Vec<Workflow>,
    pub stored: Stored,
    /// The outbox, in the order of writing.
    pub events: Vec<Event>,
    /// The pictures that arrived, in the order of arrival.
    pub arrivals: Vec<Arrival>,
    /// Messages that report an unknown outcome.
    pub notices: Vec<Notice>,
    /// Keys of referenced blobs that do not exist.
    pub missing_blobs: Vec<String>,
}

/// An accepted request: it has to end delivered once, failed with a reason, or shown as uncertain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The carousel's id.
    pub id: String,
    pub place: Place,
}

/// The destination of a carousel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    Folder(PathBuf),
    /// The chat's id.
    Chat(i64),
}

/// A workflow according to its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// The carousel's id.
    pub id: String,
    pub status: Status,
    pub result: Option<CarouselResult>,
    /// The number of delivery activities that it scheduled.
    pub deliveries: usize,
    /// The failure of its last workflow task, if nothing followed.
    pub stuck: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Running,
    Completed,
    /// It failed, and its saga ran.
    Failed,
    /// It was cancelled, and its saga ran.
    Cancelled,
    /// It was terminated or timed out, and its saga did not run.
    Ended,
}

/// The contents of the database's tables.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Oldest first.
    pub carousels: Vec<Carousel>,
    /// References to blobs, in the order of slides.
    pub references: Vec<Reference>,
    /// The delivery ledger; it has no rows for folders.
    pub deliveries: Vec<Delivery>,
    /// Broadcasts of carousels and their recipients.
    pub recipients: Vec<Recipient>,
    /// Updates from Telegram and their state.
    pub updates: Vec<Update>,
}

/// A carousel's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carousel {
    pub id: String,
    /// `None` until it has ended.
    pub outcome: Option<String>,
    /// The reason of the outcome.
    pub reason: String,
    /// The current revision.
    pub revision: Option<i64>,
    pub quota: Quota,
}

/// The state of a carousel's quota reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Nothing was reserved.
    None,
    /// One is reserved, or spent.
    Held,
    /// It was released.
    Released,
}

/// A reference to a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The carousel's id.
    pub carousel: String,
    /// The revision; 0 for the request itself.
    pub revision: i64,
    /// `slide` or `source`.
    pub part: String,
    /// The blob's key.
    pub key: String,
}

/// A row of the delivery ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
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
    /// `pending`, `sending`, `sent`, `unknown` or `failed`.
    pub state: String,
}

/// A recipient of a broadcast carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The carousel's id.
    pub carousel: String,
    pub revision: i64,
    pub place: Place,
    /// `pending`, `sending`, `sent`, `unknown` or `failed`.
    pub state: String,
}

/// A stored update of Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Telegram's `update_id`.
    pub number: i64,
    /// `received`, `decided`, `done` or `dead`.
    pub state: String,
    /// Why it is a dead letter.
    pub reason: String,
}

/// An event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    /// The event's type.
    pub kind: String,
    /// The correlation id: mostly a carousel's id.
    pub correlation: String,
    /// The id of the event that caused it.
    pub causation: Option<String>,
    /// `outcome` in its data.
    pub outcome: Option<String>,
    /// `revision` in its data.
    pub revision: Option<u64>,
}

/// Pictures that arrived together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub place: Place,
    /// The SHA-256 of each picture, in hexadecimal.
    pub pictures: Vec<String>,
    /// Whether it is an album or a whole folder: then it can only be a carousel.
    pub together: bool,
    /// The carousel id that it names, if any.
    pub says: Option<String>,
}

/// A message that reports an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub place: Place,
}

impl Stored {
    /// The digests of a revision's pictures, in the order of its slides.
    pub(super) fn pictures(&self, carousel: &str, revision: i64) -> Vec<String> {
        let of =
            |r: &&Reference| r.carousel == carousel && r.revision == revision && r.part == "slide";
        let digest = |r: &Reference| r.key.split('.').next().unwrap_or_default().to_owned();
        self.references.iter().filter(of).map(digest).collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Chat(id) => write!(f, "chat {id}"),
        }
    }
}

impl Status {
    /// The name in the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Ended => "ended from outside",
        }
    }
}
