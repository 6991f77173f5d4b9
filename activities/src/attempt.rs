//! One attempt at an activity: heartbeats while it works, cancellation that reaches into it, a span
//! with the workflow's id around it, and its failure logged and translated once.
//!
//! What its attempts call is counted over all of them: each beat carries it, Temporal hands the last
//! beat to the next attempt, and whichever is the last tells the workflow.

use std::{
    future::Future,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::CarouselId;
use runtime::{faults::Faults, shutdown::Shutdown};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tracing::Instrument as _;
use workflows::contract::{CallsMade, Millis, ModelCall};

use crate::{error::Error, fault::Moment};

/// The time between two heartbeats. `workflows::policy` allows five times as much silence.
const BEAT: Duration = Duration::from_secs(2);

/// The conditions under which activities run: what time it is, what goes wrong on purpose, and
/// whether the process is about to stop.
#[derive(Clone)]
pub struct Conditions {
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    faults: Faults,
    shutdown: Shutdown,
}

/// What an activity knows about the attempt it is.
#[derive(Clone)]
pub struct Errand {
    /// The workflow it works for.
    pub workflow: String,
    /// The workflow's run. For records only: never part of a key.
    pub run_id: String,
    /// The activity's name.
    pub activity: String,
    /// Counted from 1.
    pub number: u32,
    calls: Arc<Mutex<Vec<ModelCall>>>,
    conditions: Conditions,
}

/// An errand for a carousel: the workflow's id is the carousel's.
#[derive(Clone)]
pub struct Attempt {
    /// The carousel it works for.
    pub carousel: CarouselId,
    errand: Errand,
}

impl Deref for Attempt {
    type Target = Errand;

    fn deref(&self) -> &Errand {
        &self.errand
    }
}

impl Conditions {
    /// The real world, until `shutdown`.
    pub fn real(shutdown: Shutdown) -> Self {
        Self {
            clock: Arc::new(SystemTime::now),
            faults: Faults::none(),
            shutdown,
        }
    }

    /// The same world, with faults in it.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// Makes one attempt at something for a carousel; see [`Conditions::errand`].
    ///
    /// # Errors
    /// Whatever `work` fails with, translated by [`crate::error`].
    pub async fn attempt<T, F>(
        &self,
        ctx: &ActivityContext,
        work: impl FnOnce(Attempt) -> F,
    ) -> Result<T, ActivityError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.attempt_for(ctx, "", work).await
    }

    /// The same for a carousel that is not the workflow's own; where none is named, it is.
    ///
    /// # Errors
    /// Whatever `work` fails with, translated by [`crate::error`].
    pub async fn attempt_for<T, F>(
        &self,
        ctx: &ActivityContext,
        carousel: &str,
        work: impl FnOnce(Attempt) -> F,
    ) -> Result<T, ActivityError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let carousel = match carousel {
            "" => self.describe(ctx).workflow,
            named => named.to_owned(),
        };
        let carousel =
            CarouselId::parse(&carousel).map_err(|e| Error::Input(e.to_string()).report(vec![]))?;
        self.errand(ctx, |errand| work(Attempt { carousel, errand }))
            .await
    }

    /// Makes one attempt: runs `work`, and beats until it is done or cancelled. Cancelling drops
    /// `work`, so whatever it waits for is let go.
    ///
    /// # Errors
    /// Whatever `work` fails with, translated by [`crate::error`].
    pub async fn errand<T, F>(
        &self,
        ctx: &ActivityContext,
        work: impl FnOnce(Errand) -> F,
    ) -> Result<T, ActivityError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let errand = self.describe(ctx);
        // Most workflows are carousels, and their ids say so.
        let span = tracing::info_span!(
            "activity",
            carousel.id = errand.workflow,
            activity = errand.activity,
            attempt = errand.number,
        );
        let whole = async {
            errand.at(Moment::Before).await?;
            // Boxed: an activity may hold much across its awaits, and this is one of few allocations.
            let done = Box::pin(work(errand.clone())).await?;
            errand.at(Moment::Recorded).await?;
            Ok(done)
        };
        let worked = self.beat_while(ctx, &errand, whole);
        let worked = worked.instrument(span.clone()).await;
        worked.map_err(|error| span.in_scope(|| error.report(errand.calls())))
    }

    fn describe(&self, ctx: &ActivityContext) -> Errand {
        let info = ctx.info();
        Errand {
            workflow: info.workflow_id.clone().unwrap_or_default(),
            run_id: info.workflow_run_id.clone().unwrap_or_default(),
            activity: info.activity_type.clone(),
            number: info.attempt,
            calls: Arc::new(Mutex::new(called_before(ctx))),
            conditions: self.clone(),
        }
    }

    async fn beat_while<T>(
        &self,
        ctx: &ActivityContext,
        errand: &Errand,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut beat = tokio::time::interval(BEAT);
        tokio::pin!(work);
        let worked = loop {
            tokio::select! {
                biased;
                worked = &mut work => break worked,
                () = ctx.cancelled() => break Err(self.interrupted()),
                _ = beat.tick() => errand.beat(ctx).await,
            }
        };
        if worked.is_err() {
            // A failure takes the last beat with it to the next attempt.
            errand.beat(ctx).await;
        }
        worked
    }

    /// A worker that stops cancels its activities too; to Temporal that is no cancellation but an
    /// attempt that failed, which another worker repeats at once.
    fn interrupted(&self) -> Error {
        if self.shutdown.has_begun() {
            Error::Unavailable {
                reason: "this worker stopped".to_owned(),
                retry_after: None,
            }
        } else {
            Error::Cancelled
        }
    }
}

