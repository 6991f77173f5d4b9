//! The polling offset, from the rows alone.

use chrono::TimeDelta;
use domain::{BotId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::{
    Error, Reads,
    entity::update::{Column, Entity},
};

/// After so long a silence Telegram may begin to count anywhere (Bot API, `Update`: a week), and an
/// offset from before would make it throw away what has a lower number. A day less, to be sure.
const SILENCE: TimeDelta = TimeDelta::days(6);

/// What to ask Telegram from: everything below is acknowledged by asking, since all of it is stored.
/// An update that an older gateway left without a body is asked for again. `None` asks from whatever
/// Telegram has not been told of: at the very first, and after a long silence.
///
/// # Errors
/// [`Error::Database`].
pub async fn offset(
    on: &impl Reads,
    bot: BotId,
    now: Timestamp,
) -> Result<Option<UpdateId>, Error> {
    if let Some(bodiless) = lowest_without_body(on, bot).await? {
        return Ok(Some(bodiless));
    }
    // The newest and not the highest: numbers may have begun anew. Below zero is what was no update.
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
    let recent = newest.filter(|(_, received_at)| now - *received_at < SILENCE);
    Ok(recent.map(|(update, _)| UpdateId::new(update + 1)))
}

async fn lowest_without_body(on: &impl Reads, bot: BotId) -> Result<Option<UpdateId>, Error> {
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
