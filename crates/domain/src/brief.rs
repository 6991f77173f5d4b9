//! [`Brief`]: the complete, checked input of a carousel.

use crate::{
    BlobKey, ContentLanguage, Format, IdError, ImageKind, Link, LinkError, ThemeId, Topic,
    TopicError, UnknownName,
    limits::{SLIDES_DEFAULT, SLIDES_MAX, SLIDES_MIN},
};

/// A complete, valid request. Code that takes a `Brief` does not check it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// The subject; for a long source text, its headline.
    pub topic: Topic,
    pub text: Option<BlobKey>,
    /// The page to take the source text from.
    pub link: Option<Link>,
    /// The key of a voice recording that the topic or text is transcribed from.
    pub voice: Option<BlobKey>,
    /// Whether the topic is the person's own title, which that of the page or the recording does not
    /// replace.
    pub titled: bool,
    pub language: ContentLanguage,
    /// Whether the language is only the person's: that of the page or the recording replaces it.
    pub language_from_source: bool,
    pub slides: SlideCount,
    pub theme: ThemeId,
    pub format: Format,
    pub image: ImageKind,
    /// Questions to ask about the topic instead of statements about it; written without a model.
    pub questions: bool,
}

/// What the offline writer makes a carousel of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfflineMaterial {
    /// The built-in notes.
    Notes,
    /// The user's text, page or recording.
    Text,
    /// Questions that fit any topic.
    Questions,
}

impl Brief {
    /// What the offline writer makes this carousel of.
    pub const fn offline_material(&self) -> OfflineMaterial {
        if self.questions {
            OfflineMaterial::Questions
        } else if self.text.is_some() || self.link.is_some() || self.voice.is_some() {
            OfflineMaterial::Text
        } else {
            OfflineMaterial::Notes
        }
    }
}

/// Why an input is not a valid brief. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Slides(#[from] SlideCountError),
    /// An unknown language, format or image kind.
    #[error(transparent)]
    Name(#[from] UnknownName),
    #[error(transparent)]
    Id(#[from] IdError),
}

/// The number of slides: [`SLIDES_MIN`] to [`SLIDES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlideCount(u8);

/// A number of slides outside the limits, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a carousel has {SLIDES_MIN} to {SLIDES_MAX} slides, not {0}")]
pub struct SlideCountError(pub String);

impl SlideCount {
    ///
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
        text.parse::<u8>().map_err(|_| SlideCountError(text.to_owned())).and_then(Self::new)
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
    fn slide_count_is_three_to_ten() {
        let ok: Vec<u8> = (0..=u8::MAX).filter(|n| SlideCount::new(*n).is_ok()).collect();
        assert_eq!(ok, (3..=10).collect::<Vec<_>>());
        let error = "seven".parse::<SlideCount>().unwrap_err().to_string();
        assert_eq!(error, "a carousel has 3 to 10 slides, not seven");
    }
}
