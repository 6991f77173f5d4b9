//! [`Offer`]: what a user can have instead after a failure.

use serde::{Deserialize, Serialize};

/// What can be done without the models that failed. An unknown offer decodes to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Offer {
    /// The offline provider can do it: every model failed permanently, or the budget is used up.
    #[serde(rename = "offline")]
    Offline,
    /// Our notes do not cover the topic: the offline provider can write questions about it.
    #[serde(rename = "questions")]
    Questions,
    #[default]
    #[serde(rename = "", other)]
    Nothing,
}
