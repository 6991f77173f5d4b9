//! The transition table of the delivery ledger: [`Delivery::apply`] and [`Delivery::next_generation`].
//!
//! Each `match` arm is a row: a state, an input, the result. A [`Transition`] can be made only
//! here, and storage writes nothing else.

use super::{
    Delivery, DeliveryState, Generation, MessageRecord, PartSize, RejectionKind, RepeatPolicy,
};
use crate::{AttemptId, Outcome};

/// An observation about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryInput {
    /// An attempt with a new id is about to send. If another attempt is sending, that attempt is
    /// presumed dead: start-to-close is longer than a request.
    Claim { attempt: AttemptId },
    /// The attempt's request ended.
    Reported { attempt: AttemptId, report: SendReport },
    /// Another process found that the sending attempt is dead.
    AttemptDied,
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendReport {
    /// The receiver accepted the request (2xx) and named these messages.
    Answered(Vec<MessageRecord>),
    /// Proof that nothing arrived and that a retry may succeed: no connection, 429.
    Undelivered(String),
    /// Proof that nothing arrived and that a retry can't succeed: 4xx.
    Rejected { reason: String, kind: RejectionKind },
    /// A timeout or a 5xx: the request may have arrived.
    Unknown,
}

impl SendReport {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Undelivered(_) => "undelivered",
            Self::Rejected { .. } => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

/// The result of an [`DeliveryInput`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransitionResult {
    Changed(Transition),
    /// Nothing changes: the input repeats an earlier one, or there is nothing to do.
    Unchanged,
}

/// A change of state. Only [`Delivery::apply`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    from: Delivery,
    to: Delivery,
}

/// Why an input is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionRefusal {
    /// Only the attempt that claimed the delivery may report on it.
    #[error("attempt “{attempt}” does not hold this delivery, which is {state}")]
    NotHolder { attempt: AttemptId, state: super::DeliveryStateName },
    /// An attempt sends once.
    #[error("attempt “{0}” is over: sending again needs a new attempt")]
    AttemptOver(AttemptId),
    /// It is still in progress, so there is nothing to send again.
    #[error("this delivery is {0}: it is still in progress")]
    InProgress(super::DeliveryStateName),
    /// It arrived, so there is nothing to send again.
    #[error("this delivery arrived already")]
    Arrived,
}

impl SendReport {
    /// The messages that arrived.
    pub fn messages(&self) -> &[MessageRecord] {
        match self {
            Self::Answered(messages) => messages,
            Self::Undelivered(_) | Self::Rejected { .. } | Self::Unknown => &[],
        }
    }
}

impl Transition {
    /// The stored row must equal this when the transition is written.
    pub const fn from(&self) -> &Delivery {
        &self.from
    }

    /// The row after the transition.
    pub const fn to(&self) -> &Delivery {
        &self.to
    }

    /// The outcome to announce, if the user was informed before that the outcome is unknown: the
    /// delivery was `unknown`, or this is a later generation, and the transition ends in `sent` or
    /// `failed`.
    pub fn settled_outcome(&self, generation: Generation) -> Option<Outcome> {
        let in_doubt = generation > Generation::FIRST
            || matches!(self.from.state, DeliveryState::Unknown { .. });
        if !in_doubt {
            return None;
        }
        match &self.to.state {
            DeliveryState::Sent { .. } => Some(Outcome::Delivered),
            DeliveryState::Failed { .. } => Some(Outcome::Failed),
            DeliveryState::Pending { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::Unknown { .. } => None,
        }
    }
}

impl Delivery {
    /// Applies `input`.
    ///
    /// # Errors
    /// [`TransitionRefusal`] if `input` is not allowed in this state. The delivery stays as it is.
    pub fn apply(&self, input: &DeliveryInput) -> Result<TransitionResult, TransitionRefusal> {
        match input {
            DeliveryInput::Claim { attempt } => self.claimed(attempt),
            DeliveryInput::Reported { attempt, report } => match report {
                SendReport::Answered(messages) => self.answered(attempt, messages.len()),
                SendReport::Undelivered(reason) => self.undelivered(attempt, reason),
                SendReport::Rejected { reason, kind } => self.rejected(attempt, reason, *kind),
                SendReport::Unknown => self.lost(attempt),
            },
            DeliveryInput::AttemptDied => Ok(self.died()),
        }
    }

    /// The next generation, on a person's request. It sends the messages that are not known to have
    /// arrived.
    ///
    /// # Errors
    /// [`TransitionRefusal::InProgress`] while this generation is still in progress, [`TransitionRefusal::Arrived`] after
    /// it arrived.
    pub fn next_generation(&self) -> Result<Self, TransitionRefusal> {
        match &self.state {
            DeliveryState::Unknown { .. } | DeliveryState::Failed { .. } => {
                Ok(Self { state: DeliveryState::Pending { last: None }, ..self.clone() })
            }
            DeliveryState::Pending { .. } | DeliveryState::Sending { .. } => {
                Err(TransitionRefusal::InProgress(self.state.name()))
            }
            DeliveryState::Sent { .. } => Err(TransitionRefusal::Arrived),
        }
    }

