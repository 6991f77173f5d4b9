//! Parses a Telegram update into [`Incoming`]: only the parts that the bot uses. Pure.

use domain::{AccountId, Language, UpdateId, limits::TEXT_CHARS};
use telegram::{
    ChatRef,
    types::{CallbackQuery, FileMeta, MediaKind, Message, MessageKind, Update, UpdateKind, User},
};

/// Largest text file that is read: the longest text, at four bytes a character.
const DOCUMENT_BYTES: u32 = 4 * TEXT_CHARS as u32;

/// A parsed update: the content, its author and its chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    pub update: UpdateId,
    pub chat: ChatRef,
    /// Whether it is a private chat with the bot.
    pub private: bool,
    pub account: AccountId,
    /// From the language of the user's Telegram app.
    pub language: Language,
    /// The message id.
    pub message: i32,
    /// The author of the message that this one replies to; for a forwarded message, the original
    /// author.
    pub reply_to: Option<AccountId>,
    pub content: ParsedContent,
}

/// The content of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParsedContent {
    /// A command in lower case without its slash, and the text after it.
    Command {
        name: String,
        /// The text after the command.
        rest: String,
    },
    /// A text that is not a command.
    Text(String),
    /// A recording.
    Voice {
        /// Telegram's file id.
        file: String,
        /// File name extension, which determines the audio format.
        ending: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        bytes: u32,
    },
    /// A text file.
    Document {
        /// Telegram's file id.
        file: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        bytes: u32,
    },
    /// A picture.
    Picture {
        /// Telegram's file id.
        file: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        bytes: u32,
    },
    /// A file of an unsupported type, or too large.
    OtherFile { too_large: bool },
    /// A pressed button.
    Press {
        /// The id of the callback query, which must be answered.
        query: String,
        /// The callback data of the button.
        data: String,
    },
    /// Content that the bot does not read.
    Other,
}

impl Incoming {
    /// The same update, with replies redirected to the user's private chat. A press becomes other
    /// content, because its message can't be edited from there.
    pub fn in_private(&self) -> Self {
        Self {
            chat: ChatRef { id: self.account.get(), thread: None },
            private: true,
            content: ParsedContent::Other,
            ..self.clone()
        }
    }
}

/// The chat of an update, if it has one. Updates of one chat are handled in order.
pub fn chat_of(update: &Update) -> Option<i64> {
    update.chat().map(|chat| chat.id.0)
}

/// Parses an update; `None` if it is not for the bot: in groups, only messages that address the bot
/// are. `me` is the bot's user name, without `@`.
pub fn parse_update(update: &Update, me: &str) -> Option<Incoming> {
    let id = UpdateId::new(i64::from(update.id.0));
    match &update.kind {
        UpdateKind::Message(message) => parse_message(id, message, me),
        UpdateKind::CallbackQuery(query) => parse_press(id, query),
        _ => None,
    }
}

fn parse_press(update: UpdateId, query: &CallbackQuery) -> Option<Incoming> {
    let message = query.message.as_ref()?;
    let chat = message.chat();
    Some(Incoming {
        update,
        chat: ChatRef { id: chat.id.0, thread: query.regular_message().and_then(thread) },
        private: chat.is_private(),
        account: account(&query.from),
        language: language(&query.from),
        message: message.id().0,
        reply_to: None,
        content: ParsedContent::Press {
            query: query.id.0.clone(),
            data: query.data.clone().unwrap_or_default(),
        },
    })
}

fn parse_message(update: UpdateId, message: &Message, me: &str) -> Option<Incoming> {
    let from = message.from.as_ref().filter(|from| !from.is_bot)?;
    let private = message.chat.is_private();
    let said = read(message);
    let said = match said {
        ParsedContent::Text(words) => addressed_words(words, private, me)?,
        other if private => other,
        ParsedContent::Command { .. } | ParsedContent::Press { .. } => said,
        // Pictures and recordings in a group are not addressed to the bot.
        _ => return None,
    };
    Some(Incoming {
        update,
        chat: ChatRef { id: message.chat.id.0, thread: thread(message) },
        private,
        account: account(from),
        language: language(from),
        message: message.id.0,
        reply_to: message.reply_to_message().and_then(author),
        content: said,
    })
}

