//! How long what is not a setting is kept. What prunes, what tells people and the docs read it here.

/// Events, updates and decisions about them, in days: longer than Temporal keeps a workflow that could
/// still be reset and write an event twice.
pub const RECORD_DAYS: u32 = 7;

/// What a dialogue waits for, in hours.
pub const DIALOGUE_HOURS: u32 = 24;

/// How long a blob is left alone that nobody refers to, in hours.
pub const BLOB_GRACE_HOURS: u32 = 24;

/// How long such a blob is in the store at most, in hours: it is set aside after one grace and deleted
/// after another.
pub const BLOB_HOURS: u32 = 2 * BLOB_GRACE_HOURS;

/// Histories of closed workflows in Temporal, in days: the namespace's retention, as `cargo dev` sets
/// it. Who runs a Temporal of their own sets the same there.
pub const HISTORY_DAYS: u32 = 3;

/// The shortest time for which anything may be kept that has a setting, in days: longer than a history,
/// so that nothing goes that a workflow may still need.
pub const SHORTEST_DAYS: u32 = RECORD_DAYS + 1;
