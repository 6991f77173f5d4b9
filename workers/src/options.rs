//! Slots, pollers and heartbeats of each pool.

use std::time::Duration;

use runtime::{
    process_reports::process_name,
    settings::{Settings, TemporalSettings, WorkerDeployment},
};
use temporalio_common::worker::{
    VersioningBehavior, WorkerDeploymentOptions, WorkerDeploymentVersion,
};
use temporalio_sdk::{
    WorkerOptions,
    runtime::{
        PollerBehavior,
        worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
    },
};

use crate::{Pool, request_traces};

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
    let traced = pool == Pool::Workflow && settings.traces.is_some();
    let options = WorkerOptions::new(pool.queue());
    let options = if traced { options.worker_plugin(request_traces::plugin()) } else { options };
    options
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
        .client_identity_override(process_name(pool.name()))
        .deployment_options(version(&settings.temporal))
        .build()
}

/// The version that Temporal shows, and by which it routes workflows in a worker deployment: a
/// workflow moves to a newer version, because its code accepts histories of older ones.
fn version(settings: &TemporalSettings) -> WorkerDeploymentOptions {
    let Some(WorkerDeployment { name, build_id }) = &settings.deployment else {
        // The default reads and hashes the whole executable at every start.
        return WorkerDeploymentOptions::from_build_id(runtime::VERSION.to_owned());
    };
    let version = WorkerDeploymentVersion::builder().deployment_name(name).build_id(build_id);
    WorkerDeploymentOptions::new(version.build())
        .use_worker_versioning(true)
        .default_versioning_behavior(VersioningBehavior::AutoUpgrade)
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
