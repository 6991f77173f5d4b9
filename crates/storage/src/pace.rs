//! How fast a bot may speak, over all its processes.
//!
//! Telegram counts the messages that a bot sends or edits, an album as many as it has pictures, and
//! takes about thirty a second ([Bots FAQ](https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)).
//! Temporal's limits count tasks of a queue, and the gateway's answers are none. So what was said
//! in the last second is one row that all of a bot's processes write: whoever wants to speak takes
//! their share first, or is told when to come back.
//!
//! Answers go first: what the delivery pool sends leaves a part of the rate alone, so that somebody
//! who writes to a busy bot is answered at once (elsewhere this is called trunk reservation); and while
//! answers wait all the same, no delivery begins.

mod line;

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

use self::line::Line;
use crate::{
    Database, Error, Tx,
    entity::pace::{ActiveModel, Column, Entity},
};

/// How long a message counts: Telegram's second, and what messages may gain on each other on their way
/// to it. Thirty that leave at once and thirty a second later must not arrive within a second.
const COUNTS: TimeDelta = TimeDelta::milliseconds(1_150);

/// How long an album does, which is uploaded before it arrives.
const ALBUM_COUNTS: TimeDelta = TimeDelta::milliseconds(1_400);

/// What of a rate deliveries leave to answers: a quarter, about.
const FOR_ANSWERS: u32 = 8;

/// What is going to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An answer to somebody who looks at the chat.
    Answer,
    /// What was made for somebody, or comes by itself.
    Delivery,
}

/// Who wants to speak.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    /// The bot. All who speak for it share one rate.
    pub bot: BotId,
    /// Messages a second that it may send, over all chats.
    pub rate: u32,
    /// What this one sends.
    pub purpose: Purpose,
}

impl Speaker {
    /// Messages that count at once.
    const fn most(self) -> u32 {
        match self.purpose {
            Purpose::Answer => self.rate,
            Purpose::Delivery => self.rate.saturating_sub(FOR_ANSWERS),
        }
    }
}

/// What came of asking for a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// Send it now.
    Now,
    /// Too much was said lately: nothing was taken, ask again after this long.
    After(TimeDelta),
}

/// Takes the share of so many messages, which are sent at once, or says when to ask again. More than
/// ever fit are counted as as many as do.
///
/// # Errors
/// [`Error::Database`].
pub async fn admit(
    tx: &Tx,
    speaker: Speaker,
    messages: u32,
    at: Timestamp,
) -> Result<Admitted, Error> {
    let bot = speaker.bot;
    let first = ActiveModel {
        bot_id: Set(bot.get()),
        sent: Set("{}".to_owned()),
    };
    Entity::insert(first)
        .on_conflict(OnConflict::column(Column::BotId).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    let row = Entity::find_by_id(bot.get())
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    let corrupt = |why: String| Error::Corrupt {
        table: "paces",
        key: bot.to_string(),
        why,
    };
    let row = row.ok_or_else(|| corrupt("it vanished while it was read".to_owned()))?;
    // What can't be read is a second's memory: nobody is kept from speaking by it.
    let mut lately: Lately = serde_json::from_str(&row.sent).unwrap_or_default();
    let admitted = lately.admit(speaker, messages, at.timestamp_micros());
    let sent = serde_json::to_string(&lately).map_err(|e| corrupt(e.to_string()))?;
    Entity::update_many()
        .col_expr(Column::Sent, Expr::value(sent))
        .filter(Column::BotId.eq(bot.get()))
        .exec(&*tx.0)
        .await?;
    Ok(admitted)
}

/// What a bot said lately, as its row holds it. Moments are microseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Lately {
    /// Until when how many messages count.
    counting: Vec<(i64, u32)>,
    /// Until when an answer waits.
    answers_wait: i64,
}

impl Lately {
    fn admit(&mut self, speaker: Speaker, messages: u32, now: i64) -> Admitted {
        // What counts for longer than anything does was written by a clock that was wrong: it must not
        // hold anybody up.
        let longest = now + micros(ALBUM_COUNTS);
        let counts = |until: i64| until > now && until <= longest;
        self.counting.retain(|(until, _)| counts(*until));
        self.counting.sort_unstable();

        let messages = messages.min(speaker.most());
        let held: u32 = self.counting.iter().map(|(_, messages)| messages).sum();
        let mut excess = (held + messages).saturating_sub(speaker.most());
        let mut free_at = now;
        for (until, messages) in &self.counting {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(*messages);
            free_at = *until;
        }
        if speaker.purpose == Purpose::Delivery && counts(self.answers_wait) {
            free_at = free_at.max(self.answers_wait);
        }
        if free_at > now {
            if speaker.purpose == Purpose::Answer {
                // It comes again when it was told, and again where others were faster.
                self.answers_wait = now + micros(COUNTS);
            }
            return Admitted::After(TimeDelta::microseconds(free_at - now));
        }
        let counts_for = if messages > 1 { ALBUM_COUNTS } else { COUNTS };
        self.counting.push((now + micros(counts_for), messages));
        Admitted::Now
    }
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

/// Waits for a share on behalf of one part of a process. Chats take turns; within a chat, whoever asks
/// first is served first.
#[derive(Debug, Clone)]
pub struct Pacer {
    db: Database,
    speaker: Speaker,
    line: Line,
}

/// Why nothing may be sent yet.
#[derive(Debug, thiserror::Error)]
pub enum Crowded {
    /// Others were first for as long as there was patience; nothing was taken.
    #[error("the bot has enough to say for now")]
    Wait(Duration),
    /// Nobody can say.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl Pacer {
    /// For this speaker. Clones wait in one line.
    pub fn new(db: Database, speaker: Speaker) -> Self {
        Self {
            db,
            speaker,
            line: Line::default(),
        }
    }

    /// Waits until so many messages may be sent into a chat, but not longer than `patience`; `now` is
    /// asked for the time. Ask before anything is claimed: what waits here has not been sent.
    ///
    /// # Errors
    /// [`Crowded`].
    pub async fn wait(
        &self,
        chat: ChatId,
        messages: u32,
        patience: Duration,
        now: impl Fn() -> Timestamp,
    ) -> Result<(), Crowded> {
        let deadline = Instant::now() + patience;
        let turn = tokio::time::timeout_at(deadline, self.line.turn(chat));
        let Ok(_turn) = turn.await else {
            return Err(Crowded::Wait(patience));
        };
        loop {
            let (speaker, at) = (self.speaker, now());
            let admit = |tx| async move { admit(&tx, speaker, messages, at).await };
            let wait = match self.db.write(admit).await? {
                Admitted::Now => return Ok(()),
                Admitted::After(wait) => wait.to_std().unwrap_or_default(),
            };
            if Instant::now() + wait > deadline {
                return Err(Crowded::Wait(wait));
            }
            sleep(wait).await;
        }
    }
}
