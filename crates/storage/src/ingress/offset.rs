//! The polling offset, from the rows alone.

use chrono::TimeDelta;
use domain::{BotId, UpdateId};
use events::Timestamp;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::{
    Error, Reads,
    entity::update::{Column, Entity},
};

/// After so long a silence Telegram may begin to count anywhere (Bot API, `Update`: a week), and an
/// offset from before would make it throw away what has a lower number. A day less, to be sure.
const SILENCE: TimeDelta = TimeDelta::days(6);

/// What to ask Telegram from: everything below is acknowledged by asking. `None` asks from whatever
/// it has not been told of: at the very first, and after a long silence.
///
/// # Errors
/// [`Error::Database`].
pub async fn offset(
    on: &impl Reads,
    bot: BotId,
    now: Timestamp,
) -> Result<Option<UpdateId>, Error> {
    if let Some(unfinished) = lowest_unfinished(on, bot).await? {
        return Ok(Some(unfinished));
    }
    // The newest and not the highest: numbers may have begun anew.
    let newest = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .order_by_desc(Column::ReceivedAt)
        .order_by_desc(Column::UpdateId)
        .one(on.connection())
        .await?;
    let recent = newest.filter(|row| now - row.received_at < SILENCE);
    Ok(recent.map(|row| UpdateId::new(row.update_id + 1)))
}

/// The lowest update of a bot that is not finished.
///
/// # Errors
/// [`Error::Database`].
pub async fn lowest_unfinished(on: &impl Reads, bot: BotId) -> Result<Option<UpdateId>, Error> {
    let row = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null())
        .order_by_asc(Column::UpdateId)
        .one(on.connection())
        .await?;
    Ok(row.map(|row| UpdateId::new(row.update_id)))
}
