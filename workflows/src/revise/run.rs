//! Applies one edit after the other: load, write, render, store, show. Storing comes last, so a
//! failed edit has nothing to undo.

use std::time::Duration;

use domain::record::{BrandRecord, BriefRecord, DraftRecord};
use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowResult, WorkflowTermination, select,
};

use super::RevisionWorkflow;
use crate::{
    carousel::compose::drawing,
    contract::{
        Change, ChangeRecord, DeliverInput, DeliveryActivities, FailureKind, LoadRevisionInput,
        ModelCall, PersistenceActivities, RecordInput, RenderActivities, Rendered, ReviseInput,
        Revised, RevisionLoaded, SaveRevisionInput, SendFilesInput, TellChangeInput,
    },
    policy::Step,
    rewriting::{Text, Writers, left, wrong},
    shortening::shorten,
    steps::{self, Failure, Stop},
    web_ui,
};

type Ctx = WorkflowContext<RevisionWorkflow>;
type Steps<'a> = steps::Steps<'a, RevisionWorkflow>;

/// How long it waits for the next edit.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The patch id of this step: older histories replay without it.
const SHORTENS: &str = "shorten-what-was-rewritten";

/// Edits per run; the rest goes to a new run, so that the history stays short.
const WISHES: u32 = 40;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<Revised> {
    let input = ctx.state(|s| s.input.clone());
    loop {
        if ctx.state(|s| s.waiting.is_empty()) {
            select! {
                waited = ctx.timer(IDLE) => { let _ = waited; }
                wanted = ctx.wait_condition(|s| !s.waiting.is_empty()) => { let _ = wanted; }
            }
        }
        if ctx.cancellation_token().is_cancelled() {
            return Err(WorkflowTermination::cancelled());
        }
        // Checked again after the timer: an edit may have arrived at the same moment.
        let Some(change) = ctx.state_mut(|s| s.waiting.pop_front()) else {
            return Ok(ctx.state(|s| s.revised.clone()));
        };
        Wish::of(ctx, &input, change).come_true().await?;
        let many = ctx.state(|s| s.revised.changes + s.revised.refused) >= WISHES;
        if many || ctx.continue_as_new_suggested() {
            let waiting = ctx.state_mut(|s| s.waiting.drain(..).collect());
            let next = ReviseInput { waiting, ..input };
            match ctx.continue_as_new(next, ContinueAsNewOptions::default())? {}
        }
    }
}

struct Wish<'a> {
    ctx: &'a Ctx,
    steps: Steps<'a>,
    input: &'a ReviseInput,
    change: ChangeRecord,
    calls: Vec<ModelCall>,
    /// What further calls may cost, if that is limited.
    allowance: Option<u64>,
    /// Whether a reservation exists that must be settled.
    settles: bool,
}

/// A stored revision.
struct Stored {
    revision: u32,
    rendered: Rendered,
    brief: BriefRecord,
    draft: DraftRecord,
    brand: Option<BrandRecord>,
}

impl<'a> Wish<'a> {
    fn of(ctx: &'a Ctx, input: &'a ReviseInput, change: ChangeRecord) -> Self {
        Self {
            steps: Steps::new(ctx, &input.user).within(&change.destination),
            calls: Vec::new(),
            allowance: None,
            settles: false,
            ctx,
            input,
            change,
        }
    }

    /// Applies the edit, or reports why it was refused.
    async fn come_true(mut self) -> Result<(), WorkflowTermination> {
        let what = self.in_words();
        self.shows(&format!("▶ {what}"));
        let failure = match self.attempt().await {
            Ok(()) => {
                self.ctx.state_mut(|s| s.revised.changes += 1);
                self.shows(&format!("✓ {what}"));
                return Ok(());
            }
            Err(Stop::Cancelled(made)) => {
                self.record_calls(made).await;
                return Err(WorkflowTermination::cancelled());
            }
            Err(Stop::Failed(failure)) => failure,
        };
        self.ctx.state_mut(|s| s.revised.refused += 1);
        self.shows(&format!("✗ {what}: {}", failure.reason));
        self.record_calls(failure.calls.clone()).await;
        self.tell(TellChangeInput {
            kind: failure.kind,
            model: failure.model,
            reason: failure.reason,
            ..TellChangeInput::default()
        })
        .await;
        Ok(())
    }

