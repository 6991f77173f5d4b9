//! Parses a Telegram update into [`Incoming`]: only the parts that the bot uses. Pure.

use std::ops::Range;

use domain::{AccountId, BotId, ChatId, ChatMigration, Language, UpdateId};
use telegram::{
    ChatRef,
    action::MembershipChange,
    types::{
        self, CallbackQuery, ChatMemberUpdated, FileMeta, MediaKind, Message, MessageEntityKind,
        MessageEntityRef, MessageKind, Update, UpdateKind, User,
    },
};

use crate::source_file;

/// File name extensions of text files.
const TEXT_FILES: [&str; 6] = ["txt", "md", "csv", "tsv", "srt", "vtt"];

/// The bot itself, as messages name it.
#[derive(Debug, Clone, Copy)]
pub struct BotName<'a> {
    pub id: BotId,
    /// The user name, without `@`.
    pub username: &'a str,
}

/// A parsed update: the content, its author and its chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    pub update: UpdateId,
    pub chat: ChatRef,
    /// Whether it is a private chat with the bot.
    pub private: bool,
    /// Telegram's account number of the author; the id of the chat that a hidden author wrote as.
    pub account: AccountId,
    pub author: MessageAuthor,
    /// From the language of the user's Telegram app.
    pub language: Language,
    pub message: i32,
    pub reply_to: Option<RepliedMessage>,
    /// Whether it is a new version of an earlier message.
    pub edited: bool,
    /// What the person wrote about the content: a file's caption, or a comment on a forwarded post.
    pub comment: String,
    /// The address of the first hidden link in the text or the caption.
    pub link: Option<String>,
    pub content: ParsedContent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAuthor {
    Person,
    /// A member of a group who writes as the group or as a channel.
    Anonymous,
    /// A post of a channel has no author.
    Channel,
}

/// The message that a message replies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepliedMessage {
    pub message: i32,
    /// Its author; for a forwarded message, the original author. `None` if that is no person.
    pub author: Option<AccountId>,
    /// Whether this bot sent it.
    pub ours: bool,
    /// Only the quoted part, if there is a quote.
    pub content: ParsedContent,
}

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
    Voice {
        /// Telegram's file id.
        file: String,
        /// File name extension, which determines the audio format.
        ending: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        bytes: u32,
    },
    Document {
        /// Telegram's file id.
        file: String,
        /// File name extension.
        ending: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        bytes: u32,
    },
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
    /// The group became a supergroup.
    Migrated(ChatMigration),
    /// The bot's own membership in the chat changed.
    Membership(MembershipChange),
    /// Content that the bot does not read.
    Other,
}

impl Incoming {
    /// The same update, with replies redirected to the user's private chat. It has no message there,
    /// and a press becomes other content, because its message can't be edited from there.
    pub fn in_private(&self) -> Self {
        Self {
            chat: ChatRef { id: self.account.chat(), thread: None },
            private: true,
            message: 0,
            content: ParsedContent::Other,
            ..self.clone()
        }
    }
}

/// The chat of an update, if it has one. Updates of one chat are handled in order.
pub fn chat_of(update: &Update) -> Option<ChatId> {
    update.chat().map(|chat| ChatId::new(chat.id.0))
}

/// Parses an update; `None` if it is not for the bot: in groups, only messages that address the bot
/// are.
pub fn parse_update(update: &Update, me: BotName<'_>) -> Option<Incoming> {
    let id = UpdateId::new(i64::from(update.id.0));
    match &update.kind {
        UpdateKind::Message(message) | UpdateKind::ChannelPost(message) => {
            parse_message(id, message, me)
        }
        UpdateKind::EditedMessage(message) => {
            let edited = parse_message(id, message, me)?;
            Some(Incoming { edited: true, ..edited })
        }
        UpdateKind::CallbackQuery(query) => parse_press(id, query),
        UpdateKind::MyChatMember(change) => parse_membership(id, change),
        _ => None,
    }
}

/// `None` if the bot could write before and still can, or the other way round. A channel that adds
/// the bot needs no greeting.
fn parse_membership(update: UpdateId, changed: &ChatMemberUpdated) -> Option<Incoming> {
    let was_member = changed.old_chat_member.kind.is_present();
    let change = match (was_member, changed.new_chat_member.kind.is_present()) {
        (false, true) if !changed.chat.is_channel() => MembershipChange::Joined,
        (true, false) => MembershipChange::Left,
        _ => return None,
    };
    // An anonymous administrator acts through a bot of Telegram's.
    let (account, author) = if changed.from.is_bot {
        (AccountId::new(changed.chat.id.0), MessageAuthor::Anonymous)
    } else {
        (account(&changed.from), MessageAuthor::Person)
    };
    Some(Incoming {
        update,
        chat: ChatRef { id: ChatId::new(changed.chat.id.0), thread: None },
        private: changed.chat.is_private(),
        account,
        author,
        language: language(&changed.from),
        message: 0,
        reply_to: None,
        edited: false,
        comment: String::new(),
        link: None,
        content: ParsedContent::Membership(change),
    })
}

