//! [`CarouselProjection`]: the state of a carousel, computed from its events alone.
//!
//! A pure fold. Held against the stored rows, it shows whether every change of state has its event.

use domain::{CarouselStage, Outcome, named};

use crate::{
    CoreEvent, Event,
    ai::AiEvent,
    carousel::{
        CarouselCompleted, CarouselContentAnalyzed, CarouselEvent, CarouselImagesRendered,
        CarouselSlidesGenerated,
    },
    orchestrator::{OrchestratorEvent, WorkflowStepCompleted},
    persistence::{CarouselDeliveryResolved, PersistenceEvent},
};

/// The state of a carousel according to its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CarouselProjection {
    pub stage: ProjectedStage,
    /// `None` until it has ended.
    pub outcome: Option<Outcome>,
    /// The current revision, from 1; `None` without a draft.
    pub revision: Option<u32>,
    /// The provider that wrote the current revision.
    pub provider: Option<String>,
    /// How many revisions are stored.
    pub revisions: u32,
    /// The slides of the current revision.
    pub slides: u32,
    /// The pictures of the current revision; `None` before it was drawn.
    pub pictures: Option<u32>,
    pub usage: ProjectedUsage,
}

/// How far a carousel is, in the steps that its row knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProjectedStage {
    /// No event of it was applied.
    #[default]
    Unknown,
    /// Opened, without a draft.
    Opened,
    /// It has a draft.
    Drafted,
    Ended,
}

named!(ProjectedStage, "stage of a projection", {
    Unknown => "unknown",
    Opened => "opened",
    Drafted => "drafted",
    Ended => "ended",
});

/// Tokens and cost of the model calls; `None` if an event of an older version does not say them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectedUsage {
    pub tokens: Option<u64>,
    /// In millionths of a US dollar.
    pub cost_micros: Option<u64>,
}

impl Default for ProjectedUsage {
    fn default() -> Self {
        Self { tokens: Some(0), cost_micros: Some(0) }
    }
}

impl CarouselProjection {
    /// The state after these events, in the order of writing.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        events.into_iter().fold(Self::default(), |state, event| state.apply(&event.data))
    }

    /// The state after one more event. Events that change nothing of it are accepted.
    #[must_use]
    pub fn apply(self, event: &CoreEvent) -> Self {
        match event {
            CoreEvent::Carousel(event) => self.apply_carousel(event),
            CoreEvent::Persistence(PersistenceEvent::CarouselDeliveryResolved(resolved)) => {
                self.resolve(resolved)
            }
            CoreEvent::Orchestrator(OrchestratorEvent::WorkflowStepCompleted(step)) => {
                self.undo(step)
            }
            CoreEvent::Ai(
                AiEvent::AiContentRequested(_)
                | AiEvent::AiAnalysisCompleted(_)
                | AiEvent::AiTipGenerated(_),
            )
            | CoreEvent::Persistence(
                PersistenceEvent::UserCreated(_)
                | PersistenceEvent::UserUpdated(_)
                | PersistenceEvent::SessionSaved(_)
                | PersistenceEvent::HistoryLogged(_)
                | PersistenceEvent::CarouselSaved(_),
            )
            | CoreEvent::Orchestrator(
                OrchestratorEvent::WorkflowStarted(_)
                | OrchestratorEvent::WorkflowCompleted(_)
                | OrchestratorEvent::EventRouted(_),
            )
            | CoreEvent::Gateway(_)
            | CoreEvent::Analytics(_) => self,
        }
    }

    fn apply_carousel(self, event: &CarouselEvent) -> Self {
        match event {
            CarouselEvent::CarouselGenerateRequested(_) => {
                Self { stage: ProjectedStage::Opened, ..self }
            }
            CarouselEvent::CarouselContentAnalyzed(analyzed) => {
                let CarouselContentAnalyzed { tokens, cost_micros, .. } = analyzed;
                let usage = self.usage.plus(Some(*tokens), *cost_micros);
                Self { usage, ..self }
            }
            CarouselEvent::CarouselSlidesGenerated(written) => self.write(written),
            CarouselEvent::CarouselImagesRendered(CarouselImagesRendered { count, .. }) => {
                Self { pictures: Some(*count), ..self }
            }
            CarouselEvent::CarouselCompleted(completed) => self.end(completed),
        }
    }

    fn write(self, written: &CarouselSlidesGenerated) -> Self {
        let CarouselSlidesGenerated { slide_count, revision, tokens, provider, cost_micros } =
            written;
        let usage = self.usage.plus(Some(*tokens), *cost_micros);
        let revisions = self.revisions + 1;
        let stage = match self.stage {
            ProjectedStage::Unknown | ProjectedStage::Opened | ProjectedStage::Drafted => {
                ProjectedStage::Drafted
            }
            // An edit.
            ProjectedStage::Ended => ProjectedStage::Ended,
        };
        if self.revision.is_some_and(|current| current >= *revision) {
            return Self { stage, revisions, usage, ..self };
        }
        Self {
            stage,
            revision: Some(*revision),
            provider: Some(provider.clone()),
            revisions,
            slides: *slide_count,
            pictures: None,
            usage,
            ..self
        }
    }

    fn end(self, completed: &CarouselCompleted) -> Self {
        let CarouselCompleted { outcome, tokens, cost_micros, .. } = completed;
        let usage = self.usage.plus(*tokens, *cost_micros);
        let state = match outcome {
            Outcome::Delivered | Outcome::Unknown => self,
            Outcome::Failed | Outcome::Cancelled => self.without_draft(),
        };
        Self { stage: ProjectedStage::Ended, outcome: Some(*outcome), usage, ..state }
    }

    /// An unknown delivery that is found to have arrived is delivered; every other one stays as it
    /// is.
    fn resolve(self, resolved: &CarouselDeliveryResolved) -> Self {
        match (self.outcome, resolved.outcome) {
            (Some(Outcome::Unknown), Outcome::Delivered) => {
                Self { outcome: Some(Outcome::Delivered), ..self }
            }
            _ => self,
        }
    }

    fn undo(self, step: &WorkflowStepCompleted) -> Self {
        let is_writing = step.step.parse() == Ok(CarouselStage::Writing);
        if is_writing && step.outcome == WorkflowStepCompleted::UNDONE {
            return Self { stage: ProjectedStage::Opened, ..self.without_draft() };
        }
        self
    }

    fn without_draft(self) -> Self {
        Self { revision: None, provider: None, revisions: 0, slides: 0, pictures: None, ..self }
    }
}

impl ProjectedUsage {
    fn plus(self, tokens: Option<u64>, cost_micros: Option<u64>) -> Self {
        let sum = |before: Option<u64>, more: Option<u64>| Some(before?.saturating_add(more?));
        Self { tokens: sum(self.tokens, tokens), cost_micros: sum(self.cost_micros, cost_micros) }
    }
}
