//! Consumers of the outbox inside the system: each keeps its own position and sees every published
//! event at least once, in order per correlation id.
//!
//! A position is a batch and a number within it. Batches are numbered in the order of their
//! commits, so no event appears before a position that was passed. A consumer that stores its
//! effects in this database processes each event exactly once if it advances in the same
//! transaction.

use events::{EventId, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::{StoredEvent, read};
use crate::{
    FirstWrite, ReadAccess, Result, RowPage, StorageError, Tx,
    entity::{
        consumer::{ActiveModel, Column, Entity, Model},
        event,
    },
    tx::truncate_to_micros,
};

/// A position among the published events. The default is before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct OutboxPosition {
    pub batch: i64,
    /// The `seq` of the event within it.
    pub seq: i64,
}

/// Where a new consumer starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsumerStart {
    /// The oldest stored event.
    Beginning,
    /// The next published event.
    Now,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxConsumer {
    pub name: String,
    /// The last event that it handled.
    pub position: OutboxPosition,
    /// When it last advanced.
    pub updated_at: Timestamp,
}

#[derive(Debug)]
pub struct PolledEvents {
    pub events: Vec<StoredEvent>,
    /// Events that can't be read; the consumer skips them.
    pub unreadable: Vec<StorageError>,
    /// The consumer's position.
    pub from: OutboxPosition,
    /// The consumer's position after all of these events; after a part of them, it is the last
    /// one's [`StoredEvent::position`].
    pub to: OutboxPosition,
}

pub async fn register(
    tx: &Tx,
    name: &str,
    start: ConsumerStart,
    at: Timestamp,
) -> Result<FirstWrite<OutboxConsumer>> {
    if let Some(known) = find(tx, name).await? {
        return Ok(FirstWrite::earlier(known));
    }
    let place = match start {
        ConsumerStart::Beginning => OutboxPosition::default(),
        ConsumerStart::Now => newest(tx).await?.unwrap_or_default(),
    };
    let row = ActiveModel {
        name: Set(name.to_owned()),
        batch: Set(place.batch),
        seq: Set(place.seq),
        created_at: Set(truncate_to_micros(at)),
        updated_at: Set(truncate_to_micros(at)),
    };
    let fresh = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let stored = find(tx, name).await?.ok_or_else(|| unknown(name))?;
    Ok(if fresh > 0 { FirstWrite::fresh(stored) } else { FirstWrite::earlier(stored) })
}

/// The next events of a consumer, at most `limit`. Its position does not change until it
/// [`advance`]s.
///
/// # Errors
/// [`StorageError::Corrupt`] if there is no consumer with that name, [`StorageError::Database`].
pub async fn poll(on: &impl ReadAccess, name: &str, limit: u32) -> Result<PolledEvents> {
    let from = find(on, name).await?.ok_or_else(|| unknown(name))?.position;
    let rows = events_after(from).limit(u64::from(limit)).all(on.connection()).await?;
    let mut polled = PolledEvents {
        events: Vec::with_capacity(rows.len()),
        unreadable: Vec::new(),
        from,
        to: from,
    };
    for row in rows {
        if let Some(batch) = row.batch {
            let seq = row.seq;
            polled.to = OutboxPosition { batch, seq };
        }
        match read(row) {
            Ok(event) => polled.events.push(event),
            Err(error) => polled.unreadable.push(error),
        }
    }
    Ok(polled)
}

/// Moves a consumer from its position to a later one. `false`, with nothing written, if its
/// position is not `from`: another process uses the same name.
pub async fn advance(
    tx: &Tx,
    name: &str,
    from: OutboxPosition,
    to: OutboxPosition,
    at: Timestamp,
) -> Result<bool> {
    let moved = Entity::update_many()
        .col_expr(Column::Batch, Expr::value(to.batch))
        .col_expr(Column::Seq, Expr::value(to.seq))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::Name.eq(name))
        .filter(Column::Batch.eq(from.batch))
        .filter(Column::Seq.eq(from.seq))
        .exec(&*tx.0)
        .await?;
    Ok(moved.rows_affected > 0)
}

/// The position of an event; `None` if it is not published, or not stored any more.
pub async fn position_of(on: &impl ReadAccess, id: &EventId) -> Result<Option<OutboxPosition>> {
    let row = event::Entity::find()
        .filter(event::Column::Id.eq(id.as_str()))
        .one(on.connection())
        .await?;
    Ok(row.and_then(|row| {
        let seq = row.seq;
        row.batch.map(|batch| OutboxPosition { batch, seq })
    }))
}

/// Published events after a position, at most `limit`, in order.
pub async fn published_after(
    on: &impl ReadAccess,
    position: OutboxPosition,
    limit: u32,
) -> Result<RowPage<StoredEvent>> {
    let rows = events_after(position).limit(u64::from(limit)).all(on.connection()).await?;
    Ok(RowPage::whole(rows, read))
}

pub async fn find(on: &impl ReadAccess, name: &str) -> Result<Option<OutboxConsumer>> {
    let row = Entity::find_by_id(name).one(on.connection()).await?;
    Ok(row.map(consumer))
}

/// All consumers, the one furthest behind first.
pub async fn list(on: &impl ReadAccess) -> Result<Vec<OutboxConsumer>> {
    let rows = Entity::find()
        .order_by_asc(Column::Batch)
        .order_by_asc(Column::Seq)
        .order_by_asc(Column::Name)
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(consumer).collect())
}

/// Published events after a position, in order.
fn events_after(place: OutboxPosition) -> Select<event::Entity> {
    use event::Column as Event;
    // One comparison of pairs, which can use an index. `batch IS NOT NULL` is implied, but SQLite
    // uses a partial index only if it can prove that the index fits.
    let behind = Expr::tuple([Event::Batch.into_expr(), Event::Seq.into_expr()])
        .gt(Expr::tuple([Expr::value(place.batch), Expr::value(place.seq)]));
    event::Entity::find()
        .filter(Event::Batch.is_not_null())
        .filter(behind)
        .order_by_asc(Event::Batch)
        .order_by_asc(Event::Seq)
}

/// The position of the last published event.
async fn newest(on: &impl ReadAccess) -> Result<Option<OutboxPosition>> {
    use event::Column as Event;
    let row = event::Entity::find()
        .filter(Event::Batch.is_not_null())
        .order_by_desc(Event::Batch)
        .order_by_desc(Event::Seq)
        .one(on.connection())
        .await?;
    Ok(row.and_then(|row| {
        let seq = row.seq;
        row.batch.map(|batch| OutboxPosition { batch, seq })
    }))
}

fn consumer(row: Model) -> OutboxConsumer {
    OutboxConsumer {
        name: row.name,
        position: OutboxPosition { batch: row.batch, seq: row.seq },
        updated_at: row.updated_at,
    }
}

fn unknown(name: &str) -> StorageError {
    StorageError::corrupt("consumers", name, "there is no consumer with that name")
}
