//! `ScheduledWorkflow`: runs when a subscription is due, or the daily tip of a time slot.
//! Temporal's schedule starts it with the subscription's id or the time slot only; the content is
//! read from the rows, which are the source of truth.
//!
//! It starts a `CarouselWorkflow`, or a `BroadcastWorkflow` for a daily tip, as a child that
//! outlives its parent: if this workflow is terminated, the child still completes its saga or its
//! recipients. It waits for the child, so that the schedule skips the next run meanwhile.

pub(crate) mod payloads;

use std::time::Duration;

use domain::{BotId, DailyTipTime, Outcome, UserId};
use temporalio_common::Priority;
use temporalio_workflow::{
    ChildWorkflowExecutionError, ChildWorkflowOptions, ParentClosePolicy, WorkflowContext,
    WorkflowContextView, WorkflowIdReusePolicy, WorkflowResult, WorkflowTermination,
    common::error::IncomingError, workflow, workflow_methods,
};

use crate::{
    BroadcastWorkflow, CarouselWorkflow,
    activity_caller::{ActivityCaller, StopReason},
    broadcast,
    broadcast::{BroadcastInput, LocalizedTip, OpenBroadcast, OpenBroadcastInput},
    carousel::CarouselInput,
    carousel::compose::OFFLINE,
    notice::{NoticeInput, SendNotice},
    questions::{DailyTipInput, FindDailyTip, RecordInput, RecordRequest},
    web_ui, web_ui_texts,
};
use domain::failure::FailureKind;

pub use payloads::*;

/// The workflow type that schedules start.
pub const WORKFLOW: &str = "ScheduledWorkflow";

/// A daily tip that was missed for longer than this, because the server was down, is skipped:
/// yesterday's tip is out of date.
pub const CATCH_UP_DAILY_TIP: Duration = Duration::from_secs(10 * 60);

/// A carousel that was missed for at most this long starts a workflow, which makes it or notifies the
/// user: see [`LATEST_START`].
pub const CATCH_UP_CAROUSEL: Duration = Duration::from_secs(7 * 24 * 3600);

/// A run that could not begin within this time is left to the next one, and the user of a carousel
/// is notified.
pub const LATEST_START: Duration = Duration::from_secs(3600);

type Ctx = WorkflowContext<ScheduledWorkflow>;

/// The id of a subscription's schedule, and the prefix of its workflows' ids, to which Temporal
/// adds the time.
pub fn schedule_id(subscription: &str) -> String {
    format!("sched-{subscription}")
}

/// The same for a time slot.
pub fn slot_schedule_id(slot: &DailyTipTime) -> String {
    format!("thoughts-{}", slot.name())
}

/// A workflow id without the characters that our ids must not contain. It includes the due time.
fn id_characters(workflow: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    workflow.chars().filter(plain).collect()
}

fn carousel_id(workflow: &str) -> String {
    format!("carousel-{}", id_characters(workflow))
}

#[workflow]
pub struct ScheduledWorkflow {
    input: ScheduledInput,
}

#[workflow_methods]
impl ScheduledWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: ScheduledInput) -> Self {
        Self { input }
    }

    #[run(name = "ScheduledWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<ScheduledResult> {
        run(ctx).await.map_err(WorkflowTermination::from)
    }
}

async fn run(ctx: &Ctx) -> Result<ScheduledResult, StopReason> {
    let input = ctx.state(|s| s.input.clone());
    match input.slot {
        Some(slot) => run_time_slot(ctx, slot).await,
        None => run_subscription(ctx, input).await,
    }
}

