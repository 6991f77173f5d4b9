//! Users' default settings and brands.
//!
//! One JSON record of each per user: a new setting needs no migration, and an unreadable one counts
//! as not set. A user without a record has the defaults.

use domain::{
    Brand, UserId, UserSettings,
    record::{BrandRecord, UserSettingsRecord},
};
use events::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Changed, ReadAccess, Result, Tx,
    entity::{brand, setting},
    error::OrCorrupt as _,
    references::{self, BlobHolder},
    tx::lock_by_name,
    tx::{differing_fields, to_json, truncate_to_micros},
};

/// A user's settings, or the defaults.
pub async fn settings_of(on: &impl ReadAccess, user: &UserId) -> Result<UserSettings> {
    let row = setting::Entity::find_by_id(user.as_str()).one(on.connection()).await?;
    let record: UserSettingsRecord = record("settings", user, row.map(|row| row.record))?;
    Ok(UserSettings::from(&record))
}

/// Changes a user's settings. Concurrent changes are serialized, so that none is lost.
pub async fn change_settings(
    tx: &Tx,
    user: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut UserSettings),
) -> Result<Changed<UserSettings>> {
    // A missing row can't be locked.
    lock_by_name(&tx.0, &format!("settings {user}")).await?;
    let before = settings_of(tx, user).await?;
    let mut value = before.clone();
    change(&mut value);
    let fields = value.differences(&before);
    if !fields.is_empty() {
        use setting::Column;
        let row = setting::ActiveModel {
            user_id: Set(user.as_str().to_owned()),
            record: Set(to_json(&UserSettingsRecord::from(&value))),
            updated_at: Set(truncate_to_micros(at)),
        };
        let replace = OnConflict::column(Column::UserId)
            .update_columns([Column::Record, Column::UpdatedAt])
            .to_owned();
        setting::Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    }
    Ok(Changed { value, fields })
}

/// A user's brand, or an empty one.
pub async fn brand_of(on: &impl ReadAccess, user: &UserId) -> Result<Brand> {
    let row = brand::Entity::find_by_id(user.as_str()).one(on.connection()).await?;
    let record: BrandRecord = record("brands", user, row.map(|row| row.record))?;
    Ok(Brand::from(&record))
}

/// Changes a user's brand. The blob of the avatar is referenced while it is the avatar.
pub async fn change_brand(
    tx: &Tx,
    user: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut Brand),
) -> Result<Changed<Brand>> {
    lock_by_name(&tx.0, &format!("brand {user}")).await?;
    let before = brand_of(tx, user).await?;
    let mut value = before.clone();
    change(&mut value);
    let fields = brand_differences(&value, &before);
    if fields.is_empty() {
        return Ok(Changed { value, fields });
    }
    use brand::Column;
    let row = brand::ActiveModel {
        user_id: Set(user.as_str().to_owned()),
        record: Set(to_json(&BrandRecord::from(&value))),
        updated_at: Set(truncate_to_micros(at)),
    };
    let replace = OnConflict::column(Column::UserId)
        .update_columns([Column::Record, Column::UpdatedAt])
        .to_owned();
    brand::Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    let holder = BlobHolder::Brand(user.clone());
    match &value.avatar {
        Some(avatar) => references::set_reference(tx, &holder, AVATAR, avatar, at).await?,
        None => references::release(tx, &holder, AVATAR).await?,
    }
    Ok(Changed { value, fields })
}

/// The name of the avatar among a brand's blobs.
const AVATAR: &str = "avatar";

fn brand_differences(brand: &Brand, other: &Brand) -> Vec<&'static str> {
    // Destructured, so that a new field can't be forgotten here.
    let Brand { handle, name, accent, avatar } = brand;
    differing_fields([
        ("handle", *handle != other.handle),
        ("name", *name != other.name),
        ("accent", *accent != other.accent),
        ("avatar", *avatar != other.avatar),
    ])
}

/// Parses a record, or returns the default if there is none.
fn record<R: DeserializeOwned + Serialize + Default>(
    table: &'static str,
    user: &UserId,
    json: Option<String>,
) -> Result<R> {
    let Some(json) = json else {
        return Ok(R::default());
    };
    serde_json::from_str(&json).or_corrupt(table, user)
}
