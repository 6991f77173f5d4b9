//! Failpoints inside a test's own process: at a named point, fail n times, or hold until released.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use runtime::failpoint_hooks::{FailpointHandler, FailpointHooks};
use tokio::sync::watch;

/// What a failpoint does when it is reached.
#[derive(Debug, Clone)]
pub enum FailpointScript {
    /// Fails the first n passes, like an unavailable dependency.
    Fail(u32),
    /// Blocks every pass until [`ScriptedFailpoints::release`].
    Hold,
}

/// A script per failpoint. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct ScriptedFailpoints(Arc<ScriptState>);

struct ScriptState {
    scripts: Mutex<BTreeMap<String, FailpointScript>>,
    passes: watch::Sender<BTreeMap<String, u32>>,
    released: watch::Sender<bool>,
}

impl ScriptedFailpoints {
    pub fn new<S: Into<String>>(scripts: impl IntoIterator<Item = (S, FailpointScript)>) -> Self {
        let scripts = scripts.into_iter().map(|(point, script)| (point.into(), script)).collect();
        Self(Arc::new(ScriptState {
            scripts: Mutex::new(scripts),
            passes: watch::Sender::new(BTreeMap::new()),
            released: watch::Sender::new(false),
        }))
    }

    /// No failpoint is active, but passes are counted.
    pub fn none() -> Self {
        Self::new::<String>([])
    }

    pub fn hooks(&self) -> FailpointHooks {
        FailpointHooks::with_handler(Arc::new(self.clone()))
    }

    /// Waits until a pass has reached `point`.
    pub async fn reached(&self, point: &str) {
        let mut passes = self.0.passes.subscribe();
        let reached = passes.wait_for(|passes| passes.contains_key(point));
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), reached).await;
        assert!(waited.is_ok(), "{point} was not reached");
    }

    /// The number of passes through `point`.
    pub fn passes(&self, point: &str) -> u32 {
        self.0.passes.borrow().get(point).copied().unwrap_or(0)
    }

    /// Releases all held passes.
    pub fn release(&self) {
        self.0.released.send_replace(true);
    }

    /// The script for this pass of `point`.
    fn next(&self, point: &str) -> Option<FailpointScript> {
        self.0.passes.send_modify(|passes| *passes.entry(point.to_owned()).or_default() += 1);
        let mut scripts = self.0.scripts.lock().expect("no test panics while it holds this");
        match scripts.get_mut(point)? {
            FailpointScript::Hold => Some(FailpointScript::Hold),
            FailpointScript::Fail(0) => None,
            FailpointScript::Fail(left) => {
                *left -= 1;
                Some(FailpointScript::Fail(*left))
            }
        }
    }
}

impl FailpointHandler for ScriptedFailpoints {
    fn on_failpoint<'a>(
        &'a self,
        point: &'a str,
        _carousel: &'a str,
        _attempt: u32,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            match self.next(point) {
                None => Ok(()),
                Some(FailpointScript::Fail(_)) => Err(format!("injected failure at {point}")),
                Some(FailpointScript::Hold) => {
                    let mut released = self.0.released.subscribe();
                    // The sender lives as long as `self`.
                    let _ = released.wait_for(|released| *released).await;
                    Ok(())
                }
            }
        })
    }
}
