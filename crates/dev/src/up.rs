//! `cargo dev`: the server, all pools and the gateway, until Ctrl-C.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use activities::activity_failpoints;
use anyhow::{Context as _, bail};
use futures::future::BoxFuture;
use runtime::{
    failpoint_hooks::{FailpointHandler, FailpointHooks},
    http::Port,
    metrics::ProcessMetrics,
    settings::Settings,
    shutdown::{self, Shutdown},
};
use workers::{Pools, WorkerConfig};

use crate::{
    data_folder_lock::{self, DataFolderLock, LockTask},
    session::{DevSession, PortConflict},
};

/// The default address of metrics, health checks and the codec endpoint.
pub(crate) const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// The interval of the checks that the server runs.
const WATCH: Duration = Duration::from_secs(1);
/// The deadline for the server to end, after everything that needs it.
pub(crate) const SERVER_STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A failpoint that holds activities until the process ends, to show the effect of a crash there.
#[derive(Debug, Clone)]
pub struct HoldFailpoint(String);

impl std::str::FromStr for HoldFailpoint {
    type Err = String;

    fn from_str(point: &str) -> Result<Self, String> {
        if activity_failpoints::failpoint_names().any(|known| known == point) {
            return Ok(Self(point.to_owned()));
        }
        let all = activity_failpoints::failpoint_names().collect::<Vec<_>>().join("\n  ");
        Err(format!("there is no such point; the points are\n  {all}"))
    }
}

impl FailpointHandler for HoldFailpoint {
    fn on_failpoint<'a>(
        &'a self,
        point: &'a str,
        carousel: &'a str,
        _attempt: u32,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if point == self.0 {
                tracing::warn!(
                    carousel.id = carousel,
                    "holding at {point} until this process ends"
                );
                std::future::pending::<()>().await;
            }
            Ok(())
        })
    }
}

/// Runs everything until a signal arrives, then stops it in order: workers, gateway, server.
///
/// # Errors
/// If something can't start, or ends unexpectedly; the message is for the person at the terminal.
pub async fn run(
    settings: &Settings,
    hold: Option<HoldFailpoint>,
    parser: sandbox::ParserProgram,
) -> anyhow::Result<()> {
    let note = |text: &str| tracing::info!("{text}");
    let shutdown = Shutdown::on_signals(settings.drain + SERVER_STOP_TIMEOUT + shutdown::MARGIN)?;
    let lock = take(settings)?;
    let ports = BoundPorts {
        operator: Port::bind(settings.http.unwrap_or(DEFAULT_ADDRESS)).await?,
        public: gateway::serve::public_port(settings).await?,
        api: gateway::api::bind(&settings.api, Some(gateway::api::DEV_ADDRESS)).await?,
    };
    let mut session =
        DevSession::begin(settings, lock, LockTask::Up, PortConflict::Fail, &note).await?;
    let faults =
        hold.map_or_else(FailpointHooks::none, |hold| FailpointHooks::with_handler(Arc::new(hold)));
    let ended = work(settings, &mut session, ports, &shutdown, faults, parser).await;
    session.end().await;
    if ended.is_ok() {
        note("stopped; running workflows continue at the next start");
    }
    ended
}

struct BoundPorts {
    operator: Port,
    /// Only if something is served to the public.
    public: Option<Port>,
    api: Option<Port>,
}

