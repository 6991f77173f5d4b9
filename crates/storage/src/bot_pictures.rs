//! Telegram's file ids of pictures that belong to no carousel, such as samples: each is uploaded once
//! and sent by its id afterwards.

use domain::BotId;
use events::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};

use crate::{
    ReadAccess, Result, Tx,
    entity::bot_picture::{ActiveModel, Column, Entity},
    tx::{strip_nul, truncate_to_micros},
};

/// Stores the file id of a picture. `name` identifies its contents.
pub async fn store(tx: &Tx, bot: BotId, name: &str, file_id: &str, at: Timestamp) -> Result<()> {
    let row = ActiveModel {
        bot_id: Set(bot.get()),
        name: Set(strip_nul(name)),
        file_id: Set(strip_nul(file_id)),
        sent_at: Set(truncate_to_micros(at)),
    };
    let newer = OnConflict::columns([Column::BotId, Column::Name])
        .update_columns([Column::FileId, Column::SentAt])
        .to_owned();
    Entity::insert(row).on_conflict(newer).exec_without_returning(&*tx.0).await?;
    Ok(())
}

pub async fn find(on: &impl ReadAccess, bot: BotId, name: &str) -> Result<Option<String>> {
    let row = Entity::find_by_id((bot.get(), strip_nul(name))).one(on.connection()).await?;
    Ok(row.map(|row| row.file_id))
}
