//! The HTTP ports of a process. The operator port answers `/metrics`, `/healthz` and `/readyz`; the
//! public port serves requests from the internet. They never share a listener.

mod connection_slots;
mod sampled_log;
mod serve;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::{BoxFuture, join_all};
use tokio::{net::TcpListener, sync::Mutex};

pub use serve::ListenerLimits;

use crate::{metrics::Metrics, shutdown::Shutdown};

/// The deadline for one check; afterwards it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a good result is cached. Each check costs a query or a call, so frequent requests get
/// the last result.
const GOOD_FOR: Duration = Duration::from_secs(3);

/// How long a bad result is cached: short, so that a starting process is found ready soon.
const BAD_FOR: Duration = Duration::from_millis(500);

/// A dependency of a process, with a name and a probe that reports its error.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    probe: Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>,
}

impl Check {
    /// A check called `name`. Operators see the error of `probe`.
    pub fn new<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self::with_message(name, move || {
            let probing = probe();
            async move { probing.await.map(|()| String::new()) }
        })
    }

    /// A check that can also report a message on success; an empty message is not shown.
    pub fn with_message<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self { name, probe: Arc::new(move || Box::pin(probe())) }
    }

    /// Whether the check succeeded, and one line about it.
    async fn report(&self) -> (bool, String) {
        match tokio::time::timeout(CHECK_TIMEOUT, (self.probe)()).await {
            Ok(Ok(told)) if told.is_empty() => (true, format!("{}: ok\n", self.name)),
            Ok(Ok(told)) => (true, format!("{}: ok, {told}\n", self.name)),
            Ok(Err(reason)) => (false, format!("{}: {reason}\n", self.name)),
            Err(_) => (false, format!("{}: no answer in {CHECK_TIMEOUT:?}\n", self.name)),
        }
    }
}

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
    metrics: Metrics,
    readiness: Arc<Readiness>,
    shutdown: Shutdown,
}

/// The last result of all checks, and when to run them again.
struct Readiness {
    checks: Vec<Check>,
    last: Mutex<Option<(Instant, bool, String)>>,
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

    /// Replaces the limits.
    #[must_use]
    pub fn with_limits(self, limits: ListenerLimits) -> Self {
        Self { limits, ..self }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The operator's three pages for these metrics and checks.
    pub fn pages(metrics: Metrics, checks: Vec<Check>, shutdown: Shutdown) -> Router {
        let readiness = Arc::new(Readiness { checks, last: Mutex::default() });
        Router::new()
            .route("/metrics", get(show_metrics))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(show_readiness))
            .with_state(OperatorPages { metrics, readiness, shutdown })
    }

    /// Serves `router` until `shutdown` begins; then waits for open requests, up to the drain
    /// limit.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(self, router: Router, shutdown: Shutdown) -> std::io::Result<()> {
        serve::serve(self.listener, router, self.limits, shutdown).await
    }
}

async fn show_metrics(State(page): State<OperatorPages>) -> Response {
    match page.metrics.page().await {
        Ok(text) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

/// Ready if every check succeeds and no shutdown has begun.
async fn show_readiness(State(page): State<OperatorPages>) -> Response {
    let (ready, told) = page.readiness.current().await;
    let stopping = page.shutdown.has_begun();
    let told = format!("{}{told}", if stopping { "stopping\n" } else { "" });
    let status = if ready && !stopping { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, told).into_response()
}

impl Readiness {
    /// The cached result, or a new one. Concurrent requests wait for the same run.
    async fn current(&self) -> (bool, String) {
        let mut last = self.last.lock().await;
        if let Some((at, ready, told)) = &*last
            && at.elapsed() < if *ready { GOOD_FOR } else { BAD_FOR }
        {
            return (*ready, told.clone());
        }
        let mut ready = true;
        let mut told = String::new();
        for (ok, line) in join_all(self.checks.iter().map(Check::report)).await {
            ready &= ok;
            told.push_str(&line);
        }
        *last = Some((Instant::now(), ready, told.clone()));
        (ready, told)
    }
}
