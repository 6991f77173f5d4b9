//! Effects: one module per pool. An activity turns records into `domain` types, does one thing
//! that may be done twice, and says what happened. Decides nothing about order, retries or
//! timeouts: that is `workflows`'.

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
