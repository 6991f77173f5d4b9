//! The gateway as a service.

use std::net::SocketAddr;

use runtime::{
    faults::Faults,
    http::{Check, Port},
    metrics::Metrics,
    settings::Settings,
    shutdown::Shutdown,
    temporal::{self, Target},
};
use temporalio_client::Client;

/// Where the gateway answers probes when nobody says where.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9465);

/// Runs until a signal comes; `faults` are those on purpose, normally none.
///
/// # Errors
/// When the port is taken or Temporal does not answer.
pub async fn run(settings: &Settings, faults: Faults) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals()?;
    let port = Port::bind(settings.http.unwrap_or(DEFAULT_ADDRESS)).await?;
    let client = Target::of(&settings.temporal).connect("gateway").await?;
    tracing::info!("metrics and health at http://{}", port.address());
    let bot = crate::bot::start(settings, client.clone(), shutdown.clone(), faults).await?;
    let pages = Port::pages(Metrics::plain(), checks(&client), shutdown.clone());
    let (route, task) = bot.map_or((None, None), |bot| (bot.route, Some(bot.task)));
    let pages = pages.merge(route.unwrap_or_default());
    port.serve(pages, shutdown).await?;
    if let Some(task) = task {
        task.await?;
    }
    Ok(())
}

/// What has to be well for the gateway to be of use.
pub fn checks(client: &Client) -> Vec<Check> {
    let client = client.clone();
    vec![Check::new("temporal", move || {
        let client = client.clone();
        async move { temporal::ping(&client).await }
    })]
}
