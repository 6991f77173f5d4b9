//! What workflows did.

use crate::catalogue::{data, family};

family! {
    /// What workflows did.
    OrchestratorEvent in Orchestrator {
        /// A workflow began.
        WorkflowStarted = "workflow.started",
        /// A step of a workflow ended.
        WorkflowStepCompleted = "workflow.step.completed",
        /// A workflow ended.
        WorkflowCompleted = "workflow.completed",
        /// An incoming event started or signalled a workflow.
        EventRouted = "event.routed",
    }
}

data! {
    /// A workflow began.
    pub struct WorkflowStarted {
        /// The workflow.
        pub workflow_id: String,
        /// The run that was the first to say so.
        pub run_id: String,
    }

    /// A step of a workflow ended.
    pub struct WorkflowStepCompleted {
        /// The workflow.
        pub workflow_id: String,
        /// The run that was the first to say so.
        pub run_id: String,
        /// The step's name.
        pub step: String,
        /// How it ended: `completed`, `failed` or `cancelled`.
        pub outcome: String,
    }

    /// A workflow ended.
    pub struct WorkflowCompleted {
        /// The workflow.
        pub workflow_id: String,
        /// The run that was the first to say so.
        pub run_id: String,
        /// How it ended, in the workflow's own words: a carousel's outcome, for instance.
        pub outcome: String,
    }

    /// An incoming event started or signalled a workflow.
    pub struct EventRouted {
        /// The incoming event.
        pub event_id: String,
        /// The workflow that it reached.
        pub target_workflow_id: String,
    }
}
