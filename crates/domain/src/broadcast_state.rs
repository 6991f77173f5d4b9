//! [`BroadcastState`]: whether a broadcast is being sent.

use serde::{Deserialize, Serialize};

use crate::named;

/// The state of a broadcast, in its row and in payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BroadcastState {
    /// Recipients may be claimed.
    Sending,
    Paused,
    /// All recipients are processed.
    Done,
    /// Cancelled; the remaining recipients get no message.
    Cancelled,
}

named!(BroadcastState, "state of a broadcast", {
    Sending => "sending",
    Paused => "paused",
    Done => "done",
    Cancelled => "cancelled",
});

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn names_are_the_serialized_forms() {
        for state in BroadcastState::ALL {
            assert_eq!(to_value(state).unwrap(), json!(state.name()));
            assert_eq!(from_value::<BroadcastState>(json!(state.name())).unwrap(), *state);
        }
    }
}
