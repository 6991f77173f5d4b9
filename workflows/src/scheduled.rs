//! `ScheduledWorkflow`: a subscription is due. Temporal's schedule starts it with the subscription's
//! id and nothing else; what is wanted is read now, from the row, which is the truth.
//!
//! A carousel is a `CarouselWorkflow` like any other, as a child that outlives its parent: whatever
//! ends this one, that one has its saga. It is waited for, so that the next one is left out while it
//! is under way.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

use std::time::Duration;

use domain::{Outcome, record::BriefRecord};
use temporalio_common::Priority;
use temporalio_workflow::{
    ChildWorkflowExecutionError, ChildWorkflowOptions, ParentClosePolicy, WorkflowContext,
    WorkflowContextView, WorkflowIdReusePolicy, WorkflowResult, WorkflowTermination,
    common::error::IncomingError, workflow, workflow_methods,
};

use crate::{
    CarouselWorkflow,
    carousel::compose::OFFLINE,
    contract::{
        AiActivities, CarouselInput, FailureKind, NoticeActivities, NoticeInput,
        PersistenceActivities, PrepareInput, Prepared, RecordInput, RestInput, ScheduleActivities,
        Scheduled, ScheduledInput, WisdomInput,
    },
    policy::Step,
    steps::{Steps, Stop},
    story,
};

/// The workflow's type, as schedules name it.
pub const WORKFLOW: &str = "ScheduledWorkflow";

/// A run that was missed for longer than this (the server was down) is not made up for: nobody wants
/// yesterday's thought.
pub const CATCH_UP: Duration = Duration::from_secs(10 * 60);

/// What is wanted.
pub const CAROUSEL: &str = "carousel";
/// A thought of the day.
pub const WISDOM: &str = "wisdom";
/// Nothing: it rests, or is gone.
pub const NOTHING: &str = "nothing";

type Ctx = WorkflowContext<ScheduledWorkflow>;

/// The id of a subscription's schedule, and the beginning of the ids of its workflows, to which
/// Temporal adds the time.
pub fn schedule_id(subscription: &str) -> String {
    format!("sched-{subscription}")
}

/// The carousel's id: that of the workflow, without what ids don't hold.
fn carousel_id(workflow: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = workflow.chars().filter(plain).collect();
    format!("carousel-{name}")
}

/// What comes by itself.
#[workflow]
pub struct ScheduledWorkflow {
    input: ScheduledInput,
}

#[workflow_methods]
impl ScheduledWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, input: ScheduledInput) -> Self {
        Self { input }
    }

    /// Finds out what is wanted, and does it.
    #[run(name = "ScheduledWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Scheduled> {
        run(ctx).await.map_err(WorkflowTermination::from)
    }
}

async fn run(ctx: &Ctx) -> Result<Scheduled, Stop> {
    let subscription = ctx.state(|s| s.input.subscription.clone());
    let carousel = carousel_id(ctx.workflow_id());
    let prepared = Steps::new(ctx, &subscription)
        .call(
            Step::Prepare,
            ScheduleActivities::prepare_scheduled,
            PrepareInput {
                subscription: subscription.clone(),
                carousel: carousel.clone(),
            },
            "what is wanted now".to_owned(),
        )
        .await?;
    let steps = Steps::new(ctx, &prepared.user).within(&prepared.destination);
    let (ended, closed) = match (prepared.what.as_str(), &prepared.brief) {
        (CAROUSEL, Some(brief)) => make(ctx, &prepared, brief, carousel).await,
        (WISDOM, _) => tell(&steps, &prepared, carousel).await?,
        _ => {
            let nothing = Scheduled {
                what: NOTHING.to_owned(),
                reason: prepared.reason.clone(),
                ..Scheduled::default()
            };
            (nothing, false)
        }
    };
    if closed {
        let rest = RestInput {
            subscription,
            reason: ended.reason.clone(),
        };
        let summary = "nobody can be written to there: let it rest".to_owned();
        let activity = ScheduleActivities::rest_subscription;
        steps.call(Step::Rest, activity, rest, summary).await?;
    }
    Ok(ended)
}

