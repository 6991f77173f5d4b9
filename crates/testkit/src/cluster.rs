//! A whole application as real processes: Temporal, a database, one process per pool, the gateway
//! and the fakes. They use free ports and write their output to files; each can be killed, stopped,
//! paused and restarted.
//!
//! All processes and files are removed, even if the process that started them is killed: see
//! `reaper`. A [`ClusterPlan`] describes a cluster.
//!
//! ```no_run
//! # async fn example() -> Result<(), testkit::cluster::ClusterError> {
//! use testkit::cluster::{ClusterPlan, Member};
//! use workers::Pool;
//!
//! let mut cluster = ClusterPlan::new("target/debug/e2e").postgres().start().await?;
//! cluster.kill(Pool::Render);
//! cluster.start(Pool::Render).await?;
//! cluster.pause(Member::Postgres);
//! # Ok(())
//! # }
//! ```

mod cluster_plan;
mod members;
mod orders;
mod postgres;
mod process;
mod reaper;
mod roles;
mod stores;
mod stream_check;
mod temporal;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::Arc,
    time::Duration,
};

use gateway::carousel_client::CarouselClient;
use runtime::temporal::TemporalTarget;
use storage::Blobs;
use temporalio_client::Client;

pub use cluster_plan::ClusterPlan;
pub use members::{Member, MemberId, ProxiedServer};
pub use orders::OrderDesk;
pub use postgres::{TableLock, is_installed as postgres_is_installed};
pub use stores::Store;
pub use stream_check::StreamReport;

use self::{
    postgres::Postgres,
    process::{ClusterProcess, ProcessSpec},
    reaper::Reaper,
    roles::PORTS,
    temporal::ClusterTemporal,
};
use crate::{
    PortReservation, bot_api::FakeBotApi, chaos_proxy::ChaosProxy, failpoints::Failpoints,
    signals::Signal,
};

/// The deadline for a process to become ready. Five start at once on two cores.
const READY: Duration = Duration::from_secs(90);

pub struct Cluster {
    plan: ClusterPlan,
    /// First, so that the processes are dropped before the servers that they need.
    processes: BTreeMap<MemberId, ClusterProcess>,
    /// Other programs, such as a monitoring server.
    programs: Vec<ClusterProcess>,
    temporal: ClusterTemporal,
    postgres: Option<Postgres>,
    telegram: Option<FakeBotApi>,
    model: Option<u16>,
    links: BTreeMap<ProxiedServer, ChaosProxy>,
    folder: PathBuf,
    reaper: Arc<Reaper>,
    /// Kept until every process that listens on these ports has ended.
    ports: PortReservation,
}

