//! Calling activities from a workflow: options, deadline, cancellation, and failures turned into
//! words.

use std::time::{Duration, SystemTime};

use domain::Stage;
use temporalio_common::{ActivityDefinition, Priority, data_converters::TemporalDeserializable};
use temporalio_workflow::{
    ActivityExecutionError, TimeoutType, WorkflowCancellationToken, WorkflowContext,
    WorkflowTermination,
    common::error::{ApplicationFailure, IncomingError},
};

use crate::{
    contract::{CallsMade, DestinationRecord, ModelCall, OverflowRecord, Overflows},
    policy::{self, Step},
    queues, story,
    web_ui::Text,
};

/// Longest fairness key in bytes that Temporal takes.
const FAIRNESS_KEY_BYTES: usize = 64;

/// Longest reason in a failure, in bytes: it also stands in rows, events and messages.
const REASON_BYTES: usize = 1_000;

/// What is said of a failure that is none of ours. A panic can quote anything, also what a user wrote.
const UNEXPECTED: &str = "an unexpected error: the failure of its activity in Temporal says more";

/// Why a workflow does not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Somebody cancelled it. With the model calls that the step under way had made.
    Cancelled(Vec<ModelCall>),
    /// A step failed for good.
    Failed(Failure),
}

/// The end of a workflow that leaves nothing to undo.
impl From<Stop> for WorkflowTermination {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled(_) => Self::cancelled(),
            Stop::Failed(failure) => ApplicationFailure::builder(failure.reason)
                .type_name(failure.kind)
                .non_retryable(true)
                .build()
                .into(),
        }
    }
}

/// A failure in words, and its kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Failure {
    /// A [`crate::contract::FailureKind`]'s name, or one of this module's.
    pub(crate) kind: String,
    /// For people.
    pub(crate) reason: String,
    /// Model calls that its attempts had made.
    pub(crate) calls: Vec<ModelCall>,
    /// Words that did not fit their slides.
    pub(crate) overflows: Vec<OverflowRecord>,
    /// Whether models failed where our own notes would not.
    pub(crate) offers_offline: bool,
}

/// What the steps of one run have in common.
pub(crate) struct Steps<'a, W> {
    ctx: &'a WorkflowContext<W>,
    user: String,
    chat: Option<String>,
    began: Option<SystemTime>,
}

impl<'a, W> Steps<'a, W> {
    /// Steps on behalf of `user`; the deadline counts from now.
    pub(crate) fn new(ctx: &'a WorkflowContext<W>, user: &str) -> Self {
        let user = story::shortened(user, FAIRNESS_KEY_BYTES);
        Self {
            ctx,
            user,
            chat: None,
            began: ctx.workflow_time(),
        }
    }

    /// The same, sending to this chat.
    pub(crate) fn within(self, destination: &DestinationRecord) -> Self {
        let chat = destination.is_chat().then(|| destination.chat.to_string());
        Self { chat, ..self }
    }

    /// Runs the activity of `step`.
    pub(crate) async fn call<A>(
        &self,
        step: Step,
        activity: A,
        input: A::Input,
        summary: impl Into<Text>,
    ) -> Result<A::Output, Stop>
    where
        A: ActivityDefinition,
        A::Output: TemporalDeserializable,
    {
        let policy = step.policy();
        let before_deadline = match step {
            Step::Open
            | Step::Fetch
            | Step::Transcribe
            | Step::Analyze
            | Step::Write
            | Step::Shorten
            | Step::SaveDraft
            | Step::Render
            | Step::Admit
            | Step::Load
            | Step::SaveRevision
            | Step::Rewrite
            | Step::Answer
            | Step::Wisdom => Some(self.remaining()?),
            Step::Deliver
            | Step::Complete
            | Step::DiscardDraft
            | Step::Abandon
            | Step::Record
            | Step::Status
            | Step::Tell
            | Step::TellChange
            | Step::ShowDraft
            | Step::FindLost
            | Step::SettleLost
            | Step::RaiseAlert
            | Step::CollectBlobs
            | Step::PruneTables
            | Step::Prepare
            | Step::Rest
            | Step::Notice
            | Step::OpenBroadcast
            | Step::FindRecipients
            | Step::Cast
            | Step::Conclude
            | Step::Forget
            | Step::Export => None,
        };
        let mut options = policy.options(summary.into(), before_deadline);
        // What is sent waits behind what goes to the same chat, not behind what the same user asked.
        let key = match (&self.chat, policy.queue) {
            (Some(chat), queues::DELIVERY) => chat.clone(),
            _ => self.user.clone(),
        };
        let late = (step == Step::Cast).then_some(policy::BROADCAST_PRIORITY);
        let priority = Priority::builder().fairness_key(key);
        options.priority = Some(priority.maybe_priority_key(late).build());
        if !policy.cancellable {
            options.cancellation_token = Some(WorkflowCancellationToken::new());
        }
        self.ctx
            .execute_activity(activity, input, options)
            .await
            .map_err(|e| self.explain(&e, policy.cancellable))
    }

