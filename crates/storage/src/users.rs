//! Users and their access. Their settings are in [`crate::settings`].
//!
//! An id is pseudonymous; no name, no address and no telephone number is stored.

use std::time::SystemTime;

use domain::{
    AccountId, Language, UserId,
    access::{Access, AccessList, AccessLock, StoredAccess},
};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Changed, Cursor, FirstWrite, ReadAccess, Result, RowPage, StorageError, Tx,
    entity::user::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::{differing_fields, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub account: Option<AccountId>,
    pub profile: Profile,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The part of a user that may change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The language of replies; `None` before it is known.
    pub language: Option<Language>,
    pub is_admin: bool,
    /// The lock that an administrator set, in force or expired.
    pub lock: Option<AccessLock>,
    /// Whether the user was notified of the lock.
    pub lock_notified: bool,
    /// Since when messages can't be delivered, because they stopped the bot.
    pub unreachable_since: Option<Timestamp>,
    /// Whether they opted in to broadcasts.
    pub wants_news: bool,
    /// Whether an owner has let them in, although `BOT_ALLOWED` does not list them.
    pub is_allowed: bool,
    /// Their own limit of carousels per day, instead of `CAROUSELS_PER_DAY`.
    pub carousels_per_day: Option<u32>,
}

/// A user who may be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    pub id: UserId,
    pub account: Option<AccountId>,
    pub profile: Profile,
}

pub async fn find_or_create(tx: &Tx, new: &NewUser, at: Timestamp) -> Result<FirstWrite<User>> {
    // The common case: the user is known.
    if let Some(known) = find(tx, &new.id).await? {
        return Ok(FirstWrite::earlier(known));
    }
    let (at, profile) = (truncate_to_micros(at), &new.profile);
    let row = ActiveModel {
        id: Set(new.id.as_str().to_owned()),
        account_id: Set(new.account.map(AccountId::get)),
        language: Set(profile.language.map(|language| language.name().to_owned())),
        is_admin: Set(profile.is_admin),
        blocked: Set(profile.lock.is_some()),
        lock_reason: Set(profile.lock.as_ref().map(|lock| lock.reason.clone())),
        lock_until: Set(profile.lock.as_ref().and_then(until)),
        lock_by: Set(profile.lock.as_ref().map(|lock| lock.by.get())),
        locked_at: Set(profile.lock.as_ref().map(|lock| truncate_to_micros(lock.at.into()))),
        lock_told: Set(profile.lock_notified),
        unreachable_since: Set(profile.unreachable_since.map(truncate_to_micros)),
        wants_news: Set(profile.wants_news),
        is_allowed: Set(profile.is_allowed),
        carousels_per_day: Set(profile.carousels_per_day.map(i64::from)),
        created_at: Set(at),
        updated_at: Set(at),
    };
    // A conflict on either key: of two concurrent inserts, PostgreSQL may report the account before
    // the id.
    let fresh = Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let stored = find(tx, &new.id).await?.ok_or_else(|| account_conflict(&new.id))?;
    Ok(if fresh > 0 { FirstWrite::fresh(stored) } else { FirstWrite::earlier(stored) })
}

/// Changes a user's profile; returns `None` if there is no such user.
pub async fn change(
    tx: &Tx,
    id: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut Profile),
) -> Result<Option<Changed<User>>> {
    let row = Entity::find_by_id(id.as_str()).lock_exclusive().one(&*tx.0).await?;
    let Some(mut user) = row.as_ref().map(read).transpose()? else {
        return Ok(None);
    };
    let before = user.profile.clone();
    change(&mut user.profile);
    user.profile.unreachable_since = user.profile.unreachable_since.map(truncate_to_micros);
    user.profile.lock = user.profile.lock.map(|lock| AccessLock {
        until: until(&lock).map(SystemTime::from),
        at: truncate_to_micros(lock.at.into()).into(),
        ..lock
    });
    let fields = user.profile.differences(&before);
    if !fields.is_empty() {
        let profile = &user.profile;
        user.updated_at = truncate_to_micros(at);
        Entity::update_many()
            .col_expr(Column::Language, Expr::value(profile.language.map(Language::name)))
            .col_expr(Column::IsAdmin, Expr::value(profile.is_admin))
            .col_expr(Column::Blocked, Expr::value(profile.lock.is_some()))
            .col_expr(
                Column::LockReason,
                Expr::value(profile.lock.as_ref().map(|lock| lock.reason.clone())),
            )
            .col_expr(Column::LockUntil, Expr::value(profile.lock.as_ref().and_then(until)))
            .col_expr(Column::LockBy, Expr::value(profile.lock.as_ref().map(|lock| lock.by.get())))
            .col_expr(
                Column::LockedAt,
                Expr::value(profile.lock.as_ref().map(|lock| truncate_to_micros(lock.at.into()))),
            )
            .col_expr(Column::LockTold, Expr::value(profile.lock_notified))
            .col_expr(Column::UnreachableSince, Expr::value(profile.unreachable_since))
            .col_expr(Column::WantsNews, Expr::value(profile.wants_news))
            .col_expr(Column::IsAllowed, Expr::value(profile.is_allowed))
            .col_expr(
                Column::CarouselsPerDay,
                Expr::value(profile.carousels_per_day.map(i64::from)),
            )
            .col_expr(Column::UpdatedAt, Expr::value(user.updated_at))
            .filter(Column::Id.eq(id.as_str()))
            .exec(&*tx.0)
            .await?;
    }
    Ok(Some(Changed { value: user, fields }))
}

