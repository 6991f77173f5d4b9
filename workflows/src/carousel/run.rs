//! The order of events in the life of one carousel, forwards and, when it fails, back.

use domain::{
    Outcome, Stage,
    record::{AnalysisRecord, DraftRecord, SlideRecord},
};
use temporalio_workflow::{
    WorkflowContext, WorkflowResult, WorkflowTermination, common::error::ApplicationFailure,
};

use super::{
    CarouselWorkflow,
    journey::Undo,
    steps::{Failure, Steps, Stop, told},
};
use crate::{
    contract::{
        AbandonInput, AiActivities, AnalyzeInput, CarouselInput, CarouselResult, CompleteInput,
        DeliverInput, Delivered, DeliveryActivities, DiscardDraftInput, FailureKind, OpenInput,
        PersistenceActivities, RenderActivities, RenderInput, Rendered, SaveDraftInput, WriteInput,
    },
    policy::Step,
    story, visibility,
};

type Ctx = WorkflowContext<CarouselWorkflow>;

/// The first draft. Later ones are made by editing.
const REVISION: u32 = 1;

/// Words that somebody wrote.
struct Composed {
    provider: String,
    analysis: AnalysisRecord,
    draft: DraftRecord,
}

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<CarouselResult> {
    let input = ctx.state(|s| s.input.clone());
    let steps = Steps::new(ctx, &input.user);
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
        Err(stop) => Err(undo(ctx, &steps, stop).await),
    }
}

/// Forwards: open, analyse, write, save, draw, deliver, complete.
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
            },
            "write down the request, reserve the quota".to_owned(),
        )
        .await?;
    if let Some(settled) = opened.settled {
        // The database remembers longer than Temporal: this id has had its carousel.
        return Ok(settled);
    }

    let composed = compose(ctx, steps, input, &opened.providers).await?;
    let draft = save(ctx, steps, &composed).await?;
    let mut rendered = draw(ctx, steps, input, &draft).await?;
    let delivered = match deliver(ctx, steps, input, &rendered).await {
        // A picture was lost between drawing and sending, so nothing was sent: draw it again.
        Err(Stop::Failed(failure)) if failure.kind == FailureKind::Missing.name() => {
            rendered = draw(ctx, steps, input, &draft).await?;
            deliver(ctx, steps, input, &rendered).await?
        }
        delivered => delivered?,
    };
    complete(ctx, steps, rendered, delivered).await
}

/// Analyses and writes with the first provider that can. Each activity names one provider, so a
/// retry never begins again at the first.
async fn compose(
    ctx: &Ctx,
    steps: &Steps<'_>,
    input: &CarouselInput,
    providers: &[String],
) -> Result<Composed, Stop> {
    let mut analysis = None;
    let mut failures: Vec<String> = Vec::new();
    let mut last = None;
    for provider in providers {
        ctx.state_mut(|s| s.journey.written_by(provider));
        match compose_with(ctx, steps, input, provider, &mut analysis).await {
            Ok(composed) => return Ok(composed),
            Err(Stop::Failed(failure)) if failure.kind != "DeadlineExceeded" => {
                failures.push(format!("{provider}: {}", failure.reason));
                last = Some(failure);
            }
            Err(stop) => return Err(stop),
        }
    }
    let kind = last.map_or_else(|| "ProviderFailed".to_owned(), |failure| failure.kind);
    let reason = match failures.as_slice() {
        [] => "no provider is configured".to_owned(),
        [one] => one.clone(),
        many => format!("every provider failed: {}", many.join("; ")),
    };
    Err(Stop::Failed(Failure { kind, reason }))
}

/// One provider's turn. An analysis that an earlier one has made is kept.
async fn compose_with(
    ctx: &Ctx,
    steps: &Steps<'_>,
    input: &CarouselInput,
    provider: &str,
    analysis: &mut Option<AnalysisRecord>,
) -> Result<Composed, Stop> {
    if analysis.is_none() {
        enter(ctx, Stage::Analysing);
        let analyzed = steps
            .call(
                Step::Analyze,
                AiActivities::analyze_topic,
                AnalyzeInput {
                    provider: provider.to_owned(),
                    brief: input.brief.clone(),
                },
                format!("{provider} looks at «{}»", input.brief.topic),
            )
            .await?;
        ctx.state_mut(|s| s.journey.happened(analyzed.calls));
        *analysis = Some(analyzed.analysis);
    }
    let analysis = analysis.clone().unwrap_or_default();
    enter(ctx, Stage::Writing);
    let written = steps
        .call(
            Step::Write,
            AiActivities::write_slides,
            WriteInput {
                provider: provider.to_owned(),
                brief: input.brief.clone(),
                analysis: analysis.clone(),
            },
            format!(
                "{provider} writes {} slides in {}",
                input.brief.slides, input.brief.language
            ),
        )
        .await?;
    ctx.state_mut(|s| s.journey.happened(written.calls));
    Ok(Composed {
        provider: provider.to_owned(),
        analysis,
        draft: written.draft,
    })
}

