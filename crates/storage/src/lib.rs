//! What has to hold: the tables, their repositories, the outbox, and the blobs.
//!
//! Owns the schema and its migrations, the rule that state and its events are written in one
//! transaction, and the rule that the first write of anything wins. Knows nothing of Temporal and
//! of Telegram, reads no clock (a time is an argument), and starts nothing in the background.
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
//! gives a [`Tx`], and only a [`Tx`] writes. Blobs are content-addressed and shared: nothing here
//! deletes one.

mod blobs;
pub mod carousels;
mod database;
mod entity;
mod error;
mod failure;
mod folder;
mod migration;
pub mod outbox;
mod postgres;
mod quota;
mod sqlite;
mod tx;

pub use blobs::Blobs;
pub use database::{Database, Options};
pub use error::{Contended, Error};
pub use failure::Failure;
pub use tx::{Reader, Reads, Stored, Tx};
