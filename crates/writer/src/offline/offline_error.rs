//! [`NotCovered`] and [`OfflineError`]: why the offline writer made no draft.

use domain::{DraftError, SlideError};

/// Why no draft could be written. Each but [`OfflineError::TooShort`] means a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfflineError {
    #[error("a generated slide is invalid: {0}")]
    Slide(#[from] SlideError),
    /// The slides, caption or hashtags are invalid together.
    #[error("a generated draft is invalid: {0}")]
    Draft(#[from] DraftError),
    /// The user's text has no sentence, list or table besides its title.
    #[error("the text is too short for a carousel: send at least a title and two sentences")]
    TooShort,
    /// There is less content than slides.
    #[error("{wanted} slides were requested and only {found} could be written")]
    TooLittle {
        /// Requested slides, without the title and the summary.
        wanted: usize,
        /// Slides that could be written.
        found: usize,
    },
}

/// Our notes do not cover a topic, so there is nothing to write from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCovered {
    /// Titles of the nearest notes, best first; may be empty.
    pub nearest: Vec<String>,
}

impl std::fmt::Display for NotCovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("our notes don't cover this topic")?;
        if !self.nearest.is_empty() {
            write!(f, "; the nearest are “{}”", self.nearest.join("”, “"))?;
        }
        Ok(())
    }
}

impl std::error::Error for NotCovered {}
