//! Every timeout and retry policy, with its reason. All of them are in this file.

use std::time::Duration;

use temporalio_workflow::{
    ActivityCancellationType, ActivityCloseTimeouts, ActivityOptions, RetryPolicy,
};

use crate::{queues, web_ui};

/// From opening to the start of delivery. A user waits in a chat: after half an hour a failure with
/// a reason is better than a carousel. It bounds the total time of every step before delivery, so
/// the workflow needs no timer, and no server timeout can skip the saga.
pub const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// A step that calls an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowStep {
    /// Stores the request.
    Open,
    /// Reads the web page of a carousel.
    Fetch,
    /// Transcribes a recording.
    Transcribe,
    /// Analyses the topic.
    Analyze,
    /// Writes the slides.
    Write,
    /// Shortens text that does not fit its slides.
    Shorten,
    /// Stores the draft.
    SaveDraft,
    Render,
    Deliver,
    /// Stores the end.
    Complete,
    /// Undoes `SaveDraft`, and what `Complete` may have begun.
    DiscardDraft,
    /// Undoes `Open`.
    Abandon,
    /// Updates the status message.
    Status,
    /// Reports a failure to the chat.
    ReportEnd,
    /// Finds open carousels with an ended workflow.
    FindLost,
    /// Reconciles one of them.
    ReconcileLost,
    /// Raises an alert about stuck workflows.
    RaiseAlert,
    /// Deletes unused blobs.
    CollectBlobs,
    /// Deletes old rows.
    PruneTables,
    /// Checks access and budget of a request without a carousel.
    Admit,
    /// Answers a question.
    Answer,
    /// Finds a daily tip.
    DailyTip,
    /// Writes the events of a request without a carousel.
    Record,
    /// Loads a revision.
    Load,
    /// Stores a revision.
    SaveRevision,
    /// Rewrites one slide.
    Rewrite,
    /// Reports the result of an edit to the chat.
    ReportEdit,
    /// Shows a draft in review.
    ShowDraft,
    /// Reads what a subscription requires now.
    Prepare,
    /// Pauses a subscription.
    PauseSubscription,
    /// Sends a message without a carousel.
    Notice,
    /// Stores a broadcast and its recipients.
    OpenBroadcast,
    /// Finds the next recipients of a broadcast.
    FindRecipients,
    /// Sends a broadcast to one recipient.
    SendBroadcast,
    /// Ends a broadcast.
    Conclude,
    /// Deletes a part of a user's data.
    Forget,
    /// Sends a user's data to them.
    Export,
}

/// Lowest priority: broadcasts run after all work that a user waits for. Temporal's priorities are
/// 1 to 5, with 3 as the default.
pub const BROADCAST_PRIORITY: u32 = 5;

/// The timeouts and the retry policy of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepPolicy {
    /// The task queue of the pool that runs it.
    pub queue: &'static str,
    /// Timeout of one attempt.
    pub attempt_timeout: Duration,
    /// Heartbeat timeout, after which another worker takes over. Activities send a heartbeat every
    /// two seconds, so five may be lost.
    pub heartbeat_timeout: Duration,
    /// Timeout of all attempts together; `None` retries without limit.
    pub total_timeout: Option<Duration>,
    /// Maximum attempts; 0 sets no limit.
    pub max_attempts: u32,
    /// The pause before the second attempt; doubles for each further one.
    pub initial_interval: Duration,
    pub max_interval: Duration,
    /// Whether cancelling the workflow cancels the step.
    pub cancellable: bool,
}

const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A model answers within 90 s or not at all (the pool itself ends a call after `AI_CALL_SECONDS`).
/// An attempt contains two calls, because an invalid reply is repaired once, and has room for a
/// slow self-hosted model. Three attempts survive a short failure, ten minutes a rate limit; then
/// the next provider is tried. If a server is unreachable or sends a retry time, the activity sets
/// the pause.
const AI: StepPolicy = StepPolicy {
    queue: queues::AI,
    attempt_timeout: Duration::from_secs(300),
    heartbeat_timeout: HEARTBEAT_TIMEOUT,
    total_timeout: Some(Duration::from_secs(10 * 60)),
    max_attempts: 3,
    initial_interval: Duration::from_secs(1),
    max_interval: Duration::from_secs(30),
    cancellable: true,
};

/// A page loads within 10 s or not at all. Three attempts, because the user waits for the answer.
const FETCH: StepPolicy = StepPolicy {
    attempt_timeout: Duration::from_secs(30),
    total_timeout: Some(Duration::from_secs(2 * 60)),
    ..AI
};

/// A user waits in a chat for a short answer.
const SHORT_ANSWER: StepPolicy = StepPolicy {
    total_timeout: Some(Duration::from_secs(5 * 60)),
    ..AI
};

