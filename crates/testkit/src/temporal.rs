//! A Temporal server per test, with its database in memory.

use std::{io::Write as _, path::Path, sync::OnceLock};

use dev::{
    dev_server::{DevServer, DevServerOptions},
    temporal_cli::TemporalCli,
};
use runtime::{codec::Codec, env::Env, settings::Settings, temporal::TemporalTarget};

use crate::{PortReservation, histories};

/// A server. Dropping it ends it.
#[derive(Debug)]
pub struct TestTemporal {
    server: Option<DevServer>,
    target: TemporalTarget,
    cli: TemporalCli,
    _ports: PortReservation,
}

impl TestTemporal {
    /// Starts a server on free ports.
    pub async fn start() -> Self {
        let cli = find_cli().await;
        let reserved = PortReservation::of(2);
        let plan = DevServerOptions {
            cli: cli.path.clone(),
            folder: None,
            ports: reserved.temporal(),
            namespace: "default".to_owned(),
            search_attributes: &workflows::visibility::ALL,
            codec: Codec::default(),
            traced: false,
            codec_endpoint: None,
        };
        let server = DevServer::start(&plan).await;
        let server = server.unwrap_or_else(|e| panic!("no Temporal server for the test: {e}"));
        let target = server.target().clone();
        Self { server: Some(server), target, cli, _ports: reserved }
    }

    pub fn target(&self) -> &TemporalTarget {
        &self.target
    }

    /// The `temporal` program.
    pub fn cli(&self) -> &Path {
        &self.cli.path
    }
}

impl Drop for TestTemporal {
    fn drop(&mut self) {
        if let Some(folder) = histories::folder()
            && !std::thread::panicking()
        {
            histories::record(&self.target, &folder);
        }
        if let Some(server) = self.server.take() {
            server.kill();
        }
    }
}

/// The same `temporal` program that `cargo dev` uses, downloaded at most once for all tests.
pub async fn find_cli() -> TemporalCli {
    let cli = try_find_cli().await;
    cli.unwrap_or_else(|e| panic!("tests need a Temporal server: {e}"))
}

/// Like `find_cli`, for callers outside tests.
pub(crate) async fn try_find_cli() -> Result<TemporalCli, String> {
    static SAID: OnceLock<()> = OnceLock::new();
    let settings = Settings::read(&Env::load(Path::new(".")).expect("a readable .env"))
        .expect("usable settings");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let cache = root.expect("the workspace is two folders up").join("data/bin");
    let _alone = fetch_lock(&cache);
    let cli = TemporalCli::find(settings.dev.cli.as_deref(), &cache, say);
    let cli = cli.map_err(|e| e.to_string())?;
    SAID.get_or_init(|| {
        say(&format!("Temporal CLI: {} ({})", cli.path.display(), cli.origin));
    });
    Ok(cli)
}

/// Test binaries run in parallel: one downloads, the others wait.
fn fetch_lock(cache: &Path) -> std::fs::File {
    std::fs::create_dir_all(cache).expect("the cache can be made");
    let lock = std::fs::File::create(cache.join("fetch.lock")).expect("the cache can be written");
    lock.lock().expect("locks work here");
    lock
}

/// Writes to stderr directly, because the test harness captures `eprintln!`.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