async fn run_subscription(ctx: &Ctx, input: ScheduledInput) -> Result<ScheduledResult, StopReason> {
    let ScheduledInput { subscription, lists_topic, .. } = input;
    let carousel = carousel_id(ctx.workflow_id());
    let prepared = ActivityCaller::new(ctx, &subscription)
        .call(
            PrepareScheduled,
            PrepareScheduledInput {
                subscription: subscription.clone(),
                carousel: carousel.clone(),
                ..PrepareScheduledInput::default()
            },
            "what is wanted now".to_owned(),
        )
        .await?;
    let steps = ActivityCaller::new(ctx, &prepared.user).for_chat(&prepared.destination);
    let (ended, closed) = match (prepared.what, &prepared.brief, &prepared.missed) {
        (ScheduledKind::Carousel, Some(brief), _) => {
            let input = CarouselInput {
                user: prepared.user.clone(),
                brief: brief.clone(),
                destination: prepared.destination.clone(),
                lists_topic,
                ..CarouselInput::default()
            };
            make(ctx, input, carousel).await
        }
        (ScheduledKind::Missed, _, Some(missed)) => {
            tell_missed(&steps, &prepared, missed, carousel).await?
        }
        (
            ScheduledKind::Carousel
            | ScheduledKind::Missed
            | ScheduledKind::DailyTip
            | ScheduledKind::Nothing,
            _,
            _,
        ) => return Ok(nothing(prepared)),
    };
    if closed {
        let rest = PauseSubscriptionInput { subscription, reason: ended.reason.clone() };
        let summary = "nobody can be written to there: let it rest".to_owned();
        steps.call(PauseSubscription, rest, summary).await?;
    }
    Ok(ended)
}

/// Makes a carousel and waits for its end. Also returns whether the chat can't be written to any
/// more.
async fn make(ctx: &Ctx, input: CarouselInput, carousel: String) -> (ScheduledResult, bool) {
    let CarouselInput { user, brief, destination, .. } = &input;
    let key = web_ui_texts::truncated(user, 64);
    let options = ChildWorkflowOptions::builder()
        .workflow_id(carousel)
        .parent_close_policy(ParentClosePolicy::Abandon)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .static_summary(web_ui_texts::summary(brief).into())
        .static_details(web_ui_texts::request_details(user, brief, destination).into())
        .priority(Priority::builder().fairness_key(key).build())
        .build();
    let ended = |outcome: Option<Outcome>, reason: String| ScheduledResult {
        what: ScheduledKind::Carousel,
        outcome,
        reason,
        ..ScheduledResult::default()
    };
    let child = CarouselWorkflow::run;
    let started = match ctx.start_child_workflow(child, input, options).await {
        Ok(started) => started,
        // The child exists, because this workflow was reset. That carousel continues on its own.
        Err(error) => return (ended(None, error.to_string()), false),
    };
    match started.result().await {
        Ok(result) => (ended(result.outcome, result.reason), false),
        Err(error) => {
            let (kind, reason) = child_failure(&error);
            (ended(Some(Outcome::Failed), reason), kind == FailureKind::ChatClosed)
        }
    }
}

/// Notifies the user that a carousel was not made. Also returns whether the chat can't be written to.
async fn tell_missed(
    steps: &ActivityCaller<'_, ScheduledWorkflow>,
    prepared: &ScheduledContent,
    missed: &MissedRun,
    carousel: String,
) -> Result<(ScheduledResult, bool), StopReason> {
    let notice = NoticeInput {
        carousel,
        name: "missed".to_owned(),
        destination: prepared.destination.clone(),
        missed: Some(missed.clone()),
        ..NoticeInput::default()
    };
    let summary = "say in the chat that it was missed".to_owned();
    let sent = steps.call(SendNotice, notice, summary).await?;
    let closed = sent.outcome == Some(Outcome::Failed);
    let ended = ScheduledResult {
        what: ScheduledKind::Missed,
        reason: if closed { sent.reason } else { prepared.reason.clone() },
        ..ScheduledResult::default()
    };
    Ok((ended, closed))
}

/// Why a child failed: the kind, and the text for operators.
fn child_failure(error: &ChildWorkflowExecutionError) -> (FailureKind, String) {
    match error.reason() {
        Some(IncomingError::Application(failure)) => {
            let kind = failure.type_name().map(FailureKind::parse).unwrap_or_default();
            (kind, failure.to_string())
        }
        Some(reason) => (FailureKind::Other, reason.to_string()),
        None => (FailureKind::Undecodable, error.to_string()),
    }
}

