//! [`Offline`]: the offline writer as a provider.

use std::time::SystemTime;

use domain::{Draft, Slide, failure::ModelProblem, record::AnalysisRecord};
use futures::future::{FutureExt as _, ready};
use knowledge::Corpus;

use super::{PROVIDER, talk, tighten};
use crate::{
    ai::{
        desk::Desk,
        model::{Purpose, Recording},
        provider::{Answer, Day, Later, Provider, Question, Subject, Tight, Wisdom, Wish},
    },
    error::Error,
};

/// Writes from our notes: no key, no network, no model, a few milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Provider for Offline {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn analyze<'a>(
        &'a self,
        desk: &'a Desk<'a>,
        subject: &'a Subject,
    ) -> Later<'a, AnalysisRecord> {
        let began = desk.now();
        let text = subject.text.as_ref();
        let analysis = super::analyse(Corpus::embedded(), &subject.brief, text);
        done(desk, Purpose::Analysis, began, Ok(analysis))
    }

    fn write<'a>(
        &'a self,
        desk: &'a Desk<'a>,
        subject: &'a Subject,
        analysis: &'a AnalysisRecord,
    ) -> Later<'a, Draft> {
        let began = desk.now();
        let text = subject.text.as_ref();
        let draft = super::write(Corpus::embedded(), &subject.brief, text, analysis);
        let draft = draft.map_err(|e| unusable(&e));
        done(desk, Purpose::Slides, began, draft)
    }

    fn shorten<'a>(&'a self, desk: &'a Desk<'a>, tight: &'a Tight) -> Later<'a, Vec<Slide>> {
        let began = desk.now();
        let slides = tight.slides.iter().zip(&tight.overflows);
        let slides = slides.map(|(slide, overflow)| tighten::slide(slide, overflow));
        let slides: Result<Vec<Slide>, _> = slides.collect();
        let slides = slides.map_err(|e| unusable(&e));
        done(desk, Purpose::Shortening, began, slides)
    }

    fn rewrite<'a>(&'a self, _: &'a Desk<'a>, _: &'a Wish) -> Later<'a, Slide> {
        let reason = "the offline provider can't follow an instruction: that needs a model";
        let error = Error::model(PROVIDER, ModelProblem::NeedsModel, reason);
        ready(Err(error)).boxed()
    }

    fn answer<'a>(&'a self, desk: &'a Desk<'a>, question: &'a Question) -> Later<'a, Answer> {
        let began = desk.now();
        let answer = talk::answer(Corpus::embedded(), question);
        done(desk, Purpose::Answer, began, Ok(answer))
    }

    fn wisdom<'a>(&'a self, desk: &'a Desk<'a>, day: &'a Day) -> Later<'a, Wisdom> {
        let began = desk.now();
        let wisdom = talk::wisdom(Corpus::embedded(), day);
        done(desk, Purpose::Wisdom, began, Ok(wisdom))
    }

    fn transcribe<'a>(&'a self, _: &'a Desk<'a>, _: Recording<'a>) -> Later<'a, String> {
        let reason = "the offline provider can't transcribe: that needs a model";
        let error = Error::model(PROVIDER, ModelProblem::CannotListen, reason);
        ready(Err(error)).boxed()
    }
}

/// A text of ours that is no valid draft.
fn unusable(error: &dyn std::fmt::Display) -> Error {
    Error::model(PROVIDER, ModelProblem::UnusableReply, error.to_string())
}

/// Records the call, which took almost no time and cost nothing, and returns the result.
fn done<'a, T: Send + 'a>(
    desk: &Desk<'_>,
    purpose: Purpose,
    began: SystemTime,
    result: Result<T, Error>,
) -> Later<'a, T> {
    desk.note(PROVIDER, purpose, began);
    ready(result).boxed()
}
