//! Temporal activities, one module per pool. An activity parses records into `domain` types, has
//! one idempotent effect, and returns a result. Order, retries and timeouts belong to `workflows`.

pub mod ai;
pub mod attempt;
pub mod broadcasting;
pub mod delivery;
pub mod error;
pub mod fault;
pub(crate) mod files;
pub mod maintenance;
pub mod persistence;
pub mod privacy;
pub mod render;
pub mod scheduling;
