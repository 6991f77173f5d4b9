//! Leases: tasks that only one process may do at a time, and their holders.
//!
//! A row with a holder and an expiry, on both databases. Time is an argument, so the clocks of two
//! hosts may disagree. The *epoch*, which increases with every change of holder, prevents double
//! work: a writer calls [`lock_if_held`] in its transaction, and a holder that was replaced meanwhile
//! writes nothing.

use chrono::TimeDelta;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use crate::{
    ReadAccess, Result, Tx,
    entity::lease::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::truncate_to_micros,
};

/// The exclusive right to do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What the lease is for.
    pub name: String,
    /// Unique among all processes.
    pub holder: String,
    /// Increases with every change of holder.
    pub epoch: i64,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseAttempt {
    /// The caller's, until it expires.
    Held(Lease),
    /// Another holder's.
    HeldByOther(Lease),
}

/// Acquires a lease, or renews the one that `holder` has, until `at` plus `ttl`.
pub async fn acquire(
    tx: &Tx,
    name: &str,
    holder: &str,
    at: Timestamp,
    ttl: TimeDelta,
) -> Result<LeaseAttempt> {
    let (at, expires_at) = (truncate_to_micros(at), truncate_to_micros(at + ttl));
    let first = ActiveModel {
        name: Set(name.to_owned()),
        holder: Set(holder.to_owned()),
        epoch: Set(1),
        acquired_at: Set(at),
        expires_at: Set(expires_at),
    };
    Entity::insert(first)
        .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let row = Entity::find_by_id(name).lock_exclusive().one(&*tx.0).await?;
    let row = row.or_corrupt("leases", name)?;
    let (ours, expired) = (row.holder == holder, row.expires_at <= at);
    if !ours && !expired {
        return Ok(LeaseAttempt::HeldByOther(lease(row)));
    }
    let taken = Model {
        holder: holder.to_owned(),
        epoch: if ours { row.epoch } else { row.epoch + 1 },
        acquired_at: if ours { row.acquired_at } else { at },
        expires_at,
        ..row
    };
    Entity::update_many()
        .col_expr(Column::Holder, Expr::value(taken.holder.clone()))
        .col_expr(Column::Epoch, Expr::value(taken.epoch))
        .col_expr(Column::AcquiredAt, Expr::value(taken.acquired_at))
        .col_expr(Column::ExpiresAt, Expr::value(taken.expires_at))
        .filter(Column::Name.eq(name))
        .exec(&*tx.0)
        .await?;
    Ok(LeaseAttempt::Held(lease(taken)))
}

/// Whether the lease still has this holder and epoch; locks its row until the transaction ends.
pub async fn lock_if_held(tx: &Tx, lease: &Lease) -> Result<bool> {
    let row = Entity::find_by_id(lease.name.as_str())
        .filter(Column::Holder.eq(lease.holder.as_str()))
        .filter(Column::Epoch.eq(lease.epoch))
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    Ok(row.is_some())
}

/// Releases a lease, so that the next holder need not wait for it to expire. Returns whether it was
/// still held. The epoch continues.
pub async fn release(tx: &Tx, lease: &Lease, at: Timestamp) -> Result<bool> {
    let released = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::Name.eq(lease.name.as_str()))
        .filter(Column::Holder.eq(lease.holder.as_str()))
        .filter(Column::Epoch.eq(lease.epoch))
        .exec(&*tx.0)
        .await?;
    Ok(released.rows_affected > 0)
}

/// The current or last holder of a lease.
pub async fn find(on: &impl ReadAccess, name: &str) -> Result<Option<Lease>> {
    Ok(Entity::find_by_id(name).one(on.connection()).await?.map(lease))
}

/// Deletes the leases with this prefix that expired before `before`. Only for names that are never
/// used again: the epoch would restart. Returns how many.
pub async fn delete_expired(tx: &Tx, prefix: &str, before: Timestamp) -> Result<u64> {
    let gone = Entity::delete_many()
        .filter(Column::Name.starts_with(prefix))
        .filter(Column::ExpiresAt.lt(truncate_to_micros(before)))
        .exec(&*tx.0)
        .await?;
    Ok(gone.rows_affected)
}

fn lease(row: Model) -> Lease {
    Lease { name: row.name, holder: row.holder, epoch: row.epoch, expires_at: row.expires_at }
}