/// A carousel, to its end. Says also whether nobody can be written to there any more.
async fn make(
    ctx: &Ctx,
    prepared: &Prepared,
    brief: &BriefRecord,
    carousel: String,
) -> (Scheduled, bool) {
    let key = story::shortened(&prepared.user, 64);
    let options = ChildWorkflowOptions::builder()
        .workflow_id(carousel)
        .parent_close_policy(ParentClosePolicy::Abandon)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .static_summary(story::summary(brief))
        .static_details(story::request(&prepared.user, brief, &prepared.destination))
        .priority(Priority::builder().fairness_key(key).build())
        .build();
    let input = CarouselInput {
        user: prepared.user.clone(),
        brief: brief.clone(),
        destination: prepared.destination.clone(),
        ..CarouselInput::default()
    };
    let ended = |outcome: &str, reason: String| Scheduled {
        what: CAROUSEL.to_owned(),
        outcome: outcome.to_owned(),
        reason,
    };
    let child = CarouselWorkflow::run;
    let started = match ctx.start_child_workflow(child, input, options).await {
        Ok(started) => started,
        // It was started before: this workflow was reset. The carousel goes its way.
        Err(error) => return (ended("", error.to_string()), false),
    };
    match started.result().await {
        Ok(result) => (ended(&result.outcome, result.reason), false),
        Err(error) => {
            let (reason, closed) = explain(&error);
            (ended(Outcome::Failed.name(), reason), closed)
        }
    }
}

/// Why a child failed, and whether because nobody can be written to there.
fn explain(error: &ChildWorkflowExecutionError) -> (String, bool) {
    match error.reason() {
        Some(IncomingError::Application(failure)) => {
            let closed = failure.type_name() == Some(FailureKind::ChatClosed.name());
            (failure.to_string(), closed)
        }
        Some(reason) => (reason.to_string(), false),
        None => (error.to_string(), false),
    }
}

/// A thought of the day, from our notes: it costs nothing, so nobody is asked for leave.
async fn tell(
    steps: &Steps<'_, ScheduledWorkflow>,
    prepared: &Prepared,
    carousel: String,
) -> Result<(Scheduled, bool), Stop> {
    let input = WisdomInput {
        provider: OFFLINE.to_owned(),
        language: prepared.destination.language.clone(),
        user: prepared.user.clone(),
        day: prepared.day.clone(),
    };
    let summary = format!("a thought for {}", prepared.day);
    let wisdom = AiActivities::wisdom;
    let thought = steps.call(Step::Wisdom, wisdom, input, summary).await?;
    let notice = NoticeInput {
        carousel,
        name: WISDOM.to_owned(),
        destination: prepared.destination.clone(),
        thought: Some(thought.clone()),
        ..NoticeInput::default()
    };
    let summary = format!("say it to {}", prepared.destination.shown());
    let say = NoticeActivities::send_notice;
    let sent = steps.call(Step::Notice, say, notice, summary).await?;
    let record = RecordInput {
        user: prepared.user.clone(),
        calls: thought.calls,
        category: thought.category,
        source: thought.source,
        cause: String::new(),
        key: String::new(),
    };
    let summary = "write the events".to_owned();
    let activity = PersistenceActivities::record_request;
    steps.call(Step::Record, activity, record, summary).await?;
    let closed = sent.outcome == Outcome::Failed.name();
    let told = Scheduled {
        what: WISDOM.to_owned(),
        outcome: sent.outcome,
        reason: sent.reason,
    };
    Ok((told, closed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carousel_is_named_after_its_subscription_and_the_time_it_was_due() {
        let id = carousel_id("sched-81-77-2026-11-24T09:00:00Z");
        assert_eq!(id, "carousel-sched-81-77-2026-11-24T090000Z");
        assert!(domain::CarouselId::parse(&id).is_ok());
        // So that a button can carry it.
        let longest = carousel_id("sched-12345678901-2147483647-2026-11-24T09:00:00Z");
        assert!(longest.len() - "carousel-".len() <= 60);
    }
}
