//! `ForgetWorkflow` deletes a user's data; `ExportWorkflow` sends it to them.
//!
//! The order of a deletion: block new work, end open workflows, delete closed workflows, then rows,
//! by which the workflows are found. Then the user gets a notice, and its traces are deleted last.
//! No step has an undo: a failed deletion is continued.

pub(crate) mod payloads;

use std::time::Duration;

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

use crate::{
    activity_caller::{ActivityCaller, StopReason},
    destination::DestinationRecord,
    notice::{NoticeInput, SendNotice},
};

pub use payloads::*;

/// Interval between checks for open workflows. Temporal's list lags by about a second.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// Number of checks during which workflows get a cancel request, so that albums are not cut off and
/// undos run; after that they are terminated.
const CANCEL_CHECKS: u32 = 8;

/// Total number of checks. A terminated workflow is closed, but the list may lag.
const MAX_CHECKS: u32 = 30;

/// Consecutive checks that must find nothing.
const IDLE_CHECKS: u32 = 2;

/// How long an activity of a terminated workflow may continue: its next heartbeat, two seconds
/// later, reports the termination, and its attempt is dropped.
const ACTIVITY_GRACE: Duration = Duration::from_secs(6);

/// The notice's name in the ledger.
pub const NOTICE: &str = "forgotten";

pub const EXPORTS_PER_DAY: u32 = 3;

/// The id of the workflow that deletes a user's data. It contains the confirming update, so a
/// repeated update starts one deletion.
pub fn forget_id(user: &str, update: i64) -> String {
    format!("forget-{user}-{update}")
}

pub fn export_prefix(user: &str) -> String {
    format!("export-{user}-")
}

/// The id of the `number`th export of a day, `2026-11-24`.
pub fn export_id(user: &str, day: &str, number: u32) -> String {
    format!("{}{day}-{number}", export_prefix(user))
}

#[workflow]
pub struct ForgetWorkflow {
    input: ForgetInput,
}

#[workflow_methods]
impl ForgetWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: ForgetInput) -> Self {
        Self { input }
    }

    #[run(name = "ForgetWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<DeletedCounts> {
        forget(ctx).await.map_err(WorkflowTermination::from)
    }
}

type Ctx = WorkflowContext<ForgetWorkflow>;

async fn forget(ctx: &Ctx) -> Result<DeletedCounts, StopReason> {
    let input = ctx.state(|s| s.input.clone());
    let steps = ActivityCaller::new(ctx, &input.user).for_chat(&input.destination);
    let summary = "nothing begins any more".to_owned();
    steps.call(BeginForget, input.clone(), summary).await?;
    let was_busy = end_open_workflows(ctx, &steps, &input).await?;
    if was_busy {
        let _ = ctx.timer(ACTIVITY_GRACE).await;
    }
    let summary = "closed workflows".to_owned();
    let of_temporal = steps.call(EraseHistories, input.clone(), summary).await?;
    let summary = "rows".to_owned();
    let mut erased = steps.call(EraseData, input.clone(), summary).await?;
    erased.histories = of_temporal.histories;
    notify_user(ctx, &steps, &input.destination, &erased).await;
    let summary = "what came in between".to_owned();
    steps.call(FinishForget, input, summary).await?;
    Ok(erased)
}

/// Ends the user's open workflows. Returns whether there were any.
async fn end_open_workflows(
    ctx: &Ctx,
    steps: &ActivityCaller<'_, ForgetWorkflow>,
    input: &ForgetInput,
) -> Result<bool, StopReason> {
    let (mut quiet, mut was_busy) = (0, false);
    for look in 0..MAX_CHECKS {
        let terminate = look >= CANCEL_CHECKS;
        let stop = StopWorkInput { of: input.clone(), terminate };
        let how = if terminate { "terminate" } else { "cancel" };
        let summary = format!("{how} what is open");
        let found = steps.call(StopWork, stop, summary).await?;
        was_busy |= found.open > 0;
        quiet = if found.open == 0 { quiet + 1 } else { 0 };
        if quiet == IDLE_CHECKS {
            break;
        }
        let _ = ctx.timer(CHECK_INTERVAL).await;
    }
    Ok(was_busy)
}

/// If the user has blocked the bot, the notice fails, and the deletion still completes.
async fn notify_user(
    ctx: &Ctx,
    steps: &ActivityCaller<'_, ForgetWorkflow>,
    to: &DestinationRecord,
    erased: &DeletedCounts,
) {
    if !to.is_chat() {
        return;
    }
    let notice = NoticeInput {
        // A ledger id that no carousel can have.
        carousel: format!("carousel-event-{}", ctx.workflow_id()),
        name: NOTICE.to_owned(),
        destination: to.clone(),
        erased: Some(erased.clone()),
        ..NoticeInput::default()
    };
    let summary = "say that it is done".to_owned();
    let _ = steps.call(SendNotice, notice, summary).await;
}

#[workflow]
pub struct ExportWorkflow {
    input: ExportInput,
}

#[workflow_methods]
impl ExportWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: ExportInput) -> Self {
        Self { input }
    }

    #[run(name = "ExportWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let input = ctx.state(|s| s.input.clone());
        let steps = ActivityCaller::new(ctx, &input.user).for_chat(&input.destination);
        let summary = "one file of everything".to_owned();
        let sent = steps.call(SendExport, input, summary).await;
        sent.map_err(WorkflowTermination::from)
    }
}
