//! The polling offset, computed from the stored updates.

use chrono::TimeDelta;
use domain::{BotId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::{
    ReadAccess, Result,
    entity::update::{Column, Entity},
};

/// After a week without updates, Telegram may restart numbering anywhere (Bot API, `Update`). An
/// older offset would then acknowledge unseen updates with lower numbers. One day less, for safety.
const OFFSET_EXPIRY: TimeDelta = TimeDelta::days(6);

/// The offset of the next `getUpdates` call. It acknowledges every lower update; all of them are
/// stored. An update that an older gateway stored without a body is requested again. `None`
/// requests every unacknowledged update: on the first call, and after a long silence.
pub async fn polling_offset(
    on: &impl ReadAccess,
    bot: BotId,
    now: Timestamp,
) -> Result<Option<UpdateId>> {
    if let Some(bodiless) = lowest_without_body(on, bot).await? {
        return Ok(Some(bodiless));
    }
    // The newest, not the highest: numbering may have restarted. Rows below zero were not updates.
    let newest: Option<(i64, Timestamp)> = Entity::find()
        .select_only()
        .columns([Column::UpdateId, Column::ReceivedAt])
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.gte(0))
        .order_by_desc(Column::ReceivedAt)
        .order_by_desc(Column::UpdateId)
        .into_tuple()
        .one(on.connection())
        .await?;
    let recent = newest.filter(|(_, received_at)| now - *received_at < OFFSET_EXPIRY);
    Ok(recent.map(|(update, _)| UpdateId::new(update + 1)))
}

async fn lowest_without_body(on: &impl ReadAccess, bot: BotId) -> Result<Option<UpdateId>> {
    let lowest: Option<i64> = Entity::find()
        .select_only()
        .column(Column::UpdateId)
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null())
        .filter(Column::Body.is_null())
        .order_by_asc(Column::UpdateId)
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(lowest.map(UpdateId::new))
}
