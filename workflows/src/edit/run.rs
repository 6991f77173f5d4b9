//! Applies one edit after the other: load, write, render, store, show. Storing comes last, so a
//! failed edit has nothing to undo.

use std::time::Duration;

use domain::record::{BrandRecord, BriefRecord, DraftRecord};
use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowResult, WorkflowTermination, select,
};

use super::EditWorkflow;
use crate::{
    activity_caller::{self, StepFailure, StopReason},
    carousel::compose::render_input,
    carousel::shorten_text::shorten,
    carousel::{
        CarouselRendered, DeliverCarousel, DeliverInput, RenderCarousel, SendFiles, SendFilesInput,
    },
    edit::edit_text::{EditableText, TextEditor, invalid_edit, remaining_allowance},
    edit::{
        EditInput, EditKind, EditRecord, EditResult, LoadRevision, LoadRevisionInput, ReportEdit,
        ReportEditInput, RequestTrace, RevisionLoaded, SaveRevision, SaveRevisionInput,
    },
    model_calls::ModelCall,
    questions::{RecordInput, RecordRequest},
    web_ui, webhook,
};
use domain::failure::FailureKind;

type Ctx = WorkflowContext<EditWorkflow>;
type EditCaller<'a> = activity_caller::ActivityCaller<'a, EditWorkflow>;

/// How long it waits for the next edit.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The patch id of this step: older histories replay without it.
const SHORTENING_PATCH: &str = "shorten-what-was-rewritten";

/// Edits per run; the rest goes to a new run, so that the history stays short.
const EDITS_PER_RUN: u32 = 40;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<EditResult> {
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
        let trace = change.traceparent.clone();
        let applying = EditRun::of(ctx, &input, change).apply();
        ctx.with_context_value::<RequestTrace, _>(trace, applying).await?;
        let many = ctx.state(|s| s.revised.changes + s.revised.refused) >= EDITS_PER_RUN;
        if many || ctx.continue_as_new_suggested() {
            let waiting = ctx.state_mut(|s| s.waiting.drain(..).collect());
            let next = EditInput { waiting, ..input };
            match ctx.continue_as_new(next, ContinueAsNewOptions::default())? {}
        }
    }
}

struct EditRun<'a> {
    ctx: &'a Ctx,
    steps: EditCaller<'a>,
    input: &'a EditInput,
    change: EditRecord,
    calls: Vec<ModelCall>,
    /// What further calls may cost, if that is limited.
    allowance: Option<u64>,
    /// Whether a reservation exists that must be settled.
    has_reservation: bool,
}

struct StoredRevision {
    revision: u32,
    rendered: CarouselRendered,
    brief: BriefRecord,
    draft: DraftRecord,
    brand: Option<BrandRecord>,
}

impl<'a> EditRun<'a> {
    fn of(ctx: &'a Ctx, input: &'a EditInput, change: EditRecord) -> Self {
        Self {
            steps: EditCaller::new(ctx, &input.user).for_chat(&change.destination),
            calls: Vec::new(),
            allowance: None,
            has_reservation: false,
            ctx,
            input,
            change,
        }
    }

    /// Applies the edit, or reports why it was refused.
    async fn apply(mut self) -> Result<(), WorkflowTermination> {
        let what = self.description();
        self.show_details(&format!("▶ {what}"));
        let failure = match self.attempt().await {
            Ok(()) => {
                self.ctx.state_mut(|s| s.revised.changes += 1);
                self.show_details(&format!("✓ {what}"));
                return Ok(());
            }
            Err(StopReason::Cancelled(made)) => {
                self.record_calls(made).await;
                return Err(WorkflowTermination::cancelled());
            }
            Err(StopReason::Failed(failure)) => failure,
        };
        self.ctx.state_mut(|s| s.revised.refused += 1);
        self.show_details(&format!("✗ {what}: {}", failure.reason));
        self.record_calls(failure.calls.clone()).await;
        self.report(ReportEditInput {
            cause: failure.cause,
            reason: failure.reason,
            ..ReportEditInput::default()
        })
        .await;
        Ok(())
    }

