//! Queries of the ledger.

use domain::{
    CarouselId, ChatId, NoticeKind,
    delivery::{DeliveryPart, Generation, LedgerKey},
};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

use super::{
    LedgerEntry,
    row::{key, read},
};
use crate::{
    ReadAccess, RowPage, StorageError,
    entity::delivery::{Column, Entity},
    tx::truncate_to_micros,
};

pub async fn find(
    on: &impl ReadAccess,
    slot: &LedgerKey,
) -> Result<Option<LedgerEntry>, StorageError> {
    let row = Entity::find_by_id(key(slot)).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// The delivery that says that this revision of a draft was shown for review.
pub fn draft_notice(carousel: &CarouselId, revision: u32) -> LedgerKey {
    LedgerKey {
        carousel: carousel.clone(),
        revision,
        part: DeliveryPart::Notice(NoticeKind::Draft.into()),
        generation: Generation::FIRST,
    }
}

/// Whether the draft of an open carousel was shown for review, and nothing of it was sent: then the draft can be edited.
/// Otherwise edits wait until the carousel is delivered.
pub async fn is_in_review(
    on: &impl ReadAccess,
    carousel: &CarouselId,
) -> Result<bool, StorageError> {
    let all = of_carousel(on, carousel).await?;
    let draft = DeliveryPart::Notice(NoticeKind::Draft.into());
    let has = |part: &DeliveryPart| all.rows.iter().any(|entry| entry.slot.part == *part);
    Ok(has(&draft) && !has(&DeliveryPart::Album) && !has(&DeliveryPart::Folder))
}

/// All deliveries of a carousel, by revision, part and generation.
pub async fn of_carousel(
    on: &impl ReadAccess,
    id: &CarouselId,
) -> Result<RowPage<LedgerEntry>, StorageError> {
    let rows = Entity::find()
        .filter(Column::CarouselId.eq(id.as_str()))
        .order_by_asc(Column::Revision)
        .order_by_asc(Column::Part)
        .order_by_asc(Column::Generation)
        .all(on.connection())
        .await?;
    Ok(RowPage::whole(rows, |row| read(&row)))
}

/// The deliveries that sent this message, newest first. A message id is unique within its chat.
pub async fn of_message(
    on: &impl ReadAccess,
    chat: ChatId,
    message: i64,
) -> Result<RowPage<LedgerEntry>, StorageError> {
    // The records of messages are flat JSON, so the number ends at a comma or a brace.
    let ends = |end: char| Column::Messages.contains(format!("\"message\":{message}{end}"));
    let rows = Entity::find()
        .filter(Column::ChatId.eq(chat.get()))
        .filter(ends(',').or(ends('}')))
        .order_by_desc(Column::CreatedAt)
        .all(on.connection())
        .await?;
    Ok(RowPage::whole(rows, |row| read(&row)))
}

/// The carousels of which this part was first sent into this chat after `since`, and which have no
/// row yet; newest first, at most `limit`.
pub async fn unopened(
    on: &impl ReadAccess,
    chat: ChatId,
    part: &DeliveryPart,
    since: Timestamp,
    limit: u64,
) -> Result<Vec<CarouselId>, StorageError> {
    let rows = Entity::find()
        .filter(Column::ChatId.eq(chat.get()))
        .filter(Column::CreatedAt.gt(truncate_to_micros(since)))
        .filter(Column::Part.eq(part.to_string()))
        .filter(Expr::cust(HAS_NO_CAROUSEL))
        .order_by_desc(Column::CreatedAt)
        .limit(limit)
        .all(on.connection())
        .await?;
    rows.iter().map(|row| Ok(read(row)?.slot.carousel)).collect()
}

/// The carousel was not opened.
const HAS_NO_CAROUSEL: &str =
    "NOT EXISTS (SELECT 1 FROM carousels WHERE carousels.id = deliveries.carousel_id)";
