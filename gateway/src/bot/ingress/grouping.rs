//! Groups updates: what one person sends in one moment is one request. An album arrives as one
//! update per picture, a long paste as several texts, a forwarded post with a comment as two. Pure:
//! the updates stay in the inbox until they are decided together, and the time is an argument.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{AccountId, UpdateId};
use events::Timestamp;
use telegram::{
    bot_api_limits::MESSAGE_UNITS,
    types::{Update, UpdateKind},
};

use crate::bot::parse::{self, BotName, Incoming, ParsedContent};

/// The most updates of one request; an album has at most ten.
pub(super) const MAX_PARTS: usize = 20;

/// The shortest part of a split paste, except the last: Telegram Desktop splits at the best break
/// in the second half of what fits.
const PASTE_UNITS: usize = MESSAGE_UNITS / 2;

/// Longest time between two parts by Telegram's clock, which counts whole seconds.
const SENT_WITHIN: TimeDelta = TimeDelta::seconds(1);

/// How long an album waits for its next picture.
const ALBUM_WINDOW: TimeDelta = TimeDelta::milliseconds(1_000);

/// How long a text that Telegram may have split waits for the rest.
const PASTE_WINDOW: TimeDelta = TimeDelta::milliseconds(1_200);

/// How long a text waits for a forwarded post, and a post for its comment: apps send both at once.
/// It delays every topic.
const COMMENT_WINDOW: TimeDelta = TimeDelta::milliseconds(250);

/// A message that can be a part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) incoming: Incoming,
    received_at: Timestamp,
    sent_at: Timestamp,
    /// The `media_group_id`.
    album: Option<String>,
    forwarded: bool,
    /// Whether it replies to a message: then it needs no other part.
    replies: bool,
    /// The length of its text, in UTF-16 units.
    units: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    /// These parts are one request.
    Complete(Vec<Part>),
    /// Another part may arrive: decide after this time.
    MayGrow(Duration),
}

impl Part {
    /// `None` for an update that is no message to the bot, such as a pressed button.
    pub(super) fn of(update: &Update, me: BotName<'_>, received_at: Timestamp) -> Option<Self> {
        let UpdateKind::Message(message) = &update.kind else {
            return None;
        };
        Some(Self {
            incoming: parse::parse_update(update, me)?,
            received_at,
            sent_at: message.date,
            album: message.media_group_id().map(|album| album.0.clone()),
            forwarded: message.forward_origin().is_some(),
            replies: message.reply_to_message().is_some(),
            units: message.text().map_or(0, |text| text.encode_utf16().count()),
        })
    }

    pub(super) const fn update(&self) -> UpdateId {
        self.incoming.update
    }

    /// Whether it can be the first part of several.
    pub(super) fn may_grow(&self) -> bool {
        self.window(true).is_some()
    }

    /// How long it waits for the next part; `None` if there is none.
    fn window(&self, is_first: bool) -> Option<TimeDelta> {
        if self.album.is_some() {
            Some(ALBUM_WINDOW)
        } else if self.forwarded {
            Some(COMMENT_WINDOW)
        } else if self.units >= PASTE_UNITS {
            Some(PASTE_WINDOW)
        } else {
            (is_first && self.is_comment()).then_some(COMMENT_WINDOW)
        }
    }

    /// Whether it is the person's own text.
    const fn is_comment(&self) -> bool {
        matches!(self.incoming.content, ParsedContent::Text(_))
            && self.units > 0
            && !self.forwarded
            && !self.replies
    }

    const fn sender(&self) -> (AccountId, Option<i32>) {
        (self.incoming.account, self.incoming.chat.thread)
    }

    /// Its text or its caption.
    fn words(&self) -> &str {
        match &self.incoming.content {
            ParsedContent::Text(words) => words,
            _ => &self.incoming.comment,
        }
    }
}

