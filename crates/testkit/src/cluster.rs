//! A whole house as real processes: Temporal, a database, each pool on its own, the gateway, the
//! fakes. On free ports, with their output in files, and each of them can be killed, stopped,
//! frozen and started again.
//!
//! Nothing stays behind, whatever becomes of the process that started it: see `undertaker`. What
//! a cluster is made of is a [`Plan`].
//!
//! ```no_run
//! # async fn example() -> Result<(), testkit::cluster::Error> {
//! use testkit::cluster::{Member, Plan};
//! use workers::Pool;
//!
//! let mut cluster = Plan::new("target/debug/e2e").postgres().start().await?;
//! cluster.kill(Pool::Render);
//! cluster.start(Pool::Render).await?;
//! cluster.pause(Member::Postgres);
//! # Ok(())
//! # }
//! ```

mod orders;
mod plan;
mod postgres;
mod process;
mod roles;
mod seat;
mod temporal;
mod undertaker;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::Arc,
    time::Duration,
};

use gateway::carousels::Carousels;
use runtime::temporal::Target;
use storage::Blobs;
use temporalio_client::Client;

pub use plan::Plan;
pub use postgres::is_installed as postgres_is_installed;
pub use seat::{Link, Member, Seat};

use self::{
    postgres::Postgres, process::Process, roles::PORTS, temporal::Temporal, undertaker::Undertaker,
};
use crate::{Reservation, bot_api::BotApi, chaos::Proxy, failpoints::Failpoints, signals::Signal};

/// How long a process may take until it is ready: five of them start at once, on two cores.
const READY: Duration = Duration::from_secs(90);

/// Processes that work together.
pub struct Cluster {
    plan: Plan,
    /// Processes first: they end before what they need.
    processes: BTreeMap<Seat, Process>,
    temporal: Temporal,
    postgres: Option<Postgres>,
    telegram: Option<BotApi>,
    model: Option<u16>,
    links: BTreeMap<Link, Proxy>,
    folder: PathBuf,
    undertaker: Arc<Undertaker>,
    /// Until everybody who listens there is gone.
    ports: Reservation,
}

