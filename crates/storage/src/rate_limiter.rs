//! The rate limiter of a bot's messages, shared by all its processes.
//!
//! Telegram counts the messages that a bot sends or edits (an album counts as many as it has
//! pictures) and accepts about thirty per second ([Bots
//! FAQ](https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)).
//! Temporal's limits count tasks of a queue, and the gateway's replies are not tasks. So the sends
//! of the last second are one row that all of a bot's processes update. A sender takes its share
//! first, before it uploads anything, or gets the time when to ask again.
//!
//! A chat has limits of its own, and Telegram may ask to wait longer there: the same row knows the
//! chats of the last minute, so that one sender's `retry_after` holds for all.
//!
//! Replies have priority: the delivery pool leaves a part of the rate unused, so that a user who
//! writes to a busy bot gets a reply at once (trunk reservation). While replies wait nevertheless,
//! no delivery starts.

mod chat_sends;
mod fair_queue;

use std::time::Duration;

use chrono::TimeDelta;
use domain::{BotId, ChatId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use self::{chat_sends::ChatSends, fair_queue::FairQueue};
use crate::{
    Database, Result, StorageError, Tx,
    entity::pace::{ActiveModel, Column, Entity},
    error::OrCorrupt as _,
};

/// How long a message counts: Telegram's second plus the jitter of the network. Thirty messages,
/// and thirty more a second later, must not arrive within one second.
const MESSAGE_WINDOW: TimeDelta = TimeDelta::milliseconds(1_150);

/// How long an album counts: it is uploaded before it arrives.
const ALBUM_WINDOW: TimeDelta = TimeDelta::milliseconds(1_400);

/// The part of the rate that deliveries leave for replies, in messages per second: about a quarter.
const REPLY_RESERVE: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendPurpose {
    /// A reply to a user who looks at the chat.
    Reply,
    /// A finished carousel, a scheduled message or a broadcast.
    Delivery,
}

#[derive(Debug, Clone, Copy)]
pub struct RateLimitedSender {
    pub bot: BotId,
    /// Messages per second over all chats.
    pub rate: u32,
    pub purpose: SendPurpose,
}

impl RateLimitedSender {
    /// Messages that may count at one time.
    const fn limit(self) -> u32 {
        match self.purpose {
            SendPurpose::Reply => self.rate,
            SendPurpose::Delivery => self.rate.saturating_sub(REPLY_RESERVE),
        }
    }
}

/// The limiter's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateDecision {
    Now,
    /// The rate is used up: nothing was taken, ask again after this time.
    RetryAfter(TimeDelta),
    /// The same, because of the limit of this chat; other chats need not wait.
    ChatRetryAfter(TimeDelta),
}

/// Takes the share of so many messages to a chat, which are sent together, or returns when to ask
/// again. A number above a limit counts as the limit. `now` is read after the wait for the row: the
/// share counts from the time when the message can be sent.
pub async fn try_acquire(
    tx: &Tx,
    speaker: RateLimitedSender,
    chat: ChatId,
    messages: u32,
    now: impl Fn() -> Timestamp,
) -> Result<RateDecision> {
    let admit = |lately: &mut RecentSends, now| lately.admit_at(speaker, chat, messages, now);
    change(tx, speaker.bot, now, admit).await
}

/// Telegram asked to send nothing into this chat for some time.
pub async fn silence(
    tx: &Tx,
    bot: BotId,
    chat: ChatId,
    wait: Duration,
    at: Timestamp,
) -> Result<()> {
    let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    let until = at.timestamp_micros().saturating_add(wait);
    change(tx, bot, || at, |lately, _| lately.chats.silence(chat, until)).await
}

/// Changes the row of a bot. `change` gets the time at which the row was locked.
async fn change<T>(
    tx: &Tx,
    bot: BotId,
    now: impl Fn() -> Timestamp,
    change: impl FnOnce(&mut RecentSends, i64) -> T,
) -> Result<T> {
    let first = ActiveModel { bot_id: Set(bot.get()), sent: Set("{}".to_owned()) };
    Entity::insert(first)
        .on_conflict(OnConflict::column(Column::BotId).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let row = Entity::find_by_id(bot.get()).lock_exclusive().one(&*tx.0).await?;
    let now = now().timestamp_micros();
    let row = row.or_corrupt("paces", bot)?;
    // An unreadable row loses one second of history, which is better than blocking all senders.
    let mut lately: RecentSends = serde_json::from_str(&row.sent).unwrap_or_default();
    lately.chats.expire(now);
    let changed = change(&mut lately, now);
    let sent = serde_json::to_string(&lately).or_corrupt("paces", bot)?;
    Entity::update_many()
        .col_expr(Column::Sent, Expr::value(sent))
        .filter(Column::BotId.eq(bot.get()))
        .exec(&*tx.0)
        .await?;
    Ok(changed)
}

/// The row's content. Times are in microseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct RecentSends {
    /// The time until which messages count, and how many.
    counting: Vec<(i64, u32)>,
    /// The time until which a reply waits.
    answers_wait: i64,
    /// The limits of single chats.
    chats: ChatSends,
}

