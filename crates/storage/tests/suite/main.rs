//! The public interface of the crate, on a real SQLite file and on PostgreSQL.
//!
//! The tests start PostgreSQL themselves if it is installed; otherwise the PostgreSQL half of the
//! suite says that it is skipped. `TEST_POSTGRES_URL=postgres://…` selects another database. Every
//! test has its own schema.

#[cfg(test)]
mod access;
#[cfg(test)]
mod admissions;
#[cfg(test)]
mod blobs;
#[cfg(test)]
mod broadcasts;
#[cfg(test)]
mod carousel_model;
#[cfg(test)]
mod carousels;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod concurrent_writers;
#[cfg(test)]
mod database;
#[cfg(test)]
mod file_owner;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod ingress;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod ledger_model;
#[cfg(test)]
mod migration;
#[cfg(test)]
mod open_carousels;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod people;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod rate_limiter;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod sqlite_files;
#[cfg(test)]
mod stats;
#[cfg(test)]
mod undoing;
