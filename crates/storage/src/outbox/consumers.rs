//! Those who read the outbox from within: each keeps its own place, and sees every published event
//! at least once, in order per correlation id.
//!
//! A place is a batch and a number within it. Batches are numbered in the order of their commits,
//! so nothing ever appears behind a place that was passed. To a consumer whose effects are in this
//! database, advancing in the same transaction makes it exactly once.

use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::{StoredEvent, read};
use crate::{
    Error, Reads, Stored, Tx,
    entity::{
        consumer::{ActiveModel, Column, Entity, Model},
        event,
    },
    tx::kept,
};

/// A place among the events that were published. The first one is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Place {
    /// The batch.
    pub batch: i64,
    /// The event within it.
    pub seq: i64,
}

/// Where a new consumer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the oldest event that is still stored.
    Beginning,
    /// With what is published from now on.
    Now,
}

/// Somebody who reads the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// The event that it handled last.
    pub place: Place,
    /// When it last came forward.
    pub updated_at: Timestamp,
}

/// What a consumer has before it.
#[derive(Debug)]
pub struct Polled {
    /// The events, in order.
    pub events: Vec<StoredEvent>,
    /// Events that can't be read; they are passed over.
    pub unreadable: Vec<Error>,
    /// Where it stands.
    pub from: Place,
    /// Where it stands once it has handled them all; after a part of them, that is the last one's
    /// [`StoredEvent::place`].
    pub to: Place,
}

/// Introduces a consumer, or gives the one of that name as it stands.
///
/// # Errors
/// [`Error::Database`].
pub async fn register(
    tx: &Tx,
    name: &str,
    start: Start,
    at: Timestamp,
) -> Result<Stored<Consumer>, Error> {
    if let Some(known) = find(tx, name).await? {
        return Ok(Stored::earlier(known));
    }
    let place = match start {
        Start::Beginning => Place::default(),
        Start::Now => newest(tx).await?.unwrap_or_default(),
    };
    let row = ActiveModel {
        name: Set(name.to_owned()),
        batch: Set(place.batch),
        seq: Set(place.seq),
        created_at: Set(kept(at)),
        updated_at: Set(kept(at)),
    };
    let fresh = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let stored = find(tx, name).await?.ok_or_else(|| unknown(name))?;
    Ok(if fresh > 0 {
        Stored::fresh(stored)
    } else {
        Stored::earlier(stored)
    })
}

/// The next events of a consumer, at most `limit`. It stays where it is until it [`advance`]s.
///
/// # Errors
/// [`Error::Corrupt`] when nobody of that name was introduced, [`Error::Database`].
pub async fn poll(on: &impl Reads, name: &str, limit: u32) -> Result<Polled, Error> {
    let from = find(on, name).await?.ok_or_else(|| unknown(name))?.place;
    let rows = published_after(from)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    let mut polled = Polled {
        events: Vec::with_capacity(rows.len()),
        unreadable: Vec::new(),
        from,
        to: from,
    };
    for row in rows {
        if let Some(batch) = row.batch {
            let seq = row.seq;
            polled.to = Place { batch, seq };
        }
        match read(row) {
            Ok(event) => polled.events.push(event),
            Err(error) => polled.unreadable.push(error),
        }
    }
    Ok(polled)
}

/// Moves a consumer from where it stood to what it has handled. `false`, and nothing is written,
/// when it stands elsewhere by now: somebody else reads under the same name.
///
/// # Errors
/// [`Error::Database`].
pub async fn advance(
    tx: &Tx,
    name: &str,
    from: Place,
    to: Place,
    at: Timestamp,
) -> Result<bool, Error> {
    let moved = Entity::update_many()
        .col_expr(Column::Batch, Expr::value(to.batch))
        .col_expr(Column::Seq, Expr::value(to.seq))
        .col_expr(Column::UpdatedAt, Expr::value(kept(at)))
        .filter(Column::Name.eq(name))
        .filter(Column::Batch.eq(from.batch))
        .filter(Column::Seq.eq(from.seq))
        .exec(&*tx.0)
        .await?;
    Ok(moved.rows_affected > 0)
}

/// Forgets a consumer, so that nothing is kept for it any more. Says whether there was one.
///
/// # Errors
/// [`Error::Database`].
pub async fn remove(tx: &Tx, name: &str) -> Result<bool, Error> {
    let removed = Entity::delete_by_id(name).exec(&*tx.0).await?;
    Ok(removed.rows_affected > 0)
}

/// The consumer of this name.
///
/// # Errors
/// [`Error::Database`].
pub async fn find(on: &impl Reads, name: &str) -> Result<Option<Consumer>, Error> {
    let row = Entity::find_by_id(name).one(on.connection()).await?;
    Ok(row.map(consumer))
}

/// All consumers, the one furthest behind first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(on: &impl Reads) -> Result<Vec<Consumer>, Error> {
    let rows = Entity::find()
        .order_by_asc(Column::Batch)
        .order_by_asc(Column::Seq)
        .order_by_asc(Column::Name)
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(consumer).collect())
}

/// How many published events a place has before it, counted up to `most`.
///
/// # Errors
/// [`Error::Database`].
pub async fn lag(on: &impl Reads, place: Place, most: u32) -> Result<u64, Error> {
    let before = published_after(place)
        .select_only()
        .column(event::Column::Seq)
        .limit(u64::from(most))
        .into_tuple::<i64>()
        .all(on.connection())
        .await?;
    Ok(before.len() as u64)
}

/// Published events behind a place, in order.
fn published_after(place: Place) -> Select<event::Entity> {
    use event::Column as Event;
    // One comparison of pairs, which an index answers. That the batch is there follows from it, but
    // SQLite takes a partial index only where it can see that the index fits.
    let behind = Expr::tuple([Event::Batch.into_expr(), Event::Seq.into_expr()]).gt(Expr::tuple([
        Expr::value(place.batch),
        Expr::value(place.seq),
    ]));
    event::Entity::find()
        .filter(Event::Batch.is_not_null())
        .filter(behind)
        .order_by_asc(Event::Batch)
        .order_by_asc(Event::Seq)
}

/// The place of the event that was published last.
async fn newest(on: &impl Reads) -> Result<Option<Place>, Error> {
    use event::Column as Event;
    let row = event::Entity::find()
        .filter(Event::Batch.is_not_null())
        .order_by_desc(Event::Batch)
        .order_by_desc(Event::Seq)
        .one(on.connection())
        .await?;
    Ok(row.and_then(|row| {
        let seq = row.seq;
        row.batch.map(|batch| Place { batch, seq })
    }))
}

fn consumer(row: Model) -> Consumer {
    Consumer {
        name: row.name,
        place: Place {
            batch: row.batch,
            seq: row.seq,
        },
        updated_at: row.updated_at,
    }
}

fn unknown(name: &str) -> Error {
    Error::Corrupt {
        table: "consumers",
        key: name.to_owned(),
        why: "nobody of that name was introduced".to_owned(),
    }
}
