//! Metrics: ours and the Temporal SDK's on one page.

use std::{net::SocketAddr, sync::Arc};

use http_body_util::BodyExt as _;
use prometheus::{Encoder as _, Registry, TextEncoder};
use temporalio_common::telemetry::{
    PrometheusExporterOptions, TelemetryOptions, metrics::CoreMeter,
    start_prometheus_metric_exporter,
};
use temporalio_sdk::{Runtime, runtime::RuntimeOptions};

/// The metrics of one process.
///
/// The SDK has a registry of its own, which it exposes only over HTTP. So it is served on a free
/// loopback port, and each request for our page copies it.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    sdk: Option<Sdk>,
}

#[derive(Clone)]
struct Sdk {
    meter: Arc<dyn CoreMeter>,
    address: SocketAddr,
}

impl Metrics {
    /// Metrics without the SDK's: for a process that runs no worker.
    pub fn plain() -> Self {
        Self { registry: Registry::new(), sdk: None }
    }

    /// Our metrics and the SDK's. Needs a Tokio runtime.
    ///
    /// # Errors
    /// If no loopback port is free.
    pub fn with_sdk() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let options = PrometheusExporterOptions::builder()
            .socket_addr(SocketAddr::from(([127, 0, 0, 1], 0)))
            .counters_total_suffix(true)
            .unit_suffix(true)
            .use_seconds_for_durations(true)
            .build();
        let started = start_prometheus_metric_exporter(options)?;
        let sdk = Sdk { meter: started.meter, address: started.bound_addr };
        Ok(Self { registry: Registry::new(), sdk: Some(sdk) })
    }

    /// The registry of our own metrics.
    pub fn registry(&self) -> &Registry {
        &self.registry
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
        let mut page = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut page)?;
        if let Some(sdk) = &self.sdk {
            match fetch(sdk.address).await {
                Ok(theirs) => page.extend(theirs),
                Err(e) => tracing::warn!(error = %e, "the SDK's metrics can't be read"),
            }
        }
        Ok(page)
    }
}

/// The SDK's page.
async fn fetch(address: SocketAddr) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    let connection = tokio::spawn(connection);
    let request = hyper::Request::get("/metrics")
        .header(hyper::header::HOST, "localhost")
        .body(String::new())?;
    let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok(body.to_vec())
}
