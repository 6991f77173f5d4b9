//! [`Slot`]: which row of the ledger; and [`Part`]: what of a carousel is sent.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{CarouselId, NoticeId};

/// Names one row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The carousel.
    pub carousel: CarouselId,
    /// Which revision of it, from 1; 0 for what is said before there is one.
    pub revision: u32,
    /// What of it.
    pub part: Part,
    /// Which try at it that a person asked for.
    pub generation: Generation,
}

/// What of a carousel is sent, in one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// The pictures, together.
    Album,
    /// All of it as files in a folder: written twice, it is the same.
    Folder,
    /// The caption and the hashtags, as a message that can be copied.
    Caption,
    /// One slide as a file, unspoilt by Telegram; counted from 1.
    Document(u8),
    /// Words about how it goes, such as why it failed.
    Notice(NoticeId),
}

/// Whether a part that may have arrived may be sent again without anybody asking for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeats {
    /// Never: twice is worse than not being sure.
    Never,
    /// Yes: not being told is worse than being told twice.
    Allowed,
}

/// Counted from 1; each “Send again” makes the next. The button carries the one it would make, so
/// pressing it twice is pressing it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(NonZeroU32);

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageRecord {
    /// Its number within the chat.
    pub message: i64,
    /// What Telegram calls the file in it, to send it again without uploading it; empty without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
}

/// A text that names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no part of a carousel: album, folder, caption, document-<n> or notice-<name>")]
pub struct PartError(pub String);

impl Part {
    /// Whether it may be sent again although it may have arrived: notices and files may, albums may
    /// not.
    pub const fn repeats(&self) -> Repeats {
        match self {
            Self::Folder | Self::Notice(_) => Repeats::Allowed,
            Self::Album | Self::Caption | Self::Document(_) => Repeats::Never,
        }
    }
}

impl fmt::Display for Part {
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

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let refused = || PartError(text.chars().take(80).collect());
        if let Some(name) = text.strip_prefix("notice-") {
            return NoticeId::parse(name)
                .map(Self::Notice)
                .map_err(|_| refused());
        }
        if let Some(n) = text.strip_prefix("document-") {
            // Written one way only: `document-07` would be another key for the same part.
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
    /// The one that nobody had to ask for.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Reads a number; `None` for 0.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one before it; none before the first.
    pub fn previous(self) -> Option<Self> {
        Self::new(self.get() - 1)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            carousel,
            revision,
            part,
            generation,
        } = self;
        write!(f, "{carousel} r{revision} {part} g{generation}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_one_name_and_is_found_by_it() {
        let notice = NoticeId::parse("failed").unwrap();
        for part in [
            Part::Album,
            Part::Folder,
            Part::Caption,
            Part::Document(7),
            Part::Notice(notice),
        ] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        for bad in [
            "",
            "albums",
            "document-0",
            "document-07",
            "document-999",
            "notice-",
            "notice-a b",
        ] {
            assert!(bad.parse::<Part>().is_err(), "{bad}");
        }
    }

    #[test]
    fn generations_are_counted_from_one() {
        assert_eq!(Generation::FIRST.previous(), None);
        assert_eq!(Generation::FIRST.next().previous(), Some(Generation::FIRST));
        assert_eq!(Generation::new(0), None);
    }
}
