//! The operator's port of a process: `/metrics`, `/healthz`, `/readyz`.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::{BoxFuture, join_all};
use tokio::net::TcpListener;

use crate::{metrics::Metrics, shutdown::Shutdown};

/// How long one check may take before it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// Something a process needs to be useful: named, and able to say what is wrong with it.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    probe: Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>,
}

impl Check {
    /// A check called `name`. What `probe` answers is shown to operators.
    pub fn new<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self::telling(name, move || {
            let probing = probe();
            async move { probing.await.map(|()| String::new()) }
        })
    }

    /// A check that has something to say also when it goes well; nothing is said of nothing.
    pub fn telling<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self {
            name,
            probe: Arc::new(move || Box::pin(probe())),
        }
    }

    /// One line that says how it went, and whether it went well.
    async fn report(&self) -> (bool, String) {
        match tokio::time::timeout(CHECK_TIMEOUT, (self.probe)()).await {
            Ok(Ok(told)) if told.is_empty() => (true, format!("{}: ok\n", self.name)),
            Ok(Ok(told)) => (true, format!("{}: ok, {told}\n", self.name)),
            Ok(Err(reason)) => (false, format!("{}: {reason}\n", self.name)),
            Err(_) => (
                false,
                format!("{}: no answer in {CHECK_TIMEOUT:?}\n", self.name),
            ),
        }
    }
}

/// The port, bound: so that a taken one is an error before anything else starts.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why the port can't be had.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address} for metrics and health: {source}; set HTTP_ADDRESS to another")]
pub struct PortError {
    address: SocketAddr,
    source: std::io::Error,
}

#[derive(Clone)]
struct Page {
    metrics: Metrics,
    checks: Arc<[Check]>,
    shutdown: Shutdown,
}

impl Port {
    /// Binds `address`; port 0 lets the system choose.
    ///
    /// # Errors
    /// [`PortError`] when it is taken or not ours.
    pub async fn bind(address: SocketAddr) -> Result<Self, PortError> {
        let fault = |source| PortError { address, source };
        let listener = TcpListener::bind(address).await.map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The three pages over these metrics and checks.
    pub fn pages(metrics: Metrics, checks: Vec<Check>, shutdown: Shutdown) -> Router {
        Router::new()
            .route("/metrics", get(show_metrics))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(show_readiness))
            .with_state(Page {
                metrics,
                checks: checks.into(),
                shutdown,
            })
    }

    /// Serves `router` until `shutdown` begins.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn serve(self, router: Router, shutdown: Shutdown) -> std::io::Result<()> {
        let until = async move { shutdown.begun().await };
        axum::serve(self.listener, router)
            .with_graceful_shutdown(until)
            .await
    }
}

async fn show_metrics(State(page): State<Page>) -> Response {
    match page.metrics.page().await {
        Ok(text) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

/// Ready when every check is, and nobody has asked us to stop.
async fn show_readiness(State(page): State<Page>) -> Response {
    let mut ready = !page.shutdown.has_begun();
    let mut said = String::from(if ready { "" } else { "stopping\n" });
    for (ok, line) in join_all(page.checks.iter().map(Check::report)).await {
        ready &= ok;
        said.push_str(&line);
    }
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, said).into_response()
}
