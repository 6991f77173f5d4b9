//! When each of them runs. Temporal keeps the schedules; whoever starts workers creates those that
//! are missing, and an operator may change or pause them in the Web UI.

use std::time::Duration;

/// A workflow that runs again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The schedule's id, and the beginning of the ids of its workflows.
    pub id: &'static str,
    /// The workflow's type.
    pub workflow: &'static str,
    /// The time between two runs.
    pub every: Duration,
    /// A run that was missed for longer than this (the server was down) is not made up for.
    pub catch_up: Duration,
    /// What an operator reads in the list.
    pub summary: &'static str,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// All of them. A run that is due while the one before it is still under way is left out.
pub const SCHEDULES: [Schedule; 3] = [
    Schedule {
        id: "reconcile",
        workflow: "ReconcileWorkflow",
        every: Duration::from_secs(5 * 60),
        catch_up: MINUTE,
        summary: "settle carousels whose workflow is over, report workflows that are stuck",
    },
    Schedule {
        id: "collect-blobs",
        workflow: "CollectBlobsWorkflow",
        every: HOUR,
        catch_up: HOUR,
        summary: "take blobs that nothing refers to and nobody has used for a day",
    },
    Schedule {
        id: "prune",
        workflow: "PruneWorkflow",
        every: Duration::from_secs(6 * 60 * 60),
        catch_up: HOUR,
        summary: "delete what is older than its retention: events, updates, carousels, usage, people",
    },
];
