//! Named points on an update's way, at which tests make things go wrong.

use std::fmt;

/// Where an update is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// It is stored, and Telegram may have been told; nothing is decided.
    Received,
    /// What it asks for is stored; nothing is done.
    Decided,
    /// It is done; nobody knows.
    Acted,
    /// It is known to be done.
    Finished,
}

impl Moment {
    /// All of them, in the order in which an update comes by.
    pub const ALL: [Self; 4] = [Self::Received, Self::Decided, Self::Acted, Self::Finished];
}

/// The names of all points, `update.<moment>`.
pub fn points() -> impl Iterator<Item = String> {
    Moment::ALL.iter().map(Moment::to_string)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Received => "update.received",
            Self::Decided => "update.decided",
            Self::Acted => "update.acted",
            Self::Finished => "update.finished",
        })
    }
}
