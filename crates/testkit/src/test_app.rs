//! A whole application in a temporary folder: Temporal, database, blobs, workers and the gateway's
//! client.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use activities::{ai::AddressPolicy, delivery::Folders};
use domain::{Brief, CarouselId, RequestSource, UserId};
use gateway::{
    carousel_client::{CarouselClient, StartedCarousel},
    carousel_request::CarouselRequest,
};
use render::{Renderer, RendererConfig};
use runtime::{
    codec::Codec, env::Env, failpoint_hooks::FailpointHooks, metrics::ProcessMetrics,
    settings::Settings, shutdown::Shutdown, temporal::TemporalTarget,
};
use storage::{
    CommittedReader, Database, DatabaseOptions,
    rebuild::{self, RebuildReport},
};
use tempfile::TempDir;
use temporalio_client::Client;
use workers::{Pools, RunningPools, WorkerConfig};
use workflows::{carousel::CarouselResult, destination::DestinationRecord};

use crate::TestTemporal;

pub struct TestApp {
    pub temporal: TestTemporal,
    /// A client of `temporal`.
    pub client: Client,
    /// Of everything that runs in this process for it.
    pub metrics: ProcessMetrics,
    pub carousels: CarouselClient,
    /// The database, for direct reads.
    pub db: Database,
    settings: Settings,
    reach: AddressPolicy,
    parser: sandbox::ParserProgram,
    folder: TempDir,
    workers: Option<WorkerGuard>,
    /// Whether the end of the test compares the rows of carousels with their events.
    compares_rows: bool,
}

