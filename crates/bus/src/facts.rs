//! [`FactsPublisher`]: adds the outbox's events to the stream of facts, and trims the stream.

use redis::{
    AsyncCommands as _,
    streams::{
        StreamInfoGroupsReply, StreamInfoStreamReply, StreamPendingReply, StreamRangeReply,
        StreamTrimOptions, StreamTrimmingMode,
    },
};
use storage::{
    Database,
    outbox::{EventPublisher, PublishProgress, StoredEvent, consumers},
};
use tokio::sync::Mutex;

use crate::{BusError, EVENT_FIELD, FACTS, RedisBus};

/// Events that are added again in one step.
const REPUBLISH_BATCH: u32 = 500;

/// Adds facts to the stream, in order.
///
/// Before the first batch, and before the first batch after a failure, it compares the stream with the outbox: if
/// Redis has lost its last entries (it was restarted from an older file, or empty), what the outbox still has of
/// them is added again.
pub struct FactsPublisher {
    bus: RedisBus,
    db: Database,
    /// Whether the stream has everything that the outbox marks as published.
    is_complete: Mutex<bool>,
}

/// When entries leave the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrimRule {
    /// Entries older than this leave once every group has acknowledged them, in milliseconds.
    pub keep_ms: u64,
    /// The longest length: beyond it the oldest entries leave, acknowledged or not.
    pub longest: usize,
}

impl Default for TrimRule {
    /// Seven days, and a million entries, which are about one gigabyte.
    fn default() -> Self {
        Self { keep_ms: 7 * 24 * 3_600_000, longest: 1_000_000 }
    }
}

/// What was removed from the stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrimReport {
    /// Entries that every group had acknowledged.
    pub acknowledged: u64,
    /// Entries that at least one group had not acknowledged: the stream was too long.
    pub dropped: u64,
}

impl FactsPublisher {
    pub fn new(bus: RedisBus, db: Database) -> Self {
        Self { bus, db, is_complete: Mutex::new(false) }
    }

    /// Adds events that the outbox marks as published and the stream does not have. Returns how many.
    ///
    /// # Errors
    /// [`BusError`].
    pub async fn republish_missing(&self) -> Result<u64, BusError> {
        let mut position = self.last_position().await?;
        let mut added = 0;
        loop {
            let page =
                consumers::published_after(&self.db.read(), position, REPUBLISH_BATCH).await?;
            let Some(last) = page.rows.iter().rev().find_map(|event| event.position) else {
                break;
            };
            self.add(&page.rows).await?;
            added += page.rows.len() as u64;
            position = last;
        }
        if added > 0 {
            tracing::warn!(
                added,
                "Redis had lost facts; the outbox had them, they are added again"
            );
        }
        Ok(added)
    }

