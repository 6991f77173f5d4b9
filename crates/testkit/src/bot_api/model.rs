//! What the fake keeps, as tests, other processes and people see it: messages with their whole
//! history, files, calls, updates.
//!
//! These are the fake's own words, not Telegram's: `wire` turns them into what a bot is told.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A chat's number. A person's private chat has the person's; groups count downwards from zero.
pub type ChatId = i64;

/// Milliseconds since the fake was started.
pub type Moment = u64;

/// A chat, with everything that was ever said in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chat {
    /// Its number.
    pub id: ChatId,
    /// What kind it is.
    pub kind: ChatKind,
    /// The person's name, or the group's.
    pub title: String,
    /// What the bot may do here.
    pub standing: Standing,
    /// Every message, also those that were deleted, in the order of their numbers.
    pub messages: Vec<Message>,
    /// What the bot was shown to be doing.
    pub actions: Vec<Action>,
}

/// A kind of chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// One person and the bot.
    Private,
    /// A group.
    Group,
    /// A group with topics.
    Forum,
}

/// What the bot may do in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Speak.
    Welcome,
    /// Nothing: the person blocked it, or the group removed it.
    Blocked,
    /// Nothing: the person deleted their account, or the group was deleted.
    Gone,
}

/// A message, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its number within the chat.
    pub id: i64,
    /// The chat.
    pub chat: ChatId,
    /// The topic of a forum, when it is in one.
    pub thread: Option<i64>,
    /// Who sent it.
    pub from: Sender,
    /// When it arrived.
    pub at: Moment,
    /// The same as Telegram tells it, in seconds since 1970; a test can make a message older.
    pub date: i64,
    /// What is in it now.
    pub content: Content,
    /// The album that it is part of.
    pub album: Option<String>,
    /// `reply_markup`, as the bot sent it.
    pub markup: Option<Value>,
    /// The message that it answers.
    pub reply_to: Option<i64>,
    /// The name of the channel that it was forwarded from.
    pub forwarded_from: Option<String>,
    /// What it was before each edit, oldest first.
    pub edits: Vec<Edit>,
    /// When it was deleted.
    pub deleted_at: Option<Moment>,
    /// The call that made it, when the bot sent it: [`Call::number`].
    pub call: Option<u64>,
}

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The bot.
    Bot,
    /// A person, by number.
    Person(i64),
}

/// What is in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Text alone.
    Text {
        /// The text.
        words: Words,
    },
    /// A picture, and a caption.
    Photo {
        /// The file.
        file: String,
        /// The caption.
        words: Words,
    },
    /// A file as it is, and a caption.
    Document {
        /// The file.
        file: String,
        /// The caption.
        words: Words,
    },
    /// A voice message.
    Voice {
        /// The file.
        file: String,
    },
}

/// Text with its formatting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Words {
    /// The text, without markup.
    pub text: String,
    /// `MessageEntity` objects, as Telegram has them.
    pub entities: Vec<Value>,
}

/// What a message was before it was edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// When it was edited.
    pub at: Moment,
    /// What was in it before.
    pub content: Content,
    /// Its `reply_markup` before.
    pub markup: Option<Value>,
    /// The call that edited it; none when a person did.
    pub call: Option<u64>,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// Its label.
    pub text: String,
    /// What pressing it does.
    pub press: Press,
}

/// What pressing a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// Tells the bot this.
    Callback(String),
    /// Opens this address.
    Url(String),
    /// Copies this text.
    Copy(String),
    /// Something that a carousel bot has no use for.
    Other,
}

/// A chat action, such as `typing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// The topic of a forum.
    pub thread: Option<i64>,
    /// When it was shown.
    pub at: Moment,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What a bot names it by.
    pub id: String,
    /// Its name, where it had one.
    pub name: String,
    /// Its type, where it was told.
    pub mime: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// The SHA-256 of its contents, in hexadecimal.
    pub sha256: String,
    /// Width and height in pixels, when it is a picture.
    pub size: Option<(usize, usize)>,
}

/// A call of the Bot API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Counted from 1, over all methods, in the order of arrival.
    pub number: u64,
    /// The method, as it was asked for.
    pub method: String,
    /// The chat, where it names one.
    pub chat: Option<ChatId>,
    /// The parameters; uploads are described, not repeated.
    pub params: Value,
    /// When it arrived.
    pub at: Moment,
    /// When its answer was on its way; none while it is open, or for ever when there was none.
    pub answered_at: Option<Moment>,
    /// What was answered.
    pub answer: Answered,
    /// The numbers of the messages that it made.
    pub messages: Vec<i64>,
    /// Whether a fault was played on it.
    pub faulty: bool,
}