fn parse_press(update: UpdateId, query: &CallbackQuery) -> Option<Incoming> {
    let message = query.message.as_ref()?;
    let chat = message.chat();
    Some(Incoming {
        update,
        chat: ChatRef {
            id: ChatId::new(chat.id.0),
            thread: query.regular_message().and_then(thread),
        },
        private: chat.is_private(),
        account: account(&query.from),
        author: MessageAuthor::Person,
        language: language(&query.from),
        message: message.id().0,
        reply_to: None,
        edited: false,
        comment: String::new(),
        link: None,
        content: ParsedContent::Press {
            query: query.id.0.clone(),
            data: query.data.clone().unwrap_or_default(),
        },
    })
}

fn parse_message(update: UpdateId, message: &Message, me: BotName<'_>) -> Option<Incoming> {
    let reply_to = message.reply_to_message().and_then(|original| replied(message, original, me));
    let content = match migration(message) {
        Some(migration) => ParsedContent::Migrated(migration),
        None => addressed(message, reply_to.as_ref(), me)?,
    };
    let (account, author, language) = match (&content, &message.from) {
        (ParsedContent::Migrated(_), _) => {
            (AccountId::new(message.chat.id.0), MessageAuthor::Anonymous, Language::En)
        }
        (_, Some(from)) if message.sender_chat.is_none() => {
            if from.is_bot {
                return None;
            }
            (account(from), MessageAuthor::Person, language(from))
        }
        _ => {
            let (account, author) = hidden_author(message)?;
            let shown = message.text().or(message.caption()).and_then(Language::shown_by);
            (account, author, shown.unwrap_or(Language::En))
        }
    };
    Some(Incoming {
        update,
        chat: ChatRef { id: ChatId::new(message.chat.id.0), thread: thread(message) },
        private: message.chat.is_private(),
        account,
        author,
        language,
        message: message.id.0,
        reply_to,
        edited: false,
        comment: comment(message, &content, me),
        link: hidden_link(message),
        content,
    })
}

/// The author of a message that was not sent in a person's own name; `None` for a post that
/// Telegram copied from the linked channel.
fn hidden_author(message: &Message) -> Option<(AccountId, MessageAuthor)> {
    let chat = message.sender_chat.as_ref().unwrap_or(&message.chat);
    let author = if message.chat.is_channel() {
        MessageAuthor::Channel
    } else if message.is_automatic_forward() {
        return None;
    } else {
        MessageAuthor::Anonymous
    };
    Some((AccountId::new(chat.id.0), author))
}

fn migration(message: &Message) -> Option<ChatMigration> {
    let here = ChatId::new(message.chat.id.0);
    Some(match message.chat_migration()? {
        types::ChatMigration::To { chat_id } => {
            ChatMigration { from: here, to: ChatId::new(chat_id.0) }
        }
        types::ChatMigration::From { chat_id } => {
            ChatMigration { from: ChatId::new(chat_id.0), to: here }
        }
    })
}

fn replied(message: &Message, original: &Message, me: BotName<'_>) -> Option<RepliedMessage> {
    // In a forum, a message that is no reply refers to the message that opened its topic.
    if message.is_topic_message && message.thread_id.is_some_and(|topic| topic.0 == original.id) {
        return None;
    }
    let ours = original.from.as_ref().is_some_and(|from| account(from).get() == me.id.get());
    let quote = message.quote().map(|quote| quote.text.trim()).filter(|quote| !quote.is_empty());
    let caption = original.caption().map(str::trim).filter(|caption| !caption.is_empty());
    let content = match (quote, read(original), caption) {
        (Some(quote), _, _) => ParsedContent::Text(quote.to_owned()),
        // A picture has nothing to read but its caption.
        (
            None,
            ParsedContent::Picture { .. } | ParsedContent::OtherFile { .. } | ParsedContent::Other,
            Some(caption),
        ) => ParsedContent::Text(caption.to_owned()),
        (None, content, _) => content,
    };
    Some(RepliedMessage { message: original.id.0, author: author(original), ours, content })
}

/// The user who wrote a message.
fn author(message: &Message) -> Option<AccountId> {
    let first = message.forward_from_user();
    let author = first.or(message.from.as_ref());
    author.filter(|author| !author.is_bot).map(account)
}

