//! Produces the draft: reads the page or the recording, then analyses and writes with a provider.

use domain::{
    CarouselStage,
    record::{AnalysisRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord},
};

use super::run::{Ctx, enter};
use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::{
        AnalyzeInput, AnalyzeTopic, FetchInput, FetchPage, RenderInput, SourceMaterial, Transcribe,
        TranscribeInput, WriteInput, WriteSlides,
    },
    offer::Offer,
};
use domain::failure::{FailureKind, ModelFailure};

/// The provider that needs no model. It is used only on request: by the operator's settings, or by
/// a user who accepts the offer.
pub(crate) const OFFLINE: &str = "offline";

/// The result of writing.
#[derive(Clone)]
pub(super) struct WrittenDraft {
    pub(super) provider: String,
    pub(super) analysis: AnalysisRecord,
    pub(super) draft: DraftRecord,
}

type CarouselCaller<'a> = ActivityCaller<'a, super::CarouselWorkflow>;

/// The brief with the text of its page or its recording.
pub(super) async fn read_source(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    brief: &BriefRecord,
    providers: &[String],
) -> Result<BriefRecord, StopReason> {
    let material = if !brief.voice.is_empty() {
        enter(ctx, CarouselStage::Analysing);
        transcribe(ctx, steps, brief, providers).await?
    } else if !brief.link.is_empty() {
        enter(ctx, CarouselStage::Analysing);
        let link = brief.link.clone();
        steps.call(FetchPage, FetchInput { link }, format!("read {}", brief.link)).await?
    } else {
        return Ok(brief.clone());
    };
    ctx.state_mut(|s| s.saga.add_calls(material.calls));
    Ok(BriefRecord { topic: material.topic, text: material.text, ..brief.clone() })
}

/// Transcribes the recording with the first provider that can.
async fn transcribe(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    brief: &BriefRecord,
    providers: &[String],
) -> Result<SourceMaterial, StopReason> {
    let mut attempts = ProviderAttempts::default();
    for provider in providers {
        let input = TranscribeInput {
            provider: provider.clone(),
            voice: brief.voice.clone(),
            language: brief.language.clone(),
            allowance: ctx.state(|s| s.saga.allowance()),
        };
        let summary = format!("{provider} writes down what was said");
        let heard = steps.call(Transcribe, input, summary).await;
        match heard {
            Ok(material) => return Ok(material),
            Err(stop) => attempts.record_failure(provider, stop, |calls| {
                ctx.state_mut(|s| s.saga.add_calls(calls));
            })?,
        }
    }
    // The offline provider can't transcribe, so it is not offered.
    Err(StopReason::Failed(StepFailure { offers_offline: false, ..attempts.final_failure() }))
}

/// Analyses and writes with the first provider that can. Each activity names one provider, so a
/// retry never starts again from the first.
pub(super) async fn compose(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    brief: &BriefRecord,
    providers: &[String],
) -> Result<WrittenDraft, StopReason> {
    let mut analysis = None;
    let mut attempts = ProviderAttempts::default();
    for provider in providers {
        ctx.state_mut(|s| s.saga.set_provider(provider));
        match compose_with(ctx, steps, brief, provider, &mut analysis).await {
            Ok(composed) => return Ok(composed),
            Err(stop) => attempts.record_failure(provider, stop, |calls| {
                ctx.state_mut(|s| s.saga.add_calls(calls));
            })?,
        }
    }
    Err(StopReason::Failed(attempts.final_failure()))
}

/// One provider's attempt. It reuses the analysis of an earlier provider.
async fn compose_with(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    brief: &BriefRecord,
    provider: &str,
    analysis: &mut Option<AnalysisRecord>,
) -> Result<WrittenDraft, StopReason> {
    if analysis.is_none() {
        enter(ctx, CarouselStage::Analysing);
        let input = AnalyzeInput {
            provider: provider.to_owned(),
            brief: brief.clone(),
            allowance: ctx.state(|s| s.saga.allowance()),
        };
        let summary = format!("{provider} looks at «{}»", brief.topic);
        let analyzed = steps.call(AnalyzeTopic, input, summary).await?;
        ctx.state_mut(|s| s.saga.add_calls(analyzed.calls));
        *analysis = Some(analyzed.analysis);
    }
    let analysis = analysis.clone().unwrap_or_default();
    enter(ctx, CarouselStage::Writing);
    let input = WriteInput {
        provider: provider.to_owned(),
        brief: brief.clone(),
        analysis: analysis.clone(),
        again: false,
        allowance: ctx.state(|s| s.saga.allowance()),
    };
    let summary = format!("{provider} writes {} slides in {}", brief.slides, brief.language);
    let written = steps.call(WriteSlides, input, summary).await?;
    ctx.state_mut(|s| s.saga.add_calls(written.calls));
    Ok(WrittenDraft { provider: provider.to_owned(), analysis, draft: written.draft })
}

/// The input of the render pool.
pub(crate) fn render_input(
    brief: &BriefRecord,
    draft: &DraftRecord,
    brand: Option<BrandRecord>,
) -> RenderInput {
    RenderInput {
        theme: brief.theme.clone(),
        format: brief.format.clone(),
        image: brief.image.clone(),
        language: brief.language.clone(),
        slides: draft.slides.iter().map(renderable_slide).collect(),
        brand,
    }
}

/// A slide without the fields that rendering ignores, to keep the history small.
fn renderable_slide(slide: &SlideRecord) -> SlideRecord {
    SlideRecord { alt: String::new(), note: String::new(), ..slide.clone() }
}