/// Runs workers and gateway until one of them or the server ends.
async fn work(
    settings: &Settings,
    session: &mut DevSession,
    ports: BoundPorts,
    shutdown: &Shutdown,
    faults: FailpointHooks,
    parser: sandbox::ParserProgram,
) -> anyhow::Result<()> {
    let target = session.target().clone();
    let metrics = ProcessMetrics::with_sdk("dev").map_err(anyhow::Error::from_boxed)?;
    let client = target.connect("dev").await?;
    let bot_client = target.connect("gateway").await?;
    let queue_client = client.clone();
    gateway::serve::sample_task_queues(&metrics, &client);
    let running = workers::start(
        &Pools::all(),
        WorkerConfig {
            settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            failpoints: faults,
            folders: crate::folders(settings),
            address_policy: activities::ai::AddressPolicy::public(),
            parser: parser.clone(),
        },
    )
    .await?;
    let api_address = ports.api.as_ref().map(Port::address);
    let studio = match api_address {
        Some(address) => Some(gateway::studio_command::dev_link(settings, address).await?),
        None => None,
    };
    let (api, client) = (ports.api, &queue_client);
    let systems =
        gateway::serve::start_requests(api, settings, client, &metrics, shutdown, &parser).await?;
    let faults = FailpointHooks::none();
    let bot = gateway::bot::start(settings, bot_client, &metrics, shutdown.clone(), faults, parser)
        .await?;
    let at = ports.operator.address();
    let mut checks = running.checks();
    if let Some(bot) = &bot {
        checks.push(bot.reception.check());
        // The workers' reports include the counters of this process.
        tokio::spawn(gateway::serve::reports(settings, &queue_client, bot, None, shutdown.clone()));
    }
    let pages = Port::pages(metrics, checks, shutdown.clone());
    let (route, routes, bot) =
        bot.map_or_else(Default::default, |bot| (bot.route, bot.operator_routes, Some(bot.task)));
    let pages = pages.merge(routes).merge(gateway::codec::routes(&settings.temporal, &target.ui));
    let serving = tokio::spawn(ports.operator.serve(pages, Shutdown::default()));
    print_addresses(&target, at, api_address, studio.as_deref());

    let watching = watch(session, shutdown);
    let public = async {
        let served = gateway::serve::serve_public(ports.public, route, shutdown.clone()).await;
        // Without the public port, Telegram can't deliver updates.
        served.inspect_err(|_| shutdown.begin())
    };
    let (ended, watched, served) = tokio::join!(running.ended(), watching, public);
    serving.abort();
    if let Some(bot) = bot {
        bot.await?;
    }
    systems.ended().await?;
    watched?;
    served?;
    ended.map_err(anyhow::Error::msg)
}

/// Stops everything if the server ends, because workers without a server only log errors.
async fn watch(session: &mut DevSession, shutdown: &Shutdown) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = shutdown.begun() => return Ok(()),
            () = tokio::time::sleep(WATCH) => {}
        }
        if !session.server_is_alive() {
            shutdown.begin();
            bail!("the Temporal server ended: see temporal.log in the data folder");
        }
    }
}

fn take(settings: &Settings) -> anyhow::Result<DataFolderLock> {
    match DataFolderLock::take(&settings.data.dir, LockTask::Up) {
        Ok(lock) => Ok(lock),
        Err(data_folder_lock::LockError::Held { folder, holder }) => {
            let who = match &holder {
                Some(h) if h.task == LockTask::Make => {
                    format!("`cargo dev make` (process {})", h.pid)
                }
                Some(h) => format!("another `cargo dev` (process {})", h.pid),
                None => "another `cargo dev`".to_owned(),
            };
            let place = holder.and_then(|h| h.server).map(|s| format!("; its Web UI is {}", s.ui));
            bail!(
                "{who} uses {}{}. Stop it first, or set DATA_DIR to another folder.",
                folder.display(),
                place.unwrap_or_default()
            )
        }
        Err(e) => Err(e).context("the data folder"),
    }
}

#[expect(clippy::print_stdout, reason = "output for the person at the terminal")]
fn print_addresses(
    target: &runtime::temporal::TemporalTarget,
    metrics: SocketAddr,
    api: Option<SocketAddr>,
    studio: Option<&str>,
) {
    let studio = studio.map(|link| format!("studio    {link}\n  ")).unwrap_or_default();
    let api =
        api.map(|api| format!("API       http://{api}/v1/openapi.json\n")).unwrap_or_default();
    let ui = target.ui_link("", None).replace("/workflows/", "/workflows");
    println!(
        "\n  Everything is up.\n\n  \
         {studio}Web UI    {ui}\n  \
         metrics   http://{metrics}/metrics\n  \
         health    http://{metrics}/readyz\n  \
         {api}\n  \
         In another terminal:\n    \
         cargo dev make \"How to name things\"\n    \
         cargo run -p gateway -- start \"Почему тесты важны\"\n\n  \
         Ctrl-C stops everything in order.\n"
    );
}
