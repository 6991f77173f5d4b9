//! [`StorageError`]: every error of this crate, with a message that says what to do.

use std::{fmt::Display, path::PathBuf};

use domain::{BlobKey, CarouselId, IdError, Outcome};

use crate::DriverError;

/// The result of a function of this crate; its error is a [`StorageError`] if nothing else is named.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error(
        "the database address is not one of ours ({0}): set DATABASE_URL to \
         sqlite://PATH or postgres://USER@HOST/NAME"
    )]
    InvalidDatabaseUrl(String),
    #[error(
        "the blob store's address is not one of ours ({0}): set BLOBS_URL to a folder or to \
         s3://BUCKET/PREFIX"
    )]
    InvalidBlobsUrl(String),
    #[error(
        "{path} can't be written ({source}): give the user that runs this program write access \
         to it, or choose another place with {setting}", path = path.display()
    )]
    Unwritable {
        path: PathBuf,
        source: std::io::Error,
        /// The setting that chooses another place.
        setting: &'static str,
    },
    #[error(
        "other users of this machine may read {path}, and that can't be changed ({source}): run \
         `chmod -R go-rwx {path}` as its owner, or choose another place with {setting}",
        path = path.display()
    )]
    ReadableByOthers {
        path: PathBuf,
        source: std::io::Error,
        /// The setting that chooses another place.
        setting: &'static str,
    },
    #[error(
        "{path} is not a SQLite database, or is damaged: move it away to begin with an empty one, \
         or restore it from a backup", path = path.display()
    )]
    NotADatabase { path: PathBuf },
    /// Only for [`DatabaseRole::Tool`](crate::DatabaseRole), which makes no database.
    #[error(
        "there is no database {path}: set DATABASE_URL (or DATA_DIR) as the workers have it",
        path = path.display()
    )]
    NoDatabase { path: PathBuf },
    #[error(
        "the database was written by a newer version of this program (its schema has \
         “{found}”, this version knows up to number {known}): start that version again, or \
         restore the backup made before it"
    )]
    NewerSchema {
        /// The name of the newest migration in the database.
        found: String,
        /// The number of the newest migration that this program has.
        known: u32,
    },
    #[error(
        "the database has schema {found}, from a development version before the first release, and \
         this version reads {oldest} and newer: start the last development version once, which \
         migrates it, or move the database away to begin with an empty one"
    )]
    OlderSchema {
        /// The version of the database.
        found: u32,
        /// The oldest version that this program reads.
        oldest: u32,
    },
    /// Only for [`DatabaseRole::Tool`](crate::DatabaseRole), which does not migrate.
    #[error(
        "the database has schema {found}, and this program needs {known}: start the gateway or the \
         persistence pool of this version, which migrates it, or use the program of that version"
    )]
    UnmigratedSchema {
        /// The version of the database; 0 if it is empty.
        found: u32,
        /// The version that this program needs.
        known: u32,
    },
    /// Another host has the SQLite file open.
    #[error(
        "{path} is in use on the host “{name}” (process {pid}), and SQLite keeps processes apart only \
         within one host: stop the program there, or set DATABASE_URL to a PostgreSQL database, which \
         several hosts can share", path = path.display()
    )]
    OtherHost {
        path: PathBuf,
        /// The other host's name.
        name: String,
        /// The id of the process there.
        pid: i64,
    },
    #[error("no database answers at {0}: start it, or set DATABASE_URL to where it is")]
    Unreachable(String),
    #[error("the database: {0}")]
    Database(#[from] DriverError),
    /// A row that no version of this program can have written.
    #[error("row {key} of table {table} can't be read: {why}")]
    Corrupt { table: &'static str, key: String, why: String },
    #[error("there is no carousel {0}: it was never opened")]
    CarouselNotFound(CarouselId),
    #[error("carousel {carousel} has no revision {revision}: its draft was never saved")]
    DraftNotFound { carousel: CarouselId, revision: u32 },
    /// A late write to a carousel that has been undone.
    #[error(
        "carousel {carousel} is over ({outcome}) and was undone: nothing more is stored for it"
    )]
    CarouselUndone { carousel: CarouselId, outcome: Outcome },
    /// A record has an invalid blob key.
    #[error(transparent)]
    InvalidId(#[from] IdError),
    #[error("there is no file {0} in the blob store")]
    BlobMissing(BlobKey),
    /// The blob's contents do not match its key. Treat it as missing and make it again.
    #[error("the file {0} in the blob store is damaged: its contents do not match its name")]
    BlobCorrupt(BlobKey),
    #[error("the blob store: {0}")]
    Blobs(#[from] object_store::Error),
}

impl From<sea_orm::DbErr> for StorageError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// An error that may be a conflict between two transactions, after which the same transaction can
/// run again.
pub trait MaybeConflict {
    fn is_conflict(&self) -> bool;
}

impl MaybeConflict for StorageError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Database(failure) if failure.is_conflict())
    }
}

impl StorageError {
    pub(crate) fn corrupt(table: &'static str, key: impl Display, why: impl Display) -> Self {
        Self::Corrupt { table, key: key.to_string(), why: why.to_string() }
    }

    /// Whether the same call may succeed later without a change: a database that is down or busy, a
    /// full disk. Every other error needs a person or another call.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(failure) => failure.is_transient(),
            Self::Unreachable(_) => true,
            Self::Blobs(error) => blobs_are_transient(error),
            Self::InvalidDatabaseUrl(_)
            | Self::InvalidBlobsUrl(_)
            | Self::Unwritable { .. }
            | Self::ReadableByOthers { .. }
            | Self::NotADatabase { .. }
            | Self::NoDatabase { .. }
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::UnmigratedSchema { .. }
            | Self::OtherHost { .. }
            | Self::Corrupt { .. }
            | Self::CarouselNotFound(_)
            | Self::DraftNotFound { .. }
            | Self::CarouselUndone { .. }
            | Self::InvalidId(_)
            | Self::BlobMissing(_)
            | Self::BlobCorrupt(_) => false,
        }
    }
}

/// The blob store's enum is non-exhaustive. Variants that it adds later count as transient: a retry
/// is safe, because a put may be repeated.
fn blobs_are_transient(error: &object_store::Error) -> bool {
    !matches!(
        error,
        object_store::Error::NotFound { .. }
            | object_store::Error::InvalidPath { .. }
            | object_store::Error::NotSupported { .. }
            | object_store::Error::NotImplemented { .. }
            | object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. }
            | object_store::Error::UnknownConfigurationKey { .. }
    )
}

/// Reads a part of a row.
pub(crate) trait OrCorrupt<T> {
    /// [`StorageError::Corrupt`] instead of the error, or of nothing.
    fn or_corrupt(self, table: &'static str, key: impl Display) -> Result<T>;
}

impl<T, E: Display> OrCorrupt<T> for Result<T, E> {
    fn or_corrupt(self, table: &'static str, key: impl Display) -> Result<T> {
        self.map_err(|error| StorageError::corrupt(table, key, error))
    }
}

impl<T> OrCorrupt<T> for Option<T> {
    fn or_corrupt(self, table: &'static str, key: impl Display) -> Result<T> {
        self.ok_or_else(|| StorageError::corrupt(table, key, "it vanished during the transaction"))
    }
}
