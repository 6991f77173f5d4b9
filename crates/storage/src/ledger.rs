//! The delivery ledger: one row per part of a carousel that is sent, and generation.
//!
//! What may be written is decided by [`domain::delivery`]: a row changes by a
//! [`Transition`] and by nothing else, and only while it is what that
//! transition starts from. Whoever sends [`claim`]s first, sends outside the transaction, and
//! [`record`]s under the same attempt what became of it, however late.
//!
//! When a delivery that was in doubt is settled, the carousel says so too, and the event to be
//! written in the same transaction is handed back.

mod look;
mod row;

use domain::{
    Attempt, ChatId, Outcome,
    delivery::{
        Delivery, Generation, Input, MessageRecord, Part, Refusal, Resolution, Size, Slot,
        Transition, Verdict,
    },
};
use events::{Timestamp, persistence::CarouselDeliveryResolved};

pub use look::{find, of_carousel, sending_since, unknown};
pub(crate) use row::{Columns, state};

use crate::{Contended, Error, Stored, Tx, carousels, tx::kept};

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which row.
    pub slot: Slot,
    /// Where it stands.
    pub delivery: Delivery,
    /// The chat that it goes to, where it goes to one.
    pub chat: Option<ChatId>,
    /// The messages that this generation made, in the order of their arrival.
    pub messages: Vec<MessageRecord>,
    /// When it was first claimed or asked for.
    pub created_at: Timestamp,
    /// When anything about it was last written.
    pub updated_at: Timestamp,
}

/// What claiming gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is yours: send what has not [arrived](Delivery::arrived), once, and record what happens.
    Send(Entry),
    /// Send nothing: it arrived, or failed, or nobody can say.
    Over(Entry),
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// It was taken (2xx), and became these messages.
    Answered(Vec<MessageRecord>),
    /// Nothing arrived, and may later: no connection, 429.
    Undelivered(String),
    /// Nothing arrived, and never will: 4xx.
    Rejected(String),
    /// A timeout or a 5xx: nobody can say.
    Lost,
}

/// What recording gives.
#[must_use = "the event that says a delivery was settled has to be written in this transaction"]
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The row as it is stored now.
    pub entry: Entry,
    /// Whether this call changed it.
    pub fresh: bool,
    /// The event to be written, when a delivery that was in doubt is settled by it.
    pub resolved: Option<CarouselDeliveryResolved>,
}

/// Why the ledger refuses.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It can't be said about this delivery.
    #[error("{slot}: {refusal}")]
    Refused {
        /// Which row.
        slot: Slot,
        /// Why not.
        refusal: Refusal,
    },
    /// There is no such row: nobody claimed it or asked for it.
    #[error("there is no delivery {0}")]
    Missing(Slot),
    /// The row was changed between the look and the write: run the transaction again.
    #[error("{0} was changed by somebody else meanwhile")]
    Overtaken(Slot),
    /// Anything else.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl Contended for LedgerError {
    fn is_contended(&self) -> bool {
        match self {
            Self::Overtaken(_) => true,
            Self::Refused { .. } | Self::Missing(_) => false,
            Self::Storage(error) => error.is_contended(),
        }
    }
}

/// Claims a delivery for `attempt`, before anything is sent. The first generation comes into being
/// here, `size` messages large; later ones by [`again`].
///
/// Claiming twice under one attempt is claiming once, so a claim whose answer was lost on the way
/// from the database is simply repeated, before anything is sent.
///
/// # Errors
/// [`LedgerError::Missing`] for a generation that nobody asked for; [`LedgerError::Refused`] for an
/// attempt that has sent before.
pub async fn claim(
    tx: &Tx,
    slot: &Slot,
    size: Size,
    chat: Option<ChatId>,
    attempt: &Attempt,
    at: Timestamp,
) -> Result<Claimed, LedgerError> {
    if slot.generation == Generation::FIRST {
        let new = Delivery::new(size, slot.part.repeats());
        row::add(tx, slot, &new, chat, at).await?;
    }
    let attempt = attempt.clone();
    let claim = Input::Claim {
        attempt: attempt.clone(),
    };
    let entry = apply(tx, slot, &claim, &[], at).await?.entry;
    Ok(if entry.delivery.belongs_to(&attempt) {
        Claimed::Send(entry)
    } else {
        Claimed::Over(entry)
    })
}

/// Records what became of the request of `attempt`. The first report wins; a repeated one is given
/// what is stored.
///
/// # Errors
/// [`LedgerError::Refused`] when the delivery is not this attempt's.
pub async fn record(
    tx: &Tx,
    slot: &Slot,
    attempt: &Attempt,
    report: &Report,
    at: Timestamp,
) -> Result<Recorded, LedgerError> {
    let input = report.input(attempt);
    apply(tx, slot, &input, report.messages(), at).await
}

/// Notes that whoever was sending is gone: nobody can say whether it arrived.
///
/// # Errors
/// [`LedgerError::Missing`].
pub async fn declare_dead(tx: &Tx, slot: &Slot, at: Timestamp) -> Result<Recorded, LedgerError> {
    apply(tx, slot, &Input::Died, &[], at).await
}

