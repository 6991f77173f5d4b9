//! [`Error`]: everything that can go wrong here, in words that say what to do.

use std::path::PathBuf;

use domain::{BlobKey, CarouselId, IdError, Outcome};

use crate::Failure;

/// Why something could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database address that names no database we speak to.
    #[error(
        "the database address is not one of ours ({0}): set DATABASE_URL to \
         sqlite://PATH or postgres://USER@HOST/NAME"
    )]
    Address(String),
    /// A blob store's address that is not one of ours.
    #[error(
        "the blob store's address is not one of ours ({0}): set BLOBS_URL to a folder or to \
         s3://BUCKET/PREFIX"
    )]
    BlobsAddress(String),
    /// A file or folder that can't be written.
    #[error(
        "{path} can't be written ({source}): give the user that runs this program write access \
         to it, or choose another place with {setting}", path = path.display()
    )]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
        /// The setting that chooses another place.
        setting: &'static str,
    },
    /// A file or folder that other users of the machine may read.
    #[error(
        "other users of this machine may read {path}, and that can't be changed ({source}): run \
         `chmod -R go-rwx {path}` as its owner, or choose another place with {setting}",
        path = path.display()
    )]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
        /// The setting that chooses another place.
        setting: &'static str,
    },
    /// A file that is no database, or a broken one.
    #[error(
        "{path} is not a SQLite database, or is damaged: move it away to begin with an empty one, \
         or restore it from a backup", path = path.display()
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A database that a newer program has migrated.
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
    /// A SQLite file that another host has open.
    #[error(
        "{path} is in use on the host “{name}” (process {pid}), and SQLite keeps processes apart only \
         within one host: stop the program there, or set DATABASE_URL to a PostgreSQL database, which \
         several hosts can share", path = path.display()
    )]
    OtherHost {
        /// The file.
        path: PathBuf,
        /// The other host's name.
        name: String,
        /// The number of the process there.
        pid: i64,
    },
    /// A database server that does not answer.
    #[error("no database answers at {0}: start it, or set DATABASE_URL to where it is")]
    Unreachable(String),
    /// What the database or the way to it says.
    #[error("the database: {0}")]
    Database(#[from] Failure),
    /// A row that no version of this program can have written.
    #[error("row {key} of table {table} can't be read: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// A carousel that was never opened.
    #[error("there is no carousel {0}: it was never opened")]
    NoCarousel(CarouselId),
    /// A revision that was never saved.
    #[error("carousel {carousel} has no revision {revision}: its draft was never saved")]
    NoDraft {
        /// The carousel.
        carousel: CarouselId,
        /// The revision.
        revision: u32,
    },
    /// A late write to a carousel that has been undone.
    #[error(
        "carousel {carousel} is over ({outcome}) and was undone: nothing more is stored for it"
    )]
    Undone {
        /// The carousel.
        carousel: CarouselId,
        /// How it ended.
        outcome: Outcome,
    },
    /// A record whose blob key is none.
    #[error(transparent)]
    Key(#[from] IdError),
    /// A blob that is not there.
    #[error("there is no file {0} in the blob store")]
    BlobMissing(BlobKey),
    /// A blob whose contents are not what its key says. Treat it as missing: make it again.
    #[error("the file {0} in the blob store is damaged: its contents do not match its name")]
    BlobCorrupt(BlobKey),
    /// What the blob store says.
    #[error("the blob store: {0}")]
    Blobs(#[from] object_store::Error),
}

/// Something that can tell whether it is a collision of two transactions, after which the same
/// transaction may simply run again.
pub trait Contended {
    /// Whether to run the transaction again at once.
    fn is_contended(&self) -> bool;
}

impl Contended for Error {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Database(failure) if failure.is_contended())
    }
}

impl Error {
    /// Whether the same call may succeed later without anybody changing it: a database that is
    /// down or busy, a full disk. Everything else needs a person or another call.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(failure) => failure.is_transient(),
            Self::Unreachable(_) => true,
            Self::Blobs(error) => blobs_are_transient(error),
            Self::Address(_)
            | Self::BlobsAddress(_)
            | Self::Unwritable { .. }
            | Self::Exposed { .. }
            | Self::NotADatabase { .. }
            | Self::NewerSchema { .. }
            | Self::OtherHost { .. }
            | Self::Corrupt { .. }
            | Self::NoCarousel(_)
            | Self::NoDraft { .. }
            | Self::Undone { .. }
            | Self::Key(_)
            | Self::BlobMissing(_)
            | Self::BlobCorrupt(_) => false,
        }
    }
}

/// The blob store's own enum is open, so what it adds later counts as transient: trying again is
/// the safe side, because a put may be repeated.
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