/// The providers that were tried, and why they failed.
#[derive(Default)]
pub(crate) struct ProviderAttempts {
    reasons: Vec<String>,
    /// The kind of the last failure, and the model's failure.
    last: Option<(FailureKind, Option<Box<ModelFailure>>)>,
    only_providers: bool,
    asked_models: bool,
}

impl ProviderAttempts {
    /// Records that `provider` failed without further retries. `record` receives the calls it made,
    /// also if it was cancelled.
    ///
    /// # Errors
    /// A stop that no other provider can change: a cancel, or a passed deadline.
    pub(crate) fn record_failure(
        &mut self,
        provider: &str,
        stop: StopReason,
        record: impl FnOnce(Vec<crate::model_calls::ModelCall>),
    ) -> Result<(), StopReason> {
        let mut failure = match stop {
            StopReason::Failed(failure) => failure,
            StopReason::Cancelled(calls) => {
                record(calls);
                return Err(StopReason::Cancelled(Vec::new()));
            }
        };
        record(std::mem::take(&mut failure.calls));
        // These don't depend on the provider: the next one would fail in the same way.
        if failure.kind == FailureKind::DeadlineExceeded || is_over_budget(&failure) {
            return Err(StopReason::Failed(failure));
        }
        let fault = matches!(
            failure.kind,
            FailureKind::ProviderFailed | FailureKind::Unavailable | FailureKind::Timeout
        );
        self.only_providers = fault && (self.only_providers || self.reasons.is_empty());
        self.asked_models |= provider != OFFLINE;
        // The reason of a model's failure names the provider already; other reasons do not.
        let names_it = failure.model.is_some() && failure.kind != FailureKind::Timeout;
        self.reasons.push(if names_it {
            failure.reason
        } else {
            format!("{provider}: {}", failure.reason)
        });
        self.last = Some((failure.kind, failure.model));
        Ok(())
    }

    /// The failure to report when no provider is left.
    pub(crate) fn final_failure(self) -> StepFailure {
        let reason = match self.reasons.as_slice() {
            [] => "no provider is configured".to_owned(),
            [one] => one.clone(),
            many => format!("every provider failed: {}", many.join("; ")),
        };
        let (kind, model) = self.last.unwrap_or((FailureKind::ProviderFailed, None));
        StepFailure {
            kind,
            model,
            reason,
            offers_offline: self.only_providers && self.asked_models,
            ..StepFailure::default()
        }
    }
}

/// Whether the budget is used up, which the offline provider does not need.
fn is_over_budget(failure: &StepFailure) -> bool {
    failure.kind == FailureKind::BudgetExceeded
}

/// The result's `offer` for a failure.
pub(crate) fn offered_provider(failure: &StepFailure) -> Offer {
    if failure.offers_offline || is_over_budget(failure) { Offer::Offline } else { Offer::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_calls::ModelCall;

    fn failure(kind: FailureKind, reason: &str) -> StopReason {
        StopReason::Failed(StepFailure {
            kind,
            reason: reason.to_owned(),
            calls: vec![ModelCall::default()],
            ..StepFailure::default()
        })
    }

    #[test]
    fn offline_is_offered_when_every_model_fails() {
        let (mut attempts, mut calls) = (ProviderAttempts::default(), 0);
        let mut count = |made: Vec<ModelCall>| calls += made.len();
        let mut key = StepFailure {
            kind: FailureKind::ProviderFailed,
            reason: "openai: the key was refused".to_owned(),
            calls: vec![ModelCall::default()],
            ..StepFailure::default()
        };
        key.model = Some(Box::default());
        let key = StopReason::Failed(key);
        attempts.record_failure("openai", key, &mut count).unwrap();
        let slow = failure(FailureKind::Timeout, "it took too long");
        attempts.record_failure("anthropic", slow, &mut count).unwrap();
        let failure = attempts.final_failure();
        assert_eq!(
            failure.reason,
            "every provider failed: openai: the key was refused; anthropic: it took too long"
        );
        assert_eq!((offered_provider(&failure), calls), (Offer::Offline, 2));
    }

    #[test]
    fn offline_is_not_offered_when_it_cannot_help() {
        let mut attempts = ProviderAttempts::default();
        let wrong = failure(FailureKind::InvalidInput, "the topic is empty");
        attempts.record_failure("openai", wrong, drop).unwrap();
        assert_eq!(offered_provider(&attempts.final_failure()), Offer::Nothing);

        let mut attempts = ProviderAttempts::default();
        let spent = failure(FailureKind::BudgetExceeded, "nothing is left");
        let Err(StopReason::Failed(ended)) = attempts.record_failure("openai", spent, drop) else {
            panic!("no other provider is asked");
        };
        assert_eq!(offered_provider(&ended), Offer::Offline);

        let mut attempts = ProviderAttempts::default();
        let notes = failure(FailureKind::ProviderFailed, "a mistake of ours");
        attempts.record_failure(OFFLINE, notes, drop).unwrap();
        assert_eq!(offered_provider(&attempts.final_failure()), Offer::Nothing);
    }

    #[test]
    fn deadline_stops_trying_providers() {
        let mut attempts = ProviderAttempts::default();
        let late = failure(FailureKind::DeadlineExceeded, "too late");
        assert!(attempts.record_failure("openai", late, drop).is_err());

        let mut paid = Vec::new();
        let stopped = StopReason::Cancelled(vec![ModelCall::default()]);
        assert!(attempts.record_failure("openai", stopped, |calls| paid = calls).is_err());
        assert_eq!(paid.len(), 1);
    }
}
