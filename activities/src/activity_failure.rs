//! The error type of activities, and its conversion to a Temporal failure.

use std::time::Duration;

use domain::{failure::FailureKind, record::OverflowRecord};
use llm::call_failure::{CallFailure, Retry};
use temporalio_sdk::{ApplicationFailure, activities::ActivityError};
use workflows::model_calls::{CallsMade, ModelCall, Overflows};
use writer::ProviderError;

/// Why an attempt failed. The texts are for developers: in the Web UI, in the carousel's row and in
/// events. What a user reads in the chat depends on the kind and on the model's failure only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActivityFailure {
    /// The request is invalid.
    #[error("{0}")]
    Input(String),
    /// The user's daily quota is used up.
    #[error("{0}")]
    Quota(String),
    /// The user may not use the product.
    #[error("{0}")]
    Access(String),
    /// The user's budget for model calls is used up.
    #[error("{0}")]
    Budget(String),
    /// A provider failed: a model's server, or our offline provider.
    #[error(transparent)]
    Model(#[from] CallFailure),
    /// A page or a recording can't be used.
    #[error("{0}")]
    Source(String),
    /// A slide can't be drawn as written.
    #[error("{0}")]
    Slide(String),
    /// Texts do not fit on their slides; shorter ones may.
    #[error("{reason}")]
    Overflow {
        /// Describes the first overflow.
        reason: String,
        overflows: Vec<OverflowRecord>,
    },
    /// Stored data is missing, perhaps only for now.
    #[error("{0}")]
    Missing(String),
    /// The destination does not accept it.
    #[error("{0}")]
    Destination(String),
    /// The chat can't be written to any more.
    #[error("{0}")]
    ChatClosed(String),
    /// A dependency is unavailable for now.
    #[error("{reason}")]
    Unavailable {
        reason: String,
        /// How long to wait, if the dependency named a time.
        retry_after: Option<Duration>,
    },
    /// The carousel has ended: a late step has nothing to do.
    #[error("{0}")]
    Ended(String),
    #[error("cancelled")]
    Cancelled,
}

impl From<storage::StorageError> for ActivityFailure {
    fn from(error: storage::StorageError) -> Self {
        use storage::StorageError as E;
        let reason = error.to_string();
        match error {
            // Errors of a database or a blob store may be transient; others may be fixed by an
            // operator.
            E::Database(_)
            | E::Blobs(_)
            | E::Unreachable(_)
            | E::Unwritable { .. }
            | E::ReadableByOthers { .. }
            | E::NotADatabase { .. }
            | E::NewerSchema { .. }
            | E::OlderSchema { .. }
            | E::OtherHost { .. }
            | E::InvalidDatabaseUrl(_)
            | E::InvalidBlobsUrl(_)
            | E::Corrupt { .. } => Self::Unavailable { reason, retry_after: None },
            E::CarouselNotFound(_)
            | E::DraftNotFound { .. }
            | E::BlobMissing(_)
            | E::BlobCorrupt(_) => Self::Missing(reason),
            E::CarouselUndone { .. } => Self::Ended(reason),
            E::InvalidId(_) => Self::Input(reason),
        }
    }
}

impl From<ProviderError> for ActivityFailure {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Input(reason) => Self::Input(reason),
            ProviderError::Slide(reason) => Self::Slide(reason),
            ProviderError::Budget(reason) => Self::Budget(reason),
            ProviderError::Call(failure) => Self::Model(failure),
        }
    }
}

impl From<&domain::access::AccessRefusal> for ActivityFailure {
    fn from(refusal: &domain::access::AccessRefusal) -> Self {
        Self::Access(refusal.to_string())
    }
}

impl From<storage::carousels::OpenError> for ActivityFailure {
    fn from(error: storage::carousels::OpenError) -> Self {
        match error {
            storage::carousels::OpenError::OverQuota { .. }
            | storage::carousels::OpenError::TooManyOpen { .. } => Self::Quota(error.to_string()),
            storage::carousels::OpenError::NotAdmitted(error) => error.into(),
            storage::carousels::OpenError::Storage(error) => error.into(),
        }
    }
}