pub async fn find(on: &impl ReadAccess, id: &UserId) -> Result<Option<User>> {
    let row = Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Whether a person may use the product now, by the access list and the stored profile. Also for
/// people who have never written.
pub async fn access(
    on: &impl ReadAccess,
    list: &AccessList,
    id: &UserId,
    now: Timestamp,
) -> Result<Access> {
    Ok(match find(on, id).await? {
        Some(user) => user.access(list, now),
        None => list.decide(id.account(), &StoredAccess::default(), now.into()),
    })
}

/// People with a lock in force, the newest lock first, at most `limit`.
pub async fn list_locked(on: &impl ReadAccess, now: Timestamp, limit: u32) -> Result<Vec<User>> {
    let rows = Entity::find()
        .filter(lock_in_force(now))
        .order_by_desc(Column::LockedAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    rows.iter().map(read).collect()
}

pub(crate) fn lock_in_force(now: Timestamp) -> Condition {
    let ends = Condition::any()
        .add(Column::LockUntil.is_null())
        .add(Column::LockUntil.gt(truncate_to_micros(now)));
    Condition::all().add(Column::Blocked.eq(true)).add(ends)
}

/// Users in the order of their first contact, at most `limit`, after the cursor `after`.
pub async fn list(
    on: &impl ReadAccess,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<User>> {
    let mut query = Entity::find()
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit));
    if let Some(after) = after {
        query = query.filter(after.oldest_first(Column::CreatedAt, Column::Id));
    }
    let rows = query.all(on.connection()).await?;
    let place = |row: &Model| Cursor { at: row.created_at, id: row.id.clone() };
    Ok(RowPage::read(rows, limit, place, |row| read(&row)))
}

impl User {
    /// Whether the user may use the product now.
    pub fn access(&self, list: &AccessList, now: Timestamp) -> Access {
        let account = self.account.or(self.id.account());
        let Profile { is_admin, is_allowed, lock, .. } = &self.profile;
        let stored =
            StoredAccess { is_admin: *is_admin, is_allowed: *is_allowed, lock: lock.as_ref() };
        list.decide(account, &stored, now.into())
    }
}

impl Profile {
    /// The names of the fields that differ.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        // Destructured, so that a new field can't be forgotten here.
        let Self {
            language,
            is_admin,
            lock,
            lock_notified: lock_told,
            unreachable_since,
            wants_news,
            is_allowed,
            carousels_per_day,
        } = self;
        differing_fields([
            ("language", *language != other.language),
            ("is_admin", *is_admin != other.is_admin),
            ("lock", *lock != other.lock),
            ("lock_told", *lock_told != other.lock_notified),
            ("unreachable_since", *unreachable_since != other.unreachable_since),
            ("wants_news", *wants_news != other.wants_news),
            ("is_allowed", *is_allowed != other.is_allowed),
            ("carousels_per_day", *carousels_per_day != other.carousels_per_day),
        ])
    }
}

fn read(row: &Model) -> Result<User> {
    let language = row.language.as_deref().map(str::parse).transpose();
    Ok(User {
        id: UserId::parse(&row.id).or_corrupt("users", &row.id)?,
        account: row.account_id.map(AccountId::new),
        profile: Profile {
            // An unsupported language counts as none.
            language: language.unwrap_or_default(),
            is_admin: row.is_admin,
            lock: lock_of(row),
            lock_notified: row.lock_told,
            unreachable_since: row.unreachable_since,
            wants_news: row.wants_news,
            is_allowed: row.is_allowed,
            carousels_per_day: row.carousels_per_day.and_then(|limit| u32::try_from(limit).ok()),
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// The stored lock. One that an older version set has no reason and no end.
fn lock_of(row: &Model) -> Option<AccessLock> {
    row.blocked.then(|| AccessLock {
        reason: row.lock_reason.clone().unwrap_or_default(),
        until: row.lock_until.map(SystemTime::from),
        by: AccountId::new(row.lock_by.unwrap_or_default()),
        at: row.locked_at.unwrap_or(row.updated_at).into(),
    })
}

fn until(lock: &AccessLock) -> Option<Timestamp> {
    lock.until.map(|until| truncate_to_micros(until.into()))
}

fn account_conflict(id: &UserId) -> StorageError {
    StorageError::corrupt("users", id, "another user has this Telegram account")
}
