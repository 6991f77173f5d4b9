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
pub enum Step {
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
    Tell,
    /// Finds open carousels with an ended workflow.
    FindLost,
    /// Reconciles one of them.
    SettleLost,
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
    Wisdom,
    /// Writes the events of a request without a carousel.
    Record,
    /// Loads a revision.
    Load,
    /// Stores a revision.
    SaveRevision,
    /// Rewrites one slide.
    Rewrite,
    /// Reports the result of an edit to the chat.
    TellChange,
    /// Shows a draft in review.
    ShowDraft,
    /// Reads what a subscription requires now.
    Prepare,
    /// Pauses a subscription.
    Rest,
    /// Sends a message without a carousel.
    Notice,
    /// Stores a broadcast and its recipients.
    OpenBroadcast,
    /// Finds the next recipients of a broadcast.
    FindRecipients,
    /// Sends a broadcast to one recipient.
    Cast,
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
pub struct Policy {
    /// The task queue of the pool that runs it.
    pub queue: &'static str,
    /// Timeout of one attempt.
    pub attempt: Duration,
    /// Heartbeat timeout, after which another worker takes over. Activities send a heartbeat every
    /// two seconds, so five may be lost.
    pub silence: Duration,
    /// Timeout of all attempts together; `None` retries without limit.
    pub patience: Option<Duration>,
    /// Maximum attempts; 0 sets no limit.
    pub attempts: u32,
    /// The pause before the second attempt; doubles for each further one.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Whether cancelling the workflow cancels the step.
    pub cancellable: bool,
}

const SILENCE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A model answers within 90 s or not at all (the pool itself ends a call after `AI_CALL_SECONDS`).
/// An attempt contains two calls, because an invalid reply is repaired once, and has room for a
/// slow self-hosted model. Three attempts survive a short failure, ten minutes a rate limit; then
/// the next provider is tried. If a server is unreachable or sends a retry time, the activity sets
/// the pause.
const AI: Policy = Policy {
    queue: queues::AI,
    attempt: Duration::from_secs(300),
    silence: SILENCE,
    patience: Some(Duration::from_secs(10 * 60)),
    attempts: 3,
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(30),
    cancellable: true,
};

/// A page loads within 10 s or not at all. Three attempts, because the user waits for the answer.
const FETCH: Policy = Policy {
    attempt: Duration::from_secs(30),
    patience: Some(Duration::from_secs(2 * 60)),
    ..AI
};

/// A user waits in a chat for a short answer.
const SMALL_TALK: Policy = Policy {
    patience: Some(Duration::from_secs(5 * 60)),
    ..AI
};

/// Ten slides take a tenth of a second; an attempt of 30 s means an overloaded machine. Three
/// attempts reach other machines.
const RENDER: Policy = Policy {
    queue: queues::RENDER,
    attempt: Duration::from_secs(30),
    silence: SILENCE,
    patience: None,
    attempts: 3,
    first_pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(5),
    cancellable: true,
};

/// A database outage may last: retry for a day, unless the deadline comes first.
const PERSISTENCE: Policy = Policy {
    queue: queues::PERSISTENCE,
    attempt: Duration::from_secs(30),
    silence: SILENCE,
    patience: Some(DAY),
    attempts: 0,
    first_pause: Duration::from_millis(200),
    longest_pause: Duration::from_secs(20),
    cancellable: true,
};

impl Step {
    pub const fn policy(self) -> Policy {
        match self {
            Self::Open
            | Self::SaveDraft
            | Self::Load
            | Self::SaveRevision
            | Self::Rest
            | Self::OpenBroadcast
            | Self::FindRecipients => PERSISTENCE,
            // A run that could not begin within an hour is left to the next one.
            Self::Prepare => Policy {
                patience: Some(Duration::from_secs(3600)),
                ..PERSISTENCE
            },
            // A user waits for the answer, so give up early.
            Self::Admit => Policy {
                patience: Some(Duration::from_secs(5 * 60)),
                ..PERSISTENCE
            },
            Self::Analyze | Self::Write | Self::Shorten | Self::Rewrite | Self::Transcribe => AI,
            Self::Fetch => FETCH,
            Self::Answer | Self::Wisdom => SMALL_TALK,
            Self::Render => RENDER,
            // An attempt outlasts the longest HTTP timeout and the time to record the result, so
            // that a send is never abandoned while it may still arrive. It can't be cancelled once
            // it has begun: a partly sent album can't be taken back.
            Self::Deliver => Policy {
                queue: queues::DELIVERY,
                attempt: Duration::from_secs(180),
                silence: SILENCE,
                patience: Some(DAY),
                attempts: 0,
                first_pause: Duration::from_secs(1),
                longest_pause: Duration::from_secs(60),
                cancellable: false,
            },
            // Deliveries and costs must be recorded in every case.
            Self::Complete | Self::Conclude | Self::Record => Policy {
                cancellable: false,
                ..PERSISTENCE
            },
            // A late status is useless, and a failed one does no harm.
            Self::Status => Policy {
                queue: queues::DELIVERY,
                attempt: Duration::from_secs(15),
                silence: SILENCE,
                patience: Some(Duration::from_secs(15)),
                attempts: 1,
                first_pause: Duration::from_secs(1),
                longest_pause: Duration::from_secs(1),
                cancellable: false,
            },
            // A user waits for it, but no longer than a day.
            Self::Tell | Self::TellChange | Self::ShowDraft | Self::Notice | Self::Cast => Policy {
                queue: queues::DELIVERY,
                attempt: Duration::from_secs(90),
                silence: SILENCE,
                patience: Some(DAY),
                attempts: 0,
                first_pause: Duration::from_secs(1),
                longest_pause: Duration::from_secs(60),
                cancellable: false,
            },
            // It asks Temporal about each carousel of a page. The next run repeats what failed.
            Self::FindLost | Self::SettleLost | Self::RaiseAlert => Policy {
                attempt: Duration::from_secs(60),
                patience: Some(Duration::from_secs(4 * 60)),
                ..PERSISTENCE
            },
            // A store of a million files takes minutes to list.
            Self::CollectBlobs | Self::PruneTables => Policy {
                attempt: Duration::from_secs(20 * 60),
                patience: Some(Duration::from_secs(50 * 60)),
                ..PERSISTENCE
            },
            // The user was promised the deletion, so it does not give up within a day.
            Self::Forget => Policy {
                attempt: Duration::from_secs(10 * 60),
                patience: None,
                ..PERSISTENCE
            },
            // Reads, packs and uploads up to 49 MB; after an hour the user no longer waits.
            Self::Export => Policy {
                queue: queues::DELIVERY,
                attempt: Duration::from_secs(5 * 60),
                silence: SILENCE,
                patience: Some(Duration::from_secs(3600)),
                attempts: 5,
                first_pause: Duration::from_secs(2),
                longest_pause: Duration::from_secs(60),
                cancellable: true,
            },
            // An undo is retried without limit: giving up would leave data behind.
            Self::DiscardDraft | Self::Abandon => Policy {
                patience: None,
                cancellable: false,
                ..PERSISTENCE
            },
        }
    }
}

impl Policy {
    /// The SDK's options for a step with `remaining` time before the deadline, if one applies.
    ///
    /// The caller sets the cancellation token: only the caller has the workflow's.
    pub fn options(self, summary: web_ui::Text, remaining: Option<Duration>) -> ActivityOptions {
        let retry = RetryPolicy::builder()
            .initial_interval(self.first_pause)
            .backoff_coefficient(2.0)
            .maximum_interval(self.longest_pause)
            .maximum_attempts(self.attempts)
            .build();
        let patience = match (self.patience, remaining) {
            (Some(patience), Some(remaining)) => Some(patience.min(remaining)),
            (patience, remaining) => patience.or(remaining),
        };
        let timeouts = match patience {
            Some(patience) => ActivityCloseTimeouts::ScheduleAndStartToClose {
                schedule_to_close: patience,
                start_to_close: self.attempt.min(patience),
            },
            None => ActivityCloseTimeouts::StartToClose(self.attempt),
        };
        ActivityOptions::with_close_timeouts(timeouts)
            .task_queue(self.queue)
            .heartbeat_timeout(self.silence)
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

    const ALL: [Step; 37] = [
        Step::Open,
        Step::Fetch,
        Step::Transcribe,
        Step::Analyze,
        Step::Write,
        Step::Shorten,
        Step::SaveDraft,
        Step::Render,
        Step::Deliver,
        Step::Complete,
        Step::DiscardDraft,
        Step::Abandon,
        Step::Status,
        Step::Tell,
        Step::FindLost,
        Step::SettleLost,
        Step::RaiseAlert,
        Step::CollectBlobs,
        Step::PruneTables,
        Step::Admit,
        Step::Answer,
        Step::Wisdom,
        Step::Record,
        Step::Load,
        Step::SaveRevision,
        Step::Rewrite,
        Step::TellChange,
        Step::ShowDraft,
        Step::Prepare,
        Step::Rest,
        Step::Notice,
        Step::OpenBroadcast,
        Step::FindRecipients,
        Step::Cast,
        Step::Conclude,
        Step::Forget,
        Step::Export,
    ];

    #[test]
    fn attempts_fit_their_total_timeout_and_heartbeat() {
        for step in ALL {
            let policy = step.policy();
            assert!(
                policy.patience.is_none_or(|p| policy.attempt <= p),
                "{step:?}"
            );
            assert!(policy.silence < policy.attempt, "{step:?}");
            assert!(policy.first_pause <= policy.longest_pause, "{step:?}");
        }
    }

    #[test]
    fn deadline_shortens_steps_but_no_undo() {
        let options = Step::Open
            .policy()
            .options(web_ui::Text::default(), Some(Duration::from_secs(3)));
        assert_eq!(
            options.close_timeouts.schedule_to_close(),
            Some(Duration::from_secs(3))
        );
        let options = Step::Abandon
            .policy()
            .options(web_ui::Text::default(), None);
        assert_eq!(options.close_timeouts.schedule_to_close(), None);
        assert_eq!(options.retry_policy.unwrap().maximum_attempts(), 0);
    }
}
