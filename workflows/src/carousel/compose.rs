//! Produces the draft: reads the page or the recording, then analyses and writes with a provider.

use domain::{
    CarouselStage, ContentLanguage, Offer, ProviderName,
    record::{AnalysisRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord},
};

use super::run::{Ctx, enter, listed_topic};
use crate::visibility;
use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::{
        AnalyzeInput, AnalyzeTopic, FetchInput, FetchPage, RenderInput, SourceMaterial, SourceRead,
        Transcribe, TranscribeInput, WriteInput, WriteSlides,
    },
};
use domain::failure::{FailureKind, ModelProblem, ModelRemedy};

/// The provider that needs no model. It is used only on request: by the operator's settings, or by
/// a user who accepts the offer.
pub(crate) const OFFLINE: &str = ProviderName::Offline.name();

#[derive(Clone)]
pub(super) struct WrittenDraft {
    pub(super) provider: String,
    pub(super) analysis: AnalysisRecord,
    pub(super) draft: DraftRecord,
}

type CarouselCaller<'a> = ActivityCaller<'a, super::CarouselWorkflow>;

/// The brief with the text of its page or its recording, and its title unless the person gave one.
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
    // A short recording has no text: its topic is all that was said.
    let keeps_title = brief.titled && !material.text.is_empty();
    let topic = if keeps_title { brief.topic.clone() } else { material.topic };
    let replaces = brief.language_from_source && !material.language.is_empty();
    let language = if replaces { material.language } else { brief.language.clone() };
    if language != brief.language {
        // Only briefs with `language_from_source` get here: older histories have none.
        ctx.upsert_search_attributes([visibility::LANGUAGE.value_set(language.clone())]);
    }
    let listed = ctx.state(|s| listed_topic(&s.input, &topic));
    if let Some(listed) = listed.filter(|_| topic != brief.topic) {
        ctx.upsert_search_attributes([listed]);
    }
    let source = SourceRead {
        topic: topic.clone(),
        text: material.text.clone(),
        language: language.clone(),
    };
    ctx.state_mut(|s| s.source = Some(source));
    Ok(BriefRecord { topic, text: material.text, language, ..brief.clone() })
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
            // A wrong hint makes a model translate.
            language: if brief.language_from_source {
                String::new()
            } else {
                brief.language.clone()
            },
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
    /// Each with its provider's name.
    reasons: Vec<String>,
    /// Of all failures the one that the user can do most about.
    reported: Option<StepFailure>,
    /// Whether another provider, such as the offline one, would fail in the same way.
    is_final: bool,
    has_tried_model: bool,
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
        if failure.cause.kind == FailureKind::DeadlineExceeded || is_over_budget(&failure) {
            return Err(StopReason::Failed(failure));
        }
        self.reasons.push(named_reason(provider, &failure));
        self.is_final |= !is_providers_own(&failure);
        self.has_tried_model |= provider != OFFLINE;
        if self.reported.as_ref().is_none_or(|reported| remedy(&failure) < remedy(reported)) {
            self.reported = Some(failure);
        }
        Ok(())
    }

    /// The failure to report when no provider is left, with every provider's reason.
    pub(crate) fn final_failure(self) -> StepFailure {
        let reason = match self.reasons.as_slice() {
            [] => "no provider is configured".to_owned(),
            [one] => one.clone(),
            many => format!("every provider failed: {}", many.join("; ")),
        };
        let offers_offline = self.has_tried_model && !self.is_final;
        let reported = self.reported;
        let reported =
            reported.unwrap_or_else(|| StepFailure::new(FailureKind::ProviderFailed, ""));
        StepFailure { reason, offers_offline, ..reported }
    }
}

/// The reason with the provider's name. The activity has named it already if the provider is the
/// reason; a timeout is Temporal's failure.
fn named_reason(provider: &str, failure: &StepFailure) -> String {
    let is_named = failure.cause.model.is_some() && failure.cause.kind != FailureKind::Timeout;
    if is_named { failure.reason.clone() } else { format!("{provider}: {}", failure.reason) }
}

fn is_providers_own(failure: &StepFailure) -> bool {
    matches!(
        failure.cause.kind,
        FailureKind::ProviderFailed | FailureKind::Unavailable | FailureKind::Timeout
    )
}