fn nothing(prepared: ScheduledContent) -> ScheduledResult {
    ScheduledResult {
        what: ScheduledKind::Nothing,
        reason: prepared.reason,
        ..ScheduledResult::default()
    }
}

/// Finds a daily tip in each required language with the offline provider, which is free and needs
/// no admission. Then starts a broadcast to all subscribers of the slot.
async fn run_time_slot(ctx: &Ctx, slot: SlotRecord) -> Result<ScheduledResult, StopReason> {
    let id = id_characters(ctx.workflow_id());
    let bot = UserId::of_bot(BotId::new(slot.bot));
    let bot = bot.as_str();
    let steps = ActivityCaller::new(ctx, bot);
    let prepare = PrepareScheduledInput {
        slot: Some(slot.clone()),
        carousel: id.clone(),
        ..PrepareScheduledInput::default()
    };
    let summary = format!("who wants a thought at {} {}", slot.time, slot.time_zone);
    let prepared = steps.call(PrepareScheduled, prepare, summary).await?;
    if prepared.what != ScheduledKind::DailyTip {
        return Ok(nothing(prepared));
    }
    let mut thoughts = Vec::with_capacity(prepared.languages.len());
    for language in &prepared.languages {
        thoughts.push(find_tip(&steps, bot, language, &prepared.day).await?);
    }
    let open = OpenBroadcastInput { broadcast: id.clone(), slot, thoughts };
    let summary = "write down who gets it".to_owned();
    let opened = steps.call(OpenBroadcast, open, summary);
    let left = opened.await?.left;
    let input = BroadcastInput {
        broadcast: id.clone(),
        author: bot.to_owned(),
        ..BroadcastInput::default()
    };
    let options = ChildWorkflowOptions::builder()
        .workflow_id(broadcast::workflow_id(&id))
        .parent_close_policy(ParentClosePolicy::Abandon)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .static_summary(
            web_ui::EscapedText::from(format!("the thought of {} to {left}", prepared.day)).into(),
        )
        .build();
    let mut ended = ScheduledResult { what: ScheduledKind::DailyTip, ..ScheduledResult::default() };
    let child = BroadcastWorkflow::run;
    match ctx.start_child_workflow(child, input, options).await {
        Ok(started) => match started.result().await {
            Ok(reached) => ended.reached = Some(reached),
            Err(error) => ended.reason = child_failure(&error).1,
        },
        // The child exists, because this workflow was reset. That broadcast continues on its own.
        Err(error) => ended.reason = error.to_string(),
    }
    Ok(ended)
}

/// Finds the tip in one language and writes its event.
async fn find_tip(
    steps: &ActivityCaller<'_, ScheduledWorkflow>,
    bot: &str,
    language: &str,
    day: &str,
) -> Result<LocalizedTip, StopReason> {
    let input = DailyTipInput {
        provider: OFFLINE.to_owned(),
        language: language.to_owned(),
        user: bot.to_owned(),
        day: day.to_owned(),
        allowance: None,
    };
    let summary = format!("a thought for {day} in {language}");
    let thought = steps.call(FindDailyTip, input, summary).await?;
    let record = RecordInput {
        user: bot.to_owned(),
        calls: thought.calls,
        category: thought.category,
        source: thought.source.clone(),
        cause: String::new(),
        key: language.to_owned(),
    };
    let summary = "write the events".to_owned();
    steps.call(RecordRequest, record, summary).await?;
    Ok(LocalizedTip { language: language.to_owned(), text: thought.text, source: thought.source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheduled_carousel_id_contains_subscription_and_time() {
        let id = carousel_id("sched-81-77-2026-11-24T09:00:00Z");
        assert_eq!(id, "carousel-sched-81-77-2026-11-24T090000Z");
        assert!(domain::CarouselId::parse(&id).is_ok());
        // The id must fit into a button's data.
        let longest = carousel_id("sched-12345678901-2147483647-2026-11-24T09:00:00Z");
        assert!(longest.len() - "carousel-".len() <= 60);
    }
}
