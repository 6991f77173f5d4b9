//! [`Draft`]: a whole carousel's words, before it is drawn.

use std::fmt;

use crate::{
    Slide, TextError,
    limits::{CAPTION_CHARS, HASHTAG_CHARS, HASHTAGS_MAX, SLIDES_MAX, SLIDES_MIN},
    text::{bounded, fold_lines},
};

/// Slides, a caption and hashtags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    slides: Vec<Slide>,
    caption: Caption,
    hashtags: Hashtags,
}

/// The text under a post: not empty, at most [`CAPTION_CHARS`] characters, paragraphs kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption(String);

/// One hashtag, without its `#`: letters, digits and `_`, at least one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashtag(String);

/// At most [`HASHTAGS_MAX`] different hashtags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hashtags(Vec<Hashtag>);

/// Why something is no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Too few or too many slides.
    #[error("{0} slides, {SLIDES_MIN} to {SLIDES_MAX} are allowed")]
    Slides(usize),
    /// The caption is empty or too long.
    #[error("caption: {0}")]
    Caption(TextError),
    /// Not a hashtag.
    #[error("“{0}” is no hashtag: letters, digits and “_”, at most {HASHTAG_CHARS}, one a letter")]
    Hashtag(String),
    /// More hashtags than Instagram takes.
    #[error("{0} hashtags, at most {HASHTAGS_MAX} are allowed")]
    Hashtags(usize),
    /// One of the slides is wrong.
    #[error("slide {position}: {error}")]
    Slide {
        /// Counted from 1.
        position: usize,
        /// What is wrong.
        error: crate::SlideError,
    },
}

impl Draft {
    /// Puts a draft together.
    ///
    /// # Errors
    /// [`DraftError::Slides`] when there are too few or too many.
    pub fn new(
        slides: Vec<Slide>,
        caption: Caption,
        hashtags: Hashtags,
    ) -> Result<Self, DraftError> {
        if (usize::from(SLIDES_MIN)..=usize::from(SLIDES_MAX)).contains(&slides.len()) {
            Ok(Self {
                slides,
                caption,
                hashtags,
            })
        } else {
            Err(DraftError::Slides(slides.len()))
        }
    }

    /// The slides, in order.
    pub fn slides(&self) -> &[Slide] {
        &self.slides
    }

    /// The caption, without hashtags.
    pub fn caption(&self) -> &Caption {
        &self.caption
    }

    /// The hashtags.
    pub fn hashtags(&self) -> &Hashtags {
        &self.hashtags
    }

    /// What is pasted under the post: caption, an empty line, hashtags.
    pub fn post_text(&self) -> String {
        match self.hashtags.to_string() {
            tags if tags.is_empty() => self.caption.0.clone(),
            tags => format!("{}\n\n{tags}", self.caption.0),
        }
    }
}

impl Caption {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`DraftError::Caption`] when it is empty or too long.
    pub fn parse(raw: &str) -> Result<Self, DraftError> {
        bounded(fold_lines(raw), CAPTION_CHARS)
            .map(Self)
            .map_err(DraftError::Caption)
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Hashtag {
    /// Reads a hashtag, with or without `#`.
    ///
    /// # Errors
    /// [`DraftError::Hashtag`] when Instagram would not link it.
    pub fn parse(raw: &str) -> Result<Self, DraftError> {
        let tag = raw.trim().trim_start_matches('#');
        let good = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
            && tag.chars().any(char::is_alphabetic)
            && tag.chars().count() <= HASHTAG_CHARS;
        if good {
            Ok(Self(tag.to_owned()))
        } else {
            Err(DraftError::Hashtag(raw.to_owned()))
        }
    }

    /// The hashtag without its `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Hashtags {
    /// Reads hashtags; the same one twice (in any case) counts once.
    ///
    /// # Errors
    /// [`DraftError`] when one is none, or there are too many.
    pub fn parse<S: AsRef<str>>(raw: &[S]) -> Result<Self, DraftError> {
        let mut tags: Vec<Hashtag> = Vec::new();
        for tag in raw {
            let tag = Hashtag::parse(tag.as_ref())?;
            if !tags
                .iter()
                .any(|t| t.0.to_lowercase() == tag.0.to_lowercase())
            {
                tags.push(tag);
            }
        }
        if tags.len() > HASHTAGS_MAX {
            return Err(DraftError::Hashtags(tags.len()));
        }
        Ok(Self(tags))
    }

    /// The hashtags, in order.
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
    fn hashtags_are_at_most_five_different_ones() {
        let tags = Hashtags::parse(&["#Тесты", "тесты", "rust_lang", "b2b"]).unwrap();
        assert_eq!(tags.to_string(), "#Тесты #rust_lang #b2b");
        assert!(Hashtags::parse(&["a", "b", "c", "d", "e", "f"]).is_err());
        for bad in ["", "#", "two words", "2026", "a-b"] {
            assert!(Hashtag::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_caption_keeps_its_paragraphs_and_its_limit() {
        assert_eq!(Caption::parse("a\n\n\nb ").unwrap().as_str(), "a\n\nb");
        assert!(Caption::parse(&"x".repeat(CAPTION_CHARS + 1)).is_err());
    }
}
