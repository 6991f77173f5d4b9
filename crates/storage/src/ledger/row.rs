//! Rows of the ledger: encoding, decoding, and the one statement that changes a row.

use domain::{
    Attempt, CarouselId, ChatId,
    delivery::{
        Delivery, Generation, MessageRecord, Part, Size, Slot, State, StateName, Transition,
    },
};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::Entry;
use crate::{
    Error, Tx,
    entity::delivery::{ActiveModel, Column, Entity, Model},
    tx::{json, kept, storable},
};

/// Inserts a row if it is missing. Returns whether it did.
pub(super) async fn add(
    tx: &Tx,
    slot: &Slot,
    delivery: &Delivery,
    chat: Option<ChatId>,
    at: Timestamp,
) -> Result<bool, Error> {
    let state = Columns::of(delivery.state());
    let row = ActiveModel {
        carousel_id: Set(slot.carousel.as_str().to_owned()),
        revision: Set(i64::from(slot.revision)),
        part: Set(slot.part.to_string()),
        generation: Set(i64::from(slot.generation.get())),
        size: Set(i64::from(delivery.size().get())),
        arrived: Set(i64::from(delivery.arrived())),
        state: Set(state.name.to_owned()),
        attempt: Set(state.attempt),
        reason: Set(state.reason),
        chat_id: Set(chat.map(ChatId::get)),
        messages: Set("[]".to_owned()),
        created_at: Set(kept(at)),
        updated_at: Set(kept(at)),
    };
    let key = [
        Column::CarouselId,
        Column::Revision,
        Column::Part,
        Column::Generation,
    ];
    let added = Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    Ok(added > 0)
}

/// The row, locked until the transaction ends.
pub(super) async fn lock(tx: &Tx, slot: &Slot) -> Result<Option<Entry>, Error> {
    let row = Entity::find_by_id(key(slot))
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Stores a transition: a compare-and-set over the state where it starts. `false` if the row has
/// changed.
pub(super) async fn make(
    tx: &Tx,
    slot: &Slot,
    transition: &Transition,
    messages: &[MessageRecord],
    at: Timestamp,
) -> Result<bool, Error> {
    let (from, to) = (transition.from(), transition.to());
    let (was, is) = (Columns::of(from.state()), Columns::of(to.state()));
    let (carousel, revision, part, generation) = key(slot);
    let attempt = match was.attempt {
        Some(attempt) => Column::Attempt.eq(attempt),
        None => Column::Attempt.is_null(),
    };
    let made = Entity::update_many()
        .col_expr(Column::State, Expr::value(is.name))
        .col_expr(Column::Attempt, Expr::value(is.attempt))
        .col_expr(Column::Reason, Expr::value(is.reason))
        .col_expr(Column::Arrived, Expr::value(i64::from(to.arrived())))
        .col_expr(Column::Messages, Expr::value(json(&messages)))
        .col_expr(Column::UpdatedAt, Expr::value(kept(at)))
        .filter(Column::CarouselId.eq(carousel))
        .filter(Column::Revision.eq(revision))
        .filter(Column::Part.eq(part))
        .filter(Column::Generation.eq(generation))
        .filter(Column::State.eq(was.name))
        .filter(Column::Arrived.eq(i64::from(from.arrived())))
        .filter(attempt)
        .exec(&*tx.0)
        .await?;
    Ok(made.rows_affected > 0)
}

pub(super) fn key(slot: &Slot) -> (String, i64, String, i64) {
    (
        slot.carousel.as_str().to_owned(),
        i64::from(slot.revision),
        slot.part.to_string(),
        i64::from(slot.generation.get()),
    )
}

/// A state as columns.
pub(crate) struct Columns {
    pub(crate) name: &'static str,
    pub(crate) attempt: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Columns {
    pub(crate) fn of(state: &State) -> Self {
        let reason = match state {
            State::Failed { reason, .. } => Some(storable(reason)),
            State::Pending { .. }
            | State::Sending { .. }
            | State::Sent { .. }
            | State::Unknown { .. } => None,
        };
        Self {
            name: state.name().name(),
            attempt: state.attempt().map(|attempt| attempt.as_str().to_owned()),
            reason,
        }
    }
}

/// Decodes a state; the error says what is wrong with it.
pub(crate) fn state(
    name: &str,
    attempt: Option<&str>,
    reason: Option<&str>,
) -> Result<State, String> {
    let name: StateName = name.parse().map_err(|error| format!("{error}"))?;
    let last = attempt
        .map(Attempt::parse)
        .transpose()
        .map_err(|error| error.to_string())?;
    let known = || {
        let attempt = last.clone();
        attempt.ok_or_else(|| format!("it is {name} and no attempt is named"))
    };
    Ok(match name {
        StateName::Pending => State::Pending { last },
        StateName::Sending => State::Sending { attempt: known()? },
        StateName::Sent => State::Sent { last: known()? },
        StateName::Unknown => State::Unknown { attempt: known()? },
        StateName::Failed => State::Failed {
            last: known()?,
            reason: reason.unwrap_or_default().to_owned(),
        },
    })
}

pub(super) fn read(row: &Model) -> Result<Entry, Error> {
    let key = format!(
        "{} r{} {} g{}",
        row.carousel_id, row.revision, row.part, row.generation
    );
    let corrupt = |why: String| Error::Corrupt {
        table: "deliveries",
        key: key.clone(),
        why,
    };
    let bad = |error: &dyn std::fmt::Display| corrupt(error.to_string());
    let small = |number: i64| u32::try_from(number).map_err(|error| bad(&error));
    let part: Part = row.part.parse().map_err(|error| bad(&error))?;
    let generation = Generation::new(small(row.generation)?);
    let size = Size::new(usize::try_from(row.size).unwrap_or_default());
    let arrived = u8::try_from(row.arrived).map_err(|error| bad(&error))?;
    let state = state(&row.state, row.attempt.as_deref(), row.reason.as_deref());
    let delivery = Delivery::restore(
        size.map_err(|error| bad(&error))?,
        arrived,
        part.repeats(),
        state.map_err(corrupt)?,
    );
    Ok(Entry {
        slot: Slot {
            carousel: CarouselId::parse(&row.carousel_id).map_err(|error| bad(&error))?,
            revision: small(row.revision)?,
            part,
            generation: generation.ok_or_else(|| corrupt("its generation is 0".to_owned()))?,
        },
        delivery: delivery.map_err(|error| bad(&error))?,
        chat: row.chat_id.map(ChatId::new),
        messages: serde_json::from_str(&row.messages).map_err(|error| bad(&error))?,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
