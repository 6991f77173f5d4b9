//! Events about workflows.

use crate::catalogue::{data, family};

family! {
    OrchestratorEvent in Orchestrator {
        WorkflowStarted = "workflow.started",
        WorkflowStepCompleted = "workflow.step.completed",
        WorkflowCompleted = "workflow.completed",
        EventRouted = "event.routed",
    }
}

data! {
    /// A workflow began.
    pub struct WorkflowStarted {
        /// The workflow's id.
        pub workflow_id: String,
        /// The run that wrote the event first.
        pub run_id: String,
    }

    /// A step of a workflow ended.
    pub struct WorkflowStepCompleted {
        /// The workflow's id.
        pub workflow_id: String,
        /// The run that wrote the event first.
        pub run_id: String,
        /// The step's name.
        pub step: String,
        /// `completed`, `failed`, `cancelled`, or `undone` after a later step failed.
        pub outcome: String,
    }

    /// A workflow ended.
    pub struct WorkflowCompleted {
        /// The workflow's id.
        pub workflow_id: String,
        /// The run that wrote the event first.
        pub run_id: String,
        /// The outcome, as the workflow names it: for example a carousel's outcome.
        pub outcome: String,
    }

    /// An incoming event started or signalled a workflow.
    pub struct EventRouted {
        /// The id of the incoming event.
        pub event_id: String,
        /// The id of the workflow that it reached.
        pub target_workflow_id: String,
    }
}

impl WorkflowStepCompleted {
    /// The outcome of a step whose effect was undone.
    pub const UNDONE: &str = "undone";
}
