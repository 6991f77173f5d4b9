//! [`PageError`]: why a page can't be read, and its conversion to the activity's failure.

use domain::failure::FailureKind;

use crate::activity_failure::ActivityFailure;

/// Why a page can't be read. Users see the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The address is not allowed.
    #[error("this link may not be read: {0}")]
    Forbidden(&'static str),
    /// No connection, or a server error; a retry may help.
    #[error("the page can't be reached now: {0}")]
    Unavailable(String),
    /// The parser is not available now; a retry may help.
    #[error("the page can't be read now: {0}")]
    Busy(String),
    #[error("the page can't be read: {0}")]
    Refused(String),
    #[error("{0}")]
    Unusable(&'static str),
    /// A file, which may be usable in another form.
    #[error("{reason}")]
    UnusableFile { kind: FailureKind, reason: &'static str },
}

impl From<PageError> for ActivityFailure {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Unavailable(_) | PageError::Busy(_) => {
                Self::Unavailable { reason: error.to_string(), retry_after: None }
            }
            PageError::Forbidden(_) | PageError::Refused(_) | PageError::Unusable(_) => {
                Self::Source(error.to_string())
            }
            PageError::UnusableFile { kind, reason } => Self::SourceFile { kind, reason },
        }
    }
}
