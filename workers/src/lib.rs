//! The worker pools as a composition root: which activities a pool has, with what dependencies,
//! how many slots, on which thread. Decides nothing about carousels.
//!
//! A library as well as a program, so that `cargo dev` runs the same pools in its own process.

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

/// What the pools of one process are made from.
pub struct Materials<'a> {
    /// All settings.
    pub settings: &'a runtime::settings::Settings,
    /// The connection to Temporal.
    pub client: temporalio_client::Client,
    /// The process's metrics.
    pub metrics: &'a runtime::metrics::Metrics,
    /// Ends the pools.
    pub shutdown: runtime::shutdown::Shutdown,
    /// Faults on purpose; normally none.
    pub faults: runtime::faults::Faults,
    /// Where the delivery pool may write.
    pub folders: activities::delivery::Folders,
    /// Where the ai pool may read pages.
    pub reach: activities::ai::Reach,
    /// What the ai pool starts to parse pages.
    pub parser: sandbox::Program,
}
