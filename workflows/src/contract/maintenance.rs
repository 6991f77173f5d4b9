//! Payloads of what looks after the house: reconciling, collecting blobs, pruning.

use serde::{Deserialize, Serialize};

use super::{DestinationRecord, Millis};

/// Input of `find_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindLostInput {
    /// Where the page before ended; nowhere for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<CursorRecord>,
    /// Carousels to look at, at most.
    pub limit: u32,
}

/// A place in a list that is ordered by time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CursorRecord {
    /// The time of the row before, in microseconds since the Unix epoch.
    pub at_micros: i64,
    /// Its key.
    pub id: String,
}

/// Result of `find_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LostFound {
    /// Carousels that were looked at.
    pub looked_at: u32,
    /// Those whose workflow is over and that are open still.
    pub lost: Vec<LostCarousel>,
    /// Those whose workflow is not getting on.
    pub stuck: Vec<StuckCarousel>,
    /// Where the next page begins; `None` after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<CursorRecord>,
}

/// A carousel that nobody works on any more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LostCarousel {
    /// Which.
    pub carousel: String,
    /// What became of its workflow, in words.
    pub why: String,
}

/// A carousel whose workflow task fails again and again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StuckCarousel {
    /// Which.
    pub carousel: String,
    /// Since when.
    pub since: Millis,
    /// How often it was tried.
    pub attempts: u32,
}

/// Input of `settle_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SettleLostInput {
    /// Which.
    pub carousel: String,
    /// What became of its workflow, in words.
    pub why: String,
}

/// Result of `settle_lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LostSettled {
    /// How the carousel ended: a [`domain::Outcome`]'s name; empty when it is too early to say,
    /// because something may still be on its way.
    pub outcome: String,
    /// Where whoever asked for it is told, where they asked in a chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<DestinationRecord>,
}

/// Input of `raise_alert`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RaiseAlertInput {
    /// Whose workflow.
    pub stuck: Vec<StuckCarousel>,
}

/// Result of `ReconcileWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reconciled {
    /// Open carousels that were looked at.
    pub looked_at: u32,
    /// Lost ones that were settled, with how they ended.
    pub settled: Vec<SettledCarousel>,
    /// Ids of those that are stuck.
    pub stuck: Vec<String>,
}

/// A lost carousel, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SettledCarousel {
    /// Which.
    pub carousel: String,
    /// A [`domain::Outcome`]'s name.
    pub outcome: String,
}

/// Input of `collect_blobs`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CollectInput {
    /// Longest time for which nobody may have used a blob that is left alone.
    pub grace_hours: u32,
}

/// Result of `collect_blobs`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BlobsCollected {
    /// Files that were looked at.
    pub seen: u64,
    /// Old blobs that something refers to.
    pub referenced: u64,
    /// Blobs that were set aside: nothing refers to them.
    pub condemned: u64,
    /// Set aside before, and put back: something refers to them now.
    pub restored: u64,
    /// Set aside before, and deleted for good.
    pub deleted: u64,
    /// Files that could not be dealt with.
    pub problems: u64,
}

/// Input of `prune_tables`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PruneInput {
    /// How long what is over is kept.
    pub keep_days: u32,
}

/// Result of `prune_tables`: rows that went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pruned {
    /// Published events.
    pub events: u64,
    /// Updates that were executed.
    pub updates: u64,
    /// Dialogues that ended long ago.
    pub sessions: u64,
    /// Carousels whose retention is over.
    #[serde(skip_serializing_if = "is_nothing")]
    pub carousels: u64,
    /// Deliveries without a carousel, and broadcasts, likewise.
    #[serde(skip_serializing_if = "is_nothing")]
    pub deliveries: u64,
    /// Model calls.
    #[serde(skip_serializing_if = "is_nothing")]
    pub usage: u64,
    /// People of whom nothing has been seen for long.
    #[serde(skip_serializing_if = "is_nothing")]
    pub people: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
const fn is_nothing(count: &u64) -> bool {
    *count == 0
}
