//! The delivery ledger: one row per part of a carousel that is sent, and generation.
//!
//! [`domain::delivery`] decides what may be written: a row changes only by a [`Transition`], and
//! only if its state is the one where that transition starts. [`DeliveryLedger`] sends: it
//! [`claim`]s first, sends outside the transaction, and [`record`]s the outcome under the same
//! attempt, however late. It does the same with a broadcast's recipients, in their own table.
//!
//! When an unknown delivery is resolved, the carousel is updated too, and the event to be written
//! in the same transaction is returned.

mod ledger_queries;
mod row;
mod send_once;

use domain::{
    AttemptId, ChatId, Outcome,
    delivery::{
        Delivery, DeliveryInput, DeliveryPart, Generation, LedgerKey, MessageRecord, PartSize,
        SendReport, Transition, TransitionRefusal, TransitionResult,
    },
};
use events::{Timestamp, persistence::CarouselDeliveryResolved};

pub use ledger_queries::{draft_notice, find, is_in_review, of_carousel, of_message, unopened};
pub(crate) use row::{StateColumns, decode_state};
pub use send_once::{DeliveryLedger, DeliveryTarget, SendResult};

use crate::{FirstWrite, MaybeConflict, StorageError, Tx, carousels, tx::truncate_to_micros};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub slot: LedgerKey,
    pub delivery: Delivery,
    /// The chat that it goes to, if it goes to one.
    pub chat: Option<ChatId>,
    /// The messages of this generation, in the order of their arrival.
    pub messages: Vec<MessageRecord>,
    /// When it was first claimed or requested.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[must_use = "the event that says a delivery was settled has to be written in this transaction"]
#[derive(Debug, Clone, PartialEq)]
pub struct RecordResult {
    pub entry: LedgerEntry,
    /// Whether this call changed the row.
    pub fresh: bool,
    /// The event to be written if this resolves an unknown delivery.
    pub resolved: Option<CarouselDeliveryResolved>,
}

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The input is not valid for this delivery's state.
    #[error("{delivery}: {refusal}")]
    Refused { delivery: String, refusal: TransitionRefusal },
    /// There is no such row: it was never claimed or requested.
    #[error("there is no delivery {0}")]
    Missing(String),
    /// The row changed between read and write: run the transaction again.
    #[error("{0} was changed by another transaction")]
    Conflict(LedgerKey),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for LedgerError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Conflict(_) => true,
            Self::Refused { .. } | Self::Missing(_) => false,
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

/// Claims a delivery for `attempt`, before anything is sent. This creates the first generation, of
/// `size` messages; [`add_generation`] creates later ones. The caller may send if the delivery
/// [belongs](Delivery::is_held_by) to its attempt afterwards.
///
/// Claiming twice under one attempt has the same result. So if the answer to a claim is lost, the
/// claim is repeated, before anything is sent.
///
/// # Errors
/// [`LedgerError::Missing`] for a generation that was never requested; [`LedgerError::Refused`] for
/// an attempt that has sent before.
pub async fn claim(
    tx: &Tx,
    slot: &LedgerKey,
    size: PartSize,
    chat: Option<ChatId>,
    attempt: &AttemptId,
    at: Timestamp,
) -> Result<LedgerEntry, LedgerError> {
    if slot.generation == Generation::FIRST {
        let new = Delivery::new(size, slot.part.repeats());
        row::add(tx, slot, &new, chat, at).await?;
    }
    let claim = DeliveryInput::Claim { attempt: attempt.clone() };
    Ok(apply_input(tx, slot, &claim, at).await?.entry)
}

/// Stores that a part will be sent, unless it is stored already: later attempts find it, whatever
/// happens to this one. It has to be claimed afterwards.
pub async fn plan(
    tx: &Tx,
    slot: &LedgerKey,
    size: PartSize,
    chat: Option<ChatId>,
    at: Timestamp,
) -> Result<(), LedgerError> {
    let new = Delivery::new(size, slot.part.repeats());
    row::add(tx, slot, &new, chat, at).await?;
    Ok(())
}

/// Records the outcome of the request of `attempt`. The first report wins; a repeated one returns
/// what is stored.
///
/// # Errors
/// [`LedgerError::Refused`] if the delivery does not belong to this attempt.
pub async fn record(
    tx: &Tx,
    slot: &LedgerKey,
    attempt: &AttemptId,
    report: &SendReport,
    at: Timestamp,
) -> Result<RecordResult, LedgerError> {
    let input = DeliveryInput::Reported { attempt: attempt.clone(), report: report.clone() };
    apply_input(tx, slot, &input, at).await
}

