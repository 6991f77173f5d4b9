//! Runs the steps of one carousel, forwards and, after a failure, the undos.

use domain::{
    CarouselStage, Offer, Outcome,
    record::{BriefRecord, DraftRecord},
};
use temporalio_common::search_attributes::SearchAttributeUpdate;
use temporalio_workflow::{
    WorkflowContext, WorkflowResult, WorkflowTermination, common::error::ApplicationFailure,
};

use super::{
    CarouselWorkflow, chat,
    compose::{self, WrittenDraft},
    review,
    saga_state::Undo,
};
use crate::{
    activity_caller::{self, StopReason, failure_text},
    carousel::shorten_text::shorten,
    carousel::{
        AbandonCarousel, AbandonInput, CarouselDelivered, CarouselInput, CarouselRendered,
        CarouselResult, CompleteCarousel, CompleteInput, DeliverCarousel, DeliverInput,
        DiscardDraft, DiscardDraftInput, OpenCarousel, OpenInput, RenderCarousel, SaveDraft,
        SaveDraftInput,
    },
    visibility, web_ui, web_ui_texts, webhook,
};
use domain::failure::{FailureCause, FailureKind};

pub(super) type Ctx = WorkflowContext<CarouselWorkflow>;
type CarouselCaller<'a> = activity_caller::ActivityCaller<'a, CarouselWorkflow>;

/// The first draft. Later revisions come from review, from shortening text that does not fit, and
/// from edits after delivery.
const FIRST_REVISION: u32 = 1;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<CarouselResult> {
    let input = ctx.state(|s| s.input.clone());
    let steps = CarouselCaller::new(ctx, &input.user).for_chat(&input.destination);
    let attributes = [
        visibility::USER.value_set(input.user.clone()),
        visibility::THEME.value_set(input.brief.theme.clone()),
        visibility::LANGUAGE.value_set(input.brief.language.clone()),
        visibility::OUTCOME.value_set("running".to_owned()),
    ];
    ctx.upsert_search_attributes(
        attributes.into_iter().chain(listed_topic(&input, &input.brief.topic)),
    );
    match make(ctx, &steps, &input).await {
        Ok(result) => {
            finish(ctx, result.clone());
            Ok(result)
        }
        Err(stop) => Err(undo(ctx, &steps, stop, &input).await),
    }
}

/// The topic for the list of workflows, if the carousel may show it. Older histories may not.
pub(super) fn listed_topic(input: &CarouselInput, topic: &str) -> Option<SearchAttributeUpdate> {
    input.lists_topic.then(|| visibility::TOPIC.value_set(visibility::listed_topic(topic)))
}

/// Forwards: open, analyse, write, save, render, deliver, complete.
async fn make(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
) -> Result<CarouselResult, StopReason> {
    enter(ctx, CarouselStage::Opening);
    ctx.state_mut(|s| s.saga.register(Undo::Open));
    let opened = steps
        .call(
            OpenCarousel,
            OpenInput {
                user: input.user.clone(),
                brief: input.brief.clone(),
                cause: input.cause.clone(),
                offline: input.offline,
            },
            "write down the request, reserve the quota".to_owned(),
        )
        .await?;
    if let Some(settled) = opened.settled {
        // The database keeps ids longer than Temporal: this carousel has ended before.
        return Ok(settled);
    }
    ctx.state_mut(|s| {
        s.brand.clone_from(&opened.brand);
        s.saga.set_allowance(opened.allowance);
    });

    let work = async {
        let brief = compose::read_source(ctx, steps, &input.brief, &opened.providers).await?;
        let composed = compose::compose(ctx, steps, &brief, &opened.providers).await?;
        enter(ctx, CarouselStage::Saving);
        ctx.state_mut(|s| s.saga.register(Undo::SaveDraft));
        let draft = save(ctx, steps, &composed, FIRST_REVISION, "").await?;
        let composed = WrittenDraft { draft, ..composed };
        if input.review_seconds == 0 {
            let rendered = render_with_shortening(ctx, steps, &brief, composed).await?;
            return Ok((brief, rendered));
        }
        let composed = review::review_draft(ctx, input, &brief, &opened, composed).await?;
        // Review may have taken days, so the deadline starts again.
        let steps = CarouselCaller::new(ctx, &input.user).for_chat(&input.destination);
        let rendered = render_with_shortening(ctx, &steps, &brief, composed).await?;
        Ok((brief, rendered))
    };
    let (brief, (draft, mut rendered)) = chat::with_status_updates(ctx, steps, input, work).await?;
    let later = CarouselCaller::new(ctx, &input.user).for_chat(&input.destination);
    let steps = if input.review_seconds > 0 { &later } else { steps };
    let delivered = match deliver(ctx, steps, input, &rendered).await {
        // An image was lost before it was sent, so nothing was sent: render again.
        Err(StopReason::Failed(failure)) if failure.cause.kind == FailureKind::Missing => {
            rendered = render(ctx, steps, &brief, &draft).await?;
            deliver(ctx, steps, input, &rendered).await?
        }
        delivered => delivered?,
    };
    let pictures = rendered.pictures.clone();
    let result = complete(ctx, steps, rendered, delivered).await?;
    if input.documents && result.outcome == Some(Outcome::Delivered) {
        chat::send_files(ctx, steps, input, pictures).await;
    }
    chat::refuse_late_edits(ctx, steps, input).await;
    Ok(result)
}