    fn claimed(&self, by: &AttemptId) -> Result<TransitionResult, TransitionRefusal> {
        let sending = || self.changed(DeliveryState::Sending { attempt: by.clone() });
        match (&self.state, self.repeats) {
            // A repeated claim: the response to the first one was lost on the way from the
            // database.
            (DeliveryState::Sending { attempt }, _) if attempt == by => {
                Ok(TransitionResult::Unchanged)
            }
            // If the same attempt sent twice, its two sends could not be distinguished.
            (DeliveryState::Pending { last: Some(attempt) }, _)
            | (DeliveryState::Unknown { attempt }, RepeatPolicy::Allowed)
                if attempt == by =>
            {
                Err(TransitionRefusal::AttemptOver(by.clone()))
            }
            (DeliveryState::Pending { .. }, _) => Ok(sending()),
            (
                DeliveryState::Sending { .. } | DeliveryState::Unknown { .. },
                RepeatPolicy::Allowed,
            ) => Ok(sending()),
            (DeliveryState::Sending { .. }, RepeatPolicy::Never) => Ok(self.died()),
            (DeliveryState::Unknown { .. }, RepeatPolicy::Never)
            | (DeliveryState::Sent { .. } | DeliveryState::Failed { .. }, _) => {
                Ok(TransitionResult::Unchanged)
            }
        }
    }

    fn answered(
        &self,
        by: &AttemptId,
        messages: usize,
    ) -> Result<TransitionResult, TransitionRefusal> {
        let PartSize(size) = self.size;
        let messages = u8::try_from(messages).unwrap_or(u8::MAX);
        let arrived = self.arrived.saturating_add(messages).min(size);
        let whole = arrived == size;
        let last = by.clone();
        let state = match self.reported(by)? {
            ReportedState::Sending | ReportedState::Unknown if whole => {
                DeliveryState::Sent { last }
            }
            // A response that names no message proves nothing.
            ReportedState::Sending if messages == 0 => DeliveryState::Unknown { attempt: last },
            ReportedState::Unknown if messages == 0 => return Ok(TransitionResult::Unchanged),
            ReportedState::Sending => DeliveryState::Pending { last: Some(last) },
            // No attempt is left to send the rest.
            ReportedState::Unknown => {
                failed(last, format!("{arrived} of {size} messages arrived"), RejectionKind::Other)
            }
            ReportedState::Over => return Ok(TransitionResult::Unchanged),
        };
        Ok(TransitionResult::Changed(Transition {
            from: self.clone(),
            to: Self { arrived, state, ..self.clone() },
        }))
    }

    fn undelivered(
        &self,
        by: &AttemptId,
        reason: &str,
    ) -> Result<TransitionResult, TransitionRefusal> {
        let last = by.clone();
        Ok(match self.reported(by)? {
            ReportedState::Sending => self.changed(DeliveryState::Pending { last: Some(last) }),
            // No attempt is left to try again.
            ReportedState::Unknown => {
                self.changed(failed(last, reason.to_owned(), RejectionKind::Other))
            }
            ReportedState::Over => TransitionResult::Unchanged,
        })
    }

    fn rejected(
        &self,
        by: &AttemptId,
        reason: &str,
        kind: RejectionKind,
    ) -> Result<TransitionResult, TransitionRefusal> {
        Ok(match self.reported(by)? {
            ReportedState::Sending | ReportedState::Unknown => {
                self.changed(failed(by.clone(), reason.to_owned(), kind))
            }
            ReportedState::Over => TransitionResult::Unchanged,
        })
    }

    fn lost(&self, by: &AttemptId) -> Result<TransitionResult, TransitionRefusal> {
        Ok(match self.reported(by)? {
            ReportedState::Sending => self.died(),
            ReportedState::Unknown | ReportedState::Over => TransitionResult::Unchanged,
        })
    }

    fn died(&self) -> TransitionResult {
        match &self.state {
            DeliveryState::Sending { attempt } => {
                self.changed(DeliveryState::Unknown { attempt: attempt.clone() })
            }
            DeliveryState::Pending { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Sent { .. }
            | DeliveryState::Failed { .. } => TransitionResult::Unchanged,
        }
    }

    /// How this delivery relates to the reporting attempt `by`.
    fn reported(&self, by: &AttemptId) -> Result<ReportedState, TransitionRefusal> {
        let mine = self.state.attempt() == Some(by);
        match &self.state {
            DeliveryState::Sending { .. } if mine => Ok(ReportedState::Sending),
            DeliveryState::Unknown { .. } if mine => Ok(ReportedState::Unknown),
            DeliveryState::Pending { .. }
            | DeliveryState::Sent { .. }
            | DeliveryState::Failed { .. }
                if mine =>
            {
                Ok(ReportedState::Over)
            }
            DeliveryState::Pending { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Sent { .. }
            | DeliveryState::Failed { .. } => {
                Err(TransitionRefusal::NotHolder { attempt: by.clone(), state: self.state.name() })
            }
        }
    }

    fn changed(&self, state: DeliveryState) -> TransitionResult {
        TransitionResult::Changed(Transition {
            from: self.clone(),
            to: Self { state, ..self.clone() },
        })
    }
}

fn failed(last: AttemptId, reason: String, kind: RejectionKind) -> DeliveryState {
    DeliveryState::Failed { last, reason, kind }
}

enum ReportedState {
    /// The attempt holds the delivery.
    Sending,
    /// The attempt was presumed dead, and its report is late.
    Unknown,
    /// Its report is already recorded; the first report wins.
    Over,
}
