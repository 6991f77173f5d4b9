//! A process's metrics on one page: ours, those of the process, and the Temporal SDK's.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::{BoxFuture, join_all};
use metrics::{Metrics, count};
use prometheus::process_collector::ProcessCollector;
use temporalio_common::telemetry::{
    PrometheusExporterOptions, TelemetryOptions, metrics::CoreMeter,
    start_prometheus_metric_exporter,
};
use temporalio_sdk::{Runtime, runtime::RuntimeOptions};

use crate::http::client;

/// How long one [sample](ProcessMetrics::sample) may take. Its gauges keep their last value then.
const SAMPLE_TIMEOUT: Duration = Duration::from_secs(3);

/// The metrics of one process. Cheap to clone.
///
/// The SDK has a registry of its own, which it exposes only over HTTP. So it is served on a free
/// loopback port, and each request for our page copies it.
#[derive(Clone)]
pub struct ProcessMetrics {
    ours: Arc<Metrics>,
    samples: Arc<Mutex<Vec<Sample>>>,
    sdk: Option<Sdk>,
}

/// Sets gauges whose values cost a query.
type Sample = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

#[derive(Clone)]
struct Sdk {
    meter: Arc<dyn CoreMeter>,
    address: SocketAddr,
}

impl ProcessMetrics {
    /// Metrics without the SDK's: for a process that runs no worker. `role` is the program's name.
    pub fn plain(role: &str) -> Self {
        let ours = Metrics::new();
        ours.build_info.set(1.0, [crate::VERSION, role]);
        if let Err(error) = ours.registry().register(Box::new(ProcessCollector::for_self())) {
            tracing::warn!(%error, "the process's own metrics are missing");
        }
        Self { ours: Arc::new(ours), samples: Arc::default(), sdk: None }
    }

    /// Our metrics and the SDK's. Needs a Tokio runtime.
    pub fn with_sdk(role: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let options = PrometheusExporterOptions::builder()
            .socket_addr(SocketAddr::from(([127, 0, 0, 1], 0)))
            .counters_total_suffix(true)
            .unit_suffix(true)
            .use_seconds_for_durations(true)
            .build();
        let started = start_prometheus_metric_exporter(options)?;
        let sdk = Sdk { meter: started.meter, address: started.bound_addr };
        Ok(Self { sdk: Some(sdk), ..Self::plain(role) })
    }

    pub fn ours(&self) -> &Arc<Metrics> {
        &self.ours
    }

    /// Calls `sample` before each page is made, at most for a few seconds. Without a reader of the
    /// page it costs nothing.
    pub fn sample<F, Fut>(&self, sample: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.samples().push(Arc::new(move || Box::pin(sample())));
    }

    fn samples(&self) -> std::sync::MutexGuard<'_, Vec<Sample>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The SDK's runtime on the current Tokio runtime, with its metrics on this page.
    ///
    /// # Errors
    /// If there is no Tokio runtime, or the SDK's telemetry can't start.
    pub fn sdk_runtime(&self) -> Result<Runtime, Box<dyn std::error::Error + Send + Sync>> {
        let telemetry = TelemetryOptions::builder();
        let telemetry = match &self.sdk {
            Some(sdk) => telemetry.metrics(sdk.meter.clone()).build(),
            None => telemetry.build(),
        };
        let options = RuntimeOptions::builder().telemetry_options(telemetry).build()?;
        Ok(Runtime::from_current_tokio(options)?)
    }

    /// The page for `/metrics`, in Prometheus' text format.
    ///
    /// # Errors
    /// If our metrics can't be encoded. If the SDK's page can't be read, it is left out.
    pub async fn page(&self) -> Result<Vec<u8>, prometheus::Error> {
        let samples: Vec<Sample> = self.samples().clone();
        join_all(samples.iter().map(|sample| tokio::time::timeout(SAMPLE_TIMEOUT, sample()))).await;
        self.sample_tokio();
        let mut page = self.ours.encode()?.into_bytes();
        if let Some(sdk) = &self.sdk {
            match client::get(sdk.address, "/metrics").await {
                Ok(theirs) => page.extend(theirs.into_body()),
                Err(e) => tracing::warn!(error = %e, "the SDK's metrics can't be read"),
            }
        }
        Ok(page)
    }

    fn sample_tokio(&self) {
        let tokio = tokio::runtime::Handle::current().metrics();
        let workers = tokio.num_workers();
        self.ours.tokio_workers.set(count(workers as u64), []);
        self.ours.tokio_tasks.set(count(tokio.num_alive_tasks() as u64), []);
        self.ours.tokio_queue.set(count(tokio.global_queue_depth() as u64), []);
        let busy: Duration = (0..workers).map(|n| tokio.worker_total_busy_duration(n)).sum();
        self.ours.tokio_busy_seconds.advance_to(busy.as_secs_f64(), []);
    }
}