/// The user who wrote a message.
fn author(message: &Message) -> Option<AccountId> {
    let first = message.forward_from_user();
    let author = first.or(message.from.as_ref());
    author.filter(|author| !author.is_bot).map(account)
}

/// A command or text that is addressed to the bot. `/name@bot` is for that bot only.
fn addressed_words(words: String, private: bool, me: &str) -> Option<ParsedContent> {
    if let Some(command) = words.strip_prefix('/') {
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let name = match name.split_once('@') {
            Some((_, whose)) if !whose.eq_ignore_ascii_case(me) => return None,
            Some((name, _)) => name,
            None => name,
        };
        return Some(ParsedContent::Command {
            name: name.to_lowercase(),
            rest: rest.trim().to_owned(),
        });
    }
    if private {
        return Some(ParsedContent::Text(words));
    }
    let mention = format!("@{me}");
    let start = words.to_lowercase().find(&mention.to_lowercase())?;
    let mut rest = words;
    // Lower case can change the length in bytes, so check the bounds in the original text.
    rest.get(start..start + mention.len())?;
    rest.replace_range(start..start + mention.len(), "");
    Some(ParsedContent::Text(rest.trim().to_owned()))
}

fn read(message: &Message) -> ParsedContent {
    if let Some(text) = message.text() {
        return ParsedContent::Text(text.trim().to_owned());
    }
    let MessageKind::Common(common) = &message.kind else {
        return ParsedContent::Other;
    };
    match &common.media_kind {
        MediaKind::Voice(voice) => ParsedContent::Voice {
            file: voice.voice.file.id.0.clone(),
            ending: "ogg".to_owned(),
            bytes: stated_size(&voice.voice.file),
        },
        MediaKind::Audio(audio) => ParsedContent::Voice {
            file: audio.audio.file.id.0.clone(),
            ending: file_extension(audio.audio.file_name.as_deref())
                .unwrap_or_else(|| "mp3".to_owned()),
            bytes: stated_size(&audio.audio.file),
        },
        MediaKind::Photo(photo) => {
            let largest = photo.photo.iter().max_by_key(|size| size.width);
            largest.map_or(ParsedContent::Other, |size| ParsedContent::Picture {
                file: size.file.id.0.clone(),
                bytes: stated_size(&size.file),
            })
        }
        MediaKind::Document(document) => {
            let document = &document.document;
            let (file, bytes) = (document.file.id.0.clone(), stated_size(&document.file));
            match file_extension(document.file_name.as_deref()).as_deref() {
                Some("txt" | "md") if document.file.size > DOCUMENT_BYTES => {
                    ParsedContent::OtherFile { too_large: true }
                }
                Some("txt" | "md") => ParsedContent::Document { file, bytes },
                Some("png" | "jpg" | "jpeg") => ParsedContent::Picture { file, bytes },
                _ => ParsedContent::OtherFile { too_large: false },
            }
        }
        _ => message
            .caption()
            .map_or(ParsedContent::Other, |caption| ParsedContent::Text(caption.trim().to_owned())),
    }
}

/// The size of a file; 0 if unknown. The library uses the largest number for an unknown size.
fn stated_size(file: &FileMeta) -> u32 {
    if file.size == u32::MAX { 0 } else { file.size }
}

fn file_extension(name: Option<&str>) -> Option<String> {
    let (_, ending) = name?.rsplit_once('.')?;
    Some(ending.to_lowercase())
}

fn thread(message: &Message) -> Option<i32> {
    let thread = message.thread_id.filter(|_| message.is_topic_message);
    thread.map(|thread| thread.0.0)
}

fn account(user: &User) -> AccountId {
    AccountId::new(i64::try_from(user.id.0).unwrap_or(i64::MAX))
}

/// Russian for users with a Telegram language in which Russian is read more often than English.
fn language(user: &User) -> Language {
    const RUSSIAN: [&str; 5] = ["ru", "uk", "be", "kk", "ky"];
    let code = user.language_code.as_deref().unwrap_or_default();
    let code = code.split('-').next().unwrap_or_default();
    if RUSSIAN.contains(&code) { Language::Ru } else { Language::En }
}
