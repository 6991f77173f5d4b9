//! Leases: what only one process may do at a time, and who does it.
//!
//! A row with a holder and an expiry, on both databases alike. Time is an argument, so the clocks of
//! two hosts may disagree; what keeps them apart in the end is the *epoch*, which rises with every
//! change of holder: whoever writes under a lease [`holds`] it until the transaction ends, and
//! one that was taken over meanwhile writes nothing.

use chrono::TimeDelta;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Error, Reads, Tx,
    entity::lease::{ActiveModel, Column, Entity, Model},
    tx::kept,
};

/// The right to do something alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What for.
    pub name: String,
    /// Who has it: unique among all processes.
    pub holder: String,
    /// Rises with every change of holder.
    pub epoch: i64,
    /// When others may take it.
    pub expires_at: Timestamp,
}

/// What asking for a lease gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is ours, at least until it expires.
    Ours(Lease),
    /// Somebody else has it.
    Taken(Lease),
}

/// Asks for a lease, or prolongs the one that `holder` has, until `at` plus `ttl`.
///
/// # Errors
/// [`Error::Database`].
pub async fn acquire(
    tx: &Tx,
    name: &str,
    holder: &str,
    at: Timestamp,
    ttl: TimeDelta,
) -> Result<Acquired, Error> {
    let (at, expires_at) = (kept(at), kept(at + ttl));
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
    let row = Entity::find_by_id(name)
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    let row = row.ok_or_else(|| Error::Corrupt {
        table: "leases",
        key: name.to_owned(),
        why: "it vanished while it was asked for".to_owned(),
    })?;
    let (ours, expired) = (row.holder == holder, row.expires_at <= at);
    if !ours && !expired {
        return Ok(Acquired::Taken(lease(row)));
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
    Ok(Acquired::Ours(lease(taken)))
}

/// Whether the lease is still that holder's, and keeps it so until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub async fn holds(tx: &Tx, lease: &Lease) -> Result<bool, Error> {
    let row = Entity::find_by_id(lease.name.as_str())
        .filter(Column::Holder.eq(lease.holder.as_str()))
        .filter(Column::Epoch.eq(lease.epoch))
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    Ok(row.is_some())
}

/// Gives a lease back, so that the next one need not wait for it to expire. Says whether it was
/// still held. The epoch goes on counting.
///
/// # Errors
/// [`Error::Database`].
pub async fn release(tx: &Tx, lease: &Lease, at: Timestamp) -> Result<bool, Error> {
    let released = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(kept(at)))
        .filter(Column::Name.eq(lease.name.as_str()))
        .filter(Column::Holder.eq(lease.holder.as_str()))
        .filter(Column::Epoch.eq(lease.epoch))
        .exec(&*tx.0)
        .await?;
    Ok(released.rows_affected > 0)
}

/// Who has a lease, or had it last.
///
/// # Errors
/// [`Error::Database`].
pub async fn find(on: &impl Reads, name: &str) -> Result<Option<Lease>, Error> {
    Ok(Entity::find_by_id(name)
        .one(on.connection())
        .await?
        .map(lease))
}

/// Deletes the leases whose names begin so and that ran out before `before`. Only for names that nobody
/// takes again: the epoch would begin anew. Gives how many they were.
///
/// # Errors
/// [`Error::Database`].
pub async fn sweep(tx: &Tx, prefix: &str, before: Timestamp) -> Result<u64, Error> {
    let gone = Entity::delete_many()
        .filter(Column::Name.starts_with(prefix))
        .filter(Column::ExpiresAt.lt(kept(before)))
        .exec(&*tx.0)
        .await?;
    Ok(gone.rows_affected)
}

fn lease(row: Model) -> Lease {
    Lease {
        name: row.name,
        holder: row.holder,
        epoch: row.epoch,
        expires_at: row.expires_at,
    }
}
