//! Runs the steps of one carousel, forwards and, after a failure, the undos.

use domain::{
    Outcome, Stage,
    record::{BriefRecord, DraftRecord},
};
use temporalio_workflow::{
    WorkflowContext, WorkflowResult, WorkflowTermination, common::error::ApplicationFailure,
};

use super::{
    CarouselWorkflow, chat,
    compose::{self, Composed},
    journey::Undo,
    review,
};
use crate::{
    contract::{
        AbandonInput, CarouselInput, CarouselResult, CompleteInput, DeliverInput, Delivered,
        DeliveryActivities, DiscardDraftInput, FailureKind, Offer, OpenInput,
        PersistenceActivities, RenderActivities, Rendered, SaveDraftInput,
    },
    policy::Step,
    shortening::shorten,
    steps::{self, Stop, told},
    story, visibility, web_ui,
};

pub(super) type Ctx = WorkflowContext<CarouselWorkflow>;
type Steps<'a> = steps::Steps<'a, CarouselWorkflow>;

/// The first draft. Later revisions come from review, from shortening text that does not fit, and
/// from edits after delivery.
const FIRST: u32 = 1;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<CarouselResult> {
    let input = ctx.state(|s| s.input.clone());
    let steps = Steps::new(ctx, &input.user).within(&input.destination);
    ctx.upsert_search_attributes([
        visibility::USER.value_set(input.user.clone()),
        visibility::THEME.value_set(input.brief.theme.clone()),
        visibility::LANGUAGE.value_set(input.brief.language.clone()),
        visibility::OUTCOME.value_set("running".to_owned()),
    ]);
    match make(ctx, &steps, &input).await {
        Ok(result) => {
            finish(ctx, result.clone());
            Ok(result)
        }
        Err(stop) => Err(undo(ctx, &steps, stop, &input).await),
    }
}

/// Forwards: open, analyse, write, save, render, deliver, complete.
async fn make(ctx: &Ctx, steps: &Steps<'_>, input: &CarouselInput) -> Result<CarouselResult, Stop> {
    enter(ctx, Stage::Opening);
    ctx.state_mut(|s| s.journey.register(Undo::Open));
    let opened = steps
        .call(
            Step::Open,
            PersistenceActivities::open_carousel,
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
        s.journey.allow(opened.allowance);
    });

    let work = async {
        let brief = compose::gather(ctx, steps, &input.brief, &opened.providers).await?;
        let composed = compose::compose(ctx, steps, &brief, &opened.providers).await?;
        enter(ctx, Stage::Saving);
        ctx.state_mut(|s| s.journey.register(Undo::SaveDraft));
        let draft = save(ctx, steps, &composed, FIRST).await?;
        let composed = Composed { draft, ..composed };
        if input.review_seconds == 0 {
            let rendered = picture(ctx, steps, &brief, composed).await?;
            return Ok((brief, rendered));
        }
        let composed = review::until_good(ctx, input, &brief, &opened, composed).await?;
        // Review may have taken days, so the deadline starts again.
        let steps = Steps::new(ctx, &input.user).within(&input.destination);
        let rendered = picture(ctx, &steps, &brief, composed).await?;
        Ok((brief, rendered))
    };
    let (brief, (draft, mut rendered)) = chat::along(ctx, steps, input, work).await?;
    let later = Steps::new(ctx, &input.user).within(&input.destination);
    let steps = if input.review_seconds > 0 {
        &later
    } else {
        steps
    };
    let delivered = match deliver(ctx, steps, input, &rendered).await {
        // An image was lost before it was sent, so nothing was sent: render again.
        Err(Stop::Failed(failure)) if failure.kind == FailureKind::Missing => {
            rendered = draw(ctx, steps, &brief, &draft).await?;
            deliver(ctx, steps, input, &rendered).await?
        }
        delivered => delivered?,
    };
    let pictures = rendered.pictures.clone();
    let result = complete(ctx, steps, rendered, delivered).await?;
    if input.documents && result.outcome == Outcome::Delivered.name() {
        chat::send_files(ctx, steps, input, pictures).await;
    }
    chat::too_late(ctx, steps, input).await;
    Ok(result)
}

