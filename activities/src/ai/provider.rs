//! [`Provider`]: the operations of a provider, with their inputs and outputs. Each makes one
//! attempt per call: Temporal owns retries.

use domain::{Brief, Draft, Language, LongText, Slide, record::AnalysisRecord};
use futures::future::BoxFuture;
use workflows::contract::{Citation, OverflowRecord};

use super::{desk::Desk, model::Recording};
use crate::error::Error;

/// The input of analyzing and writing.
#[derive(Debug, Clone)]
pub struct Subject {
    pub brief: Brief,
    /// The source text, if there is one.
    pub text: Option<LongText>,
}

/// Slides that overflow.
#[derive(Debug, Clone)]
pub struct Tight {
    pub language: Language,
    pub slides: Vec<Slide>,
    /// The renderer's measurements, one per slide.
    pub overflows: Vec<OverflowRecord>,
}

/// The input of rewriting one slide.
#[derive(Debug, Clone)]
pub struct Wish {
    pub brief: Brief,
    pub slides: Vec<Slide>,
    /// Index of the slide, from 0.
    pub at: usize,
    /// The user's instruction.
    pub instruction: String,
}

#[derive(Debug, Clone)]
pub struct Question {
    pub words: String,
    /// The language of the answer.
    pub language: Language,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Empty if the notes do not cover the question.
    pub text: String,
    /// The notes that the answer is based on; empty if they do not cover the question.
    pub citations: Vec<Citation>,
}

/// The input of a daily tip.
#[derive(Debug, Clone)]
pub struct Day {
    pub language: Language,
    /// The user id.
    pub user: String,
    /// The date.
    pub day: String,
}

/// A daily tip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wisdom {
    /// Ready to send.
    pub text: String,
    /// The tip's subject.
    pub category: String,
    /// Where the tip comes from.
    pub source: String,
}

/// The future of a provider's result.
pub type Later<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Analyzes topics and writes texts. The desk makes and records the model calls.
pub trait Provider: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn name(&self) -> &'static str;

    /// Analyzes the topic.
    fn analyze<'a>(&'a self, desk: &'a Desk<'a>, subject: &'a Subject)
    -> Later<'a, AnalysisRecord>;

    /// Writes the slides.
    fn write<'a>(
        &'a self,
        desk: &'a Desk<'a>,
        subject: &'a Subject,
        analysis: &'a AnalysisRecord,
    ) -> Later<'a, Draft>;

    /// Shortens slides; returns the same slides in the same order.
    fn shorten<'a>(&'a self, desk: &'a Desk<'a>, tight: &'a Tight) -> Later<'a, Vec<Slide>>;

    /// Rewrites one slide; its kind stays the same.
    fn rewrite<'a>(&'a self, desk: &'a Desk<'a>, wish: &'a Wish) -> Later<'a, Slide>;

    /// Answers a question from our notes.
    fn answer<'a>(&'a self, desk: &'a Desk<'a>, question: &'a Question) -> Later<'a, Answer>;

    /// Writes a daily tip; the same for the same day and user.
    fn wisdom<'a>(&'a self, desk: &'a Desk<'a>, day: &'a Day) -> Later<'a, Wisdom>;

    /// Transcribes a recording.
    fn transcribe<'a>(&'a self, desk: &'a Desk<'a>, of: Recording<'a>) -> Later<'a, String>;
}
