//! Why a step, a carousel or an edit fails: the kinds of failure and the failures of models.
//!
//! Owns their stable names, which are in histories, rows and payloads. The phrases that people read
//! are in `telegram`.

use serde::{Deserialize, Serialize};

use crate::{named, record::is_default};

/// The kind of a failure; its name is the type of the failure in the history. An unknown name
/// decodes to [`FailureKind::Unrecognized`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum FailureKind {
    /// The request itself is invalid.
    InvalidInput,
    /// The user has reached a daily limit.
    QuotaExceeded,
    /// The user has too many carousels in progress.
    TooManyOpen,
    /// The user's daily budget for models is used up; the offline provider needs none.
    BudgetExceeded,
    /// A provider failed permanently: the next one is tried.
    ProviderFailed,
    /// A page or a recording can't be used.
    SourceRefused,
    /// The file behind a link has pictures of text, but no text.
    SourceScan,
    /// It has a password.
    SourceEncrypted,
    SourceDamaged,
    /// It is an archive, a table or slides.
    SourceNoDocument,
    /// It has a format of old office programs, or a password.
    SourceOldFormat,
    /// A slide can't be rendered with its text.
    SlideRefused,
    /// A stored object is missing.
    Missing,
    /// The carousel has ended: a late step has nothing to do.
    Over,
    /// The destination rejects the delivery.
    DestinationRefused,
    /// A dependency is temporarily unavailable.
    Unavailable,
    /// The chat can't be written to: the user has blocked the bot, or the chat is gone.
    ChatClosed,
    /// The user may not use the product.
    AccessRefused,
    /// No worker finished the step in time.
    Timeout,
    /// The whole carousel took too long.
    DeadlineExceeded,
    /// The step's failure can't be read.
    Undecodable,
    /// The step failed with an error without a type, such as a panic.
    Application,
    /// Temporal reports a failure that is none of the above.
    Other,
    /// The carousel's workflow was lost; reconciling has ended the carousel.
    Lost,
    /// Another text was requested, and the provider has none.
    NothingNew,
    /// An edit arrived after rendering had begun.
    TooLate,
    /// The user did not answer while the draft waited for review.
    DraftClosed,
    /// A kind that this version does not know, or none.
    #[default]
    #[serde(other)]
    Unrecognized,
}

named!(FailureKind, "kind of failure", {
    InvalidInput => "InvalidInput",
    QuotaExceeded => "QuotaExceeded",
    TooManyOpen => "TooManyOpen",
    BudgetExceeded => "BudgetExceeded",
    ProviderFailed => "ProviderFailed",
    SourceRefused => "SourceRefused",
    SourceScan => "SourceScan",
    SourceEncrypted => "SourceEncrypted",
    SourceDamaged => "SourceDamaged",
    SourceNoDocument => "SourceNoDocument",
    SourceOldFormat => "SourceOldFormat",
    SlideRefused => "SlideRefused",
    Missing => "Missing",
    Over => "Over",
    DestinationRefused => "DestinationRefused",
    Unavailable => "Unavailable",
    ChatClosed => "ChatClosed",
    AccessRefused => "AccessRefused",
    Timeout => "Timeout",
    DeadlineExceeded => "DeadlineExceeded",
    Undecodable => "Undecodable",
    Application => "Application",
    Other => "Other",
    Lost => "Lost",
    NothingNew => "NothingNew",
    TooLate => "TooLate",
    DraftClosed => "DraftClosed",
    Unrecognized => "Unrecognized",
});

impl FailureKind {
    /// Decodes a name leniently.
    pub fn parse(name: &str) -> Self {
        name.parse().unwrap_or_default()
    }

    /// Whether another attempt of the activity can succeed.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Unavailable => true,
            Self::InvalidInput
            | Self::QuotaExceeded
            | Self::TooManyOpen
            | Self::BudgetExceeded
            | Self::ProviderFailed
            | Self::SourceRefused
            | Self::SourceScan
            | Self::SourceEncrypted
            | Self::SourceDamaged
            | Self::SourceNoDocument
            | Self::SourceOldFormat
            | Self::SlideRefused
            | Self::Missing
            | Self::Over
            | Self::DestinationRefused
            | Self::ChatClosed
            | Self::AccessRefused
            | Self::Timeout
            | Self::DeadlineExceeded
            | Self::Undecodable
            | Self::Application
            | Self::Other
            | Self::Lost
            | Self::NothingNew
            | Self::TooLate
            | Self::DraftClosed
            | Self::Unrecognized => false,
        }
    }
}

/// What a phrase about a failure depends on. One value from the activity to the chat: workflows and
/// payloads move it and convert nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FailureCause {
    /// [`FailureKind::Unrecognized`] if nothing failed, or work was cancelled.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: FailureKind,
    /// The model's failure, if that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
}

impl From<FailureKind> for FailureCause {
    fn from(kind: FailureKind) -> Self {
        Self { kind, model: None }
    }
}

