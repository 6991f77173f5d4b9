//! [`Offline`]: the offline writer as a provider.

use std::time::SystemTime;

use domain::{Draft, Slide, failure::ModelProblem, record::AnalysisRecord};
use futures::future::{FutureExt as _, ready};
use knowledge::Corpus;
use llm::{
    call_failure::CallFailure,
    language_model::{CallPurpose, Recording},
};

use super::{cut_slide, drafts, note_answers};
use crate::{
    model_caller::ModelCaller,
    provider::{
        DailyTipSubject, OverflowingSlides, Provider, ProviderAnswer, ProviderDailyTip,
        QuestionInput, SlideEdit, WritingSubject,
    },
    provider_error::{ProviderError, ProviderFuture},
};

/// The provider's name in events, files and captions.
pub const PROVIDER: &str = "offline";

/// Writes from our notes: no key, no network, no model, a few milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Provider for Offline {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn analyze<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        subject: &'a WritingSubject,
    ) -> ProviderFuture<'a, AnalysisRecord> {
        let began = caller.now();
        let text = subject.text.as_ref();
        let analysis = drafts::analyse(Corpus::embedded(), &subject.brief, text);
        done(caller, CallPurpose::Analysis, began, Ok(analysis))
    }

    fn write<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        subject: &'a WritingSubject,
        analysis: &'a AnalysisRecord,
    ) -> ProviderFuture<'a, Draft> {
        let began = caller.now();
        let text = subject.text.as_ref();
        let draft = drafts::write(Corpus::embedded(), &subject.brief, text, analysis);
        let draft = draft.map_err(|e| unusable(&e));
        done(caller, CallPurpose::Slides, began, draft)
    }

    fn shorten<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        tight: &'a OverflowingSlides,
    ) -> ProviderFuture<'a, Vec<Slide>> {
        let began = caller.now();
        let slides = tight.slides.iter().zip(&tight.overflows);
        let slides = slides.map(|(slide, overflow)| cut_slide::slide(slide, overflow));
        let slides: Result<Vec<Slide>, _> = slides.collect();
        let slides = slides.map_err(|e| unusable(&e));
        done(caller, CallPurpose::Shortening, began, slides)
    }

    fn rewrite<'a>(
        &'a self,
        _: &'a dyn ModelCaller,
        _: &'a SlideEdit,
    ) -> ProviderFuture<'a, Slide> {
        let reason = "the offline provider can't follow an instruction: that needs a model";
        let error = CallFailure::permanent(PROVIDER, ModelProblem::NeedsModel, reason);
        ready(Err(error.into())).boxed()
    }

    fn answer<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        question: &'a QuestionInput,
    ) -> ProviderFuture<'a, ProviderAnswer> {
        let began = caller.now();
        let answer = note_answers::answer(Corpus::embedded(), question);
        done(caller, CallPurpose::Answer, began, Ok(answer))
    }

    fn daily_tip<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        day: &'a DailyTipSubject,
    ) -> ProviderFuture<'a, ProviderDailyTip> {
        let began = caller.now();
        let wisdom = note_answers::daily_tip(Corpus::embedded(), day);
        done(caller, CallPurpose::DailyTip, began, Ok(wisdom))
    }

    fn transcribe<'a>(
        &'a self,
        _: &'a dyn ModelCaller,
        _: Recording<'a>,
    ) -> ProviderFuture<'a, String> {
        let reason = "the offline provider can't transcribe: that needs a model";
        let error = CallFailure::permanent(PROVIDER, ModelProblem::CannotListen, reason);
        ready(Err(error.into())).boxed()
    }
}

/// A text of ours that is no valid draft.
fn unusable(error: &dyn std::fmt::Display) -> ProviderError {
    CallFailure::permanent(PROVIDER, ModelProblem::UnusableReply, error.to_string()).into()
}

/// Records the call, which took almost no time and cost nothing, and returns the result.
fn done<'a, T: Send + 'a>(
    caller: &dyn ModelCaller,
    purpose: CallPurpose,
    began: SystemTime,
    result: Result<T, ProviderError>,
) -> ProviderFuture<'a, T> {
    caller.record_free_call(PROVIDER, purpose, began);
    ready(result).boxed()
}
