//! Looking carousels up, and the one place where a row becomes a [`Carousel`].

use domain::{CarouselId, UserId, record::BlobRecord};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _},
};

use super::{Carousel, State};
use crate::{
    Error, Reads, Tx,
    entity::{blob_ref, carousel},
};

/// Which carousels to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// This user's only.
    pub user: Option<UserId>,
    /// Those still worked on only.
    pub open_only: bool,
    /// At most so many.
    pub limit: u32,
    /// Older than this one only: pass the last of a page to get the next.
    pub before: Option<(Timestamp, CarouselId)>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            user: None,
            open_only: false,
            limit: 50,
            before: None,
        }
    }
}

/// The carousel with this id.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn find(on: &impl Reads, id: &CarouselId) -> Result<Option<Carousel>, Error> {
    let row = carousel::Entity::find_by_id(id.as_str())
        .one(on.connection())
        .await?;
    row.map(read).transpose()
}

/// The carousel with this id, and nobody else's hands on it until the transaction ends. On SQLite
/// a transaction that may write is alone anyway.
pub(super) async fn lock(tx: &Tx, id: &CarouselId) -> Result<Option<Carousel>, Error> {
    let row = carousel::Entity::find_by_id(id.as_str())
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    row.map(read).transpose()
}

/// Carousels, newest first.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn list(on: &impl Reads, filter: &Filter) -> Result<Vec<Carousel>, Error> {
    use carousel::Column;
    let mut query = carousel::Entity::find()
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(u64::from(filter.limit));
    if let Some(user) = &filter.user {
        query = query.filter(Column::UserId.eq(user.as_str()));
    }
    if filter.open_only {
        // A literal: SQLite uses a partial index only where it can see that the index fits.
        query = query.filter(Expr::cust("state = 'open'"));
    }
    if let Some((at, id)) = &filter.before {
        // One comparison of pairs, which an index answers; the same in words would be three.
        let older = Expr::tuple([Column::CreatedAt.into_expr(), Column::Id.into_expr()])
            .lt(Expr::tuple([Expr::value(*at), Expr::value(id.as_str())]));
        query = query.filter(older);
    }
    query
        .all(on.connection())
        .await?
        .into_iter()
        .map(read)
        .collect()
}

/// The pictures of a revision that was sent, in the order of its slides; empty when there are none.
///
/// # Errors
/// [`Error::Database`].
pub async fn pictures(
    on: &impl Reads,
    id: &CarouselId,
    revision: u32,
) -> Result<Vec<BlobRecord>, Error> {
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
        bytes: row
            .bytes
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or_default(),
    };
    Ok(rows.into_iter().map(record).collect())
}

/// What a blob reference is to its carousel.
pub(super) const SLIDE: &str = "slide";
pub(super) const SOURCE: &str = "source";

/// Reads a row.
pub(super) fn read(row: carousel::Model) -> Result<Carousel, Error> {
    let corrupt = |why: String| Error::Corrupt {
        table: "carousels",
        key: row.id.clone(),
        why,
    };
    let state = match (&row.outcome, row.closed_at) {
        (None, None) => State::Open,
        (Some(outcome), Some(at)) => State::Closed {
            outcome: outcome
                .parse()
                .map_err(|error| corrupt(format!("{error}")))?,
            reason: row.reason.clone().unwrap_or_default(),
            at,
        },
        (Some(_), None) | (None, Some(_)) => {
            return Err(corrupt("it is half closed".to_owned()));
        }
    };
    let revision = row.revision.map(u32::try_from).transpose();
    Ok(Carousel {
        id: CarouselId::parse(&row.id).map_err(|error| corrupt(error.to_string()))?,
        user: UserId::parse(&row.user_id).map_err(|error| corrupt(error.to_string()))?,
        brief: serde_json::from_str(&row.brief).map_err(|error| corrupt(error.to_string()))?,
        state,
        revision: revision.map_err(|error| corrupt(error.to_string()))?,
        provider: row.provider,
        run_id: row.run_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
