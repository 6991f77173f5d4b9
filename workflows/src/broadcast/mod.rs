//! `BroadcastWorkflow`: sends one message to many recipients, page by page, with one activity per
//! recipient, so that Temporal's rate limits and priorities apply to each. It continues as new
//! before the history grows long.
//!
//! The broadcast's row is the source of truth: pausing and cancelling change the row, and the
//! signal `nudge` makes the workflow read it again. Each delivered recipient has a row.

pub(crate) mod payloads;

use domain::BroadcastState;
use temporalio_workflow::{
    ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult, WorkflowTermination, join_all, workflow, workflow_methods,
};

use crate::{
    activity_caller::{ActivityCaller, StopReason},
    destination::DestinationRecord,
    notice::{NoticeInput, SendNotice},
};

pub use payloads::*;

/// Recipients that are processed concurrently.
const PAGE: u32 = 50;

/// Pages per run: 500 recipients are 1,500 events.
const PAGES: u32 = 10;

type Ctx = WorkflowContext<BroadcastWorkflow>;

pub fn workflow_id(broadcast: &str) -> String {
    format!("broadcast-{broadcast}")
}

#[workflow]
pub struct BroadcastWorkflow {
    input: BroadcastInput,
    progress: BroadcastProgress,
    row_changed: bool,
}

#[workflow_methods]
impl BroadcastWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: BroadcastInput) -> Self {
        Self { input, progress: BroadcastProgress::default(), row_changed: false }
    }

    /// Sends to all remaining recipients; returns the final counts.
    #[run(name = "BroadcastWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<BroadcastProgress> {
        run(ctx).await
    }

    #[query]
    pub fn progress(&self, _: &WorkflowContextView) -> BroadcastProgress {
        self.progress.clone()
    }

    /// The row was changed and must be read again.
    #[signal(name = "nudge")]
    pub fn row_changed(&mut self, _: &mut SyncWorkflowContext<Self>, _: ()) {
        self.row_changed = true;
    }
}

/// Why a run ends.
enum BroadcastRunEnd {
    /// No recipient is left, or the broadcast was cancelled.
    Finished,
    /// The history is long enough to continue as new.
    HistoryLong,
}

struct BroadcastRun {
    after: String,
    /// Recipients who have blocked the bot and are not recorded as such yet.
    closed: Vec<String>,
    closed_in_all: u64,
}

async fn run(ctx: &Ctx) -> WorkflowResult<BroadcastProgress> {
    let input = ctx.state(|s| s.input.clone());
    let steps = ActivityCaller::new(ctx, &input.author);
    let mut round = BroadcastRun {
        after: input.after.clone(),
        closed: input.closing.clone(),
        closed_in_all: input.closed,
    };
    let ended = send_pages(ctx, &steps, &input, &mut round).await;
    let stop = match ended {
        Ok(BroadcastRunEnd::HistoryLong) => {
            let next = BroadcastInput {
                after: round.after,
                closed: round.closed_in_all,
                closing: round.closed,
                ..input
            };
            ctx.continue_as_new(next, ContinueAsNewOptions::default())?;
            return Ok(BroadcastProgress::default());
        }
        Ok(BroadcastRunEnd::Finished) => None,
        // A cancel, or a database outage of a day: the remaining recipients are cancelled.
        Err(stop) => Some(stop),
    };
    let concluded = conclude(ctx, &steps, &input, &round).await;
    match (stop, concluded) {
        (None, Ok(progress)) => Ok(progress),
        (Some(StopReason::Cancelled(_)), Ok(progress)) => {
            Err(WorkflowTermination::cancelled_with_details(progress))
        }
        (Some(stop), _) | (None, Err(stop)) => Err(stop.into()),
    }
}