/// What a call was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// Nothing yet.
    Open,
    /// What it asked for.
    Ok,
    /// It was refused by the rules.
    Refused {
        /// Telegram's code.
        code: u16,
        /// Telegram's words.
        description: String,
    },
    /// Whatever the fault said.
    Faulty(String),
    /// Nothing: the caller was gone, or the connection was cut.
    Nothing,
}

/// An update, and how often a bot was given it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Its number.
    pub id: i64,
    /// What it is, such as `message` or `callback_query`; empty for one that is nothing.
    pub kind: String,
    /// All of it, as it is sent.
    pub body: Value,
    /// When it came in.
    pub at: Moment,
    /// How often it was handed out.
    pub handed: u32,
    /// When the bot said that it has it.
    pub confirmed_at: Option<Moment>,
}

/// An answer to a pressed button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressed {
    /// The callback query's id.
    pub id: String,
    /// Who pressed.
    pub by: i64,
    /// The chat.
    pub chat: ChatId,
    /// The message under which the button is.
    pub message: i64,
    /// What the bot was told.
    pub data: String,
    /// When.
    pub at: Moment,
    /// What the bot answered: the text shown, which may be empty.
    pub answer: Option<String>,
    /// Whether the answer was to be shown as an alert.
    pub alert: bool,
}

impl Message {
    /// Its text or its caption, without markup.
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Text { words }
            | Content::Photo { words, .. }
            | Content::Document { words, .. } => &words.text,
            Content::Voice { .. } => "",
        }
    }

    /// The file in it.
    pub fn file(&self) -> Option<&str> {
        match &self.content {
            Content::Text { .. } => None,
            Content::Photo { file, .. }
            | Content::Document { file, .. }
            | Content::Voice { file } => Some(file),
        }
    }

    /// Whether the bot sent it.
    pub fn is_from_bot(&self) -> bool {
        self.from == Sender::Bot
    }

    /// Whether it can still be seen.
    pub fn is_there(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether it is a picture.
    pub fn is_photo(&self) -> bool {
        matches!(self.content, Content::Photo { .. })
    }

    /// The rows of buttons under it.
    pub fn buttons(&self) -> Vec<Vec<Button>> {
        let rows = self
            .markup
            .as_ref()
            .and_then(|m| m["inline_keyboard"].as_array());
        let row = |row: &Value| row.as_array().into_iter().flatten().map(button).collect();
        rows.into_iter().flatten().map(row).collect()
    }

    /// The button with this label, or whose label contains it.
    pub fn button(&self, label: &str) -> Option<Button> {
        let all: Vec<Button> = self.buttons().into_iter().flatten().collect();
        let exact = all.iter().find(|button| button.text == label);
        exact
            .or_else(|| all.iter().find(|button| button.text.contains(label)))
            .cloned()
    }
}

impl Button {
    /// What the bot is told when it is pressed.
    pub fn data(&self) -> Option<&str> {
        match &self.press {
            Press::Callback(data) => Some(data),
            Press::Url(_) | Press::Copy(_) | Press::Other => None,
        }
    }
}

impl Chat {
    /// What the bot said and can still be seen.
    pub fn answers(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages
            .iter()
            .filter(|m| m.is_from_bot() && m.is_there())
    }

    /// The last thing that the bot said and that can still be seen.
    pub fn last(&self) -> Option<&Message> {
        self.answers().next_back()
    }

    /// A message by its number.
    pub fn message(&self, id: i64) -> Option<&Message> {
        self.messages.iter().find(|m| m.id == id)
    }

    /// The albums that the bot sent and that can still be seen, each in its order.
    pub fn albums(&self) -> Vec<Vec<&Message>> {
        let mut albums: Vec<Vec<&Message>> = Vec::new();
        for message in self.answers().filter(|m| m.album.is_some()) {
            match albums.iter_mut().find(|a| a[0].album == message.album) {
                Some(album) => album.push(message),
                None => albums.push(vec![message]),
            }
        }
        albums
    }
}

fn button(raw: &Value) -> Button {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let press = if raw["callback_data"].is_string() {
        Press::Callback(text(&raw["callback_data"]))
    } else if raw["url"].is_string() {
        Press::Url(text(&raw["url"]))
    } else if raw["copy_text"].is_object() {
        Press::Copy(text(&raw["copy_text"]["text"]))
    } else {
        Press::Other
    };
    Button {
        text: text(&raw["text"]),
        press,
    }
}
