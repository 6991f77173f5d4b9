//! The daily quota: one reservation per carousel, taken when it opens, given back when it is
//! undone.
//!
//! The caller decides the limit.

use chrono::{Days, NaiveTime};
use domain::{CarouselId, UserId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::Expr,
};

use crate::{
    ReadAccess, Result, Tx,
    entity::quota_reservation::{ActiveModel, Column, Entity},
    privacy,
    tx::lock_by_name,
};

/// Locks this user's quota until the transaction ends, so that counting and reserving are atomic.
pub(crate) async fn lock(tx: &Tx, user: &UserId) -> Result<()> {
    lock_by_name(&tx.0, &format!("quota {user}")).await
}

/// How many carousels of this user hold a reservation for the UTC day of `at`, including those that
/// were deleted with the user's data.
pub(crate) async fn count_reserved(
    on: &impl ReadAccess,
    user: &UserId,
    at: Timestamp,
) -> Result<u64> {
    let carried = privacy::carried_usage(on, user, at.date_naive()).await?;
    let held = Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Day.eq(at.date_naive()))
        .filter(Column::ReleasedAt.is_null())
        .count(on.connection())
        .await?;
    Ok(held + carried.carousels)
}

/// Reserves one carousel of the day of `at`.
pub(crate) async fn reserve(
    tx: &Tx,
    carousel: &CarouselId,
    user: &UserId,
    at: Timestamp,
) -> Result<()> {
    let reservation = ActiveModel {
        carousel_id: Set(carousel.as_str().to_owned()),
        user_id: Set(user.as_str().to_owned()),
        day: Set(at.date_naive()),
        reserved_at: Set(at),
        released_at: Set(None),
    };
    Entity::insert(reservation).exec_without_returning(&*tx.0).await?;
    Ok(())
}

/// Releases the reservation, once.
pub(crate) async fn release(tx: &Tx, carousel: &CarouselId, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::ReleasedAt, Expr::value(at))
        .filter(Column::CarouselId.eq(carousel.as_str()))
        .filter(Column::ReleasedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(())
}

pub(crate) fn resets_at(at: Timestamp) -> Timestamp {
    let tomorrow = at.date_naive().checked_add_days(Days::new(1));
    tomorrow.map_or(Timestamp::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}
