//! The table of transitions: [`Delivery::on`] and [`Delivery::again`].
//!
//! Read it row by row: a state, what is said about it, and what follows. There is no other way to
//! a [`Transition`], and nothing else can be written.

use super::{Delivery, Generation, Repeats, Size, State};
use crate::{Attempt, Outcome};

/// What is said about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody is about to send, under an attempt that nobody has used before. A claim that finds
    /// another attempt sending takes it for dead: start-to-close is longer than a request.
    Claim {
        /// Whose claim.
        attempt: Attempt,
    },
    /// The other side took it (2xx) and named the messages it made of it.
    Answered {
        /// Whose answer.
        attempt: Attempt,
        /// How many messages it names.
        messages: u8,
    },
    /// Proof that nothing arrived, and that it may arrive later: no connection, 429.
    Undelivered {
        /// Whose proof.
        attempt: Attempt,
        /// What was said, in words.
        reason: String,
    },
    /// Proof that nothing arrived, and that it never will: 4xx.
    Rejected {
        /// Whose proof.
        attempt: Attempt,
        /// What was said, in words.
        reason: String,
    },
    /// A timeout or a 5xx: it may have arrived.
    Lost {
        /// Whose request.
        attempt: Attempt,
    },
    /// Somebody else found out that whoever was sending is gone.
    Died,
    /// An operator has looked into the chat.
    Resolved(Resolution),
}

/// What an operator saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// All of it is there.
    Arrived,
    /// The part that was in doubt is not there.
    NotArrived,
}

/// What follows from an [`Input`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Something changes.
    Moves(Transition),
    /// Nothing changes: it was said before, or there is nothing to do.
    Stands,
}

/// A step from one state to another, which [`Delivery::on`] alone can make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    from: Delivery,
    to: Delivery,
}

/// Why something can't be said about a delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only the attempt that claimed it may say what became of it.
    #[error("attempt “{attempt}” does not hold this delivery, which is {state}")]
    NotYours {
        /// Who spoke.
        attempt: Attempt,
        /// Where the delivery stands.
        state: super::StateName,
    },
    /// An attempt sends once.
    #[error("attempt “{0}” is over: to send once more takes a new one")]
    AttemptOver(Attempt),
    /// Only what is unknown is for an operator to judge.
    #[error("this delivery is {0}, not unknown: there is nothing to judge")]
    NotUnknown(super::StateName),
    /// It is not over yet, so there is nothing to send again.
    #[error("this delivery is {0}: it is not over yet")]
    NotOver(super::StateName),
    /// It arrived, so there is nothing to send again.
    #[error("this delivery arrived")]
    Arrived,
}

impl Transition {
    /// What has to be stored for it to be made.
    pub const fn from(&self) -> &Delivery {
        &self.from
    }

    /// What is stored afterwards.
    pub const fn to(&self) -> &Delivery {
        &self.to
    }

    /// The outcome that it settles, if somebody had been told before that nobody knows: a delivery
    /// that was unknown, or a later generation, turns out to have arrived or not.
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
    /// What follows when `input` is said about this delivery.
    ///
    /// # Errors
    /// [`Refusal`] when it can't be said about it, and nothing changes.
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

    /// The generation after this one, for which a person asked: it sends what is not known to have
    /// arrived.
    ///
    /// # Errors
    /// [`Refusal::NotOver`] while this one may still do it, [`Refusal::Arrived`] once it has.
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
            // Said before: the answer to the claim was lost on its way from the database.
            (State::Sending { attempt }, _) if attempt == by => Ok(Verdict::Stands),
            // What it would send now, nobody could tell from what it sent then.
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
            // An answer that names nothing proves nothing.
            Standing::Sending if messages == 0 => State::Unknown { attempt: last },
            Standing::Unknown if messages == 0 => return Ok(Verdict::Stands),
            Standing::Sending => State::Pending { last: Some(last) },
            // Nobody is there any more to send the rest.
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
            // Nobody is there any more to try again.
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

    /// What `by`, who speaks about what it sent, finds.
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

/// What the attempt that reports finds: its own delivery, in one of three conditions.
enum Standing {
    /// It holds it.
    Sending,
    /// It was taken for dead, and is heard late.
    Unknown,
    /// Its report is recorded: the first one wins.
    Over,
}
