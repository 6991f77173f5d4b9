//! The Temporal dev server of `cargo dev`: started with the required settings, adopted if an
//! earlier run left it running, stopped in order. Its database is a file, so workflows continue
//! after a restart.

use std::{
    fs::File,
    io::{ErrorKind, Read as _, Seek as _, SeekFrom},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use runtime::{codec::Codec, temporal::TemporalTarget};
use serde::{Deserialize, Serialize};
use storage::private_files;
use sysinfo::{Pid, ProcessesToUpdate, Signal, System};
use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    namespace::v1::NamespaceConfig, workflowservice::v1::UpdateNamespaceRequest,
};
use url::Url;

/// The deadline for a server to answer; a cold disk takes four seconds.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// The deadline for it to end before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// The retention of closed workflows. Temporal detects duplicate ids only within it.
const RETENTION: Duration = Duration::from_secs(domain::retention::HISTORY_DAYS as u64 * 24 * 3600);

/// Settings that differ from the server's defaults, each measured: WAL with relaxed syncs runs
/// three times as many workflows a second; immediate polling of the transfer queue reduces a single
/// workflow from 550 ms to 99 ms; one partition makes rate limits and fairness exact.
const TUNING: &[&str] = &[
    "--sqlite-pragma=journal_mode=WAL",
    "--sqlite-pragma=synchronous=NORMAL",
    "--dynamic-config-value=history.transferProcessorMaxPollRPS=1000",
    "--dynamic-config-value=matching.numTaskqueueReadPartitions=1",
    "--dynamic-config-value=matching.numTaskqueueWritePartitions=1",
];

/// How to start the server.
#[derive(Debug, Clone)]
pub struct DevServerOptions {
    /// The `temporal` program.
    pub cli: PathBuf,
    /// The folder of the database, the log and the process file; `None` keeps the database in
    /// memory, for tests.
    pub folder: Option<PathBuf>,
    pub ports: TemporalPorts,
    pub namespace: String,
    /// Search attributes, all of type keyword.
    pub search_attributes: &'static [&'static str],
    /// Encrypts payloads.
    pub codec: Codec,
    /// Whether calls carry the current trace.
    pub traced: bool,
    /// The codec endpoint that its Web UI decrypts with.
    pub codec_endpoint: Option<Url>,
}

/// Two ports on the loopback address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporalPorts {
    pub frontend: u16,
    /// The Web UI.
    pub ui: u16,
}

/// A running server. Dropping it leaves it running; [`DevServer::stop`] ends it.
#[derive(Debug)]
pub struct DevServer {
    target: TemporalTarget,
    process: DevServerProcess,
    note: Option<PathBuf>,
    adopted: bool,
}

#[derive(Debug)]
enum DevServerProcess {
    Child(Child),
    Adopted(u32),
}

/// The contents of the process file in a server's folder.
#[derive(Debug, Serialize, Deserialize)]
struct ProcessFile {
    pid: u32,
    ports: TemporalPorts,
}

/// Why there is no server; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DevServerError {
    #[error(
        "port {port} is taken by another program.\nIf a Temporal of yours runs there, set \
         TEMPORAL_ADDRESS=127.0.0.1:{port}; else set TEMPORAL_PORT to a free port."
    )]
    PortTaken { port: u16 },
    #[error(
        "port {port}, for the Web UI, is taken by another program.\nSet TEMPORAL_UI_PORT to a free \
         port."
    )]
    UiPortTaken { port: u16 },
    #[error(
        "can't write to {path}: {source}\nMake it writable, or set DATA_DIR to another folder."
    )]
    Folder {
        /// The file or folder.
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("can't start {path}: {source}", path = path.display())]
    Spawn { path: PathBuf, source: std::io::Error },
    /// It ended, or never answered.
    #[error("the Temporal server did not come up: {reason}\nThe end of its log:\n{log}")]
    NotReady {
        reason: String,
        /// The last lines of its log.
        log: String,
    },
}

impl DevServer {
    /// Adopts the server that an earlier run left running in `plan`'s folder, or starts one.
    ///
    /// # Errors
    /// [`DevServerError`], which says what to do.
    pub async fn adopt_or_start(plan: &DevServerOptions) -> Result<Self, DevServerError> {
        if let Some(server) = Self::adopt(plan).await {
            return Ok(server);
        }
        plan.ports.are_free()?;
        Self::start(plan).await
    }

