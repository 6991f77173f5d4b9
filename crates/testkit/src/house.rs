//! A whole application in a temporary folder: Temporal, database, blobs, workers and the gateway's
//! client.

use std::path::{Path, PathBuf};

use activities::{ai::Reach, delivery::Folders};
use domain::{Brief, CarouselId, Source, UserId};
use gateway::{
    carousels::{Carousels, Started},
    order::Order,
};
use render::{Options, Renderer};
use runtime::{
    codec::Codec, env::Env, faults::Faults, metrics::Metrics, settings::Settings,
    shutdown::Shutdown, temporal::Target,
};
use storage::Database;
use tempfile::TempDir;
use temporalio_client::Client;
use workers::{Materials, Pools, Running};
use workflows::contract::{CarouselResult, DestinationRecord};

use crate::Temporal;

pub struct House {
    pub temporal: Temporal,
    /// A client of `temporal`.
    pub client: Client,
    /// The gateway's client for carousels.
    pub carousels: Carousels,
    /// The database, for direct reads.
    pub db: Database,
    settings: Settings,
    reach: Reach,
    parser: sandbox::Program,
    folder: TempDir,
    shift: Option<Shift>,
}

/// Options of a [`House`].
pub struct HouseBuilder {
    env: Vec<(&'static str, String)>,
    faults: Faults,
    reach: Reach,
    parser: sandbox::Program,
}

/// Running workers. Dropping it stops them without a drain.
pub struct Shift {
    running: Option<Running>,
    shutdown: Shutdown,
}

impl Drop for Shift {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl HouseBuilder {
    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// Allows the page reader to fetch from this address in addition to public addresses.
    #[must_use]
    pub fn pages_at(mut self, address: std::net::SocketAddr) -> Self {
        self.reach = self.reach.and(address);
        self
    }

    /// Uses this program to parse pages: a binary of the test's own package,
    /// `env!("CARGO_BIN_EXE_…")`. Its `main` has to start with `sandbox::enter`.
    #[must_use]
    pub fn parser(mut self, program: &str) -> Self {
        self.parser = sandbox::Program::at(program);
        self
    }

    /// Sets the workers' failpoints.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Starts it with all worker pools.
    pub async fn start(self) -> House {
        let faults = self.faults.clone();
        let mut house = self.without_workers().await;
        house.shift = Some(house.hire(&Pools::all(), faults).await);
        house
    }

    /// Starts everything except workers.
    pub async fn without_workers(self) -> House {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let temporal = Temporal::start().await;
        let data = ("DATA_DIR", folder.path().join("data").display().to_string());
        let out = (
            "OUTPUT_DIR",
            folder.path().join("out").display().to_string(),
        );
        let env = [data, out].into_iter().chain(self.env);
        let settings = Settings::read(&Env::of(env)).expect("usable settings");
        let client = connect(&temporal, &settings, "test").await;
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &storage::Options::default())
            .await
            .expect("a database");
        let carousels = Carousels::new(client.clone());
        House {
            temporal,
            client,
            carousels,
            db,
            settings,
            reach: self.reach,
            parser: self.parser,
            folder,
            shift: None,
        }
    }
}

impl House {
    pub fn build() -> HouseBuilder {
        HouseBuilder {
            env: Vec::new(),
            faults: Faults::none(),
            reach: Reach::public(),
            parser: sandbox::Program::at("/this/test/names/no/parser"),
        }
    }

    /// Starts one with default options.
    pub async fn start() -> Self {
        Self::build().start().await
    }

    /// Starts additional workers.
    pub async fn hire(&self, pools: &Pools, faults: Faults) -> Shift {
        let shutdown = Shutdown::default();
        let metrics = Metrics::plain();
        let client = connect(&self.temporal, &self.settings, "workers").await;
        let materials = Materials {
            settings: &self.settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            faults,
            folders: Folders::under(&self.settings.data.output_dir),
            reach: self.reach.clone(),
            parser: self.parser.clone(),
        };
        let running = workers::start(pools, materials)
            .await
            .expect("workers that start");
        let running = Some(running);
        Shift { running, shutdown }
    }

    /// Stops the first workers and waits until they have drained.
    pub async fn dismiss(&mut self) {
        self.shift.take().expect("a shift on duty").dismiss().await;
    }

    /// Starts all pools again as the first workers.
    pub async fn recall(&mut self, faults: Faults) {
        self.shift = Some(self.hire(&Pools::all(), faults).await);
    }

    /// Replaces the codec keys: at once for the gateway, and for workers that start later.
    pub async fn rekey(&mut self, keys: &str) {
        self.settings.temporal.codec = Codec::parse(keys).expect("usable keys");
        self.client = connect(&self.temporal, &self.settings, "test").await;
        self.carousels = Carousels::new(self.client.clone());
    }

    /// Starts only these pools, for example `workflow,persistence`.
    pub async fn recall_only(&mut self, pools: &str) {
        let pools = pools.parse().expect("names of pools");
        self.shift = Some(self.hire(&pools, Faults::none()).await);
    }

    /// Orders a carousel of three slides about `topic`.
    pub async fn order(&self, topic: &str) -> Started {
        self.order_as(&new_id(), topic).await
    }

    /// Like [`House::order`], with a given id.
    pub async fn order_as(&self, id: &CarouselId, topic: &str) -> Started {
        let brief = self.judge(crate::short(topic)).await;
        let to = DestinationRecord::folder(id.as_str());
        self.carousels
            .start(id, &UserId::local(), &brief, to)
            .await
            .expect("a start")
    }

    /// Validates an order, which has to be valid.
    pub async fn judge(&self, order: Order) -> Brief {
        let renderer = Renderer::new(&Options::default()).expect("built-in fonts and themes");
        let blobs = gateway::order::blobs(&self.settings).expect("a blob store");
        order.judge(&renderer, &blobs).await.expect("a good order")
    }

    /// Waits for the result of a carousel.
    pub async fn ended(&self, id: &CarouselId) -> CarouselResult {
        let ending = self.carousels.ended(id);
        let ended = tokio::time::timeout(std::time::Duration::from_secs(90), ending).await;
        ended.expect("an end within 90 s").expect("a result")
    }

    /// Orders a carousel and waits for its result.
    pub async fn make(&self, topic: &str) -> (CarouselId, CarouselResult) {
        let id = self.order(topic).await.id;
        let result = self.ended(&id).await;
        (id, result)
    }

    /// The export folder of a carousel.
    pub fn folder_of(&self, id: &CarouselId) -> PathBuf {
        self.settings.data.output_dir.join(id.as_str())
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

impl Shift {
    /// Stops the workers and waits until they have drained.
    pub async fn dismiss(mut self) {
        self.shutdown.begin();
        if let Some(running) = self.running.take() {
            running.ended().await.expect("an end in order");
        }
    }
}

/// A client that encrypts payloads according to the settings.
async fn connect(temporal: &Temporal, settings: &Settings, identity: &str) -> Client {
    let target = Target {
        codec: settings.temporal.codec.clone(),
        ..temporal.target().clone()
    };
    target.connect(identity).await.expect("a server that is up")
}

/// An id that no other order of this test process has.
fn new_id() -> CarouselId {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    CarouselId::new(Source::Cli, &format!("test-{n}")).expect("a good id")
}