    /// Updates the current details in the Web UI.
    fn shows(&self, text: &str) {
        let details = web_ui::Details::default().line(text);
        self.ctx.set_current_details(details);
    }

    fn in_words(&self) -> String {
        let ChangeRecord { change, slide, .. } = &self.change;
        match (slide, self.change.theme.as_str()) {
            (0, "") => change.clone(),
            (0, theme) => format!("{change} in {theme}"),
            (slide, _) => format!("{change} slide {slide}"),
        }
    }

    async fn attempt(&mut self) -> Result<(), Stop> {
        let Some(change) = Change::parse(&self.change.change) else {
            return Err(wrong("this worker does not know what was asked for"));
        };
        if change == Change::Draw {
            return Err(wrong("there is no draft that waits to be drawn"));
        }
        let loaded = self
            .steps
            .call(
                Step::Load,
                PersistenceActivities::load_revision,
                LoadRevisionInput {
                    carousel: self.input.carousel.clone(),
                    intent: self.change.intent.clone(),
                    revision: self.change.revision,
                    writes: change.asks_models(),
                },
                "read what there is".to_owned(),
            )
            .await?;
        (self.allowance, self.settles) = (loaded.allowance, loaded.settles);
        let as_it_is = matches!(change, Change::Send | Change::Files);
        let stored = if loaded.done || as_it_is {
            Stored::of(loaded)
        } else {
            self.make(change, loaded).await?
        };
        match change {
            Change::Reword | Change::Instruct => self.show(stored).await,
            Change::Files => self.send_files(stored).await,
            Change::Restyle | Change::Rewrite | Change::Send | Change::Draw => {
                self.deliver(stored).await
            }
        }
    }

    /// Makes a new revision: writes, renders, stores.
    async fn make(&mut self, change: Change, loaded: RevisionLoaded) -> Result<Stored, Stop> {
        let mut writers = Writers {
            steps: &self.steps,
            providers: &loaded.providers,
            allowance: self.allowance,
            calls: Vec::new(),
        };
        let text = Text {
            brief: loaded.brief,
            analysis: loaded.analysis,
            draft: loaded.draft,
            provider: loaded.provider,
        };
        let written = writers.change(change, &self.change, text).await;
        self.calls.append(&mut writers.calls);
        let mut text = written?;
        let brand = loaded.brand.as_ref();
        let rendered = match self.draw(&text.brief, &text.draft, brand).await {
            Err(Stop::Failed(refused)) if self.may_shorten(change, &refused) => {
                let (steps, by) = (&self.steps, &text.provider);
                let (brief, draft) = (&text.brief, &text.draft);
                let allowance = left(self.allowance, &self.calls);
                let calls = &mut self.calls;
                text.draft = shorten(steps, by, brief, draft, refused, allowance, calls).await?;
                self.draw(&text.brief, &text.draft, brand).await?
            }
            rendered => rendered?,
        };
        let save = SaveRevisionInput {
            carousel: self.input.carousel.clone(),
            intent: self.change.intent.clone(),
            theme: text.brief.theme.clone(),
            draft: text.draft.clone(),
            analysis: text.analysis,
            provider: text.provider,
            calls: std::mem::take(&mut self.calls),
            rendered: rendered.clone(),
        };
        let saved = self
            .steps
            .call(
                Step::SaveRevision,
                PersistenceActivities::save_revision,
                save,
                "store the revision and its events".to_owned(),
            )
            .await?;
        self.settles = false;
        Ok(Stored {
            revision: saved.revision,
            rendered,
            brief: text.brief,
            draft: text.draft,
            brand: loaded.brand,
        })
    }

    /// Whether the text that did not fit may be shortened: text that the user wrote may not.
    fn may_shorten(&self, change: Change, refused: &Failure) -> bool {
        change.asks_models() && !refused.overflows.is_empty() && self.ctx.patched(SHORTENS)
    }

