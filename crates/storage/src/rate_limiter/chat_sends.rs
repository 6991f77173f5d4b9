//! The limits of single chats: what a bot has sent into each lately, and until when Telegram wants
//! it to be silent there. Pure.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{ChatId, record::is_default};
use serde::{Deserialize, Serialize};

use super::micros;

/// Messages that a private chat accepts at once; after that, one per second ([Bots
/// FAQ](https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this) names the
/// second, not the burst). Telegram counts a message later than its sender does, hence a margin
/// below the observed 20.
const PRIVATE_BURST: u32 = 18;

/// Messages that a group accepts per minute.
const GROUP_MESSAGES: u32 = 20;

/// Telegram's minute, plus the time of an upload.
const GROUP_WINDOW: TimeDelta = TimeDelta::seconds(62);

/// A longer silence was written by a wrong clock.
const LONGEST_SILENCE: TimeDelta = TimeDelta::hours(24);

/// The chats with recent messages. Times are in microseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct ChatSends(BTreeMap<i64, ChatSend>);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ChatSend {
    /// Of a private chat: when everything sent so far would have been sent at one per second.
    #[serde(skip_serializing_if = "is_default")]
    paid_at: i64,
    /// Of a group: when messages were sent, and how many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sent: Vec<(i64, u32)>,
    /// Telegram asked to send nothing before.
    #[serde(skip_serializing_if = "is_default")]
    silent_until: i64,
}

impl ChatSends {
    /// When the chat accepts so many messages; not after `now` if it does at once.
    pub(super) fn free_at(&self, chat: ChatId, messages: u32, now: i64) -> i64 {
        let Some(past) = self.0.get(&chat.get()) else {
            return now;
        };
        let limited = if is_group(chat) {
            past.group_free_at(messages, now)
        } else {
            let burst = seconds(PRIVATE_BURST.max(messages) - messages);
            past.paid_at.saturating_sub(burst)
        };
        limited.max(past.silent_until)
    }

    pub(super) fn record(&mut self, chat: ChatId, messages: u32, now: i64) {
        let past = self.0.entry(chat.get()).or_default();
        if is_group(chat) {
            past.sent.push((now, messages));
        } else {
            past.paid_at = past.paid_at.max(now) + seconds(messages);
        }
    }

    pub(super) fn silence(&mut self, chat: ChatId, until: i64) {
        let past = self.0.entry(chat.get()).or_default();
        past.silent_until = past.silent_until.max(until);
    }

    /// Forgets what no longer counts, and times that only a wrong clock can have written.
    pub(super) fn expire(&mut self, now: i64) {
        let ahead = |time: i64, most: i64| time > now && time <= now + most;
        self.0.retain(|_, past| {
            if !ahead(past.paid_at, seconds(10 * PRIVATE_BURST)) {
                past.paid_at = 0;
            }
            if !ahead(past.silent_until, micros(LONGEST_SILENCE)) {
                past.silent_until = 0;
            }
            past.sent.retain(|(at, _)| ahead(at + micros(GROUP_WINDOW), micros(GROUP_WINDOW)));
            past.paid_at > 0 || past.silent_until > 0 || !past.sent.is_empty()
        });
    }
}

impl ChatSend {
    fn group_free_at(&self, messages: u32, now: i64) -> i64 {
        let held: u32 = self.sent.iter().map(|(_, messages)| messages).sum();
        let mut excess = (held + messages).saturating_sub(GROUP_MESSAGES);
        let mut free_at = now;
        for (at, messages) in &self.sent {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(*messages);
            free_at = at + micros(GROUP_WINDOW);
        }
        free_at
    }
}

/// Ids of groups and channels are negative.
const fn is_group(chat: ChatId) -> bool {
    chat.get() < 0
}

/// So many seconds in microseconds.
fn seconds(count: u32) -> i64 {
    i64::from(count) * 1_000_000
}