/// Sends page by page until no recipient is left.
async fn send_pages(
    ctx: &Ctx,
    steps: &ActivityCaller<'_, BroadcastWorkflow>,
    input: &BroadcastInput,
    round: &mut BroadcastRun,
) -> Result<BroadcastRunEnd, StopReason> {
    let mut pages = 0;
    loop {
        // A signal from here on makes the workflow read the row again.
        ctx.state_mut(|s| s.row_changed = false);
        let found = find_next(steps, input, round).await?;
        let progress = BroadcastProgress { closed: round.closed_in_all, ..found.progress };
        let state = progress.state;
        ctx.state_mut(|s| s.progress = progress);
        match (state, found.recipients.as_slice()) {
            (Some(BroadcastState::Paused), _) => {
                let waited = ctx.wait_condition(|s| s.row_changed).await;
                waited.map_err(|_| StopReason::Cancelled(Vec::new()))?;
                // Start again from the first recipient, to find those who were skipped when the
                // pause began.
                round.after.clear();
            }
            (Some(BroadcastState::Sending), [.., last]) => {
                let last = last.user.clone();
                let rested = send_page(ctx, input, found.recipients, round).await?;
                round.after = if rested { String::new() } else { last };
            }
            (Some(BroadcastState::Sending), [])
            | (Some(BroadcastState::Done | BroadcastState::Cancelled) | None, _) => {
                return Ok(BroadcastRunEnd::Finished);
            }
        }
        pages += 1;
        if pages >= PAGES || ctx.continue_as_new_suggested() {
            return Ok(BroadcastRunEnd::HistoryLong);
        }
    }
}

async fn find_next(
    steps: &ActivityCaller<'_, BroadcastWorkflow>,
    input: &BroadcastInput,
    round: &mut BroadcastRun,
) -> Result<RecipientsFound, StopReason> {
    let find = FindRecipientsInput {
        broadcast: input.broadcast.clone(),
        after: round.after.clone(),
        limit: PAGE,
        closed: std::mem::take(&mut round.closed),
    };
    let summary = match round.after.as_str() {
        "" => "who is first".to_owned(),
        after => format!("who is next behind {after}"),
    };
    steps.call(FindRecipients, find, summary).await
}

/// Sends to all recipients of a page. Returns whether an activity found the broadcast paused. A
/// recipient is skipped if its activity failed, and counted at the end.
async fn send_page(
    ctx: &Ctx,
    input: &BroadcastInput,
    recipients: Vec<RecipientRecord>,
    round: &mut BroadcastRun,
) -> Result<bool, StopReason> {
    if ctx.cancellation_token().is_cancelled() {
        return Err(StopReason::Cancelled(Vec::new()));
    }
    let users: Vec<String> = recipients.iter().map(|one| one.user.clone()).collect();
    let casts = recipients.into_iter().map(|one| send_to(ctx, input, one));
    let mut rested = false;
    for (user, cast) in users.into_iter().zip(join_all(casts).await) {
        match cast {
            Ok(cast) => {
                rested |= cast.outcome.is_none();
                if cast.closed {
                    round.closed.push(user);
                    round.closed_in_all += 1;
                }
            }
            Err(stop @ StopReason::Cancelled(_)) => return Err(stop),
            Err(StopReason::Failed(_)) => {}
        }
    }
    Ok(rested)
}

async fn send_to(
    ctx: &Ctx,
    input: &BroadcastInput,
    one: RecipientRecord,
) -> Result<BroadcastSent, StopReason> {
    let chat = DestinationRecord::telegram(one.chat, None, domain::Language::En);
    let steps = ActivityCaller::new(ctx, &one.user).for_chat(&chat);
    let summary = format!("to {}", one.user);
    let cast = SendBroadcastInput { broadcast: input.broadcast.clone(), recipient: one };
    steps.call(SendBroadcast, cast, summary).await
}

/// Ends the broadcast, and reports to its author if there is one.
async fn conclude(
    ctx: &Ctx,
    steps: &ActivityCaller<'_, BroadcastWorkflow>,
    input: &BroadcastInput,
    round: &BroadcastRun,
) -> Result<BroadcastProgress, StopReason> {
    let conclude =
        ConcludeInput { broadcast: input.broadcast.clone(), closed: round.closed.clone() };
    let summary = "sum it up".to_owned();
    let concluded = steps.call(ConcludeBroadcast, conclude, summary);
    let progress = BroadcastProgress { closed: round.closed_in_all, ..concluded.await? };
    ctx.state_mut(|s| s.progress = progress.clone());
    if input.report_to == DestinationRecord::default() {
        return Ok(progress);
    }
    let notice = NoticeInput {
        // A ledger id that no carousel can have.
        carousel: format!("carousel-event-{}", workflow_id(&input.broadcast)),
        name: "report".to_owned(),
        destination: input.report_to.clone(),
        report: Some(progress.clone()),
        ..NoticeInput::default()
    };
    let steps = ActivityCaller::new(ctx, &input.author).for_chat(&input.report_to);
    let summary = format!("{} have it", progress.sent);
    // The author may have blocked the bot.
    let _ = steps.call(SendNotice, notice, summary).await;
    Ok(progress)
}
