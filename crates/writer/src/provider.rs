//! [`Provider`]: the operations of a provider, with their inputs and outputs. Each makes one
//! attempt per call: Temporal owns retries.

use domain::{
    Brief, Draft, Language, LongText, Slide,
    record::{AnalysisRecord, Citation, OverflowRecord},
};
use llm::language_model::Recording;

use crate::{model_caller::ModelCaller, provider_error::ProviderFuture};

/// The input of analyzing and writing.
#[derive(Debug, Clone)]
pub struct WritingSubject {
    pub brief: Brief,
    /// The source text, if there is one.
    pub text: Option<LongText>,
}

/// Slides that overflow.
#[derive(Debug, Clone)]
pub struct OverflowingSlides {
    pub language: Language,
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
    /// The language of the answer.
    pub language: Language,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderAnswer {
    /// Empty if the notes do not cover the question.
    pub text: String,
    /// The notes that the answer is based on; empty if they do not cover the question.
    pub citations: Vec<Citation>,
}

/// The input of a daily tip.
#[derive(Debug, Clone)]
pub struct DailyTipSubject {
    pub language: Language,
    /// The user id.
    pub user: String,
    /// The date.
    pub day: String,
}

/// A daily tip.
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
    fn name(&self) -> &'static str;

    /// Analyzes the topic.
    fn analyze<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        subject: &'a WritingSubject,
    ) -> ProviderFuture<'a, AnalysisRecord>;

    /// Writes the slides.
    fn write<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        subject: &'a WritingSubject,
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

    /// Transcribes a recording.
    fn transcribe<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        of: Recording<'a>,
    ) -> ProviderFuture<'a, String>;
}
