//! The events that each step writes, and their order: one chain per carousel, in which each event
//! is caused by the previous one.

use domain::{CarouselStage, Outcome, record::BlobRecord};
use events::{
    EventContext, EventId, EventJournal, EventSource, Timestamp,
    ai::{AiAnalysisCompleted, AiContentRequested, AiTipGenerated},
    carousel::{
        CarouselCompleted, CarouselContentAnalyzed, CarouselGenerateRequested,
        CarouselImagesRendered, CarouselSlidesGenerated,
    },
    orchestrator::{WorkflowCompleted, WorkflowStarted, WorkflowStepCompleted},
    persistence::{CarouselSaved, HistoryLogged},
};
use storage::carousels::{Carousel, CarouselState};
use workflows::{
    carousel::{AbandonInput, CarouselRendered, CompleteInput, OpenInput, SaveDraftInput},
    edit::SaveRevisionInput,
    model_calls::ModelCall,
    questions::RecordInput,
};

use super::budget;
use crate::{
    activity_failure::{ActivityFailure, Result},
    activity_run::{ActivityRun, CarouselActivityRun},
};

/// Builds the events of one activity.
pub(super) struct Recorder {
    carousel: String,
    run_id: String,
    source: &'static str,
    environment: String,
}

impl Recorder {
    pub(super) fn new(attempt: &CarouselActivityRun, environment: &str) -> Self {
        Self {
            carousel: attempt.carousel.as_str().to_owned(),
            run_id: attempt.run_id.clone(),
            source: attempt.carousel.source().name(),
            environment: environment.to_owned(),
        }
    }

    /// For a workflow that makes no carousel.
    pub(super) fn of_request(run: &ActivityRun, environment: &str) -> Self {
        Self {
            carousel: run.workflow.clone(),
            run_id: run.run_id.clone(),
            source: "",
            environment: environment.to_owned(),
        }
    }

    fn journal(&self, step: &str, user: Option<&str>, cause: Option<EventId>) -> EventJournal {
        let context = EventContext {
            correlation: self.carousel.clone(),
            environment: self.environment.clone(),
            subject: Some(self.carousel.clone()),
            user: user.map(str::to_owned),
            ..EventContext::default()
        };
        EventJournal::for_step(&self.carousel, step, EventSource::PERSISTENCE, context, cause)
    }

