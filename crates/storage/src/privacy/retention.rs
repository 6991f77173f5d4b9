//! Retention: deletes expired data. The caller decides the ages.

use domain::{AccountId, CarouselId, UserId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, Query},
};

use super::{DataSubject, ErasureState};
use crate::{
    ReadAccess, Result, Tx,
    carousels::CarouselRowState,
    entity::{blob_hold, broadcast, carousel, chain_end, delivery, erasure, event, recipient},
    tx::truncate_to_micros,
};

/// Closed carousels about which nothing was written or sent since `before`, oldest first, at most
/// `limit`. Excludes carousels that a broadcast still sends.
///
/// # Errors
/// `StorageError::Database`, or `StorageError::InvalidId` for a row that can't be read.
pub async fn expired_carousels(
    on: &impl ReadAccess,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<CarouselId>> {
    use carousel::Column;
    let lately = Query::select()
        .column(delivery::Column::CarouselId)
        .from(delivery::Entity)
        .and_where(delivery::Column::UpdatedAt.gte(truncate_to_micros(before)))
        .to_owned();
    let ids: Vec<String> = carousel::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(CarouselRowState::Closed.name()))
        .filter(Column::UpdatedAt.lt(truncate_to_micros(before)))
        .filter(Column::Id.not_in_subquery(lately))
        .order_by_asc(Column::UpdatedAt)
        .limit(u64::from(limit))
        .into_tuple()
        .all(on.connection())
        .await?;
    let sending: Vec<String> = broadcast::Entity::find()
        .select_only()
        .column(broadcast::Column::Message)
        .filter(broadcast::Column::EndedAt.is_null())
        .into_tuple()
        .all(on.connection())
        .await?;
    let is_sent = |id: &String| sending.iter().any(|message| message.contains(id.as_str()));
    let ids = ids.iter().filter(|id| !is_sent(id));
    Ok(ids.map(|id| CarouselId::parse(id)).collect::<Result<_, _>>()?)
}

/// Deletes carousels with everything that belongs to them, including events. The garbage collector
/// deletes their blobs. Returns how many there were.
pub async fn delete_carousels(tx: &Tx, ids: &[CarouselId]) -> Result<u64> {
    let ids = || ids.iter().map(CarouselId::as_str);
    event::Entity::delete_many()
        .filter(event::Column::CorrelationId.is_in(ids()))
        .exec(&*tx.0)
        .await?;
    chain_end::Entity::delete_many()
        .filter(chain_end::Column::CorrelationId.is_in(ids()))
        .exec(&*tx.0)
        .await?;
    let holders = ids().map(|id| format!("carousel/{id}"));
    blob_hold::Entity::delete_many()
        .filter(blob_hold::Column::Holder.is_in(holders))
        .exec(&*tx.0)
        .await?;
    delivery::Entity::delete_many()
        .filter(delivery::Column::CarouselId.is_in(ids()))
        .exec(&*tx.0)
        .await?;
    // Revisions, blob references and reservations are deleted by cascade.
    let deleted = carousel::Entity::delete_many()
        .filter(carousel::Column::Id.is_in(ids()))
        .exec(&*tx.0)
        .await?;
    Ok(deleted.rows_affected)
}

/// Deletes deliveries that were not written since `before` and that have no carousel any more:
/// notices, mostly. At most `limit`; returns how many there were.
pub async fn prune_deliveries(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    use delivery::Column;
    let all = Query::select().column(carousel::Column::Id).from(carousel::Entity).to_owned();
    let old: Vec<String> = delivery::Entity::find()
        .select_only()
        .column(Column::CarouselId)
        .distinct()
        .filter(Column::UpdatedAt.lt(truncate_to_micros(before)))
        .filter(Column::CarouselId.not_in_subquery(all))
        .limit(u64::from(limit))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let deleted = delivery::Entity::delete_many()
        .filter(Column::CarouselId.is_in(old))
        .filter(Column::UpdatedAt.lt(truncate_to_micros(before)))
        .exec(&*tx.0)
        .await?;
    Ok(deleted.rows_affected)
}

/// Deletes broadcasts that ended before `before`, with their recipients, at most `limit`. Returns
/// how many there were.
pub async fn prune_broadcasts(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    use broadcast::Column;
    let old: Vec<String> = broadcast::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::EndedAt.lt(truncate_to_micros(before)))
        .limit(u64::from(limit))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let holders = old.iter().map(|id| format!("broadcast/{id}"));
    blob_hold::Entity::delete_many()
        .filter(blob_hold::Column::Holder.is_in(holders))
        .exec(&*tx.0)
        .await?;
    recipient::Entity::delete_many()
        .filter(recipient::Column::BroadcastId.is_in(old.clone()))
        .exec(&*tx.0)
        .await?;
    let deleted =
        broadcast::Entity::delete_many().filter(Column::Id.is_in(old)).exec(&*tx.0).await?;
    Ok(deleted.rows_affected)
}

/// Deletes what was carried over on days before that of `now`, by deletions that have ended.
pub async fn prune_erasures(tx: &Tx, now: Timestamp) -> Result<u64> {
    use erasure::Column;
    let deleted = erasure::Entity::delete_many()
        .filter(Column::State.eq(ErasureState::Done.name()))
        .filter(Column::Day.lt(now.date_naive()))
        .exec(&*tx.0)
        .await?;
    Ok(deleted.rows_affected)
}

/// People without activity since `before` and without anything to come: no change, carousel, model
/// call, update, active subscription or news. Excludes administrators and locked people. At most
/// `limit`.
///
/// # Errors
/// `StorageError::Database`, or `StorageError::InvalidId` for a row that can't be read.
pub async fn inactive_people(
    on: &impl ReadAccess,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<DataSubject>> {
    use crate::entity::user::{Column, Entity};
    let rows: Vec<(String, Option<i64>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::AccountId])
        .filter(Column::UpdatedAt.lt(truncate_to_micros(before)))
        .filter(Column::Blocked.eq(false))
        .filter(Column::IsAdmin.eq(false))
        .filter(Expr::cust("(NOT wants_news OR unreachable_since IS NOT NULL)"))
        .filter(Expr::cust("NOT EXISTS (SELECT 1 FROM carousels c WHERE c.user_id = users.id)"))
        .filter(Expr::cust("NOT EXISTS (SELECT 1 FROM usage_entries u WHERE u.user_id = users.id)"))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.user_id = users.id \
             AND NOT s.paused)",
        ))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM updates u WHERE u.chat_id = users.account_id)",
        ))
        .order_by_asc(Column::UpdatedAt)
        .limit(u64::from(limit))
        .into_tuple()
        .all(on.connection())
        .await?;
    let person = |(id, account): (String, Option<i64>)| {
        Ok(DataSubject { user: UserId::parse(&id)?, account: account.map(AccountId::new) })
    };
    rows.into_iter().map(person).collect()
}
