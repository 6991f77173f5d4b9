//! The data model of the fake, as tests, other processes and people see it: messages with their
//! history, files, calls, updates.
//!
//! These are the fake's own types, not Telegram's: `wire` converts them to Bot API objects.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A private chat has the person's user id; group ids are negative.
pub type ChatId = i64;

/// Milliseconds since the fake was started.
pub type MillisSinceStart = u64;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FakeChat {
    pub id: ChatId,
    pub kind: ChatKind,
    /// The person's name, or the group's.
    pub title: String,
    /// What the bot may do here.
    pub standing: BotMembership,
    /// The user ids of its administrators.
    #[serde(default)]
    pub administrators: Vec<i64>,
    /// Whether its administrators forbid reactions.
    #[serde(default)]
    pub reactions_forbidden: bool,
    /// The supergroup that it became.
    #[serde(default)]
    pub migrated_to: Option<ChatId>,
    /// All messages, including deleted ones, in the order of their ids.
    pub messages: Vec<FakeMessage>,
    pub actions: Vec<RecordedChatAction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    Private,
    /// A group that is no supergroup yet.
    BasicGroup,
    /// A supergroup.
    Group,
    /// A supergroup with topics.
    Forum,
    Channel,
}

/// What the bot may do in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BotMembership {
    /// It may send messages.
    Welcome,
    /// Nothing: the person blocked it, or the group removed it.
    Blocked,
    /// Nothing: the person deleted their account, or the group was deleted.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FakeMessage {
    /// Its id within the chat.
    pub id: i64,
    pub chat: ChatId,
    /// The topic of a forum.
    pub thread: Option<i64>,
    pub from: Sender,
    /// The time of arrival.
    pub at: MillisSinceStart,
    /// The `date` field of Telegram, in seconds since 1970; a test can move it into the past.
    pub date: i64,
    pub content: MessageContent,
    /// The `media_group_id` of its album.
    pub album: Option<String>,
    /// `reply_markup`, as the bot sent it.
    pub markup: Option<Value>,
    /// The id of the message that it replies to.
    pub reply_to: Option<i64>,
    pub forwarded_from: Option<String>,
    /// Whether it arrived without a sound.
    #[serde(default)]
    pub silent: bool,
    /// The bot's reactions on it.
    #[serde(default)]
    pub reactions: Vec<String>,
    /// Its earlier contents, oldest first.
    pub edits: Vec<MessageEdit>,
    pub deleted_at: Option<MillisSinceStart>,
    /// The bot's call that created it: [`RecordedCall::number`].
    pub call: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    Bot,
    /// A person's user id.
    Person(i64),
    /// The chat itself: an anonymous administrator of a group, or a channel.
    Chat,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MessageContent {
    Text {
        words: FormattedText,
    },
    /// A picture with a caption.
    Photo {
        /// The file's id.
        file: String,
        /// The caption.
        words: FormattedText,
    },
    Document {
        /// The file's id.
        file: String,
        /// The caption.
        words: FormattedText,
    },
    Voice {
        /// The file's id.
        file: String,
    },
    /// A service message: the group became this supergroup.
    MigratedTo {
        chat: ChatId,
    },
    /// A service message: the supergroup was this group.
    MigratedFrom {
        chat: ChatId,
    },
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FormattedText {
    /// The text, without markup.
    pub text: String,
    /// `MessageEntity` objects.
    pub entities: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageEdit {
    /// The time of the edit.
    pub at: MillisSinceStart,
    /// The content before the edit.
    pub content: MessageContent,
    /// The `reply_markup` before the edit.
    pub markup: Option<Value>,
    /// The bot's call that edited it; `None` if a person did.
    pub call: Option<u64>,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FakeButton {
    pub text: String,
    pub press: ButtonAction,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonAction {
    Callback(String),
    Url(String),
    /// Copies this text.
    Copy(String),
    /// An action that a carousel bot does not use.
    Other,
}

/// A chat action, such as `typing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedChatAction {
    pub name: String,
    /// The topic of a forum.
    pub thread: Option<i64>,
    pub at: MillisSinceStart,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FakeFile {
    /// Telegram's `file_id`.
    pub id: String,
    /// Empty if it has none.
    pub name: String,
    /// Its MIME type; empty if unknown.
    pub mime: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// The SHA-256 of its contents, in hexadecimal.
    pub sha256: String,
    /// Width and height in pixels, if it is a picture.
    pub size: Option<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedCall {
    /// Counted from 1, over all methods, in the order of arrival.
    pub number: u64,
    /// The method as spelled in the request.
    pub method: String,
    pub chat: Option<ChatId>,
    /// The parameters; uploads are described, not included.
    pub params: Value,
    /// The time of arrival.
    pub at: MillisSinceStart,
    /// When the response was sent; `None` while the call is open, or if there never was one.
    pub answered_at: Option<MillisSinceStart>,
    pub answer: CallOutcome,
    /// The ids of the messages that it created.
    pub messages: Vec<i64>,
    /// Whether a fault was injected.
    pub faulty: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// Not answered yet.
    Open,
    Ok,
    /// Refused by Telegram's rules.
    Refused {
        /// Telegram's `error_code`.
        code: u16,
        /// Telegram's `description`.
        description: String,
    },
    /// The injected response.
    Faulty(String),
    /// None: the caller had disconnected, or the connection was reset.
    Nothing,
}

/// An update, with the number of deliveries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuedUpdate {
    /// Its `update_id`.
    pub id: i64,
    /// Its type, such as `message` or `callback_query`; empty if it has none.
    pub kind: String,
    /// The whole update.
    pub body: Value,
    /// The time of arrival.
    pub at: MillisSinceStart,
    /// The number of deliveries.
    pub handed: u32,
    /// When the bot acknowledged it.
    pub confirmed_at: Option<MillisSinceStart>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonPress {
    /// The callback query's id.
    pub id: String,
    /// The person's user id.
    pub by: i64,
    pub chat: ChatId,
    pub message: i64,
    pub data: String,
    pub at: MillisSinceStart,
    /// The text that the bot answered, which may be empty.
    pub answer: Option<String>,
    /// Whether the answer was to be shown as an alert.
    pub alert: bool,
}

/// A person's inline query, and the bot's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FakeInlineQuery {
    pub id: String,
    /// The person's user id.
    pub by: i64,
    pub query: String,
    pub at: MillisSinceStart,
    /// The parameters of `answerInlineQuery`: `results` and `button`.
    pub answer: Option<Value>,
}

impl FakeMessage {
    /// Its text or its caption, without markup.
    pub fn text(&self) -> &str {
        match &self.content {
            MessageContent::Text { words }
            | MessageContent::Photo { words, .. }
            | MessageContent::Document { words, .. } => &words.text,
            MessageContent::Voice { .. }
            | MessageContent::MigratedTo { .. }
            | MessageContent::MigratedFrom { .. } => "",
        }
    }

    pub fn file(&self) -> Option<&str> {
        match &self.content {
            MessageContent::Text { .. }
            | MessageContent::MigratedTo { .. }
            | MessageContent::MigratedFrom { .. } => None,
            MessageContent::Photo { file, .. }
            | MessageContent::Document { file, .. }
            | MessageContent::Voice { file } => Some(file),
        }
    }

    pub fn is_from_bot(&self) -> bool {
        self.from == Sender::Bot
    }

    /// Whether it was not deleted.
    pub fn is_visible(&self) -> bool {
        self.deleted_at.is_none()
    }

    pub fn is_photo(&self) -> bool {
        matches!(self.content, MessageContent::Photo { .. })
    }

    /// The rows of buttons under it.
    pub fn buttons(&self) -> Vec<Vec<FakeButton>> {
        let rows = self.markup.as_ref().and_then(|m| m["inline_keyboard"].as_array());
        let row = |row: &Value| row.as_array().into_iter().flatten().map(button).collect();
        rows.into_iter().flatten().map(row).collect()
    }

    /// The button with a label that is or contains `label`.
    pub fn button(&self, label: &str) -> Option<FakeButton> {
        let all: Vec<FakeButton> = self.buttons().into_iter().flatten().collect();
        let exact = all.iter().find(|button| button.text == label);
        exact.or_else(|| all.iter().find(|button| button.text.contains(label))).cloned()
    }
}

impl FakeButton {
    pub fn data(&self) -> Option<&str> {
        match &self.press {
            ButtonAction::Callback(data) => Some(data),
            ButtonAction::Url(_) | ButtonAction::Copy(_) | ButtonAction::Other => None,
        }
    }
}

impl FakeChat {
    /// The bot's messages that were not deleted.
    pub fn bot_messages(&self) -> impl DoubleEndedIterator<Item = &FakeMessage> {
        self.messages.iter().filter(|m| m.is_from_bot() && m.is_visible())
    }

    /// The last message of the bot that was not deleted.
    pub fn last(&self) -> Option<&FakeMessage> {
        self.bot_messages().next_back()
    }

    pub fn message(&self, id: i64) -> Option<&FakeMessage> {
        self.messages.iter().find(|m| m.id == id)
    }

    /// The bot's albums that were not deleted, each in its order.
    pub fn albums(&self) -> Vec<Vec<&FakeMessage>> {
        let mut albums: Vec<Vec<&FakeMessage>> = Vec::new();
        for message in self.bot_messages().filter(|m| m.album.is_some()) {
            match albums.iter_mut().find(|a| a[0].album == message.album) {
                Some(album) => album.push(message),
                None => albums.push(vec![message]),
            }
        }
        albums
    }
}

fn button(raw: &Value) -> FakeButton {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let press = if raw["callback_data"].is_string() {
        ButtonAction::Callback(text(&raw["callback_data"]))
    } else if raw["url"].is_string() {
        ButtonAction::Url(text(&raw["url"]))
    } else if raw["copy_text"].is_object() {
        ButtonAction::Copy(text(&raw["copy_text"]["text"]))
    } else {
        ButtonAction::Other
    };
    FakeButton { text: text(&raw["text"]), press }
}