/// The request that begins with `head`, the first waiting update of a chat. `later` are the updates
/// after it, of anybody.
pub(super) fn group(head: Part, later: Vec<Part>, now: Timestamp) -> Grouping {
    let sender = head.sender();
    let mut group = vec![head];
    let mut is_closed = false;
    for part in later.into_iter().filter(|part| part.sender() == sender) {
        is_closed = group.len() == MAX_PARTS || !joins(&group, &part);
        if is_closed {
            break;
        }
        group.push(part);
    }
    let is_first = group.len() == 1;
    if let Some(last) = group.last()
        && let Some(window) = last.window(is_first)
        && (!is_closed || last.album.is_some())
        && group.len() < MAX_PARTS
    {
        // The clock of the gateway that received it may be ahead.
        let left = (last.received_at + window - now).min(window);
        if left > TimeDelta::zero() {
            return Grouping::MayGrow(left.to_std().unwrap_or_default());
        }
    }
    Grouping::Complete(group)
}

/// Whether `next` continues the request.
fn joins(group: &[Part], next: &Part) -> bool {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return false;
    };
    if next.album.is_some() && group.iter().any(|part| part.album == next.album) {
        return true;
    }
    let apart = next.sent_at - last.sent_at;
    if apart < TimeDelta::zero() || apart > SENT_WITHIN {
        return false;
    }
    if next.forwarded {
        return last.forwarded || group.len() == 1 && first.is_comment();
    }
    let continues = !last.forwarded && last.units >= PASTE_UNITS;
    next.is_comment() && (continues || group.iter().all(|part| part.forwarded))
}

/// The parts as one message with the ids of the first.
pub(super) fn merge(parts: &[Part]) -> Option<Incoming> {
    let (first, rest) = parts.split_first()?;
    let head = first.incoming.clone();
    if rest.is_empty() {
        return Some(head);
    }
    if let ParsedContent::Command { name, rest: text } = head.content {
        let rest = join_texts(&text, first, rest);
        return Some(Incoming { content: ParsedContent::Command { name, rest }, ..head });
    }
    let link = parts.iter().find_map(|part| part.incoming.link.clone());
    let content_of = |wanted: fn(&ParsedContent) -> bool| {
        parts.iter().map(|part| &part.incoming.content).find(|content| wanted(content)).cloned()
    };
    let words = |wanted: &dyn Fn(&Part) -> bool| {
        let words = parts.iter().filter(|part| wanted(part)).map(Part::words);
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let source = content_of(|content| {
        matches!(content, ParsedContent::Document { .. } | ParsedContent::Voice { .. })
    });
    let posts = words(&|part| part.forwarded);
    let own = words(&|part| !part.forwarded);
    let (content, comment) = if let Some(source) = source {
        (source, words(&|_| true))
    } else if !posts.is_empty() {
        (ParsedContent::Text(posts), own)
    } else if first.is_comment() && !parts.iter().any(|part| part.forwarded) {
        (ParsedContent::Text(join_texts(first.words(), first, rest)), String::new())
    } else if let Some(picture) =
        content_of(|content| matches!(content, ParsedContent::Picture { .. }))
    {
        (picture, own)
    } else if own.is_empty() {
        (head.content, String::new())
    } else {
        (ParsedContent::Text(own), String::new())
    };
    Some(Incoming { content, comment, link, ..head })
}

/// The text of a split paste. Telegram drops the white space at which it splits.
fn join_texts(begin: &str, first: &Part, rest: &[Part]) -> String {
    let mut text = begin.to_owned();
    let mut last = first;
    for part in rest {
        let words = part.words();
        let line_ends = text.ends_with(['.', '!', '?', '…', ':', ';', '»', '"']);
        let line_begins = words.starts_with(['#', '-', '•', '*', '>', '|']);
        text.push_str(if last.units >= MESSAGE_UNITS {
            // There was no white space.
            ""
        } else if line_ends || line_begins {
            "\n"
        } else {
            " "
        });
        text.push_str(words);
        last = part;
    }
    text
}

#[cfg(test)]
mod tests;