/// Ten slides take a tenth of a second; an attempt of 30 s means an overloaded machine. Three
/// attempts reach other machines.
const RENDER: StepPolicy = StepPolicy {
    queue: queues::RENDER,
    attempt_timeout: Duration::from_secs(30),
    heartbeat_timeout: HEARTBEAT_TIMEOUT,
    total_timeout: None,
    max_attempts: 3,
    initial_interval: Duration::from_millis(500),
    max_interval: Duration::from_secs(5),
    cancellable: true,
};

/// A database outage may last: retry for a day, unless the deadline comes first.
const PERSISTENCE: StepPolicy = StepPolicy {
    queue: queues::PERSISTENCE,
    attempt_timeout: Duration::from_secs(30),
    heartbeat_timeout: HEARTBEAT_TIMEOUT,
    total_timeout: Some(DAY),
    max_attempts: 0,
    initial_interval: Duration::from_millis(200),
    max_interval: Duration::from_secs(20),
    cancellable: true,
};

impl WorkflowStep {
    pub const fn policy(self) -> StepPolicy {
        match self {
            Self::Open
            | Self::SaveDraft
            | Self::Load
            | Self::SaveRevision
            | Self::PauseSubscription
            | Self::OpenBroadcast
            | Self::FindRecipients => PERSISTENCE,
            // A run that could not begin within an hour is left to the next one.
            Self::Prepare => StepPolicy {
                total_timeout: Some(Duration::from_secs(3600)),
                ..PERSISTENCE
            },
            // A user waits for the answer, so give up early.
            Self::Admit => StepPolicy {
                total_timeout: Some(Duration::from_secs(5 * 60)),
                ..PERSISTENCE
            },
            Self::Analyze | Self::Write | Self::Shorten | Self::Rewrite | Self::Transcribe => AI,
            Self::Fetch => FETCH,
            Self::Answer | Self::DailyTip => SHORT_ANSWER,
            Self::Render => RENDER,
            // An attempt outlasts the longest HTTP timeout and the time to record the result, so
            // that a send is never abandoned while it may still arrive. It can't be cancelled once
            // it has begun: a partly sent album can't be taken back.
            Self::Deliver => StepPolicy {
                queue: queues::DELIVERY,
                attempt_timeout: Duration::from_secs(180),
                heartbeat_timeout: HEARTBEAT_TIMEOUT,
                total_timeout: Some(DAY),
                max_attempts: 0,
                initial_interval: Duration::from_secs(1),
                max_interval: Duration::from_secs(60),
                cancellable: false,
            },
            // Deliveries and costs must be recorded in every case.
            Self::Complete | Self::Conclude | Self::Record => StepPolicy {
                cancellable: false,
                ..PERSISTENCE
            },
            // A late status is useless, and a failed one does no harm.
            Self::Status => StepPolicy {
                queue: queues::DELIVERY,
                attempt_timeout: Duration::from_secs(15),
                heartbeat_timeout: HEARTBEAT_TIMEOUT,
                total_timeout: Some(Duration::from_secs(15)),
                max_attempts: 1,
                initial_interval: Duration::from_secs(1),
                max_interval: Duration::from_secs(1),
                cancellable: false,
            },
            // A user waits for it, but no longer than a day.
            Self::ReportEnd
            | Self::ReportEdit
            | Self::ShowDraft
            | Self::Notice
            | Self::SendBroadcast => StepPolicy {
                queue: queues::DELIVERY,
                attempt_timeout: Duration::from_secs(90),
                heartbeat_timeout: HEARTBEAT_TIMEOUT,
                total_timeout: Some(DAY),
                max_attempts: 0,
                initial_interval: Duration::from_secs(1),
                max_interval: Duration::from_secs(60),
                cancellable: false,
            },
            // It asks Temporal about each carousel of a page. The next run repeats what failed.
            Self::FindLost | Self::ReconcileLost | Self::RaiseAlert => StepPolicy {
                attempt_timeout: Duration::from_secs(60),
                total_timeout: Some(Duration::from_secs(4 * 60)),
                ..PERSISTENCE
            },
            // A store of a million files takes minutes to list.
            Self::CollectBlobs | Self::PruneTables => StepPolicy {
                attempt_timeout: Duration::from_secs(20 * 60),
                total_timeout: Some(Duration::from_secs(50 * 60)),
                ..PERSISTENCE
            },
            // The user was promised the deletion, so it does not give up within a day.
            Self::Forget => StepPolicy {
                attempt_timeout: Duration::from_secs(10 * 60),
                total_timeout: None,
                ..PERSISTENCE
            },
            // Reads, packs and uploads up to 49 MB; after an hour the user no longer waits.
            Self::Export => StepPolicy {
                queue: queues::DELIVERY,
                attempt_timeout: Duration::from_secs(5 * 60),
                heartbeat_timeout: HEARTBEAT_TIMEOUT,
                total_timeout: Some(Duration::from_secs(3600)),
                max_attempts: 5,
                initial_interval: Duration::from_secs(2),
                max_interval: Duration::from_secs(60),
                cancellable: true,
            },
            // An undo is retried without limit: giving up would leave data behind.
            Self::DiscardDraft | Self::Abandon => StepPolicy {
                total_timeout: None,
                cancellable: false,
                ..PERSISTENCE
            },
        }
    }
}

