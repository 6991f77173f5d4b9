//! The event bus on Redis Streams.
//!
//! Three streams: facts leave on one ([`FactsPublisher`]), requests arrive on another ([`RequestQueue`]), and requests that
//! can't be carried out end on a third with the reason ([`DeadLetters`]). The names of the streams and the
//! fields of their entries are in `docs/api/events.md`. Does not decide what a request does (`gateway` does),
//! and stores nothing that the database does not have, except requests that are not answered yet.
//!
//! **Invariants.** Facts of one correlation id are first added in the order of the outbox. Every fact is added
//! at least once; a repeated one has the same id. A request stays on its stream until it is answered.

mod connection;
mod dead_letters;
mod facts;
mod requests;

pub use connection::{BusError, RedisBus};
pub use dead_letters::{DeadLetter, DeadLetters};
pub use facts::{FactsPublisher, TrimReport, TrimRule};
pub use requests::{QueuedRequest, RequestQueue};

/// The stream of facts.
pub const FACTS: &str = "vibecoder:facts";

/// The stream of requests.
pub const REQUESTS: &str = "vibecoder:requests";

/// The stream of requests that could not be carried out.
pub const DEAD: &str = "vibecoder:dead";

/// The field of an entry that has the event, as CloudEvents JSON.
pub const EVENT_FIELD: &str = "event";
