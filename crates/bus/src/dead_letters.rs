//! [`DeadLetters`]: requests that could not be carried out, with the reason.

use events::request::REQUEST_BYTES;
use redis::{
    AsyncCommands as _, Pipeline,
    streams::{StreamId, StreamRangeReply},
};

use crate::{BusError, DEAD, EVENT_FIELD, QueuedRequest, REQUESTS, RedisBus};

/// Dead letters that are kept; beyond it the oldest leave.
const LONGEST: usize = 10_000;

const REASON_FIELD: &str = "reason";
const ENTRY_FIELD: &str = "entry";

/// The stream of dead letters.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    bus: RedisBus,
}

/// A request that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The id of its entry; `requeue` takes it. It begins with the time in milliseconds since 1970.
    pub id: String,
    /// Why it was not carried out, for its sender.
    pub reason: String,
    /// The request as it arrived; empty if its entry had no field `event`.
    pub event: String,
    /// The id that its entry had among the requests.
    pub entry: String,
}

impl DeadLetters {
    pub const fn new(bus: RedisBus) -> Self {
        Self { bus }
    }

    /// The newest dead letters, newest first.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn newest(&self, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        let found: StreamRangeReply =
            self.bus.shared().xrevrange_count(DEAD, "+", "-", limit).await?;
        Ok(found.ids.iter().map(DeadLetter::of).collect())
    }

    /// How many there are.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn count(&self) -> Result<u64, BusError> {
        Ok(self.bus.shared().xlen(DEAD).await?)
    }

    /// Puts a request back on the stream of requests. `false` if there is no dead letter `id`.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn requeue(&self, id: &str) -> Result<bool, BusError> {
        let mut redis = self.bus.shared();
        let found: StreamRangeReply = redis.xrange(DEAD, id, id).await?;
        let Some(letter) = found.ids.first().map(DeadLetter::of) else {
            return Ok(false);
        };
        let mut pipe = redis::pipe();
        pipe.atomic();
        pipe.xadd(REQUESTS, "*", &[(EVENT_FIELD, &letter.event)]).ignore();
        pipe.xdel(DEAD, &[&letter.id]).ignore();
        pipe.query_async::<()>(&mut redis).await?;
        Ok(true)
    }

    /// Adds a dead letter in a transaction of the caller.
    pub(crate) fn add(pipe: &mut Pipeline, request: &QueuedRequest, reason: &str) {
        // One that is too large is refused again anyway: its beginning is enough to recognise it.
        let event = match request.event.as_deref().unwrap_or_default() {
            large if large.len() > REQUEST_BYTES => &large[..large.floor_char_boundary(1_000)],
            event => event,
        };
        pipe.xadd_maxlen(
            DEAD,
            redis::streams::StreamMaxlen::Approx(LONGEST),
            "*",
            &[(REASON_FIELD, reason), (EVENT_FIELD, event), (ENTRY_FIELD, &request.entry)],
        )
        .ignore();
    }
}

impl DeadLetter {
    fn of(entry: &StreamId) -> Self {
        let text = |name: &str| entry.get::<String>(name).unwrap_or_default();
        Self {
            id: entry.id.clone(),
            reason: text(REASON_FIELD),
            event: text(EVENT_FIELD),
            entry: text(ENTRY_FIELD),
        }
    }
}