    /// The innermost reason of a failed activity. A step that fails while the workflow is being
    /// cancelled was cancelled: its worker may have stopped before it could say so.
    fn explain(&self, error: &ActivityExecutionError, cancellable: bool) -> Stop {
        if let Some(cancelled) = error.as_cancelled() {
            return Stop::Cancelled(calls(cancelled.details()));
        }
        let failure = match error.reason() {
            Some(reason) => explain_reason(reason),
            None => Failure {
                kind: "Undecodable".to_owned(),
                reason: error.to_string(),
                ..Failure::default()
            },
        };
        if cancellable && self.ctx.cancellation_token().is_cancelled() {
            return Stop::Cancelled(failure.calls);
        }
        Stop::Failed(failure)
    }

    /// What is left until the deadline.
    ///
    /// # Errors
    /// [`Stop::Failed`] when nothing is.
    pub(crate) fn remaining(&self) -> Result<Duration, Stop> {
        let elapsed = match (self.began, self.ctx.workflow_time()) {
            (Some(began), Some(now)) => now.duration_since(began).unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let left = policy::DEADLINE.saturating_sub(elapsed);
        if left.is_zero() {
            Err(Stop::Failed(too_late()))
        } else {
            Ok(left)
        }
    }
}

fn too_late() -> Failure {
    let minutes = policy::DEADLINE.as_secs() / 60;
    Failure {
        kind: "DeadlineExceeded".to_owned(),
        reason: format!("it could not be made within {minutes} minutes"),
        ..Failure::default()
    }
}

/// The words for a failure of `stage`, as the Web UI, the row and the user see them.
pub(crate) fn told(stage: Stage, failure: &Failure) -> String {
    story::shortened(&format!("{stage} failed: {}", failure.reason), REASON_BYTES)
}

/// The calls in the details of a failure; none where they are no calls.
fn calls<E>(details: Result<Option<CallsMade>, E>) -> Vec<ModelCall> {
    let made = details.ok().flatten();
    made.map(|made| made.calls).unwrap_or_default()
}

fn explain_reason(error: &IncomingError) -> Failure {
    match error {
        // Both kinds of details are read from every failure: a field that the other has is passed
        // over, and details that can't be read are none.
        IncomingError::Application(failure) => Failure {
            kind: failure.type_name().unwrap_or("Application").to_owned(),
            reason: match failure.type_name() {
                Some(kind) if !kind.is_empty() => failure.to_string(),
                Some(_) | None => UNEXPECTED.to_owned(),
            },
            calls: calls(failure.details()),
            overflows: failure
                .details::<Overflows>()
                .ok()
                .flatten()
                .map(|details| details.overflows)
                .unwrap_or_default(),
            offers_offline: false,
        },
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
            // The attempt that fell silent went on counting where the one before it had ended.
            let beat = calls(timeout.last_heartbeat_details());
            Failure {
                kind: "Timeout".to_owned(),
                reason,
                calls: if beat.len() > last.calls.len() {
                    beat
                } else {
                    last.calls.clone()
                },
                ..last
            }
        }
        other => Failure {
            kind: "Other".to_owned(),
            reason: other.to_string(),
            ..Failure::default()
        },
    }
}
