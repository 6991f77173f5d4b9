//! The crate as others use it: on a real SQLite file, and on PostgreSQL where one is given.
//!
//! `TEST_POSTGRES_URL=postgres://…` names a database in which every test makes a schema of its
//! own; without it the PostgreSQL half of the suite says that it was skipped.

#[cfg(test)]
mod bed;
#[cfg(test)]
mod blobs;
#[cfg(test)]
mod carousels;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod files;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod undoing;
