//! What can go wrong in an activity, and the only place where that becomes a failure in a history.

use std::time::Duration;

use temporalio_sdk::{ApplicationFailure, activities::ActivityError};
use workflows::contract::FailureKind;

/// Why an attempt failed. The words are for people: they appear in the Web UI, in the row, in
/// events and in what the user is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong.
    #[error("{0}")]
    Input(String),
    /// The user has had today's carousels.
    #[error("{0}")]
    Quota(String),
    /// The provider can't do it, now or ever.
    #[error("{0}")]
    Provider(String),
    /// A slide can't be drawn as it is written.
    #[error("{0}")]
    Slide(String),
    /// Something that should be stored is not (yet).
    #[error("{0}")]
    Missing(String),
    /// The destination can't take it.
    #[error("{0}")]
    Destination(String),
    /// A dependency is away for now.
    #[error("{reason}")]
    Unavailable {
        /// What is away.
        reason: String,
        /// When to come back, where it said so.
        retry_after: Option<Duration>,
    },
    /// The carousel is over: a late step has nothing more to do.
    #[error("{0}")]
    Over(String),
    /// The workflow was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        use storage::Error as E;
        let reason = error.to_string();
        match error {
            // Whatever a database or a blob store says may pass, and so may what an operator mends.
            E::Database(_)
            | E::Blobs(_)
            | E::Unreachable(_)
            | E::Unwritable { .. }
            | E::NotADatabase { .. }
            | E::NewerSchema { .. }
            | E::OtherHost { .. }
            | E::Address(_)
            | E::BlobsAddress(_)
            | E::Corrupt { .. } => Self::Unavailable {
                reason,
                retry_after: None,
            },
            E::NoCarousel(_) | E::NoDraft { .. } | E::BlobMissing(_) | E::BlobCorrupt(_) => {
                Self::Missing(reason)
            }
            E::Undone { .. } => Self::Over(reason),
            E::Key(_) => Self::Input(reason),
        }
    }
}

impl From<storage::carousels::OpenError> for Error {
    fn from(error: storage::carousels::OpenError) -> Self {
        match error {
            storage::carousels::OpenError::OverQuota { .. }
            | storage::carousels::OpenError::TooManyOpen { .. } => Self::Quota(error.to_string()),
            storage::carousels::OpenError::Storage(error) => error.into(),
        }
    }
}

impl From<storage::ledger::LedgerError> for Error {
    fn from(error: storage::ledger::LedgerError) -> Self {
        use storage::ledger::LedgerError as L;
        let reason = error.to_string();
        match error {
            // Somebody else was faster: the next attempt finds out what they did.
            L::Refused { .. } | L::Overtaken(_) => Self::Unavailable {
                reason,
                retry_after: None,
            },
            L::Missing(_) => Self::Input(reason),
            L::Storage(error) => error.into(),
        }
    }
}

impl Error {
    /// Logs it, once, and makes it the activity's failure.
    pub(crate) fn report(self) -> ActivityError {
        let (kind, delay) = match &self {
            Self::Cancelled => {
                tracing::info!("cancelled");
                return ActivityError::cancelled();
            }
            Self::Input(_) => (FailureKind::InvalidInput, None),
            Self::Quota(_) => (FailureKind::QuotaExceeded, None),
            Self::Provider(_) => (FailureKind::ProviderFailed, None),
            Self::Slide(_) => (FailureKind::SlideRefused, None),
            Self::Missing(_) => (FailureKind::Missing, None),
            Self::Over(_) => (FailureKind::Over, None),
            Self::Destination(_) => (FailureKind::DestinationRefused, None),
            Self::Unavailable { retry_after, .. } => (FailureKind::Unavailable, *retry_after),
        };
        tracing::warn!(
            error.kind = kind.name(),
            error.retryable = kind.is_retryable(),
            "{self}"
        );
        let failure = ApplicationFailure::builder(self.to_string())
            .type_name(kind.name().to_owned())
            .non_retryable(!kind.is_retryable())
            .maybe_next_retry_delay(delay)
            .build();
        ActivityError::application(failure)
    }
}
