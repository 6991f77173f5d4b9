//! Uploads: the bytes that a person has sent today. Counted before a file is fetched.

use domain::UserId;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Alias, ExprTrait as _},
};

use crate::{
    ReadAccess, Result, Tx,
    entity::upload::{ActiveModel, Column, Entity},
    privacy, prune, quota,
    tx::{strip_nul, truncate_to_micros},
};

/// A file that a user sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    /// Names the file, so that a redelivered update counts once.
    pub id: String,
    pub user: UserId,
    /// The maximum size.
    pub bytes: u64,
    pub at: Timestamp,
}

/// The bytes that a user has sent on the UTC day of `at`, with those of files that were deleted with
/// the user's data.
pub async fn sent_today(on: &impl ReadAccess, user: &UserId, at: Timestamp) -> Result<u64> {
    let sum: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::Bytes.sum().cast_as(Alias::new("bigint")), "sum")
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Day.eq(at.date_naive()))
        .into_tuple()
        .one(on.connection())
        .await?;
    let sent = u64::try_from(sum.flatten().unwrap_or_default()).unwrap_or_default();
    let carried = privacy::carried_usage(on, user, at.date_naive()).await?;
    Ok(sent.saturating_add(carried.upload_bytes))
}

/// Counts a file, unless it would exceed `limit` bytes per UTC day. Returns whether it may be
/// fetched; a file that was counted before may.
pub async fn admit(tx: &Tx, new: &NewUpload, limit: u64) -> Result<bool> {
    quota::lock(tx, &new.user).await?;
    let id = strip_nul(&new.id);
    if Entity::find_by_id(&id).one(&*tx.0).await?.is_some() {
        return Ok(true);
    }
    let at = truncate_to_micros(new.at);
    let sent = sent_today(tx, &new.user, at).await?;
    if sent.saturating_add(new.bytes) > limit {
        return Ok(false);
    }
    let row = ActiveModel {
        id: Set(id),
        user_id: Set(new.user.as_str().to_owned()),
        day: Set(at.date_naive()),
        bytes: Set(i64::try_from(new.bytes).unwrap_or(i64::MAX)),
        at: Set(at),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    Ok(true)
}

/// Deletes at most `limit` rows from before `before`. Returns how many.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    prune::older::<Entity>(tx, Column::Id, Column::At.lt(truncate_to_micros(before)), limit).await
}
