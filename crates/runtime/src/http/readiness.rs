//! Readiness: whether each dependency of a process answers.

use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{
    TryFutureExt as _,
    future::{BoxFuture, join_all},
};
use tokio::sync::Mutex;

/// The deadline for one check; afterwards it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a good result is cached. Each check costs a query or a call, so frequent requests get
/// the last result.
const GOOD_FOR: Duration = Duration::from_secs(3);

/// How long a bad result is cached: short, so that a starting process is found ready soon.
const BAD_FOR: Duration = Duration::from_millis(500);

/// A dependency of a process, with a name and a probe that reports its error.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    probe: Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>,
}

/// What a check of a dependency found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependencyState {
    pub name: &'static str,
    pub is_up: bool,
    pub latency: Duration,
    /// The error, or a message about a good state; may be empty.
    pub detail: String,
}

/// The last result of all checks, and when to run them again.
pub(super) struct Readiness {
    checks: Vec<Check>,
    last: Mutex<Option<(Instant, Arc<[DependencyState]>)>>,
}

impl Check {
    /// A check called `name`. Operators see the error of `probe`.
    pub fn new<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self::with_message(name, move || {
            let probing = probe();
            async move { probing.await.map(|()| String::new()) }
        })
    }

    /// Asks a client of the dependency, which is cheap to clone.
    pub fn of<T, F, Fut, E>(name: &'static str, client: T, ask: F) -> Self
    where
        T: Clone + Send + Sync + 'static,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        Self::new(name, move || ask(client.clone()).map_err(|error| error.to_string()))
    }

    /// A check that can also report a message on success; an empty message is not shown.
    pub fn with_message<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self { name, probe: Arc::new(move || Box::pin(probe())) }
    }

    /// Probes the dependency, for at most 3 s.
    pub async fn run(&self) -> DependencyState {
        let began = Instant::now();
        let (is_up, detail) = match tokio::time::timeout(CHECK_TIMEOUT, (self.probe)()).await {
            Ok(Ok(message)) => (true, message),
            Ok(Err(reason)) => (false, reason),
            Err(_) => (false, format!("no answer in {CHECK_TIMEOUT:?}")),
        };
        DependencyState { name: self.name, is_up, latency: began.elapsed(), detail }
    }
}

impl DependencyState {
    /// `{"name", "up", "latency_ms", "detail"}`
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name,
            "up": self.is_up,
            "latency_ms": self.latency_ms(),
            "detail": self.detail,
        })
    }

    pub(crate) fn latency_ms(&self) -> u64 {
        u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX)
    }

    /// `database: ok` or `database: connection refused`, with a line break.
    pub fn line(&self) -> String {
        let Self { name, is_up, detail, .. } = self;
        match (is_up, detail.as_str()) {
            (true, "") => format!("{name}: ok\n"),
            (true, detail) => format!("{name}: ok, {detail}\n"),
            (false, reason) => format!("{name}: {reason}\n"),
        }
    }
}

impl Readiness {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        Self { checks, last: Mutex::default() }
    }

    /// The cached result, or a new one. Concurrent requests wait for the same run.
    pub(super) async fn current(&self) -> Arc<[DependencyState]> {
        let mut last = self.last.lock().await;
        if let Some((at, found)) = &*last
            && at.elapsed() < if found.iter().all(|one| one.is_up) { GOOD_FOR } else { BAD_FOR }
        {
            return found.clone();
        }
        let found: Arc<[_]> = join_all(self.checks.iter().map(Check::run)).await.into();
        *last = Some((Instant::now(), found.clone()));
        found
    }
}

/// One line per dependency.
pub(super) fn text(dependencies: &[DependencyState], stopping: bool) -> String {
    let stopping = if stopping { "stopping\n" } else { "" };
    dependencies.iter().fold(stopping.to_owned(), |text, one| text + &one.line())
}

/// `{"ready": …, "stopping": …, "dependencies": [{"name", "up", "latency_ms", "detail"}]}`
pub(super) fn json(dependencies: &[DependencyState], ready: bool, stopping: bool) -> String {
    let dependencies: Vec<_> = dependencies.iter().map(DependencyState::json).collect();
    serde_json::json!({ "ready": ready, "stopping": stopping, "dependencies": dependencies })
        .to_string()
}
