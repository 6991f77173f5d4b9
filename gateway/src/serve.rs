//! Runs the gateway as a service.

use std::{net::SocketAddr, sync::Arc};

use ::metrics::Metrics;
use axum::Router;
use events::EventSource;
use runtime::{
    failpoint_hooks::FailpointHooks,
    http::{Check, Port, PortError},
    metrics::ProcessMetrics,
    process_reports::{ProcessReports, process_name},
    settings::Settings,
    shutdown::{self, Shutdown},
    temporal::{self, TemporalTarget},
};
use sandbox::ParserProgram;
use storage::{Database, outbox};
use temporalio_client::Client;
use tokio::task::JoinHandle;

use crate::{api, bot::RunningBot, event_requests, requests::RequestService, task_queues};

/// The default address of health probes and metrics.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9465);

/// Runs until a signal arrives. `faults` injects failures in tests; `parser` reads files.
///
/// # Errors
/// If the port is in use or Temporal does not answer.
pub async fn run(
    settings: &Settings,
    faults: FailpointHooks,
    parser: ParserProgram,
) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals(settings.drain + shutdown::MARGIN)?;
    let port = Port::bind(settings.http.unwrap_or(DEFAULT_ADDRESS)).await?;
    let public = public_port(settings).await?;
    let api = api::bind(&settings.api, None).await?;
    let target = TemporalTarget::of(&settings.temporal);
    let client = target.connect("gateway").await?;
    tracing::info!("metrics and health at http://{}", port.address());
    let metrics = ProcessMetrics::plain("gateway");
    let (bot_client, stop) = (client.clone(), shutdown.clone());
    let systems = start_requests(api, settings, &client, &metrics, &shutdown, &parser).await?;
    let bot = crate::bot::start(settings, bot_client, &metrics, stop, faults, parser).await?;
    sample_task_queues(&metrics, &client);
    let mut checks = vec![temporal::check(&client)];
    if let Some(bot) = &bot {
        checks.push(bot.reception.check());
        let counters = Some(metrics.ours().clone());
        tokio::spawn(reports(settings, &client, bot, counters, shutdown.clone()));
    }
    let pages = Port::pages(metrics, checks, shutdown.clone());
    let (route, routes, task) =
        bot.map_or_else(Default::default, |bot| (bot.route, bot.operator_routes, Some(bot.task)));
    let pages = pages.merge(routes).merge(crate::codec::routes(&settings.temporal, &target.ui));
    // The operator's port stays open during shutdown, so that it can be observed.
    let serving = tokio::spawn(port.serve(pages, Shutdown::default()));
    serve_public(public, route, shutdown).await?;
    if let Some(task) = task {
        task.await?;
    }
    systems.ended().await?;
    serving.abort();
    Ok(())
}

/// What carries out the requests of other systems, until a shutdown begins.
#[derive(Default)]
pub struct RequestServers {
    bus: Option<JoinHandle<()>>,
    api: Option<JoinHandle<std::io::Result<()>>>,
}

/// Starts the reader of the bus, if there is one, and serves the API at its port, if there is one. Both share one
/// connection pool.
///
/// # Errors
/// If the database or the blob store can't be opened, or fonts are missing. The message is for the operator.
pub async fn start_requests(
    port: Option<Port>,
    settings: &Settings,
    client: &Client,
    metrics: &ProcessMetrics,
    shutdown: &Shutdown,
    parser: &ParserProgram,
) -> anyhow::Result<RequestServers> {
    if port.is_none() && settings.bus.is_none() {
        return Ok(RequestServers::default());
    }
    let service = RequestService::open(settings, client.clone(), metrics.ours()).await?;
    let bus = event_requests::start(settings, service.clone(), metrics, shutdown)?;
    let start_api = |port| api::start(port, settings, service, metrics, shutdown, parser.clone());
    Ok(RequestServers { bus, api: port.map(start_api) })
}

impl RequestServers {
    /// Waits for their end.
    ///
    /// # Errors
    /// If one of them ended with an error or a panic.
    pub async fn ended(self) -> anyhow::Result<()> {
        if let Some(bus) = self.bus {
            bus.await?;
        }
        if let Some(api) = self.api {
            api.await??;
        }
        Ok(())
    }
}

/// Measures the task queues for each metrics page.
pub fn sample_task_queues(metrics: &ProcessMetrics, client: &Client) {
    let (client, ours) = (client.clone(), metrics.ours().clone());
    metrics.sample(move || task_queues::sample(client.clone(), ours.clone()));
}

/// Writes events about the gateway: whether its dependencies answer, whether every pool has a worker,
/// and `counters`, unless other reports of this process include them.
pub fn reports(
    settings: &Settings,
    client: &Client,
    bot: &RunningBot,
    counters: Option<Arc<Metrics>>,
    shutdown: Shutdown,
) -> impl Future<Output = ()> + use<> {
    let db = bot.db.clone();
    let database = Check::of("database", db.clone(), |db: Database| async move { db.ping().await });
    let mut checks = vec![temporal::check(client), database, bot.reception.check()];
    checks.extend(task_queues::checks(client));
    let reports = ProcessReports {
        process: process_name("gateway"),
        source: EventSource::GATEWAY,
        environment: settings.environment.clone(),
        checks,
        counters,
    };
    reports.run(move |events| outbox::append_alone(db.clone(), events), shutdown)
}

/// The public port, if the settings need one.
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