/// Records that the sender died: the outcome is unknown.
///
/// # Errors
/// [`LedgerError::Missing`].
pub async fn mark_sender_dead(
    tx: &Tx,
    slot: &LedgerKey,
    at: Timestamp,
) -> Result<RecordResult, LedgerError> {
    apply_input(tx, slot, &DeliveryInput::AttemptDied, at).await
}

/// Creates the generation that a “Send again” button names, or returns it if it exists: two taps
/// create one. It has to be claimed afterwards.
///
/// # Errors
/// [`LedgerError::Refused`] if the previous generation arrived or is not over yet;
/// [`LedgerError::Missing`] if there is no previous one.
pub async fn add_generation(
    tx: &Tx,
    slot: &LedgerKey,
    at: Timestamp,
) -> Result<FirstWrite<LedgerEntry>, LedgerError> {
    if let Some(there) = row::lock(tx, slot).await? {
        return Ok(FirstWrite::earlier(there));
    }
    let missing = || LedgerError::Missing(slot.to_string());
    let generation = slot.generation.previous().ok_or_else(missing)?;
    let before = LedgerKey { generation, ..slot.clone() };
    // Locked, so that of two taps one waits for the other.
    let before = row::lock(tx, &before).await?.ok_or_else(missing)?;
    let next = before.delivery.next_generation().map_err(|refusal| {
        let delivery = slot.to_string();
        LedgerError::Refused { delivery, refusal }
    })?;
    let fresh = row::add(tx, slot, &next, before.chat, at).await?;
    let entry = row::lock(tx, slot).await?.ok_or_else(missing)?;
    Ok(if fresh { FirstWrite::fresh(entry) } else { FirstWrite::earlier(entry) })
}

impl LedgerEntry {
    /// The outcome once it is over: sent, failed, or unknown until a late answer arrives.
    pub fn outcome(&self) -> Option<Outcome> {
        use domain::delivery::DeliveryState;
        match self.delivery.state() {
            DeliveryState::Sent { .. } => Some(Outcome::Delivered),
            DeliveryState::Failed { .. } => Some(Outcome::Failed),
            DeliveryState::Unknown { .. } => Some(Outcome::Unknown),
            DeliveryState::Pending { .. } | DeliveryState::Sending { .. } => None,
        }
    }
}

async fn apply_input(
    tx: &Tx,
    slot: &LedgerKey,
    input: &DeliveryInput,
    at: Timestamp,
) -> Result<RecordResult, LedgerError> {
    let mut entry =
        row::lock(tx, slot).await?.ok_or_else(|| LedgerError::Missing(slot.to_string()))?;
    let verdict = entry.delivery.apply(input).map_err(|refusal| {
        let delivery = slot.to_string();
        LedgerError::Refused { delivery, refusal }
    })?;
    let transition = match verdict {
        TransitionResult::Changed(transition) => transition,
        TransitionResult::Unchanged => {
            return Ok(RecordResult { entry, fresh: false, resolved: None });
        }
    };
    if let DeliveryInput::Reported { report, .. } = input {
        entry.messages.extend_from_slice(report.messages());
    }
    if !row::apply_transition(tx, slot, &transition, &entry.messages, at).await? {
        return Err(LedgerError::Conflict(slot.clone()));
    }
    let resolved = update_carousel(tx, slot, &transition, at).await?;
    entry.delivery = transition.to().clone();
    entry.updated_at = truncate_to_micros(at);
    Ok(RecordResult { entry, fresh: true, resolved })
}

/// Updates the carousel after its delivery was resolved.
async fn update_carousel(
    tx: &Tx,
    slot: &LedgerKey,
    transition: &Transition,
    at: Timestamp,
) -> Result<Option<CarouselDeliveryResolved>, StorageError> {
    let Some(outcome) = transition.settled_outcome(slot.generation) else {
        return Ok(None);
    };
    match &slot.part {
        // Users never see that a notice is unknown.
        DeliveryPart::Notice(_) => return Ok(None),
        DeliveryPart::Album | DeliveryPart::Folder if outcome == Outcome::Delivered => {
            carousels::mark_delivered(tx, &slot.carousel, at).await?;
        }
        DeliveryPart::Album
        | DeliveryPart::Folder
        | DeliveryPart::Caption
        | DeliveryPart::Document(_) => {}
    }
    Ok(Some(CarouselDeliveryResolved {
        carousel: slot.carousel.as_str().to_owned(),
        generation: slot.generation.get(),
        outcome,
    }))
}