/// The failure of a provider: a model's server, or our offline provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelFailure {
    pub provider: String,
    pub problem: ModelProblem,
    /// The HTTP status of an error answer; 0 for none.
    #[serde(skip_serializing_if = "is_default")]
    pub status: u16,
    /// The server's own error code, if it is safe to repeat.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// How long the server, or our circuit breaker, asks to wait, in seconds; 0 if it does not say.
    #[serde(skip_serializing_if = "is_default")]
    pub wait_seconds: u32,
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// For [`ModelProblem::NotCovered`]: titles of the notes nearest to the topic, in the
    /// carousel's language, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest_notes: Vec<String>,
}

/// What went wrong with a provider. An unknown name decodes to [`ModelProblem::Unrecognized`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelProblem {
    /// No connection could be made.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The connection broke before the answer was complete.
    ConnectionBroken,
    /// The answer is not from a model service.
    NotAModelService,
    /// Too many requests, or overloaded.
    Busy,
    /// The same, with a longer wait than we retry for.
    BusyTooLong,
    QuotaUsedUp,
    /// The key is not accepted.
    KeyRefused,
    /// The key does not permit this request.
    NotAllowed,
    /// There is no such model or address.
    ModelNotFound,
    /// The model or its content filter refuses the subject.
    ContentRefused,
    /// The input exceeds the model's context.
    InputTooLong,
    ServerError,
    /// The provider can't transcribe.
    CannotListen,
    /// The reply can't be used, even after a repair call.
    UnusableReply,
    /// The reply is in another language, even after a repair call.
    WrongLanguage,
    /// The circuit breaker is open: the provider is not called.
    BreakerOpen,
    /// The server rejects the request for another reason.
    Refused,
    /// The offline provider can't do this: it needs a model.
    NeedsModel,
    /// Only a model writes the carousel's language; the offline provider writes Russian and English.
    LanguageNeedsModel,
    /// Our notes do not cover the topic, so the offline provider has nothing to write from.
    NotCovered,
    /// The worker has no such provider.
    NotConfigured,
    /// A problem that this version does not know.
    #[default]
    #[serde(other)]
    Unrecognized,
}

/// What helps against a problem of a model. If several providers failed, a user reads the failure
/// with the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelRemedy {
    /// Another request of the user.
    OtherWords,
    /// The same request, later.
    TryAgain,
    /// Another provider, or a change of the settings.
    Administrator,
}

impl ModelProblem {
    pub const fn remedy(self) -> ModelRemedy {
        match self {
            Self::ContentRefused
            | Self::InputTooLong
            | Self::UnusableReply
            | Self::WrongLanguage
            | Self::LanguageNeedsModel
            | Self::NotCovered => ModelRemedy::OtherWords,
            Self::Unreachable
            | Self::TimedOut
            | Self::ConnectionBroken
            | Self::Busy
            | Self::BusyTooLong
            | Self::ServerError
            | Self::BreakerOpen
            | Self::Unrecognized => ModelRemedy::TryAgain,
            Self::NotAModelService
            | Self::QuotaUsedUp
            | Self::KeyRefused
            | Self::NotAllowed
            | Self::ModelNotFound
            | Self::CannotListen
            | Self::Refused
            | Self::NeedsModel
            | Self::NotConfigured => ModelRemedy::Administrator,
        }
    }
}

named!(ModelProblem, "problem of a model", {
    Unreachable => "unreachable",
    TimedOut => "timed_out",
    ConnectionBroken => "connection_broken",
    NotAModelService => "not_a_model_service",
    Busy => "busy",
    BusyTooLong => "busy_too_long",
    QuotaUsedUp => "quota_used_up",
    KeyRefused => "key_refused",
    NotAllowed => "not_allowed",
    ModelNotFound => "model_not_found",
    ContentRefused => "content_refused",
    InputTooLong => "input_too_long",
    ServerError => "server_error",
    CannotListen => "cannot_listen",
    UnusableReply => "unusable_reply",
    WrongLanguage => "wrong_language",
    BreakerOpen => "breaker_open",
    Refused => "refused",
    NeedsModel => "needs_model",
    LanguageNeedsModel => "language_needs_model",
    NotCovered => "not_covered",
    NotConfigured => "not_configured",
    Unrecognized => "unrecognized",
});

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn names_are_the_serialized_forms() {
        for kind in FailureKind::ALL {
            assert_eq!(to_value(kind).unwrap(), json!(kind.name()));
            assert_eq!(from_value::<FailureKind>(json!(kind.name())).unwrap(), *kind);
            assert_eq!(FailureKind::parse(kind.name()), *kind);
        }
        for problem in ModelProblem::ALL {
            assert_eq!(to_value(problem).unwrap(), json!(problem.name()));
            let read: ModelProblem = from_value(json!(problem.name())).unwrap();
            assert_eq!(read, *problem);
        }
    }

    #[test]
    fn unknown_names_decode_as_unrecognized() {
        for name in ["", "AddedLater", "timeout"] {
            assert!(FailureKind::parse(name) == FailureKind::Unrecognized, "{name}");
            let kind: FailureKind = from_value(json!(name)).unwrap();
            assert!(kind == FailureKind::Unrecognized, "{name}");
            let problem: ModelProblem = from_value(json!(name)).unwrap();
            assert_eq!(problem, ModelProblem::Unrecognized, "{name}");
        }
        let empty: ModelFailure = from_value(json!({"added_later": 1})).unwrap();
        assert_eq!(empty, ModelFailure::default());
    }
}
