//! The fake's state and its changes. No I/O and no clock: the time is an argument.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    error_response::{ErrorResponse, Result},
    fake_model::{
        BotMembership, ButtonPress, ChatId, ChatKind, FakeChat, FakeFile, FakeInlineQuery,
        FakeMessage, MessageContent, MillisSinceStart, RecordedCall, Sender,
    },
    fault_injection::PendingFaults,
    telegram_limits::{MessageMeter, TelegramLimits},
    updates::Updates,
    webhook::WebhookState,
};

#[derive(Debug, Clone)]
pub struct FakeBotApiOptions {
    /// The bot's token; the bot's user id is before the colon.
    pub token: String,
    /// The bot's username, without `@`.
    pub username: String,
    /// Whether privacy mode is on, which is BotFather's default: in groups, the bot gets only
    /// commands, replies to it and service messages.
    pub privacy_mode: bool,
    /// Whether inline mode is on; BotFather's default is off.
    pub inline_mode: bool,
    pub limits: TelegramLimits,
}

impl Default for FakeBotApiOptions {
    fn default() -> Self {
        Self {
            // In the format that clients recognise and remove from their errors.
            token: "4242:AAfakefakefakefakefakefakefakefake-fake".to_owned(),
            username: "vibecoder_bot".to_owned(),
            privacy_mode: true,
            inline_mode: false,
            limits: TelegramLimits::TELEGRAM,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct FakeTime {
    /// Since the fake was started.
    pub(super) since: Duration,
    /// Seconds since 1970.
    pub(super) date: i64,
}

#[derive(Debug, Clone)]
pub(super) struct PersonRecord {
    pub(super) name: String,
    pub(super) language: String,
}

/// A file's contents and metadata.
#[derive(Debug, Clone)]
pub(super) struct FileRecord {
    pub(super) about: FakeFile,
    pub(super) bytes: Bytes,
}

/// The whole state.
pub(super) struct FakeState {
    pub(super) options: FakeBotApiOptions,
    pub(super) chats: BTreeMap<ChatId, FakeChat>,
    pub(super) people: BTreeMap<i64, PersonRecord>,
    pub(super) files: BTreeMap<String, FileRecord>,
    pub(super) updates: Updates,
    pub(super) presses: Vec<ButtonPress>,
    pub(super) inline_queries: Vec<FakeInlineQuery>,
    pub(super) calls: Vec<RecordedCall>,
    pub(super) faults: PendingFaults,
    pub(super) meter: MessageMeter,
    pub(super) webhook: Option<WebhookState>,
    /// Menus of commands, by scope and language.
    pub(super) commands: BTreeMap<(String, String), Value>,
    topics: BTreeMap<ChatId, Vec<(i64, String)>>,
    albums: u64,
}

pub(super) struct NewMessage {
    pub(super) chat: ChatId,
    pub(super) thread: Option<i64>,
    pub(super) from: Sender,
    pub(super) content: MessageContent,
    pub(super) album: Option<String>,
    pub(super) markup: Option<Value>,
    pub(super) reply_to: Option<i64>,
    pub(super) forwarded_from: Option<String>,
    pub(super) silent: bool,
    pub(super) call: Option<u64>,
}

impl FakeTime {
    /// The point in time `since` after the fake's start at `begun`.
    pub(super) fn new(begun: SystemTime, since: Duration) -> Self {
        let date = (begun + since).duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { since, date: i64::try_from(date.as_secs()).unwrap_or(i64::MAX) }
    }

    pub(super) fn moment(self) -> MillisSinceStart {
        MillisSinceStart::try_from(self.since.as_millis()).unwrap_or(MillisSinceStart::MAX)
    }
}

impl NewMessage {
    /// A message without further attributes.
    pub(super) fn new(chat: ChatId, from: Sender, content: MessageContent) -> Self {
        Self {
            chat,
            thread: None,
            from,
            content,
            album: None,
            markup: None,
            reply_to: None,
            forwarded_from: None,
            silent: false,
            call: None,
        }
    }
}

impl FakeState {
    pub(super) fn new(options: FakeBotApiOptions) -> Self {
        Self {
            options,
            chats: BTreeMap::new(),
            people: BTreeMap::new(),
            files: BTreeMap::new(),
            updates: Updates::default(),
            presses: Vec::new(),
            inline_queries: Vec::new(),
            calls: Vec::new(),
            faults: PendingFaults::default(),
            meter: MessageMeter::default(),
            webhook: None,
            commands: BTreeMap::new(),
            topics: BTreeMap::new(),
            albums: 0,
        }
    }

    pub(super) fn bot_id(&self) -> i64 {
        let number = self.options.token.split(':').next().unwrap_or_default();
        number.parse().unwrap_or(0)
    }

    /// Adds a person; their chat is created with their first message.
    pub(super) fn add_person(&mut self, name: &str, language: &str) -> i64 {
        let id = 1_000_001 + i64::try_from(self.people.len()).unwrap_or(0);
        let person = PersonRecord { name: name.to_owned(), language: language.to_owned() };
        self.people.insert(id, person);
        id
    }

    pub(super) fn add_group(&mut self, title: &str, kind: ChatKind) -> ChatId {
        let groups = self.chats.keys().filter(|id| **id < 0).count();
        let id = -1_000_000_000_001 - i64::try_from(groups).unwrap_or(0);
        self.chats.insert(id, chat(id, kind, title));
        id
    }

    /// Makes a group a supergroup, with another id and no messages; returns the new id.
    pub(super) fn migrate(&mut self, from: ChatId) -> Option<ChatId> {
        let old = self.chats.get(&from).filter(|old| old.kind == ChatKind::BasicGroup)?;
        let (title, administrators) = (old.title.clone(), old.administrators.clone());
        let to = self.add_group(&title, ChatKind::Group);
        self.chats.get_mut(&to)?.administrators = administrators;
        self.chats.get_mut(&from)?.migrated_to = Some(to);
        Some(to)
    }

    pub(super) fn add_topic(&mut self, forum: ChatId, name: &str) -> i64 {
        let topics = self.topics.entry(forum).or_default();
        // Thread ids are ids of service messages: a range apart from ordinary messages.
        let thread = 900_001 + i64::try_from(topics.len()).unwrap_or(0);
        topics.push((thread, name.to_owned()));
        thread
    }

    /// Whether a forum has this thread.
    pub(super) fn has_topic(&self, chat: ChatId, thread: i64) -> bool {
        let topics = self.topics.get(&chat);
        topics.is_some_and(|topics| topics.iter().any(|(id, _)| *id == thread))
    }

    /// The private chat of a person, created if it is missing.
    pub(super) fn private_chat(&mut self, person: i64) -> ChatId {
        let name = self.people.get(&person).map_or("", |p| p.name.as_str());
        self.chats.entry(person).or_insert_with(|| chat(person, ChatKind::Private, name));
        person
    }

    /// The chat, if the bot may send messages there.
    pub(super) fn open_chat(&self, id: ChatId) -> Result<&FakeChat> {
        let chat = self.chats.get(&id).ok_or_else(ErrorResponse::chat_not_found)?;
        if let Some(to) = chat.migrated_to {
            return Err(ErrorResponse::migrated(to));
        }
        let reason = match (chat.kind, chat.standing) {
            (_, BotMembership::Welcome) => return Ok(chat),
            (ChatKind::Private, BotMembership::Blocked) => "bot was blocked by the user",
            (ChatKind::Private, BotMembership::Gone) => "user is deactivated",
            (ChatKind::BasicGroup, BotMembership::Blocked) => "bot was kicked from the group chat",
            (ChatKind::Channel, BotMembership::Blocked) => "bot was kicked from the channel chat",
            (_, BotMembership::Blocked) => "bot was kicked from the supergroup chat",
            (_, BotMembership::Gone) => "the group chat was deleted",
        };
        Err(ErrorResponse::forbidden(reason))
    }

    pub(super) fn add_message(&mut self, draft: NewMessage, now: FakeTime) -> i64 {
        let Some(chat) = self.chats.get_mut(&draft.chat) else {
            return 0;
        };
        let id = chat.messages.last().map_or(1, |last| last.id + 1);
        chat.messages.push(FakeMessage {
            id,
            chat: draft.chat,
            thread: draft.thread,
            from: draft.from,
            at: now.moment(),
            date: now.date,
            content: draft.content,
            album: draft.album,
            markup: draft.markup,
            reply_to: draft.reply_to,
            forwarded_from: draft.forwarded_from,
            silent: draft.silent,
            reactions: Vec::new(),
            edits: Vec::new(),
            deleted_at: None,
            call: draft.call,
        });
        id
    }

    /// A message that was not deleted.
    pub(super) fn message(&self, chat: ChatId, id: i64) -> Option<&FakeMessage> {
        let found = self.chats.get(&chat)?.messages.iter().find(|m| m.id == id);
        found.filter(|message| message.is_visible())
    }

    pub(super) fn message_mut(&mut self, chat: ChatId, id: i64) -> Option<&mut FakeMessage> {
        let messages = &mut self.chats.get_mut(&chat)?.messages;
        messages.iter_mut().find(|m| m.id == id && m.is_visible())
    }

    /// A new `media_group_id`.
    pub(super) fn new_album(&mut self) -> String {
        self.albums += 1;
        format!("1390{:013}", self.albums)
    }

    /// Stores a file under a new id, even if its contents are known: a test can see that a bot
    /// uploads the same picture twice.
    pub(super) fn store_file(
        &mut self,
        kind: &str,
        name: &str,
        mime: &str,
        bytes: Bytes,
    ) -> FakeFile {
        let digest = Sha256::digest(&bytes);
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let size = imagesize::blob_size(&bytes).ok();
        let about = FakeFile {
            id: format!("{kind}-{:04}", self.files.len() + 1),
            name: name.to_owned(),
            mime: mime.to_owned(),
            bytes: bytes.len(),
            sha256,
            size: size.map(|size| (size.width, size.height)),
        };
        let stored = FileRecord { about: about.clone(), bytes };
        self.files.insert(about.id.clone(), stored);
        about
    }
}

fn chat(id: ChatId, kind: ChatKind, title: &str) -> FakeChat {
    FakeChat {
        id,
        kind,
        title: title.to_owned(),
        standing: BotMembership::Welcome,
        administrators: Vec::new(),
        reactions_forbidden: false,
        migrated_to: None,
        messages: Vec::new(),
        actions: Vec::new(),
    }
}
