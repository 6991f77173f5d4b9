//! Calls activities from a workflow: sets options, deadline and cancellation, and turns failures
//! into readable reasons.

use std::time::{Duration, SystemTime};

use domain::CarouselStage;
use temporalio_common::Priority;
use temporalio_workflow::{
    ActivityExecutionError, TimeoutType, WorkflowCancellationToken, WorkflowContext,
    WorkflowTermination,
    common::error::{ApplicationFailure, IncomingError},
};

use crate::{
    activity::Activity,
    destination::DestinationRecord,
    model_calls::{CallsMade, ModelCall, Overflows},
    policy, queues,
    web_ui::EscapedText,
    web_ui_texts,
};
use domain::{
    failure::{FailureCause, FailureKind},
    record::OverflowRecord,
};

/// Temporal's limit for a fairness key, in bytes.
const FAIRNESS_KEY_BYTES: usize = 64;

/// Longest reason in a failure, in bytes: rows, events and messages contain it, too.
const REASON_BYTES: usize = 1_000;

/// The reason of a failure that is not ours. Its own text is not used, because a panic can quote
/// what a user wrote.
const UNEXPECTED: &str = "an unexpected error: the failure of its activity in Temporal says more";

/// Why a workflow stops.
#[derive(Debug)]
pub(crate) enum StopReason {
    Cancelled(Vec<ModelCall>),
    Failed(StepFailure),
}

/// For workflows without undos.
impl From<StopReason> for WorkflowTermination {
    fn from(stop: StopReason) -> Self {
        match stop {
            StopReason::Cancelled(_) => Self::cancelled(),
            StopReason::Failed(failure) => ApplicationFailure::builder(failure.reason)
                .type_name(failure.cause.kind.name().to_owned())
                .non_retryable(true)
                .build()
                .into(),
        }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StepFailure {
    pub(crate) cause: FailureCause,
    /// Text for developers.
    pub(crate) reason: String,
    pub(crate) calls: Vec<ModelCall>,
    /// Text that did not fit its slides.
    pub(crate) overflows: Vec<OverflowRecord>,
    /// Whether the models failed and the offline provider would not.
    pub(crate) offers_offline: bool,
}

impl StepFailure {
    pub(crate) fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self { cause: kind.into(), reason: reason.into(), ..Self::default() }
    }
}

/// The context of all activity calls of one run.
pub(crate) struct ActivityCaller<'a, W> {
    ctx: &'a WorkflowContext<W>,
    user: String,
    chat: Option<String>,
    began: Option<SystemTime>,
}

impl<'a, W> ActivityCaller<'a, W> {
    /// On behalf of `user`; the deadline starts now.
    pub(crate) fn new(ctx: &'a WorkflowContext<W>, user: &str) -> Self {
        let user = web_ui_texts::truncated(user, FAIRNESS_KEY_BYTES);
        Self { ctx, user, chat: None, began: ctx.workflow_time() }
    }

    /// The same, with deliveries to this chat.
    pub(crate) fn for_chat(self, destination: &DestinationRecord) -> Self {
        let chat = destination.is_chat().then(|| destination.chat.to_string());
        Self { chat, ..self }
    }

    /// Runs an activity by its policy.
    pub(crate) async fn call<A: Activity>(
        &self,
        activity: A,
        input: A::Input,
        summary: impl Into<EscapedText>,
    ) -> Result<A::Output, StopReason> {
        let policy = A::POLICY;
        let before_deadline = policy.before_deadline.then(|| self.remaining()).transpose()?;
        let mut options = policy.options(summary.into(), before_deadline);
        // Deliveries queue behind those to the same chat, other steps behind those of the same
        // user.
        let key = match (&self.chat, policy.queue) {
            (Some(chat), queues::DELIVERY) => chat.clone(),
            _ => self.user.clone(),
        };
        let priority = Priority::builder().fairness_key(key);
        options.priority = Some(priority.maybe_priority_key(policy.priority).build());
        if !policy.cancellable {
            options.cancellation_token = Some(WorkflowCancellationToken::new());
        }
        self.ctx
            .execute_activity(activity, input, options)
            .await
            .map_err(|e| self.explain(&e, policy.cancellable))
    }

