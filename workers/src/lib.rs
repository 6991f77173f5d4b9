//! Composition root of the worker pools: each pool's activities, their dependencies, slots and
//! threads. It contains no carousel logic.
//!
//! It is a library and a program, so that `cargo dev` can run the same pools in its own process.

mod executions;
mod limits;
mod models;
mod options;
mod parts;
mod pool;
mod registry;
mod relay;
mod running;
mod schedules;
mod standing;

pub use pool::{Pool, Pools};
pub use registry::replayer_options;
pub use running::{Running, StartError, start};

/// Dependencies of the pools of one process.
pub struct Materials<'a> {
    pub settings: &'a runtime::settings::Settings,
    pub client: temporalio_client::Client,
    pub metrics: &'a runtime::metrics::Metrics,
    /// Stops the pools.
    pub shutdown: runtime::shutdown::Shutdown,
    /// Failpoints; empty in production.
    pub faults: runtime::faults::Faults,
    /// Folders that the delivery pool may write to.
    pub folders: activities::delivery::Folders,
    /// Network addresses that the ai pool may read pages from.
    pub reach: activities::ai::Reach,
    /// The sandboxed program that parses pages for the ai pool.
    pub parser: sandbox::Program,
}
