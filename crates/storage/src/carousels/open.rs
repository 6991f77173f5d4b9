//! Opening a carousel: the row, the quota, and the reference to its source text.

use domain::{BlobKey, CarouselId, UserId, record::BriefRecord};
use events::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};

use super::{
    Carousel, CarouselRowState,
    carousel_queries::{self, SOURCE},
};
use crate::{
    FirstWrite, MaybeConflict, ReadAccess, Result, StorageError, Tx,
    admissions::AdmitError,
    entity::{blob_ref, carousel},
    quota,
    tx::{strip_nul, to_json, truncate_to_micros},
    users,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCarousel {
    pub id: CarouselId,
    pub user: UserId,
    pub brief: BriefRecord,
    pub run_id: String,
    pub at: Timestamp,
    /// How many carousels a user may have per UTC day, unless this user has a limit of their own;
    /// `None` is no limit.
    pub daily_quota: Option<u32>,
    /// How many carousels this user may have open at a time, including this one; `None` is no
    /// limit.
    pub most_open: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("all {limit} carousels of the day are used; the next ones start at {resets_at}")]
    OverQuota { limit: u32, resets_at: Timestamp },
    #[error("{limit} carousels are being made already: wait until one of them is done")]
    TooManyOpen { limit: u32 },
    /// The user's budget for models is used up.
    #[error(transparent)]
    NotAdmitted(#[from] AdmitError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for OpenError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::OverQuota { .. } | Self::TooManyOpen { .. } => false,
            Self::NotAdmitted(error) => error.is_conflict(),
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

/// Opens a carousel and reserves one of its user's quota, or returns the one that is stored under
/// this id, in any state and of any user; then nothing is reserved.
///
/// # Errors
/// [`OpenError::OverQuota`] if the day's quota is used up, [`OpenError::TooManyOpen`] if too many
/// are open; in both cases nothing was written. [`StorageError::InvalidId`] if the brief's source text has an
/// invalid blob key.
pub async fn open(tx: &Tx, new: &NewCarousel) -> Result<FirstWrite<Carousel>, OpenError> {
    let at = truncate_to_micros(new.at);
    let daily_quota = daily_quota(tx, &new.user, new.daily_quota).await?;
    if daily_quota.is_some() || new.most_open.is_some() {
        // The lock comes before the lookup: the same request may be served while this one waits.
        quota::lock(tx, &new.user).await?;
    }
    if let Some(stored) = carousel_queries::find(tx, &new.id).await? {
        return Ok(FirstWrite::earlier(stored));
    }
    if let Some(limit) = daily_quota
        && quota::count_reserved(tx, &new.user, at).await? >= u64::from(limit)
    {
        let resets_at = quota::resets_at(at);
        return Err(OpenError::OverQuota { limit, resets_at });
    }
    if let Some(limit) = new.most_open
        && carousel_queries::count_open(tx, &new.user).await? >= u64::from(limit)
    {
        return Err(OpenError::TooManyOpen { limit });
    }
    let row = row(new, at)?;
    let inserted = carousel::Entity::insert(carousel::ActiveModel::from(row.clone()))
        .on_conflict(OnConflict::column(carousel::Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    if inserted == 0 {
        // PostgreSQL only: the same id was opened between lookup and insert.
        let stored = carousel_queries::find(tx, &new.id).await?;
        return Ok(FirstWrite::earlier(
            stored.ok_or_else(|| StorageError::CarouselNotFound(new.id.clone()))?,
        ));
    }
    quota::reserve(tx, &new.id, &new.user, at).await?;
    reference_source(tx, &new.id, &new.brief).await?;
    Ok(FirstWrite::fresh(carousel_queries::read(row)?))
}

/// The limit of a user's carousels per UTC day: their own one, or `usual`; `None` is no limit.
pub async fn daily_quota(
    on: &impl ReadAccess,
    user: &UserId,
    usual: Option<u32>,
) -> Result<Option<u32>> {
    let user = users::find(on, user).await?;
    Ok(user.and_then(|user| user.profile.carousels_per_day).or(usual))
}

/// How many carousels of a user count for the UTC day of `at`. Only a hint: [`open`] decides.
pub async fn count_of_day(on: &impl ReadAccess, user: &UserId, at: Timestamp) -> Result<u64> {
    quota::count_reserved(on, user, at).await
}

fn row(new: &NewCarousel, at: Timestamp) -> Result<carousel::Model> {
    Ok(carousel::Model {
        id: new.id.as_str().to_owned(),
        user_id: new.user.as_str().to_owned(),
        source: new.id.source().name().to_owned(),
        brief: to_json(&new.brief),
        theme: strip_nul(&new.brief.theme),
        language: strip_nul(&new.brief.language),
        format: strip_nul(&new.brief.format),
        state: CarouselRowState::Open.name().to_owned(),
        outcome: None,
        reason: None,
        provider: None,
        revision: None,
        run_id: strip_nul(&new.run_id),
        created_at: at,
        updated_at: at,
        closed_at: None,
        failure_kind: None,
    })
}

/// A long source text stays in the blob store while the carousel refers to it.
pub(super) async fn reference_source(tx: &Tx, id: &CarouselId, brief: &BriefRecord) -> Result<()> {
    if brief.text.is_empty() {
        return Ok(());
    }
    let key = BlobKey::parse(&brief.text)?;
    let reference = blob_ref::ActiveModel {
        carousel_id: Set(id.as_str().to_owned()),
        revision: Set(0),
        part: Set(SOURCE.to_owned()),
        position: Set(0),
        blob_key: Set(key.as_str().to_owned()),
        // The size is unknown here: a brief carries only the key.
        bytes: Set(None),
    };
    // A carousel that is made again has the text of the first time already.
    use blob_ref::Column;
    let replace =
        OnConflict::columns([Column::CarouselId, Column::Revision, Column::Part, Column::Position])
            .update_column(Column::BlobKey)
            .to_owned();
    blob_ref::Entity::insert(reference).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    Ok(())
}
