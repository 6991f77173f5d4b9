//! Failpoints of the activities, at which tests inject errors: before the effect, after it, and
//! after recording.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailpointPosition {
    Before,
    /// The effect has happened but is not recorded.
    After,
    /// The effect is recorded, but the result has not reached Temporal.
    Recorded,
}

/// Names of all failpoints, `<activity>.<moment>`.
pub fn failpoint_names() -> impl Iterator<Item = String> {
    let moments =
        [FailpointPosition::Before, FailpointPosition::After, FailpointPosition::Recorded];
    workflows::activity::all()
        .flat_map(move |activity| moments.map(|moment| format!("{}.{moment}", activity.name)))
}

impl fmt::Display for FailpointPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Recorded => "recorded",
        })
    }
}