/// Renders the stored draft. If text does not fit its slides, its provider shortens it once.
async fn picture(
    ctx: &Ctx,
    steps: &Steps<'_>,
    brief: &BriefRecord,
    composed: Composed,
) -> Result<(DraftRecord, Rendered), Stop> {
    let draft = composed.draft.clone();
    match draw(ctx, steps, brief, &draft).await {
        Err(Stop::Failed(refused)) if !refused.overflows.is_empty() => {
            let provider = ctx.state(|s| s.journey.provider().to_owned());
            let mut calls = Vec::new();
            let allowance = ctx.state(|s| s.journey.allowance());
            let calling = &mut calls;
            let shorter =
                shorten(steps, &provider, brief, &draft, refused, allowance, calling).await;
            ctx.state_mut(|s| s.journey.happened(calls));
            let shorter = Composed {
                draft: shorter?,
                ..composed
            };
            let next = ctx.state(|s| s.journey.revision()) + 1;
            let draft = save(ctx, steps, &shorter, next).await?;
            let rendered = draw(ctx, steps, brief, &draft).await?;
            Ok((draft, rendered))
        }
        rendered => Ok((draft, rendered?)),
    }
}

/// Stores a revision and continues with the stored one, which after a reset may be an earlier text.
pub(super) async fn save(
    ctx: &Ctx,
    steps: &Steps<'_>,
    composed: &Composed,
    revision: u32,
) -> Result<DraftRecord, Stop> {
    let calls = ctx.state(|s| s.journey.unrecorded());
    let saved = steps
        .call(
            Step::SaveDraft,
            PersistenceActivities::save_draft,
            SaveDraftInput {
                revision,
                provider: composed.provider.clone(),
                analysis: composed.analysis.clone(),
                draft: composed.draft.clone(),
                calls,
            },
            format!("store revision {revision} and its events"),
        )
        .await?;
    let draft = saved.stored.unwrap_or_else(|| composed.draft.clone());
    ctx.state_mut(|s| {
        s.journey.recorded();
        if saved.allowance.is_some() {
            s.journey.allow(saved.allowance);
        }
        s.journey.saved(revision);
        s.journey.written_by(&saved.provider);
        s.draft = Some(draft.clone());
    });
    Ok(draft)
}

