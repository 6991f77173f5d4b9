//! [`OfflineError`]: why the offline writer made no draft.

use domain::{DraftError, SlideError};

/// Why no draft could be written. Each means a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfflineError {
    /// A generated slide is invalid.
    #[error("a generated slide is invalid: {0}")]
    Slide(#[from] SlideError),
    /// The slides, caption or hashtags are invalid together.
    #[error("a generated draft is invalid: {0}")]
    Draft(#[from] DraftError),
    /// There is less content than slides.
    #[error("{wanted} slides were requested and only {found} could be written")]
    TooLittle {
        /// Requested slides, without the title and the summary.
        wanted: usize,
        /// Slides that could be written.
        found: usize,
    },
}
