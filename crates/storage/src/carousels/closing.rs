//! The two ends of a carousel: completed, or abandoned.

use domain::{BlobKey, CarouselId, Outcome, failure::FailureKind, record::BlobRecord};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr,
};

use super::{
    Carousel, CarouselCompletion, CarouselRowState, CarouselState, UndoOutcome,
    carousel_queries::{self, SLIDE},
    draft::find_draft,
};
use crate::{
    FirstWrite, Result, StorageError, Tx, admissions,
    entity::{blob_ref, carousel},
    quota,
    references::{self, BlobHolder},
    tx::{strip_nul, truncate_to_micros},
};

/// Closes a carousel that was sent, and stores references to its pictures. If it is closed already,
/// writes nothing and returns what is stored.
///
/// # Errors
/// [`StorageError::CarouselNotFound`] or [`StorageError::DraftNotFound`] if the carousel was never opened or its revision
/// never saved; [`StorageError::InvalidId`] if a picture's key is invalid.
pub async fn complete(
    tx: &Tx,
    id: &CarouselId,
    completion: &CarouselCompletion,
    at: Timestamp,
) -> Result<FirstWrite<Carousel>> {
    let closed = close(tx, id, completion.outcome.into(), None, &completion.reason, at).await?;
    let Some(closed) = closed else {
        return Err(StorageError::CarouselNotFound(id.clone()));
    };
    if closed.fresh {
        let revision = completion.revision;
        if find_draft(tx, id, revision).await?.is_none() {
            let carousel = id.clone();
            return Err(StorageError::DraftNotFound { carousel, revision });
        }
        // The delivery may have stored them before sending.
        if carousel_queries::pictures(tx, id, revision).await?.is_empty() {
            insert_picture_refs(tx, id, revision, &completion.pictures).await?;
        }
    }
    Ok(closed)
}

/// Undoes [`super::open`]: closes the carousel, gives its quota back and releases its blobs.
/// Returns `None` if it was never opened. If it is closed already, writes nothing and returns what
/// is stored: check its outcome.
pub async fn abandon(
    tx: &Tx,
    id: &CarouselId,
    outcome: UndoOutcome,
    reason: &str,
    at: Timestamp,
) -> Result<Option<FirstWrite<Carousel>>> {
    let kind = match outcome {
        UndoOutcome::Failed(kind) => Some(kind),
        UndoOutcome::Cancelled => None,
    };
    let closed = close(tx, id, outcome.into(), kind, reason, at).await?;
    if closed.as_ref().is_some_and(|closed| closed.fresh) {
        quota::release(tx, id, truncate_to_micros(at)).await?;
        blob_ref::Entity::delete_many()
            .filter(blob_ref::Column::CarouselId.eq(id.as_str()))
            .exec(&*tx.0)
            .await?;
        references::release_all(tx, &BlobHolder::Carousel(id.clone())).await?;
    }
    Ok(closed)
}

/// Changes the outcome of a carousel from unknown to delivered; does nothing for any other outcome.
pub(crate) async fn mark_delivered(tx: &Tx, id: &CarouselId, at: Timestamp) -> Result<()> {
    use carousel::Column;
    carousel::Entity::update_many()
        .col_expr(Column::Outcome, Expr::value(Outcome::Delivered.name()))
        .col_expr(Column::Reason, Expr::value(""))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::Outcome.eq(Outcome::Unknown.name()))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// Stores references to a revision's pictures, in the order of its slides. Called before they are
/// sent, so that the references exist even if [`complete`] never runs. The first write wins.
///
/// # Errors
/// [`StorageError::DraftNotFound`] if the revision was never saved; [`StorageError::InvalidId`] if a picture's key is
/// invalid.
pub async fn store_picture_refs(
    tx: &Tx,
    id: &CarouselId,
    revision: u32,
    pictures: &[BlobRecord],
) -> Result<FirstWrite<Vec<BlobRecord>>> {
    carousel_queries::lock(tx, id).await?;
    if find_draft(tx, id, revision).await?.is_none() {
        let carousel = id.clone();
        return Err(StorageError::DraftNotFound { carousel, revision });
    }
    let stored = carousel_queries::pictures(tx, id, revision).await?;
    if !stored.is_empty() {
        return Ok(FirstWrite::earlier(stored));
    }
    insert_picture_refs(tx, id, revision, pictures).await?;
    Ok(FirstWrite::fresh(pictures.to_vec()))
}

async fn close(
    tx: &Tx,
    id: &CarouselId,
    outcome: Outcome,
    kind: Option<FailureKind>,
    reason: &str,
    at: Timestamp,
) -> Result<Option<FirstWrite<Carousel>>> {
    use carousel::Column;
    let Some(mut carousel) = carousel_queries::lock(tx, id).await? else {
        return Ok(None);
    };
    if !carousel.state.is_open() {
        return Ok(Some(FirstWrite::earlier(carousel)));
    }
    let (at, reason) = (truncate_to_micros(at), strip_nul(reason));
    carousel::Entity::update_many()
        .col_expr(Column::State, Expr::value(CarouselRowState::Closed.name()))
        .col_expr(Column::Outcome, Expr::value(outcome.name()))
        .col_expr(Column::FailureKind, Expr::value(kind.map(|kind| kind.name())))
        .col_expr(Column::Reason, Expr::value(reason.clone()))
        .col_expr(Column::ClosedAt, Expr::value(at))
        .col_expr(Column::UpdatedAt, Expr::value(at))
        .filter(Column::Id.eq(id.as_str()))
        .exec(&*tx.0)
        .await?;
    admissions::settle_all(tx, id.as_str(), at).await?;
    carousel.updated_at = at;
    carousel.failure = kind;
    carousel.state = CarouselState::Closed { outcome, reason, at };
    Ok(Some(FirstWrite::fresh(carousel)))
}

/// Stores that the slides of a revision are these blobs.
pub(super) async fn insert_picture_refs(
    tx: &Tx,
    id: &CarouselId,
    revision: u32,
    pictures: &[BlobRecord],
) -> Result<()> {
    let mut rows = Vec::with_capacity(pictures.len());
    for (position, picture) in (1..).zip(pictures) {
        rows.push(blob_ref::ActiveModel {
            carousel_id: Set(id.as_str().to_owned()),
            revision: Set(i64::from(revision)),
            part: Set(SLIDE.to_owned()),
            position: Set(position),
            blob_key: Set(BlobKey::parse(&picture.key)?.as_str().to_owned()),
            bytes: Set(i64::try_from(picture.bytes).ok()),
        });
    }
    if !rows.is_empty() {
        blob_ref::Entity::insert_many(rows).exec_without_returning(&*tx.0).await?;
    }
    Ok(())
}