async fn draw(
    ctx: &Ctx,
    steps: &Steps<'_>,
    brief: &BriefRecord,
    draft: &DraftRecord,
) -> Result<Rendered, Stop> {
    enter(ctx, Stage::Drawing);
    steps
        .call(
            Step::Render,
            RenderActivities::render_carousel,
            compose::drawing(brief, draft, ctx.state(|s| s.brand.clone())),
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
    steps: &Steps<'_>,
    input: &CarouselInput,
    rendered: &Rendered,
) -> Result<Delivered, Stop> {
    if ctx.cancellation_token().is_cancelled() {
        return Err(Stop::Cancelled(Vec::new()));
    }
    steps.remaining()?;
    enter(ctx, Stage::Delivering);
    let to = &input.destination;
    let (revision, usage) = ctx.state(|s| (s.journey.revision(), s.journey.bill()));
    steps
        .call(
            Step::Deliver,
            DeliveryActivities::deliver_carousel,
            DeliverInput {
                revision,
                destination: to.clone(),
                pictures: rendered.pictures.clone(),
                usage,
                backend: rendered.backend.clone(),
                ..DeliverInput::default()
            },
            format!("{} pictures to {}", rendered.pictures.len(), to.shown()),
        )
        .await
}

/// Records the end.
async fn complete(
    ctx: &Ctx,
    steps: &Steps<'_>,
    rendered: Rendered,
    delivered: Delivered,
) -> Result<CarouselResult, Stop> {
    enter(ctx, Stage::Completing);
    let result = CarouselResult {
        outcome: delivered.outcome.clone(),
        provider: ctx.state(|s| s.journey.provider().to_owned()),
        slides: u32::try_from(rendered.pictures.len()).unwrap_or(u32::MAX),
        folder: delivered.folder,
        files: delivered.files,
        reason: delivered.reason.clone(),
        ..CarouselResult::default()
    };
    let (revision, calls) = ctx.state(|s| (s.journey.revision(), s.journey.unrecorded()));
    let completed = steps
        .call(
            Step::Complete,
            PersistenceActivities::complete_carousel,
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
    Ok(completed.settled.unwrap_or(result))
}

/// Runs the undos, newest first, detached from cancellation, each retried until it succeeds.
async fn undo(
    ctx: &Ctx,
    steps: &Steps<'_>,
    stop: Stop,
    input: &CarouselInput,
) -> WorkflowTermination {
    ctx.state_mut(|s| s.journey.turn_back());
    let (stage, revision) = ctx.state(|s| (s.journey.failed_at(), s.journey.revision()));
    let (outcome, reason) = match &stop {
        Stop::Cancelled(_) => (Outcome::Cancelled, "cancelled on request".to_owned()),
        Stop::Failed(failure) => (Outcome::Failed, told(stage, failure)),
    };
    show(ctx);
    while let Some(undo) = ctx.state_mut(|s| s.journey.next_undo()) {
        // The workflow ignores an undo that fails permanently: reconciling repeats it.
        let _ = match undo {
            Undo::SaveDraft => {
                steps
                    .call(
                        Step::DiscardDraft,
                        PersistenceActivities::discard_draft,
                        DiscardDraftInput { revision },
                        format!("undo: drop the draft, {outcome}"),
                    )
                    .await
            }
            Undo::Open => {
                let calls = ctx.state(|s| s.journey.unrecorded());
                steps
                    .call(
                        Step::Abandon,
                        PersistenceActivities::abandon_carousel,
                        AbandonInput {
                            outcome: outcome.name().to_owned(),
                            reason: reason.clone(),
                            stage: stage.name().to_owned(),
                            calls,
                        },
                        format!("undo: release the quota, mark it {outcome}"),
                    )
                    .await
            }
        };
    }
    let provider = ctx.state(|s| s.journey.provider().to_owned());
    let result = CarouselResult {
        outcome: outcome.name().to_owned(),
        reason: reason.clone(),
        provider,
        offer: match &stop {
            Stop::Failed(failure) => compose::offer(failure),
            Stop::Cancelled(_) => Offer::Nothing,
        },
        ..Default::default()
    };
    chat::tell(steps, input, &stop, &result).await;
    finish(ctx, result.clone());
    match stop {
        Stop::Cancelled(_) => WorkflowTermination::cancelled_with_details(result),
        Stop::Failed(failure) => ApplicationFailure::builder(reason)
            .type_name(failure.kind.name().to_owned())
            .non_retryable(true)
            .details(result)
            .build()
            .into(),
    }
}

/// Enters `stage` and shows it in the Web UI.
pub(super) fn enter(ctx: &Ctx, stage: Stage) {
    ctx.state_mut(|s| s.journey.enter(stage));
    show(ctx);
}

/// Stores the result and shows it in the Web UI.
fn finish(ctx: &Ctx, result: CarouselResult) {
    ctx.upsert_search_attributes([visibility::OUTCOME.value_set(result.outcome.clone())]);
    ctx.state_mut(|s| s.journey.finish(result));
    show(ctx);
}

/// Updates the current details in the Web UI.
fn show(ctx: &Ctx) {
    let details: web_ui::Details = ctx.state(|s| {
        let journey = &s.journey;
        story::standing(journey.stage(), journey.provider(), journey.result())
    });
    ctx.set_current_details(details);
}
