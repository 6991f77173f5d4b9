//! The failpoints of an update in the gateway.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UpdateFailpoint {
    /// It is stored, and Telegram may have the acknowledgement; nothing is decided.
    Received,
    /// The decision is stored; nothing is carried out.
    Decided,
    /// The command is carried out; nothing is stored about it.
    Handled,
    Finished,
}

impl UpdateFailpoint {
    /// In processing order.
    pub const ALL: [Self; 4] = [Self::Received, Self::Decided, Self::Handled, Self::Finished];
}

/// The names of all failpoints, `update.<moment>`.
pub fn points() -> impl Iterator<Item = String> {
    UpdateFailpoint::ALL.iter().map(UpdateFailpoint::to_string)
}

impl fmt::Display for UpdateFailpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Received => "update.received",
            Self::Decided => "update.decided",
            Self::Handled => "update.acted",
            Self::Finished => "update.finished",
        })
    }
}