    /// The innermost reason of a failed activity. A step that fails during a cancel counts as
    /// cancelled: its worker may have stopped before it reported that.
    fn explain(&self, error: &ActivityExecutionError, cancellable: bool) -> StopReason {
        if let Some(cancelled) = error.as_cancelled() {
            return StopReason::Cancelled(calls(cancelled.details()));
        }
        let failure = match error.reason() {
            Some(reason) => explain_reason(reason),
            None => StepFailure::new(FailureKind::Undecodable, error.to_string()),
        };
        if cancellable && self.ctx.cancellation_token().is_cancelled() {
            return StopReason::Cancelled(failure.calls);
        }
        StopReason::Failed(failure)
    }

    /// The time until the deadline.
    ///
    /// # Errors
    /// [`StopReason::Failed`] if it has passed.
    pub(crate) fn remaining(&self) -> Result<Duration, StopReason> {
        let elapsed = match (self.began, self.ctx.workflow_time()) {
            (Some(began), Some(now)) => now.duration_since(began).unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let left = policy::DEADLINE.saturating_sub(elapsed);
        if left.is_zero() { Err(StopReason::Failed(deadline_exceeded())) } else { Ok(left) }
    }
}

fn deadline_exceeded() -> StepFailure {
    let minutes = policy::DEADLINE.as_secs() / 60;
    let reason = format!("it could not be made within {minutes} minutes");
    StepFailure::new(FailureKind::DeadlineExceeded, reason)
}

/// The text for a failure of `stage` in the Web UI and the row.
pub(crate) fn failure_text(stage: CarouselStage, failure: &StepFailure) -> String {
    web_ui_texts::truncated(&format!("{stage} failed: {}", failure.reason), REASON_BYTES)
}

/// The calls in the details of a failure; none if the details have another type.
fn calls<E>(details: Result<Option<CallsMade>, E>) -> Vec<ModelCall> {
    let made = details.ok().flatten();
    made.map(|made| made.calls).unwrap_or_default()
}

fn explain_reason(error: &IncomingError) -> StepFailure {
    match error {
        // Both types of details are read from every failure: unknown fields are ignored, and
        // undecodable details count as none.
        IncomingError::Application(failure) => {
            let (kind, reason) = match failure.type_name() {
                Some(name) if !name.is_empty() => (FailureKind::parse(name), failure.to_string()),
                Some(_) | None => (FailureKind::Application, UNEXPECTED.to_owned()),
            };
            let made: CallsMade = failure.details().ok().flatten().unwrap_or_default();
            let unfit: Overflows = failure.details().ok().flatten().unwrap_or_default();
            StepFailure {
                cause: FailureCause { kind, model: made.model },
                reason,
                calls: made.calls,
                overflows: unfit.overflows,
                offers_offline: false,
            }
        }
        IncomingError::Timeout(timeout) => {
            let last = timeout.cause().map(explain_reason);
            let why = match timeout.timeout_type() {
                TimeoutType::Heartbeat => "the worker fell silent",
                TimeoutType::StartToClose => "it took too long",
                _ => "no worker finished it in time",
            };
            let last = last.unwrap_or_default();
            let reason = match last.reason.as_str() {
                "" => why.to_owned(),
                said => format!("{why}; the last attempt said: {said}"),
            };
            // The attempt with the heartbeat timeout continued the list of the attempt before it.
            let beat = calls(timeout.last_heartbeat_details());
            let cause = FailureCause { kind: FailureKind::Timeout, ..last.cause };
            StepFailure {
                cause,
                reason,
                calls: if beat.len() > last.calls.len() { beat } else { last.calls.clone() },
                ..last
            }
        }
        other => StepFailure::new(FailureKind::Other, other.to_string()),
    }
}
