//! Parses a Telegram update into [`Heard`]: only the parts that the bot uses. Pure.

use domain::{AccountId, Language, UpdateId, limits::TEXT_CHARS};
use telegram::{
    Chat,
    types::{CallbackQuery, FileMeta, MediaKind, Message, MessageKind, Update, UpdateKind, User},
};

/// Largest text file that is read: the longest text, at four bytes a character.
const DOCUMENT_BYTES: u32 = 4 * TEXT_CHARS as u32;

/// A parsed update: the content, its author and its chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub update: UpdateId,
    pub chat: Chat,
    /// Whether it is a private chat with the bot.
    pub private: bool,
    pub from: AccountId,
    /// From the language of the user's Telegram app.
    pub language: Language,
    /// The message id.
    pub message: i32,
    /// The author of the message that this one replies to; for a forwarded message, the original
    /// author.
    pub reply_to: Option<AccountId>,
    pub said: Said,
}

/// The content of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A command in lower case without its slash, and the text after it.
    Command {
        name: String,
        /// The text after the command.
        rest: String,
    },
    /// A text that is not a command.
    Words(String),
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

impl Heard {
    /// The same update, with replies redirected to the user's private chat. A press becomes other
    /// content, because its message can't be edited from there.
    pub fn in_private(&self) -> Self {
        Self {
            chat: Chat {
                id: self.from.get(),
                thread: None,
            },
            private: true,
            said: Said::Other,
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
pub fn hear(update: &Update, me: &str) -> Option<Heard> {
    let id = UpdateId::new(i64::from(update.id.0));
    match &update.kind {
        UpdateKind::Message(message) => hear_message(id, message, me),
        UpdateKind::CallbackQuery(query) => hear_press(id, query),
        _ => None,
    }
}

fn hear_press(update: UpdateId, query: &CallbackQuery) -> Option<Heard> {
    let message = query.message.as_ref()?;
    let chat = message.chat();
    Some(Heard {
        update,
        chat: Chat {
            id: chat.id.0,
            thread: query.regular_message().and_then(thread),
        },
        private: chat.is_private(),
        from: account(&query.from),
        language: language(&query.from),
        message: message.id().0,
        reply_to: None,
        said: Said::Press {
            query: query.id.0.clone(),
            data: query.data.clone().unwrap_or_default(),
        },
    })
}

fn hear_message(update: UpdateId, message: &Message, me: &str) -> Option<Heard> {
    let from = message.from.as_ref().filter(|from| !from.is_bot)?;
    let private = message.chat.is_private();
    let said = read(message);
    let said = match said {
        Said::Words(words) => addressed_words(words, private, me)?,
        other if private => other,
        Said::Command { .. } | Said::Press { .. } => said,
        // Pictures and recordings in a group are not addressed to the bot.
        _ => return None,
    };
    Some(Heard {
        update,
        chat: Chat {
            id: message.chat.id.0,
            thread: thread(message),
        },
        private,
        from: account(from),
        language: language(from),
        message: message.id.0,
        reply_to: message.reply_to_message().and_then(author),
        said,
    })
}

/// The user who wrote a message.
fn author(message: &Message) -> Option<AccountId> {
    let first = message.forward_from_user();
    let author = first.or(message.from.as_ref());
    author.filter(|author| !author.is_bot).map(account)
}

/// A command or text that is addressed to the bot. `/name@bot` is for that bot only.
fn addressed_words(words: String, private: bool, me: &str) -> Option<Said> {
    if let Some(command) = words.strip_prefix('/') {
        let (name, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        let name = match name.split_once('@') {
            Some((_, whose)) if !whose.eq_ignore_ascii_case(me) => return None,
            Some((name, _)) => name,
            None => name,
        };
        return Some(Said::Command {
            name: name.to_lowercase(),
            rest: rest.trim().to_owned(),
        });
    }
    if private {
        return Some(Said::Words(words));
    }
    let mention = format!("@{me}");
    let start = words.to_lowercase().find(&mention.to_lowercase())?;
    let mut rest = words;
    // Lower case can change the length in bytes, so check the bounds in the original text.
    rest.get(start..start + mention.len())?;
    rest.replace_range(start..start + mention.len(), "");
    Some(Said::Words(rest.trim().to_owned()))
}

fn read(message: &Message) -> Said {
    if let Some(text) = message.text() {
        return Said::Words(text.trim().to_owned());
    }
    let MessageKind::Common(common) = &message.kind else {
        return Said::Other;
    };
    match &common.media_kind {
        MediaKind::Voice(voice) => Said::Voice {
            file: voice.voice.file.id.0.clone(),
            ending: "ogg".to_owned(),
            bytes: stated(&voice.voice.file),
        },
        MediaKind::Audio(audio) => Said::Voice {
            file: audio.audio.file.id.0.clone(),
            ending: ending(audio.audio.file_name.as_deref()).unwrap_or_else(|| "mp3".to_owned()),
            bytes: stated(&audio.audio.file),
        },
        MediaKind::Photo(photo) => {
            let largest = photo.photo.iter().max_by_key(|size| size.width);
            largest.map_or(Said::Other, |size| Said::Picture {
                file: size.file.id.0.clone(),
                bytes: stated(&size.file),
            })
        }
        MediaKind::Document(document) => {
            let document = &document.document;
            let (file, bytes) = (document.file.id.0.clone(), stated(&document.file));
            match ending(document.file_name.as_deref()).as_deref() {
                Some("txt" | "md") if document.file.size > DOCUMENT_BYTES => {
                    Said::OtherFile { too_large: true }
                }
                Some("txt" | "md") => Said::Document { file, bytes },
                Some("png" | "jpg" | "jpeg") => Said::Picture { file, bytes },
                _ => Said::OtherFile { too_large: false },
            }
        }
        _ => message.caption().map_or(Said::Other, |caption| {
            Said::Words(caption.trim().to_owned())
        }),
    }
}

/// The size of a file; 0 if unknown. The library uses the largest number for an unknown size.
fn stated(file: &FileMeta) -> u32 {
    if file.size == u32::MAX { 0 } else { file.size }
}

fn ending(name: Option<&str>) -> Option<String> {
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
    if RUSSIAN.contains(&code) {
        Language::Ru
    } else {
        Language::En
    }
}
