//! The error type of activities, and its conversion to a Temporal failure.

use std::time::Duration;

use domain::{failure::FailureKind, record::OverflowRecord};
use llm::model_error::ModelError;
use temporalio_sdk::{ApplicationFailure, activities::ActivityError};
use workflows::model_calls::{CallsMade, ModelCall, Overflows};

use crate::activity_run::ActivityRun;

/// The result of an attempt.
pub type Result<T, E = ActivityFailure> = std::result::Result<T, E>;

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
    /// The user has too many carousels in progress.
    #[error("{0}")]
    TooManyOpen(String),
    /// The user may not use the product.
    #[error("{0}")]
    Access(String),
    /// The user's budget for model calls is used up.
    #[error("{0}")]
    Budget(String),
    /// A provider failed: a model's server, or our offline provider. The Web UI shows an attempt's
    /// failure without context, so the text names the provider if it is the reason.
    #[error("{}{error}", error.problem().map(|_| format!("{provider}: ")).unwrap_or_default())]
    Model { provider: String, attempt: u32, error: ModelError },
    /// A page or a recording can't be used.
    #[error("{0}")]
    Source(String),
    /// The file behind a link can't be used, for a reason that users read.
    #[error("{reason}")]
    SourceFile { kind: FailureKind, reason: &'static str },
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

impl From<domain::IdError> for ActivityFailure {
    fn from(error: domain::IdError) -> Self {
        Self::Input(error.to_string())
    }
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
            | E::NoDatabase { .. }
            | E::NewerSchema { .. }
            | E::OlderSchema { .. }
            | E::UnmigratedSchema { .. }
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

impl From<export::ExportError> for ActivityFailure {
    fn from(error: export::ExportError) -> Self {
        use export::ExportError as E;
        let reason = error.to_string();
        match error {
            E::Storage(error) => error.into(),
            E::NotStored { .. } => Self::Missing(reason),
            E::Invalid(_) => Self::Input(reason),
            E::Failed(_) => Self::Unavailable { reason, retry_after: None },
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
            storage::carousels::OpenError::OverQuota { .. } => Self::Quota(error.to_string()),
            storage::carousels::OpenError::TooManyOpen { .. } => {
                Self::TooManyOpen(error.to_string())
            }
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
    pub(crate) fn of_model(provider: &str, run: &ActivityRun, error: ModelError) -> Self {
        Self::Model { provider: provider.to_owned(), attempt: run.attempt, error }
    }

    /// The failure type in the history; `None` for a cancellation, which is no failure.
    fn kind(&self) -> Option<FailureKind> {
        Some(match self {
            Self::Cancelled => return None,
            Self::Input(_) => FailureKind::InvalidInput,
            Self::Quota(_) => FailureKind::QuotaExceeded,
            Self::TooManyOpen(_) => FailureKind::TooManyOpen,
            Self::Access(_) => FailureKind::AccessRefused,
            Self::Budget(_) => FailureKind::BudgetExceeded,
            Self::Model { error, .. } => error.kind(),
            Self::Source(_) => FailureKind::SourceRefused,
            Self::SourceFile { kind, .. } => *kind,
            Self::Slide(_) | Self::Overflow { .. } => FailureKind::SlideRefused,
            Self::Missing(_) => FailureKind::Missing,
            Self::Ended(_) => FailureKind::Over,
            Self::Destination(_) => FailureKind::DestinationRefused,
            Self::ChatClosed(_) => FailureKind::ChatClosed,
            Self::Unavailable { .. } => FailureKind::Unavailable,
        })
    }

    /// The limit that refuses the request, if it is one.
    pub(crate) fn refusal(&self) -> Option<FailureKind> {
        let limits = [
            FailureKind::QuotaExceeded,
            FailureKind::TooManyOpen,
            FailureKind::BudgetExceeded,
            FailureKind::AccessRefused,
        ];
        self.kind().filter(|kind| limits.contains(kind))
    }

    /// What becomes of the attempt, for metrics.
    pub(crate) fn outcome(&self) -> &'static str {
        match self.kind() {
            None => "cancelled",
            Some(kind) if kind.is_retryable() => "retried",
            Some(_) => "failed",
        }
    }

    /// The failure type in the history, or `cancelled`.
    pub(crate) fn kind_name(&self) -> &'static str {
        self.kind().map_or("cancelled", FailureKind::name)
    }

    /// When to retry, if a dependency named a time.
    fn delay(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Model { error, attempt, .. } => error.pause(*attempt),
            Self::Cancelled
            | Self::Input(_)
            | Self::Quota(_)
            | Self::TooManyOpen(_)
            | Self::Access(_)
            | Self::Budget(_)
            | Self::Source(_)
            | Self::SourceFile { .. }
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
        if let Self::Overflow { overflows, .. } = self {
            return ActivityError::application(failure.details(Overflows { overflows }).build());
        }
        let model = match &self {
            Self::Model { provider, attempt, error } => error.failure(provider, *attempt),
            _ => None,
        };
        ActivityError::application(match (model, calls.is_empty()) {
            (None, true) => failure.build(),
            (model, _) => failure.details(CallsMade { calls, model }).build(),
        })
    }
}
