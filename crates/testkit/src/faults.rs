//! Faults on purpose: at a named point, fail so many times, or hold until released.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use runtime::faults::{Faults, Interfere};
use tokio::sync::watch;

/// What happens at a point.
#[derive(Debug, Clone)]
pub enum Script {
    /// The first so many passes fail as if a dependency were away.
    Fail(u32),
    /// Every pass waits until [`ScriptedFaults::release`].
    Hold,
}

/// A script per point. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct ScriptedFaults(Arc<Inner>);

struct Inner {
    scripts: Mutex<BTreeMap<String, Script>>,
    passes: watch::Sender<BTreeMap<String, u32>>,
    released: watch::Sender<bool>,
}

impl ScriptedFaults {
    /// These scripts.
    pub fn new<S: Into<String>>(scripts: impl IntoIterator<Item = (S, Script)>) -> Self {
        let scripts = scripts
            .into_iter()
            .map(|(point, script)| (point.into(), script))
            .collect();
        Self(Arc::new(Inner {
            scripts: Mutex::new(scripts),
            passes: watch::Sender::new(BTreeMap::new()),
            released: watch::Sender::new(false),
        }))
    }

    /// Nothing goes wrong, but passes are counted.
    pub fn none() -> Self {
        Self::new::<String>([])
    }

    /// For a house.
    pub fn faults(&self) -> Faults {
        Faults::by(Arc::new(self.clone()))
    }

    /// Waits until somebody has come to `point`.
    pub async fn reached(&self, point: &str) {
        let mut passes = self.0.passes.subscribe();
        let reached = passes.wait_for(|passes| passes.contains_key(point));
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), reached).await;
        assert!(waited.is_ok(), "nobody came to {point}");
    }

    /// How often somebody came to `point`.
    pub fn passes(&self, point: &str) -> u32 {
        self.0.passes.borrow().get(point).copied().unwrap_or(0)
    }

    /// Lets everybody who is held go on.
    pub fn release(&self) {
        self.0.released.send_replace(true);
    }

    /// What this pass of `point` is in for.
    fn next(&self, point: &str) -> Option<Script> {
        self.0
            .passes
            .send_modify(|passes| *passes.entry(point.to_owned()).or_default() += 1);
        let mut scripts = self
            .0
            .scripts
            .lock()
            .expect("no test panics while it holds this");
        match scripts.get_mut(point)? {
            Script::Hold => Some(Script::Hold),
            Script::Fail(0) => None,
            Script::Fail(left) => {
                *left -= 1;
                Some(Script::Fail(*left))
            }
        }
    }
}

impl Interfere for ScriptedFaults {
    fn interfere<'a>(
        &'a self,
        point: &'a str,
        _carousel: &'a str,
        _attempt: u32,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            match self.next(point) {
                None => Ok(()),
                Some(Script::Fail(_)) => Err(format!("a fault on purpose at {point}")),
                Some(Script::Hold) => {
                    let mut released = self.0.released.subscribe();
                    // The sender lives as long as we do.
                    let _ = released.wait_for(|released| *released).await;
                    Ok(())
                }
            }
        })
    }
}
