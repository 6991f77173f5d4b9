//! Starts pools and waits for their end.

use std::{sync::Arc, thread};

use runtime::{http::Check, shutdown::Shutdown, temporal};
use temporalio_client::Client;
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::sync::mpsc;

use crate::{
    Pool, Pools, WorkerConfig,
    dependencies::{self, PoolDependencies},
    options, queue_rate_limits, schedules,
};

/// Running pools and the outbox relay. They stop when their shutdown begins.
pub struct RunningPools {
    ended: mpsc::UnboundedReceiver<(String, Result<(), String>)>,
    count: usize,
    checks: Vec<Check>,
    shutdown: Shutdown,
}

#[derive(Debug, thiserror::Error)]
pub enum PoolStartError {
    /// A dependency is missing or broken.
    #[error(transparent)]
    Dependencies(#[from] dependencies::DependencyError),
    /// Search attributes are missing, or Temporal does not answer.
    #[error(transparent)]
    Temporal(#[from] temporal::TemporalError),
    #[error("Temporal rejects a {0}")]
    Schedules(String),
    #[error("the Temporal SDK can't start: {0}")]
    Sdk(String),
}

/// Starts `pools`: builds their dependencies, creates missing search attributes and schedules,
/// begins to poll.
///
/// # Errors
///
/// [`PoolStartError`], before anything polls.
pub async fn start(
    pools: &Pools,
    materials: WorkerConfig<'_>,
) -> Result<RunningPools, PoolStartError> {
    let WorkerConfig { settings, client, metrics, shutdown, .. } = &materials;
    metrics.ours().start_rare_counters();
    let parts = PoolDependencies::build(pools, &materials).await?;
    temporal::register_search_attributes(client, &workflows::visibility::ALL).await?;
    if pools.contains(Pool::Workflow) {
        schedules::create(client).await.map_err(PoolStartError::Schedules)?;
    }
    if pools.contains(Pool::Delivery) && settings.telegram.token.is_some() {
        queue_rate_limits::set(client).await;
    }
    let sdk = metrics.sdk_runtime().map_err(|e| PoolStartError::Sdk(e.to_string()))?;
    let sdk = Arc::new(sdk);
    let (end, ended) = mpsc::unbounded_channel();
    let mut count = 0;
    for pool in pools.iter() {
        let mut options = options::of(pool, settings);
        parts.register(pool, &materials, &mut options)?;
        let thread = PoolThread {
            pool,
            sdk: sdk.clone(),
            client: client.clone(),
            options,
            shutdown: shutdown.clone(),
        };
        thread.spawn(end.clone())?;
        count += 1;
    }
    if let Some(relay) = parts.relay(pools, &materials) {
        watch("relay", relay, end);
        count += 1;
    }
    let mut checks = parts.checks();
    checks.push(temporal::check(client));
    if let Some(reports) = parts.reports(pools, &materials, checks.clone()) {
        tokio::spawn(reports);
    }
    tracing::info!(pools = %pools, "pools are running");
    Ok(RunningPools { ended, count, checks, shutdown: shutdown.clone() })
}

impl RunningPools {
    /// Readiness checks of these pools.
    pub fn checks(&self) -> Vec<Check> {
        self.checks.clone()
    }

    /// Waits until all pools and the relay have ended. If one of them ends unexpectedly, the others
    /// are shut down too, so that the process is restarted as a whole.
    ///
    /// # Errors
    ///
    /// The reason of the first unexpected end.
    pub async fn ended(mut self) -> Result<(), String> {
        let mut fault = None;
        while self.count > 0 {
            let Some((what, end)) = self.ended.recv().await else {
                break;
            };
            self.count -= 1;
            let end = match end {
                Ok(()) if !self.shutdown.has_begun() => Err("it ended unexpectedly".to_owned()),
                end => end,
            };
            if let Err(reason) = end {
                tracing::error!("the {what} failed: {reason}");
                fault.get_or_insert(format!("the {what} failed: {reason}"));
                self.shutdown.begin();
            }
        }
        // The shutdown may not have begun yet if there were no pools.
        self.shutdown.begin();
        fault.map_or(Ok(()), Err)
    }
}

/// A pool on its own thread. A worker can't move between threads, and workflow code that blocks by
/// mistake must not block activities.
struct PoolThread {
    pool: Pool,
    sdk: Arc<Runtime>,
    client: Client,
    options: WorkerOptions,
    shutdown: Shutdown,
}

type End = mpsc::UnboundedSender<(String, Result<(), String>)>;

/// Runs a task that is not a pool; its end is reported like a pool's.
fn watch(what: &str, running: impl Future<Output = ()> + Send + 'static, end: End) {
    let obituary = EndReport::of(what.to_owned(), end);
    tokio::spawn(async move {
        running.await;
        obituary.finish(Ok(()));
    });
}

impl PoolThread {
    fn spawn(self, end: End) -> Result<(), PoolStartError> {
        let handle = tokio::runtime::Handle::current();
        let pool = self.pool;
        let body = move || {
            let obituary = EndReport::of(format!("{} pool", pool.name()), end);
            let _within = handle.enter();
            obituary.finish(handle.block_on(self.run()));
        };
        thread::Builder::new()
            .name(format!("pool-{}", pool.name()))
            .spawn(body)
            .map(drop)
            .map_err(|e| PoolStartError::Sdk(e.to_string()))
    }

    async fn run(self) -> Result<(), String> {
        let worker = Worker::new(&self.sdk, self.client, self.options);
        let mut worker = worker.map_err(|e| e.to_string())?;
        let stop = worker.shutdown_handle();
        let running = worker.run();
        tokio::pin!(running);
        let ended = tokio::select! {
            ended = &mut running => ended,
            () = self.shutdown.begun() => {
                stop();
                running.await
            }
        };
        ended.map_err(|e| e.to_string())
    }
}

/// Reports how a task ended, including a panic.
struct EndReport {
    what: String,
    end: End,
    result: Option<Result<(), String>>,
}

impl EndReport {
    fn of(what: String, end: End) -> Self {
        let result = None;
        Self { what, end, result }
    }

    fn finish(mut self, end: Result<(), String>) {
        self.result = Some(end);
    }
}

impl Drop for EndReport {
    fn drop(&mut self) {
        let said = self.result.take().unwrap_or_else(|| Err("it panicked, see above".to_owned()));
        let _ = self.end.send((std::mem::take(&mut self.what), said));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(count: usize) -> (RunningPools, End) {
        let (end, ended) = mpsc::unbounded_channel();
        let running =
            RunningPools { ended, count, checks: Vec::new(), shutdown: Shutdown::default() };
        (running, end)
    }

    #[tokio::test]
    async fn relay_failure_stops_pools_and_is_reported() {
        for (relay_panics, reason) in [
            (true, "the relay failed: it panicked, see above"),
            (false, "the relay failed: it ended unexpectedly"),
        ] {
            let (running, end) = running(2);
            let shutdown = running.shutdown.clone();
            watch("ai pool", async move { shutdown.begun().await }, end.clone());
            watch("relay", async move { assert!(!relay_panics) }, end);
            assert_eq!(running.ended().await, Err(reason.to_owned()));
        }
    }

    #[tokio::test]
    async fn end_after_shutdown_is_no_error() {
        let (running, end) = running(1);
        let shutdown = running.shutdown.clone();
        shutdown.begin();
        watch("relay", async move { shutdown.begun().await }, end);
        assert_eq!(running.ended().await, Ok(()));
    }
}
