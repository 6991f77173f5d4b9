//! Runs one attempt of an activity: heartbeats, cancellation, a tracing span with the workflow's
//! id, and logging and conversion of its failure.
//!
//! Model calls are counted over all attempts. Each heartbeat contains the calls so far, Temporal
//! gives the last heartbeat to the next attempt, and the final attempt reports them to the
//! workflow.

use std::{
    future::Future,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use domain::CarouselId;
use metrics::Metrics;
use runtime::{failpoint_hooks::FailpointHooks, shutdown::Shutdown};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use traces::KeyValue;
use tracing::Instrument as _;
use workflows::{
    Millis,
    model_calls::{CallsMade, ModelCall},
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
};

/// Heartbeat interval. The heartbeat timeout in `workflows::policy` is five times as long.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);

/// Clock, failpoints, metrics and shutdown signal of the activities.
#[derive(Clone)]
pub struct ActivityEnvironment {
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    failpoints: FailpointHooks,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
}

/// The context of an activity's attempt.
#[derive(Clone)]
pub struct ActivityRun {
    pub workflow: String,
    /// The workflow's run id. For records only: never part of a key.
    pub run_id: String,
    pub activity: String,
    /// The attempt number, from 1.
    pub attempt: u32,
    /// When the workflow asked for the activity: before the first attempt, and before it waited for
    /// a worker.
    pub requested_at: SystemTime,
    calls: Arc<Mutex<Vec<ModelCall>>>,
    conditions: ActivityEnvironment,
}

/// An attempt for a carousel: the workflow's id is the carousel's id.
#[derive(Clone)]
pub struct CarouselActivityRun {
    pub carousel: CarouselId,
    run: ActivityRun,
}

impl Deref for CarouselActivityRun {
    type Target = ActivityRun;

    fn deref(&self) -> &ActivityRun {
        &self.run
    }
}

impl ActivityEnvironment {
    /// The system clock, no failpoints, until `shutdown`.
    pub fn production(metrics: Arc<Metrics>, shutdown: Shutdown) -> Self {
        let clock = Arc::new(SystemTime::now);
        Self { clock, failpoints: FailpointHooks::none(), metrics, shutdown }
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    #[must_use]
    pub fn with_faults(self, faults: FailpointHooks) -> Self {
        Self { failpoints: faults, ..self }
    }

    /// Runs `work` and sends heartbeats until it ends or is cancelled. Cancellation drops `work`,
    /// which releases everything that it waits for.
    ///
    /// # Errors
    ///
    /// The error of `work`, converted by [`crate::activity_failure`].
    pub async fn run<T, F>(
        &self,
        ctx: &ActivityContext,
        work: impl FnOnce(ActivityRun) -> F,
    ) -> Result<T, ActivityError>
    where
        F: Future<Output = Result<T>>,
    {
        let errand = self.describe(ctx);
        // Most workflows are carousels, with the carousel's id as their id.
        let span = tracing::info_span!(
            "activity",
            carousel.id = errand.workflow,
            activity = errand.activity,
            attempt = errand.attempt,
            trace_id = traces::trace_id(),
        );
        // The plugin's span of this attempt.
        traces::set_attribute(KeyValue::new("temporalActivityAttempt", i64::from(errand.attempt)));
        let whole = async {
            errand.pass_failpoint(FailpointPosition::Before).await?;
            // Boxed: the future of an activity can be large, and one allocation per attempt is
            // cheap.
            let done = Box::pin(work(errand.clone())).await?;
            errand.pass_failpoint(FailpointPosition::Recorded).await?;
            Ok(done)
        };
        let began = Instant::now();
        let worked = self.heartbeat_while(ctx, &errand, whole);
        let worked = worked.instrument(span.clone()).await;
        if let Err(failure) = &worked {
            traces::set_attribute(KeyValue::new("error.type", failure.kind_name()));
        }
        self.measure(&errand, began.elapsed(), worked.as_ref().err());
        worked.map_err(|error| span.in_scope(|| error.report(errand.calls())))
    }

    fn measure(&self, run: &ActivityRun, took: Duration, failure: Option<&ActivityFailure>) {
        let outcome = failure.map_or("completed", ActivityFailure::outcome);
        self.metrics.activity_seconds.observe(took, [&run.activity, outcome]);
        if run.attempt > 1 {
            self.metrics.activity_retries.inc([&run.activity]);
        }
        if let Some(reason) = failure.and_then(ActivityFailure::refusal) {
            self.metrics.refusals.inc([reason.name()]);
        }
    }

    fn describe(&self, ctx: &ActivityContext) -> ActivityRun {
        let info = ctx.info();
        ActivityRun {
            workflow: info.workflow_id.clone().unwrap_or_default(),
            run_id: info.workflow_run_id.clone().unwrap_or_default(),
            activity: info.activity_type.clone(),
            attempt: info.attempt,
            requested_at: info.scheduled_time.unwrap_or_else(SystemTime::now),
            calls: Arc::new(Mutex::new(calls_of_previous_attempts(ctx))),
            conditions: self.clone(),
        }
    }

    async fn heartbeat_while<T>(
        &self,
        ctx: &ActivityContext,
        errand: &ActivityRun,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut beat = tokio::time::interval(HEARTBEAT_INTERVAL);
        tokio::pin!(work);
        let worked = loop {
            tokio::select! {
                biased;
                worked = &mut work => break worked,
                () = ctx.cancelled() => break Err(self.interrupted()),
                _ = beat.tick() => errand.heartbeat(ctx).await,
            }
        };
        if worked.is_err() {
            // The last heartbeat hands the calls of a failed attempt to the next one.
            errand.heartbeat(ctx).await;
        }
        worked
    }

    /// A worker's shutdown cancels its activities too. Temporal must see that as a failed attempt,
    /// which another worker retries at once, and not as a cancellation.
    fn interrupted(&self) -> ActivityFailure {
        if self.shutdown.has_begun() {
            ActivityFailure::Unavailable {
                reason: "this worker stopped".to_owned(),
                retry_after: None,
            }
        } else {
            ActivityFailure::Cancelled
        }
    }
}

impl ActivityRun {
    /// The attempt, for the carousel with the id `carousel`; if that is empty, for the workflow's
    /// own.
    ///
    /// # Errors
    ///
    /// [`ActivityFailure::Input`] if it is no id of a carousel.
    pub(crate) fn for_carousel(self, carousel: &str) -> Result<CarouselActivityRun> {
        let id = if carousel.is_empty() { &self.workflow } else { carousel };
        let carousel = CarouselId::parse(id).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        Ok(CarouselActivityRun { carousel, run: self })
    }

    /// The attempt, for the workflow's own carousel.
    ///
    /// # Errors
    ///
    /// [`ActivityFailure::Input`] if the workflow is no carousel's.
    pub(crate) fn for_own_carousel(self) -> Result<CarouselActivityRun> {
        self.for_carousel("")
    }

    pub fn now(&self) -> SystemTime {
        (self.conditions.clock)()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.conditions.metrics
    }

    /// Records a started model call and returns its number. Until [`finish_call`](Self::finish_call) is
    /// called, the call counts with its upper bound, even if the process dies first.
    pub(crate) fn begin_call(&self, call: ModelCall) -> usize {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
        calls.len() - 1
    }

    /// Replaces the call with this number by its actual usage.
    pub(crate) fn finish_call(&self, number: usize, call: ModelCall) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pending) = calls.get_mut(number) {
            *pending = call;
        }
    }

    /// All model calls of this activity so far, with those of earlier attempts first.
    pub(crate) fn calls(&self) -> Vec<ModelCall> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn heartbeat(&self, ctx: &ActivityContext) {
        let calls = self.calls();
        // Encoding can't fail, and the next heartbeat replaces a lost one.
        let _ = if calls.is_empty() {
            ctx.record_heartbeat(()).await
        } else {
            ctx.record_heartbeat(CallsMade { calls, model: None }).await
        };
    }

    pub async fn pass_failpoint(&self, moment: FailpointPosition) -> Result<()> {
        let point = || format!("{}.{moment}", self.activity);
        let faults = &self.conditions.failpoints;
        let passed = faults.at(point, &self.workflow, self.attempt).await;
        passed.map_err(|reason| ActivityFailure::Unavailable { reason, retry_after: None })
    }
}

#[cfg(test)]
impl ActivityRun {
    /// A first attempt of this activity, without failpoints.
    pub(crate) fn of(activity: &str) -> Self {
        Self {
            workflow: "carousel-cli-test".to_owned(),
            run_id: String::new(),
            activity: activity.to_owned(),
            attempt: 1,
            requested_at: SystemTime::now(),
            calls: Arc::default(),
            conditions: ActivityEnvironment::production(Arc::default(), Shutdown::default()),
        }
    }
}

/// The model calls of earlier attempts, from the last heartbeat that arrived.
fn calls_of_previous_attempts(ctx: &ActivityContext) -> Vec<ModelCall> {
    let beat = ctx.heartbeat_details().deserialize::<CallsMade>();
    // A heartbeat without calls has an empty record.
    let mut calls = beat.ok().flatten().unwrap_or_default().calls;
    // The offline provider's calls cost nothing and are made again.
    calls.retain(|call| !call.model.is_empty());
    calls
}

/// Payloads contain times as milliseconds since the Unix epoch.
pub(crate) fn to_millis(at: SystemTime) -> Millis {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Millis::try_from(since).unwrap_or(Millis::MAX)
}