impl StepPolicy {
    /// The SDK's options for a step with `remaining` time before the deadline, if one applies.
    ///
    /// The caller sets the cancellation token: only the caller has the workflow's.
    pub fn options(
        self,
        summary: web_ui::EscapedText,
        remaining: Option<Duration>,
    ) -> ActivityOptions {
        let retry = RetryPolicy::builder()
            .initial_interval(self.initial_interval)
            .backoff_coefficient(2.0)
            .maximum_interval(self.max_interval)
            .maximum_attempts(self.max_attempts)
            .build();
        let patience = match (self.total_timeout, remaining) {
            (Some(patience), Some(remaining)) => Some(patience.min(remaining)),
            (patience, remaining) => patience.or(remaining),
        };
        let timeouts = match patience {
            Some(patience) => ActivityCloseTimeouts::ScheduleAndStartToClose {
                schedule_to_close: patience,
                start_to_close: self.attempt_timeout.min(patience),
            },
            None => ActivityCloseTimeouts::StartToClose(self.attempt_timeout),
        };
        ActivityOptions::with_close_timeouts(timeouts)
            .task_queue(self.queue)
            .heartbeat_timeout(self.heartbeat_timeout)
            // The SDK's default would let the workflow undo a step that is still running.
            .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
            .retry_policy(retry)
            .summary(summary)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [WorkflowStep; 37] = [
        WorkflowStep::Open,
        WorkflowStep::Fetch,
        WorkflowStep::Transcribe,
        WorkflowStep::Analyze,
        WorkflowStep::Write,
        WorkflowStep::Shorten,
        WorkflowStep::SaveDraft,
        WorkflowStep::Render,
        WorkflowStep::Deliver,
        WorkflowStep::Complete,
        WorkflowStep::DiscardDraft,
        WorkflowStep::Abandon,
        WorkflowStep::Status,
        WorkflowStep::ReportEnd,
        WorkflowStep::FindLost,
        WorkflowStep::ReconcileLost,
        WorkflowStep::RaiseAlert,
        WorkflowStep::CollectBlobs,
        WorkflowStep::PruneTables,
        WorkflowStep::Admit,
        WorkflowStep::Answer,
        WorkflowStep::DailyTip,
        WorkflowStep::Record,
        WorkflowStep::Load,
        WorkflowStep::SaveRevision,
        WorkflowStep::Rewrite,
        WorkflowStep::ReportEdit,
        WorkflowStep::ShowDraft,
        WorkflowStep::Prepare,
        WorkflowStep::PauseSubscription,
        WorkflowStep::Notice,
        WorkflowStep::OpenBroadcast,
        WorkflowStep::FindRecipients,
        WorkflowStep::SendBroadcast,
        WorkflowStep::Conclude,
        WorkflowStep::Forget,
        WorkflowStep::Export,
    ];

    #[test]
    fn attempts_fit_their_total_timeout_and_heartbeat() {
        for step in ALL {
            let policy = step.policy();
            assert!(
                policy
                    .total_timeout
                    .is_none_or(|p| policy.attempt_timeout <= p),
                "{step:?}"
            );
            assert!(
                policy.heartbeat_timeout < policy.attempt_timeout,
                "{step:?}"
            );
            assert!(policy.initial_interval <= policy.max_interval, "{step:?}");
        }
    }

    #[test]
    fn deadline_shortens_steps_but_no_undo() {
        let options = WorkflowStep::Open
            .policy()
            .options(web_ui::EscapedText::default(), Some(Duration::from_secs(3)));
        assert_eq!(
            options.close_timeouts.schedule_to_close(),
            Some(Duration::from_secs(3))
        );
        let options = WorkflowStep::Abandon
            .policy()
            .options(web_ui::EscapedText::default(), None);
        assert_eq!(options.close_timeouts.schedule_to_close(), None);
        assert_eq!(options.retry_policy.unwrap().maximum_attempts(), 0);
    }
}
