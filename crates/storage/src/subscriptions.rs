//! Subscriptions: scheduled carousels and daily tips.
//!
//! Temporal runs the schedules, one per subscription to carousels and one for all daily tips of a
//! time slot; the rows say which schedules should exist.

use domain::{
    BotId, ChatId, DailyTipTime, IdError, PauseReason, ScheduleDays, SubscriptionId,
    SubscriptionSchedule, TimeZone, Topic, UserId,
};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Changed, Cursor, FirstWrite, ReadAccess, Result, RowPage, Tx,
    entity::subscription::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::{differing_fields, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub user: UserId,
    pub bot: BotId,
    /// The chat that it is sent to.
    pub chat: ChatId,
    /// The forum topic, if the chat is a forum.
    pub thread: Option<i32>,
    pub terms: SubscriptionTerms,
    pub created_at: Timestamp,
}

/// The part of a subscription that a user can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionTerms {
    pub schedule: SubscriptionSchedule,
    pub time_zone: TimeZone,
    /// The topic of the carousels; without one, each is about another of our notes. A daily tip has
    /// none either; its id identifies it.
    pub topic: Option<Topic>,
    pub paused: bool,
    /// Why it is paused, if known; set and cleared together with `paused`.
    pub pause_reason: Option<PauseReason>,
}

impl SubscriptionTerms {
    /// Pauses it, unless it is paused already: the first reason stays.
    pub fn pause(&mut self, reason: PauseReason) {
        if !self.paused {
            (self.paused, self.pause_reason) = (true, Some(reason));
        }
    }

    pub fn resume(&mut self) {
        (self.paused, self.pause_reason) = (false, None);
    }
}

/// The prefix of the ids of daily tips.
const DAILY_TIP_PREFIX: &str = "wisdom-";

/// The id of a user's daily tip. There is one per user and bot.
///
/// # Errors
/// [`IdError`] if the user's id is too long.
pub fn daily_tip_id(bot: BotId, user: &UserId) -> Result<SubscriptionId, IdError> {
    SubscriptionId::parse(&format!("{DAILY_TIP_PREFIX}{bot}-{user}"))
}

/// Whether this is a daily tip and not a carousel.
pub fn is_daily_tip(id: &SubscriptionId) -> bool {
    id.as_str().starts_with(DAILY_TIP_PREFIX)
}

/// The time slot of a daily tip: one schedule sends all tips of a slot.
pub fn slot_of(subscription: &Subscription) -> Option<DailyTipTime> {
    let SubscriptionTerms { schedule: cadence, time_zone, .. } = &subscription.terms;
    match cadence {
        SubscriptionSchedule::At(ScheduleDays::DAILY, time) if is_daily_tip(&subscription.id) => {
            Some(DailyTipTime { bot: subscription.bot, time: *time, zone: time_zone.clone() })
        }
        _ => None,
    }
}

/// Whether a slot has a subscriber, including users who can't be reached at the moment.
pub async fn slot_has_subscribers(on: &impl ReadAccess, slot: &DailyTipTime) -> Result<bool> {
    let first = Entity::find().filter(of_slot(slot)).one(on.connection()).await?;
    Ok(first.is_some())
}

pub(crate) fn of_slot(slot: &DailyTipTime) -> Condition {
    Condition::all()
        .add(Column::Id.starts_with(DAILY_TIP_PREFIX))
        .add(Column::BotId.eq(slot.bot.get()))
        .add(Column::Cadence.eq(SubscriptionSchedule::daily(slot.time).to_string()))
        .add(Column::TimeZone.eq(slot.zone.as_str()))
        .add(Column::Paused.eq(false))
}

/// Creates a subscription, or returns the stored one with that id.
pub async fn create(tx: &Tx, new: &Subscription) -> Result<FirstWrite<Subscription>> {
    let terms = &new.terms;
    let row = ActiveModel {
        id: Set(new.id.as_str().to_owned()),
        user_id: Set(new.user.as_str().to_owned()),
        bot_id: Set(new.bot.get()),
        chat_id: Set(new.chat.get()),
        thread_id: Set(new.thread.map(i64::from)),
        cadence: Set(terms.schedule.to_string()),
        time_zone: Set(terms.time_zone.as_str().to_owned()),
        topic: Set(terms.topic.as_ref().map(|topic| topic.as_str().to_owned())),
        paused: Set(terms.paused),
        pause_reason: Set(terms.pause_reason.map(|reason| reason.name().to_owned())),
        created_at: Set(truncate_to_micros(new.created_at)),
        updated_at: Set(truncate_to_micros(new.created_at)),
    };
    let fresh = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let stored = find(tx, &new.id).await?.or_corrupt("subscriptions", &new.id)?;
    Ok(if fresh > 0 { FirstWrite::fresh(stored) } else { FirstWrite::earlier(stored) })
}