    /// Starts a server on `plan`'s ports.
    ///
    /// # Errors
    /// [`DevServerError`], with the end of the server's log if it has one.
    pub async fn start(plan: &DevServerOptions) -> Result<Self, DevServerError> {
        let log = plan.folder.as_ref().map(|folder| folder.join("temporal.log"));
        let mut child = spawn(plan, log.as_deref())?;
        let target = plan.target();
        if let Err(reason) = wait_until_up(&target, Some(&mut child)).await {
            let _ = child.kill();
            let _ = child.wait();
            let log = log.map(|path| tail(&path)).unwrap_or_default();
            return Err(DevServerError::NotReady { reason, log });
        }
        let note = plan.folder.as_ref().map(|folder| folder.join("temporal.json"));
        if let Some(path) = &note {
            let said = ProcessFile { pid: child.id(), ports: plan.ports };
            let json = serde_json::to_vec(&said).expect("a note is plain data");
            private_files::write(path, &json).map_err(|source| folder_error(path, source))?;
        }
        Ok(Self { target, process: DevServerProcess::Child(child), note, adopted: false })
    }

    async fn adopt(plan: &DevServerOptions) -> Option<Self> {
        let folder = plan.folder.as_ref()?;
        let path = folder.join("temporal.json");
        let note: ProcessFile = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        if !is_our_server(note.pid, folder) {
            return None;
        }
        let target = DevServerOptions { ports: note.ports, ..plan.clone() }.target();
        if wait_until_up(&target, None).await.is_ok() {
            let process = DevServerProcess::Adopted(note.pid);
            return Some(Self { target, process, note: Some(path), adopted: true });
        }
        tracing::warn!(pid = note.pid, "an earlier server of ours does not answer: replacing it");
        end(note.pid).await;
        None
    }

    pub fn target(&self) -> &TemporalTarget {
        &self.target
    }

    /// Whether an earlier run had started it.
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    pub fn pid(&self) -> u32 {
        match &self.process {
            DevServerProcess::Child(child) => child.id(),
            DevServerProcess::Adopted(pid) => *pid,
        }
    }

    pub fn is_running(&mut self) -> bool {
        match &mut self.process {
            DevServerProcess::Child(child) => matches!(child.try_wait(), Ok(None)),
            DevServerProcess::Adopted(pid) => find(*pid, |_| ()).is_some(),
        }
    }

    /// Stops it and waits until it has ended.
    pub async fn stop(mut self) {
        end(self.pid()).await;
        if let DevServerProcess::Child(child) = &mut self.process {
            // It has ended: this only reaps it.
            let _ = child.wait();
        }
        if let Some(note) = &self.note {
            let _ = std::fs::remove_file(note);
        }
    }

    /// Kills it without an orderly stop, like a power failure: for tests.
    pub fn kill(mut self) {
        find(self.pid(), |process| process.kill_with(Signal::Kill));
        if let DevServerProcess::Child(child) = &mut self.process {
            let _ = child.wait();
        }
    }
}

impl DevServerOptions {
    fn target(&self) -> TemporalTarget {
        let url = |port| {
            Url::parse(&format!("http://127.0.0.1:{port}")).expect("a loopback URL is well-formed")
        };
        TemporalTarget {
            address: url(self.ports.frontend),
            namespace: self.namespace.clone(),
            api_key: None,
            ui: url(self.ports.ui),
            codec: self.codec.clone(),
            traced: self.traced,
        }
    }
}

impl TemporalPorts {
    /// Two ports that are free now.
    ///
    /// # Errors
    /// If the system has none.
    pub fn any() -> std::io::Result<Self> {
        // Both are bound until both are known, so that they differ.
        let (a, b) = (TcpListener::bind(any_port())?, TcpListener::bind(any_port())?);
        Ok(Self { frontend: a.local_addr()?.port(), ui: b.local_addr()?.port() })
    }

    /// Checks that both ports are free.
    ///
    /// # Errors
    /// [`DevServerError::PortTaken`] or [`DevServerError::UiPortTaken`].
    pub fn are_free(self) -> Result<(), DevServerError> {
        let taken = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
        if taken(self.frontend) {
            return Err(DevServerError::PortTaken { port: self.frontend });
        }
        if taken(self.ui) {
            return Err(DevServerError::UiPortTaken { port: self.ui });
        }
        Ok(())
    }
}

fn any_port() -> (Ipv4Addr, u16) {
    (Ipv4Addr::LOCALHOST, 0)
}

