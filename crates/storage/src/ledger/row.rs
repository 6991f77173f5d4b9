//! Rows of the ledger: encoding, decoding, and the one statement that changes a row.

use domain::{
    AttemptId, CarouselId, ChatId,
    delivery::{
        Delivery, DeliveryPart, DeliveryState, DeliveryStateName, Generation, LedgerKey,
        MessageRecord, PartSize, RejectionKind, Transition,
    },
};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::LedgerEntry;
use crate::{
    StorageError, Tx,
    entity::delivery::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::{strip_nul, to_json, truncate_to_micros},
};

/// Inserts a row if it is missing. Returns whether it did.
pub(super) async fn add(
    tx: &Tx,
    slot: &LedgerKey,
    delivery: &Delivery,
    chat: Option<ChatId>,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let state = StateColumns::of(delivery.state());
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
        reason_kind: Set(state.reason_kind),
        chat_id: Set(chat.map(ChatId::get)),
        messages: Set("[]".to_owned()),
        created_at: Set(truncate_to_micros(at)),
        updated_at: Set(truncate_to_micros(at)),
    };
    let key = [Column::CarouselId, Column::Revision, Column::Part, Column::Generation];
    let added = Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    Ok(added > 0)
}

/// The row, locked until the transaction ends.
pub(super) async fn lock(tx: &Tx, slot: &LedgerKey) -> Result<Option<LedgerEntry>, StorageError> {
    let row = Entity::find_by_id(key(slot)).lock_exclusive().one(&*tx.0).await?;
    row.as_ref().map(read).transpose()
}

/// Stores a transition: a compare-and-set over the state where it starts. `false` if the row has
/// changed.
pub(super) async fn apply_transition(
    tx: &Tx,
    slot: &LedgerKey,
    transition: &Transition,
    messages: &[MessageRecord],
    at: Timestamp,
) -> Result<bool, StorageError> {
    let (from, to) = (transition.from(), transition.to());
    let (was, is) = (StateColumns::of(from.state()), StateColumns::of(to.state()));
    let (carousel, revision, part, generation) = key(slot);
    let attempt = match was.attempt {
        Some(attempt) => Column::Attempt.eq(attempt),
        None => Column::Attempt.is_null(),
    };
    let made = Entity::update_many()
        .col_expr(Column::State, Expr::value(is.name))
        .col_expr(Column::Attempt, Expr::value(is.attempt))
        .col_expr(Column::Reason, Expr::value(is.reason))
        .col_expr(Column::ReasonKind, Expr::value(is.reason_kind))
        .col_expr(Column::Arrived, Expr::value(i64::from(to.arrived())))
        .col_expr(Column::Messages, Expr::value(to_json(&messages)))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
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

pub(super) fn key(slot: &LedgerKey) -> (String, i64, String, i64) {
    (
        slot.carousel.as_str().to_owned(),
        i64::from(slot.revision),
        slot.part.to_string(),
        i64::from(slot.generation.get()),
    )
}

pub(crate) struct StateColumns {
    pub(crate) name: &'static str,
    pub(crate) attempt: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) reason_kind: Option<String>,
}

impl StateColumns {
    pub(crate) fn of(state: &DeliveryState) -> Self {
        let (reason, reason_kind) = match state {
            DeliveryState::Failed { reason, kind, .. } => {
                (Some(strip_nul(reason)), Some(kind.name().to_owned()))
            }
            DeliveryState::Pending { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::Sent { .. }
            | DeliveryState::Unknown { .. } => (None, None),
        };
        Self {
            name: state.name().name(),
            attempt: state.attempt().map(|attempt| attempt.as_str().to_owned()),
            reason,
            reason_kind,
        }
    }
}

/// Decodes a state; the error says what is wrong with it.
pub(crate) fn decode_state(
    name: &str,
    attempt: Option<&str>,
    reason: Option<&str>,
    reason_kind: Option<&str>,
) -> Result<DeliveryState, String> {
    let name: DeliveryStateName = name.parse().map_err(|error| format!("{error}"))?;
    let last = attempt.map(AttemptId::parse).transpose().map_err(|error| error.to_string())?;
    let known = || {
        let attempt = last.clone();
        attempt.ok_or_else(|| format!("it is {name} and no attempt is named"))
    };
    Ok(match name {
        DeliveryStateName::Pending => DeliveryState::Pending { last },
        DeliveryStateName::Sending => DeliveryState::Sending { attempt: known()? },
        DeliveryStateName::Sent => DeliveryState::Sent { last: known()? },
        DeliveryStateName::Unknown => DeliveryState::Unknown { attempt: known()? },
        DeliveryStateName::Failed => DeliveryState::Failed {
            last: known()?,
            reason: reason.unwrap_or_default().to_owned(),
            // Programs of schema 14 write no kind, also after the migration.
            kind: reason_kind
                .map_or(Ok(RejectionKind::Other), str::parse)
                .map_err(|error| error.to_string())?,
        },
    })
}

pub(super) fn read(row: &Model) -> Result<LedgerEntry, StorageError> {
    let key = format!("{} r{} {} g{}", row.carousel_id, row.revision, row.part, row.generation);
    let small = |number: i64| u32::try_from(number).or_corrupt("deliveries", &key);
    let part: DeliveryPart = row.part.parse().or_corrupt("deliveries", &key)?;
    let generation = Generation::new(small(row.generation)?);
    let size = PartSize::new(usize::try_from(row.size).unwrap_or_default());
    let arrived = u8::try_from(row.arrived).or_corrupt("deliveries", &key)?;
    let state = decode_state(
        &row.state,
        row.attempt.as_deref(),
        row.reason.as_deref(),
        row.reason_kind.as_deref(),
    );
    let delivery = Delivery::restore(
        size.or_corrupt("deliveries", &key)?,
        arrived,
        part.repeats(),
        state.or_corrupt("deliveries", &key)?,
    );
    Ok(LedgerEntry {
        slot: LedgerKey {
            carousel: CarouselId::parse(&row.carousel_id).or_corrupt("deliveries", &key)?,
            revision: small(row.revision)?,
            part,
            generation: generation.ok_or("its generation is 0").or_corrupt("deliveries", &key)?,
        },
        delivery: delivery.or_corrupt("deliveries", &key)?,
        chat: row.chat_id.map(ChatId::new),
        messages: serde_json::from_str(&row.messages).or_corrupt("deliveries", &key)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