impl Drop for TestApp {
    /// Compares the rows of all carousels with their events, unless the test has failed already.
    fn drop(&mut self) {
        if self.compares_rows && !std::thread::panicking() {
            let reader = self.db.read();
            // A runtime can't be entered from another one's thread. Reading needs no lock, which a
            // task of the test's own runtime may hold while this drop blocks it.
            let compared = std::thread::spawn(move || compare_rows(&reader)).join();
            match compared.expect("a comparison that ends") {
                Ok(report) => {
                    let differences = &report.differences;
                    assert!(differences.is_empty(), "rows differ from their events:\n{report}");
                }
                Err(reason) => {
                    // The test harness captures `eprintln!`.
                    let mut out = std::io::stderr();
                    let _ = writeln!(out, "skipped: rows were not compared: {reason}");
                }
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn compare_rows(reader: &CommittedReader) -> storage::Result<RebuildReport> {
    rebuild::check(reader).await
}

/// Options of a [`TestApp`].
pub struct TestAppBuilder {
    env: Vec<(&'static str, String)>,
    faults: FailpointHooks,
    reach: AddressPolicy,
    parser: sandbox::ParserProgram,
}

/// Running workers. Dropping it stops them without a drain.
pub struct WorkerGuard {
    running: Option<RunningPools>,
    shutdown: Shutdown,
}

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl TestAppBuilder {
    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// Allows the page reader to fetch from this address in addition to public addresses.
    #[must_use]
    pub fn pages_at(mut self, address: std::net::SocketAddr) -> Self {
        self.reach = self.reach.allowing(address);
        self
    }

    /// Uses this program to parse pages: a binary of the test's own package,
    /// `env!("CARGO_BIN_EXE_…")`. Its `main` has to start with `sandbox::enter`.
    #[must_use]
    pub fn parser(mut self, program: &str) -> Self {
        self.parser = sandbox::ParserProgram::at(program);
        self
    }

    /// Sets the workers' failpoints.
    #[must_use]
    pub fn faults(mut self, faults: FailpointHooks) -> Self {
        self.faults = faults;
        self
    }

    /// Starts it with all worker pools.
    pub async fn start(self) -> TestApp {
        let faults = self.faults.clone();
        let mut house = self.without_workers().await;
        house.workers = Some(house.start_workers(&Pools::all(), faults).await);
        house
    }

    /// Starts everything except workers.
    pub async fn without_workers(self) -> TestApp {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let temporal = TestTemporal::start().await;
        let data = ("DATA_DIR", folder.path().join("data").display().to_string());
        let out = ("OUTPUT_DIR", folder.path().join("out").display().to_string());
        let env = [data, out].into_iter().chain(self.env);
        let settings = Settings::read(&Env::of(env)).expect("usable settings");
        let client = connect(&temporal, &settings, "test").await;
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &DatabaseOptions::default()).await.expect("a database");
        let carousels = CarouselClient::new(client.clone());
        TestApp {
            temporal,
            client,
            metrics: ProcessMetrics::plain("test"),
            carousels,
            db,
            settings,
            reach: self.reach,
            parser: self.parser,
            folder,
            workers: None,
            compares_rows: true,
        }
    }
}

impl TestApp {
    pub fn builder() -> TestAppBuilder {
        TestAppBuilder {
            env: Vec::new(),
            faults: FailpointHooks::none(),
            reach: AddressPolicy::public(),
            parser: sandbox::ParserProgram::at("/this/test/names/no/parser"),
        }
    }

    /// Starts one with default options.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    pub async fn start_workers(&self, pools: &Pools, faults: FailpointHooks) -> WorkerGuard {
        let shutdown = Shutdown::default();
        let client = connect(&self.temporal, &self.settings, "workers").await;
        let materials = WorkerConfig {
            settings: &self.settings,
            client,
            metrics: &self.metrics,
            shutdown: shutdown.clone(),
            failpoints: faults,
            folders: Folders::under(&self.settings.data.output_dir),
            address_policy: self.reach.clone(),
            parser: self.parser.clone(),
        };
        let running = workers::start(pools, materials).await.expect("workers that start");
        let running = Some(running);
        WorkerGuard { running, shutdown }
    }

    /// Stops the first workers and waits until they have drained.
    pub async fn stop_workers(&mut self) {
        self.workers.take().expect("a shift on duty").stop().await;
    }

    /// Starts all pools again as the first workers.
    pub async fn restart_workers(&mut self, faults: FailpointHooks) {
        self.workers = Some(self.start_workers(&Pools::all(), faults).await);
    }

    /// Replaces the codec keys: at once for the gateway, and for workers that start later.
    pub async fn set_codec_keys(&mut self, keys: &str) {
        self.settings.temporal.codec = Codec::parse(keys).expect("usable keys");
        self.client = connect(&self.temporal, &self.settings, "test").await;
        self.carousels = CarouselClient::new(self.client.clone());
    }

    /// Starts only these pools, for example `workflow,persistence`.
    pub async fn restart_pools(&mut self, pools: &str) {
        let pools = pools.parse().expect("names of pools");
        self.workers = Some(self.start_workers(&pools, FailpointHooks::none()).await);
    }

    /// Orders a carousel of three slides about `topic`.
    pub async fn order(&self, topic: &str) -> StartedCarousel {
        self.order_with_id(&new_id(), topic).await
    }

    /// Like [`TestApp::order`], with a given id.
    pub async fn order_with_id(&self, id: &CarouselId, topic: &str) -> StartedCarousel {
        let brief = self.validate(crate::short_order(topic)).await;
        let to = DestinationRecord::folder(id.as_str());
        self.carousels.start(id, &UserId::local(), &brief, to).await.expect("a start")
    }

    /// Validates an order, which has to be valid.
    pub async fn validate(&self, order: CarouselRequest) -> Brief {
        let renderer =
            Renderer::new(&RendererConfig::default()).expect("built-in fonts and themes");
        let blobs = gateway::carousel_request::blobs(&self.settings).expect("a blob store");
        order.validate(&renderer, &blobs).await.expect("a good order")
    }

    pub async fn wait_for_result(&self, id: &CarouselId) -> CarouselResult {
        let ending = self.carousels.wait_for_end(id);
        let ended = tokio::time::timeout(std::time::Duration::from_secs(90), ending).await;
        ended.expect("an end within 90 s").expect("a result")
    }

    pub async fn make(&self, topic: &str) -> (CarouselId, CarouselResult) {
        let id = self.order(topic).await.id;
        let result = self.wait_for_result(&id).await;
        (id, result)
    }

    pub fn export_folder(&self, id: &CarouselId) -> PathBuf {
        self.settings.data.output_dir.join(id.as_str())
    }

    /// For a test that changes rows or events itself: they are not compared at its end.
    pub fn allow_differing_rows(&mut self) {
        self.compares_rows = false;
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings for everything that starts later.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
    }

    /// The temporary folder of this application.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl WorkerGuard {
    /// Stops the workers and waits until they have drained.
    pub async fn stop(mut self) {
        self.shutdown.begin();
        if let Some(running) = self.running.take() {
            running.ended().await.expect("an end in order");
        }
    }
}

/// A client that encrypts payloads according to the settings.
async fn connect(temporal: &TestTemporal, settings: &Settings, identity: &str) -> Client {
    let target = TemporalTarget {
        codec: settings.temporal.codec.clone(),
        traced: settings.temporal.traced,
        ..temporal.target().clone()
    };
    target.connect(identity).await.expect("a server that is up")
}

/// An id that no other order of this test process has.
fn new_id() -> CarouselId {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    CarouselId::new(RequestSource::Cli, &format!("test-{n}")).expect("a good id")
}
