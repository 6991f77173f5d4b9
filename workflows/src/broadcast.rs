//! `BroadcastWorkflow`: one message to many, a page of recipients at a time, each an activity of its
//! own, so that Temporal's limits and priorities count for each; and a new run before the history
//! grows long.
//!
//! Whether it goes on is said by the broadcast's row, which pausing and calling off change; the
//! signal `nudge` only says that it is worth looking. Who has it is said by a row per recipient.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

use temporalio_workflow::{
    ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult, WorkflowTermination, join_all, workflow, workflow_methods,
};

use crate::{
    contract::{
        BroadcastActivities, BroadcastInput, BroadcastProgress, Cast, CastActivities, CastInput,
        ConcludeInput, DestinationRecord, FindRecipientsInput, NoticeActivities, NoticeInput,
        RecipientRecord, RecipientsFound,
    },
    policy::Step,
    steps::{Steps, Stop},
};

/// Recipients that are written to beside each other.
const PAGE: u32 = 50;

/// Pages of one run: 500 recipients are 1,500 events.
const PAGES: u32 = 10;

type Ctx = WorkflowContext<BroadcastWorkflow>;

/// The id of a broadcast's workflow.
pub fn workflow_id(broadcast: &str) -> String {
    format!("broadcast-{broadcast}")
}

/// One message to many.
#[workflow]
pub struct BroadcastWorkflow {
    input: BroadcastInput,
    progress: BroadcastProgress,
    nudged: bool,
}

#[workflow_methods]
impl BroadcastWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, input: BroadcastInput) -> Self {
        Self {
            input,
            progress: BroadcastProgress::default(),
            nudged: false,
        }
    }

    /// Sends it to everybody who is still to get it, and says how that went.
    #[run(name = "BroadcastWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<BroadcastProgress> {
        run(ctx).await
    }

    /// How far it is.
    #[query]
    pub fn progress(&self, _: &WorkflowContextView) -> BroadcastProgress {
        self.progress.clone()
    }

    /// The row was changed: look at it.
    #[signal]
    pub fn nudge(&mut self, _: &mut SyncWorkflowContext<Self>, _: ()) {
        self.nudged = true;
    }
}

/// Why a run ends.
enum End {
    /// Nobody is left, or it was called off.
    Over,
    /// The history is long enough.
    Full,
}

/// Where a run stands.
struct Round {
    after: String,
    /// Who was found to have stopped the bot and is not said to have yet.
    closed: Vec<String>,
    closed_in_all: u64,
}

async fn run(ctx: &Ctx) -> WorkflowResult<BroadcastProgress> {
    let input = ctx.state(|s| s.input.clone());
    let steps = Steps::new(ctx, &input.author);
    let mut round = Round {
        after: input.after.clone(),
        closed: input.closing.clone(),
        closed_in_all: input.closed,
    };
    let ended = pages(ctx, &steps, &input, &mut round).await;
    let stop = match ended {
        Ok(End::Full) => {
            let next = BroadcastInput {
                after: round.after,
                closed: round.closed_in_all,
                closing: round.closed,
                ..input
            };
            ctx.continue_as_new(next, ContinueAsNewOptions::default())?;
            return Ok(BroadcastProgress::default());
        }
        Ok(End::Over) => None,
        // Cancelled, or a database that was away for a day: what is left is called off.
        Err(stop) => Some(stop),
    };
    let concluded = conclude(ctx, &steps, &input, &round).await;
    match (stop, concluded) {
        (None, Ok(progress)) => Ok(progress),
        (Some(Stop::Cancelled(_)), Ok(progress)) => {
            Err(WorkflowTermination::cancelled_with_details(progress))
        }
        (Some(stop), _) | (None, Err(stop)) => Err(stop.into()),
    }
}

