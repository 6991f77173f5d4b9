//! Calls an address of an owner when a carousel of theirs ends or changes: a workflow per address, so that one that does
//! not answer delays nothing else.

pub mod payloads;

use temporalio_workflow::{
    ChildWorkflowOptions, ParentClosePolicy, WorkflowCancellationToken, WorkflowContext,
    WorkflowContextView, WorkflowIdReusePolicy, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

pub use payloads::{
    SendWebhook, WebhookCall, WebhookCalls, WebhookEvent, WebhookEventKind, workflow_id,
};

use crate::{activity_caller::ActivityCaller, visibility, web_ui};

/// Calls one webhook about one event.
#[workflow]
pub struct WebhookWorkflow {
    input: WebhookCall,
}

#[workflow_methods]
impl WebhookWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: WebhookCall) -> Self {
        Self { input }
    }

    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let input = ctx.state(|s| s.input.clone());
        // Deleting a user's data finds it by this.
        ctx.upsert_search_attributes([visibility::USER.value_set(input.user.clone())]);
        let steps = ActivityCaller::new(ctx, &input.user);
        let summary = summary(&input);
        steps.call(SendWebhook, input, summary).await.map_err(WorkflowTermination::from)
    }
}

/// What a call is, in the Web UI.
pub fn summary(call: &WebhookCall) -> String {
    let kind = call.event.kind.map_or("an event", WebhookEventKind::name);
    format!("{kind} to the webhook {}", call.hook)
}

/// Starts the calls of webhooks. No-op for those that were started before.
pub(crate) async fn start_calls<W>(ctx: &WorkflowContext<W>, calls: Option<WebhookCalls>) {
    let Some(WebhookCalls { user, hooks, event }) = calls else { return };
    for hook in hooks {
        let call = WebhookCall { user: user.clone(), hook, event: event.clone() };
        let options = ChildWorkflowOptions::builder()
            .workflow_id(workflow_id(&call))
            // A cancelled carousel is told, too.
            .cancellation_token(WorkflowCancellationToken::new())
            .parent_close_policy(ParentClosePolicy::Abandon)
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .static_summary(web_ui::EscapedText::from(summary(&call)).into())
            .build();
        let _ = ctx.start_child_workflow(WebhookWorkflow::run, call, options).await;
    }
}
