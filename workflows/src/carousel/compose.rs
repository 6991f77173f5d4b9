//! Produces the draft: reads the page or the recording, then analyses and writes with a provider.

use domain::{
    Stage,
    record::{AnalysisRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord},
};

use super::run::{Ctx, enter};
use crate::{
    contract::{
        AiActivities, AnalyzeInput, FailureKind, FetchInput, Material, ModelFailure, Offer,
        RenderInput, TranscribeInput, WriteInput,
    },
    policy::Step,
    steps::{Failure, Steps, Stop},
};

/// The provider that needs no model. It is used only on request: by the operator's settings, or by
/// a user who accepts the offer.
pub(crate) const OFFLINE: &str = "offline";

/// The result of writing.
#[derive(Clone)]
pub(super) struct Composed {
    pub(super) provider: String,
    pub(super) analysis: AnalysisRecord,
    pub(super) draft: DraftRecord,
}

type CarouselSteps<'a> = Steps<'a, super::CarouselWorkflow>;

/// The brief with the text of its page or its recording.
pub(super) async fn gather(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    brief: &BriefRecord,
    providers: &[String],
) -> Result<BriefRecord, Stop> {
    let material = if !brief.voice.is_empty() {
        enter(ctx, Stage::Analysing);
        listen(ctx, steps, brief, providers).await?
    } else if !brief.link.is_empty() {
        enter(ctx, Stage::Analysing);
        let link = brief.link.clone();
        steps
            .call(
                Step::Fetch,
                AiActivities::fetch_page,
                FetchInput { link },
                format!("read {}", brief.link),
            )
            .await?
    } else {
        return Ok(brief.clone());
    };
    ctx.state_mut(|s| s.journey.happened(material.calls));
    Ok(BriefRecord {
        topic: material.topic,
        text: material.text,
        ..brief.clone()
    })
}

/// Transcribes the recording with the first provider that can.
async fn listen(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    brief: &BriefRecord,
    providers: &[String],
) -> Result<Material, Stop> {
    let mut attempts = Attempts::default();
    for provider in providers {
        let input = TranscribeInput {
            provider: provider.clone(),
            voice: brief.voice.clone(),
            language: brief.language.clone(),
            allowance: ctx.state(|s| s.journey.allowance()),
        };
        let summary = format!("{provider} writes down what was said");
        let heard = steps
            .call(Step::Transcribe, AiActivities::transcribe, input, summary)
            .await;
        match heard {
            Ok(material) => return Ok(material),
            Err(stop) => attempts.failed(provider, stop, |calls| {
                ctx.state_mut(|s| s.journey.happened(calls));
            })?,
        }
    }
    // The offline provider can't transcribe, so it is not offered.
    Err(Stop::Failed(Failure {
        offers_offline: false,
        ..attempts.in_words()
    }))
}

/// Analyses and writes with the first provider that can. Each activity names one provider, so a
/// retry never starts again from the first.
pub(super) async fn compose(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    brief: &BriefRecord,
    providers: &[String],
) -> Result<Composed, Stop> {
    let mut analysis = None;
    let mut attempts = Attempts::default();
    for provider in providers {
        ctx.state_mut(|s| s.journey.written_by(provider));
        match compose_with(ctx, steps, brief, provider, &mut analysis).await {
            Ok(composed) => return Ok(composed),
            Err(stop) => attempts.failed(provider, stop, |calls| {
                ctx.state_mut(|s| s.journey.happened(calls));
            })?,
        }
    }
    Err(Stop::Failed(attempts.in_words()))
}

/// One provider's attempt. It reuses the analysis of an earlier provider.
async fn compose_with(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    brief: &BriefRecord,
    provider: &str,
    analysis: &mut Option<AnalysisRecord>,
) -> Result<Composed, Stop> {
    if analysis.is_none() {
        enter(ctx, Stage::Analysing);
        let input = AnalyzeInput {
            provider: provider.to_owned(),
            brief: brief.clone(),
            allowance: ctx.state(|s| s.journey.allowance()),
        };
        let summary = format!("{provider} looks at «{}»", brief.topic);
        let analyzed = steps
            .call(Step::Analyze, AiActivities::analyze_topic, input, summary)
            .await?;
        ctx.state_mut(|s| s.journey.happened(analyzed.calls));
        *analysis = Some(analyzed.analysis);
    }
    let analysis = analysis.clone().unwrap_or_default();
    enter(ctx, Stage::Writing);
    let input = WriteInput {
        provider: provider.to_owned(),
        brief: brief.clone(),
        analysis: analysis.clone(),
        again: false,
        allowance: ctx.state(|s| s.journey.allowance()),
    };
    let summary = format!(
        "{provider} writes {} slides in {}",
        brief.slides, brief.language
    );
    let written = steps
        .call(Step::Write, AiActivities::write_slides, input, summary)
        .await?;
    ctx.state_mut(|s| s.journey.happened(written.calls));
    Ok(Composed {
        provider: provider.to_owned(),
        analysis,
        draft: written.draft,
    })
}