/// Why a cluster, or one of its processes, is not up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that has to be installed is not.
    #[error("{what} can't be had here: {reason}")]
    Missing {
        /// What.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A folder can't be made.
    #[error("{path}: {source}", path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A process can't be started.
    #[error("{name} can't be started: {source}")]
    Process {
        /// Whose.
        name: String,
        /// What happened.
        source: std::io::Error,
    },
    /// A process is not ready, or does not say what was waited for.
    #[error("{name}: {reason}. The end of its log:\n{log}")]
    NotUp {
        /// Whose.
        name: String,
        /// What happened.
        reason: String,
        /// The log's last lines.
        log: String,
    },
    /// Temporal can't be used.
    #[error(transparent)]
    Temporal(#[from] runtime::temporal::Error),
    /// The blob store can't be used.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A carousel can't be ordered.
    #[error("the order: {0}")]
    Order(String),
    /// A truth can't be read.
    #[error(transparent)]
    Audit(#[from] crate::audit::Error),
}

impl Cluster {
    async fn start_all(plan: Plan) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir();
        let fault = |source| Error::Folder {
            path: std::env::temp_dir(),
            source,
        };
        // From here on the undertaker removes it.
        let folder = folder.map_err(fault)?.keep();
        let undertaker = Arc::new(Undertaker::start(&folder).map_err(fault)?);
        let place = process::folder(&folder, "temporal").map_err(fault)?;
        let ports = Reservation::of(PORTS);
        let watched = Arc::clone(&undertaker);
        let temporal = Temporal::new(place, ports.temporal(), watched).await?;
        let mut cluster = Self {
            plan,
            processes: BTreeMap::new(),
            temporal,
            postgres: None,
            telegram: None,
            model: None,
            links: BTreeMap::new(),
            folder,
            undertaker,
            ports,
        };
        cluster.found().await?;
        Ok(cluster)
    }

    /// Servers first, then the proxies in front of them, then everybody who needs them.
    async fn found(&mut self) -> Result<(), Error> {
        let seats = self.plan.seats.clone();
        let (servers, roles): (Vec<Seat>, Vec<Seat>) = seats.into_iter().partition(is_server);
        for seat in servers {
            self.make(seat)?;
            self.start(seat).await?;
        }
        for link in self.plan.links.clone() {
            if let Some(upstream) = self.upstream(link) {
                self.links.insert(link, Proxy::start(upstream).await);
            }
        }
        for seat in &roles {
            self.make(*seat)?;
            self.process_mut(*seat).start()?;
        }
        for seat in roles {
            self.is_ready(seat).await?;
        }
        Ok(())
    }

    /// Starts a process that was killed or stopped, and waits until it is ready.
    ///
    /// # Errors
    /// [`Error`], with the end of its log.
    pub async fn start(&mut self, seat: impl Into<Seat>) -> Result<(), Error> {
        let seat = seat.into();
        if seat.is_temporal() {
            return self.temporal.start().await;
        }
        self.process_mut(seat).start()?;
        self.is_ready(seat).await
    }

    /// `kill -9`, for a process and everything that it started.
    pub fn kill(&mut self, seat: impl Into<Seat>) {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.kill();
        } else {
            self.process_mut(seat).kill();
        }
    }

    /// Asks a process to end (SIGTERM) and waits until it has; gives how it ended.
    pub async fn stop(&mut self, seat: impl Into<Seat>) -> Option<ExitStatus> {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.stop().await;
            None
        } else {
            self.process_mut(seat).stop().await
        }
    }

    /// Freezes a process: it keeps its connections and answers nobody.
    pub fn pause(&self, seat: impl Into<Seat>) {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.signal(Signal::Stop);
        } else {
            self.process(seat).pause();
        }
    }

    /// Lets a frozen process go on.
    pub fn resume(&self, seat: impl Into<Seat>) {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.signal(Signal::Continue);
        } else {
            self.process(seat).resume();
        }
    }

    /// `kill -9`, then a new start.
    ///
    /// # Errors
    /// [`Error`], with the end of its log.
    pub async fn restart(&mut self, seat: impl Into<Seat>) -> Result<(), Error> {
        let seat = seat.into();
        self.kill(seat);
        self.start(seat).await
    }

    /// Faults on purpose, from the next start of this process on.
    pub fn failpoints(&mut self, seat: impl Into<Seat>, failpoints: &Failpoints) {
        let variable = crate::failpoints::VARIABLE;
        self.env(seat, variable, &failpoints.to_string());
    }

    /// A setting of one process, from its next start on.
    pub fn env(&mut self, seat: impl Into<Seat>, name: &str, value: &str) {
        let env = &mut self.process_mut(seat.into()).spec.env;
        env.retain(|(known, _)| known != name);
        env.push((name.to_owned(), value.to_owned()));
    }

    /// Whether a process is there.
    pub fn is_running(&mut self, seat: impl Into<Seat>) -> bool {
        let seat = seat.into();
        if seat.is_temporal() {
            return self.temporal.is_running();
        }
        let process = self.process_mut(seat);
        process.pid().is_some() && process.ended().is_none()
    }

    /// The number of a process, while there is one.
    pub fn pid(&self, seat: impl Into<Seat>) -> Option<u32> {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.pid()
        } else {
            self.process(seat).pid()
        }
    }

    /// Everything that a process ever said.
    pub fn log(&self, seat: impl Into<Seat>) -> String {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.log()
        } else {
            self.process(seat).log()
        }
    }

    /// Waits until one of the processes says these words in its present life, and gives which.
    pub async fn says(&self, words: &str, patience: Duration) -> Option<Seat> {
        let listening = async {
            loop {
                let said = |(_, process): &(&Seat, &Process)| process.said().contains(words);
                if let Some((seat, _)) = self.processes.iter().find(said) {
                    return *seat;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(patience, listening).await.ok()
    }

    /// Everybody in it.
    pub fn seats(&self) -> Vec<Seat> {
        self.plan.seats.clone()
    }

    /// The weather on a connection that goes through chaos.
    ///
    /// # Panics
    /// When it does not: say so in the plan.
    pub fn link(&self, link: Link) -> &Proxy {
        let proxy = self.links.get(&link);
        proxy.unwrap_or_else(|| panic!("{link:?} does not go through chaos in this cluster"))
    }

    /// The fake Bot API.
    ///
    /// # Panics
    /// When there is none: say so in the plan.
    pub fn telegram(&self) -> &BotApi {
        self.telegram
            .as_ref()
            .expect("this cluster has a fake Bot API")
    }

    /// Temporal itself, past any chaos.
    pub fn temporal(&self) -> Target {
        self.temporal.target()
    }

    /// A connection to Temporal, past any chaos.
    ///
    /// # Errors
    /// [`Error::Temporal`] while it is down.
    pub async fn client(&self) -> Result<Client, Error> {
        Ok(self.temporal().connect("bench").await?)
    }

    /// The gateway's side of carousels.
    ///
    /// # Errors
    /// [`Error::Temporal`] while it is down.
    pub async fn carousels(&self) -> Result<Carousels, Error> {
        Ok(Carousels::new(self.client().await?))
    }

    /// The database's address, past any chaos.
    pub fn database_url(&self) -> String {
        match &self.postgres {
            Some(postgres) => Postgres::url(&postgres.address()),
            None => self.sqlite_url(),
        }
    }

    /// The blob store.
    ///
    /// # Errors
    /// [`Error::Storage`] when it can't be opened.
    pub fn blobs(&self) -> Result<Blobs, Error> {
        Ok(Blobs::open(
            &self.folder.join("data/blobs").display().to_string(),
        )?)
    }

    /// Where the delivery pool puts carousels that go to a folder.
    pub fn output(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// Where everything of this cluster is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn process(&self, seat: Seat) -> &Process {
        let process = self.processes.get(&seat);
        process.unwrap_or_else(|| panic!("there is no {seat} in this cluster"))
    }

    fn process_mut(&mut self, seat: Seat) -> &mut Process {
        let process = self.processes.get_mut(&seat);
        process.unwrap_or_else(|| panic!("there is no {seat} in this cluster"))
    }
}

/// Whether others need it before they can start.
fn is_server(seat: &Seat) -> bool {
    match seat.member {
        Member::Temporal | Member::Postgres | Member::BotApi | Member::Model => true,
        Member::Pool(_) | Member::Gateway => false,
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        // Whoever reads the failure wants to know what the processes had to say.
        let mut err = std::io::stderr();
        for (seat, process) in &self.processes {
            let said = process::tail(&process.log());
            let _ = writeln!(err, "---- {seat}\n{said}");
        }
        let _ = writeln!(
            err,
            "---- temporal\n{}",
            process::tail(&self.temporal.log())
        );
    }
}
