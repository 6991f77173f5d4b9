//! The transition table of the delivery ledger: [`Delivery::on`] and [`Delivery::again`].
//!
//! Each `match` arm is a row: a state, an input, the result. A [`Transition`] can be made only
//! here, and storage writes nothing else.

use super::{Delivery, Generation, Repeats, Size, State};
use crate::{Attempt, Outcome};

/// An observation about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// An attempt with a new id is about to send. If another attempt is sending, that attempt is
    /// presumed dead: start-to-close is longer than a request.
    Claim { attempt: Attempt },
    /// The receiver accepted the request (2xx) and named the messages.
    Answered {
        attempt: Attempt,
        /// How many messages the response names.
        messages: u8,
    },
    /// Proof that nothing arrived and that a retry may succeed: no connection, 429.
    Undelivered { attempt: Attempt, reason: String },
    /// Proof that nothing arrived and that a retry can't succeed: 4xx.
    Rejected { attempt: Attempt, reason: String },
    /// A timeout or a 5xx: the request may have arrived.
    Lost { attempt: Attempt },
    /// Another process found that the sending attempt is dead.
    Died,
    /// An operator looked into the chat.
    Resolved(Resolution),
}

/// What the operator saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// All messages are there.
    Arrived,
    /// The messages in doubt are not there.
    NotArrived,
}

/// The result of an [`Input`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Moves(Transition),
    /// Nothing changes: the input repeats an earlier one, or there is nothing to do.
    Stands,
}

/// A change of state. Only [`Delivery::on`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    from: Delivery,
    to: Delivery,
}

/// Why an input is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only the attempt that claimed the delivery may report on it.
    #[error("attempt “{attempt}” does not hold this delivery, which is {state}")]
    NotYours {
        attempt: Attempt,
        state: super::StateName,
    },
    /// An attempt sends once.
    #[error("attempt “{0}” is over: sending again needs a new attempt")]
    AttemptOver(Attempt),
    /// An operator resolves only deliveries in state `unknown`.
    #[error("this delivery is {0}, not unknown: there is nothing to resolve")]
    NotUnknown(super::StateName),
    /// It is still in progress, so there is nothing to send again.
    #[error("this delivery is {0}: it is still in progress")]
    NotOver(super::StateName),
    /// It arrived, so there is nothing to send again.
    #[error("this delivery arrived already")]
    Arrived,
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
    pub fn settles(&self, generation: Generation) -> Option<Outcome> {
        let in_doubt =
            generation > Generation::FIRST || matches!(self.from.state, State::Unknown { .. });
        if !in_doubt {
            return None;
        }
        match &self.to.state {
            State::Sent { .. } => Some(Outcome::Delivered),
            State::Failed { .. } => Some(Outcome::Failed),
            State::Pending { .. } | State::Sending { .. } | State::Unknown { .. } => None,
        }
    }
}

impl Delivery {
    /// Applies `input`.
    ///
    /// # Errors
    /// [`Refusal`] if `input` is not allowed in this state. The delivery stays as it is.
    pub fn on(&self, input: &Input) -> Result<Verdict, Refusal> {
        match input {
            Input::Claim { attempt } => self.claimed(attempt),
            Input::Answered { attempt, messages } => self.answered(attempt, *messages),
            Input::Undelivered { attempt, reason } => self.undelivered(attempt, reason),
            Input::Rejected { attempt, reason } => self.rejected(attempt, reason),
            Input::Lost { attempt } => self.lost(attempt),
            Input::Died => Ok(self.died()),
            Input::Resolved(resolution) => self.resolved(*resolution),
        }
    }

    /// The next generation, on a person's request. It sends the messages that are not known to have
    /// arrived.
    ///
    /// # Errors
    /// [`Refusal::NotOver`] while this generation is still in progress, [`Refusal::Arrived`] after
    /// it arrived.
    pub fn again(&self) -> Result<Self, Refusal> {
        match &self.state {
            State::Unknown { .. } | State::Failed { .. } => Ok(Self {
                state: State::Pending { last: None },
                ..self.clone()
            }),
            State::Pending { .. } | State::Sending { .. } => {
                Err(Refusal::NotOver(self.state.name()))
            }
            State::Sent { .. } => Err(Refusal::Arrived),
        }
    }

    fn claimed(&self, by: &Attempt) -> Result<Verdict, Refusal> {
        let sending = || {
            self.moves(State::Sending {
                attempt: by.clone(),
            })
        };
        match (&self.state, self.repeats) {
            // A repeated claim: the response to the first one was lost on the way from the
            // database.
            (State::Sending { attempt }, _) if attempt == by => Ok(Verdict::Stands),
            // If the same attempt sent twice, its two sends could not be distinguished.
            (
                State::Pending {
                    last: Some(attempt),
                },
                _,
            )
            | (State::Unknown { attempt }, Repeats::Allowed)
                if attempt == by =>
            {
                Err(Refusal::AttemptOver(by.clone()))
            }
            (State::Pending { .. }, _) => Ok(sending()),
            (State::Sending { .. } | State::Unknown { .. }, Repeats::Allowed) => Ok(sending()),
            (State::Sending { .. }, Repeats::Never) => Ok(self.died()),
            (State::Unknown { .. }, Repeats::Never)
            | (State::Sent { .. } | State::Failed { .. }, _) => Ok(Verdict::Stands),
        }
    }

