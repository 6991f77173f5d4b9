//! What administrators ask of a broadcast.

use serde::{Deserialize, Serialize};

/// What is asked of a broadcast. Stored, so a name is never given another meaning. A broadcast is
/// named by the update that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Outreach {
    /// Show how it would look, and ask whether to send it.
    Preview {
        /// The words.
        text: String,
    },
    /// Send it.
    Send {
        /// Which.
        update: i64,
    },
    /// Leave it.
    Drop {
        /// Which.
        update: i64,
    },
    /// Let it rest.
    Pause {
        /// Which.
        update: i64,
    },
    /// Go on with it.
    Resume {
        /// Which.
        update: i64,
    },
    /// Call it off.
    Stop {
        /// Which.
        update: i64,
    },
}

impl Outreach {
    /// What a button carries; `None` for what none does.
    pub fn of_button(data: &str) -> Option<Self> {
        let (verb, update) = data.split_once(' ')?;
        let update = update.parse().ok()?;
        Some(match verb {
            "send" => Self::Send { update },
            "drop" => Self::Drop { update },
            "pause" => Self::Pause { update },
            "go" => Self::Resume { update },
            "stop" => Self::Stop { update },
            _ => return None,
        })
    }
}
