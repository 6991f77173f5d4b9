//! References to blobs. They are in the database, because the blob store knows nothing of
//! carousels; the garbage collector may delete unreferenced blobs.
//!
//! A carousel's references to its source text and slides are in a separate table, which
//! [`crate::carousels`] owns; all other references are here.

use std::collections::HashSet;

use domain::{BlobKey, BotId, BroadcastId, CarouselId, UpdateId, UserId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::OnConflict,
};

use crate::{
    ReadAccess, Result, Tx,
    entity::{
        blob_hold::{ActiveModel, Column, Entity},
        blob_ref,
    },
    sessions::SessionKey,
    tx::{strip_nul, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BlobHolder {
    /// A user's brand: the avatar.
    Brand(UserId),
    /// A dialogue: a text that is not part of a carousel yet.
    Session(SessionKey),
    Update(BotId, UpdateId),
    Broadcast(BroadcastId),
    /// A carousel, for what is neither its source text nor a slide. Released when it is undone.
    Carousel(CarouselId),
}

/// Refers to a blob under a name; releases the blob that had this name before.
pub async fn set_reference(
    tx: &Tx,
    holder: &BlobHolder,
    name: &str,
    blob: &BlobKey,
    at: Timestamp,
) -> Result<()> {
    let row = ActiveModel {
        holder: Set(holder.key()),
        name: Set(strip_nul(name)),
        blob_key: Set(blob.as_str().to_owned()),
        held_at: Set(truncate_to_micros(at)),
    };
    let replace = OnConflict::columns([Column::Holder, Column::Name])
        .update_columns([Column::BlobKey, Column::HeldAt])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    Ok(())
}

/// Releases the blob with this name, if any.
pub async fn release(tx: &Tx, holder: &BlobHolder, name: &str) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Holder.eq(holder.key()))
        .filter(Column::Name.eq(strip_nul(name)))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// Releases all blobs of a holder. Returns how many.
pub async fn release_all(tx: &Tx, holder: &BlobHolder) -> Result<u64> {
    let released =
        Entity::delete_many().filter(Column::Holder.eq(holder.key())).exec(&*tx.0).await?;
    Ok(released.rows_affected)
}

/// Those of these blobs that are referenced.
///
/// # Errors
/// `StorageError::Database`, or `StorageError::InvalidId` for a reference with an invalid blob key.
pub async fn referenced(on: &impl ReadAccess, blobs: &[BlobKey]) -> Result<HashSet<BlobKey>> {
    if blobs.is_empty() {
        return Ok(HashSet::new());
    }
    let keys = || blobs.iter().map(BlobKey::as_str);
    let of_carousels: Vec<String> = blob_ref::Entity::find()
        .select_only()
        .column(blob_ref::Column::BlobKey)
        .distinct()
        .filter(blob_ref::Column::BlobKey.is_in(keys()))
        .into_tuple()
        .all(on.connection())
        .await?;
    let of_others: Vec<String> = Entity::find()
        .select_only()
        .column(Column::BlobKey)
        .distinct()
        .filter(Column::BlobKey.is_in(keys()))
        .into_tuple()
        .all(on.connection())
        .await?;
    let held = of_carousels.iter().chain(&of_others);
    Ok(held.map(|key| BlobKey::parse(key)).collect::<Result<_, _>>()?)
}

impl BlobHolder {
    fn key(&self) -> String {
        match self {
            Self::Brand(user) => format!("brand/{user}"),
            Self::Session(key) => format!("session/{}", key.path('/')),
            Self::Update(bot, update) => format!("update/{bot}/{update}"),
            Self::Broadcast(id) => format!("broadcast/{id}"),
            Self::Carousel(id) => format!("carousel/{id}"),
        }
    }
}
