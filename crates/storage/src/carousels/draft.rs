//! The drafts of a carousel.

use domain::{CarouselId, record::BriefRecord};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr,
};

use super::{
    SavedDraft,
    carousel_queries::{self, SLIDE},
    open, was_undone,
};
use crate::{
    FirstWrite, ReadAccess, Result, StorageError, Tx,
    entity::{blob_ref, carousel, revision},
    error::OrCorrupt as _,
    tx::{strip_nul, to_json, truncate_to_micros},
};

/// Saves a draft as this revision, from 1, or returns the stored one. `intent` names the edit that made it, if one did.
///
/// # Errors
/// [`StorageError::CarouselNotFound`] if the carousel was never opened; [`StorageError::CarouselUndone`] if it has been undone
/// since: a late step must not store anything that has to be undone again.
pub async fn save_draft(
    tx: &Tx,
    id: &CarouselId,
    revision: u32,
    saved: &SavedDraft,
    intent: Option<&str>,
    at: Timestamp,
) -> Result<FirstWrite<SavedDraft>> {
    let Some(carousel) = carousel_queries::lock(tx, id).await? else {
        return Err(StorageError::CarouselNotFound(id.clone()));
    };
    if let Some(stored) = find_draft(tx, id, revision).await? {
        return Ok(FirstWrite::earlier(stored));
    }
    if let Some(outcome) = carousel.state.outcome().filter(|outcome| was_undone(*outcome)) {
        let carousel = id.clone();
        return Err(StorageError::CarouselUndone { carousel, outcome });
    }
    let provider = strip_nul(&saved.provider);
    let row = revision::ActiveModel {
        carousel_id: Set(id.as_str().to_owned()),
        revision: Set(i64::from(revision)),
        draft: Set(to_json(&saved.draft)),
        analysis: Set(to_json(&saved.analysis)),
        provider: Set(provider.clone()),
        created_at: Set(truncate_to_micros(at)),
        theme: Set(None),
        intent: Set(intent.map(strip_nul)),
    };
    revision::Entity::insert(row).exec_without_returning(&*tx.0).await?;
    if carousel.revision.is_none_or(|current| current < revision) {
        set_current(tx, id, Some(revision), Some(provider), at).await?;
    }
    Ok(FirstWrite::fresh(saved.clone()))
}

/// Replaces the brief of a carousel by what it became when its page or its recording was read. The
/// text stays in the blob store while the carousel refers to it.
///
/// # Errors
/// [`StorageError::CarouselNotFound`] if the carousel was never opened.
pub async fn store_source(tx: &Tx, id: &CarouselId, brief: &BriefRecord) -> Result<()> {
    use carousel::Column;
    let updated = carousel::Entity::update_many()
        .col_expr(Column::Brief, Expr::value(to_json(brief)))
        .col_expr(Column::Language, Expr::value(strip_nul(&brief.language)))
        .filter(Column::Id.eq(id.as_str()))
        .exec(&*tx.0)
        .await?;
    if updated.rows_affected == 0 {
        return Err(StorageError::CarouselNotFound(id.clone()));
    }
    open::reference_source(tx, id, brief).await
}

pub(super) async fn set_current(
    tx: &Tx,
    id: &CarouselId,
    revision: Option<u32>,
    provider: Option<String>,
    at: Timestamp,
) -> Result<()> {
    use carousel::Column;
    carousel::Entity::update_many()
        .col_expr(Column::Revision, Expr::value(revision.map(i64::from)))
        .col_expr(Column::Provider, Expr::value(provider))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::Id.eq(id.as_str()))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

pub async fn find_draft(
    on: &impl ReadAccess,
    id: &CarouselId,
    revision: u32,
) -> Result<Option<SavedDraft>> {
    let key = (id.as_str().to_owned(), i64::from(revision));
    let Some(row) = revision::Entity::find_by_id(key).one(on.connection()).await? else {
        return Ok(None);
    };
    let key = format_args!("{id} {revision}");
    Ok(Some(SavedDraft {
        draft: serde_json::from_str(&row.draft).or_corrupt("revisions", key)?,
        analysis: serde_json::from_str(&row.analysis).or_corrupt("revisions", key)?,
        provider: row.provider,
    }))
}

/// Undoes [`save_draft`] for a carousel that never completed: deletes its drafts and its references
/// to pictures. Returns whether there was anything to undo; what was sent is left alone.
pub async fn discard_draft(tx: &Tx, id: &CarouselId, at: Timestamp) -> Result<bool> {
    let Some(carousel) = carousel_queries::lock(tx, id).await? else {
        return Ok(false);
    };
    if carousel.state.outcome().is_some_and(|outcome| !was_undone(outcome)) {
        return Ok(false);
    }
    blob_ref::Entity::delete_many()
        .filter(blob_ref::Column::CarouselId.eq(id.as_str()))
        .filter(blob_ref::Column::Part.eq(SLIDE))
        .exec(&*tx.0)
        .await?;
    let revisions = revision::Entity::delete_many()
        .filter(revision::Column::CarouselId.eq(id.as_str()))
        .exec(&*tx.0)
        .await?;
    if revisions.rows_affected > 0 {
        set_current(tx, id, None, None, at).await?;
    }
    Ok(revisions.rows_affected > 0)
}
