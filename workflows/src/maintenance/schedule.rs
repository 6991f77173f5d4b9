//! The schedules of the maintenance workflows. Temporal keeps them; workers create missing ones at
//! start, and an operator may change or pause them in the Web UI.

use std::time::Duration;

/// A periodic workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenanceSchedule {
    /// The schedule's id, and the prefix of its workflows' ids.
    pub id: &'static str,
    pub workflow: &'static str,
    pub every: Duration,
    /// A run that was missed for longer than this, because the server was down, is skipped.
    pub catch_up: Duration,
    /// The description in the Web UI.
    pub summary: &'static str,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// All maintenance schedules. A run that is due while the previous one is running is skipped.
pub const SCHEDULES: [MaintenanceSchedule; 3] = [
    MaintenanceSchedule {
        id: "reconcile",
        workflow: "ReconcileWorkflow",
        every: Duration::from_secs(5 * 60),
        catch_up: MINUTE,
        summary: "settle carousels whose workflow is over, report workflows that are stuck",
    },
    MaintenanceSchedule {
        id: "collect-blobs",
        workflow: "CollectBlobsWorkflow",
        every: HOUR,
        catch_up: HOUR,
        summary: "take blobs that nothing refers to and nobody has used for a day",
    },
    MaintenanceSchedule {
        id: "prune",
        workflow: "PruneWorkflow",
        every: Duration::from_secs(6 * 60 * 60),
        catch_up: HOUR,
        summary: "delete what is older than its retention: events, updates, carousels, usage, people",
    },
];
