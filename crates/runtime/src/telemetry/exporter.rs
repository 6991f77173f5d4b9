//! Sends spans over OTLP (HTTP, protobuf), without the texts of errors.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use opentelemetry::trace::Status;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanEvents, SpanExporter},
};
use tokio::runtime::Handle;

use crate::settings::TraceSettings;

/// The timeout of one request; the standard's default.
const TIMEOUT: Duration = Duration::from_secs(10);

/// # Errors
/// If no HTTP client can be made, or the address can't be used.
pub(super) fn build(
    settings: &TraceSettings,
) -> Result<impl SpanExporter + 'static, Box<dyn std::error::Error>> {
    crate::tls::install();
    // A collector is in the operator's network: a proxy or a redirect is a mistake.
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let base = settings.endpoint.expose().as_str().trim_end_matches('/');
    let headers =
        settings.headers.iter().map(|(name, value)| (name.clone(), value.expose().into()));
    let otlp = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(TokioClient { client, runtime: Handle::current() })
        .with_endpoint(format!("{base}/v1/traces"))
        .with_timeout(TIMEOUT)
        .with_headers(headers.collect())
        .build()?;
    Ok(OwnExporter::new(otlp))
}

/// Sends requests on the process's runtime: the exporter's own thread has none.
#[derive(Debug)]
struct TokioClient {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for TokioClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { client.send_bytes(request).await });
        sent.await?
    }
}

/// Removes the texts of errors, and logs when the receiver stops and begins to take spans.
///
/// The Temporal plugin attaches errors as text, which may quote what a user wrote. The attribute
/// `error.type` says what failed; logs and the Web UI say why.
#[derive(Debug)]
struct OwnExporter<E> {
    exporter: E,
    is_failing: AtomicBool,
}

impl<E> OwnExporter<E> {
    fn new(exporter: E) -> Self {
        Self { exporter, is_failing: AtomicBool::new(false) }
    }

    /// Logs a change, and not each batch.
    fn log(&self, sent: &OTelSdkResult) {
        let was_failing = self.is_failing.swap(sent.is_err(), Ordering::Relaxed);
        match sent {
            Err(error) if !was_failing => tracing::warn!("spans are lost: {error}"),
            Ok(()) if was_failing => tracing::info!("spans are sent again"),
            Ok(()) | Err(_) => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for OwnExporter<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            span.events = SpanEvents::default();
            if matches!(span.status, Status::Error { .. }) {
                span.status = Status::error("");
            }
        }
        let sent = self.exporter.export(batch).await;
        self.log(&sent);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