#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A program that has to be installed is missing.
    #[error("{what} is not available: {reason}")]
    Missing { what: &'static str, reason: String },
    #[error("{path}: {source}", path = path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{name} can't be started: {source}")]
    Process { name: String, source: std::io::Error },
    /// A process is not ready, or did not log the expected line.
    #[error("{name}: {reason}. The end of its log:\n{log}")]
    NotReady {
        name: String,
        reason: String,
        /// The last lines of its log.
        log: String,
    },
    #[error(transparent)]
    Temporal(#[from] runtime::temporal::TemporalError),
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
    #[error("the order: {0}")]
    Order(String),
    #[error(transparent)]
    Audit(#[from] crate::audit::AuditError),
}

impl Cluster {
    async fn start_all(plan: ClusterPlan) -> Result<Self, ClusterError> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir();
        let fault = |source| ClusterError::Folder { path: std::env::temp_dir(), source };
        // From here on the reaper removes the folder.
        let folder = folder.map_err(fault)?.keep();
        let reaper = Arc::new(Reaper::start(&folder).map_err(fault)?);
        let place = process::folder(&folder, "temporal").map_err(fault)?;
        let ports = PortReservation::of(PORTS);
        let watched = Arc::clone(&reaper);
        let temporal = ClusterTemporal::new(place, ports.temporal(), watched).await?;
        let mut cluster = Self {
            plan,
            processes: BTreeMap::new(),
            programs: Vec::new(),
            temporal,
            postgres: None,
            telegram: None,
            model: None,
            links: BTreeMap::new(),
            folder,
            reaper,
            ports,
        };
        cluster.start_members().await?;
        Ok(cluster)
    }

    /// Starts servers first, then the proxies in front of them, then the processes that need them.
    async fn start_members(&mut self) -> Result<(), ClusterError> {
        let seats = self.plan.members.clone();
        let (servers, roles): (Vec<MemberId>, Vec<MemberId>) =
            seats.into_iter().partition(is_server);
        for seat in servers {
            self.make(seat)?;
            self.start(seat).await?;
        }
        for link in self.plan.links.clone() {
            if let Some(upstream) = self.upstream(link) {
                self.links.insert(link, ChaosProxy::start(upstream).await);
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
    /// [`ClusterError`], with the end of the process's log.
    pub async fn start(&mut self, seat: impl Into<MemberId>) -> Result<(), ClusterError> {
        let seat = seat.into();
        if seat.is_temporal() {
            return self.temporal.start().await;
        }
        self.process_mut(seat).start()?;
        self.is_ready(seat).await
    }

    /// Starts another program, which ends with the cluster. Its log is `name`.log in the folder.
    ///
    /// # Errors
    /// [`ClusterError::Process`] if the program can't be run.
    pub fn start_program(
        &mut self,
        name: &str,
        program: &str,
        args: &[String],
    ) -> Result<(), ClusterError> {
        let spec = ProcessSpec {
            program: program.into(),
            args: args.iter().map(Into::into).collect(),
            env: Vec::new(),
            folder: self.folder.clone(),
            end: Signal::Term,
        };
        let log = self.folder.join(format!("{name}.log"));
        let mut process = ClusterProcess::new(name.to_owned(), spec, log, self.reaper.clone());
        process.start()?;
        self.programs.push(process);
        Ok(())
    }

    /// Sends `SIGKILL` to a process and all its descendants.
    pub fn kill(&mut self, seat: impl Into<MemberId>) {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.kill();
        } else {
            self.process_mut(seat).kill();
        }
    }

    /// Sends `SIGTERM`, waits until the process has ended and returns its exit status.
    pub async fn stop(&mut self, seat: impl Into<MemberId>) -> Option<ExitStatus> {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.stop().await;
            None
        } else {
            self.process_mut(seat).stop().await
        }
    }

    /// Sends `SIGSTOP`: the process keeps its connections and does not answer.
    pub fn pause(&self, seat: impl Into<MemberId>) {
        let seat = seat.into();
        if seat.is_temporal() {
            self.temporal.signal(Signal::Stop);
        } else {
            self.process(seat).pause();
        }
    }

    /// Resumes a paused process.
    pub fn resume(&self, seat: impl Into<MemberId>) {
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
    /// [`ClusterError`], with the end of the process's log.
    pub async fn restart(&mut self, seat: impl Into<MemberId>) -> Result<(), ClusterError> {
        let seat = seat.into();
        self.kill(seat);
        self.start(seat).await
    }

    /// Stops a process of an older build in order, and starts it again with the plan's program and
    /// without failpoints.
    ///
    /// # Errors
    /// [`ClusterError`], with the end of the process's log.
    pub async fn upgrade(&mut self, seat: impl Into<MemberId>) -> Result<(), ClusterError> {
        let seat = seat.into();
        self.stop(seat).await;
        self.failpoints(seat, &Failpoints::none());
        let program = self.plan.program.clone();
        self.process_mut(seat).spec.program = program;
        self.start(seat).await
    }

    /// Sets the failpoints of a process, from its next start on.
    pub fn failpoints(&mut self, seat: impl Into<MemberId>, failpoints: &Failpoints) {
        let variable = crate::failpoints::VARIABLE;
        self.env(seat, variable, &failpoints.to_string());
    }

    /// Sets an environment variable of one process, from its next start on.
    pub fn env(&mut self, seat: impl Into<MemberId>, name: &str, value: &str) {
        let env = &mut self.process_mut(seat.into()).spec.env;
        env.retain(|(known, _)| known != name);
        env.push((name.to_owned(), value.to_owned()));
    }

    pub fn is_running(&mut self, seat: impl Into<MemberId>) -> bool {
        let seat = seat.into();
        if seat.is_temporal() {
            return self.temporal.is_running();
        }
        let process = self.process_mut(seat);
        process.pid().is_some() && process.ended().is_none()
    }

    /// The process id; `None` if the process does not run.
    pub fn pid(&self, seat: impl Into<MemberId>) -> Option<u32> {
        let seat = seat.into();
        if seat.is_temporal() { self.temporal.pid() } else { self.process(seat).pid() }
    }

    /// The log of a process since its first start.
    pub fn log(&self, seat: impl Into<MemberId>) -> String {
        let seat = seat.into();
        if seat.is_temporal() { self.temporal.log() } else { self.process(seat).log() }
    }

    /// Waits until a process logs `words` after its latest start, and returns which; `None` after
    /// the timeout.
    pub async fn wait_for_log(&self, words: &str, patience: Duration) -> Option<MemberId> {
        let listening = async {
            loop {
                let said = |(_, process): &(&MemberId, &ClusterProcess)| {
                    process.log_since_start().contains(words)
                };
                if let Some((seat, _)) = self.processes.iter().find(said) {
                    return *seat;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(patience, listening).await.ok()
    }

    pub fn member_ids(&self) -> Vec<MemberId> {
        self.plan.members.clone()
    }

    /// The chaos proxy of a connection.
    ///
    /// # Panics
    /// If the plan has no chaos proxy for this connection.
    pub fn link(&self, link: ProxiedServer) -> &ChaosProxy {
        let proxy = self.links.get(&link);
        proxy.unwrap_or_else(|| panic!("{link:?} does not go through chaos in this cluster"))
    }

    /// The fake Bot API.
    ///
    /// # Panics
    /// If the plan has no fake Bot API.
    pub fn telegram(&self) -> &FakeBotApi {
        self.telegram.as_ref().expect("this cluster has a fake Bot API")
    }

    /// The address of Temporal, without a chaos proxy.
    pub fn temporal(&self) -> TemporalTarget {
        self.temporal.target()
    }

    /// A connection to Temporal, without a chaos proxy.
    pub async fn client(&self) -> Result<Client, ClusterError> {
        Ok(self.temporal().connect("bench").await?)
    }

    pub async fn carousels(&self) -> Result<CarouselClient, ClusterError> {
        Ok(CarouselClient::new(self.client().await?))
    }

    /// The database URL, without a chaos proxy.
    pub fn database_url(&self) -> String {
        match &self.postgres {
            Some(postgres) => Postgres::url(&postgres.address()),
            None => self.sqlite_url(),
        }
    }

    /// Locks a table of PostgreSQL until the lock is dropped.
    pub async fn lock_table(&self, table: &str) -> Result<TableLock, ClusterError> {
        let locked = TableLock::take(&self.database_url(), table).await;
        Ok(locked.map_err(crate::audit::AuditError::from)?)
    }

    pub fn blobs(&self) -> Result<Blobs, ClusterError> {
        Ok(Blobs::open(&self.folder.join("data/blobs").display().to_string())?)
    }

    /// The folder that the delivery pool exports to.
    pub fn output(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// The folder that holds all files of this cluster.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn process(&self, seat: MemberId) -> &ClusterProcess {
        let process = self.processes.get(&seat);
        process.unwrap_or_else(|| panic!("there is no {seat} in this cluster"))
    }

    fn process_mut(&mut self, seat: MemberId) -> &mut ClusterProcess {
        let process = self.processes.get_mut(&seat);
        process.unwrap_or_else(|| panic!("there is no {seat} in this cluster"))
    }
}

/// Whether other processes need it before they can start.
fn is_server(seat: &MemberId) -> bool {
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
        // A failed test shows the end of each process's log.
        let mut err = std::io::stderr();
        for (seat, process) in &self.processes {
            let said = process::tail(&process.log());
            let _ = writeln!(err, "---- {seat}\n{said}");
        }
        let _ = writeln!(err, "---- temporal\n{}", process::tail(&self.temporal.log()));
    }
}