/// Renders the stored draft. If text does not fit its slides, its provider shortens it once.
async fn render_with_shortening(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    brief: &BriefRecord,
    composed: WrittenDraft,
) -> Result<(DraftRecord, CarouselRendered), StopReason> {
    let draft = composed.draft.clone();
    match render(ctx, steps, brief, &draft).await {
        Err(StopReason::Failed(refused)) if !refused.overflows.is_empty() => {
            let provider = ctx.state(|s| s.saga.provider().to_owned());
            let mut calls = Vec::new();
            let allowance = ctx.state(|s| s.saga.allowance());
            let calling = &mut calls;
            let shorter =
                shorten(steps, &provider, brief, &draft, refused, allowance, calling).await;
            ctx.state_mut(|s| s.saga.add_calls(calls));
            let shorter = WrittenDraft { draft: shorter?, ..composed };
            let next = ctx.state(|s| s.saga.revision()) + 1;
            let draft = save(ctx, steps, &shorter, next, "").await?;
            let rendered = render(ctx, steps, brief, &draft).await?;
            Ok((draft, rendered))
        }
        rendered => Ok((draft, rendered?)),
    }
}

/// Stores a revision and continues with the stored one, which after a reset may be an earlier text.
pub(super) async fn save(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    composed: &WrittenDraft,
    revision: u32,
    intent: &str,
) -> Result<DraftRecord, StopReason> {
    let (calls, source) = ctx.state(|s| (s.saga.unrecorded(), s.source.clone()));
    let saved = steps
        .call(
            SaveDraft,
            SaveDraftInput {
                revision,
                provider: composed.provider.clone(),
                analysis: composed.analysis.clone(),
                draft: composed.draft.clone(),
                intent: intent.to_owned(),
                calls,
                source: source.filter(|_| revision == FIRST_REVISION),
            },
            format!("store revision {revision} and its events"),
        )
        .await?;
    let draft = saved.stored.unwrap_or_else(|| composed.draft.clone());
    ctx.state_mut(|s| {
        s.saga.mark_recorded();
        if saved.allowance.is_some() {
            s.saga.set_allowance(saved.allowance);
        }
        s.saga.set_revision(revision);
        s.saga.set_provider(&saved.provider);
        s.draft = Some(draft.clone());
    });
    Ok(draft)
}

async fn render(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    brief: &BriefRecord,
    draft: &DraftRecord,
) -> Result<CarouselRendered, StopReason> {
    enter(ctx, CarouselStage::Drawing);
    steps
        .call(
            RenderCarousel,
            compose::render_input(brief, draft, ctx.state(|s| s.brand.clone())),
            format!(
                "draw {} slides, {}, {}, {}",
                draft.slides.len(),
                brief.theme,
                brief.format,
                brief.image
            ),
        )
        .await
}

/// Delivers. From here on the carousel can't be cancelled, and it is undone only if the delivery
/// fails without further retries.
async fn deliver(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
    rendered: &CarouselRendered,
) -> Result<CarouselDelivered, StopReason> {
    if ctx.cancellation_token().is_cancelled() {
        return Err(StopReason::Cancelled(Vec::new()));
    }
    steps.remaining()?;
    enter(ctx, CarouselStage::Delivering);
    let to = &input.destination;
    let (revision, usage) = ctx.state(|s| (s.saga.revision(), s.saga.usage()));
    steps
        .call(
            DeliverCarousel,
            DeliverInput {
                revision,
                destination: to.clone(),
                pictures: rendered.pictures.clone(),
                usage,
                backend: rendered.backend.clone(),
                ..DeliverInput::default()
            },
            format!("{} pictures to {}", rendered.pictures.len(), to.description()),
        )
        .await
}

