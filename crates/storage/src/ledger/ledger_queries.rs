//! Queries of the ledger.

use domain::{CarouselId, delivery::LedgerKey};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};

use super::{
    LedgerEntry,
    row::{key, read},
};
use crate::{
    ReadAccess, RowPage, StorageError,
    entity::delivery::{Column, Entity},
    tx::truncate_to_micros,
};

/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for a row that can't be read.
pub async fn find(
    on: &impl ReadAccess,
    slot: &LedgerKey,
) -> Result<Option<LedgerEntry>, StorageError> {
    let row = Entity::find_by_id(key(slot)).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// All deliveries of a carousel, by revision, part and generation.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn of_carousel(
    on: &impl ReadAccess,
    id: &CarouselId,
) -> Result<RowPage<LedgerEntry>, StorageError> {
    let rows = Entity::find()
        .filter(Column::CarouselId.eq(id.as_str()))
        .order_by_asc(Column::Revision)
        .order_by_asc(Column::Part)
        .order_by_asc(Column::Generation)
        .all(on.connection())
        .await?;
    Ok(RowPage::whole(rows, |row| read(&row)))
}

/// Unknown deliveries that were not requested again, longest unknown first, at most `limit`. An
/// operator resolves them.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn unresolved(
    on: &impl ReadAccess,
    limit: u32,
) -> Result<RowPage<LedgerEntry>, StorageError> {
    // Literals, here and below: SQLite uses a partial index only if it can prove that the index
    // fits.
    let rows = Entity::find()
        .filter(Expr::cust("state = 'unknown'"))
        .filter(Expr::cust(IS_NEWEST))
        .order_by_asc(Column::UpdatedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    Ok(RowPage::whole(rows, |row| read(&row)))
}

/// Deliveries that were claimed before `before` and have no outcome, at most `limit`. Their senders
/// are [dead](super::mark_sender_dead) if that is longer ago than a request takes.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn stale_sending(
    on: &impl ReadAccess,
    before: Timestamp,
    limit: u32,
) -> Result<RowPage<LedgerEntry>, StorageError> {
    let rows = Entity::find()
        .filter(Expr::cust("state = 'sending'"))
        .filter(Column::UpdatedAt.lt(truncate_to_micros(before)))
        .order_by_asc(Column::UpdatedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    Ok(RowPage::whole(rows, |row| read(&row)))
}

/// There is no later generation.
const IS_NEWEST: &str = "NOT EXISTS (SELECT 1 FROM deliveries AS later \
     WHERE later.carousel_id = deliveries.carousel_id AND later.revision = deliveries.revision \
     AND later.part = deliveries.part AND later.generation > deliveries.generation)";
