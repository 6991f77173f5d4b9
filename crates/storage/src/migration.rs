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
//! **Version 14 is the base.** It is one file with the whole schema, which a new database gets at
//! once. Its predecessors were development steps: a database older than the base is refused, and
//! one at the base gets the later steps. A step is a file `m0015_….sql` for both databases.
//!
//! **Every released schema** is kept as a dump with data in `tests/fixtures`, and the tests open
//! each one, on both databases.

use std::collections::HashSet;

use chrono::Utc;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait as _, QueryOrder as _, Schema,
};

use crate::{
    DatabaseRole, Result, StorageError,
    entity::applied,
    error::OrCorrupt as _,
    tx::{begin, lock_by_name},
};

/// The whole schema at the base version.
const BASE_SCHEMA: &str = include_str!("migration/m0014_schema.sql");

/// The rows of a database at the base version: the development steps that led to it.
const BASE: [&str; 14] = [
    "m0001_carousels",
    "m0002_events",
    "m0003_relay",
    "m0004_people",
    "m0005_ingress",
    "m0006_deliveries",
    "m0007_owners",
    "m0008_revisions",
    "m0009_paces_threads",
    "m0010_news",
    "m0011_access",
    "m0012_admissions",
    "m0013_privacy",
    "m0014_inbox",
];

/// The steps after the base, oldest first. The number in a step's name is the schema version after
/// it.
const STEPS: [(&str, &str); 7] = [
    ("m0015_rejection_kind", include_str!("migration/m0015_rejection_kind.sql")),
    ("m0016_group_sessions", include_str!("migration/m0016_group_sessions.sql")),
    ("m0017_owners_view", include_str!("migration/m0017_owners_view.sql")),
    ("m0018_event_requests", include_str!("migration/m0018_event_requests.sql")),
    ("m0019_api_tokens", include_str!("migration/m0019_api_tokens.sql")),
    ("m0020_webhooks", include_str!("migration/m0020_webhooks.sql")),
    ("m0021_refused_edits", include_str!("migration/m0021_refused_edits.sql")),
];

/// Migrates the schema to the current version, or refuses one that is newer than this program or
/// older than the base. A tool only checks it: services decide when a database is migrated.
pub(crate) async fn run(connection: &DatabaseConnection, role: DatabaseRole) -> Result<()> {
    let tx = begin(connection).await?;
    disable_timeouts(&tx).await?;
    lock_by_name(&tx, "migrations").await?;
    let schema = Schema::new(tx.get_database_backend());
    let mut table = schema.create_table_from_entity(applied::Entity);
    tx.execute(table.if_not_exists()).await?;
    let applied: HashSet<String> =
        applied::Entity::find().all(&tx).await?.into_iter().map(|row| row.version).collect();
    check_version(&applied)?;
    let missing = |(name, _): &&(&str, &str)| !applied.contains(*name);
    if role == DatabaseRole::Tool {
        return match STEPS.iter().any(|step| missing(&step)) {
            true => Err(StorageError::UnmigratedSchema {
                found: number_of_newest(applied.iter().map(String::as_str))?,
                known: number_of_newest(known_steps())?,
            }),
            false => Ok(()),
        };
    }
    if applied.is_empty() {
        run_step(&tx, BASE_SCHEMA).await?;
        for name in BASE {
            record_applied(&tx, name).await?;
        }
    }
    for (name, sql) in STEPS.iter().filter(missing) {
        run_step(&tx, sql).await?;
        record_applied(&tx, name).await?;
    }
    Ok(tx.commit().await?)
}

/// Refuses a database with an unknown step, and one that has only some steps of the base.
fn check_version(applied: &HashSet<String>) -> Result<()> {
    if let Some(newer) = applied.iter().find(|row| known_steps().all(|name| name != *row)) {
        return Err(StorageError::NewerSchema {
            found: newer.clone(),
            known: number_of_newest(known_steps())?,
        });
    }
    if !applied.is_empty() && BASE.iter().any(|name| !applied.contains(*name)) {
        return Err(StorageError::OlderSchema {
            found: number_of_newest(applied.iter().map(String::as_str))?,
            oldest: number(BASE[BASE.len() - 1])?,
        });
    }
    Ok(())
}

/// Runs a step's statements with the types of the database.
async fn run_step(tx: &DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    let types = match tx.get_database_backend() {
        DbBackend::Postgres => [
            ("IDENTITY", "bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL PRIMARY KEY"),
            ("BIGINT", "bigint"),
            ("TIMESTAMP", "timestamp with time zone"),
            ("DATE", "date"),
        ],
        _ => [
            ("IDENTITY", "integer NOT NULL PRIMARY KEY AUTOINCREMENT"),
            ("BIGINT", "integer"),
            ("TIMESTAMP", "timestamp_with_timezone_text"),
            ("DATE", "date_text"),
        ],
    };
    let sql = types.iter().fold(sql.to_owned(), |sql, (general, own)| {
        sql.replace(&format!(" {general}"), &format!(" {own}"))
    });
    tx.execute_unprepared(&sql).await?;
    Ok(())
}

async fn record_applied(tx: &DatabaseTransaction, name: &str) -> Result<(), DbErr> {
    let row = applied::ActiveModel {
        version: Set(name.to_owned()),
        applied_at: Set(Utc::now().timestamp()),
    };
    applied::Entity::insert(row).exec_without_returning(tx).await?;
    tracing::debug!(migration = name, "migration applied");
    Ok(())
}

/// A step over a large table has no time limit, and neither has a process that waits for it. On
/// PostgreSQL the usual timeouts would abort both; SQLite has none.
async fn disable_timeouts(tx: &DatabaseTransaction) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
        tx.execute_unprepared(limits).await?;
    }
    Ok(())
}

/// The number of the newest step that the database has.
pub(crate) async fn version(connection: &DatabaseConnection) -> Result<u32> {
    let newest =
        applied::Entity::find().order_by_desc(applied::Column::Version).one(connection).await?;
    newest.map_or(Ok(0), |step| number(&step.version))
}

fn known_steps() -> impl Iterator<Item = &'static str> {
    BASE.into_iter().chain(STEPS.iter().map(|(name, _)| *name))
}

/// 0 if there is none.
fn number_of_newest<'a>(steps: impl Iterator<Item = &'a str>) -> Result<u32> {
    steps.max().map_or(Ok(0), number)
}

/// The number in `m0001_carousels`.
fn number(name: &str) -> Result<u32> {
    let digits = name.get(1..5).and_then(|digits| digits.parse().ok());
    let digits = digits.ok_or("it does not begin with m and four digits");
    digits.or_corrupt("seaql_migrations", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_without_gaps() {
        let numbers = known_steps().map(|name| number(name).unwrap());
        assert!(numbers.eq((1..).take(BASE.len() + STEPS.len())));
    }
}
