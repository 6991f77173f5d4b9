//! Puts the steps of each edit into the trace of the update that requested it: a workflow that
//! applies several edits was started by the first one only.

use opentelemetry::Context;
use temporalio_sdk::SimplePlugin;
use temporalio_sdk::workflow_interceptors::{
    CancellableWorkflowOutboundFuture, ScheduleActivityInput, ScheduleActivityResult,
    WorkflowInterceptor, WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowNext,
};
use workflows::edit::RequestTrace;

struct RequestTraces;

/// A worker's own plugin comes after its client's, and calls of a workflow pass the last one first.
/// So the client's tracing plugin takes the span that this one sets as the parent.
pub(crate) fn plugin() -> SimplePlugin {
    let interceptor = WorkflowInterceptorConstructor::new(|_| RequestTraces);
    SimplePlugin::builder("request-traces").workflow_interceptors(vec![interceptor]).build()
}

impl WorkflowInterceptor for RequestTraces {
    fn schedule_activity(
        &self,
        ctx: WorkflowInterceptorContext,
        input: ScheduleActivityInput,
        next: WorkflowNext<
            'static,
            ScheduleActivityInput,
            CancellableWorkflowOutboundFuture<ScheduleActivityResult>,
        >,
    ) -> CancellableWorkflowOutboundFuture<ScheduleActivityResult> {
        let trace = ctx.context_value::<RequestTrace>();
        let parent = trace.and_then(|trace| traces::remote_parent(&trace));
        let _within = parent.map(Context::attach);
        next.run(input)
    }
}
