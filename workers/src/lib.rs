//! Composition root of the worker pools: each pool's activities, their dependencies, slots and
//! threads. It contains no carousel logic.
//!
//! It is a library and a program, so that `cargo dev` can run the same pools in its own process.

mod dependencies;
mod executions;
mod options;
mod pool;
mod providers;
mod queue_rate_limits;
mod registry;
mod relay;
mod request_traces;
mod run;
mod schedules;
mod temporal_api;

pub use pool::{Pool, Pools};
pub use registry::replayer_options;
pub use run::{PoolStartError, RunningPools, start};

/// Dependencies of the pools of one process.
pub struct WorkerConfig<'a> {
    pub settings: &'a runtime::settings::Settings,
    pub client: temporalio_client::Client,
    pub metrics: &'a runtime::metrics::ProcessMetrics,
    /// Stops the pools.
    pub shutdown: runtime::shutdown::Shutdown,
    /// Failpoints; empty in production.
    pub failpoints: runtime::failpoint_hooks::FailpointHooks,
    /// Folders that the delivery pool may write to.
    pub folders: activities::delivery::Folders,
    /// Network addresses that the ai pool may read pages from.
    pub address_policy: activities::ai::AddressPolicy,
    /// The sandboxed program that parses pages for the ai pool.
    pub parser: sandbox::ParserProgram,
}
