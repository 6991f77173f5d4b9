//! The type of an activity's timeouts and retry policy, and the policies that several features
//! share. A feature's own policies are in its payloads file, next to its activities.

use std::time::Duration;

use temporalio_workflow::{
    ActivityCancellationType, ActivityCloseTimeouts, ActivityOptions, RetryPolicy,
};

use crate::{queues, web_ui};

/// From opening to the start of delivery. A user waits in a chat: after half an hour a failure with
/// a reason is better than a carousel. It bounds the total time of every step before delivery, so
/// the workflow needs no timer, and no server timeout can skip the saga.
pub const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// The timeouts and the retry policy of an activity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The task queue of the pool that runs it.
    pub queue: &'static str,
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
    /// Whether cancelling the workflow cancels the activity.
    pub cancellable: bool,
    /// Whether [`DEADLINE`] bounds it. It bounds the work before delivery; an end, an undo or a
    /// message must happen after it, too.
    pub before_deadline: bool,
    /// Temporal's priority, 1 to 5; `None` is Temporal's default, 3.
    pub priority: Option<u32>,
}

const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// A model answers within 90 s or not at all (the pool itself ends a call after `AI_CALL_SECONDS`).
/// An attempt contains two calls, because an invalid reply is repaired once, and has room for a
/// slow self-hosted model. Three attempts survive a short failure, ten minutes a rate limit; then
/// the next provider is tried. If a server is unreachable or sends a retry time, the activity sets
/// the pause.
pub(crate) const AI: Policy = Policy {
    queue: queues::AI,
    attempt_timeout: Duration::from_secs(300),
    heartbeat_timeout: HEARTBEAT_TIMEOUT,
    total_timeout: Some(Duration::from_secs(10 * 60)),
    max_attempts: 3,
    initial_interval: Duration::from_secs(1),
    max_interval: Duration::from_secs(30),
    cancellable: true,
    before_deadline: true,
    priority: None,
};

/// A database outage may last: retry for a day, or until the deadline if it applies.
pub(crate) const PERSISTENCE: Policy = Policy {
    queue: queues::PERSISTENCE,
    attempt_timeout: Duration::from_secs(30),
    heartbeat_timeout: HEARTBEAT_TIMEOUT,
    total_timeout: Some(DAY),
    max_attempts: 0,
    initial_interval: Duration::from_millis(200),
    max_interval: Duration::from_secs(20),
    cancellable: true,
    before_deadline: false,
    priority: None,
};

/// Deliveries and costs must be recorded in every case.
pub(crate) const RECORD: Policy = PERSISTENCE.uncancellable();

/// A user waits for the message, but no longer than a day. It can't be cancelled once it has begun:
/// it may have arrived.
pub(crate) const MESSAGE: Policy = Policy {
    queue: queues::DELIVERY,
    attempt_timeout: Duration::from_secs(90),
    heartbeat_timeout: HEARTBEAT_TIMEOUT,
    total_timeout: Some(DAY),
    max_attempts: 0,
    initial_interval: Duration::from_secs(1),
    max_interval: Duration::from_secs(60),
    cancellable: false,
    before_deadline: false,
    priority: None,
};

impl Policy {
    /// The same, bounded by [`DEADLINE`].
    pub(crate) const fn before_deadline(self) -> Self {
        Self { before_deadline: true, ..self }
    }

    /// The same, continued after the workflow is cancelled.
    pub(crate) const fn uncancellable(self) -> Self {
        Self { cancellable: false, ..self }
    }

    /// The SDK's options for an activity with `remaining` time before the deadline, if one applies.
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
    use crate::{
        activity::{self, Activity as _},
        carousel::{AbandonCarousel, OpenCarousel},
    };

    #[test]
    fn attempts_fit_their_total_timeout_and_heartbeat() {
        for activity in activity::all() {
            let (name, policy) = (activity.name, activity.policy);
            assert!(policy.total_timeout.is_none_or(|p| policy.attempt_timeout <= p), "{name}");
            assert!(policy.heartbeat_timeout < policy.attempt_timeout, "{name}");
            assert!(policy.initial_interval <= policy.max_interval, "{name}");
        }
    }

    #[test]
    fn deadline_shortens_activities_but_no_undo() {
        const { assert!(OpenCarousel::POLICY.before_deadline) };
        const { assert!(!AbandonCarousel::POLICY.before_deadline) };
        let options = OpenCarousel::POLICY
            .options(web_ui::EscapedText::default(), Some(Duration::from_secs(3)));
        assert_eq!(options.close_timeouts.schedule_to_close(), Some(Duration::from_secs(3)));
        let options = AbandonCarousel::POLICY.options(web_ui::EscapedText::default(), None);
        assert_eq!(options.close_timeouts.schedule_to_close(), None);
        assert_eq!(options.retry_policy.unwrap().maximum_attempts(), 0);
    }
}
