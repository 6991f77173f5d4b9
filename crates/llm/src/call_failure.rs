//! [`CallFailure`]: a provider's failure as its caller handles it: the typed facts, a text for
//! developers, and whether another attempt helps.

use std::time::Duration;

use domain::failure::{ModelFailure, ModelProblem};

/// When another attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// After the pause of the retry policy.
    ByPolicy,
    /// After this pause.
    After(Duration),
}

/// Why a provider failed: a model's server, or our offline provider. The Web UI shows an attempt's
/// failure without context, so the text names the provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", failure.provider)]
pub struct CallFailure {
    pub failure: Box<ModelFailure>,
    pub reason: String,
    /// `None` if another attempt would fail in the same way: the next provider is called.
    pub retry: Option<Retry>,
}

impl CallFailure {
    /// A failure of `provider` that another attempt would repeat.
    pub fn permanent(provider: &str, problem: ModelProblem, reason: impl Into<String>) -> Self {
        let failure =
            ModelFailure { provider: provider.to_owned(), problem, ..ModelFailure::default() };
        Self { failure: Box::new(failure), reason: reason.into(), retry: None }
    }
}