impl RecentSends {
    fn admit_at(
        &mut self,
        speaker: RateLimitedSender,
        chat: ChatId,
        messages: u32,
        now: i64,
    ) -> RateDecision {
        let chat_free_at = self.chats.free_at(chat, messages, now);
        if chat_free_at > now {
            return RateDecision::ChatRetryAfter(TimeDelta::microseconds(chat_free_at - now));
        }
        // A time further ahead than any message counts was written by a wrong clock: it must not
        // block senders.
        let longest = now + micros(ALBUM_WINDOW);
        let counts = |until: i64| until > now && until <= longest;
        self.counting.retain(|(until, _)| counts(*until));
        self.counting.sort_unstable();

        let messages = messages.min(speaker.limit());
        let held: u32 = self.counting.iter().map(|(_, messages)| messages).sum();
        let mut excess = (held + messages).saturating_sub(speaker.limit());
        let mut free_at = now;
        for (until, messages) in &self.counting {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(*messages);
            free_at = *until;
        }
        if speaker.purpose == SendPurpose::Delivery && counts(self.answers_wait) {
            free_at = free_at.max(self.answers_wait);
        }
        if free_at > now {
            if speaker.purpose == SendPurpose::Reply {
                // The reply asks again at the given time, and again if other replies were faster.
                self.answers_wait = now + micros(MESSAGE_WINDOW);
            }
            return RateDecision::RetryAfter(TimeDelta::microseconds(free_at - now));
        }
        let counts_for = if messages > 1 { ALBUM_WINDOW } else { MESSAGE_WINDOW };
        self.counting.push((now + micros(counts_for), messages));
        self.chats.record(chat, messages, now);
        RateDecision::Now
    }
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

/// Waits for a share for one part of a process. Chats take turns; within a chat, the first caller
/// is served first.
#[derive(Debug, Clone)]
pub struct RateLimiter {
    db: Database,
    speaker: RateLimitedSender,
    line: FairQueue,
}

#[derive(Debug, thiserror::Error)]
pub enum RateLimited {
    /// No share was free within the allowed time; nothing was taken.
    #[error("the bot's message rate is used up")]
    RetryAfter(Duration),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl RateLimiter {
    /// Clones share one queue.
    pub fn new(db: Database, speaker: RateLimitedSender) -> Self {
        Self { db, speaker, line: FairQueue::default() }
    }

    /// Waits until so many messages may be sent into a chat, at most `patience`; `now` returns the
    /// time. Call it before anything is claimed: what waits here has not been sent.
    pub async fn wait(
        &self,
        chat: ChatId,
        messages: u32,
        patience: Duration,
        now: impl Fn() -> Timestamp,
    ) -> Result<(), RateLimited> {
        let deadline = Instant::now() + patience;
        loop {
            match self.wait_for_turn(chat, messages, deadline, patience, &now).await? {
                None => return Ok(()),
                // Outside the queue: other chats go on.
                Some(wait) if Instant::now() + wait <= deadline => sleep(wait).await,
                Some(wait) => return Err(RateLimited::RetryAfter(wait)),
            }
        }
    }

    /// Remembers that Telegram asked to send nothing into a chat for some time. Other processes
    /// then wait, too, instead of uploading what Telegram refuses.
    pub async fn silence(&self, chat: ChatId, wait: Duration, at: Timestamp) -> Result<()> {
        let bot = self.speaker.bot;
        self.db.write(|tx| async move { silence(&tx, bot, chat, wait, at).await }).await
    }

    /// Takes a share while holding the turn; `Some` is the time that this chat has to wait.
    async fn wait_for_turn(
        &self,
        chat: ChatId,
        messages: u32,
        deadline: Instant,
        patience: Duration,
        now: &impl Fn() -> Timestamp,
    ) -> Result<Option<Duration>, RateLimited> {
        let turn = tokio::time::timeout_at(deadline, self.line.turn(chat));
        let Ok(_turn) = turn.await else {
            return Err(RateLimited::RetryAfter(patience));
        };
        loop {
            let speaker = self.speaker;
            let admit = |tx| async move { try_acquire(&tx, speaker, chat, messages, now).await };
            let wait = match self.db.write(admit).await? {
                RateDecision::Now => return Ok(None),
                RateDecision::ChatRetryAfter(wait) => {
                    return Ok(Some(wait.to_std().unwrap_or_default()));
                }
                RateDecision::RetryAfter(wait) => wait.to_std().unwrap_or_default(),
            };
            if Instant::now() + wait > deadline {
                return Err(RateLimited::RetryAfter(wait));
            }
            sleep(wait).await;
        }
    }
}
