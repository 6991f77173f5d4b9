//! The outbox: events, written in the transaction of the state that they describe.
//!
//! A [relay](OutboxRelay) publishes them afterwards. It takes what is [`unpublished`] and never a cursor
//! over `seq`, because on PostgreSQL a lower number may be committed after a higher one was seen.
//! It marks published events with the number of their batch. Batches are numbered in the order of
//! their commits, so [`consumers`], which read the outbox inside the system, keep their position by
//! batch and miss nothing.
//!
//! **Order.** Events of one correlation id are numbered, committed and published in one order: an
//! append locks the correlation id until the end of the transaction. So append last.

pub mod consumers;
mod prune;
mod relay;

use std::collections::BTreeSet;

use domain::CarouselId;
use events::{Event, EventId, Timestamp};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::OnConflict,
};

pub use consumers::OutboxPosition;
pub use prune::{PruneReport, prune};
pub use relay::{
    EventPublisher, InProcessPublisher, OutboxRelay, PublishProgress, RelayOptions, RelayPass,
};

use crate::{
    Database, ReadAccess, Result, RowPage, Tx,
    entity::{
        chain_end,
        event::{ActiveModel, Column, Entity, Model},
    },
    error::OrCorrupt as _,
    tx::lock_by_name,
    tx::{strip_nul, truncate_to_micros},
};

/// An event as stored. Its envelope is text, so that an older version can publish an event of a
/// newer version that it can't parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Increases in the order of writing, with gaps.
    pub seq: i64,
    pub id: EventId,
    pub kind: String,
    pub correlation: String,
    /// The event that led to this one.
    pub cause: Option<EventId>,
    pub time: Timestamp,
    pub published_at: Option<Timestamp>,
    /// The position among the published events; `None` before it is published.
    pub position: Option<OutboxPosition>,
    /// CloudEvents 1.0 JSON.
    pub envelope: String,
}

impl StoredEvent {
    /// Parses the envelope.
    ///
    /// # Errors
    /// [`Corrupt`](crate::StorageError::Corrupt) if it is not an event that this version knows.
    pub fn event(&self) -> Result<Event> {
        serde_json::from_str(&self.envelope).or_corrupt("events", &self.id)
    }
}

/// Appends events, in this order; an event with a stored id is skipped. Returns how many were new.
/// An event without a trace context gets the one of the running span.
pub async fn append(tx: &Tx, events: &[Event]) -> Result<u64> {
    if events.is_empty() {
        return Ok(0);
    }
    let traceparent = traces::traceparent();
    let rows = events.iter().map(|event| match &traceparent {
        Some(running) if event.context.traceparent.is_none() => {
            let mut event = event.clone();
            event.context.traceparent = Some(running.clone());
            row(&event)
        }
        Some(_) | None => row(event),
    });
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    // Sorted, so that two transactions with the same correlations don't deadlock.
    let correlations: BTreeSet<&str> =
        (events.iter()).map(|event| event.context.correlation.as_str()).collect();
    for correlation in correlations {
        lock_by_name(&tx.0, &format!("events {correlation}")).await?;
    }
    Ok(Entity::insert_many(rows)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?)
}

/// Appends events that describe no other state, in a transaction of their own.
pub async fn append_alone(db: Database, events: Vec<Event>) -> Result<()> {
    let events = &events;
    let write = |tx: Tx| async move { append(&tx, events).await };
    db.write(write).await.map(drop)
}

/// Unpublished events, at most `limit`, oldest first.
pub async fn unpublished(on: &impl ReadAccess, limit: u32) -> Result<RowPage<StoredEvent>> {
    let rows = Entity::find()
        .filter(Column::PublishedAt.is_null())
        .order_by_asc(Column::Seq)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    Ok(RowPage::whole(rows, read))
}

/// The number of unpublished events, counted up to `most`.
pub async fn backlog(on: &impl ReadAccess, most: u32) -> Result<u64> {
    let waiting = Entity::find()
        .select_only()
        .column(Column::Seq)
        .filter(Column::PublishedAt.is_null())
        .limit(u64::from(most))
        .into_tuple::<i64>()
        .all(on.connection())
        .await?;
    Ok(waiting.len() as u64)
}

