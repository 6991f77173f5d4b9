//! The schema migrations, and how they run at startup.
//!
//! # How the schema changes
//!
//! **Forward only.** There are no down migrations: the next step undoes a step, and a backup undoes
//! a disaster. A released step is never edited.
//!
//! **Expand, then contract.** During a rollout, processes of the previous version still run on the
//! migrated schema. So a release only *expands*: new tables, new columns that are nullable or have
//! a default, new indexes. Code of the same release writes both forms, backfills, and reads either.
//! A later release, when no process of the old one is left, *contracts*: it drops what is no longer
//! read. A rename is an add, a copy and a drop over two releases.
//!
//! **One at a time.** All pending steps run in one transaction that first takes a lock (SQLite: the
//! write lock; PostgreSQL: an advisory lock). So processes that start together don't conflict, and
//! a step that fails leaves no trace.
//!
//! **No guessing.** A database with an unknown step is refused: older code can't know which of its
//! assumptions still hold.
//!
//! A step defines its tables in full and never uses the entities, which describe the current
//! schema.
//!
//! **Every released schema** is kept as a dump with data in `tests/fixtures`, and the tests migrate
//! each one to the current schema, on both databases.

mod applied;
mod columns;
mod m0001_carousels;
mod m0002_events;
mod m0003_relay;
mod m0004_people;
mod m0005_ingress;
mod m0006_deliveries;
mod m0007_owners;
mod m0008_revisions;
mod m0009_paces_threads;
mod m0010_news;
mod m0011_access;
mod m0012_admissions;
mod m0013_privacy;
mod m0014_inbox;

use std::{future::Future, pin::Pin};

use chrono::Utc;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait as _, QueryOrder as _, Schema,
};

use crate::{
    StorageError,
    database::{begin, lock_by_name},
};

/// A step: changes the schema in the transaction of all steps.
type Up = for<'a> fn(
    &'a DatabaseTransaction,
) -> Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'a>>;

/// [`STEPS`]: the name and the function of each module.
macro_rules! steps {
    ($($step:ident,)+) => {
        /// Every step, oldest first. The number in a step's name is the schema version after it.
        const STEPS: &[(&str, Up)] = &[$((stringify!($step), |tx| Box::pin($step::up(tx)))),+];
    };
}

steps! {
    m0001_carousels,
    m0002_events,
    m0003_relay,
    m0004_people,
    m0005_ingress,
    m0006_deliveries,
    m0007_owners,
    m0008_revisions,
    m0009_paces_threads,
    m0010_news,
    m0011_access,
    m0012_admissions,
    m0013_privacy,
    m0014_inbox,
}

/// Migrates the schema to the current version, or refuses one that is newer than this program.
pub(crate) async fn run(connection: &DatabaseConnection) -> Result<(), StorageError> {
    let tx = begin(connection).await?;
    disable_timeouts(&tx).await?;
    lock_by_name(&tx, "migrations").await?;
    let schema = Schema::new(tx.get_database_backend());
    let mut table = schema.create_table_from_entity(applied::Entity);
    tx.execute(table.if_not_exists()).await?;
    let applied = applied::Entity::find().all(&tx).await?;
    let newer = applied
        .iter()
        .find(|row| STEPS.iter().all(|(name, _)| *name != row.version));
    if let Some(newer) = newer {
        let newest = STEPS.last().map_or("", |(name, _)| name);
        return Err(StorageError::NewerSchema {
            found: newer.version.clone(),
            known: number(newest)?,
        });
    }
    let pending = STEPS
        .iter()
        .filter(|(name, _)| applied.iter().all(|row| row.version != *name));
    for (name, up) in pending {
        up(&tx).await?;
        let row = applied::ActiveModel {
            version: Set((*name).to_owned()),
            applied_at: Set(Utc::now().timestamp()),
        };
        applied::Entity::insert(row)
            .exec_without_returning(&tx)
            .await?;
        tracing::debug!(migration = name, "migration applied");
    }
    Ok(tx.commit().await?)
}

/// A step over a large table has no time limit, and neither has a process that waits for it. On
/// PostgreSQL the usual timeouts would abort both; SQLite has none.
async fn disable_timeouts(tx: &DatabaseTransaction) -> Result<(), StorageError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
        tx.execute_unprepared(limits).await?;
    }
    Ok(())
}

/// The number of the newest step that the database has.
pub(crate) async fn version(connection: &DatabaseConnection) -> Result<u32, StorageError> {
    let newest = applied::Entity::find()
        .order_by_desc(applied::Column::Version)
        .one(connection)
        .await?;
    newest.map_or(Ok(0), |step| number(&step.version))
}

/// The number in `m0001_carousels`.
fn number(name: &str) -> Result<u32, StorageError> {
    let digits = name.get(1..5).and_then(|digits| digits.parse().ok());
    digits.ok_or_else(|| StorageError::Corrupt {
        table: "seaql_migrations",
        key: name.to_owned(),
        why: "it does not begin with m and four digits".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_without_gaps() {
        let numbers = STEPS.iter().map(|(name, _)| number(name).unwrap());
        assert!(numbers.eq((1..).take(STEPS.len())));
    }
}