impl Errand {
    /// What time it is.
    pub fn now(&self) -> SystemTime {
        (self.conditions.clock)()
    }

    /// A model is called: until it has [answered](Self::answered), the call counts as what it may take,
    /// also where nobody lives to hear the answer. Gives its number.
    pub(crate) fn called(&self, call: ModelCall) -> usize {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
        calls.len() - 1
    }

    /// What became of the call with this number.
    pub(crate) fn answered(&self, number: usize, call: ModelCall) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pending) = calls.get_mut(number) {
            *pending = call;
        }
    }

    /// All calls of this activity so far, those of earlier attempts first.
    pub(crate) fn calls(&self) -> Vec<ModelCall> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn beat(&self, ctx: &ActivityContext) {
        let calls = self.calls();
        // Neither can fail to be encoded, and a beat that is lost is covered by the next.
        let _ = if calls.is_empty() {
            ctx.record_heartbeat(()).await
        } else {
            ctx.record_heartbeat(CallsMade { calls }).await
        };
    }

    /// Passes a point at which tests interfere.
    ///
    /// # Errors
    /// What the test wants to happen.
    pub async fn at(&self, moment: Moment) -> Result<(), Error> {
        let point = || format!("{}.{moment}", self.activity);
        let faults = &self.conditions.faults;
        let passed = faults.at(point, &self.workflow, self.number).await;
        passed.map_err(|reason| Error::Unavailable {
            reason,
            retry_after: None,
        })
    }
}

#[cfg(test)]
impl Errand {
    /// A first attempt at this activity, in a world where nothing goes wrong.
    pub(crate) fn of(activity: &str) -> Self {
        Self {
            workflow: "carousel-cli-test".to_owned(),
            run_id: String::new(),
            activity: activity.to_owned(),
            number: 1,
            calls: Arc::default(),
            conditions: Conditions::real(Shutdown::default()),
        }
    }
}

/// What earlier attempts called, as the last beat of theirs that arrived has it.
fn called_before(ctx: &ActivityContext) -> Vec<ModelCall> {
    let beat = ctx.heartbeat_details().deserialize::<CallsMade>();
    // A beat without calls is no record of any.
    let mut calls = beat.ok().flatten().unwrap_or_default().calls;
    // Who writes without a model does so again, and nothing was spent on it.
    calls.retain(|call| !call.model.is_empty());
    calls
}

/// A moment as payloads carry it.
pub(crate) fn millis(at: SystemTime) -> Millis {
    let since = at
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    Millis::try_from(since).unwrap_or(Millis::MAX)
}
