//! [`Offer`]: what a user can have instead after a failure.

use serde::{Deserialize, Serialize};

/// What can be done without the models that failed. An unknown offer decodes to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Offer {
    /// The offline provider can do it: every model failed permanently, or the budget is used up.
    #[serde(rename = "offline")]
    Offline,
    #[default]
    #[serde(rename = "", other)]
    Nothing,
}

impl Offer {
    /// Whether there is none; none is not serialized.
    pub const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}