/// The content, if it is addressed to the bot: in a private chat, by a command, by a mention, or as
/// a reply to the bot. `/name@bot` is for that bot only.
fn addressed(
    message: &Message,
    reply_to: Option<&RepliedMessage>,
    me: BotName<'_>,
) -> Option<ParsedContent> {
    let entities = message.parse_entities().or_else(|| message.parse_caption_entities());
    let entities = entities.unwrap_or_default();
    let command = entities.iter().find(|entity| {
        matches!(entity.kind(), MessageEntityKind::BotCommand) && entity.start() == 0
    });
    if let Some(command) = command {
        let name = command.text().trim_start_matches('/');
        let (name, to) = name.split_once('@').unwrap_or((name, me.username));
        if !to.eq_ignore_ascii_case(me.username) {
            return None;
        }
        return Some(match message.text() {
            Some(text) => ParsedContent::Command {
                name: name.to_lowercase(),
                rest: text.get(command.end()..).unwrap_or_default().trim().to_owned(),
            },
            None => read(message),
        });
    }
    let mentions = entities.iter().filter(|entity| is_mention(entity, me));
    let mentions: Vec<_> = mentions.map(MessageEntityRef::range).collect();
    let private = message.chat.is_private();
    if mentions.is_empty() && !private && !reply_to.is_some_and(|reply| reply.ours) {
        return None;
    }
    match (message.text().or(message.caption()), read(message)) {
        (Some(text), ParsedContent::Text(_)) => {
            Some(ParsedContent::Text(without_mentions(text, &mentions)))
        }
        // A service message is no request.
        (_, ParsedContent::Other) if !private => None,
        (_, content) => Some(content),
    }
}

/// Whether an entity names this bot. A longer name, such as `@bot_2`, is another one.
fn is_mention(entity: &MessageEntityRef<'_>, me: BotName<'_>) -> bool {
    match entity.kind() {
        MessageEntityKind::Mention => {
            entity.text().trim_start_matches('@').eq_ignore_ascii_case(me.username)
        }
        MessageEntityKind::TextMention { user } => account(user).get() == me.id.get(),
        _ => false,
    }
}

/// The text without these mentions, and without the punctuation between one and the rest.
fn without_mentions(text: &str, mentions: &[Range<usize>]) -> String {
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '-' | '–' | '—');
    let mut rest = text.to_owned();
    for mention in mentions.iter().rev() {
        let (before, after) = (&rest[..mention.start], &rest[mention.end..]);
        rest = if before.trim().is_empty() {
            after.trim_start_matches(separates).to_owned()
        } else if after.trim().is_empty() {
            before.trim_end_matches(separates).to_owned()
        } else {
            format!("{} {}", before.trim_end(), after.trim_start())
        };
    }
    rest.trim().to_owned()
}

/// The caption of a file, unless the caption is all that is read of the message.
fn comment(message: &Message, content: &ParsedContent, me: BotName<'_>) -> String {
    let Some(caption) = message.caption().filter(|_| !matches!(content, ParsedContent::Text(_)))
    else {
        return String::new();
    };
    let entities = message.parse_caption_entities().unwrap_or_default();
    let mentions = entities.iter().filter(|entity| is_mention(entity, me));
    without_mentions(caption, &mentions.map(MessageEntityRef::range).collect::<Vec<_>>())
}

/// The first address that is behind other words.
fn hidden_link(message: &Message) -> Option<String> {
    let entities = message.entities().or_else(|| message.caption_entities())?;
    entities.iter().find_map(|entity| match &entity.kind {
        MessageEntityKind::TextLink { url } if ["http", "https"].contains(&url.scheme()) => {
            Some(url.to_string())
        }
        _ => None,
    })
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
                Some(ending) if most_bytes(ending).is_some_and(|most| bytes > most) => {
                    ParsedContent::OtherFile { too_large: true }
                }
                Some(ending) if most_bytes(ending).is_some() => {
                    ParsedContent::Document { file, ending: ending.to_owned(), bytes }
                }
                Some("png" | "jpg" | "jpeg") => ParsedContent::Picture { file, bytes },
                Some(ending @ ("m4a" | "mp3" | "oga" | "ogg" | "wav" | "flac")) => {
                    ParsedContent::Voice { file, ending: ending.to_owned(), bytes }
                }
                _ => ParsedContent::OtherFile { too_large: false },
            }
        }
        _ => message
            .caption()
            .map_or(ParsedContent::Other, |caption| ParsedContent::Text(caption.trim().to_owned())),
    }
}

/// The largest size of a file with text; `None` for other files.
fn most_bytes(ending: &str) -> Option<u32> {
    let most = if TEXT_FILES.contains(&ending) {
        source_file::TEXT_BYTES
    } else if source_file::OFFICE_FILES.contains(&ending) {
        sandbox::MAX_FILE_BYTES
    } else {
        return None;
    };
    u32::try_from(most).ok()
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
pub(super) fn language(user: &User) -> Language {
    const RUSSIAN: [&str; 5] = ["ru", "uk", "be", "kk", "ky"];
    let code = user.language_code.as_deref().unwrap_or_default();
    let code = code.split('-').next().unwrap_or_default();
    if RUSSIAN.contains(&code) { Language::Ru } else { Language::En }
}

#[cfg(test)]
mod tests;
