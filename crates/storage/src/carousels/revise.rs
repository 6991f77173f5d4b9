//! Revisions that somebody asked for, once a carousel is there.

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

/// A revision that somebody asked for: drawn, and not yet stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// What names the wish: the same wish twice is one revision.
    pub intent: String,
    /// The words.
    pub saved: SavedDraft,
    /// The theme in which it is drawn.
    pub theme: String,
    /// The pictures, in the order of the slides.
    pub pictures: Vec<BlobRecord>,
}

/// Stores a revision behind all others and makes it the current one; gives its number, or that of
/// the revision that this wish has led to before.
///
/// # Errors
/// [`Error::NoCarousel`] when it was never opened; [`Error::Undone`] when it has been undone;
/// [`Error::Key`] when a picture's key is none.
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

/// The revision that a wish has led to, if it has.
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

/// The theme that a revision is drawn in, where it is not the carousel's own.
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
