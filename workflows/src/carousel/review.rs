//! Reviews a draft before rendering: shows it, applies the user's edits, and shows it again, until
//! the user accepts it or a day passes without an answer.

use std::time::Duration;

use domain::{CarouselStage, record::BriefRecord};
use temporalio_workflow::select;

use super::{
    chat,
    compose::WrittenDraft,
    run::{Ctx, enter, save},
};
use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::{CarouselInput, CarouselOpened, ShowDraft, ShowDraftInput},
    edit::edit_text::{EditableText, TextEditor, invalid_edit},
    edit::{EditKind, EditRecord},
    questions::{AdmitInput, AdmitRequest, RecordInput, RecordRequest, RequestAdmitted},
};
use domain::failure::FailureKind;

/// The reminder is sent this long before the review ends: one hour, or half of a shorter review.
const REMINDER: Duration = Duration::from_secs(3600);

/// Shows the draft, which is stored as the current revision, until the user accepts it. Returns the
/// accepted text; each edit of it was stored and shown.
pub(super) async fn review_draft(
    ctx: &Ctx,
    input: &CarouselInput,
    brief: &BriefRecord,
    opened: &CarouselOpened,
    composed: WrittenDraft,
) -> Result<WrittenDraft, StopReason> {
    let mut text = EditableText {
        brief: brief.clone(),
        analysis: composed.analysis,
        draft: composed.draft,
        provider: composed.provider,
    };
    show(ctx, input, false).await?;
    loop {
        enter(ctx, CarouselStage::Reviewing);
        let wish = next_edit(ctx, input).await?;
        let change = match wish.change {
            Some(EditKind::Draw) => return Ok(composed_of(text)),
            Some(
                change @ (EditKind::Reword
                | EditKind::Instruct
                | EditKind::Rewrite
                | EditKind::Arrange
                | EditKind::Add
                | EditKind::Caption),
            ) => change,
            // A theme is chosen after rendering, and a draft has no files.
            Some(EditKind::Restyle | EditKind::Restore | EditKind::Send | EditKind::Files)
            | None => {
                let refused = invalid_edit("that can be changed when it is drawn");
                report_refusal(ctx, input, &wish, refused).await?;
                continue;
            }
        };
        let revision = ctx.state(|s| s.saga.revision());
        if let Err(stop) = wish.check_base(revision) {
            report_refusal(ctx, input, &wish, stop).await?;
            continue;
        }
        // Days may pass between two edits, so each has its own deadline.
        let steps = ActivityCaller::new(ctx, &input.user).for_chat(&input.destination);
        let admitted = match admit_edit(&steps, input, opened, change, &wish).await {
            Ok(admitted) => admitted,
            Err(stop) => {
                report_refusal(ctx, input, &wish, stop).await?;
                continue;
            }
        };
        let mut writers = TextEditor {
            steps: &steps,
            providers: &opened.providers,
            allowance: admitted.allowance,
            calls: Vec::new(),
        };
        enter(ctx, CarouselStage::Writing);
        let changed = writers.change(change, &wish, text.clone()).await;
        // An edit has its own allowance.
        let allowance = ctx.state(|s| s.saga.allowance());
        ctx.state_mut(|s| s.saga.add_calls(writers.calls));
        ctx.state_mut(|s| s.saga.set_allowance(allowance));
        match changed {
            Ok(changed) => {
                text = changed;
                let revision = ctx.state(|s| s.saga.revision()) + 1;
                enter(ctx, CarouselStage::Saving);
                let changed = composed_of(text.clone());
                text.draft = save(ctx, &steps, &changed, revision, &wish.intent).await?;
                show(ctx, input, false).await?;
            }
            Err(stop) => {
                if admitted.settles {
                    record_failed_edit(ctx, &steps, input, &wish).await;
                }
                report_refusal(ctx, input, &wish, stop).await?;
            }
        }
    }
}

/// Asks whether an edit may call models. Workflows that an older version opened skip this step.
async fn admit_edit(
    steps: &ActivityCaller<'_, super::CarouselWorkflow>,
    input: &CarouselInput,
    opened: &CarouselOpened,
    change: EditKind,
    wish: &EditRecord,
) -> Result<RequestAdmitted, StopReason> {
    if !opened.admits || !change.asks_models() {
        return Ok(RequestAdmitted::default());
    }
    let asked =
        AdmitInput { user: input.user.clone(), key: wish.intent.clone(), ..AdmitInput::default() };
    let summary = "may they ask for it".to_owned();
    steps.call(AdmitRequest, asked, summary).await
}

async fn record_failed_edit(
    ctx: &Ctx,
    steps: &ActivityCaller<'_, super::CarouselWorkflow>,
    input: &CarouselInput,
    wish: &EditRecord,
) {
    let calls = ctx.state(|s| s.saga.unrecorded());
    let record = RecordInput {
        user: input.user.clone(),
        key: wish.intent.clone(),
        calls,
        ..RecordInput::default()
    };
    let summary = "write down what was asked of models".to_owned();
    let recorded = steps.call(RecordRequest, record, summary).await;
    if recorded.is_ok() {
        ctx.state_mut(|s| s.saga.mark_recorded());
    }
}

fn composed_of(text: EditableText) -> WrittenDraft {
    WrittenDraft { provider: text.provider, analysis: text.analysis, draft: text.draft }
}

/// Reports why the draft is unchanged. The last shown outline remains valid.
///
/// # Errors
/// A cancel is returned, not reported.
async fn report_refusal(
    ctx: &Ctx,
    input: &CarouselInput,
    wish: &EditRecord,
    stop: StopReason,
) -> Result<(), StopReason> {
    let StopReason::Failed(failure) = stop else {
        return Err(stop);
    };
    ctx.state_mut(|s| s.saga.add_calls(failure.calls.clone()));
    let steps = ActivityCaller::new(ctx, &input.user).for_chat(&input.destination);
    chat::report_refused_edit(&steps, input, wish, failure).await;
    Ok(())
}

/// Waits for the next edit. Reminds the user once.
async fn next_edit(ctx: &Ctx, input: &CarouselInput) -> Result<EditRecord, StopReason> {
    let whole = Duration::from_secs(input.review_seconds.into());
    let reminder = REMINDER.min(whole / 2);
    for (patience, last) in [(whole - reminder, false), (reminder, true)] {
        select! {
            waited = ctx.timer(patience) => { let _ = waited; }
            wanted = ctx.wait_condition(|s| !s.pending_edits.is_empty()) => { let _ = wanted; }
        }
        if ctx.cancellation_token().is_cancelled() {
            return Err(StopReason::Cancelled(Vec::new()));
        }
        if let Some(wish) = ctx.state_mut(|s| s.pending_edits.pop_front()) {
            return Ok(wish);
        }
        if !last {
            show(ctx, input, true).await?;
        }
    }
    let reason = "nobody said whether the draft is good";
    Err(StopReason::Failed(StepFailure::new(FailureKind::DraftClosed, reason)))
}

async fn show(ctx: &Ctx, input: &CarouselInput, closing: bool) -> Result<(), StopReason> {
    let steps = ActivityCaller::new(ctx, &input.user).for_chat(&input.destination);
    let revision = ctx.state(|s| s.saga.revision());
    let shown = ShowDraftInput { revision, destination: input.destination.clone(), closing };
    let summary = if closing {
        "say that the draft waits one more hour".to_owned()
    } else {
        format!("show revision {revision} of the draft")
    };
    steps.call(ShowDraft, shown, summary).await
}
