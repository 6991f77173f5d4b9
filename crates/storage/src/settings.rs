//! Settings and brands: what users want unless they say otherwise, and what makes a carousel theirs.
//!
//! One record of each per user, as JSON: a setting that is added needs no migration, and one that is
//! no longer understood counts as not chosen. Who never chose anything has the defaults.

use domain::{
    Brand, Settings, UserId,
    record::{BrandRecord, SettingsRecord},
};
use events::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Changed, Error, Reads, Tx,
    database::hold,
    entity::{brand, setting},
    references::{self, Holder},
    tx::{differing, json, kept},
};

/// What this user wants; the defaults where nothing was ever chosen.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn of(on: &impl Reads, user: &UserId) -> Result<Settings, Error> {
    let row = setting::Entity::find_by_id(user.as_str())
        .one(on.connection())
        .await?;
    let record: SettingsRecord = record("settings", user, row.map(|row| row.record))?;
    Ok(Settings::from(&record))
}

/// Changes what this user wants. Two changes at the same time are made one after the other, so that
/// neither is lost.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn change(
    tx: &Tx,
    user: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut Settings),
) -> Result<Changed<Settings>, Error> {
    // A row that is not there yet can't be locked.
    hold(&tx.0, &format!("settings {user}")).await?;
    let before = of(tx, user).await?;
    let mut value = before.clone();
    change(&mut value);
    let fields = value.differences(&before);
    if !fields.is_empty() {
        use setting::Column;
        let row = setting::ActiveModel {
            user_id: Set(user.as_str().to_owned()),
            record: Set(json(&SettingsRecord::from(&value))),
            updated_at: Set(kept(at)),
        };
        let replace = OnConflict::column(Column::UserId)
            .update_columns([Column::Record, Column::UpdatedAt])
            .to_owned();
        setting::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&*tx.0)
            .await?;
    }
    Ok(Changed { value, fields })
}

/// This user's brand; an empty one where there is none.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn brand_of(on: &impl Reads, user: &UserId) -> Result<Brand, Error> {
    let row = brand::Entity::find_by_id(user.as_str())
        .one(on.connection())
        .await?;
    let record: BrandRecord = record("brands", user, row.map(|row| row.record))?;
    Ok(Brand::from(&record))
}

/// Changes this user's brand. Its avatar is held on to in the blob store for as long as it is the
/// avatar.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn change_brand(
    tx: &Tx,
    user: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut Brand),
) -> Result<Changed<Brand>, Error> {
    hold(&tx.0, &format!("brand {user}")).await?;
    let before = brand_of(tx, user).await?;
    let mut value = before.clone();
    change(&mut value);
    let fields = differences(&value, &before);
    if fields.is_empty() {
        return Ok(Changed { value, fields });
    }
    use brand::Column;
    let row = brand::ActiveModel {
        user_id: Set(user.as_str().to_owned()),
        record: Set(json(&BrandRecord::from(&value))),
        updated_at: Set(kept(at)),
    };
    let replace = OnConflict::column(Column::UserId)
        .update_columns([Column::Record, Column::UpdatedAt])
        .to_owned();
    brand::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(&*tx.0)
        .await?;
    let holder = Holder::Brand(user.clone());
    match &value.avatar {
        Some(avatar) => references::hold(tx, &holder, AVATAR, avatar, at).await?,
        None => references::release(tx, &holder, AVATAR).await?,
    }
    Ok(Changed { value, fields })
}

/// What the avatar is called among the blobs of a brand.
const AVATAR: &str = "avatar";

fn differences(brand: &Brand, other: &Brand) -> Vec<&'static str> {
    // Taken apart, so that a new part can't be forgotten here.
    let Brand {
        handle,
        name,
        accent,
        avatar,
    } = brand;
    differing([
        ("handle", *handle != other.handle),
        ("name", *name != other.name),
        ("accent", *accent != other.accent),
        ("avatar", *avatar != other.avatar),
    ])
}

/// Reads a record, or gives the default of one that was never written.
fn record<R: DeserializeOwned + Serialize + Default>(
    table: &'static str,
    user: &UserId,
    json: Option<String>,
) -> Result<R, Error> {
    let Some(json) = json else {
        return Ok(R::default());
    };
    serde_json::from_str(&json).map_err(|error| Error::Corrupt {
        table,
        key: user.to_string(),
        why: error.to_string(),
    })
}