/// Settles what is unknown by what an operator saw in the chat.
///
/// # Errors
/// [`LedgerError::Refused`] when it is not unknown, or was settled differently.
pub async fn resolve(
    tx: &Tx,
    slot: &Slot,
    saw: Resolution,
    at: Timestamp,
) -> Result<Recorded, LedgerError> {
    apply(tx, slot, &Input::Resolved(saw), &[], at).await
}

/// Makes the generation that a “Send again” button names, or gives it when it is there: two taps are
/// one. Somebody then has to claim it.
///
/// # Errors
/// [`LedgerError::Refused`] when the generation before it arrived, or is not over yet;
/// [`LedgerError::Missing`] when there is none before it.
pub async fn again(tx: &Tx, slot: &Slot, at: Timestamp) -> Result<Stored<Entry>, LedgerError> {
    if let Some(there) = row::lock(tx, slot).await? {
        return Ok(Stored::earlier(there));
    }
    let missing = || LedgerError::Missing(slot.clone());
    let generation = slot.generation.previous().ok_or_else(missing)?;
    let before = Slot {
        generation,
        ..slot.clone()
    };
    // Locked, so that of two taps one waits here for the other.
    let before = row::lock(tx, &before).await?.ok_or_else(missing)?;
    let next = before.delivery.again().map_err(|refusal| {
        let slot = slot.clone();
        LedgerError::Refused { slot, refusal }
    })?;
    let fresh = row::add(tx, slot, &next, before.chat, at).await?;
    let entry = row::lock(tx, slot).await?.ok_or_else(missing)?;
    Ok(if fresh {
        Stored::fresh(entry)
    } else {
        Stored::earlier(entry)
    })
}

impl Report {
    /// What `attempt` says by it.
    pub(crate) fn input(&self, attempt: &Attempt) -> Input {
        let attempt = attempt.clone();
        match self {
            Self::Answered(messages) => Input::Answered {
                attempt,
                messages: u8::try_from(messages.len()).unwrap_or(u8::MAX),
            },
            Self::Undelivered(reason) => Input::Undelivered {
                attempt,
                reason: reason.clone(),
            },
            Self::Rejected(reason) => Input::Rejected {
                attempt,
                reason: reason.clone(),
            },
            Self::Lost => Input::Lost { attempt },
        }
    }

    /// The messages that arrived.
    pub(crate) fn messages(&self) -> &[MessageRecord] {
        match self {
            Self::Answered(messages) => messages,
            Self::Undelivered(_) | Self::Rejected(_) | Self::Lost => &[],
        }
    }
}

impl Entry {
    /// Whether it is over: sent, failed, or unknown to everybody but its own late answer.
    pub fn outcome(&self) -> Option<Outcome> {
        use domain::delivery::State;
        match self.delivery.state() {
            State::Sent { .. } => Some(Outcome::Delivered),
            State::Failed { .. } => Some(Outcome::Failed),
            State::Unknown { .. } => Some(Outcome::Unknown),
            State::Pending { .. } | State::Sending { .. } => None,
        }
    }
}

/// Says something about a delivery and writes what follows.
async fn apply(
    tx: &Tx,
    slot: &Slot,
    input: &Input,
    messages: &[MessageRecord],
    at: Timestamp,
) -> Result<Recorded, LedgerError> {
    let mut entry = row::lock(tx, slot)
        .await?
        .ok_or_else(|| LedgerError::Missing(slot.clone()))?;
    let verdict = entry.delivery.on(input).map_err(|refusal| {
        let slot = slot.clone();
        LedgerError::Refused { slot, refusal }
    })?;
    let transition = match verdict {
        Verdict::Moves(transition) => transition,
        Verdict::Stands => {
            return Ok(Recorded {
                entry,
                fresh: false,
                resolved: None,
            });
        }
    };
    entry.messages.extend_from_slice(messages);
    if !row::make(tx, slot, &transition, &entry.messages, at).await? {
        return Err(LedgerError::Overtaken(slot.clone()));
    }
    let resolved = settle(tx, slot, &transition, at).await?;
    entry.delivery = transition.to().clone();
    entry.updated_at = kept(at);
    Ok(Recorded {
        entry,
        fresh: true,
        resolved,
    })
}

/// Says of the carousel what was found out about its delivery.
async fn settle(
    tx: &Tx,
    slot: &Slot,
    transition: &Transition,
    at: Timestamp,
) -> Result<Option<CarouselDeliveryResolved>, Error> {
    let Some(outcome) = transition.settles(slot.generation) else {
        return Ok(None);
    };
    match &slot.part {
        // Nobody was told that a notice is in doubt.
        Part::Notice(_) => return Ok(None),
        Part::Album | Part::Folder if outcome == Outcome::Delivered => {
            carousels::arrived(tx, &slot.carousel, at).await?;
        }
        Part::Album | Part::Folder | Part::Caption | Part::Document(_) => {}
    }
    Ok(Some(CarouselDeliveryResolved {
        carousel: slot.carousel.as_str().to_owned(),
        generation: slot.generation.get(),
        outcome,
    }))
}