/// Stores the draft and goes on with what is stored, which after a reset may be an earlier one.
async fn save(ctx: &Ctx, steps: &Steps<'_>, composed: &Composed) -> Result<DraftRecord, Stop> {
    enter(ctx, Stage::Saving);
    ctx.state_mut(|s| s.journey.register(Undo::SaveDraft));
    let calls = ctx.state(|s| s.journey.unrecorded());
    let saved = steps
        .call(
            Step::SaveDraft,
            PersistenceActivities::save_draft,
            SaveDraftInput {
                revision: REVISION,
                provider: composed.provider.clone(),
                analysis: composed.analysis.clone(),
                draft: composed.draft.clone(),
                calls,
            },
            format!("store revision {REVISION} and its events"),
        )
        .await?;
    let draft = saved.stored.unwrap_or_else(|| composed.draft.clone());
    ctx.state_mut(|s| {
        s.journey.recorded();
        s.journey.written_by(&saved.provider);
        s.draft = Some(draft.clone());
    });
    Ok(draft)
}

async fn draw(
    ctx: &Ctx,
    steps: &Steps<'_>,
    input: &CarouselInput,
    draft: &DraftRecord,
) -> Result<Rendered, Stop> {
    enter(ctx, Stage::Drawing);
    let brief = &input.brief;
    steps
        .call(
            Step::Render,
            RenderActivities::render_carousel,
            RenderInput {
                theme: brief.theme.clone(),
                format: brief.format.clone(),
                image: brief.image.clone(),
                language: brief.language.clone(),
                slides: draft.slides.iter().map(to_draw).collect(),
            },
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

/// A slide without what nobody sees: the history carries its words often enough.
fn to_draw(slide: &SlideRecord) -> SlideRecord {
    SlideRecord {
        alt: String::new(),
        note: String::new(),
        ..slide.clone()
    }
}

/// Sends. From here on a cancel comes too late, and nothing is undone unless sending fails for good.
async fn deliver(
    ctx: &Ctx,
    steps: &Steps<'_>,
    input: &CarouselInput,
    rendered: &Rendered,
) -> Result<Delivered, Stop> {
    if ctx.cancellation_token().is_cancelled() {
        return Err(Stop::Cancelled);
    }
    steps.remaining()?;
    enter(ctx, Stage::Delivering);
    let to = &input.destination;
    steps
        .call(
            Step::Deliver,
            DeliveryActivities::deliver_carousel,
            DeliverInput {
                revision: REVISION,
                destination: to.clone(),
                pictures: rendered.pictures.clone(),
            },
            format!(
                "{} pictures to {} {}",
                rendered.pictures.len(),
                to.kind,
                to.folder
            ),
        )
        .await
}

/// Writes down the end.
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
    };
    let completed = steps
        .call(
            Step::Complete,
            PersistenceActivities::complete_carousel,
            CompleteInput {
                revision: REVISION,
                rendered,
                outcome: delivered.outcome,
                reason: delivered.reason,
            },
            "write down the end".to_owned(),
        )
        .await?;
    Ok(completed.settled.unwrap_or(result))
}

/// Back: newest first, detached from cancellation, each retried until it works.
async fn undo(ctx: &Ctx, steps: &Steps<'_>, stop: Stop) -> WorkflowTermination {
    ctx.state_mut(|s| s.journey.turn_back());
    let stage = ctx.state(|s| s.journey.failed_at());
    let (outcome, reason) = match &stop {
        Stop::Cancelled => (Outcome::Cancelled, "cancelled on request".to_owned()),
        Stop::Failed(failure) => (Outcome::Failed, told(stage, failure)),
    };
    show(ctx);
    while let Some(undo) = ctx.state_mut(|s| s.journey.next_undo()) {
        // An undo that fails for good can't be helped from here; reconciling will see to it.
        let _ = match undo {
            Undo::SaveDraft => {
                steps
                    .call(
                        Step::DiscardDraft,
                        PersistenceActivities::discard_draft,
                        DiscardDraftInput { revision: REVISION },
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
        ..Default::default()
    };
    finish(ctx, result.clone());
    match stop {
        Stop::Cancelled => WorkflowTermination::cancelled_with_details(result),
        Stop::Failed(failure) => ApplicationFailure::builder(reason)
            .type_name(failure.kind)
            .non_retryable(true)
            .details(result)
            .build()
            .into(),
    }
}

/// Goes on to `stage`, and shows it.
fn enter(ctx: &Ctx, stage: Stage) {
    ctx.state_mut(|s| s.journey.enter(stage));
    show(ctx);
}

/// Ends, and shows how.
fn finish(ctx: &Ctx, result: CarouselResult) {
    ctx.upsert_search_attributes([visibility::OUTCOME.value_set(result.outcome.clone())]);
    ctx.state_mut(|s| s.journey.finish(result));
    show(ctx);
}

/// Live details for the Web UI.
fn show(ctx: &Ctx) {
    let told = ctx.state(|s| {
        let journey = &s.journey;
        story::standing(journey.stage(), journey.provider(), journey.result())
    });
    ctx.set_current_details(told);
}
