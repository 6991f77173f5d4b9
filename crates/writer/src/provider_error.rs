//! [`ProviderError`]: why an operation of a provider failed. The ai pool converts it to the
//! activity's failure.

use futures::future::BoxFuture;
use llm::call_failure::CallFailure;

/// Why an operation failed. The texts are for developers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The request is invalid.
    #[error("{0}")]
    Input(String),
    /// The slide can't be rewritten: its text must stay verbatim.
    #[error("{0}")]
    Slide(String),
    /// The work's allowance does not cover another call.
    #[error("{0}")]
    Budget(String),
    /// The provider failed.
    #[error(transparent)]
    Call(#[from] CallFailure),
}

/// The future of a provider's result.
pub type ProviderFuture<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;
