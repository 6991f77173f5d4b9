//! Payloads and activities of the maintenance workflows.

use std::time::Duration;

use domain::{
    Outcome,
    record::{is_default, known_name},
};
use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    activity::activities,
    destination::DestinationRecord,
    policy::{self, Policy},
    webhook::WebhookCalls,
};

/// Input of `find_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindLostInput {
    /// Cursor of the previous page; `None` for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<CursorRecord>,
    /// Maximum number of carousels.
    pub limit: u32,
}

/// A cursor in a list ordered by time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CursorRecord {
    /// The time of the previous row, in microseconds since the Unix epoch.
    pub at_micros: i64,
    /// The key of the previous row.
    pub id: String,
}

/// Result of `find_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LostFound {
    /// Number of inspected carousels.
    pub looked_at: u32,
    /// Open carousels with an ended workflow.
    pub lost: Vec<LostCarousel>,
    /// Carousels with a workflow that makes no progress.
    pub stuck: Vec<StuckCarousel>,
    /// `None` after the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<CursorRecord>,
}

/// An open carousel with an ended workflow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LostCarousel {
    pub carousel: String,
    /// How the workflow ended, as text for people.
    pub why: String,
}

/// A carousel with a workflow task that fails repeatedly.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StuckCarousel {
    pub carousel: String,
    pub since: Millis,
    pub attempts: u32,
}

/// Input of `settle_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReconcileLostInput {
    pub carousel: String,
    /// How the workflow ended, as text for people.
    pub why: String,
}

/// Result of `settle_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LostReconciled {
    /// `None` if it is too early to decide, because a request may still be running.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The chat that requested the carousel and gets a message, if it was a chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<DestinationRecord>,
    /// The owner's webhooks that are told, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<WebhookCalls>,
}

/// Input of `raise_alert`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RaiseAlertInput {
    pub stuck: Vec<StuckCarousel>,
}

/// Result of `ReconcileWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReconcileResult {
    /// Number of inspected carousels.
    pub looked_at: u32,
    /// Lost carousels that were reconciled.
    pub settled: Vec<ReconciledCarousel>,
    /// Ids of stuck carousels.
    pub stuck: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReconciledCarousel {
    pub carousel: String,
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// Input of `collect_blobs`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CollectInput {
    /// A blob without references is kept for this long after its last use.
    pub grace_hours: u32,
}

/// Result of `collect_blobs`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BlobsCollected {
    /// Inspected files.
    pub seen: u64,
    /// Old blobs with references.
    pub referenced: u64,
    /// Blobs without references that were set aside.
    pub condemned: u64,
    /// Blobs that were set aside before and restored: they have references now.
    pub restored: u64,
    /// Blobs that were set aside before and deleted.
    pub deleted: u64,
    /// Files that could not be processed.
    pub problems: u64,
}

/// Input of `prune_tables`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PruneInput {
    /// How long finished rows are kept.
    pub keep_days: u32,
}

/// Result of `prune_tables`: numbers of deleted rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TablesPruned {
    pub events: u64,
    pub updates: u64,
    /// Expired dialogues.
    pub sessions: u64,
    /// Carousels past their retention.
    #[serde(skip_serializing_if = "is_default")]
    pub carousels: u64,
    /// Deliveries without a carousel, and broadcasts, past their retention.
    #[serde(skip_serializing_if = "is_default")]
    pub deliveries: u64,
    /// Model calls.
    #[serde(skip_serializing_if = "is_default")]
    pub usage: u64,
    /// Users without recent activity.
    #[serde(skip_serializing_if = "is_default")]
    pub people: u64,
}

/// It asks Temporal about each carousel of a page. The next run repeats what failed.
const RECONCILE: Policy = Policy {
    attempt_timeout: Duration::from_secs(60),
    total_timeout: Some(Duration::from_secs(4 * 60)),
    ..policy::PERSISTENCE
};

/// A store of a million files takes minutes to list.
const CLEAN_UP: Policy = Policy {
    attempt_timeout: Duration::from_secs(20 * 60),
    total_timeout: Some(Duration::from_secs(50 * 60)),
    ..policy::PERSISTENCE
};

activities! {
    /// Finds open carousels with an ended or stuck workflow.
    FindLost "find_lost": FindLostInput => LostFound, RECONCILE;
    /// Completes a lost carousel that was delivered, undoes one that was not.
    ReconcileLost "settle_lost": ReconcileLostInput => LostReconciled, RECONCILE;
    /// Raises an alert about stuck workflows.
    RaiseAlert "raise_alert": RaiseAlertInput => (), RECONCILE;
    /// Deletes unreferenced blobs.
    CollectBlobs "collect_blobs": CollectInput => BlobsCollected, CLEAN_UP;
    /// Deletes old rows.
    PruneTables "prune_tables": PruneInput => TablesPruned, CLEAN_UP;
}
