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
mod bed;
#[cfg(test)]
mod blobs;
#[cfg(test)]
mod broadcasts;
#[cfg(test)]
mod carousels;
#[cfg(test)]
mod collecting;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod files;
#[cfg(test)]
mod ingress;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod ledger_orders;
#[cfg(test)]
mod migrating;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod owning;
#[cfg(test)]
mod pacing;
#[cfg(test)]
mod people;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reconciling;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod stats;
#[cfg(test)]
mod undoing;
#[cfg(test)]
mod writers;