/// When the oldest unpublished event was written.
pub async fn oldest_unpublished(on: &impl ReadAccess) -> Result<Option<Timestamp>> {
    let oldest = Entity::find()
        .filter(Column::PublishedAt.is_null())
        .order_by_asc(Column::Seq)
        .one(on.connection())
        .await?;
    Ok(oldest.map(|row| row.time))
}

/// The newest event of this correlation, which the next one names as its cause. Known for a
/// carousel even after its events were pruned.
pub async fn last_event_id(on: &impl ReadAccess, correlation: &str) -> Result<Option<EventId>> {
    let row = Entity::find()
        .filter(Column::CorrelationId.eq(correlation))
        .order_by_desc(Column::Seq)
        .one(on.connection())
        .await?;
    let id = match row {
        Some(row) => Some(row.id),
        None => chain_end::Entity::find_by_id(correlation)
            .one(on.connection())
            .await?
            .map(|end| end.event_id),
    };
    id.map(|id| EventId::parse(&id).or_corrupt("events", &id)).transpose()
}

/// The trace context of a carousel's first stored event.
pub async fn traceparent(on: &impl ReadAccess, id: &CarouselId) -> Result<Option<String>> {
    let first = Entity::find()
        .filter(Column::CorrelationId.eq(id.as_str()))
        .order_by_asc(Column::Seq)
        .one(on.connection())
        .await?;
    let envelope: Option<serde_json::Value> =
        first.and_then(|row| serde_json::from_str(&row.envelope).ok());
    Ok(envelope.and_then(|envelope| Some(envelope["traceparent"].as_str()?.to_owned())))
}

pub async fn of_carousel(on: &impl ReadAccess, id: &CarouselId) -> Result<Vec<StoredEvent>> {
    let rows = Entity::find()
        .filter(Column::CorrelationId.eq(id.as_str()))
        .order_by_asc(Column::Seq)
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The events of a carousel that were written after the one with this number, at most `limit`.
pub async fn of_carousel_after(
    on: &impl ReadAccess,
    id: &CarouselId,
    after: i64,
    limit: u32,
) -> Result<Vec<StoredEvent>> {
    let rows = Entity::find()
        .filter(Column::CorrelationId.eq(id.as_str()))
        .filter(Column::Seq.gt(after))
        .order_by_asc(Column::Seq)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

pub async fn find(on: &impl ReadAccess, id: &EventId) -> Result<Option<StoredEvent>> {
    let row = Entity::find().filter(Column::Id.eq(id.as_str())).one(on.connection()).await?;
    row.map(read).transpose()
}

fn row(event: &Event) -> Result<ActiveModel> {
    let envelope = serde_json::to_string(event).or_corrupt("events", &event.id)?;
    Ok(ActiveModel {
        seq: NotSet,
        id: Set(event.id.as_str().to_owned()),
        kind: Set(event.kind().to_owned()),
        source: Set(event.source.as_str().to_owned()),
        subject: Set(event.context.subject.as_deref().map(strip_nul)),
        correlation_id: Set(strip_nul(&event.context.correlation)),
        causation_id: Set(event.causation.as_ref().map(|id| id.as_str().to_owned())),
        time: Set(truncate_to_micros(event.time)),
        envelope: Set(envelope),
        published_at: Set(None),
        batch: Set(None),
    })
}

fn read(row: Model) -> Result<StoredEvent> {
    let cause = row.causation_id.as_deref().map(EventId::parse).transpose();
    Ok(StoredEvent {
        cause: cause.or_corrupt("events", &row.id)?,
        seq: row.seq,
        id: EventId::parse(&row.id).or_corrupt("events", &row.id)?,
        kind: row.kind,
        correlation: row.correlation_id,
        time: row.time,
        published_at: row.published_at,
        position: row.batch.map(|batch| OutboxPosition { batch, seq: row.seq }),
        envelope: row.envelope,
    })
}
