//! What can go wrong in an activity, and the only place where that becomes a failure in a history.

use std::time::Duration;

use temporalio_sdk::{ApplicationFailure, activities::ActivityError};
use workflows::contract::{CallsMade, FailureKind, ModelCall, OverflowRecord, Overflows};

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
    /// The user may not use the product.
    #[error("{0}")]
    Access(String),
    /// The user's budget for models is used up.
    #[error("{0}")]
    Budget(String),
    /// The provider can't do it, now or ever.
    #[error("{0}")]
    Provider(String),
    /// A page or a recording can't be used.
    #[error("{0}")]
    Source(String),
    /// A slide can't be drawn as it is written.
    #[error("{0}")]
    Slide(String),
    /// Words do not fit their slides: shorter ones may.
    #[error("{reason}")]
    Overflow {
        /// The first of them, in words.
        reason: String,
        /// All of them.
        overflows: Vec<OverflowRecord>,
    },
    /// Something that should be stored is not (yet).
    #[error("{0}")]
    Missing(String),
    /// The destination can't take it.
    #[error("{0}")]
    Destination(String),
    /// Nobody can be written to there any more.
    #[error("{0}")]
    Closed(String),
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
            | E::Exposed { .. }
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

impl From<&domain::access::Refusal> for Error {
    fn from(refusal: &domain::access::Refusal) -> Self {
        Self::Access(refusal.to_string())
    }
}

impl From<storage::carousels::OpenError> for Error {
    fn from(error: storage::carousels::OpenError) -> Self {
        match error {
            storage::carousels::OpenError::OverQuota { .. }
            | storage::carousels::OpenError::TooManyOpen { .. } => Self::Quota(error.to_string()),
            storage::carousels::OpenError::NotAdmitted(error) => error.into(),
            storage::carousels::OpenError::Storage(error) => error.into(),
        }
    }
}

impl From<storage::admissions::AdmitError> for Error {
    fn from(error: storage::admissions::AdmitError) -> Self {
        use storage::admissions::AdmitError as A;
        let reason = format!("{error}; our own notes write at any time without a model");
        match error {
            A::OverBudget { .. } => Self::Budget(reason),
            A::TooMany { .. } => Self::Quota(reason),
            A::Storage(error) => error.into(),
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
    /// The same, saying whose trouble it is: an attempt's failure stands alone in the Web UI.
    #[must_use]
    pub(crate) fn of(self, provider: &str) -> Self {
        match self {
            Self::Provider(reason) => Self::Provider(format!("{provider}: {reason}")),
            Self::Unavailable {
                reason,
                retry_after,
            } => Self::Unavailable {
                reason: format!("{provider}: {reason}"),
                retry_after,
            },
            theirs @ (Self::Input(_)
            | Self::Quota(_)
            | Self::Access(_)
            | Self::Budget(_)
            | Self::Source(_)
            | Self::Slide(_)
            | Self::Overflow { .. }
            | Self::Missing(_)
            | Self::Destination(_)
            | Self::Closed(_)
            | Self::Over(_)
            | Self::Cancelled) => theirs,
        }
    }

    /// Its kind in the history; none for a cancellation, which is no failure.
    fn kind(&self) -> Option<FailureKind> {
        Some(match self {
            Self::Cancelled => return None,
            Self::Input(_) => FailureKind::InvalidInput,
            Self::Quota(_) => FailureKind::QuotaExceeded,
            Self::Access(_) => FailureKind::AccessRefused,
            Self::Budget(_) => FailureKind::BudgetExceeded,
            Self::Provider(_) => FailureKind::ProviderFailed,
            Self::Source(_) => FailureKind::SourceRefused,
            Self::Slide(_) | Self::Overflow { .. } => FailureKind::SlideRefused,
            Self::Missing(_) => FailureKind::Missing,
            Self::Over(_) => FailureKind::Over,
            Self::Destination(_) => FailureKind::DestinationRefused,
            Self::Closed(_) => FailureKind::ChatClosed,
            Self::Unavailable { .. } => FailureKind::Unavailable,
        })
    }

    /// When to try again, where somebody said so.
    fn delay(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Cancelled
            | Self::Input(_)
            | Self::Quota(_)
            | Self::Access(_)
            | Self::Budget(_)
            | Self::Provider(_)
            | Self::Source(_)
            | Self::Slide(_)
            | Self::Overflow { .. }
            | Self::Missing(_)
            | Self::Over(_)
            | Self::Destination(_)
            | Self::Closed(_) => None,
        }
    }

    /// Logs it, once, and makes it the activity's failure, which tells the calls that have to be paid
    /// for all the same.
    pub(crate) fn report(self, calls: Vec<ModelCall>) -> ActivityError {
        let Some(kind) = self.kind() else {
            tracing::info!("cancelled");
            return ActivityError::cancelled_with_details(CallsMade { calls });
        };
        tracing::warn!(
            error.kind = kind.name(),
            error.retryable = kind.is_retryable(),
            "{self}"
        );
        let failure = ApplicationFailure::builder(self.to_string())
            .type_name(kind.name().to_owned())
            .non_retryable(!kind.is_retryable())
            .maybe_next_retry_delay(self.delay());
        // Whoever draws calls no model, so no failure has two kinds of details.
        ActivityError::application(match self {
            Self::Overflow { overflows, .. } => failure.details(Overflows { overflows }).build(),
            _ if calls.is_empty() => failure.build(),
            _ => failure.details(CallsMade { calls }).build(),
        })
    }
}
