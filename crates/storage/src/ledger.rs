//! The delivery ledger: one row per part of a carousel that is sent, and generation.
//!
//! [`domain::delivery`] decides what may be written: a row changes only by a [`Transition`], and
//! only if its state is the one where that transition starts. A sender [`claim`]s first, sends
//! outside the transaction, and [`record`]s the outcome under the same attempt, however late.
//!
//! When an unknown delivery is resolved, the carousel is updated too, and the event to be written
//! in the same transaction is returned.

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
    pub slot: Slot,
    pub delivery: Delivery,
    /// The chat that it goes to, if it goes to one.
    pub chat: Option<ChatId>,
    /// The messages of this generation, in the order of their arrival.
    pub messages: Vec<MessageRecord>,
    /// When it was first claimed or requested.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// The caller's: send what has not [arrived](Delivery::arrived), once, and record the outcome.
    Send(Entry),
    /// Send nothing: it arrived, failed, or is unknown.
    Over(Entry),
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Accepted (2xx), with these messages.
    Answered(Vec<MessageRecord>),
    /// Nothing arrived, and a retry may succeed: no connection, 429.
    Undelivered(String),
    /// Nothing arrived, and no retry can succeed: 4xx.
    Rejected(String),
    /// A timeout or a 5xx: the outcome is unknown.
    Lost,
}

#[must_use = "the event that says a delivery was settled has to be written in this transaction"]
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub entry: Entry,
    /// Whether this call changed the row.
    pub fresh: bool,
    /// The event to be written if this resolves an unknown delivery.
    pub resolved: Option<CarouselDeliveryResolved>,
}

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The input is not valid for this delivery's state.
    #[error("{slot}: {refusal}")]
    Refused { slot: Slot, refusal: Refusal },
    /// There is no such row: it was never claimed or requested.
    #[error("there is no delivery {0}")]
    Missing(Slot),
    /// The row changed between read and write: run the transaction again.
    #[error("{0} was changed by another transaction")]
    Overtaken(Slot),
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

/// Claims a delivery for `attempt`, before anything is sent. This creates the first generation, of
/// `size` messages; [`again`] creates later ones.
///
/// Claiming twice under one attempt has the same result. So if the answer to a claim is lost, the
/// claim is repeated, before anything is sent.
///
/// # Errors
/// [`LedgerError::Missing`] for a generation that was never requested; [`LedgerError::Refused`] for
/// an attempt that has sent before.
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

/// Records the outcome of the request of `attempt`. The first report wins; a repeated one returns
/// what is stored.
///
/// # Errors
/// [`LedgerError::Refused`] if the delivery does not belong to this attempt.
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

/// Records that the sender died: the outcome is unknown.
///
/// # Errors
/// [`LedgerError::Missing`].
pub async fn declare_dead(tx: &Tx, slot: &Slot, at: Timestamp) -> Result<Recorded, LedgerError> {
    apply(tx, slot, &Input::Died, &[], at).await
}

/// Resolves an unknown delivery by what an operator saw in the chat.
///
/// # Errors
/// [`LedgerError::Refused`] if it is not unknown, or was resolved differently.
pub async fn resolve(
    tx: &Tx,
    slot: &Slot,
    saw: Resolution,
    at: Timestamp,
) -> Result<Recorded, LedgerError> {
    apply(tx, slot, &Input::Resolved(saw), &[], at).await
}

/// Creates the generation that a “Send again” button names, or returns it if it exists: two taps
/// create one. It has to be claimed afterwards.
///
/// # Errors
/// [`LedgerError::Refused`] if the previous generation arrived or is not over yet;
/// [`LedgerError::Missing`] if there is no previous one.
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
    // Locked, so that of two taps one waits for the other.
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
    /// The state machine's input for this report of `attempt`.
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

    pub(crate) fn messages(&self) -> &[MessageRecord] {
        match self {
            Self::Answered(messages) => messages,
            Self::Undelivered(_) | Self::Rejected(_) | Self::Lost => &[],
        }
    }
}

impl Entry {
    /// The outcome once it is over: sent, failed, or unknown until a late answer arrives.
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

/// Applies an input to a delivery and stores the result.
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

/// Updates the carousel after its delivery was resolved.
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
        // Users never see that a notice is unknown.
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
