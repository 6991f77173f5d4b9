//! The offline writer as a provider among others.

use domain::{Draft, record::AnalysisRecord};
use futures::future::{BoxFuture, FutureExt as _, ready};
use knowledge::Corpus;

use super::PROVIDER;
use crate::{
    ai::provider::{Answer, Provider, Subject, Usage},
    error::Error,
};

/// Writes from our own notes: no key, no network, no model, a few milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Provider for Offline {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn analyze<'a>(
        &'a self,
        subject: &'a Subject,
    ) -> BoxFuture<'a, Result<Answer<AnalysisRecord>, Error>> {
        let text = subject.text.as_ref();
        let value = super::analyse(Corpus::embedded(), &subject.brief, text);
        ready(Ok(free(value))).boxed()
    }

    fn write<'a>(
        &'a self,
        subject: &'a Subject,
        analysis: &'a AnalysisRecord,
    ) -> BoxFuture<'a, Result<Answer<Draft>, Error>> {
        let text = subject.text.as_ref();
        let draft = super::write(Corpus::embedded(), &subject.brief, text, analysis);
        ready(draft.map(free).map_err(|e| Error::Provider(e.to_string()))).boxed()
    }
}

/// An answer that cost nothing.
fn free<T>(value: T) -> Answer<T> {
    Answer {
        value,
        usage: Usage::default(),
    }
}
