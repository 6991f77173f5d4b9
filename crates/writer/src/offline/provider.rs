//! [`Offline`]: the offline writer as a provider.

use std::time::SystemTime;

use domain::{
    Brief, Draft, LongText, ProviderName, Slide,
    failure::{ModelFailure, ModelProblem},
    record::AnalysisRecord,
};
use futures::future::{FutureExt as _, ready};
use knowledge::Corpus;
use llm::{
    language_model::{CallPurpose, Recording},
    model_error::ModelError,
};

use super::{
    cut_slide, drafts, note_answers,
    offline_error::{NotCovered, OfflineError},
};
use crate::{
    model_caller::ModelCaller,
    provider::{
        DailyTipSubject, OverflowingSlides, Provider, ProviderAnswer, ProviderDailyTip,
        ProviderFuture, QuestionInput, SlideEdit,
    },
};

/// Writes from our notes: no key, no network, no model, a few milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Provider for Offline {
    fn name(&self) -> ProviderName {
        ProviderName::Offline
    }

    fn analyze<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        brief: &'a Brief,
        text: Option<&'a LongText>,
    ) -> ProviderFuture<'a, AnalysisRecord> {
        let began = caller.now();
        if let Some(error) = foreign_language(brief) {
            return ready(Err(error)).boxed();
        }
        let analysis = drafts::analyse(Corpus::embedded(), brief, text);
        done(caller, CallPurpose::Analysis, began, analysis.map_err(not_covered))
    }

    fn write<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        brief: &'a Brief,
        text: Option<&'a LongText>,
        analysis: &'a AnalysisRecord,
    ) -> ProviderFuture<'a, Draft> {
        let began = caller.now();
        if let Some(error) = foreign_language(brief) {
            return ready(Err(error)).boxed();
        }
        let draft = drafts::write(Corpus::embedded(), brief, text, analysis);
        let draft = draft.map_err(|e| match e {
            OfflineError::TooShort => ModelError::input(e.to_string()),
            OfflineError::Slide(_) | OfflineError::Draft(_) | OfflineError::TooLittle { .. } => {
                unusable(&e)
            }
        });
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
        ready(Err(ModelError::unable(ModelProblem::NeedsModel, reason))).boxed()
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
        ready(Err(ModelError::unable(ModelProblem::CannotListen, reason))).boxed()
    }
}

/// The refusal of a carousel in a language that only a model writes.
fn foreign_language(brief: &Brief) -> Option<ModelError> {
    if brief.language.offline().is_some() {
        return None;
    }
    let reason = format!(
        "without a model, carousels are in Russian or English, and this one would be in {}: \
         configure a model, or choose one of the two languages",
        brief.language.english_name()
    );
    Some(ModelError::unable(ModelProblem::LanguageNeedsModel, reason))
}

fn not_covered(refusal: NotCovered) -> ModelError {
    let reason = refusal.to_string();
    let failure = ModelFailure {
        problem: ModelProblem::NotCovered,
        nearest_notes: refusal.nearest,
        ..ModelFailure::default()
    };
    ModelError::Unable { failure: Box::new(failure), reason }
}

/// A text of ours that is no valid draft.
fn unusable(error: &dyn std::fmt::Display) -> ModelError {
    ModelError::unable(ModelProblem::UnusableReply, error.to_string())
}

/// Records the call, which took almost no time and cost nothing, and returns the result.
fn done<'a, T: Send + 'a>(
    caller: &dyn ModelCaller,
    purpose: CallPurpose,
    began: SystemTime,
    result: Result<T, ModelError>,
) -> ProviderFuture<'a, T> {
    caller.record_free_call(ProviderName::Offline, purpose, began);
    ready(result).boxed()
}