/// The input of the render pool.
pub(crate) fn drawing(
    brief: &BriefRecord,
    draft: &DraftRecord,
    brand: Option<BrandRecord>,
) -> RenderInput {
    RenderInput {
        theme: brief.theme.clone(),
        format: brief.format.clone(),
        image: brief.image.clone(),
        language: brief.language.clone(),
        slides: draft.slides.iter().map(to_draw).collect(),
        brand,
    }
}

/// A slide without the fields that rendering ignores, to keep the history small.
fn to_draw(slide: &SlideRecord) -> SlideRecord {
    SlideRecord {
        alt: String::new(),
        note: String::new(),
        ..slide.clone()
    }
}

/// The providers that were tried, and why they failed.
#[derive(Default)]
pub(crate) struct Attempts {
    reasons: Vec<String>,
    /// The kind of the last failure, and the model's failure.
    last: Option<(FailureKind, Option<Box<ModelFailure>>)>,
    only_providers: bool,
    asked_models: bool,
}

impl Attempts {
    /// Records that `provider` failed without further retries. `record` receives the calls it made,
    /// also if it was cancelled.
    ///
    /// # Errors
    /// A stop that no other provider can change: a cancel, or a passed deadline.
    pub(crate) fn failed(
        &mut self,
        provider: &str,
        stop: Stop,
        record: impl FnOnce(Vec<crate::contract::ModelCall>),
    ) -> Result<(), Stop> {
        let mut failure = match stop {
            Stop::Failed(failure) => failure,
            Stop::Cancelled(calls) => {
                record(calls);
                return Err(Stop::Cancelled(Vec::new()));
            }
        };
        record(std::mem::take(&mut failure.calls));
        // These don't depend on the provider: the next one would fail in the same way.
        if failure.kind == FailureKind::DeadlineExceeded || is_over_budget(&failure) {
            return Err(Stop::Failed(failure));
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
    pub(crate) fn in_words(self) -> Failure {
        let reason = match self.reasons.as_slice() {
            [] => "no provider is configured".to_owned(),
            [one] => one.clone(),
            many => format!("every provider failed: {}", many.join("; ")),
        };
        let (kind, model) = self.last.unwrap_or((FailureKind::ProviderFailed, None));
        Failure {
            kind,
            model,
            reason,
            offers_offline: self.only_providers && self.asked_models,
            ..Failure::default()
        }
    }
}

/// Whether the budget is used up, which the offline provider does not need.
fn is_over_budget(failure: &Failure) -> bool {
    failure.kind == FailureKind::BudgetExceeded
}

/// The result's `offer` for a failure.
pub(crate) fn offer(failure: &Failure) -> Offer {
    if failure.offers_offline || is_over_budget(failure) {
        Offer::Offline
    } else {
        Offer::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::ModelCall;

    fn failure(kind: FailureKind, reason: &str) -> Stop {
        Stop::Failed(Failure {
            kind,
            reason: reason.to_owned(),
            calls: vec![ModelCall::default()],
            ..Failure::default()
        })
    }

    #[test]
    fn offline_is_offered_when_every_model_fails() {
        let (mut attempts, mut calls) = (Attempts::default(), 0);
        let mut count = |made: Vec<ModelCall>| calls += made.len();
        let mut key = Failure {
            kind: FailureKind::ProviderFailed,
            reason: "openai: the key was refused".to_owned(),
            calls: vec![ModelCall::default()],
            ..Failure::default()
        };
        key.model = Some(Box::default());
        let key = Stop::Failed(key);
        attempts.failed("openai", key, &mut count).unwrap();
        let slow = failure(FailureKind::Timeout, "it took too long");
        attempts.failed("anthropic", slow, &mut count).unwrap();
        let failure = attempts.in_words();
        assert_eq!(
            failure.reason,
            "every provider failed: openai: the key was refused; anthropic: it took too long"
        );
        assert_eq!((offer(&failure), calls), (Offer::Offline, 2));
    }

    #[test]
    fn offline_is_not_offered_when_it_cannot_help() {
        let mut attempts = Attempts::default();
        let wrong = failure(FailureKind::InvalidInput, "the topic is empty");
        attempts.failed("openai", wrong, drop).unwrap();
        assert_eq!(offer(&attempts.in_words()), Offer::Nothing);

        let mut attempts = Attempts::default();
        let spent = failure(FailureKind::BudgetExceeded, "nothing is left");
        let Err(Stop::Failed(ended)) = attempts.failed("openai", spent, drop) else {
            panic!("no other provider is asked");
        };
        assert_eq!(offer(&ended), Offer::Offline);

        let mut attempts = Attempts::default();
        let notes = failure(FailureKind::ProviderFailed, "a mistake of ours");
        attempts.failed(OFFLINE, notes, drop).unwrap();
        assert_eq!(offer(&attempts.in_words()), Offer::Nothing);
    }

    #[test]
    fn deadline_stops_trying_providers() {
        let mut attempts = Attempts::default();
        let late = failure(FailureKind::DeadlineExceeded, "too late");
        assert!(attempts.failed("openai", late, drop).is_err());

        let mut paid = Vec::new();
        let stopped = Stop::Cancelled(vec![ModelCall::default()]);
        assert!(
            attempts
                .failed("openai", stopped, |calls| paid = calls)
                .is_err()
        );
        assert_eq!(paid.len(), 1);
    }
}
