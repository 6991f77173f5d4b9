//! Which events each step writes, in which order: one chain per carousel, each event caused by the
//! one before it.

use domain::{Stage, record::BlobRecord};
use events::{
    Context, EventId, Journal, Origin, Timestamp,
    ai::{AiAnalysisCompleted, AiContentRequested},
    carousel::{
        CarouselCompleted, CarouselContentAnalyzed, CarouselGenerateRequested,
        CarouselImagesRendered, CarouselSlidesGenerated,
    },
    orchestrator::{WorkflowCompleted, WorkflowStarted, WorkflowStepCompleted},
    persistence::CarouselSaved,
};
use storage::carousels::{Carousel, State};
use workflows::contract::{AbandonInput, CompleteInput, ModelCall, OpenInput, SaveDraftInput};

use crate::{attempt::Attempt, error::Error};

/// Writes the events of one activity.
pub(super) struct Recorder {
    carousel: String,
    run_id: String,
    source: &'static str,
    environment: String,
}

impl Recorder {
    pub(super) fn new(attempt: &Attempt, environment: &str) -> Self {
        Self {
            carousel: attempt.carousel.as_str().to_owned(),
            run_id: attempt.run_id.clone(),
            source: attempt.carousel.source().name(),
            environment: environment.to_owned(),
        }
    }

    fn journal(&self, step: &str, user: Option<&str>, cause: Option<EventId>) -> Journal {
        let context = Context {
            correlation: self.carousel.clone(),
            environment: self.environment.clone(),
            subject: Some(self.carousel.clone()),
            user: user.map(str::to_owned),
            ..Context::default()
        };
        Journal::of_step(&self.carousel, step, Origin::PERSISTENCE, context, cause)
    }

    pub(super) fn opened(&self, input: &OpenInput, at: Timestamp) -> Result<Journal, Error> {
        let cause = match input.cause.as_str() {
            "" => None,
            id => Some(EventId::parse(id).map_err(|e| Error::Input(e.to_string()))?),
        };
        let mut journal = self.journal("open", Some(&input.user), cause);
        let brief = &input.brief;
        journal.record(
            at,
            CarouselGenerateRequested {
                topic: brief.topic.clone(),
                slides: brief.slides,
                style: brief.theme.clone(),
                format: brief.format.clone(),
                language: brief.language.clone(),
                source: self.source.to_owned(),
            },
        );
        journal.record(
            at,
            WorkflowStarted {
                workflow_id: self.carousel.clone(),
                run_id: self.run_id.clone(),
            },
        );
        Ok(journal)
    }

