//! The HTTP ports of a process. The operator port answers `/metrics`, `/healthz` and `/readyz`; the
//! public port serves requests from the internet, and the API has a port of its own. They never share a listener.

pub mod client;
mod connection_slots;
mod readiness;
mod sampled_log;
mod serve;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use readiness::Readiness;
pub use readiness::{Check, DependencyState};
pub use serve::ListenerLimits;

use crate::{metrics::ProcessMetrics, shutdown::Shutdown};

/// A bound port: a port that is in use is an error before anything else starts.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    address: SocketAddr,
    limits: ListenerLimits,
}

/// Why a port can't be bound.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address} for {what}: {source}; set {setting} to another address")]
pub struct PortError {
    address: SocketAddr,
    what: &'static str,
    setting: &'static str,
    source: std::io::Error,
}

#[derive(Clone)]
struct OperatorPages {
    metrics: ProcessMetrics,
    readiness: Arc<Readiness>,
    shutdown: Shutdown,
}

impl Port {
    /// Binds the operator port; number 0 lets the system choose.
    ///
    /// # Errors
    /// [`PortError`] if it is in use or not permitted.
    pub async fn bind(address: SocketAddr) -> Result<Self, PortError> {
        Self::bound(address, "metrics and health", "HTTP_ADDRESS").await
    }

    /// Binds the public port.
    ///
    /// # Errors
    /// [`PortError`] if it is in use or not permitted.
    pub async fn bind_public(address: SocketAddr) -> Result<Self, PortError> {
        Self::bound(address, "the webhook", "PUBLIC_ADDRESS").await
    }

    /// Binds the port of the HTTP API.
    ///
    /// # Errors
    /// [`PortError`] if it is in use or not permitted.
    pub async fn bind_api(address: SocketAddr) -> Result<Self, PortError> {
        Self::bound(address, "the HTTP API", "API_ADDRESS").await
    }

    async fn bound(
        address: SocketAddr,
        what: &'static str,
        setting: &'static str,
    ) -> Result<Self, PortError> {
        let fault = |source| PortError { address, what, setting, source };
        let listener = TcpListener::bind(address).await.map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        Ok(Self { listener, address, limits: ListenerLimits::DEFAULT })
    }

    #[must_use]
    pub fn with_limits(self, limits: ListenerLimits) -> Self {
        Self { limits, ..self }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The operator's three pages for these metrics and checks.
    pub fn pages(metrics: ProcessMetrics, checks: Vec<Check>, shutdown: Shutdown) -> Router {
        let readiness = Arc::new(Readiness::of(checks));
        Router::new()
            .route("/metrics", get(show_metrics))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(show_readiness))
            .with_state(OperatorPages { metrics, readiness, shutdown })
    }

    /// Serves `router` until `shutdown` begins; then waits for open requests, up to the drain
    /// limit.
    pub async fn serve(self, router: Router, shutdown: Shutdown) -> std::io::Result<()> {
        serve::serve(self.listener, router, self.limits, shutdown).await
    }
}

async fn show_metrics(State(page): State<OperatorPages>) -> Response {
    for dependency in page.readiness.current().await.iter() {
        let (ours, name) = (page.metrics.ours(), dependency.name);
        ours.dependency_up.set(f64::from(u8::from(dependency.is_up)), [name]);
        ours.dependency_seconds.set(dependency.latency.as_secs_f64(), [name]);
    }
    match page.metrics.page().await {
        Ok(text) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

/// Ready if every check succeeds and no shutdown has begun. Text; JSON with the query `json`.
async fn show_readiness(State(page): State<OperatorPages>, RawQuery(query): RawQuery) -> Response {
    let dependencies = page.readiness.current().await;
    let stopping = page.shutdown.has_begun();
    let ready = !stopping && dependencies.iter().all(|dependency| dependency.is_up);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if query.as_deref() == Some("json") {
        let report = readiness::json(&dependencies, ready, stopping);
        return (status, [(CONTENT_TYPE, "application/json")], report).into_response();
    }
    (status, readiness::text(&dependencies, stopping)).into_response()
}