impl From<storage::admissions::AdmitError> for ActivityFailure {
    fn from(error: storage::admissions::AdmitError) -> Self {
        use storage::admissions::AdmitError as A;
        let reason = format!("{error}; our own notes write at any time without a model");
        match error {
            A::OverBudget { .. } => Self::Budget(reason),
            A::TooManyRequests { .. } => Self::Quota(reason),
            A::Storage(error) => error.into(),
        }
    }
}

impl From<storage::ledger::LedgerError> for ActivityFailure {
    fn from(error: storage::ledger::LedgerError) -> Self {
        use storage::ledger::LedgerError as L;
        let reason = error.to_string();
        match error {
            // Another attempt won the race; the next attempt reads its outcome.
            L::Refused { .. } | L::Conflict(_) => Self::Unavailable { reason, retry_after: None },
            L::Missing(_) => Self::Input(reason),
            L::Storage(error) => error.into(),
        }
    }
}

impl ActivityFailure {
    /// The failure type in the history; `None` for a cancellation, which is no failure.
    fn kind(&self) -> Option<FailureKind> {
        Some(match self {
            Self::Cancelled => return None,
            Self::Input(_) => FailureKind::InvalidInput,
            Self::Quota(_) => FailureKind::QuotaExceeded,
            Self::Access(_) => FailureKind::AccessRefused,
            Self::Budget(_) => FailureKind::BudgetExceeded,
            Self::Model(failure) if failure.retry.is_none() => FailureKind::ProviderFailed,
            Self::Model(_) => FailureKind::Unavailable,
            Self::Source(_) => FailureKind::SourceRefused,
            Self::Slide(_) | Self::Overflow { .. } => FailureKind::SlideRefused,
            Self::Missing(_) => FailureKind::Missing,
            Self::Ended(_) => FailureKind::Over,
            Self::Destination(_) => FailureKind::DestinationRefused,
            Self::ChatClosed(_) => FailureKind::ChatClosed,
            Self::Unavailable { .. } => FailureKind::Unavailable,
        })
    }

    /// When to retry, if a dependency named a time.
    fn delay(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Model(CallFailure { retry: Some(Retry::After(pause)), .. }) => Some(*pause),
            Self::Model(_)
            | Self::Cancelled
            | Self::Input(_)
            | Self::Quota(_)
            | Self::Access(_)
            | Self::Budget(_)
            | Self::Source(_)
            | Self::Slide(_)
            | Self::Overflow { .. }
            | Self::Missing(_)
            | Self::Ended(_)
            | Self::Destination(_)
            | Self::ChatClosed(_) => None,
        }
    }

    /// Logs the error once and converts it to the activity's failure. `calls` are charged even
    /// though the attempt failed.
    pub(crate) fn report(self, calls: Vec<ModelCall>) -> ActivityError {
        let Some(kind) = self.kind() else {
            tracing::info!("cancelled");
            return ActivityError::cancelled_with_details(CallsMade { calls, model: None });
        };
        tracing::warn!(error.kind = kind.name(), error.retryable = kind.is_retryable(), "{self}");
        let failure = ApplicationFailure::builder(self.to_string())
            .type_name(kind.name().to_owned())
            .non_retryable(!kind.is_retryable())
            .maybe_next_retry_delay(self.delay());
        // Rendering calls no model, so a failure has only one kind of details.
        ActivityError::application(match self {
            Self::Overflow { overflows, .. } => failure.details(Overflows { overflows }).build(),
            Self::Model(model) => {
                let model = Some(model.failure);
                failure.details(CallsMade { calls, model }).build()
            }
            _ if calls.is_empty() => failure.build(),
            _ => failure.details(CallsMade { calls, model: None }).build(),
        })
    }
}
