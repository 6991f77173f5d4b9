//! The rules of the delivery ledger: which states a part of a carousel can have while it is sent.
//!
//! No send API takes an idempotency key, and a request may time out after it arrived. So every part
//! has a ledger row: an attempt claims the row before it sends, and only that attempt may report
//! the result. [`Delivery::on`] is the whole transition table. It is pure, and storage writes only
//! the [`Transition`] that it returns. This module owns no rows, requests or texts.
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
//! A part in state `Unknown` is never sent again automatically. A person may request it. That makes
//! the next *generation*, a new row, for the messages that are not known to have arrived.

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

/// The number of messages of a part: 1 to [`ALBUM_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size(u8);

/// One generation of a part: its state and how many of its messages have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    size: Size,
    arrived: u8,
    repeats: Repeats,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// No request is in progress.
    Pending {
        /// The attempt that returned it to this state; `None` before the first attempt.
        last: Option<Attempt>,
    },
    /// This attempt may be sending; no other attempt may.
    Sending { attempt: Attempt },
    /// All messages arrived.
    Sent {
        /// The attempt that decided the state.
        last: Attempt,
    },
    /// A request was made, and whether it arrived is unknown.
    Unknown {
        /// Only this attempt may still report.
        attempt: Attempt,
    },
    /// It did not arrive, and no attempt will retry it.
    Failed {
        /// The attempt that failed, or that an operator judged.
        last: Attempt,
        reason: String,
    },
}

/// A [`State`] without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateName {
    Pending,
    Sending,
    Sent,
    Unknown,
    Failed,
}

named!(StateName, "state of a delivery", {
    Pending => "pending",
    Sending => "sending",
    Sent => "sent",
    Unknown => "unknown",
    Failed => "failed",
});

/// A stored row that no sequence of transitions produces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{arrived} of {size} messages arrived but the state is “{state}”")]
pub struct Implausible {
    pub size: u8,
    pub arrived: u8,
    pub state: StateName,
}

/// A number of messages outside 1 to [`ALBUM_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part is 1 to {ALBUM_MAX} messages, not {0}")]
pub struct SizeError(pub u64);

impl Size {
    pub const ONE: Self = Self(1);

    ///
    ///
    /// # Errors
    /// [`SizeError`] outside 1 to [`ALBUM_MAX`].
    pub fn new(messages: usize) -> Result<Self, SizeError> {
        match u8::try_from(messages) {
            Ok(size @ 1..=ALBUM_MAX) => Ok(Self(size)),
            Ok(_) | Err(_) => Err(SizeError(messages as u64)),
        }
    }

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

    /// Restores a stored delivery.
    ///
    /// # Errors
    /// [`Implausible`] if no sequence of transitions produces it.
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

    pub const fn size(&self) -> Size {
        self.size
    }

    /// How many messages are known to have arrived; they are the first ones. A send starts after
    /// them.
    pub const fn arrived(&self) -> u8 {
        self.arrived
    }

    /// Whether it may be sent again although it may have arrived.
    pub const fn repeats(&self) -> Repeats {
        self.repeats
    }

    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Whether `attempt` holds the delivery and may send the rest.
    pub fn belongs_to(&self, attempt: &Attempt) -> bool {
        matches!(&self.state, State::Sending { attempt: owner } if owner == attempt)
    }
}

impl State {
    pub const fn name(&self) -> StateName {
        match self {
            Self::Pending { .. } => StateName::Pending,
            Self::Sending { .. } => StateName::Sending,
            Self::Sent { .. } => StateName::Sent,
            Self::Unknown { .. } => StateName::Unknown,
            Self::Failed { .. } => StateName::Failed,
        }
    }

    /// The attempt that the state names.
    pub const fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Pending { last } => last.as_ref(),
            Self::Sending { attempt } | Self::Unknown { attempt } => Some(attempt),
            Self::Sent { last } | Self::Failed { last, .. } => Some(last),
        }
    }

    /// Whether it is neither `sent` nor `failed`.
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
