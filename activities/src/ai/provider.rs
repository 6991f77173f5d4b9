//! What a provider can do. Each makes one attempt per call: Temporal owns retries.

use domain::{Brief, Draft, Language, LongText, Slide, record::AnalysisRecord};
use futures::future::BoxFuture;
use workflows::contract::{Citation, OverflowRecord};

use super::{desk::Desk, model::Recording};
use crate::error::Error;

/// What is written about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What was asked for.
    pub brief: Brief,
    /// The source text, when there is one.
    pub text: Option<LongText>,
}

/// Slides that do not fit.
#[derive(Debug, Clone)]
pub struct Tight {
    /// The language they are written in.
    pub language: Language,
    /// The slides.
    pub slides: Vec<Slide>,
    /// What the renderer measured, one of each slide.
    pub overflows: Vec<OverflowRecord>,
}

/// A slide that somebody wants to be different.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What the carousel is about.
    pub brief: Brief,
    /// All its slides.
    pub slides: Vec<Slide>,
    /// Which one, counted from 0.
    pub at: usize,
    /// What is to be different.
    pub instruction: String,
}

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// The words.
    pub words: String,
    /// The language to answer in.
    pub language: Language,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The words; empty when the notes don't say.
    pub text: String,
    /// The notes that it rests on; none when they don't say.
    pub citations: Vec<Citation>,
}

/// A day and somebody who wants a thought for it.
#[derive(Debug, Clone)]
pub struct Day {
    /// The language.
    pub language: Language,
    /// For whom.
    pub user: String,
    /// Which day.
    pub day: String,
}

/// A thought for a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wisdom {
    /// The thought, ready to be read.
    pub text: String,
    /// What it is about.
    pub category: String,
    /// Where it comes from.
    pub source: String,
}

/// An answer of a provider, some time later.
pub type Later<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Somebody who looks at topics and writes. The desk is where the calls are kept that it makes.
pub trait Provider: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn name(&self) -> &'static str;

    /// Looks at the topic.
    fn analyze<'a>(&'a self, desk: &'a Desk<'a>, subject: &'a Subject)
    -> Later<'a, AnalysisRecord>;

    /// Writes the slides.
    fn write<'a>(
        &'a self,
        desk: &'a Desk<'a>,
        subject: &'a Subject,
        analysis: &'a AnalysisRecord,
    ) -> Later<'a, Draft>;

    /// Says what slides say in fewer words; the same slides in the same order.
    fn shorten<'a>(&'a self, desk: &'a Desk<'a>, tight: &'a Tight) -> Later<'a, Vec<Slide>>;

    /// Writes one slide anew; it stays of its kind.
    fn rewrite<'a>(&'a self, desk: &'a Desk<'a>, wish: &'a Wish) -> Later<'a, Slide>;

    /// Answers a question from our notes.
    fn answer<'a>(&'a self, desk: &'a Desk<'a>, question: &'a Question) -> Later<'a, Answer>;

    /// Finds a thought for a day: the same day and person, the same thought.
    fn wisdom<'a>(&'a self, desk: &'a Desk<'a>, day: &'a Day) -> Later<'a, Wisdom>;

    /// Writes down what is said in a recording.
    fn transcribe<'a>(&'a self, desk: &'a Desk<'a>, of: Recording<'a>) -> Later<'a, String>;
}
