//! [`Tx`], [`CommittedReader`] and [`ReadAccess`]: the right to write, and the right to read; and how
//! a write transaction begins.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};

use crate::Result;

/// An open write transaction. Only [`crate::Database::write`] creates one, and commits it or rolls
/// it back when its closure ends.
#[derive(Debug)]
pub struct Tx(pub(crate) Arc<DatabaseTransaction>);

/// Reads committed data, statement by statement.
#[derive(Debug, Clone)]
pub struct CommittedReader(pub(crate) DatabaseConnection);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstWrite<T> {
    /// What is stored: use this, not the argument.
    pub value: T,
    /// Whether this call stored it; `false` if an earlier call did.
    pub fresh: bool,
}

impl<T> FirstWrite<T> {
    pub(crate) const fn fresh(value: T) -> Self {
        Self { value, fresh: true }
    }

    pub(crate) const fn earlier(value: T) -> Self {
        Self { value, fresh: false }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<T> {
    /// What is stored now.
    pub value: T,
    /// The names of the changed fields, without their values; empty if nothing changed, and then
    /// nothing was written.
    pub fields: Vec<&'static str>,
}

/// A connection to read through: a [`Tx`], which sees its own writes, or a [`CommittedReader`].
pub trait ReadAccess: sealed::Sealed {}

impl ReadAccess for Tx {}
impl ReadAccess for CommittedReader {}

pub(crate) mod sealed {
    use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};

    /// Keeps the ORM out of the public interface.
    pub trait Sealed: Sync {
        type Connection: ConnectionTrait;

        fn connection(&self) -> &Self::Connection;
    }

    impl Sealed for super::Tx {
        type Connection = DatabaseTransaction;

        fn connection(&self) -> &DatabaseTransaction {
            &self.0
        }
    }

    impl Sealed for super::CommittedReader {
        type Connection = DatabaseConnection;

        fn connection(&self) -> &DatabaseConnection {
            &self.0
        }
    }
}

/// Text without NUL: PostgreSQL does not store NUL in text, and a model or a foreign error message
/// may contain it.
pub(crate) fn strip_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// A time in microseconds, the precision of both databases, so that what is read equals what was
/// written.
pub(crate) fn truncate_to_micros(at: events::Timestamp) -> events::Timestamp {
    use chrono::SubsecRound as _;
    at.trunc_subsecs(6)
}

pub(crate) fn to_json(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).expect("records are made of text, numbers and lists")
}

pub(crate) fn differing_fields<const N: usize>(
    fields: [(&'static str, bool); N],
) -> Vec<&'static str> {
    let differing = fields.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name).collect()
}

/// Begins a write transaction. SQLite grants the lock at once or refuses: a transaction that reads
/// first and asks for the lock later can be refused without waiting.
pub(crate) async fn begin(
    connection: &DatabaseConnection,
) -> Result<DatabaseTransaction, sea_orm::DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    connection.begin_with_options(options).await
}

/// Holds a lock on `what` until the transaction ends, for cases where row locks are not enough. On
/// SQLite a write transaction is exclusive anyway.
pub(crate) async fn lock_by_name(tx: &DatabaseTransaction, what: &str) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            [what.into()],
        );
        tx.execute_raw(lock).await?;
    }
    Ok(())
}