    /// Updates the current details in the Web UI.
    fn show_details(&self, text: &str) {
        let details = web_ui::EscapedDetails::default().line(text);
        self.ctx.set_current_details(details);
    }

    fn description(&self) -> String {
        let EditRecord { change, slide, .. } = &self.change;
        let change = change.map_or("change", EditKind::name);
        match (slide, self.change.theme.as_str()) {
            (0, "") => change.to_owned(),
            (0, theme) => format!("{change} in {theme}"),
            (slide, _) => format!("{change} slide {slide}"),
        }
    }

    async fn attempt(&mut self) -> Result<(), StopReason> {
        let Some(change) = self.change.change else {
            return Err(invalid_edit("this worker does not know what was asked for"));
        };
        if change == EditKind::Draw {
            return Err(invalid_edit("there is no draft that waits to be drawn"));
        }
        let loaded = self
            .steps
            .call(
                LoadRevision,
                LoadRevisionInput {
                    carousel: self.input.carousel.clone(),
                    intent: self.change.intent.clone(),
                    revision: self.change.revision,
                    writes: change.asks_models(),
                },
                "read what there is".to_owned(),
            )
            .await?;
        (self.allowance, self.has_reservation) = (loaded.allowance, loaded.settles);
        let as_it_is = matches!(change, EditKind::Send | EditKind::Files);
        let stored = if loaded.done || as_it_is {
            StoredRevision::of(loaded)
        } else {
            self.make(change, loaded).await?
        };
        match change {
            // An instruction without a slide is about all slides.
            EditKind::Instruct if self.change.slide == 0 => self.deliver(stored).await,
            EditKind::Reword
            | EditKind::Instruct
            | EditKind::Arrange
            | EditKind::Add
            | EditKind::Caption
            | EditKind::Restore => self.show(change, stored).await,
            EditKind::Files => self.send_files(stored).await,
            EditKind::Restyle | EditKind::Rewrite | EditKind::Send | EditKind::Draw => {
                self.deliver(stored).await
            }
        }
    }

