//! [`Brief`]: everything a carousel is made from.

use crate::{
    BlobKey, Format, IdError, ImageKind, Language, Link, LinkError, ThemeId, Topic, TopicError,
    UnknownName,
    limits::{SLIDES_DEFAULT, SLIDES_MAX, SLIDES_MIN},
};

/// A request, complete and valid: nothing behind this type asks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// What it is about; for a long text, its headline.
    pub topic: Topic,
    /// Where a long source text is stored, when there is one.
    pub text: Option<BlobKey>,
    /// The page that the text is to be taken from, when there is one.
    pub link: Option<Link>,
    /// Where a recording is stored that the topic or text is to be taken from, when there is one.
    pub voice: Option<BlobKey>,
    /// The language to write in.
    pub language: Language,
    /// How many slides.
    pub slides: SlideCount,
    /// The look.
    pub theme: ThemeId,
    /// The shape.
    pub format: Format,
    /// The encoding.
    pub image: ImageKind,
}

/// Why something is no brief; each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    /// The topic or the text.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The page.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The number of slides.
    #[error(transparent)]
    Slides(#[from] SlideCountError),
    /// A language, format or image kind that we do not have.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// A theme's name or a text's key.
    #[error(transparent)]
    Id(#[from] IdError),
}

/// How many slides a carousel has: [`SLIDES_MIN`] to [`SLIDES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlideCount(u8);

/// A number of slides that no carousel can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a carousel has {SLIDES_MIN} to {SLIDES_MAX} slides, not {0}")]
pub struct SlideCountError(pub String);

impl SlideCount {
    /// Checks a number.
    ///
    /// # Errors
    /// [`SlideCountError`] outside the limits.
    pub fn new(count: u8) -> Result<Self, SlideCountError> {
        if (SLIDES_MIN..=SLIDES_MAX).contains(&count) {
            Ok(Self(count))
        } else {
            Err(SlideCountError(count.to_string()))
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for SlideCount {
    fn default() -> Self {
        Self(SLIDES_DEFAULT)
    }
}

impl std::str::FromStr for SlideCount {
    type Err = SlideCountError;

    fn from_str(text: &str) -> Result<Self, SlideCountError> {
        text.parse::<u8>()
            .map_err(|_| SlideCountError(text.to_owned()))
            .and_then(Self::new)
    }
}

impl std::fmt::Display for SlideCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_to_ten_slides_and_no_others() {
        let ok: Vec<u8> = (0..=u8::MAX)
            .filter(|n| SlideCount::new(*n).is_ok())
            .collect();
        assert_eq!(ok, (3..=10).collect::<Vec<_>>());
        let error = "seven".parse::<SlideCount>().unwrap_err().to_string();
        assert_eq!(error, "a carousel has 3 to 10 slides, not seven");
    }
}