/// Records the end.
async fn complete(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    rendered: CarouselRendered,
    delivered: CarouselDelivered,
) -> Result<CarouselResult, StopReason> {
    enter(ctx, CarouselStage::Completing);
    let result = CarouselResult {
        outcome: delivered.outcome,
        provider: ctx.state(|s| s.saga.provider().to_owned()),
        slides: u32::try_from(rendered.pictures.len()).unwrap_or(u32::MAX),
        folder: delivered.folder,
        files: delivered.files,
        reason: delivered.reason.clone(),
        ..CarouselResult::default()
    };
    let (revision, calls) = ctx.state(|s| (s.saga.revision(), s.saga.unrecorded()));
    let completed = steps
        .call(
            CompleteCarousel,
            CompleteInput {
                revision,
                rendered,
                outcome: delivered.outcome,
                reason: delivered.reason,
                calls,
            },
            "write down the end".to_owned(),
        )
        .await?;
    webhook::start_calls(ctx, completed.webhooks).await;
    Ok(completed.settled.unwrap_or(result))
}

/// Runs the undos, newest first, detached from cancellation, each retried until it succeeds.
async fn undo(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    stop: StopReason,
    input: &CarouselInput,
) -> WorkflowTermination {
    ctx.state_mut(|s| s.saga.start_compensation());
    let (stage, revision) = ctx.state(|s| (s.saga.failed_at(), s.saga.revision()));
    let (outcome, cause, reason) = match &stop {
        StopReason::Cancelled(_) => {
            (Outcome::Cancelled, FailureCause::default(), "cancelled on request".to_owned())
        }
        StopReason::Failed(failure) => {
            (Outcome::Failed, failure.cause.clone(), failure_text(stage, failure))
        }
    };
    let kind = cause.kind;
    update_details(ctx);
    while let Some(undo) = ctx.state_mut(|s| s.saga.next_undo()) {
        // The workflow ignores an undo that fails permanently: reconciling repeats it.
        match undo {
            Undo::SaveDraft => {
                let _ = steps
                    .call(
                        DiscardDraft,
                        DiscardDraftInput { revision },
                        format!("undo: drop the draft, {outcome}"),
                    )
                    .await;
            }
            Undo::Open => {
                let calls = ctx.state(|s| s.saga.unrecorded());
                let abandoned = steps
                    .call(
                        AbandonCarousel,
                        AbandonInput {
                            outcome: Some(outcome),
                            reason: reason.clone(),
                            stage: Some(stage),
                            calls,
                            kind,
                        },
                        format!("undo: release the quota, mark it {outcome}"),
                    )
                    .await;
                // The null of an earlier version can't be read, and names no webhooks.
                let webhooks = abandoned.unwrap_or_default().webhooks;
                webhook::start_calls(ctx, webhooks).await;
            }
        }
    }
    let provider = ctx.state(|s| s.saga.provider().to_owned());
    let read = ctx.state(|s| s.source.as_ref().map(|source| source.language.clone()));
    let language = read.unwrap_or_else(|| input.brief.language.clone());
    let result = CarouselResult {
        outcome: Some(outcome),
        reason: reason.clone(),
        provider,
        offer: match &stop {
            StopReason::Failed(failure) => compose::carousel_offer(failure, &language),
            StopReason::Cancelled(_) => Offer::Nothing,
        },
        ..Default::default()
    };
    chat::report_end(steps, input, cause, &result).await;
    finish(ctx, result.clone());
    match stop {
        StopReason::Cancelled(_) => WorkflowTermination::cancelled_with_details(result),
        StopReason::Failed(_) => ApplicationFailure::builder(reason)
            .type_name(kind.name().to_owned())
            .non_retryable(true)
            .details(result)
            .build()
            .into(),
    }
}

/// Enters `stage` and shows it in the Web UI.
pub(super) fn enter(ctx: &Ctx, stage: CarouselStage) {
    ctx.state_mut(|s| s.saga.enter(stage));
    update_details(ctx);
}

/// Stores the result and shows it in the Web UI.
fn finish(ctx: &Ctx, result: CarouselResult) {
    let outcome = web_ui_texts::outcome_name(result.outcome);
    ctx.upsert_search_attributes([visibility::OUTCOME.value_set(outcome.to_owned())]);
    ctx.state_mut(|s| s.saga.finish(result));
    update_details(ctx);
}

/// Updates the current details in the Web UI.
fn update_details(ctx: &Ctx) {
    let details: web_ui::EscapedDetails = ctx.state(|s| {
        let journey = &s.saga;
        web_ui_texts::progress_details(journey.stage(), journey.provider(), journey.result())
    });
    ctx.set_current_details(details);
}