/// Page after page, until nobody is left.
async fn pages(
    ctx: &Ctx,
    steps: &Steps<'_, BroadcastWorkflow>,
    input: &BroadcastInput,
    round: &mut Round,
) -> Result<End, Stop> {
    let mut pages = 0;
    loop {
        // What changes from here on is worth another look.
        ctx.state_mut(|s| s.nudged = false);
        let found = look(steps, input, round).await?;
        let progress = BroadcastProgress {
            closed: round.closed_in_all,
            ..found.progress
        };
        let state = progress.state.clone();
        ctx.state_mut(|s| s.progress = progress);
        match (state.as_str(), found.recipients.as_slice()) {
            ("paused", _) => {
                let waited = ctx.wait_condition(|s| s.nudged).await;
                waited.map_err(|_| Stop::Cancelled(Vec::new()))?;
                // Those who were passed over when it began to rest are found again.
                round.after.clear();
            }
            ("sending", [.., last]) => {
                let last = last.user.clone();
                let rested = page(ctx, input, found.recipients, round).await?;
                round.after = if rested { String::new() } else { last };
            }
            _ => return Ok(End::Over),
        }
        pages += 1;
        if pages >= PAGES || ctx.continue_as_new_suggested() {
            return Ok(End::Full);
        }
    }
}

async fn look(
    steps: &Steps<'_, BroadcastWorkflow>,
    input: &BroadcastInput,
    round: &mut Round,
) -> Result<RecipientsFound, Stop> {
    let find = FindRecipientsInput {
        broadcast: input.broadcast.clone(),
        after: round.after.clone(),
        limit: PAGE,
        closed: std::mem::take(&mut round.closed),
    };
    let activity = BroadcastActivities::find_recipients;
    let summary = match round.after.as_str() {
        "" => "who is first".to_owned(),
        after => format!("who is next behind {after}"),
    };
    steps
        .call(Step::FindRecipients, activity, find, summary)
        .await
}

/// Writes to all of a page. Says whether the broadcast was found to rest. One who could not be
/// written to for a day is left, and counted at the end.
async fn page(
    ctx: &Ctx,
    input: &BroadcastInput,
    recipients: Vec<RecipientRecord>,
    round: &mut Round,
) -> Result<bool, Stop> {
    if ctx.cancellation_token().is_cancelled() {
        return Err(Stop::Cancelled(Vec::new()));
    }
    let users: Vec<String> = recipients.iter().map(|one| one.user.clone()).collect();
    let casts = recipients.into_iter().map(|one| cast(ctx, input, one));
    let mut rested = false;
    for (user, cast) in users.into_iter().zip(join_all(casts).await) {
        match cast {
            Ok(cast) => {
                rested |= cast.outcome.is_empty();
                if cast.closed {
                    round.closed.push(user);
                    round.closed_in_all += 1;
                }
            }
            Err(stop @ Stop::Cancelled(_)) => return Err(stop),
            Err(Stop::Failed(_)) => {}
        }
    }
    Ok(rested)
}

async fn cast(ctx: &Ctx, input: &BroadcastInput, one: RecipientRecord) -> Result<Cast, Stop> {
    let chat = DestinationRecord::telegram(one.chat, None, domain::Language::En);
    let steps = Steps::new(ctx, &one.user).within(&chat);
    let summary = format!("to {}", one.user);
    let cast = CastInput {
        broadcast: input.broadcast.clone(),
        recipient: one,
    };
    let activity = CastActivities::send_broadcast;
    steps.call(Step::Cast, activity, cast, summary).await
}

/// Ends it, and tells whoever sent it, where anybody did.
async fn conclude(
    ctx: &Ctx,
    steps: &Steps<'_, BroadcastWorkflow>,
    input: &BroadcastInput,
    round: &Round,
) -> Result<BroadcastProgress, Stop> {
    let conclude = ConcludeInput {
        broadcast: input.broadcast.clone(),
        closed: round.closed.clone(),
    };
    let activity = BroadcastActivities::conclude_broadcast;
    let summary = "sum it up".to_owned();
    let concluded = steps.call(Step::Conclude, activity, conclude, summary);
    let progress = BroadcastProgress {
        closed: round.closed_in_all,
        ..concluded.await?
    };
    ctx.state_mut(|s| s.progress = progress.clone());
    if input.report_to == DestinationRecord::default() {
        return Ok(progress);
    }
    let notice = NoticeInput {
        // No carousel has this id, and none ever will.
        carousel: format!("carousel-event-{}", workflow_id(&input.broadcast)),
        name: "report".to_owned(),
        destination: input.report_to.clone(),
        report: Some(progress.clone()),
        ..NoticeInput::default()
    };
    let steps = Steps::new(ctx, &input.author).within(&input.report_to);
    let summary = format!("{} have it", progress.sent);
    let say = NoticeActivities::send_notice;
    // Whoever sent it may have stopped the bot meanwhile.
    let _ = steps.call(Step::Notice, say, notice, summary).await;
    Ok(progress)
}
