//! The rate limits after which Telegram answers 429, and the size limits.
//!
//! The rates are those of Telegram's bot FAQ ("My bot is hitting limits"), which specifies no exact
//! algorithm. The fake uses strict ones, so that a bot can't pass by chance: a sliding window for a
//! number per time, a bucket for "short bursts".

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// Longest text of a message, after its entities are parsed (Bot API, `sendMessage`). Counted in
/// UTF-16 units, like entities: never more generous than Telegram.
pub(super) const TEXT: usize = 4096;
/// Longest caption (Bot API, `sendPhoto`).
pub(super) const CAPTION: usize = 1024;
/// Longest `callback_data`, in bytes (Bot API, `InlineKeyboardButton`).
pub(super) const CALLBACK_DATA: usize = 64;
/// Fewest and most items of an album (Bot API, `sendMediaGroup`).
pub(super) const ALBUM: std::ops::RangeInclusive<usize> = 2..=10;
/// Largest photo, in bytes (Bot API, "Sending files").
pub(super) const PHOTO_BYTES: usize = 10 * 1024 * 1024;
/// Largest sum of a photo's width and height (Bot API, `sendPhoto`).
pub(super) const PHOTO_SIDES: usize = 10_000;
/// Largest ratio of a photo's sides (Bot API, `sendPhoto`).
pub(super) const PHOTO_RATIO: usize = 20;
/// Largest upload of any other kind, in bytes (Bot API, "Sending files").
pub(super) const UPLOAD_BYTES: usize = 50 * 1024 * 1024;
/// Largest file that a bot can download, in bytes (Bot API, `getFile`).
pub(super) const DOWNLOAD_BYTES: usize = 20 * 1024 * 1024;
/// Longest text shown after a button was pressed (Bot API, `answerCallbackQuery`).
pub(super) const CALLBACK_ANSWER: usize = 200;
/// How long a message may be edited or deleted. The Bot API names 48 hours for deleting, and for
/// editing messages of a business connection; the fake applies it to all edits, because a bot has
/// to handle a refused edit.
pub(super) const EDITABLE_FOR: Duration = Duration::from_secs(48 * 3600);

/// The rate limits. `None` switches one off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelegramLimits {
    /// Messages in all chats within a sliding second.
    pub overall_per_second: Option<u32>,
    /// Messages at once in a private chat; one more is allowed each second.
    pub chat_burst: Option<u32>,
    /// Messages in a group within a sliding minute.
    pub group_per_minute: Option<u32>,
}

impl TelegramLimits {
    /// Telegram's limits: about 30 messages a second in total, one a second per chat with short
    /// bursts, 20 a minute per group. The burst size is an assumption: a whole carousel (a status
    /// message, two edits, ten pictures and the buttons) passes at once; a loop does not.
    pub const TELEGRAM: Self =
        Self { overall_per_second: Some(30), chat_burst: Some(20), group_per_minute: Some(20) };

    /// No limits.
    pub const NONE: Self =
        Self { overall_per_second: None, chat_burst: None, group_per_minute: None };
}

/// The recent messages that count against the limits.
#[derive(Debug, Default)]
pub(super) struct MessageMeter {
    overall: SlidingWindow,
    chats: BTreeMap<i64, DebtBucket>,
    groups: BTreeMap<i64, SlidingWindow>,
}

/// Costs within a sliding window.
#[derive(Debug, Default)]
struct SlidingWindow(VecDeque<(Duration, u32)>);

