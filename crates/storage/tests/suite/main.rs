//! The public interface of the crate, on a real SQLite file and on PostgreSQL.
//!
//! The tests start PostgreSQL themselves if it is installed; otherwise the PostgreSQL half of the
//! suite says that it is skipped. `TEST_POSTGRES_URL=postgres://…` selects another database. Every
//! test has its own schema.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod access;
mod admissions;
mod api;
mod blobs;
mod broadcasts;
mod carousel_model;
mod carousels;
mod concurrency;
mod concurrent_writers;
mod database;
mod file_owner;
mod garbage;
mod group_sessions;
mod ingress;
mod ledger;
mod ledger_model;
mod migration;
mod open_carousels;
mod opening;
mod operating;
mod outbox;
mod people;
mod postgres;
mod privacy;
mod rate_limiter;
mod rebuild;
mod relay;
mod s3;
mod sqlite_files;
mod stats;
mod undoing;
