//! [`Tx`], [`Reader`] and [`Reads`]: the right to write, and the right to read.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction};

/// An open transaction that may write. Only [`crate::Database::write`] makes one, and commits it or
/// rolls it back when the closure that was given it ends.
#[derive(Debug)]
pub struct Tx(pub(crate) Arc<DatabaseTransaction>);

/// Reads what is committed, statement by statement.
#[derive(Debug, Clone)]
pub struct Reader(pub(crate) DatabaseConnection);

/// What was asked to be stored, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// What is stored: go on with this, not with what was handed in.
    pub value: T,
    /// Whether this call stored it; `false` when an earlier one had.
    pub fresh: bool,
}

impl<T> Stored<T> {
    pub(crate) const fn fresh(value: T) -> Self {
        Self { value, fresh: true }
    }

    pub(crate) const fn earlier(value: T) -> Self {
        Self {
            value,
            fresh: false,
        }
    }
}

/// Something that was changed, and in which of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<T> {
    /// What is stored now.
    pub value: T,
    /// The names of the fields that differ from before, never what they hold; empty when nothing
    /// changed, and then nothing was written.
    pub fields: Vec<&'static str>,
}

/// Something to read through: a [`Tx`], which sees its own writes, or a [`Reader`].
pub trait Reads: sealed::Sealed {}

impl Reads for Tx {}
impl Reads for Reader {}

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

    impl Sealed for super::Reader {
        type Connection = DatabaseConnection;

        fn connection(&self) -> &DatabaseConnection {
            &self.0
        }
    }
}

/// Text as it can be stored: PostgreSQL takes no NUL in text, and a model or a stranger's error
/// message may hold one.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "")
}

/// A moment as both databases keep it, in microseconds, so that what is read equals what was
/// written.
pub(crate) fn kept(at: events::Timestamp) -> events::Timestamp {
    use chrono::SubsecRound as _;
    at.trunc_subsecs(6)
}

/// A record as it is stored.
pub(crate) fn json(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).expect("records are made of text, numbers and lists")
}

/// The names of the fields that differ.
pub(crate) fn differing<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    let differing = fields.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name).collect()
}
