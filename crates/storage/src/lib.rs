//! Storage: the tables, their repositories, the outbox, and the blobs.
//!
//! Owns the schema and its migrations, the rule that state and its events are written in one
//! transaction, and the rule that the first write wins. Does not depend on Temporal or Telegram,
//! reads no clock (time is an argument), and starts no background task except the heartbeat of a
//! SQLite file.
//!
//! The same code serves SQLite (a laptop) and PostgreSQL (production): [`Database::open`] chooses
//! by the URL. A repository is a module of functions that take a [`Tx`] or any [`ReadAccess`]. Each
//! returns [`StorageError::Database`] if the database fails, and [`StorageError::Corrupt`] for a row
//! that it can't read; its own docs name only further errors:
//!
//! ```no_run
//! # async fn example(
//! #     db: storage::Database,
//! #     new: storage::carousels::NewCarousel,
//! #     journal: events::EventJournal,
//! # ) -> Result<(), storage::carousels::OpenError> {
//! use storage::{carousels, outbox};
//!
//! let (new, events) = (&new, journal.events());
//! let opened = db
//!     .write(|tx| async move {
//!         let opened = carousels::open(&tx, new).await?;
//!         outbox::append(&tx, events).await?;
//!         Ok::<_, carousels::OpenError>(opened)
//!     })
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! **Invariants.** No table and no ORM type is visible outside this crate. Only [`Database::write`]
//! creates a [`Tx`], and only a [`Tx`] writes. Blobs are content-addressed and shared: only
//! [`blobs::collect`] deletes one, and only if it is old and unreferenced.

pub mod admissions;
pub mod api_tokens;
pub mod blobs;
pub mod bot_pictures;
pub mod broadcasts;
pub mod carousels;
pub mod chat_migration;
mod database;
mod database_options;
mod driver_error;
mod entity;
mod error;
mod file_owner;
pub mod incidents;
pub mod ingress;
pub mod leases;
pub mod ledger;
mod migration;
pub mod outbox;
mod page;
mod postgres;
pub mod privacy;
pub mod private_files;
pub mod provider_failures;
mod prune;
mod quota;
pub mod rate_limiter;
pub mod rebuild;
pub mod references;
pub mod requests;
pub mod sessions;
pub mod settings;
mod sqlite;
pub mod stats;
pub mod subscriptions;
mod tx;
pub mod uploads;
pub mod usage;
pub mod users;
pub mod webhooks;
mod writable_folder;

pub use blobs::{Blobs, S3Options};
pub use database::Database;
pub use database_options::{DatabaseOptions, DatabaseRole};
pub use driver_error::DriverError;
pub use error::{MaybeConflict, Result, StorageError};
pub use file_owner::HostProcess;
pub use page::{Cursor, RowPage};
pub use tx::{Changed, CommittedReader, FirstWrite, ReadAccess, Tx};