fn remedy(failure: &StepFailure) -> ModelRemedy {
    let model = failure.cause.model.as_ref();
    model.map_or(ModelRemedy::TryAgain, |model| model.problem.remedy())
}

/// Whether the budget is used up, which the offline provider does not need.
fn is_over_budget(failure: &StepFailure) -> bool {
    failure.cause.kind == FailureKind::BudgetExceeded
}

/// The offer for a carousel in `language`: without a model, only the languages of the notes.
pub(super) fn carousel_offer(failure: &StepFailure, language: &str) -> Offer {
    let foreign = language.parse().is_ok_and(|one: ContentLanguage| one.offline().is_none());
    if foreign { Offer::Nothing } else { offered_provider(failure) }
}

/// The result's `offer` for a failure.
pub(crate) fn offered_provider(failure: &StepFailure) -> Offer {
    if failure.cause.model.as_ref().is_some_and(|model| model.problem == ModelProblem::NotCovered) {
        Offer::Questions
    } else if failure.offers_offline || is_over_budget(failure) {
        Offer::Offline
    } else {
        Offer::Nothing
    }
}

#[cfg(test)]
mod tests {
    use domain::failure::{FailureCause, ModelFailure, ModelProblem};

    use super::*;
    use crate::model_calls::ModelCall;

    fn failure(kind: FailureKind, reason: &str) -> StopReason {
        let calls = vec![ModelCall::default()];
        StopReason::Failed(StepFailure { calls, ..StepFailure::new(kind, reason) })
    }

    /// As the ai pool reports it.
    fn failed(provider: &str, problem: ModelProblem) -> StopReason {
        let model = Some(Box::new(ModelFailure { problem, ..ModelFailure::default() }));
        StopReason::Failed(StepFailure {
            cause: FailureCause { kind: FailureKind::ProviderFailed, model },
            reason: format!("{provider}: {problem}"),
            ..StepFailure::default()
        })
    }

    #[test]
    fn offline_is_offered_when_every_model_fails() {
        let (mut attempts, mut calls) = (ProviderAttempts::default(), 0);
        let mut count = |made: Vec<ModelCall>| calls += made.len();
        let key = failure(FailureKind::ProviderFailed, "the key was refused");
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
        let notes = failure(FailureKind::ProviderFailed, "an error of ours");
        attempts.record_failure(OFFLINE, notes, drop).unwrap();
        assert_eq!(offered_provider(&attempts.final_failure()), Offer::Nothing);
    }

    #[test]
    fn questions_are_offered_when_notes_do_not_cover_topic() {
        let mut attempts = ProviderAttempts::default();
        let uncovered = failed(OFFLINE, ModelProblem::NotCovered);
        attempts.record_failure(OFFLINE, uncovered, drop).unwrap();
        assert_eq!(offered_provider(&attempts.final_failure()), Offer::Questions);
    }

    #[test]
    fn offline_is_not_offered_in_a_language_of_models() {
        let spent = StepFailure::new(FailureKind::BudgetExceeded, "");
        for (language, offer) in
            [("ru", Offer::Offline), ("en", Offer::Offline), ("uk", Offer::Nothing)]
        {
            assert_eq!(carousel_offer(&spent, language), offer, "{language}");
        }
    }

    #[test]
    fn most_hopeful_failure_is_told() {
        for (first, second, told) in [
            (ModelProblem::ServerError, ModelProblem::KeyRefused, ModelProblem::ServerError),
            (ModelProblem::CannotListen, ModelProblem::Busy, ModelProblem::Busy),
            (ModelProblem::Busy, ModelProblem::ContentRefused, ModelProblem::ContentRefused),
            (ModelProblem::TimedOut, ModelProblem::Busy, ModelProblem::TimedOut),
        ] {
            let mut attempts = ProviderAttempts::default();
            attempts.record_failure("openai", failed("openai", first), drop).unwrap();
            attempts.record_failure("anthropic", failed("anthropic", second), drop).unwrap();
            let failure = attempts.final_failure();
            assert_eq!(failure.cause.model.unwrap().problem, told);
            assert_eq!(
                failure.reason,
                format!("every provider failed: openai: {first}; anthropic: {second}")
            );
        }
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
