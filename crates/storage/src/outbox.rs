//! The outbox: events, written in the transaction of the state they speak of.
//!
//! Publishing is somebody else's. Who does it takes what [`unpublished`] gives and never a cursor
//! over `seq`: on PostgreSQL a lower number may be committed after a higher one was seen.

use domain::CarouselId;
use events::{Event, EventId, Timestamp};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::OnConflict,
};

use crate::{
    Error, Reads, Tx,
    entity::event::{ActiveModel, Column, Entity, Model},
    tx::{kept, storable},
};

/// An event as it is stored. Its envelope is text, so that an event which a newer version wrote
/// can be passed on by one that can't read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Rises in the order of writing, with gaps.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// Its type's name.
    pub kind: String,
    /// What it belongs to.
    pub correlation: String,
    /// When it happened.
    pub time: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// CloudEvents 1.0 JSON.
    pub envelope: String,
}

impl StoredEvent {
    /// Reads the envelope.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is no event that this version knows.
    pub fn event(&self) -> Result<Event, Error> {
        serde_json::from_str(&self.envelope).map_err(|error| corrupt(&self.id.to_string(), error))
    }
}

/// Writes events, in this order; one whose id is stored already is left as it is. Gives how many
/// were new.
///
/// # Errors
/// [`Error::Database`].
pub async fn append(tx: &Tx, events: &[Event]) -> Result<u64, Error> {
    if events.is_empty() {
        return Ok(0);
    }
    let rows = events.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    Ok(Entity::insert_many(rows)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?)
}

/// The events that wait to be published, at most `limit`, oldest first.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn unpublished(on: &impl Reads, limit: u32) -> Result<Vec<StoredEvent>, Error> {
    let rows = Entity::find()
        .filter(Column::PublishedAt.is_null())
        .order_by_asc(Column::Seq)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The event of this correlation that was written last: what the next one names as its cause.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn last_of(on: &impl Reads, correlation: &str) -> Result<Option<EventId>, Error> {
    let row = Entity::find()
        .filter(Column::CorrelationId.eq(correlation))
        .order_by_desc(Column::Seq)
        .one(on.connection())
        .await?;
    row.map(|row| EventId::parse(&row.id).map_err(|error| corrupt(&row.id, error)))
        .transpose()
}

/// All events of a carousel, in the order of writing.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn of_carousel(on: &impl Reads, id: &CarouselId) -> Result<Vec<StoredEvent>, Error> {
    let rows = Entity::find()
        .filter(Column::CorrelationId.eq(id.as_str()))
        .order_by_asc(Column::Seq)
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

fn row(event: &Event) -> Result<ActiveModel, Error> {
    let envelope =
        serde_json::to_string(event).map_err(|error| corrupt(event.id.as_str(), error))?;
    Ok(ActiveModel {
        seq: NotSet,
        id: Set(event.id.as_str().to_owned()),
        kind: Set(event.kind().to_owned()),
        source: Set(event.source.as_str().to_owned()),
        subject: Set(event.context.subject.as_deref().map(storable)),
        correlation_id: Set(storable(&event.context.correlation)),
        causation_id: Set(event.causation.as_ref().map(|id| id.as_str().to_owned())),
        time: Set(kept(event.time)),
        envelope: Set(envelope),
        published_at: Set(None),
    })
}

fn read(row: Model) -> Result<StoredEvent, Error> {
    Ok(StoredEvent {
        seq: row.seq,
        id: EventId::parse(&row.id).map_err(|error| corrupt(&row.id, error))?,
        kind: row.kind,
        correlation: row.correlation_id,
        time: row.time,
        published_at: row.published_at,
        envelope: row.envelope,
    })
}

fn corrupt(key: &str, error: impl std::fmt::Display) -> Error {
    Error::Corrupt {
        table: "events",
        key: key.to_owned(),
        why: error.to_string(),
    }
}
