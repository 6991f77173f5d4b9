//! Queries of the ledger.

use domain::{CarouselId, delivery::Slot};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};

use super::{
    Entry,
    row::{key, read},
};
use crate::{
    Error, Page, Reads,
    entity::delivery::{Column, Entity},
    tx::kept,
};

/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn find(on: &impl Reads, slot: &Slot) -> Result<Option<Entry>, Error> {
    let row = Entity::find_by_id(key(slot)).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// All deliveries of a carousel, by revision, part and generation.
///
/// # Errors
/// [`Error::Database`].
pub async fn of_carousel(on: &impl Reads, id: &CarouselId) -> Result<Page<Entry>, Error> {
    let rows = Entity::find()
        .filter(Column::CarouselId.eq(id.as_str()))
        .order_by_asc(Column::Revision)
        .order_by_asc(Column::Part)
        .order_by_asc(Column::Generation)
        .all(on.connection())
        .await?;
    Ok(Page::whole(rows, |row| read(&row)))
}

/// Unknown deliveries that were not requested again, longest unknown first, at most `limit`. An
/// operator resolves them.
///
/// # Errors
/// [`Error::Database`].
pub async fn unknown(on: &impl Reads, limit: u32) -> Result<Page<Entry>, Error> {
    // Literals, here and below: SQLite uses a partial index only if it can prove that the index
    // fits.
    let rows = Entity::find()
        .filter(Expr::cust("state = 'unknown'"))
        .filter(Expr::cust(NEWEST))
        .order_by_asc(Column::UpdatedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    Ok(Page::whole(rows, |row| read(&row)))
}

/// Deliveries that were claimed before `before` and have no outcome, at most `limit`. Their senders
/// are [dead](super::declare_dead) if that is longer ago than a request takes.
///
/// # Errors
/// [`Error::Database`].
pub async fn sending_since(
    on: &impl Reads,
    before: Timestamp,
    limit: u32,
) -> Result<Page<Entry>, Error> {
    let rows = Entity::find()
        .filter(Expr::cust("state = 'sending'"))
        .filter(Column::UpdatedAt.lt(kept(before)))
        .order_by_asc(Column::UpdatedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    Ok(Page::whole(rows, |row| read(&row)))
}

/// There is no later generation.
const NEWEST: &str = "NOT EXISTS (SELECT 1 FROM deliveries AS later \
     WHERE later.carousel_id = deliveries.carousel_id AND later.revision = deliveries.revision \
     AND later.part = deliveries.part AND later.generation > deliveries.generation)";
