//! Where a carousel or a message is delivered.

use domain::{
    ChatId, Language,
    record::{is_default, known_name},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DestinationKind {
    /// A folder on the delivery worker's disk.
    Folder,
    /// A chat.
    Telegram,
}

/// Where a carousel is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationRecord {
    /// `None` for nowhere, or for a kind that this version does not know.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub kind: Option<DestinationKind>,
    /// For `folder`: its path, relative to the delivery pool's `OUTPUT_DIR`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// For `telegram`: Telegram's chat id.
    #[serde(skip_serializing_if = "is_default")]
    pub chat: ChatId,
    /// For `telegram`: the topic of a forum; 0 for none.
    #[serde(skip_serializing_if = "is_default")]
    pub thread: i64,
    /// For `telegram`: the [`Language`] of the bot's texts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// For `telegram`: the message that asked, to which messages about a failure reply; 0 for none.
    #[serde(skip_serializing_if = "is_default")]
    pub reply_to: i64,
}

/// Prefix of a folder that is a grant's token instead of a path.
const GRANT: &str = "grant:";

impl DestinationRecord {
    pub fn telegram(chat: ChatId, thread: Option<i32>, language: Language) -> Self {
        Self {
            kind: Some(DestinationKind::Telegram),
            chat,
            thread: thread.map_or(0, i64::from),
            language: language.name().to_owned(),
            ..Self::default()
        }
    }

    /// The same chat, with the message that asked.
    #[must_use]
    pub fn replying_to(self, message: i32) -> Self {
        Self { reply_to: message.into(), ..self }
    }

    /// Whether it is a chat, which gets status messages.
    pub fn is_chat(&self) -> bool {
        self.kind == Some(DestinationKind::Telegram)
    }

    pub fn description(&self) -> String {
        match self.kind {
            Some(DestinationKind::Telegram) => format!("telegram {}", self.chat),
            Some(DestinationKind::Folder) if self.grant().is_some() => {
                "the folder that `cargo dev make` was given".to_owned()
            }
            Some(DestinationKind::Folder) => format!("folder {}", self.folder),
            None => "nowhere".to_owned(),
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
        Self { kind: Some(DestinationKind::Folder), folder: path.into(), ..Self::default() }
    }
}