    /// Removes old entries by `rule`; always keeps the newest one, which says what the stream has.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn trim(&self, rule: TrimRule) -> Result<TrimReport, BusError> {
        let mut redis = self.bus.shared();
        if !redis.exists::<_, bool>(FACTS).await? {
            return Ok(TrimReport::default());
        }
        let stream: StreamInfoStreamReply = redis.xinfo_stream(FACTS).await?;
        let newest = EntryId::parse(&stream.last_generated_id);
        let (s, us): (u64, u64) = redis::cmd("TIME").query_async(&mut redis).await?;
        let old = EntryId { ms: (s * 1000 + us / 1000).saturating_sub(rule.keep_ms), n: 0 };
        let needed = self.oldest_needed().await?;
        let first_kept = needed.map_or(old, |needed| needed.min(old)).min(newest);
        let options = StreamTrimOptions::minid(StreamTrimmingMode::Exact, first_kept.to_string());
        let acknowledged: u64 = redis.xtrim_options(FACTS, &options).await?;
        let options = StreamTrimOptions::maxlen(StreamTrimmingMode::Exact, rule.longest.max(1));
        let excess: u64 = redis.xtrim_options(FACTS, &options).await?;
        // The oldest entry that is left says whether a group lost one that it needs.
        let lost = match (needed, self.first_entry().await?) {
            (Some(needed), Some(first)) => first > needed,
            _ => false,
        };
        let dropped = if lost { excess } else { 0 };
        Ok(TrimReport { acknowledged: acknowledged + excess - dropped, dropped })
    }

    /// The oldest entry that some group has not acknowledged; `None` if there are no groups.
    async fn oldest_needed(&self) -> Result<Option<EntryId>, BusError> {
        let mut redis = self.bus.shared();
        let groups: StreamInfoGroupsReply = redis.xinfo_groups(FACTS).await?;
        let mut oldest: Option<EntryId> = None;
        for group in groups.groups {
            let pending: StreamPendingReply = redis.xpending(FACTS, &group.name).await?;
            let needed = match pending {
                StreamPendingReply::Data(pending) => EntryId::parse(&pending.start_id),
                // Everything that was delivered is acknowledged.
                StreamPendingReply::Empty => EntryId::parse(&group.last_delivered_id).next(),
                _ => continue,
            };
            oldest = Some(oldest.map_or(needed, |before| before.min(needed)));
        }
        Ok(oldest)
    }

    async fn first_entry(&self) -> Result<Option<EntryId>, BusError> {
        let first: StreamRangeReply = self.bus.shared().xrange_count(FACTS, "-", "+", 1).await?;
        Ok(first.ids.first().map(|entry| EntryId::parse(&entry.id)))
    }

    /// The position in the outbox of the stream's newest entry that the outbox still has; the beginning if the
    /// stream is empty.
    async fn last_position(&self) -> Result<consumers::OutboxPosition, BusError> {
        let newest: StreamRangeReply =
            self.bus.shared().xrevrange_count(FACTS, "+", "-", REPUBLISH_BATCH).await?;
        for entry in newest.ids {
            let Some(id) = entry.get::<String>("id") else { continue };
            let Ok(id) = events::EventId::parse(&id) else { continue };
            // An entry that was added and not marked is after everything that is marked.
            if let Some(position) = consumers::position_of(&self.db.read(), &id).await? {
                return Ok(position);
            }
        }
        Ok(consumers::OutboxPosition::default())
    }

    /// Adds all of `events` or none, unless the connection breaks, after which that is unknown.
    async fn add(&self, events: &[StoredEvent]) -> Result<(), BusError> {
        let mut pipe = redis::pipe();
        pipe.atomic();
        for event in events {
            let fields = [
                ("id", event.id.as_str()),
                ("type", event.kind.as_str()),
                (EVENT_FIELD, event.envelope.as_str()),
            ];
            pipe.xadd(FACTS, "*", &fields).ignore();
        }
        Ok(pipe.query_async(&mut self.bus.shared()).await?)
    }
}

impl EventPublisher for FactsPublisher {
    type Error = BusError;

    async fn publish(&self, events: &[StoredEvent]) -> PublishProgress<BusError> {
        let mut is_complete = self.is_complete.lock().await;
        let added = async {
            if !*is_complete {
                self.republish_missing().await?;
            }
            self.add(events).await
        };
        let added = added.await;
        *is_complete = added.is_ok();
        match added {
            Ok(()) => PublishProgress::all(events.len()),
            Err(error) => PublishProgress { published: 0, stopped: Some(error) },
        }
    }
}

/// The id of a stream's entry: milliseconds and a number within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EntryId {
    ms: u64,
    n: u64,
}

impl EntryId {
    /// Redis writes only valid ids.
    fn parse(id: &str) -> Self {
        let (ms, n) = id.split_once('-').unwrap_or((id, "0"));
        Self { ms: ms.parse().unwrap_or(0), n: n.parse().unwrap_or(0) }
    }

    const fn next(self) -> Self {
        Self { ms: self.ms, n: self.n.saturating_add(1) }
    }
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ms, self.n)
    }
}