/// Changes a subscription; returns `None` if there is none with that id.
pub async fn change(
    tx: &Tx,
    id: &SubscriptionId,
    at: Timestamp,
    change: impl FnOnce(&mut SubscriptionTerms),
) -> Result<Option<Changed<Subscription>>> {
    let row = Entity::find_by_id(id.as_str()).lock_exclusive().one(&*tx.0).await?;
    let Some(mut value) = row.as_ref().map(read).transpose()? else {
        return Ok(None);
    };
    let before = value.terms.clone();
    change(&mut value.terms);
    let fields = value.terms.differences(&before);
    if !fields.is_empty() {
        let terms = &value.terms;
        Entity::update_many()
            .col_expr(Column::Cadence, Expr::value(terms.schedule.to_string()))
            .col_expr(Column::TimeZone, Expr::value(terms.time_zone.as_str()))
            .col_expr(Column::Topic, Expr::value(terms.topic.as_ref().map(Topic::as_str)))
            .col_expr(Column::Paused, Expr::value(terms.paused))
            .col_expr(Column::PauseReason, Expr::value(terms.pause_reason.map(PauseReason::name)))
            .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
            .filter(Column::Id.eq(id.as_str()))
            .exec(&*tx.0)
            .await?;
    }
    Ok(Some(Changed { value, fields }))
}

/// Deletes a subscription. Returns whether there was one.
pub async fn remove(tx: &Tx, id: &SubscriptionId) -> Result<bool> {
    let removed = Entity::delete_by_id(id.as_str()).exec(&*tx.0).await?;
    Ok(removed.rows_affected > 0)
}

pub async fn find(on: &impl ReadAccess, id: &SubscriptionId) -> Result<Option<Subscription>> {
    let row = Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// A user's subscriptions, oldest first, at most `limit`, after the cursor `after`.
pub async fn of_user(
    on: &impl ReadAccess,
    user: &UserId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<Subscription>> {
    let mine = Entity::find().filter(Column::UserId.eq(user.as_str()));
    page(on, mine, after, limit).await
}

/// The subscriptions of a bot to one chat, oldest first, at most `limit`, after the cursor `after`.
pub async fn of_chat(
    on: &impl ReadAccess,
    bot: BotId,
    chat: ChatId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<Subscription>> {
    let there =
        Entity::find().filter(Column::BotId.eq(bot.get())).filter(Column::ChatId.eq(chat.get()));
    page(on, there, after, limit).await
}

/// All subscriptions, oldest first, at most `limit`, after the cursor `after`: maintenance compares
/// them with the schedules.
pub async fn list(
    on: &impl ReadAccess,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<Subscription>> {
    page(on, Entity::find(), after, limit).await
}

async fn page(
    on: &impl ReadAccess,
    of: Select<Entity>,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<Subscription>> {
    let mut query =
        of.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).limit(u64::from(limit));
    if let Some(after) = after {
        query = query.filter(after.oldest_first(Column::CreatedAt, Column::Id));
    }
    let rows = query.all(on.connection()).await?;
    let place = |row: &Model| Cursor { at: row.created_at, id: row.id.clone() };
    Ok(RowPage::read(rows, limit, place, |row| read(&row)))
}

impl SubscriptionTerms {
    /// The names of the fields that differ.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        // Destructured, so that a new field can't be forgotten here.
        let Self { schedule: cadence, time_zone, topic, paused, pause_reason } = self;
        differing_fields([
            ("cadence", *cadence != other.schedule),
            ("time_zone", *time_zone != other.time_zone),
            ("topic", *topic != other.topic),
            ("paused", *paused != other.paused),
            ("pause_reason", *pause_reason != other.pause_reason),
        ])
    }
}

fn read(row: &Model) -> Result<Subscription> {
    let topic = row.topic.as_deref().map(Topic::parse).transpose();
    Ok(Subscription {
        id: SubscriptionId::parse(&row.id).or_corrupt("subscriptions", &row.id)?,
        user: UserId::parse(&row.user_id).or_corrupt("subscriptions", &row.id)?,
        bot: BotId::new(row.bot_id),
        chat: ChatId::new(row.chat_id),
        thread: row.thread_id.and_then(|thread| i32::try_from(thread).ok()),
        terms: SubscriptionTerms {
            schedule: row.cadence.parse().or_corrupt("subscriptions", &row.id)?,
            time_zone: TimeZone::parse(&row.time_zone).or_corrupt("subscriptions", &row.id)?,
            topic: topic.or_corrupt("subscriptions", &row.id)?,
            paused: row.paused,
            // An unknown reason, of a newer version, counts as none.
            pause_reason: row.pause_reason.as_deref().and_then(|reason| reason.parse().ok()),
        },
        created_at: row.created_at,
    })
}
