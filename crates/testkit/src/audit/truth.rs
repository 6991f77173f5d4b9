//! The four truths, as plain data. What the system learns to store, these learn to hold.

use std::{fmt, path::PathBuf};

use workflows::contract::CarouselResult;

/// Everything that is known, from every side.
#[derive(Debug, Clone, Default)]
pub struct Truths {
    /// What was asked for.
    pub requests: Vec<Request>,
    /// What the workflows did.
    pub workflows: Vec<Workflow>,
    /// What is stored.
    pub stored: Stored,
    /// The outbox, in the order of writing.
    pub events: Vec<Event>,
    /// What arrived, in the order of arrival.
    pub arrivals: Vec<Arrival>,
    /// Messages that tell somebody that nobody knows whether something arrived.
    pub notices: Vec<Notice>,
    /// Blobs that something refers to and that are not there.
    pub missing_blobs: Vec<String>,
}

/// A request that was accepted: it has to end delivered once, failed with a reason, or shown as
/// uncertain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The carousel's id.
    pub id: String,
    /// Where it was to go.
    pub place: Place,
}

/// Where carousels arrive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A chat.
    Chat(i64),
}

/// A workflow, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its id: the carousel's.
    pub id: String,
    /// How it stands.
    pub status: Status,
    /// What it ended with.
    pub result: Option<CarouselResult>,
    /// How often it had something delivered.
    pub deliveries: usize,
    /// What its last workflow task failed of, when nothing came after that.
    pub stuck: Option<String>,
}

/// How a workflow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It runs.
    Running,
    /// It completed.
    Completed,
    /// It failed, in order: its saga ran.
    Failed,
    /// It was cancelled, in order.
    Cancelled,
    /// It was ended from outside, and its saga did not run.
    Ended,
}

/// The tables.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Carousels, oldest first.
    pub carousels: Vec<Carousel>,
    /// What refers to blobs, in the order of slides.
    pub references: Vec<Reference>,
    /// The ledger; it has no rows for what is delivered to a folder.
    pub deliveries: Vec<Delivery>,
    /// Carousels that were sent to many, and to whom.
    pub recipients: Vec<Recipient>,
    /// What came in from Telegram, and what became of it.
    pub updates: Vec<Update>,
}

/// A carousel as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carousel {
    /// Its id.
    pub id: String,
    /// How it ended, if it did.
    pub outcome: Option<String>,
    /// Why.
    pub reason: String,
    /// The current revision.
    pub revision: Option<i64>,
    /// What it holds of its user's quota.
    pub quota: Quota,
}

/// What a carousel holds of its user's quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Nothing was ever reserved.
    None,
    /// One is reserved, or spent.
    Held,
    /// It was given back.
    Released,
}

/// Something that refers to a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The carousel.
    pub carousel: String,
    /// The revision; 0 for the request itself.
    pub revision: i64,
    /// `slide` or `source`.
    pub part: String,
    /// The blob.
    pub key: String,
}

/// A row of the delivery ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The carousel.
    pub carousel: String,
    /// The revision.
    pub revision: i64,
    /// What of it: `album`, `caption`, ….
    pub part: String,
    /// Which try that a person asked for, from 1.
    pub generation: i64,
    /// Messages in all.
    pub size: usize,
    /// Messages that are known to have arrived.
    pub arrived: usize,
    /// `pending`, `sending`, `sent`, `unknown` or `failed`.
    pub state: String,
}

/// Somebody who gets a carousel that was sent to many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The carousel.
    pub carousel: String,
    /// The revision.
    pub revision: i64,
    /// Where.
    pub place: Place,
    /// `pending`, `sending`, `sent`, `unknown` or `failed`.
    pub state: String,
}

/// An update that came in, and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Telegram's number for it.
    pub number: i64,
    /// `received`, `decided`, `done` or `dead`.
    pub state: String,
    /// Why it is dead.
    pub reason: String,
}

/// An event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// What it belongs to: a carousel's id, mostly.
    pub correlation: String,
    /// The event that led to it.
    pub causation: Option<String>,
    /// `outcome` in its data.
    pub outcome: Option<String>,
    /// `revision` in its data.
    pub revision: Option<u64>,
}

/// Something that arrived: pictures together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where.
    pub place: Place,
    /// The SHA-256 of each picture, in hexadecimal.
    pub pictures: Vec<String>,
    /// Whether it came as an album or a whole folder: then it can only be a carousel.
    pub together: bool,
    /// The carousel that it says it is, where it says so.
    pub says: Option<String>,
}

/// A message that admits that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Where.
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
    /// As the table shows it.
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
