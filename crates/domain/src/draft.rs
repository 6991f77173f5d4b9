//! [`Draft`]: all texts of a carousel, before it is drawn.

use std::{fmt, num::NonZeroU32};

use crate::{
    Slide, TextError,
    limits::{CAPTION_CHARS, HASHTAG_CHARS, HASHTAGS_MAX, SLIDES_MAX, SLIDES_MIN},
    text::{bounded, fold_lines},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    slides: Vec<Slide>,
    caption: Caption,
    hashtags: Hashtags,
}

/// A slide's position in its carousel, from 1. It may be larger than the number of slides.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct SlideNumber(NonZeroU32);

/// The text under a post: not empty, at most [`CAPTION_CHARS`] characters, paragraphs kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption(String);

/// One hashtag, without its `#`: letters, digits and `_`, at least one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashtag(String);

/// At most [`HASHTAGS_MAX`] different hashtags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hashtags(Vec<Hashtag>);

/// Why a text is not a valid draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    #[error("{0} slides, {SLIDES_MIN} to {SLIDES_MAX} are allowed")]
    Slides(usize),
    #[error("caption: {0}")]
    Caption(TextError),
    #[error(
        "“{0}” is not a hashtag: use letters, digits and “_”, at most {HASHTAG_CHARS}, \
         with at least one letter"
    )]
    Hashtag(String),
    /// More than [`HASHTAGS_MAX`], Instagram's limit.
    #[error("{0} hashtags, at most {HASHTAGS_MAX} are allowed")]
    Hashtags(usize),
    #[error("slide {position}: {error}")]
    Slide {
        /// Counted from 1.
        position: usize,
        error: crate::SlideError,
    },
}

impl SlideNumber {
    /// `None` for 0.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// From 1.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for SlideNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for SlideNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Draft {
    ///
    ///
    /// # Errors
    /// [`DraftError::Slides`] for too few or too many slides.
    pub fn new(
        slides: Vec<Slide>,
        caption: Caption,
        hashtags: Hashtags,
    ) -> Result<Self, DraftError> {
        if (usize::from(SLIDES_MIN)..=usize::from(SLIDES_MAX)).contains(&slides.len()) {
            Ok(Self { slides, caption, hashtags })
        } else {
            Err(DraftError::Slides(slides.len()))
        }
    }

    pub fn slides(&self) -> &[Slide] {
        &self.slides
    }

    pub fn numbered(&self) -> impl Iterator<Item = (SlideNumber, &Slide)> {
        let numbers = (1..).filter_map(SlideNumber::new);
        numbers.zip(&self.slides)
    }

    /// `None` if the draft has fewer slides.
    pub fn slide(&self, number: SlideNumber) -> Option<&Slide> {
        self.slides.get(usize::try_from(number.get()).ok()? - 1)
    }

    /// Without hashtags.
    pub fn caption(&self) -> &Caption {
        &self.caption
    }

    pub fn hashtags(&self) -> &Hashtags {
        &self.hashtags
    }

    /// The text to paste under the post: caption, an empty line, hashtags.
    pub fn post_text(&self) -> String {
        match self.hashtags.to_string() {
            tags if tags.is_empty() => self.caption.0.clone(),
            tags => format!("{}\n\n{tags}", self.caption.0),
        }
    }
}

/// Reads a caption that a person wrote, with hashtags at its end; `None` if it has none there.
/// The inverse of [`Draft::post_text`].
///
/// # Errors
/// [`DraftError`] if the caption is empty or too long, or if there are too many hashtags.
pub fn read_post_text(raw: &str) -> Result<(Caption, Option<Hashtags>), DraftError> {
    let mut words = raw.trim_end();
    let mut tags = Vec::new();
    while let Some((rest, tag)) = last_word(words).filter(|(_, word)| word.starts_with('#')) {
        let Ok(tag) = Hashtag::parse(tag) else { break };
        tags.insert(0, tag.0);
        words = rest.trim_end();
        // Before an empty line, a hashtag is part of the text.
        if rest[words.len()..].matches('\n').count() > 1 {
            break;
        }
    }
    let hashtags = (!tags.is_empty()).then(|| Hashtags::parse(&tags)).transpose()?;
    Ok((Caption::parse(words)?, hashtags))
}