    pub(super) fn drafted(
        &self,
        input: &SaveDraftInput,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> Journal {
        let mut journal = self.journal("save-draft", None, cause);
        record_calls(
            &mut journal,
            input.calls.iter().filter(|c| c.purpose == ANALYSIS),
        );
        let analysis = &input.analysis;
        journal.record(
            done_at(&input.calls, ANALYSIS, at),
            CarouselContentAnalyzed {
                title: analysis.title.clone(),
                principles: analysis.principles.clone(),
                quotes: analysis.quotes.clone(),
                concepts: analysis.concepts.clone(),
                keywords: analysis.keywords.clone(),
                tokens: tokens(&input.calls, ANALYSIS),
            },
        );
        self.step(
            &mut journal,
            done_at(&input.calls, ANALYSIS, at),
            Stage::Analysing,
            COMPLETED,
        );
        record_calls(
            &mut journal,
            input.calls.iter().filter(|c| c.purpose != ANALYSIS),
        );
        journal.record(
            done_at(&input.calls, SLIDES, at),
            CarouselSlidesGenerated {
                slide_count: count(input.draft.slides.len()),
                revision: input.revision,
                tokens: tokens(&input.calls, SLIDES),
                provider: input.provider.clone(),
            },
        );
        self.step(
            &mut journal,
            done_at(&input.calls, SLIDES, at),
            Stage::Writing,
            COMPLETED,
        );
        journal
    }

    pub(super) fn completed(
        &self,
        input: &CompleteInput,
        carousel: &Carousel,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> Journal {
        let mut journal = self.journal("complete", None, cause);
        let rendered = &input.rendered;
        let drawn = moment(rendered.finished_at).unwrap_or(at);
        journal.record(
            drawn,
            CarouselImagesRendered {
                count: count(rendered.pictures.len()),
                bytes: rendered
                    .pictures
                    .iter()
                    .map(|BlobRecord { bytes, .. }| bytes)
                    .sum(),
                duration_ms: span(rendered.started_at, rendered.finished_at),
                format: carousel.brief.format.clone(),
            },
        );
        self.step(&mut journal, drawn, Stage::Drawing, COMPLETED);
        self.step(&mut journal, at, Stage::Delivering, COMPLETED);
        journal.record(
            at,
            CarouselSaved {
                carousel: self.carousel.clone(),
                revision: input.revision,
            },
        );
        self.end(&mut journal, carousel, at);
        journal
    }

    pub(super) fn abandoned(
        &self,
        input: &AbandonInput,
        carousel: &Carousel,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> Journal {
        let mut journal = self.journal("abandon", None, cause);
        record_calls(&mut journal, input.calls.iter());
        if let Ok(stage) = input.stage.parse::<Stage>() {
            self.step(&mut journal, at, stage, &input.outcome);
        }
        self.end(&mut journal, carousel, at);
        journal
    }

    fn step(&self, journal: &mut Journal, at: Timestamp, stage: Stage, outcome: &str) {
        journal.record(
            at,
            WorkflowStepCompleted {
                workflow_id: self.carousel.clone(),
                run_id: self.run_id.clone(),
                step: stage.name().to_owned(),
                outcome: outcome.to_owned(),
            },
        );
    }

    /// The last two events of every carousel.
    fn end(&self, journal: &mut Journal, carousel: &Carousel, at: Timestamp) {
        let State::Closed {
            outcome, reason, ..
        } = &carousel.state
        else {
            return;
        };
        let took = (at - carousel.created_at).num_milliseconds();
        journal.record(
            at,
            CarouselCompleted {
                outcome: *outcome,
                reason: reason.clone(),
                duration_ms: u64::try_from(took).unwrap_or(0),
            },
        );
        journal.record(
            at,
            WorkflowCompleted {
                workflow_id: self.carousel.clone(),
                run_id: self.run_id.clone(),
                outcome: outcome.name().to_owned(),
            },
        );
    }
}

/// The purposes of model calls.
const ANALYSIS: &str = "analysis";
const SLIDES: &str = "slides";
const COMPLETED: &str = "completed";

/// Each call was a request; each look at a topic that was answered, an analysis.
fn record_calls<'a>(journal: &mut Journal, calls: impl Iterator<Item = &'a ModelCall>) {
    for call in calls {
        let (Some(asked), Some(answered)) = (moment(call.started_at), moment(call.finished_at))
        else {
            continue;
        };
        journal.record(
            asked,
            AiContentRequested {
                purpose: call.purpose.clone(),
                provider: call.provider.clone(),
                model: call.model.clone(),
            },
        );
        if call.purpose == ANALYSIS {
            journal.record(
                answered,
                AiAnalysisCompleted {
                    tokens: u64::from(call.tokens_in) + u64::from(call.tokens_out),
                    duration_ms: span(call.started_at, call.finished_at),
                },
            );
        }
    }
}

/// When the last call for `purpose` was answered, or `otherwise`.
fn done_at(calls: &[ModelCall], purpose: &str, otherwise: Timestamp) -> Timestamp {
    let last = calls.iter().rev().find(|call| call.purpose == purpose);
    last.and_then(|call| moment(call.finished_at))
        .unwrap_or(otherwise)
}

fn tokens(calls: &[ModelCall], purpose: &str) -> u64 {
    let of = |call: &ModelCall| u64::from(call.tokens_in) + u64::from(call.tokens_out);
    calls
        .iter()
        .filter(|call| call.purpose == purpose)
        .map(of)
        .sum()
}

/// A moment of a payload; none where it was never set.
fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_timestamp_millis(millis).filter(|_| millis > 0)
}

fn span(from: i64, to: i64) -> u64 {
    u64::try_from(to.saturating_sub(from)).unwrap_or(0)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
