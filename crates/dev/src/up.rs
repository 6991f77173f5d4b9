//! `cargo dev`: the server, all pools and the gateway, until Ctrl-C.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use activities::fault;
use anyhow::{Context as _, bail};
use futures::future::BoxFuture;
use runtime::{
    faults::{Faults, Interfere},
    http::Port,
    metrics::Metrics,
    settings::Settings,
    shutdown::{self, Shutdown},
};
use workers::{Materials, Pools};

use crate::{
    lock::{self, Lock, Task},
    session::{Session, Taken},
};

/// The default address of metrics, health checks and the codec endpoint.
pub(crate) const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// The interval of the checks that the server runs.
const WATCH: Duration = Duration::from_secs(1);
/// The deadline for the server to end, after everything that needs it.
pub(crate) const SERVER: Duration = Duration::from_secs(10);

/// A failpoint that holds activities until the process ends, to show the effect of a crash there.
#[derive(Debug, Clone)]
pub struct Hold(String);

impl std::str::FromStr for Hold {
    type Err = String;

    fn from_str(point: &str) -> Result<Self, String> {
        if fault::points().any(|known| known == point) {
            return Ok(Self(point.to_owned()));
        }
        let all = fault::points().collect::<Vec<_>>().join("\n  ");
        Err(format!("there is no such point; the points are\n  {all}"))
    }
}

impl Interfere for Hold {
    fn interfere<'a>(
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
    hold: Option<Hold>,
    parser: sandbox::Program,
) -> anyhow::Result<()> {
    let note = |text: &str| tracing::info!("{text}");
    let shutdown = Shutdown::on_signals(settings.drain + SERVER + shutdown::MARGIN)?;
    let lock = take(settings)?;
    let ports = Ports {
        operator: Port::bind(settings.http.unwrap_or(DEFAULT_ADDRESS)).await?,
        public: gateway::serve::public_port(settings).await?,
    };
    let mut session = Session::begin(settings, lock, Task::Up, Taken::Refuse, &note).await?;
    let faults = hold.map_or_else(Faults::none, |hold| Faults::by(Arc::new(hold)));
    let ended = work(settings, &mut session, ports, &shutdown, faults, parser).await;
    session.end().await;
    if ended.is_ok() {
        note("stopped; running workflows continue at the next start");
    }
    ended
}

struct Ports {
    operator: Port,
    /// Only if something is served to the public.
    public: Option<Port>,
}

/// Runs workers and gateway until one of them or the server ends.
async fn work(
    settings: &Settings,
    session: &mut Session,
    ports: Ports,
    shutdown: &Shutdown,
    faults: Faults,
    parser: sandbox::Program,
) -> anyhow::Result<()> {
    let target = session.target().clone();
    let metrics = Metrics::with_sdk().map_err(anyhow::Error::from_boxed)?;
    let client = target.connect("dev").await?;
    let bot_client = target.connect("gateway").await?;
    let running = workers::start(
        &Pools::all(),
        Materials {
            settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            faults,
            folders: crate::folders(settings),
            reach: activities::ai::Reach::public(),
            parser,
        },
    )
    .await?;
    let bot = gateway::bot::start(settings, bot_client, shutdown.clone(), Faults::none()).await?;
    let at = ports.operator.address();
    let pages = Port::pages(metrics, running.checks(), shutdown.clone());
    let (route, bot) = bot.map_or((None, None), |bot| (bot.route, Some(bot.task)));
    let pages = pages.merge(gateway::codec::routes(&settings.temporal, &target.ui));
    let serving = tokio::spawn(ports.operator.serve(pages, Shutdown::default()));
    welcome(&target, at);

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
    watched?;
    served?;
    ended.map_err(anyhow::Error::msg)
}

/// Stops everything if the server ends, because workers without a server only log errors.
async fn watch(session: &mut Session, shutdown: &Shutdown) -> anyhow::Result<()> {
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

fn take(settings: &Settings) -> anyhow::Result<Lock> {
    match Lock::take(&settings.data.dir, Task::Up) {
        Ok(lock) => Ok(lock),
        Err(lock::Error::Held { folder, holder }) => {
            let who = match &holder {
                Some(h) if h.task == Task::Make => format!("`cargo dev make` (process {})", h.pid),
                Some(h) => format!("another `cargo dev` (process {})", h.pid),
                None => "another `cargo dev`".to_owned(),
            };
            let place = holder
                .and_then(|h| h.server)
                .map(|s| format!("; its Web UI is {}", s.ui));
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
fn welcome(target: &runtime::temporal::Target, metrics: SocketAddr) {
    let ui = target
        .ui_link("", None)
        .replace("/workflows/", "/workflows");
    println!(
        "\n  Everything is up.\n\n  \
         Web UI    {ui}\n  \
         metrics   http://{metrics}/metrics\n  \
         health    http://{metrics}/readyz\n\n  \
         In another terminal:\n    \
         cargo dev make \"How to name things\"\n    \
         cargo run -p gateway -- start \"Почему тесты важны\"\n\n  \
         Ctrl-C stops everything in order.\n"
    );
}
