//! What happened, in the past tense: the catalogue of events and the envelope they travel in.
//!
//! Owns the names and fields of every event, their JSON (valid CloudEvents 1.0, structured mode),
//! their JSON Schema and their ids. Does not store or publish them (that is `storage`'s), reads
//! no clock, and decides nothing: a time and a cause are arguments.
//!
//! **Invariants.** The id of an event follows from what it speaks of, never from chance, so that a
//! step that runs again writes the same ids. Fields are only ever added, with a default; a change
//! that an older reader can't live with raises the type's [`EventType::version`]. An event carries
//! no picture, no secret and no text of a person beyond the topic.

mod catalogue;
mod envelope;
mod extension;
mod family;
mod id;
mod journal;
mod schema;
mod wire;

pub use catalogue::{CATALOGUE, CoreEvent, EventType, Family};
pub use envelope::{Context, Event, Origin};
pub use extension::{ExtensionError, Extensions};
pub use family::{ai, analytics, carousel, gateway, orchestrator, persistence};
pub use id::{EventId, EventIdError};
pub use journal::Journal;
pub use schema::schemas;
pub use wire::WireError;

/// A moment, in UTC; in JSON it is RFC 3339 with a `Z`.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
