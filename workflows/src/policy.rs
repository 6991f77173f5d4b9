//! Every timeout and retry policy, with its reason. An operator finds them here, and only here.

use std::time::Duration;

use temporalio_workflow::{
    ActivityCancellationType, ActivityCloseTimeouts, ActivityOptions, RetryPolicy,
};

use crate::{queues, web_ui};

/// From opening to the start of delivery. Somebody waits in a chat: after half an hour a failure
/// with a reason is better than a carousel. It bounds the patience of every step before delivery,
/// so no timer is needed, and no timeout of the server's can skip the saga.
pub const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// A step that calls an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Writes down the request.
    Open,
    /// Reads the page that a carousel is about.
    Fetch,
    /// Writes down what was said.
    Transcribe,
    /// Looks at the topic.
    Analyze,
    /// Writes the slides.
    Write,
    /// Says the same in fewer words, where the slides do not fit.
    Shorten,
    /// Stores the draft.
    SaveDraft,
    /// Draws.
    Render,
    /// Sends.
    Deliver,
    /// Writes down the end.
    Complete,
    /// Undoes `SaveDraft`, and what `Complete` may have begun.
    DiscardDraft,
    /// Undoes `Open`.
    Abandon,
    /// Says how far it is.
    Status,
    /// Says that it did not work out.
    Tell,
    /// Looks for carousels that nobody works on.
    FindLost,
    /// Settles one of them.
    SettleLost,
    /// Says that workflows are stuck.
    RaiseAlert,
    /// Takes unused blobs.
    CollectBlobs,
    /// Deletes old rows.
    PruneTables,
    /// Says who may answer a request that makes no carousel.
    Admit,
    /// Answers a question.
    Answer,
    /// Finds a thought of the day.
    Wisdom,
    /// Writes the events of a request that makes no carousel.
    Record,
    /// Reads a revision.
    Load,
    /// Stores a revision.
    SaveRevision,
    /// Writes one slide anew.
    Rewrite,
    /// Says what came of a wish.
    TellChange,
    /// Shows a draft.
    ShowDraft,
    /// Finds out what a subscription wants.
    Prepare,
    /// Lets a subscription rest.
    Rest,
    /// Says something that is no carousel.
    Notice,
    /// Writes down a broadcast and who gets it.
    OpenBroadcast,
    /// Finds out who gets a broadcast next.
    FindRecipients,
    /// Sends a broadcast to one of its recipients.
    Cast,
    /// Ends a broadcast.
    Conclude,
    /// Deletes a part of what is stored about a person.
    Forget,
    /// Sends it to them.
    Export,
}

/// How late broadcasts come: behind everything that somebody waits for. Temporal's own keys go from
/// 1 to 5, and what says nothing is 3.
pub const BROADCAST_PRIORITY: u32 = 5;

/// How long a step may take, and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Which pool does it.
    pub queue: &'static str,
    /// Longest time of one attempt.
    pub attempt: Duration,
    /// Longest silence of a running attempt, after which another worker takes over. Activities
    /// beat every two seconds, so five beats may be lost.
    pub silence: Duration,
    /// Longest time of all attempts together; `None` never gives up.
    pub patience: Option<Duration>,
    /// Most attempts; 0 sets no limit.
    pub attempts: u32,
    /// The pause before the second attempt; doubled for each further one.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// Whether cancelling the workflow cancels the step.
    pub cancellable: bool,
}

const SILENCE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A model answers within 90 s or not at all (the pool itself ends a call after
/// `AI_CALL_SECONDS`); an attempt holds two calls, because a reply that is not as it should be is
/// repaired once, and leaves room for a slow model of one's own. Three attempts ride out a hiccup,
/// ten minutes a rate limit; then the next provider is asked. Where a server is not there at all, or
/// says when to come back, the activity sets the pause.
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

/// A page comes within 10 s or not at all; three attempts, and then somebody who waits is told.
const FETCH: Policy = Policy {
    attempt: Duration::from_secs(30),
    patience: Some(Duration::from_secs(2 * 60)),
    ..AI
};

/// Somebody looks at a chat and waits for a sentence or two.
const SMALL_TALK: Policy = Policy {
    patience: Some(Duration::from_secs(5 * 60)),
    ..AI
};

/// Ten slides take a tenth of a second; 30 s is a machine in trouble. Three attempts find another.
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

/// A database that is down comes back: a day of patience, where the deadline does not end it.
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
    /// Its policy.
    pub const fn policy(self) -> Policy {
        match self {
            Self::Open
            | Self::SaveDraft
            | Self::Load
            | Self::SaveRevision
            | Self::Rest
            | Self::OpenBroadcast
            | Self::FindRecipients => PERSISTENCE,
            // What could not be begun within an hour is left to the next time.
            Self::Prepare => Policy {
                patience: Some(Duration::from_secs(3600)),
                ..PERSISTENCE
            },
            // Nobody waits a day to be told whether they may ask.
            Self::Admit => Policy {
                patience: Some(Duration::from_secs(5 * 60)),
                ..PERSISTENCE
            },
            Self::Analyze | Self::Write | Self::Shorten | Self::Rewrite | Self::Transcribe => AI,
            Self::Fetch => FETCH,
            Self::Answer | Self::Wisdom => SMALL_TALK,
            Self::Render => RENDER,
            // An attempt outlasts the longest HTTP timeout and the time to record what came back,
            // so that a send is never given up while it may still arrive. Once begun it is not
            // cancelled: a carousel that is half out can't be taken back.
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
            // What was delivered, and what was spent, is written down, whatever else happens.
            Self::Complete | Self::Conclude | Self::Record => Policy {
                cancellable: false,
                ..PERSISTENCE
            },
            // A status that comes late is of no use, and one that fails does no harm.
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
            // Somebody waits for it; after a day nobody does any more.
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
            // It asks Temporal about each carousel of a page. What fails is done by the next run.
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
            // Who was promised that their data goes is not told in a day that it stayed.
            Self::Forget => Policy {
                attempt: Duration::from_secs(10 * 60),
                patience: None,
                ..PERSISTENCE
            },
            // Up to 49 MB are read, packed and uploaded; after an hour nobody waits any more.
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
            // An undo is retried without limit: giving up would leave something behind.
            Self::DiscardDraft | Self::Abandon => Policy {
                patience: None,
                cancellable: false,
                ..PERSISTENCE
            },
        }
    }
}

impl Policy {
    /// The SDK's options for a step with `remaining` time before the deadline, where one applies.
    ///
    /// The caller sets the cancellation token: it alone knows the workflow's.
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
            // The default would let the workflow undo a step that is still running.
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
    fn no_attempt_outlasts_its_patience_and_every_one_is_heard_of() {
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
    fn the_deadline_shortens_what_is_left_but_never_an_undo() {
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
