//! [`Offline`]: the offline writer as a provider.

use std::time::SystemTime;

use domain::{Draft, Slide, failure::ModelProblem, record::AnalysisRecord};
use futures::future::{FutureExt as _, ready};
use knowledge::Corpus;

use super::{PROVIDER, cut_slide, note_answers};
use crate::{
    activity_failure::ActivityFailure,
    ai::{
        language_model::{CallPurpose, Recording},
        model_caller::ModelCaller,
        provider::{
            DailyTipSubject, OverflowingSlides, Provider, ProviderAnswer, ProviderDailyTip,
            ProviderFuture, QuestionInput, SlideEdit, WritingSubject,
        },
    },
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
        desk: &'a ModelCaller<'a>,
        subject: &'a WritingSubject,
    ) -> ProviderFuture<'a, AnalysisRecord> {
        let began = desk.now();
        let text = subject.text.as_ref();
        let analysis = super::analyse(Corpus::embedded(), &subject.brief, text);
        done(desk, CallPurpose::Analysis, began, Ok(analysis))
    }

    fn write<'a>(
        &'a self,
        desk: &'a ModelCaller<'a>,
        subject: &'a WritingSubject,
        analysis: &'a AnalysisRecord,
    ) -> ProviderFuture<'a, Draft> {
        let began = desk.now();
        let text = subject.text.as_ref();
        let draft = super::write(Corpus::embedded(), &subject.brief, text, analysis);
        let draft = draft.map_err(|e| unusable(&e));
        done(desk, CallPurpose::Slides, began, draft)
    }

    fn shorten<'a>(
        &'a self,
        desk: &'a ModelCaller<'a>,
        tight: &'a OverflowingSlides,
    ) -> ProviderFuture<'a, Vec<Slide>> {
        let began = desk.now();
        let slides = tight.slides.iter().zip(&tight.overflows);
        let slides = slides.map(|(slide, overflow)| cut_slide::slide(slide, overflow));
        let slides: Result<Vec<Slide>, _> = slides.collect();
        let slides = slides.map_err(|e| unusable(&e));
        done(desk, CallPurpose::Shortening, began, slides)
    }

    fn rewrite<'a>(
        &'a self,
        _: &'a ModelCaller<'a>,
        _: &'a SlideEdit,
    ) -> ProviderFuture<'a, Slide> {
        let reason = "the offline provider can't follow an instruction: that needs a model";
        let error = ActivityFailure::model(PROVIDER, ModelProblem::NeedsModel, reason);
        ready(Err(error)).boxed()
    }

    fn answer<'a>(
        &'a self,
        desk: &'a ModelCaller<'a>,
        question: &'a QuestionInput,
    ) -> ProviderFuture<'a, ProviderAnswer> {
        let began = desk.now();
        let answer = note_answers::answer(Corpus::embedded(), question);
        done(desk, CallPurpose::Answer, began, Ok(answer))
    }

    fn daily_tip<'a>(
        &'a self,
        desk: &'a ModelCaller<'a>,
        day: &'a DailyTipSubject,
    ) -> ProviderFuture<'a, ProviderDailyTip> {
        let began = desk.now();
        let wisdom = note_answers::daily_tip(Corpus::embedded(), day);
        done(desk, CallPurpose::DailyTip, began, Ok(wisdom))
    }

    fn transcribe<'a>(
        &'a self,
        _: &'a ModelCaller<'a>,
        _: Recording<'a>,
    ) -> ProviderFuture<'a, String> {
        let reason = "the offline provider can't transcribe: that needs a model";
        let error = ActivityFailure::model(PROVIDER, ModelProblem::CannotListen, reason);
        ready(Err(error)).boxed()
    }
}

/// A text of ours that is no valid draft.
fn unusable(error: &dyn std::fmt::Display) -> ActivityFailure {
    ActivityFailure::model(PROVIDER, ModelProblem::UnusableReply, error.to_string())
}

/// Records the call, which took almost no time and cost nothing, and returns the result.
fn done<'a, T: Send + 'a>(
    desk: &ModelCaller<'_>,
    purpose: CallPurpose,
    began: SystemTime,
    result: Result<T, ActivityFailure>,
) -> ProviderFuture<'a, T> {
    desk.record_free_call(PROVIDER, purpose, began);
    ready(result).boxed()
}
