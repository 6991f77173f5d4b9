//! Failpoints: named points in a process where tests inject failures. In production none is active,
//! and a point costs one comparison.

use std::sync::Arc;

use futures::future::BoxFuture;

pub trait FailpointHandler: Send + Sync {
    /// Called at each point with its name, the work in progress (a workflow's id, an update's
    /// number), and the attempt number, from 1. It may wait, fail, or end the process.
    fn on_failpoint<'a>(
        &'a self,
        point: &'a str,
        about: &'a str,
        attempt: u32,
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// The failpoints of a process; inactive in production.
#[derive(Clone, Default)]
pub struct FailpointHooks(Option<Arc<dyn FailpointHandler>>);

impl FailpointHooks {
    /// No failpoint is active.
    pub fn none() -> Self {
        Self(None)
    }

    /// Calls `who` at each point.
    pub fn with_handler(who: Arc<dyn FailpointHandler>) -> Self {
        Self(Some(who))
    }

    /// Passes a failpoint. `point` is only called if failpoints are active.
    pub async fn at(
        &self,
        point: impl FnOnce() -> String,
        about: &str,
        attempt: u32,
    ) -> Result<(), String> {
        let Some(who) = &self.0 else { return Ok(()) };
        who.on_failpoint(&point(), about, attempt).await
    }
}
