//! Runs the gateway as a service.

use std::net::SocketAddr;

use axum::Router;
use runtime::{
    failpoint_hooks::FailpointHooks,
    http::{Check, Port, PortError},
    metrics::Metrics,
    settings::Settings,
    shutdown::{self, Shutdown},
    temporal::{self, TemporalTarget},
};
use temporalio_client::Client;

/// The default address of health probes and metrics.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9465);

/// Runs until a signal arrives. `faults` injects failures in tests.
///
/// # Errors
/// If the port is in use or Temporal does not answer.
pub async fn run(settings: &Settings, faults: FailpointHooks) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals(settings.drain + shutdown::MARGIN)?;
    let port = Port::bind(settings.http.unwrap_or(DEFAULT_ADDRESS)).await?;
    let public = public_port(settings).await?;
    let target = TemporalTarget::of(&settings.temporal);
    let client = target.connect("gateway").await?;
    tracing::info!("metrics and health at http://{}", port.address());
    let bot = crate::bot::start(settings, client.clone(), shutdown.clone(), faults).await?;
    let pages = Port::pages(Metrics::plain(), checks(&client), shutdown.clone());
    let (route, task) = bot.map_or((None, None), |bot| (bot.route, Some(bot.task)));
    let pages = pages.merge(crate::codec::routes(&settings.temporal, &target.ui));
    // The operator's port stays open during shutdown, so that it can be observed.
    let serving = tokio::spawn(port.serve(pages, Shutdown::default()));
    serve_public(public, route, shutdown).await?;
    if let Some(task) = task {
        task.await?;
    }
    serving.abort();
    Ok(())
}

/// The public port, if the settings need one.
///
/// # Errors
/// If the port is in use.
pub async fn public_port(settings: &Settings) -> Result<Option<Port>, PortError> {
    let telegram = &settings.telegram;
    if telegram.token.is_none() || telegram.webhook.is_none() {
        return Ok(None);
    }
    let port = Port::bind_public(settings.public).await?;
    tracing::info!("the webhook at http://{}", port.address());
    Ok(Some(port))
}

/// Serves `route` on the public port, if both exist, until `shutdown` begins.
///
/// # Errors
/// If the listener fails.
pub async fn serve_public(
    port: Option<Port>,
    route: Option<Router>,
    shutdown: Shutdown,
) -> std::io::Result<()> {
    match port.zip(route) {
        Some((port, route)) => port.serve(route, shutdown).await,
        None => {
            shutdown.begun().await;
            Ok(())
        }
    }
}

/// The readiness checks of the gateway.
pub fn checks(client: &Client) -> Vec<Check> {
    let client = client.clone();
    vec![Check::new("temporal", move || {
        let client = client.clone();
        async move { temporal::ping(&client).await }
    })]
}
