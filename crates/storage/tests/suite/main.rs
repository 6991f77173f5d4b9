//! The crate as others use it: on a real SQLite file, and on PostgreSQL where one is given.
//!
//! PostgreSQL is started by the tests themselves where it is installed, and the half of the suite
//! that needs it says so where it is not. `TEST_POSTGRES_URL=postgres://…` names a database to be
//! used instead. Every test makes a schema of its own.

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
