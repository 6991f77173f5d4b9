//! What a provider can do. Each makes one attempt per call: Temporal owns retries.

use domain::{Brief, Draft, LongText, record::AnalysisRecord};
use futures::future::BoxFuture;

use crate::error::Error;

/// What is written about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What was asked for.
    pub brief: Brief,
    /// The source text, when there is one.
    pub text: Option<LongText>,
}

/// What a call gave, and what it cost.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// What it gave.
    pub value: T,
    /// What it cost.
    pub usage: Usage,
}

/// The cost of a call; empty for a provider that has no model.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Which model answered.
    pub model: String,
    /// Tokens that were read.
    pub tokens_in: u32,
    /// Tokens that were written.
    pub tokens_out: u32,
}

/// Somebody who looks at topics and writes slides.
pub trait Provider: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn name(&self) -> &'static str;

    /// Looks at the topic.
    fn analyze<'a>(
        &'a self,
        subject: &'a Subject,
    ) -> BoxFuture<'a, Result<Answer<AnalysisRecord>, Error>>;

    /// Writes the slides.
    fn write<'a>(
        &'a self,
        subject: &'a Subject,
        analysis: &'a AnalysisRecord,
    ) -> BoxFuture<'a, Result<Answer<Draft>, Error>>;
}
