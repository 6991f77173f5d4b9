//! Retention times that no setting changes. Pruning, the privacy texts and the docs read them here.

/// Events, updates and decisions about updates, in days. Longer than Temporal keeps a workflow that
/// could be reset and write an event again.
pub const EVENT_DAYS: u32 = 7;

pub const DIALOGUE_HOURS: u32 = 24;

/// Minimum age before an unreferenced blob is set aside, and then before it is deleted, in hours.
pub const BLOB_GRACE_HOURS: u32 = 24;

/// Maximum time that an unreferenced blob stays in the store, in hours: one grace period until it
/// is set aside, one until it is deleted.
pub const BLOB_HOURS: u32 = 2 * BLOB_GRACE_HOURS;

/// Histories of closed workflows in Temporal, in days: the namespace's retention as `cargo dev`
/// sets it. Operators of another Temporal must set the same value there.
pub const HISTORY_DAYS: u32 = 3;

/// Minimum of every retention setting, in days. Longer than a history is kept, so that no row is
/// deleted that a workflow may still need.
pub const MIN_RETENTION_DAYS: u32 = EVENT_DAYS + 1;
