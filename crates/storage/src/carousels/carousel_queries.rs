//! Carousel lookups, and the one place where a row becomes a [`Carousel`].

use domain::{CarouselId, UserId, failure::FailureKind, record::BlobRecord};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

use super::{Carousel, CarouselState};
use crate::{
    Cursor, ReadAccess, Result, RowPage, StorageError, Tx,
    entity::{blob_ref, carousel},
    error::OrCorrupt as _,
    tx::truncate_to_micros,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarouselFilter {
    /// Only this user's.
    pub user: Option<UserId>,
    /// Only open carousels.
    pub open_only: bool,
    pub limit: u32,
    /// Only carousels after this cursor; a page returns the next one.
    pub after: Option<Cursor>,
}

impl Default for CarouselFilter {
    fn default() -> Self {
        Self { user: None, open_only: false, limit: 50, after: None }
    }
}

pub async fn find(on: &impl ReadAccess, id: &CarouselId) -> Result<Option<Carousel>> {
    let row = carousel::Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.map(read).transpose()
}

/// The carousel with this id, locked until the transaction ends. On SQLite a write transaction is
/// exclusive anyway.
pub(super) async fn lock(tx: &Tx, id: &CarouselId) -> Result<Option<Carousel>> {
    let row = carousel::Entity::find_by_id(id.as_str()).lock_exclusive().one(&*tx.0).await?;
    row.map(read).transpose()
}

/// Carousels, newest first.
pub async fn list(on: &impl ReadAccess, filter: &CarouselFilter) -> Result<RowPage<Carousel>> {
    use carousel::Column;
    let mut query = carousel::Entity::find()
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(u64::from(filter.limit));
    if let Some(user) = &filter.user {
        query = query.filter(Column::UserId.eq(user.as_str()));
    }
    if filter.open_only {
        query = query.filter(Expr::cust(IS_OPEN));
    }
    if let Some(after) = &filter.after {
        query = query.filter(after.newest_first(Column::CreatedAt, Column::Id));
    }
    let rows = query.all(on.connection()).await?;
    Ok(RowPage::read(rows, filter.limit, cursor_of, read))
}

/// Open carousels that were opened before `before`, oldest first, at most `limit`, after the cursor
/// `after`: maintenance compares them with the workflows that run.
pub async fn open_before(
    on: &impl ReadAccess,
    before: Timestamp,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<Carousel>> {
    use carousel::Column;
    let mut query = carousel::Entity::find()
        .filter(Expr::cust(IS_OPEN))
        .filter(Column::CreatedAt.lt(truncate_to_micros(before)))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit));
    if let Some(after) = after {
        query = query.filter(after.oldest_first(Column::CreatedAt, Column::Id));
    }
    let rows = query.all(on.connection()).await?;
    Ok(RowPage::read(rows, limit, cursor_of, read))
}

pub(super) async fn count_open(tx: &Tx, user: &UserId) -> Result<u64> {
    Ok(carousel::Entity::find()
        .filter(carousel::Column::UserId.eq(user.as_str()))
        .filter(Expr::cust(IS_OPEN))
        .count(&*tx.0)
        .await?)
}

/// A literal, because SQLite uses a partial index only if it can prove that the index fits.
const IS_OPEN: &str = "state = 'open'";

fn cursor_of(row: &carousel::Model) -> Cursor {
    Cursor { at: row.created_at, id: row.id.clone() }
}

/// The pictures of a revision that was sent, in the order of its slides.
pub async fn pictures(
    on: &impl ReadAccess,
    id: &CarouselId,
    revision: u32,
) -> Result<Vec<BlobRecord>> {
    use blob_ref::Column;
    let rows = blob_ref::Entity::find()
        .filter(Column::CarouselId.eq(id.as_str()))
        .filter(Column::Revision.eq(i64::from(revision)))
        .filter(Column::Part.eq(SLIDE))
        .order_by_asc(Column::Position)
        .all(on.connection())
        .await?;
    let record = |row: blob_ref::Model| BlobRecord {
        key: row.blob_key,
        bytes: row.bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(record).collect())
}

/// The values of a blob reference's `part` column.
pub(super) const SLIDE: &str = "slide";
pub(super) const SOURCE: &str = "source";

pub(super) fn read(row: carousel::Model) -> Result<Carousel> {
    let state = match (&row.outcome, row.closed_at) {
        (None, None) => CarouselState::Open,
        (Some(outcome), Some(at)) => CarouselState::Closed {
            outcome: outcome.parse().or_corrupt("carousels", &row.id)?,
            reason: row.reason.clone().unwrap_or_default(),
            at,
        },
        (Some(_), None) | (None, Some(_)) => {
            return Err(StorageError::corrupt("carousels", &row.id, "it is half closed"));
        }
    };
    let revision = row.revision.map(u32::try_from).transpose();
    Ok(Carousel {
        id: CarouselId::parse(&row.id).or_corrupt("carousels", &row.id)?,
        user: UserId::parse(&row.user_id).or_corrupt("carousels", &row.id)?,
        brief: serde_json::from_str(&row.brief).or_corrupt("carousels", &row.id)?,
        state,
        failure: row.failure_kind.as_deref().map(FailureKind::parse),
        revision: revision.or_corrupt("carousels", &row.id)?,
        provider: row.provider,
        run_id: row.run_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
