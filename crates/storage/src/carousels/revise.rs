//! Revisions of a finished carousel that its user asked for (edits).

use domain::{CarouselId, record::BlobRecord};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::{SavedDraft, draft::set_current, end::refer, query, was_undone};
use crate::{
    Error, Reads, Stored, Tx,
    entity::revision::{ActiveModel, Column, Entity},
    tx::{json, kept, storable},
};

/// A requested revision that is drawn and not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
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
/// [`Error::NoCarousel`] if the carousel was never opened; [`Error::Undone`] if it has been undone;
/// [`Error::Key`] if a picture's key is invalid.
pub async fn revise(
    tx: &Tx,
    id: &CarouselId,
    new: &Revision,
    at: Timestamp,
) -> Result<Stored<u32>, Error> {
    let Some(carousel) = query::lock(tx, id).await? else {
        return Err(Error::NoCarousel(id.clone()));
    };
    if let Some(earlier) = revised(tx, id, &new.intent).await? {
        return Ok(Stored::earlier(earlier));
    }
    if let Some(outcome) = carousel.state.outcome().filter(|it| was_undone(*it)) {
        let carousel = id.clone();
        return Err(Error::Undone { carousel, outcome });
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
    let provider = storable(&new.saved.provider);
    let row = ActiveModel {
        carousel_id: Set(id.as_str().to_owned()),
        revision: Set(number),
        draft: Set(json(&new.saved.draft)),
        analysis: Set(json(&new.saved.analysis)),
        provider: Set(provider.clone()),
        created_at: Set(kept(at)),
        theme: Set(Some(storable(&new.theme))),
        intent: Set(Some(storable(&new.intent))),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    refer(tx, id, number, &new.pictures).await?;
    set_current(tx, id, Some(number), Some(provider), at).await?;
    Ok(Stored::fresh(number))
}

/// The revision that an edit has made, if any.
///
/// # Errors
/// [`Error::Database`].
pub async fn revised(on: &impl Reads, id: &CarouselId, intent: &str) -> Result<Option<u32>, Error> {
    let found: Option<i64> = Entity::find()
        .select_only()
        .column(Column::Revision)
        .filter(Column::CarouselId.eq(id.as_str()))
        .filter(Column::Intent.eq(storable(intent)))
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(found.and_then(|number| u32::try_from(number).ok()))
}

/// The theme of a revision if it differs from the carousel's.
///
/// # Errors
/// [`Error::Database`].
pub async fn theme_of(
    on: &impl Reads,
    id: &CarouselId,
    revision: u32,
) -> Result<Option<String>, Error> {
    let key = (id.as_str().to_owned(), i64::from(revision));
    let row = Entity::find_by_id(key).one(on.connection()).await?;
    Ok(row.and_then(|row| row.theme))
}