fn spawn(plan: &DevServerOptions, log: Option<&Path>) -> Result<Child, DevServerError> {
    // `umask`: the server's files are accessible to one user only.
    let mut command = Command::new("/bin/sh");
    runtime::settings::remove_secrets(&mut command)
        .args(["-c", "umask 077 && exec \"$0\" \"$@\""])
        .arg(&plan.cli)
        .args(["server", "start-dev", "--ip", "127.0.0.1", "--log-level", "warn"])
        .args(["--port", &plan.ports.frontend.to_string()])
        .args(["--ui-port", &plan.ports.ui.to_string()])
        .args(["--namespace", &plan.namespace, "--ui-disable-news-fetch"])
        .args(TUNING);
    if let Some(endpoint) = &plan.codec_endpoint {
        command.args(["--ui-codec-endpoint", endpoint.as_str()]);
    }
    for name in plan.search_attributes {
        command.arg(format!("--search-attribute={name}=Keyword"));
    }
    if let Some(folder) = &plan.folder {
        private_files::create_private_folder(folder)
            .map_err(|source| folder_error(folder, source))?;
        command.arg("--db-filename").arg(folder.join("temporal.db"));
    }
    let (out, err) = match log {
        Some(path) => {
            let options =
                private_files::options().write(true).create(true).truncate(true).open(path);
            let file = options.map_err(|source| folder_error(path, source))?;
            let again = file.try_clone().map_err(|source| folder_error(path, source))?;
            (Stdio::from(file), Stdio::from(again))
        }
        None => (Stdio::null(), Stdio::null()),
    };
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        // Ctrl-C reaches every process of the terminal's foreground group. In a group of its own,
        // the server outlives the workers that still report to it.
        .process_group(0)
        .spawn()
        .map_err(|source| DevServerError::Spawn { path: plan.cli.clone(), source })
}

fn folder_error(path: &Path, source: std::io::Error) -> DevServerError {
    DevServerError::Folder { path: path.to_owned(), source }
}

/// Waits until the frontend answers and knows the namespace. The Web UI is available earlier.
async fn wait_until_up(
    target: &TemporalTarget,
    mut child: Option<&mut Child>,
) -> Result<(), String> {
    let began = Instant::now();
    let patience = if child.is_some() { START_PATIENCE } else { STOP_PATIENCE };
    loop {
        let reason = match target.connect("dev").await {
            Ok(client) => match set_retention(&client, &target.namespace).await {
                Ok(()) => return Ok(()),
                Err(status) => status.message().to_owned(),
            },
            Err(e) => e.to_string(),
        };
        if let Some(status) = child.as_mut().and_then(|c| c.try_wait().ok().flatten()) {
            return Err(format!("it ended with {status}"));
        }
        if began.elapsed() > patience {
            return Err(reason);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Sets the retention: the server's default is a day.
async fn set_retention(client: &Client, namespace: &str) -> Result<(), tonic::Status> {
    let config = NamespaceConfig {
        workflow_execution_retention_ttl: RETENTION.try_into().ok(),
        ..Default::default()
    };
    let request = UpdateNamespaceRequest {
        namespace: namespace.to_owned(),
        config: Some(config),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    service.update_namespace(tonic::Request::new(request)).await.map(drop)
}

/// Whether `pid` is a dev server on `folder`'s database, and not a later process with the same id.
fn is_our_server(pid: u32, folder: &Path) -> bool {
    let database = folder.join("temporal.db");
    find(pid, |process| {
        let cmd = process.cmd();
        cmd.iter().any(|a| a == "start-dev") && cmd.iter().any(|a| Path::new(a) == database)
    })
    .unwrap_or(false)
}

fn find<T>(pid: u32, with: impl FnOnce(&sysinfo::Process) -> T) -> Option<T> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        true,
        sysinfo::ProcessRefreshKind::nothing().with_cmd(sysinfo::UpdateKind::Always),
    );
    let alive = |p: &&sysinfo::Process| p.status() != sysinfo::ProcessStatus::Zombie;
    system.process(pid).filter(alive).map(with)
}

/// Stops a process, and kills it after a deadline.
async fn end(pid: u32) {
    find(pid, |process| process.kill_with(Signal::Term));
    let began = Instant::now();
    while find(pid, |_| ()).is_some() {
        if began.elapsed() > STOP_PATIENCE {
            find(pid, |process| process.kill_with(Signal::Kill));
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The last lines of a log, for an error message.
fn tail(path: &Path) -> String {
    const BYTES: u64 = 1_500;
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let end = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(end.saturating_sub(BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    match read() {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        Err(e) => format!("({}: {e})", path.display()),
    }
}
