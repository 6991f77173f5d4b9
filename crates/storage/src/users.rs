//! Users: who they are to us. What they want is in [`crate::settings`].
//!
//! An id is pseudonymous; no name, no address and no telephone number is stored.

use domain::{AccountId, Language, UserId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Changed, Cursor, Error, Page, Reads, Stored, Tx,
    entity::user::{ActiveModel, Column, Entity, Model},
    tx::{differing, kept},
};

/// A user as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Their Telegram account, where they have one.
    pub account: Option<AccountId>,
    /// What may change about them.
    pub profile: Profile,
    /// When they were first seen.
    pub created_at: Timestamp,
    /// When anything about them was last written.
    pub updated_at: Timestamp,
}

/// What may change about a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The language that we speak with them; none before it is known.
    pub language: Option<Language>,
    /// Whether they may do what operators do.
    pub is_admin: bool,
    /// Whether an operator has shut them out.
    pub blocked: bool,
    /// Since when they can't be written to, because they stopped the bot.
    pub unreachable_since: Option<Timestamp>,
    /// Whether broadcasts are for them: they have said so.
    pub wants_news: bool,
}

/// Somebody who may be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Who.
    pub id: UserId,
    /// Their Telegram account, where they have one.
    pub account: Option<AccountId>,
    /// What is known about them.
    pub profile: Profile,
}

/// Writes down a user who was not known, or gives the one that is.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn meet(tx: &Tx, new: &NewUser, at: Timestamp) -> Result<Stored<User>, Error> {
    // Almost everybody is known.
    if let Some(known) = find(tx, &new.id).await? {
        return Ok(Stored::earlier(known));
    }
    let (at, profile) = (kept(at), &new.profile);
    let row = ActiveModel {
        id: Set(new.id.as_str().to_owned()),
        account_id: Set(new.account.map(AccountId::get)),
        language: Set(profile.language.map(|language| language.name().to_owned())),
        is_admin: Set(profile.is_admin),
        blocked: Set(profile.blocked),
        unreachable_since: Set(profile.unreachable_since.map(kept)),
        wants_news: Set(profile.wants_news),
        created_at: Set(at),
        updated_at: Set(at),
    };
    // Whichever key is met first: of two who insert at once, PostgreSQL may see the account before the
    // id.
    let fresh = Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let stored = find(tx, &new.id).await?.ok_or_else(|| gone(&new.id))?;
    Ok(if fresh > 0 {
        Stored::fresh(stored)
    } else {
        Stored::earlier(stored)
    })
}

/// Changes a user's profile; gives `None` when there is no such user.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn change(
    tx: &Tx,
    id: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut Profile),
) -> Result<Option<Changed<User>>, Error> {
    let row = Entity::find_by_id(id.as_str())
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    let Some(mut user) = row.as_ref().map(read).transpose()? else {
        return Ok(None);
    };
    let before = user.profile.clone();
    change(&mut user.profile);
    user.profile.unreachable_since = user.profile.unreachable_since.map(kept);
    let fields = user.profile.differences(&before);
    if !fields.is_empty() {
        let profile = &user.profile;
        user.updated_at = kept(at);
        Entity::update_many()
            .col_expr(
                Column::Language,
                Expr::value(profile.language.map(Language::name)),
            )
            .col_expr(Column::IsAdmin, Expr::value(profile.is_admin))
            .col_expr(Column::Blocked, Expr::value(profile.blocked))
            .col_expr(
                Column::UnreachableSince,
                Expr::value(profile.unreachable_since),
            )
            .col_expr(Column::WantsNews, Expr::value(profile.wants_news))
            .col_expr(Column::UpdatedAt, Expr::value(user.updated_at))
            .filter(Column::Id.eq(id.as_str()))
            .exec(&*tx.0)
            .await?;
    }
    Ok(Some(Changed {
        value: user,
        fields,
    }))
}

/// The user with this id.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn find(on: &impl Reads, id: &UserId) -> Result<Option<User>, Error> {
    let row = Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// The user with this Telegram account.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn of_account(on: &impl Reads, account: AccountId) -> Result<Option<User>, Error> {
    let row = Entity::find()
        .filter(Column::AccountId.eq(account.get()))
        .one(on.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Users in the order in which they came, at most `limit`, behind `after`.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(
    on: &impl Reads,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<User>, Error> {
    let mut query = Entity::find()
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit));
    if let Some(after) = after {
        query = query.filter(after.oldest_first(Column::CreatedAt, Column::Id));
    }
    let rows = query.all(on.connection()).await?;
    let place = |row: &Model| Cursor {
        at: row.created_at,
        id: row.id.clone(),
    };
    Ok(Page::read(rows, limit, place, |row| read(&row)))
}

impl Profile {
    /// The names of the fields in which the two differ.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        // Taken apart, so that a new field can't be forgotten here.
        let Self {
            language,
            is_admin,
            blocked,
            unreachable_since,
            wants_news,
        } = self;
        differing([
            ("language", *language != other.language),
            ("is_admin", *is_admin != other.is_admin),
            ("blocked", *blocked != other.blocked),
            (
                "unreachable_since",
                *unreachable_since != other.unreachable_since,
            ),
            ("wants_news", *wants_news != other.wants_news),
        ])
    }
}

fn read(row: &Model) -> Result<User, Error> {
    let corrupt = |why: String| Error::Corrupt {
        table: "users",
        key: row.id.clone(),
        why,
    };
    let language = row.language.as_deref().map(str::parse).transpose();
    Ok(User {
        id: UserId::parse(&row.id).map_err(|error| corrupt(error.to_string()))?,
        account: row.account_id.map(AccountId::new),
        profile: Profile {
            // A language that we no longer speak is as good as none.
            language: language.unwrap_or_default(),
            is_admin: row.is_admin,
            blocked: row.blocked,
            unreachable_since: row.unreachable_since,
            wants_news: row.wants_news,
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn gone(id: &UserId) -> Error {
    Error::Corrupt {
        table: "users",
        key: id.to_string(),
        why: "another user has this Telegram account".to_owned(),
    }
}