    async fn draw(
        &self,
        brief: &BriefRecord,
        draft: &DraftRecord,
        brand: Option<&BrandRecord>,
    ) -> Result<Rendered, Stop> {
        let input = drawing(brief, draft, brand.cloned());
        let summary = format!("draw what is new of {} slides", draft.slides.len());
        let render = RenderActivities::render_carousel;
        self.steps.call(Step::Render, render, input, summary).await
    }

    /// Shows the edited slide, with buttons for the next actions.
    async fn show(&self, stored: Stored) -> Result<(), Stop> {
        let at = usize::try_from(self.change.slide).unwrap_or(0);
        let picture = at
            .checked_sub(1)
            .and_then(|at| stored.rendered.pictures.get(at))
            .cloned();
        self.tell(TellChangeInput {
            revision: stored.revision,
            slide: self.change.slide,
            picture,
            ..TellChangeInput::default()
        })
        .await;
        Ok(())
    }

    /// Sends the album. If an image was lost, renders it again.
    async fn deliver(&self, stored: Stored) -> Result<(), Stop> {
        match self.send(&stored).await {
            Err(Stop::Failed(failure)) if failure.kind == FailureKind::Missing => {
                let brand = stored.brand.as_ref();
                let rendered = self.draw(&stored.brief, &stored.draft, brand).await?;
                self.send(&Stored { rendered, ..stored }).await
            }
            sent => sent,
        }
    }

    async fn send(&self, stored: &Stored) -> Result<(), Stop> {
        let pictures = stored.rendered.pictures.clone();
        let summary = format!("{} pictures, revision {}", pictures.len(), stored.revision);
        let input = DeliverInput {
            carousel: self.input.carousel.clone(),
            revision: stored.revision,
            destination: self.change.destination.clone(),
            pictures,
            backend: stored.rendered.backend.clone(),
            ..DeliverInput::default()
        };
        let deliver = DeliveryActivities::deliver_carousel;
        let sent = self.steps.call(Step::Deliver, deliver, input, summary);
        sent.await.map(drop)
    }

    async fn send_files(&self, stored: Stored) -> Result<(), Stop> {
        let pictures = stored.rendered.pictures;
        let summary = format!("{} files, revision {}", pictures.len(), stored.revision);
        let input = SendFilesInput {
            carousel: self.input.carousel.clone(),
            revision: stored.revision,
            intent: self.change.intent.clone(),
            destination: self.change.destination.clone(),
            pictures,
        };
        let send = DeliveryActivities::send_files;
        self.steps.call(Step::Deliver, send, input, summary).await
    }

    /// Failed edits cost money, too: record their calls.
    async fn record_calls(&mut self, more: Vec<ModelCall>) {
        let mut calls = std::mem::take(&mut self.calls);
        calls.extend(more);
        if calls.is_empty() && !self.settles {
            return;
        }
        let input = RecordInput {
            user: self.input.user.clone(),
            key: self.change.intent.clone(),
            calls,
            ..RecordInput::default()
        };
        let record = PersistenceActivities::record_request;
        let summary = "write down what was asked of models".to_owned();
        // The edit is refused in either case; its cost is lost only if the database is unavailable
        // for a day.
        let _ = self.steps.call(Step::Record, record, input, summary).await;
    }

    async fn tell(&self, told: TellChangeInput) {
        let told = TellChangeInput {
            carousel: self.input.carousel.clone(),
            intent: self.change.intent.clone(),
            destination: self.change.destination.clone(),
            ..told
        };
        let summary = "say in the chat what came of it".to_owned();
        let tell = DeliveryActivities::tell_change;
        // If the chat can't be written to, the revision is stored all the same.
        let _ = self.steps.call(Step::TellChange, tell, told, summary).await;
    }
}

impl Stored {
    fn of(loaded: RevisionLoaded) -> Self {
        Self {
            revision: loaded.revision,
            rendered: Rendered {
                pictures: loaded.pictures,
                ..Rendered::default()
            },
            brief: loaded.brief,
            draft: loaded.draft,
            brand: loaded.brand,
        }
    }
}
