//! Owns [`Reception`]: whether the bot receives updates, and why not. Readiness and the messages to
//! the owners read it; polling and the webhook's check write it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use runtime::http::Check;
use telegram::SendError;

/// Failures in a row after which the bot counts as not receiving. One is not enough even if an
/// operator has to act: during a deployment the older program may still poll.
const LASTING_FAILURES: u32 = 3;

/// How long failures that usually end by themselves have to last.
const LASTING_TIME: TimeDelta = TimeDelta::minutes(2);

/// Why the bot receives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceptionError {
    #[error(transparent)]
    Telegram(#[from] SendError),
    #[error("the webhook of this bot is not the one from TELEGRAM_WEBHOOK_URL")]
    WebhookReplaced,
    /// Telegram's description of its last attempt.
    #[error("Telegram can't deliver updates to the webhook: {0}")]
    WebhookUnreachable(String),
}

/// A time without updates, from its first failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceptionFailure {
    pub error: ReceptionError,
    pub since: DateTime<Utc>,
    /// The last failed attempt.
    last: DateTime<Utc>,
    /// Failed attempts in a row.
    attempts: u32,
}

/// Shared by everything that receives updates in this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Reception(Arc<Mutex<ReceptionState>>);

#[derive(Debug, Default)]
struct ReceptionState {
    /// Whether Telegram has accepted this bot since the start.
    is_connected: bool,
    /// Whether another gateway receives the updates.
    is_standby: bool,
    failure: Option<ReceptionFailure>,
}

/// What this process knows about the reception of updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceptionStatus {
    /// Not connected yet, or failing for a short time, or another gateway receives.
    Undecided,
    Receiving,
    /// Failing for so long that the owners have to know.
    NotReceiving(ReceptionFailure),
}

impl ReceptionError {
    /// Whether it lasts until an operator acts.
    const fn needs_operator(&self) -> bool {
        match self {
            Self::WebhookReplaced => true,
            Self::WebhookUnreachable(_) => false,
            Self::Telegram(error) => match error {
                SendError::Conflict | SendError::BadToken => true,
                SendError::RateLimited(_)
                | SendError::Forbidden(_)
                | SendError::ChatGone
                | SendError::Moved(_)
                | SendError::MessageGone
                | SendError::NotModified
                | SendError::PhotoRefused(_)
                | SendError::CaptionRefused(_)
                | SendError::Refused(_)
                | SendError::Unreachable(_)
                | SendError::Ambiguous(_) => false,
            },
        }
    }
}

impl ReceptionFailure {
    fn is_lasting(&self) -> bool {
        let counts = self.error.needs_operator() || self.last - self.since >= LASTING_TIME;
        counts && self.attempts >= LASTING_FAILURES
    }
}

impl Reception {
    /// Records that updates arrive, or can arrive.
    pub fn succeeded(&self) {
        let mut state = self.lock();
        if let Some(failure) = state.failure.take() {
            tracing::info!(since = %failure.since, "the bot receives updates again");
        }
        (state.is_connected, state.is_standby) = (true, false);
    }

    /// Records that another gateway receives the updates.
    pub fn stands_by(&self) {
        let mut state = self.lock();
        state.failure = None;
        (state.is_connected, state.is_standby) = (true, true);
    }

    /// Records a failed attempt. It is logged if the reason is new.
    pub fn failed(&self, error: ReceptionError, now: DateTime<Utc>) {
        let mut state = self.lock();
        state.is_standby = false;
        match &mut state.failure {
            Some(failure) => {
                failure.attempts = failure.attempts.saturating_add(1);
                failure.last = now;
                if failure.error != error {
                    tracing::warn!("the bot receives no updates: {error}");
                    failure.error = error;
                }
            }
            none => {
                tracing::warn!("the bot receives no updates: {error}");
                *none = Some(ReceptionFailure { error, since: now, last: now, attempts: 1 });
            }
        }
    }

    pub fn status(&self) -> ReceptionStatus {
        let state = self.lock();
        match &state.failure {
            Some(failure) if failure.is_lasting() => ReceptionStatus::NotReceiving(failure.clone()),
            Some(_) => ReceptionStatus::Undecided,
            None if state.is_connected && !state.is_standby => ReceptionStatus::Receiving,
            None => ReceptionStatus::Undecided,
        }
    }

    /// The readiness check of [`Reception::readiness`].
    pub fn check(&self) -> Check {
        let reception = self.clone();
        Check::with_message("telegram", move || {
            let report = reception.readiness();
            async move { report }
        })
    }

    /// Whether the bot is ready, with a message for the operator. A failure that needs an operator
    /// counts at once; one that usually ends soon counts when it lasts, or before the first
    /// connection.
    ///
    /// # Errors
    /// Why it is not ready.
    pub fn readiness(&self) -> Result<String, String> {
        let state = self.lock();
        match &state.failure {
            Some(failure) => {
                let reason = failure.error.to_string();
                let tolerated =
                    state.is_connected && !failure.error.needs_operator() && !failure.is_lasting();
                if tolerated { Ok(reason) } else { Err(reason) }
            }
            None if !state.is_connected => Err("not connected yet".to_owned()),
            None if state.is_standby => Ok("another gateway receives the updates".to_owned()),
            None => Ok(String::new()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, ReceptionState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(reception: &Reception, error: &SendError, after: TimeDelta) {
        reception.failed(error.clone().into(), DateTime::UNIX_EPOCH + after);
    }

    #[test]
    fn conflict_is_unready_at_once_and_reported_if_it_lasts() {
        let reception = Reception::default();
        reception.succeeded();
        assert_eq!(reception.readiness(), Ok(String::new()));
        let conflict = |seconds| {
            fails(&reception, &SendError::Conflict, TimeDelta::seconds(seconds));
        };
        conflict(0);
        assert!(reception.readiness().unwrap_err().contains("another program"));
        assert_eq!(reception.status(), ReceptionStatus::Undecided);
        conflict(5);
        conflict(10);
        assert!(matches!(reception.status(), ReceptionStatus::NotReceiving(_)));
        reception.succeeded();
        assert_eq!(reception.status(), ReceptionStatus::Receiving);
    }

    #[test]
    fn short_outage_of_telegram_is_tolerated_after_a_connection() {
        let reception = Reception::default();
        let away = |minutes| {
            let error = SendError::Unreachable("connection refused".to_owned());
            fails(&reception, &error, TimeDelta::minutes(minutes));
        };
        assert!(reception.readiness().is_err(), "not connected yet");
        away(0);
        assert!(reception.readiness().unwrap_err().contains("connection refused"));
        reception.succeeded();
        away(1);
        away(2);
        assert!(reception.readiness().is_ok());
        away(3);
        assert!(reception.readiness().is_err());
        assert!(matches!(reception.status(), ReceptionStatus::NotReceiving(_)));
    }

    #[test]
    fn standby_gateway_is_ready_and_reports_nothing() {
        let reception = Reception::default();
        reception.stands_by();
        assert!(reception.readiness().is_ok());
        assert_eq!(reception.status(), ReceptionStatus::Undecided);
    }
}
