//! The rules of the delivery ledger: which states a part of a carousel can have while it is sent.
//!
//! No send API takes an idempotency key, and a request may time out after it arrived. So every part
//! has a ledger row: an attempt claims the row before it sends, and only that attempt may report
//! the result. [`Delivery::apply`] is the whole transition table. It is pure, and storage writes only
//! the [`Transition`] that it returns. This module owns no rows, requests or texts.
//!
//! ```text
//!             claim              complete answer
//!   Pending ─────────▶ Sending ───────────────────▶ Sent
//!      ▲  partial answer, │ │ └─ rejected ────────▶ Failed
//!      └─ proof of non- ──┘ │ timeout, 5xx, death     ▲
//!         delivery          ▼                         │
//!                        Unknown ─ late proof, late partial answer
//!                           └─ late complete answer ──▶ Sent
//! ```
//!
//! A part in state `Unknown` is never sent again automatically. A person may request it. That makes
//! the next *generation*, a new row, for the messages that are not known to have arrived.

mod part;
mod transition;

use std::fmt;

pub use part::{DeliveryPart, Generation, LedgerKey, MessageRecord, PartError, RepeatPolicy};
pub use transition::{DeliveryInput, SendReport, Transition, TransitionRefusal, TransitionResult};

use crate::{AttemptId, limits::ALBUM_MAX, named};

/// The number of messages of a part: 1 to [`ALBUM_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartSize(u8);

/// One generation of a part: its state and how many of its messages have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    size: PartSize,
    arrived: u8,
    repeats: RepeatPolicy,
    state: DeliveryState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryState {
    /// No request is in progress.
    Pending {
        /// The attempt that returned it to this state; `None` before the first attempt.
        last: Option<AttemptId>,
    },
    /// This attempt may be sending; no other attempt may.
    Sending { attempt: AttemptId },
    /// All messages arrived.
    Sent {
        /// The attempt that decided the state.
        last: AttemptId,
    },
    /// A request was made, and whether it arrived is unknown.
    Unknown {
        /// Only this attempt may still report.
        attempt: AttemptId,
    },
    /// It did not arrive, and no attempt will retry it.
    Failed {
        /// The attempt that failed.
        last: AttemptId,
        reason: String,
        kind: RejectionKind,
    },
}

/// What a failed delivery means for later messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectionKind {
    /// The bot can't write to this chat any more.
    ChatClosed,
    /// Only this delivery failed.
    Other,
}

named!(RejectionKind, "kind of rejection", {
    ChatClosed => "chat_closed",
    Other => "other",
});

/// A [`DeliveryState`] without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStateName {
    Pending,
    Sending,
    Sent,
    Unknown,
    Failed,
}

named!(DeliveryStateName, "state of a delivery", {
    Pending => "pending",
    Sending => "sending",
    Sent => "sent",
    Unknown => "unknown",
    Failed => "failed",
});

/// A stored row that no sequence of transitions produces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{arrived} of {size} messages arrived but the state is “{state}”")]
pub struct ImplausibleDelivery {
    pub size: u8,
    pub arrived: u8,
    pub state: DeliveryStateName,
}

/// A number of messages outside 1 to [`ALBUM_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part is 1 to {ALBUM_MAX} messages, not {0}")]
pub struct PartSizeError(pub u64);

impl PartSize {
    pub const ONE: Self = Self(1);

    ///
    ///
    /// # Errors
    /// [`PartSizeError`] outside 1 to [`ALBUM_MAX`].
    pub fn new(messages: usize) -> Result<Self, PartSizeError> {
        match u8::try_from(messages) {
            Ok(size @ 1..=ALBUM_MAX) => Ok(Self(size)),
            Ok(_) | Err(_) => Err(PartSizeError(messages as u64)),
        }
    }

    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Delivery {
    /// The first generation of a part: nothing has been sent.
    pub const fn new(size: PartSize, repeats: RepeatPolicy) -> Self {
        Self { size, arrived: 0, repeats, state: DeliveryState::Pending { last: None } }
    }

    /// Restores a stored delivery.
    ///
    /// # Errors
    /// [`ImplausibleDelivery`] if no sequence of transitions produces it.
    pub fn restore(
        size: PartSize,
        arrived: u8,
        repeats: RepeatPolicy,
        state: DeliveryState,
    ) -> Result<Self, ImplausibleDelivery> {
        let whole = arrived == size.0;
        let plausible = match &state {
            DeliveryState::Sent { .. } => whole,
            DeliveryState::Pending { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Failed { .. } => arrived < size.0,
        };
        if plausible {
            Ok(Self { size, arrived, repeats, state })
        } else {
            Err(ImplausibleDelivery { size: size.0, arrived, state: state.name() })
        }
    }

    pub const fn size(&self) -> PartSize {
        self.size
    }

    /// How many messages are known to have arrived; they are the first ones. A send starts after
    /// them.
    pub const fn arrived(&self) -> u8 {
        self.arrived
    }

    /// Whether it may be sent again although it may have arrived.
    pub const fn repeats(&self) -> RepeatPolicy {
        self.repeats
    }

    pub const fn state(&self) -> &DeliveryState {
        &self.state
    }

    /// Whether `attempt` holds the delivery and may send the rest.
    pub fn is_held_by(&self, attempt: &AttemptId) -> bool {
        matches!(&self.state, DeliveryState::Sending { attempt: owner } if owner == attempt)
    }
}

impl DeliveryState {
    pub const fn name(&self) -> DeliveryStateName {
        match self {
            Self::Pending { .. } => DeliveryStateName::Pending,
            Self::Sending { .. } => DeliveryStateName::Sending,
            Self::Sent { .. } => DeliveryStateName::Sent,
            Self::Unknown { .. } => DeliveryStateName::Unknown,
            Self::Failed { .. } => DeliveryStateName::Failed,
        }
    }

    pub const fn attempt(&self) -> Option<&AttemptId> {
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

impl fmt::Display for PartSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
