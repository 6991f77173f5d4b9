//! [`Provider`]: the operations of a provider, with their inputs and outputs. Each makes one
//! attempt per call: Temporal owns retries.

use domain::{
    Brief, ContentLanguage, Draft, Language, LongText, ProviderName, Slide,
    record::{AnalysisRecord, Citation, OverflowRecord},
};
use futures::future::BoxFuture;
use llm::{language_model::Recording, model_error::ModelError};

use crate::model_caller::ModelCaller;

/// The result of an operation, or why the provider failed.
pub type ProviderFuture<'a, T> = BoxFuture<'a, Result<T, ModelError>>;

#[derive(Debug, Clone)]
pub struct OverflowingSlides {
    pub language: ContentLanguage,
    pub slides: Vec<Slide>,
    /// The renderer's measurements, one per slide.
    pub overflows: Vec<OverflowRecord>,
}

/// The input of rewriting one slide.
#[derive(Debug, Clone)]
pub struct SlideEdit {
    pub brief: Brief,
    pub slides: Vec<Slide>,
    /// Index of the slide, from 0.
    pub index: usize,
    /// The user's instruction.
    pub instruction: String,
}

#[derive(Debug, Clone)]
pub struct QuestionInput {
    pub words: String,
    pub language: Language,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderAnswer {
    /// Empty if the notes do not cover the question.
    pub text: String,
    /// The notes that the answer is based on; empty if they do not cover the question.
    pub citations: Vec<Citation>,
}

#[derive(Debug, Clone)]
pub struct DailyTipSubject {
    pub language: Language,
    pub user: String,
    pub day: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderDailyTip {
    /// Ready to send.
    pub text: String,
    /// The tip's subject.
    pub category: String,
    /// Where the tip comes from.
    pub source: String,
}

/// Analyzes topics and writes texts. The [`ModelCaller`] makes and records the model calls.
pub trait Provider: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn name(&self) -> ProviderName;

    /// `text` is the source text, if there is one.
    fn analyze<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        brief: &'a Brief,
        text: Option<&'a LongText>,
    ) -> ProviderFuture<'a, AnalysisRecord>;

    fn write<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        brief: &'a Brief,
        text: Option<&'a LongText>,
        analysis: &'a AnalysisRecord,
    ) -> ProviderFuture<'a, Draft>;

    /// Shortens slides; returns the same slides in the same order.
    fn shorten<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        tight: &'a OverflowingSlides,
    ) -> ProviderFuture<'a, Vec<Slide>>;

    /// Rewrites one slide; its kind stays the same.
    fn rewrite<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        wish: &'a SlideEdit,
    ) -> ProviderFuture<'a, Slide>;

    /// Answers a question from our notes.
    fn answer<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        question: &'a QuestionInput,
    ) -> ProviderFuture<'a, ProviderAnswer>;

    /// Writes a daily tip; the same for the same day and user.
    fn daily_tip<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        day: &'a DailyTipSubject,
    ) -> ProviderFuture<'a, ProviderDailyTip>;

    fn transcribe<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        of: Recording<'a>,
    ) -> ProviderFuture<'a, String>;
}