/// A debt that decreases by one message a second.
#[derive(Debug, Default)]
struct DebtBucket {
    debt: Duration,
    at: Duration,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

impl MessageMeter {
    /// Counts `cost` messages to `chat`; if a limit is exceeded, counts nothing and returns the
    /// wait.
    pub(super) fn admit(
        &mut self,
        limits: &TelegramLimits,
        now: Duration,
        chat: i64,
        cost: u32,
    ) -> Result<(), Duration> {
        let mut waits = Vec::new();
        if let Some(most) = limits.overall_per_second {
            waits.push(self.overall.wait(now, SECOND, most, cost));
        }
        // Group ids are negative.
        if chat < 0 {
            if let Some(most) = limits.group_per_minute {
                let group = self.groups.entry(chat).or_default();
                waits.push(group.wait(now, MINUTE, most, cost));
            }
        } else if let Some(burst) = limits.chat_burst {
            let bucket = self.chats.entry(chat).or_default();
            waits.push(bucket.wait(now, burst, cost));
        }
        let wait = waits.into_iter().max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        self.overall.0.push_back((now, cost));
        if let Some(group) = self.groups.get_mut(&chat) {
            group.0.push_back((now, cost));
        }
        if let Some(bucket) = self.chats.get_mut(&chat) {
            bucket.debt += SECOND * cost;
        }
        Ok(())
    }
}

impl SlidingWindow {
    /// The time until `cost` more messages fit into `most` within `span`.
    fn wait(&mut self, now: Duration, span: Duration, most: u32, cost: u32) -> Duration {
        while self.0.front().is_some_and(|(at, _)| *at + span <= now) {
            self.0.pop_front();
        }
        let held: u32 = self.0.iter().map(|(_, cost)| cost).sum();
        let mut excess = (held + cost).saturating_sub(most);
        for (at, cost) in &self.0 {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(*cost);
            if excess == 0 {
                return *at + span - now;
            }
        }
        // More than ever fits: any wait is right.
        if excess > 0 { span } else { Duration::ZERO }
    }
}

impl DebtBucket {
    fn wait(&mut self, now: Duration, burst: u32, cost: u32) -> Duration {
        self.debt = self.debt.saturating_sub(now.saturating_sub(self.at));
        self.at = now;
        (self.debt + SECOND * cost).saturating_sub(SECOND * burst)
    }
}

/// `retry_after`: whole seconds, at least 1.
pub(super) fn retry_after(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: TelegramLimits = TelegramLimits::TELEGRAM;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn thirty_first_message_in_a_second_is_refused() {
        let mut meter = MessageMeter::default();
        for chat in 1..=30 {
            assert_eq!(meter.admit(&LIMITS, ms(100), chat, 1), Ok(()));
        }
        assert_eq!(meter.admit(&LIMITS, ms(400), 31, 1), Err(ms(700)));
        assert_eq!(meter.admit(&LIMITS, ms(1_100), 31, 1), Ok(()));
    }

    #[test]
    fn album_costs_one_message_per_item() {
        let mut meter = MessageMeter::default();
        for chat in 1..=3 {
            assert_eq!(meter.admit(&LIMITS, ms(0), chat, 10), Ok(()));
        }
        assert!(meter.admit(&LIMITS, ms(0), 4, 1).is_err());
    }

    #[test]
    fn chat_allows_burst_then_one_message_a_second() {
        let mut meter = MessageMeter::default();
        for _ in 0..20 {
            assert_eq!(meter.admit(&LIMITS, ms(0), 1, 1), Ok(()));
        }
        assert_eq!(meter.admit(&LIMITS, ms(200), 1, 1), Err(ms(800)));
        assert_eq!(meter.admit(&LIMITS, ms(1_000), 1, 1), Ok(()));
        assert!(meter.admit(&LIMITS, ms(1_500), 1, 1).is_err());
    }

    #[test]
    fn group_allows_twenty_messages_a_minute() {
        let mut meter = MessageMeter::default();
        for n in 0..2 {
            assert_eq!(meter.admit(&LIMITS, ms(n * 2_000), -5, 10), Ok(()));
        }
        assert_eq!(meter.admit(&LIMITS, ms(10_000), -5, 1), Err(ms(50_000)));
        assert_eq!(meter.admit(&LIMITS, ms(60_000), -5, 10), Ok(()));
    }

    #[test]
    fn refused_messages_are_not_counted() {
        let mut meter = MessageMeter::default();
        for _ in 0..100 {
            let _ = meter.admit(&LIMITS, ms(0), 1, 25);
        }
        assert_eq!(meter.admit(&LIMITS, ms(0), 1, 20), Ok(()));
    }

    #[test]
    fn retry_after_is_whole_seconds() {
        assert_eq!(
            [ms(1), ms(1_000), ms(1_001)].map(retry_after),
            [1, 1, 2],
            "rounded up, never zero"
        );
    }
}