fn last_word(text: &str) -> Option<(&str, &str)> {
    let start = text.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    // White space may have several bytes; then the word starts after them.
    let start = (start..=text.len()).find(|at| text.is_char_boundary(*at))?;
    Some(text.split_at(start)).filter(|(_, word)| !word.is_empty())
}

impl Caption {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`DraftError::Caption`] if it is empty or too long.
    pub fn parse(raw: &str) -> Result<Self, DraftError> {
        bounded(fold_lines(raw), CAPTION_CHARS).map(Self).map_err(DraftError::Caption)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Hashtag {
    /// Reads a hashtag, with or without `#`.
    ///
    /// # Errors
    /// [`DraftError::Hashtag`] if Instagram would not link it.
    pub fn parse(raw: &str) -> Result<Self, DraftError> {
        let tag = raw.trim().trim_start_matches('#');
        let good = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
            && tag.chars().any(char::is_alphabetic)
            && tag.chars().count() <= HASHTAG_CHARS;
        if good { Ok(Self(tag.to_owned())) } else { Err(DraftError::Hashtag(raw.to_owned())) }
    }

    /// Without `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Hashtags {
    /// Reads hashtags and drops duplicates, ignoring case.
    ///
    /// # Errors
    /// [`DraftError`] if one is invalid or there are too many.
    pub fn parse<S: AsRef<str>>(raw: &[S]) -> Result<Self, DraftError> {
        let mut tags: Vec<Hashtag> = Vec::new();
        for tag in raw {
            let tag = Hashtag::parse(tag.as_ref())?;
            if !tags.iter().any(|t| t.0.to_lowercase() == tag.0.to_lowercase()) {
                tags.push(tag);
            }
        }
        if tags.len() > HASHTAGS_MAX {
            return Err(DraftError::Hashtags(tags.len()));
        }
        Ok(Self(tags))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Hashtag> {
        self.0.iter()
    }
}

impl fmt::Display for Hashtags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, tag) in self.0.iter().enumerate() {
            write!(f, "{}#{}", if i > 0 { " " } else { "" }, tag.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashtags_drop_duplicates_and_allow_five() {
        let tags = Hashtags::parse(&["#Тесты", "тесты", "rust_lang", "b2b"]).unwrap();
        assert_eq!(tags.to_string(), "#Тесты #rust_lang #b2b");
        assert!(Hashtags::parse(&["a", "b", "c", "d", "e", "f"]).is_err());
        for bad in ["", "#", "two words", "2026", "a-b"] {
            assert!(Hashtag::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hashtags_at_the_end_of_a_caption_are_read() {
        let read = |raw: &str| {
            let (caption, tags) = read_post_text(raw).unwrap();
            (caption.as_str().to_owned(), tags.map(|tags| tags.to_string()))
        };
        let tagged = |caption: &str, tags: &str| (caption.to_owned(), Some(tags.to_owned()));
        assert_eq!(read("Why #rust\n\n#rust #тесты"), tagged("Why #rust", "#rust #тесты"));
        assert_eq!(read("Why?\u{2003}#b2b\n"), tagged("Why?", "#b2b"));
        assert_eq!(read("We are #1"), ("We are #1".to_owned(), None));
        assert_eq!(read("Only text"), ("Only text".to_owned(), None));
        assert!(read_post_text("#only #tags").is_err());
        assert!(read_post_text("x #a #b #c #d #e #f").is_err());
    }

    #[test]
    fn caption_keeps_paragraphs_and_has_a_limit() {
        assert_eq!(Caption::parse("a\n\n\nb ").unwrap().as_str(), "a\n\nb");
        assert!(Caption::parse(&"x".repeat(CAPTION_CHARS + 1)).is_err());
    }
}
