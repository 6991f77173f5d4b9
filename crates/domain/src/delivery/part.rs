//! [`LedgerKey`], the key of a ledger row, and [`DeliveryPart`], the unit that is sent.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{CarouselId, NoticeId};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LedgerKey {
    pub carousel: CarouselId,
    /// The carousel's revision, from 1; 0 for notices sent before the first revision.
    pub revision: u32,
    pub part: DeliveryPart,
    pub generation: Generation,
}

/// What one request sends of a carousel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeliveryPart {
    Album,
    /// The carousel as files in a folder. Writing is idempotent.
    Folder,
    /// The caption and the hashtags, as a message that can be copied.
    Caption,
    /// One slide as a file, without Telegram's compression; counted from 1.
    Document(u8),
    /// A message about the carousel's state, such as why it failed.
    Notice(NoticeId),
}

/// Whether a part in state `unknown` is sent again without a person's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepeatPolicy {
    /// A duplicate is worse than an unknown outcome.
    Never,
    /// A missing message is worse than a duplicate.
    Allowed,
}

/// The number of a send, from 1. Each tap on “Send again” makes the next generation. The button
/// carries the number it would make, so that two taps make one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(NonZeroU32);

/// A message that Telegram has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageRecord {
    /// Telegram's message id, unique within the chat.
    pub message: i64,
    /// Telegram's `file_id`, to send the file again without uploading it; empty if there is no
    /// file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
}

/// An unknown part name, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is not a part of a carousel: use album, folder, caption, document-<n> or notice-<name>"
)]
pub struct PartError(pub String);

impl DeliveryPart {
    /// Notices and files may be repeated; albums may not.
    pub const fn repeats(&self) -> RepeatPolicy {
        match self {
            Self::Folder | Self::Notice(_) => RepeatPolicy::Allowed,
            Self::Album | Self::Caption | Self::Document(_) => RepeatPolicy::Never,
        }
    }
}

impl fmt::Display for DeliveryPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Album => f.write_str("album"),
            Self::Folder => f.write_str("folder"),
            Self::Caption => f.write_str("caption"),
            Self::Document(n) => write!(f, "document-{n}"),
            Self::Notice(name) => write!(f, "notice-{name}"),
        }
    }
}

impl FromStr for DeliveryPart {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let refused = || PartError(text.chars().take(80).collect());
        if let Some(name) = text.strip_prefix("notice-") {
            return NoticeId::parse(name).map(Self::Notice).map_err(|_| refused());
        }
        if let Some(n) = text.strip_prefix("document-") {
            // Only the canonical form is accepted: `document-07` would be a second key for the same
            // part.
            let number = n.parse::<u8>().ok();
            let number = number.filter(|number| *number > 0 && number.to_string() == n);
            return number.map(Self::Document).ok_or_else(refused);
        }
        match text {
            "album" => Ok(Self::Album),
            "folder" => Ok(Self::Folder),
            "caption" => Ok(Self::Caption),
            _ => Err(refused()),
        }
    }
}

impl Generation {
    /// The first send, which no one has to request.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// `None` for 0.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    pub const fn get(self) -> u32 {
        self.0.get()
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// `None` for the first generation.
    pub fn previous(self) -> Option<Self> {
        Self::new(self.get() - 1)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { carousel, revision, part, generation } = self;
        write!(f, "{carousel} r{revision} {part} g{generation}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_name_round_trips() {
        let notice = NoticeId::parse("failed").unwrap();
        for part in [
            DeliveryPart::Album,
            DeliveryPart::Folder,
            DeliveryPart::Caption,
            DeliveryPart::Document(7),
            DeliveryPart::Notice(notice),
        ] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        for bad in
            ["", "albums", "document-0", "document-07", "document-999", "notice-", "notice-a b"]
        {
            assert!(bad.parse::<DeliveryPart>().is_err(), "{bad}");
        }
    }

    #[test]
    fn generations_are_counted_from_one() {
        assert_eq!(Generation::FIRST.previous(), None);
        assert_eq!(Generation::FIRST.next().previous(), Some(Generation::FIRST));
        assert_eq!(Generation::new(0), None);
    }
}
