//! The catalogue of events and their envelope.
//!
//! Owns the names and fields of every event, their JSON (valid CloudEvents 1.0, structured mode),
//! their JSON Schema and their ids. Does not store or publish events (`storage` does), reads no
//! clock and makes no decisions: the time and the cause are arguments.
//!
//! **Invariants.** An event's id is derived from what it is about, never random, so that a step
//! that runs again writes the same ids. Fields are only added, with a default; a change that older
//! readers can't handle raises the type's [`EventType::version`]; the test `evolution` compares today's
//! schemas with all of `schemas/`. An event has no picture, no
//! secret and no text of a person except the topic.

mod carousel_projection;
mod catalogue;
mod cloud_event;
mod envelope;
mod extension;
mod family;
mod id;
mod journal;
pub mod request;
mod schema;

pub use carousel_projection::{CarouselProjection, ProjectedStage, ProjectedUsage};
pub use catalogue::{CATALOGUE, CoreEvent, EventType, Family};
pub use cloud_event::CloudEventError;
pub use envelope::{Event, EventContext, EventSource};
pub use extension::{ExtensionError, Extensions};
pub use family::{ai, analytics, carousel, gateway, orchestrator, persistence};
pub use id::{EventId, EventIdError};
pub use journal::EventJournal;
pub use schema::{request_schemas, schemas};

/// A time in UTC; its JSON is RFC 3339 with `Z`.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