    fn answered(&self, by: &Attempt, messages: u8) -> Result<Verdict, Refusal> {
        let Size(size) = self.size;
        let arrived = self.arrived.saturating_add(messages).min(size);
        let whole = arrived == size;
        let last = by.clone();
        let state = match self.reported(by)? {
            Standing::Sending | Standing::Unknown if whole => State::Sent { last },
            // A response that names no message proves nothing.
            Standing::Sending if messages == 0 => State::Unknown { attempt: last },
            Standing::Unknown if messages == 0 => return Ok(Verdict::Stands),
            Standing::Sending => State::Pending { last: Some(last) },
            // No attempt is left to send the rest.
            Standing::Unknown => State::Failed {
                last,
                reason: format!("{arrived} of {size} messages arrived"),
            },
            Standing::Over => return Ok(Verdict::Stands),
        };
        Ok(Verdict::Moves(Transition {
            from: self.clone(),
            to: Self {
                arrived,
                state,
                ..self.clone()
            },
        }))
    }

    fn undelivered(&self, by: &Attempt, reason: &str) -> Result<Verdict, Refusal> {
        let last = by.clone();
        Ok(match self.reported(by)? {
            Standing::Sending => self.moves(State::Pending { last: Some(last) }),
            // No attempt is left to try again.
            Standing::Unknown => self.moves(State::Failed {
                last,
                reason: reason.to_owned(),
            }),
            Standing::Over => Verdict::Stands,
        })
    }

    fn rejected(&self, by: &Attempt, reason: &str) -> Result<Verdict, Refusal> {
        Ok(match self.reported(by)? {
            Standing::Sending | Standing::Unknown => self.moves(State::Failed {
                last: by.clone(),
                reason: reason.to_owned(),
            }),
            Standing::Over => Verdict::Stands,
        })
    }

    fn lost(&self, by: &Attempt) -> Result<Verdict, Refusal> {
        Ok(match self.reported(by)? {
            Standing::Sending => self.died(),
            Standing::Unknown | Standing::Over => Verdict::Stands,
        })
    }

    fn died(&self) -> Verdict {
        match &self.state {
            State::Sending { attempt } => self.moves(State::Unknown {
                attempt: attempt.clone(),
            }),
            State::Pending { .. }
            | State::Unknown { .. }
            | State::Sent { .. }
            | State::Failed { .. } => Verdict::Stands,
        }
    }

    fn resolved(&self, resolution: Resolution) -> Result<Verdict, Refusal> {
        match (&self.state, resolution) {
            (State::Unknown { attempt }, Resolution::Arrived) => {
                let mut to = self.clone();
                to.arrived = self.size.0;
                to.state = State::Sent {
                    last: attempt.clone(),
                };
                let from = self.clone();
                Ok(Verdict::Moves(Transition { from, to }))
            }
            (State::Unknown { attempt }, Resolution::NotArrived) => Ok(self.moves(State::Failed {
                last: attempt.clone(),
                reason: "it is not in the chat".to_owned(),
            })),
            (State::Sent { .. }, Resolution::Arrived)
            | (State::Failed { .. }, Resolution::NotArrived) => Ok(Verdict::Stands),
            (State::Sent { .. }, Resolution::NotArrived)
            | (State::Failed { .. }, Resolution::Arrived)
            | (State::Pending { .. } | State::Sending { .. }, _) => {
                Err(Refusal::NotUnknown(self.state.name()))
            }
        }
    }

    /// How this delivery relates to the reporting attempt `by`.
    fn reported(&self, by: &Attempt) -> Result<Standing, Refusal> {
        let mine = self.state.attempt() == Some(by);
        match &self.state {
            State::Sending { .. } if mine => Ok(Standing::Sending),
            State::Unknown { .. } if mine => Ok(Standing::Unknown),
            State::Pending { .. } | State::Sent { .. } | State::Failed { .. } if mine => {
                Ok(Standing::Over)
            }
            State::Pending { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Sent { .. }
            | State::Failed { .. } => Err(Refusal::NotYours {
                attempt: by.clone(),
                state: self.state.name(),
            }),
        }
    }

    fn moves(&self, state: State) -> Verdict {
        Verdict::Moves(Transition {
            from: self.clone(),
            to: Self {
                state,
                ..self.clone()
            },
        })
    }
}

/// The state of a delivery for the attempt that reports on it.
enum Standing {
    /// The attempt holds the delivery.
    Sending,
    /// The attempt was presumed dead, and its report is late.
    Unknown,
    /// Its report is already recorded; the first report wins.
    Over,
}
