//! The delivery ledger's rules: what may happen to a part of a carousel that is being sent.
//!
//! No send API takes an idempotency key, and a send may time out after it arrived. So every part
//! has a ledger: whoever wants to send claims it first, and only the attempt that claimed it may
//! say what became of it. [`Delivery::on`] is the whole table of transitions; it is pure, and the
//! [`Transition`] it gives is the only thing that the database can be told to write. Owns neither
//! rows nor requests nor texts.
//!
//! ```text
//!             claim              complete answer
//!   Pending ─────────▶ Sending ───────────────────▶ Sent
//!      ▲  partial answer, │ │ └─ rejected ────────▶ Failed
//!      └─ proof of non- ──┘ │ timeout, 5xx, death     ▲
//!         delivery          ▼                         │ late proof, late partial answer,
//!                        Unknown ─────────────────────┤ operator: “it did not arrive”
//!                           └─ late complete answer, operator: “it arrived” ──▶ Sent
//! ```
//!
//! What is unknown is never sent again by us. A person may ask for it, which makes the next
//! *generation*, a row of its own, for the messages that are not known to have arrived.

mod part;
mod transition;

use std::fmt;

pub use part::{Generation, MessageRecord, Part, PartError, Repeats, Slot};
pub use transition::{Input, Refusal, Resolution, Transition, Verdict};

use crate::{
    Attempt,
    format::{UnknownName, named},
    limits::ALBUM_MAX,
};

/// How many messages a part is: 1 to [`ALBUM_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size(u8);

/// One generation of a part: how much of it has arrived, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    size: Size,
    arrived: u8,
    repeats: Repeats,
    state: State,
}

/// Where a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing is on its way.
    Pending {
        /// The attempt that brought it here, if one did.
        last: Option<Attempt>,
    },
    /// This attempt may be sending right now; nobody else may.
    Sending {
        /// Whose it is.
        attempt: Attempt,
    },
    /// All of it arrived.
    Sent {
        /// The attempt whose answer, or whose silence, was the last.
        last: Attempt,
    },
    /// It was sent, and nobody can say whether it arrived.
    Unknown {
        /// The only attempt whose late answer would still tell.
        attempt: Attempt,
    },
    /// It did not arrive, and by itself it never will.
    Failed {
        /// The attempt that found out, or whose silence was judged.
        last: Attempt,
        /// Why, in words.
        reason: String,
    },
}

/// The name of a [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateName {
    /// [`State::Pending`].
    Pending,
    /// [`State::Sending`].
    Sending,
    /// [`State::Sent`].
    Sent,
    /// [`State::Unknown`].
    Unknown,
    /// [`State::Failed`].
    Failed,
}

named!(StateName, "state of a delivery", {
    Pending => "pending",
    Sending => "sending",
    Sent => "sent",
    Unknown => "unknown",
    Failed => "failed",
});

/// A stored delivery that no sequence of transitions leads to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{arrived} of {size} messages arrived and it is “{state}”: that can't be")]
pub struct Implausible {
    /// Messages in all.
    pub size: u8,
    /// Messages that arrived.
    pub arrived: u8,
    /// Where it is said to stand.
    pub state: StateName,
}

/// A number of messages that no part can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part is 1 to {ALBUM_MAX} messages, not {0}")]
pub struct SizeError(pub u64);

impl Size {
    /// A single message.
    pub const ONE: Self = Self(1);

    /// Checks a number.
    ///
    /// # Errors
    /// [`SizeError`] when it is 0 or more than [`ALBUM_MAX`].
    pub fn new(messages: usize) -> Result<Self, SizeError> {
        match u8::try_from(messages) {
            Ok(size @ 1..=ALBUM_MAX) => Ok(Self(size)),
            Ok(_) | Err(_) => Err(SizeError(messages as u64)),
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Delivery {
    /// The first generation of a part: nothing has been sent.
    pub const fn new(size: Size, repeats: Repeats) -> Self {
        Self {
            size,
            arrived: 0,
            repeats,
            state: State::Pending { last: None },
        }
    }

    /// A delivery as it was stored.
    ///
    /// # Errors
    /// [`Implausible`] when no sequence of transitions leads to it.
    pub fn restore(
        size: Size,
        arrived: u8,
        repeats: Repeats,
        state: State,
    ) -> Result<Self, Implausible> {
        let whole = arrived == size.0;
        let plausible = match &state {
            State::Sent { .. } => whole,
            State::Pending { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Failed { .. } => arrived < size.0,
        };
        if plausible {
            Ok(Self {
                size,
                arrived,
                repeats,
                state,
            })
        } else {
            Err(Implausible {
                size: size.0,
                arrived,
                state: state.name(),
            })
        }
    }

    /// How many messages it is.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// How many of them are known to have arrived, from the first one on. The rest is to be sent.
    pub const fn arrived(&self) -> u8 {
        self.arrived
    }

    /// Whether it may be sent again although it may have arrived.
    pub const fn repeats(&self) -> Repeats {
        self.repeats
    }

    /// Where it stands.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Whether `attempt` may send the rest, and nobody else may.
    pub fn belongs_to(&self, attempt: &Attempt) -> bool {
        matches!(&self.state, State::Sending { attempt: owner } if owner == attempt)
    }
}

impl State {
    /// Its name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Pending { .. } => StateName::Pending,
            Self::Sending { .. } => StateName::Sending,
            Self::Sent { .. } => StateName::Sent,
            Self::Unknown { .. } => StateName::Unknown,
            Self::Failed { .. } => StateName::Failed,
        }
    }

    /// The attempt that it speaks of, if it speaks of one.
    pub const fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Pending { last } => last.as_ref(),
            Self::Sending { attempt } | Self::Unknown { attempt } => Some(attempt),
            Self::Sent { last } | Self::Failed { last, .. } => Some(last),
        }
    }

    /// Whether anything may still happen to it by itself: not sent, not failed.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Pending { .. } | Self::Sending { .. } | Self::Unknown { .. } => true,
            Self::Sent { .. } | Self::Failed { .. } => false,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
