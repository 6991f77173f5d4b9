//! Revisions of a finished carousel that its user asked for (edits).

use domain::{CarouselId, record::BlobRecord};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::{
    SavedDraft, carousel_queries, closing::insert_picture_refs, draft::set_current, was_undone,
};
use crate::{
    FirstWrite, ReadAccess, Result, StorageError, Tx,
    entity::revision::{ActiveModel, Column, Entity},
    tx::{strip_nul, to_json, truncate_to_micros},
};

/// A requested revision that is drawn and not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// Names the edit: one edit makes one revision, also if it is repeated.
    pub intent: String,
    pub saved: SavedDraft,
    pub theme: String,
    /// In the order of the slides.
    pub pictures: Vec<BlobRecord>,
}

/// Stores a revision as the newest and makes it the current one. Returns its number, or the number
/// of the revision that this edit made before.
///
/// # Errors
/// [`StorageError::CarouselNotFound`] if the carousel was never opened; [`StorageError::CarouselUndone`] if it has been undone;
/// [`StorageError::InvalidId`] if a picture's key is invalid.
pub async fn store_revision(
    tx: &Tx,
    id: &CarouselId,
    new: &NewRevision,
    at: Timestamp,
) -> Result<FirstWrite<u32>> {
    let Some(carousel) = carousel_queries::lock(tx, id).await? else {
        return Err(StorageError::CarouselNotFound(id.clone()));
    };
    if let Some(earlier) = revision_of_edit(tx, id, &new.intent).await? {
        return Ok(FirstWrite::earlier(earlier));
    }
    if let Some(outcome) = carousel.state.outcome().filter(|it| was_undone(*it)) {
        let carousel = id.clone();
        return Err(StorageError::CarouselUndone { carousel, outcome });
    }
    let last: Option<i64> = Entity::find()
        .select_only()
        .column(Column::Revision)
        .filter(Column::CarouselId.eq(id.as_str()))
        .order_by_desc(Column::Revision)
        .limit(1)
        .into_tuple()
        .one(&*tx.0)
        .await?;
    let number = last.unwrap_or_default() + 1;
    let provider = strip_nul(&new.saved.provider);
    let row = ActiveModel {
        carousel_id: Set(id.as_str().to_owned()),
        revision: Set(number),
        draft: Set(to_json(&new.saved.draft)),
        analysis: Set(to_json(&new.saved.analysis)),
        provider: Set(provider.clone()),
        created_at: Set(truncate_to_micros(at)),
        theme: Set(Some(strip_nul(&new.theme))),
        intent: Set(Some(strip_nul(&new.intent))),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    insert_picture_refs(tx, id, number, &new.pictures).await?;
    set_current(tx, id, Some(number), Some(provider), at).await?;
    Ok(FirstWrite::fresh(number))
}

/// The revision that an edit has made, if any.
pub async fn revision_of_edit(
    on: &impl ReadAccess,
    id: &CarouselId,
    intent: &str,
) -> Result<Option<u32>> {
    let found: Option<i64> = Entity::find()
        .select_only()
        .column(Column::Revision)
        .filter(Column::CarouselId.eq(id.as_str()))
        .filter(Column::Intent.eq(strip_nul(intent)))
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(found.and_then(|number| u32::try_from(number).ok()))
}

/// The theme of a revision if it differs from the carousel's.
pub async fn revision_theme(
    on: &impl ReadAccess,
    id: &CarouselId,
    revision: u32,
) -> Result<Option<String>> {
    let key = (id.as_str().to_owned(), i64::from(revision));
    let row = Entity::find_by_id(key).one(on.connection()).await?;
    Ok(row.and_then(|row| row.theme))
}
