//! What has to hold: the tables, their repositories, the outbox, and the blobs.
//!
//! Owns the schema and its migrations, the rule that state and its events are written in one
//! transaction, and the rule that the first write of anything wins. Knows nothing of Temporal and
//! of Telegram, reads no clock (a time is an argument), and starts nothing in the background but
//! the heartbeat by which a SQLite file knows its host.
//!
//! One code path serves SQLite (a laptop) and PostgreSQL (production): [`Database::open`] picks by
//! the URL. A repository is a module of functions over a [`Tx`] or anything that [`Reads`]:
//!
//! ```no_run
//! # async fn example(
//! #     db: storage::Database,
//! #     new: storage::carousels::NewCarousel,
//! #     journal: events::Journal,
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
//! **Invariants.** Nothing outside this crate sees a table or an ORM type. Only [`Database::write`]
//! gives a [`Tx`], and only a [`Tx`] writes. Blobs are content-addressed and shared: nothing but
//! [`blobs::collect`] deletes one, and never one that is young or referred to.

pub mod admissions;
pub mod blobs;
pub mod broadcasts;
pub mod carousels;
mod database;
mod entity;
mod error;
mod failure;
mod folder;
pub mod ingress;
pub mod leases;
pub mod ledger;
mod migration;
pub mod outbox;
mod owner;
pub mod pace;
mod page;
mod postgres;
pub mod privacy;
pub mod private;
mod quota;
pub mod references;
pub mod sessions;
pub mod settings;
mod sqlite;
pub mod stats;
pub mod subscriptions;
mod tx;
pub mod uploads;
pub mod usage;
pub mod users;

pub use blobs::{Blobs, S3Options};
pub use database::{Database, Options, Role};
pub use error::{Contended, Error};
pub use failure::Failure;
pub use owner::Process;
pub use page::{Cursor, Page};
pub use tx::{Changed, Reader, Reads, Stored, Tx};