    /// Makes a new revision: writes, renders, stores.
    async fn make(
        &mut self,
        change: EditKind,
        loaded: RevisionLoaded,
    ) -> Result<StoredRevision, StopReason> {
        self.change.check_base(loaded.revision)?;
        let mut writers = TextEditor {
            steps: &self.steps,
            providers: &loaded.providers,
            allowance: self.allowance,
            calls: Vec::new(),
        };
        let text = EditableText {
            brief: loaded.brief,
            analysis: loaded.analysis,
            draft: loaded.draft,
            provider: loaded.provider,
        };
        let written = writers.change(change, &self.change, text).await;
        self.calls.append(&mut writers.calls);
        let mut text = written?;
        let brand = loaded.brand.as_ref();
        let rendered = match self.render(&text.brief, &text.draft, brand).await {
            Err(StopReason::Failed(refused)) if self.may_shorten(change, &refused) => {
                let (steps, by) = (&self.steps, &text.provider);
                let (brief, draft) = (&text.brief, &text.draft);
                let allowance = remaining_allowance(self.allowance, &self.calls);
                let calls = &mut self.calls;
                text.draft = shorten(steps, by, brief, draft, refused, allowance, calls).await?;
                self.render(&text.brief, &text.draft, brand).await?
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
            .call(SaveRevision, save, "store the revision and its events".to_owned())
            .await?;
        self.has_reservation = false;
        webhook::start_calls(self.ctx, saved.webhooks).await;
        Ok(StoredRevision {
            revision: saved.revision,
            rendered,
            brief: text.brief,
            draft: text.draft,
            brand: loaded.brand,
        })
    }

    /// Whether the text that did not fit may be shortened: text that the user wrote may not.
    fn may_shorten(&self, change: EditKind, refused: &StepFailure) -> bool {
        change.asks_models() && !refused.overflows.is_empty() && self.ctx.patched(SHORTENING_PATCH)
    }

    async fn render(
        &self,
        brief: &BriefRecord,
        draft: &DraftRecord,
        brand: Option<&BrandRecord>,
    ) -> Result<CarouselRendered, StopReason> {
        let input = render_input(brief, draft, brand.cloned());
        let summary = format!("draw what is new of {} slides", draft.slides.len());
        self.steps.call(RenderCarousel, input, summary).await
    }

    /// Shows what was changed, with buttons for the next actions: one slide as a picture,
    /// everything else as text.
    async fn show(&self, change: EditKind, stored: StoredRevision) -> Result<(), StopReason> {
        // An added slide follows the one that the edit names.
        let slide = self.change.slide + u32::from(change == EditKind::Add);
        let at = usize::try_from(slide).unwrap_or(0);
        let picture = at.checked_sub(1).and_then(|at| stored.rendered.pictures.get(at)).cloned();
        self.report(ReportEditInput {
            change: Some(change),
            revision: stored.revision,
            slide,
            picture,
            ..ReportEditInput::default()
        })
        .await;
        Ok(())
    }

    /// Sends the album. If an image was lost, renders it again.
    async fn deliver(&self, stored: StoredRevision) -> Result<(), StopReason> {
        match self.send(&stored).await {
            Err(StopReason::Failed(failure)) if failure.cause.kind == FailureKind::Missing => {
                let brand = stored.brand.as_ref();
                let rendered = self.render(&stored.brief, &stored.draft, brand).await?;
                self.send(&StoredRevision { rendered, ..stored }).await
            }
            sent => sent,
        }
    }

    async fn send(&self, stored: &StoredRevision) -> Result<(), StopReason> {
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
        let sent = self.steps.call(DeliverCarousel, input, summary);
        sent.await.map(drop)
    }

    async fn send_files(&self, stored: StoredRevision) -> Result<(), StopReason> {
        let pictures = stored.rendered.pictures;
        let summary = format!("{} files, revision {}", pictures.len(), stored.revision);
        let input = SendFilesInput {
            carousel: self.input.carousel.clone(),
            revision: stored.revision,
            intent: self.change.intent.clone(),
            destination: self.change.destination.clone(),
            pictures,
        };
        self.steps.call(SendFiles, input, summary).await
    }

    /// Failed edits cost money, too: record their calls.
    async fn record_calls(&mut self, more: Vec<ModelCall>) {
        let mut calls = std::mem::take(&mut self.calls);
        calls.extend(more);
        if calls.is_empty() && !self.has_reservation {
            return;
        }
        let input = RecordInput {
            user: self.input.user.clone(),
            key: self.change.intent.clone(),
            calls,
            ..RecordInput::default()
        };
        let summary = "write down what was asked of models".to_owned();
        // The edit is refused in either case; its cost is lost only if the database is unavailable
        // for a day.
        let _ = self.steps.call(RecordRequest, input, summary).await;
    }

    async fn report(&self, told: ReportEditInput) {
        let told = ReportEditInput {
            carousel: self.input.carousel.clone(),
            intent: self.change.intent.clone(),
            destination: self.change.destination.clone(),
            message: self.change.message,
            ..told
        };
        let summary = "say in the chat what came of it".to_owned();
        // If the chat can't be written to, the revision is stored all the same.
        let _ = self.steps.call(ReportEdit, told, summary).await;
    }
}

impl StoredRevision {
    fn of(loaded: RevisionLoaded) -> Self {
        Self {
            revision: loaded.revision,
            rendered: CarouselRendered { pictures: loaded.pictures, ..CarouselRendered::default() },
            brief: loaded.brief,
            draft: loaded.draft,
            brand: loaded.brand,
        }
    }
}
