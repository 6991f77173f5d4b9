//! Owns [`BriefChange`]: what another carousel from the same brief has different.

use std::{fmt, str::FromStr};

use domain::{Format, Language, SlideCount, ThemeId};

/// One choice of a request. Its text form is a letter and the value: `s5`, `tneon`, `f1x1`, `lru`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BriefChange {
    Slides(SlideCount),
    Theme(ThemeId),
    Format(Format),
    Language(Language),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no choice is called “{0}”")]
pub struct UnknownChange(String);

impl fmt::Display for BriefChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slides(count) => write!(f, "s{count}"),
            Self::Theme(theme) => write!(f, "t{theme}"),
            Self::Format(format) => write!(f, "f{format}"),
            Self::Language(language) => write!(f, "l{language}"),
        }
    }
}

impl FromStr for BriefChange {
    type Err = UnknownChange;

    fn from_str(text: &str) -> Result<Self, UnknownChange> {
        let read = || {
            let (letter, value) = text.split_at_checked(1)?;
            Some(match letter {
                "s" => Self::Slides(value.parse().ok()?),
                "t" => Self::Theme(value.parse().ok()?),
                "f" => Self::Format(value.parse().ok()?),
                "l" => Self::Language(value.parse().ok()?),
                _ => return None,
            })
        };
        read().ok_or_else(|| UnknownChange(text.to_owned()))
    }
}
