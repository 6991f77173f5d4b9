//! Slots, pollers and heartbeats of each pool.

use std::time::Duration;

use runtime::settings::Settings;
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{
    WorkerOptions,
    runtime::{
        PollerBehavior,
        worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
    },
};

use crate::Pool;

/// Workflows that one process caches; others are replayed from their history.
const CACHED_WORKFLOWS: usize = 1_000;

/// Concurrent polls. A workflow worker needs two, one of them for its sticky queue.
const POLLERS: usize = 5;

/// Longest time between two heartbeats that reach the server. It also bounds how long a running
/// activity takes to notice its cancellation. The SDK's default is 80% of the heartbeat timeout.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// The options of `pool`'s worker, without registered workflows or activities.
pub(crate) fn of(pool: Pool, settings: &Settings) -> WorkerOptions {
    let slots = slots(pool, settings);
    let per_second = match pool {
        Pool::Ai => settings.ai.calls_per_minute.map(|n| f64::from(n) / 60.0),
        Pool::Workflow | Pool::Render | Pool::Persistence | Pool::Delivery => None,
    };
    WorkerOptions::new(pool.queue())
        .maybe_max_task_queue_activities_per_second(per_second)
        .tuner(
            TunerHolder::builder()
                .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(slots.max(2)))
                .activity_task_slot_supplier(FixedSizeSlotSupplier::new(slots))
                .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
                .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1))
                .build(),
        )
        .workflow_task_poller_behavior(PollerBehavior::SimpleMaximum(POLLERS))
        .activity_task_poller_behavior(PollerBehavior::SimpleMaximum(POLLERS.min(slots)))
        .max_cached_workflows(CACHED_WORKFLOWS)
        .max_heartbeat_throttle_interval(HEARTBEAT)
        .default_heartbeat_throttle_interval(HEARTBEAT)
        .graceful_shutdown_period(settings.drain)
        // The Web UI shows this name for sticky queues and attempts.
        .client_identity_override(identity(pool))
        // The default reads and hashes the whole executable at every start.
        .deployment_options(WorkerDeploymentOptions::from_build_id(
            env!("CARGO_PKG_VERSION").to_owned(),
        ))
        .build()
}

/// Concurrent tasks of a pool in one process.
fn slots(pool: Pool, settings: &Settings) -> usize {
    match pool {
        Pool::Workflow => 100,
        Pool::Ai => settings.ai.concurrency.get(),
        // One carousel uses all cores; two at a time would only make both slower.
        Pool::Render => 1,
        // Slightly more than the database has connections, so that none is idle.
        Pool::Persistence => 12,
        Pool::Delivery => 16,
    }
}

fn identity(pool: Pool) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "localhost",
        name => name,
    };
    format!("{}@{host}:{}", pool.name(), std::process::id())
}