    pub(super) fn opened(&self, input: &OpenInput, at: Timestamp) -> Result<EventJournal> {
        let cause = cause_of(&input.cause)?;
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
            WorkflowStarted { workflow_id: self.carousel.clone(), run_id: self.run_id.clone() },
        );
        journal.record(at, logged("request"));
        Ok(journal)
    }

    /// The first revision includes the analysis of the topic; later ones have the same analysis and
    /// a new text.
    pub(super) fn drafted(
        &self,
        input: &SaveDraftInput,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> EventJournal {
        let step = draft_step(input.revision);
        let mut journal = self.journal(&step, None, cause);
        let mut calls = input.calls.as_slice();
        if input.revision == 1 {
            calls = self.analyzed(&mut journal, input, at);
        }
        record_calls(&mut journal, calls);
        let written = calls.last().and_then(|call| timestamp(call.finished_at));
        let written = written.unwrap_or(at);
        journal.record(
            written,
            CarouselSlidesGenerated {
                slide_count: count(input.draft.slides.len()),
                revision: input.revision,
                tokens: tokens(calls),
                provider: input.provider.clone(),
                cost_micros: Some(budget::cost(calls)),
            },
        );
        self.step(&mut journal, written, CarouselStage::Writing, COMPLETED);
        journal
    }

    /// Records all calls before the first one that wrote slides. Returns the calls from there on.
    fn analyzed<'i>(
        &self,
        journal: &mut EventJournal,
        input: &'i SaveDraftInput,
        at: Timestamp,
    ) -> &'i [ModelCall] {
        let writing = input.calls.iter().position(|call| call.purpose == SLIDES);
        let (before, after) = input.calls.split_at(writing.unwrap_or(input.calls.len()));
        record_calls(journal, before);
        let looked = before.last().and_then(|call| timestamp(call.finished_at));
        let looked = looked.unwrap_or(at);
        let analysis = &input.analysis;
        journal.record(
            looked,
            CarouselContentAnalyzed {
                title: analysis.title.clone(),
                principles: analysis.principles.clone(),
                quotes: analysis.quotes.clone(),
                concepts: analysis.concepts.clone(),
                keywords: analysis.keywords.clone(),
                tokens: tokens(before),
                cost_micros: Some(budget::cost(before)),
            },
        );
        self.step(journal, looked, CarouselStage::Analysing, COMPLETED);
        after
    }

    /// Events of a request that makes no carousel.
    pub(super) fn requested(&self, input: &RecordInput, at: Timestamp) -> Result<EventJournal> {
        let step = request_step(&input.key);
        let mut journal = self.journal(&step, Some(&input.user), cause_of(&input.cause)?);
        record_calls(&mut journal, &input.calls);
        if !input.category.is_empty() {
            journal.record(
                at,
                AiTipGenerated { category: input.category.clone(), source: input.source.clone() },
            );
        }
        Ok(journal)
    }

    /// Events of a new revision of an existing carousel: written, rendered and saved.
    pub(super) fn revised(
        &self,
        input: &SaveRevisionInput,
        carousel: &Carousel,
        revision: u32,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> EventJournal {
        let mut journal = self.journal(&draft_step(revision), None, cause);
        record_calls(&mut journal, &input.calls);
        journal.record(
            at,
            CarouselSlidesGenerated {
                slide_count: count(input.draft.slides.len()),
                revision,
                tokens: tokens(&input.calls),
                provider: input.provider.clone(),
                cost_micros: Some(budget::cost(&input.calls)),
            },
        );
        journal.record(at, rendered(&input.rendered, carousel));
        journal.record(at, CarouselSaved { carousel: self.carousel.clone(), revision });
        journal.record(at, logged("edit"));
        journal
    }

    pub(super) fn completed(
        &self,
        input: &CompleteInput,
        carousel: &Carousel,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> EventJournal {
        let mut journal = self.journal("complete", None, cause);
        record_calls(&mut journal, &input.calls);
        let drawn = timestamp(input.rendered.finished_at).unwrap_or(at);
        journal.record(drawn, rendered(&input.rendered, carousel));
        self.step(&mut journal, drawn, CarouselStage::Drawing, COMPLETED);
        self.step(&mut journal, at, CarouselStage::Delivering, COMPLETED);
        journal.record(
            at,
            CarouselSaved { carousel: self.carousel.clone(), revision: input.revision },
        );
        self.end(&mut journal, carousel, &input.calls, at);
        journal
    }

    /// The event of a draft that was deleted, after a failure or a cancellation.
    pub(super) fn discarded(&self, at: Timestamp, cause: Option<EventId>) -> EventJournal {
        let mut journal = self.journal("discard", None, cause);
        self.step(&mut journal, at, CarouselStage::Writing, WorkflowStepCompleted::UNDONE);
        journal
    }

    pub(super) fn abandoned(
        &self,
        input: &AbandonInput,
        carousel: &Carousel,
        at: Timestamp,
        cause: Option<EventId>,
    ) -> EventJournal {
        let mut journal = self.journal("abandon", None, cause);
        record_calls(&mut journal, &input.calls);
        if let Some(stage) = input.stage {
            self.step(&mut journal, at, stage, input.outcome.map_or("", Outcome::name));
        }
        self.end(&mut journal, carousel, &input.calls, at);
        journal
    }

    fn step(&self, journal: &mut EventJournal, at: Timestamp, stage: CarouselStage, outcome: &str) {
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

    fn end(
        &self,
        journal: &mut EventJournal,
        carousel: &Carousel,
        calls: &[ModelCall],
        at: Timestamp,
    ) {
        let CarouselState::Closed { outcome, reason, .. } = &carousel.state else {
            return;
        };
        let took = (at - carousel.created_at).num_milliseconds();
        journal.record(
            at,
            CarouselCompleted {
                outcome: *outcome,
                reason: reason.clone(),
                duration_ms: u64::try_from(took).unwrap_or(0),
                tokens: Some(tokens(calls)),
                cost_micros: Some(budget::cost(calls)),
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

/// The step name for storing a revision. Event ids derive from it, so each revision has its own.
pub(super) fn draft_step(revision: u32) -> String {
    match revision {
        1 => "save-draft".to_owned(),
        later => format!("save-draft-{later}"),
    }
}

/// The step name for recording a request; one workflow can record several.
pub(super) fn request_step(key: &str) -> String {
    match key {
        "" => "record".to_owned(),
        key => format!("record-{key}"),
    }
}

/// `/history` lists carousels by their rows, and opens their current revision.
fn logged(action: &str) -> HistoryLogged {
    HistoryLogged { action: action.to_owned() }
}

fn rendered(rendered: &CarouselRendered, carousel: &Carousel) -> CarouselImagesRendered {
    let bytes = rendered.pictures.iter().map(|BlobRecord { bytes, .. }| bytes);
    CarouselImagesRendered {
        count: count(rendered.pictures.len()),
        bytes: bytes.sum(),
        duration_ms: span(rendered.started_at, rendered.finished_at),
        format: carousel.brief.format.clone(),
    }
}

/// Purposes of model calls.
const ANALYSIS: &str = "analysis";
const SLIDES: &str = "slides";
const COMPLETED: &str = "completed";

/// Each call writes a request event; each answered analysis writes an analysis event.
fn record_calls(journal: &mut EventJournal, calls: &[ModelCall]) {
    for call in calls {
        let (Some(asked), Some(answered)) =
            (timestamp(call.started_at), timestamp(call.finished_at))
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
        if call.purpose == ANALYSIS && call.fault.is_empty() {
            journal.record(
                answered,
                AiAnalysisCompleted {
                    tokens: tokens(std::slice::from_ref(call)),
                    duration_ms: span(call.started_at, call.finished_at),
                },
            );
        }
    }
}

fn tokens(calls: &[ModelCall]) -> u64 {
    let of = |call: &ModelCall| u64::from(call.tokens_in) + u64::from(call.tokens_out);
    calls.iter().map(of).sum()
}

/// The event id that a request names as its cause, if any.
fn cause_of(id: &str) -> Result<Option<EventId>> {
    match id {
        "" => Ok(None),
        id => EventId::parse(id).map(Some).map_err(|e| ActivityFailure::Input(e.to_string())),
    }
}

/// A payload's time; `None` if it was never set.
pub(super) fn timestamp(millis: i64) -> Option<Timestamp> {
    Timestamp::from_timestamp_millis(millis).filter(|_| millis > 0)
}

fn span(from: i64, to: i64) -> u64 {
    u64::try_from(to.saturating_sub(from)).unwrap_or(0)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
