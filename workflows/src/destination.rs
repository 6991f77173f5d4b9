//! Where a carousel or a message is delivered.

use serde::{Deserialize, Serialize};

const TELEGRAM: &str = "telegram";

/// Where a carousel is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationRecord {
    /// `folder` or `telegram`.
    pub kind: String,
    /// For `folder`: its path, relative to the delivery pool's `OUTPUT_DIR`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// For `telegram`: Telegram's chat id.
    #[serde(skip_serializing_if = "is_zero")]
    pub chat: i64,
    /// For `telegram`: the topic of a forum; 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub thread: i64,
    /// For `telegram`: the [`domain::Language`] of the bot's texts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Prefix of a folder that is a grant's token instead of a path.
const GRANT: &str = "grant:";

impl DestinationRecord {
    pub fn telegram(chat: i64, thread: Option<i32>, language: domain::Language) -> Self {
        Self {
            kind: TELEGRAM.to_owned(),
            chat,
            thread: thread.map_or(0, i64::from),
            language: language.name().to_owned(),
            ..Self::default()
        }
    }

    /// Whether it is a chat, which gets status messages.
    pub fn is_chat(&self) -> bool {
        self.kind == TELEGRAM
    }

    /// A description for operators.
    pub fn description(&self) -> String {
        match self.kind.as_str() {
            TELEGRAM => format!("{} {}", self.kind, self.chat),
            _ if self.grant().is_some() => "the folder that `cargo dev make` was given".to_owned(),
            _ => format!("{} {}", self.kind, self.folder),
        }
    }

    /// The folder of a grant. Only its owner can create the grant, which is valid for one carousel.
    pub fn granted(token: &str) -> Self {
        Self::folder(format!("{GRANT}{token}"))
    }

    /// The grant's token, if it is one.
    pub fn grant(&self) -> Option<&str> {
        self.folder.strip_prefix(GRANT)
    }

    /// A folder on the delivery worker's disk.
    pub fn folder(path: impl Into<String>) -> Self {
        Self { kind: "folder".to_owned(), folder: path.into(), ..Self::default() }
    }
}
