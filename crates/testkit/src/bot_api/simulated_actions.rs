//! The actions of people (messages, buttons, files, blocking the bot) and of tests (forged and
//! repeated updates).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    bot_api_objects,
    fake_model::{
        BotMembership, ButtonPress, ChatId, ChatKind, FakeInlineQuery, FakeMessage, FormattedText,
        MessageContent, MessageEdit, Sender,
    },
    fake_state::{FakeState, FakeTime, NewMessage},
    markup,
};

/// An event outside the bot.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum SimulatedAction {
    /// Adds a person. Returns their user id, which is also their chat's id.
    Person {
        name: String,
        /// The language of their client, such as `ru`.
        language: String,
    },
    /// Adds a group that contains the bot. Returns its id.
    Group {
        title: String,
        kind: ChatKind,
    },
    /// Makes a person an administrator of a group.
    Promote {
        chat: ChatId,
        person: i64,
    },
    /// Makes a group a supergroup. Returns the new id.
    Migrate {
        chat: ChatId,
    },
    /// Turns privacy mode on or off, as in BotFather's chat.
    Privacy {
        on: bool,
    },
    /// Turns inline mode on or off, as in BotFather's chat.
    InlineMode {
        on: bool,
    },
    /// A person types `@bot query` in any chat. Returns the query's id; `null` if inline mode is off.
    InlineQuery {
        person: i64,
        query: String,
    },
    /// The administrators of a chat forbid reactions.
    ForbidReactions {
        chat: ChatId,
    },
    /// Adds a topic to a forum. Returns its thread id.
    Topic {
        chat: ChatId,
        name: String,
    },
    /// A person sends a message. Returns the message's id.
    Send(PersonMessage),
    /// A person's app sends several messages at once. Returns their ids.
    SendTogether {
        messages: Vec<PersonMessage>,
    },
    Edit {
        person: i64,
        chat: ChatId,
        message: i64,
        text: String,
    },
    /// A person presses a button. Returns the callback query's id.
    Press {
        person: i64,
        chat: ChatId,
        message: i64,
        /// The callback data. No button needs to have it, so that a test can forge a press.
        data: String,
    },
    /// Changes what the bot may do in a chat.
    Stand {
        chat: ChatId,
        /// The person who changes it.
        by: i64,
        standing: BotMembership,
    },
    /// Moves the date of a message into the past.
    Age {
        chat: ChatId,
        message: i64,
        seconds: i64,
    },
    /// Adds an update of the test's own, well-formed or not. Returns its `update_id`, which the
    /// fake sets.
    Update {
        /// The whole update.
        body: Value,
    },
    /// Delivers an update again, as after a lost acknowledgement.
    Redeliver {
        /// Its `update_id`.
        update: i64,
    },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonMessage {
    pub person: i64,
    /// The sender's private chat if `None`.
    pub chat: Option<ChatId>,
    pub thread: Option<i64>,
    /// Text or caption.
    pub text: String,
    /// The id of a file that was uploaded before.
    pub file: Option<String>,
    /// The kind of the file: `photo`, `document` or `voice`.
    pub kind: String,
    /// The id of the message that it replies to.
    pub reply_to: Option<i64>,
    pub forwarded_from: Option<String>,
    /// Whether it is sent in the name of the chat: by an anonymous administrator, or in a channel.
    pub anonymous: bool,
    /// `MessageEntity` objects in addition to those that the text itself has.
    pub entities: Vec<Value>,
    /// The `media_group_id` of its album.
    pub album: Option<String>,
}

/// Performs an act; the result is documented at each variant of [`SimulatedAction`].
pub(super) fn act(
    state: &mut FakeState,
    act: SimulatedAction,
    now: FakeTime,
) -> Result<Value, String> {
    match act {
        SimulatedAction::Person { name, language } => Ok(state.add_person(&name, &language).into()),
        SimulatedAction::Group { title, kind } => Ok(state.add_group(&title, kind).into()),
        SimulatedAction::Promote { chat, person } => {
            let group = state.chats.get_mut(&chat).ok_or("there is no such chat")?;
            group.administrators.push(person);
            Ok(Value::Null)
        }
        SimulatedAction::Migrate { chat } => migrate(state, chat, now),
        SimulatedAction::Privacy { on } => {
            state.options.privacy_mode = on;
            Ok(Value::Null)
        }
        SimulatedAction::InlineMode { on } => {
            state.options.inline_mode = on;
            Ok(Value::Null)
        }
        SimulatedAction::InlineQuery { person, query } => Ok(ask_inline(state, person, query, now)),
        SimulatedAction::ForbidReactions { chat } => {
            state.chats.get_mut(&chat).ok_or("there is no such chat")?.reactions_forbidden = true;
            Ok(Value::Null)
        }
        SimulatedAction::Topic { chat, name } => match state.chats.get(&chat).map(|c| c.kind) {
            Some(ChatKind::Forum) => Ok(state.add_topic(chat, &name).into()),
            Some(_) | None => Err(format!("{chat} is no forum")),
        },
        SimulatedAction::Send(said) => send(state, said, now).map(Value::from),
        SimulatedAction::SendTogether { messages } => {
            let sent = messages.into_iter().map(|said| send(state, said, now));
            sent.collect::<Result<Vec<i64>, String>>().map(Value::from)
        }
        SimulatedAction::Edit { person, chat, message, text } => {
            edit(state, (person, chat, message), &text, now)
        }
        SimulatedAction::Press { person, chat, message, data } => {
            press(state, (person, chat, message), data, now)
        }
        SimulatedAction::Stand { chat, by, standing } => {
            set_membership(state, (chat, by), standing, now)
        }
        SimulatedAction::Age { chat, message, seconds } => {
            let found = state.message_mut(chat, message);
            found.ok_or("there is no such message")?.date -= seconds;
            Ok(Value::Null)
        }
        SimulatedAction::Update { body } => {
            Ok(state.updates.push_raw("", body, now.moment()).into())
        }
        SimulatedAction::Redeliver { update } => {
            if state.updates.unconfirm(update) {
                Ok(Value::Null)
            } else {
                Err(format!("there was no update {update}"))
            }
        }
    }
}

fn send(state: &mut FakeState, said: PersonMessage, now: FakeTime) -> Result<i64, String> {
    let chat = match said.chat {
        Some(chat) if chat != said.person => chat,
        Some(_) | None => state.private_chat(said.person),
    };
    let Some(place) = state.chats.get_mut(&chat) else {
        return Err(format!("there is no chat {chat}"));
    };
    // Writing to a blocked bot unblocks it.
    if place.kind == ChatKind::Private {
        place.standing = BotMembership::Welcome;
    }
    if let Some(to) = place.migrated_to {
        return Err(format!("{chat} became {to}"));
    }
    let channel = place.kind == ChatKind::Channel;
    let hidden = said.anonymous || channel;
    let mut words = markup::notice(&said.text);
    words.entities.extend(said.entities.clone());
    let content = content(state, &said, words)?;
    let draft = NewMessage {
        thread: said.thread,
        reply_to: said.reply_to,
        forwarded_from: said.forwarded_from,
        album: said.album,
        ..NewMessage::new(
            chat,
            if hidden { Sender::Chat } else { Sender::Person(said.person) },
            content,
        )
    };
    let id = state.add_message(draft, now);
    let kind = if channel { "channel_post" } else { "message" };
    queue_message_update(state, kind, chat, id, now);
    Ok(id)
}

/// Makes a group a supergroup, and queues both service messages like Telegram.
fn migrate(state: &mut FakeState, from: ChatId, now: FakeTime) -> Result<Value, String> {
    let to = state.migrate(from).ok_or_else(|| format!("{from} is no basic group"))?;
    let service = [
        (from, MessageContent::MigratedTo { chat: to }),
        (to, MessageContent::MigratedFrom { chat: from }),
    ];
    for (chat, content) in service {
        let id = state.add_message(NewMessage::new(chat, Sender::Chat, content), now);
        queue_message_update(state, "message", chat, id, now);
    }
    Ok(to.into())
}

fn content(
    state: &FakeState,
    said: &PersonMessage,
    words: FormattedText,
) -> Result<MessageContent, String> {
    let Some(file) = said.file.clone() else {
        return Ok(MessageContent::Text { words });
    };
    if !state.files.contains_key(&file) {
        return Err(format!("there is no file {file}"));
    }
    match said.kind.as_str() {
        "photo" => Ok(MessageContent::Photo { file, words }),
        "document" => Ok(MessageContent::Document { file, words }),
        "voice" => Ok(MessageContent::Voice { file }),
        other => Err(format!("unknown kind “{other}”: use photo, document or voice")),
    }
}

fn queue_message_update(state: &mut FakeState, kind: &str, chat: ChatId, id: i64, now: FakeTime) {
    let Some(message) = state.message(chat, id) else {
        return;
    };
    if !is_delivered(state, message) {
        return;
    }
    let shown = bot_api_objects::message(state, message);
    state.updates.push(kind, shown, now.moment());
}

/// Whether the bot gets a message. In privacy mode, a bot in a group gets commands for it, replies
/// to it, and service messages; not mentions.
fn is_delivered(state: &FakeState, message: &FakeMessage) -> bool {
    let Some(chat) = state.chats.get(&message.chat) else {
        return false;
    };
    match chat.kind {
        ChatKind::Private | ChatKind::Channel => return true,
        ChatKind::BasicGroup | ChatKind::Group | ChatKind::Forum => {}
    }
    let words = match &message.content {
        MessageContent::MigratedTo { .. } | MessageContent::MigratedFrom { .. } => return true,
        MessageContent::Text { words }
        | MessageContent::Photo { words, .. }
        | MessageContent::Document { words, .. } => Some(words),
        MessageContent::Voice { .. } => None,
    };
    let replied = message.reply_to.and_then(|id| state.message(message.chat, id));
    let command = words.is_some_and(|words| {
        words.entities.iter().any(|entity| entity["type"] == "bot_command")
            && markup::commands(words).all(|command| {
                let to = command.split_once('@').map(|(_, to)| to);
                to.is_none_or(|to| to.eq_ignore_ascii_case(&state.options.username))
            })
    });
    !state.options.privacy_mode || command || replied.is_some_and(FakeMessage::is_from_bot)
}

/// A person, a chat, a message.
type MessageAddress = (i64, ChatId, i64);

fn edit(
    state: &mut FakeState,
    (person, chat, id): MessageAddress,
    text: &str,
    now: FakeTime,
) -> Result<Value, String> {
    let Some(message) = state.message_mut(chat, id) else {
        return Err("there is no such message".to_owned());
    };
    if message.from != Sender::Person(person) {
        return Err("people edit only what they sent".to_owned());
    }
    let mut content = message.content.clone();
    match &mut content {
        MessageContent::Text { words }
        | MessageContent::Photo { words, .. }
        | MessageContent::Document { words, .. } => {
            *words = markup::notice(text);
        }
        MessageContent::Voice { .. }
        | MessageContent::MigratedTo { .. }
        | MessageContent::MigratedFrom { .. } => return Err("it has no text".to_owned()),
    }
    message.edits.push(MessageEdit {
        at: now.moment(),
        content: std::mem::replace(&mut message.content, content),
        markup: None,
        call: None,
    });
    queue_message_update(state, "edited_message", chat, id, now);
    Ok(Value::Null)
}

fn press(
    state: &mut FakeState,
    (person, chat, id): MessageAddress,
    data: String,
    now: FakeTime,
) -> Result<Value, String> {
    let shown = match state.message(chat, id) {
        Some(message) => bot_api_objects::message(state, message),
        None => return Err("there is no such message".to_owned()),
    };
    let query = format!("{}", 7_000_000_000_u64 + state.presses.len() as u64);
    let body = json!({
        "id": query,
        "from": bot_api_objects::person(state, person),
        "message": shown,
        "chat_instance": format!("{chat}"),
        "data": data,
    });
    state.presses.push(ButtonPress {
        id: query.clone(),
        by: person,
        chat,
        message: id,
        data,
        at: now.moment(),
        answer: None,
        alert: false,
    });
    state.updates.push("callback_query", body, now.moment());
    Ok(query.into())
}

/// Queues an inline query. Without inline mode, an app sends none.
fn ask_inline(state: &mut FakeState, person: i64, query: String, now: FakeTime) -> Value {
    if !state.options.inline_mode {
        return Value::Null;
    }
    let id = format!("{}", 8_000_000_000_u64 + state.inline_queries.len() as u64);
    let body = json!({
        "id": id,
        "from": bot_api_objects::person(state, person),
        "query": query,
        "offset": "",
        "chat_type": "supergroup",
    });
    let (at, answer) = (now.moment(), None);
    state.inline_queries.push(FakeInlineQuery { id: id.clone(), by: person, query, at, answer });
    state.updates.push("inline_query", body, at);
    id.into()
}

/// Changes what the bot may do, and queues a `my_chat_member` update like Telegram. A deleted account
/// queues none.
fn set_membership(
    state: &mut FakeState,
    (chat, by): (ChatId, i64),
    standing: BotMembership,
    now: FakeTime,
) -> Result<Value, String> {
    let Some(place) = state.chats.get_mut(&chat) else {
        return Err(format!("there is no chat {chat}"));
    };
    let before = std::mem::replace(&mut place.standing, standing);
    if standing == BotMembership::Gone {
        return Ok(Value::Null);
    }
    let place = bot_api_objects::chat(place);
    let body = json!({
        "chat": place,
        "from": bot_api_objects::person(state, by),
        "date": now.date,
        "old_chat_member": member(state, before),
        "new_chat_member": member(state, standing),
    });
    state.updates.push("my_chat_member", body, now.moment());
    Ok(Value::Null)
}

fn member(state: &FakeState, standing: BotMembership) -> Value {
    let user = bot_api_objects::bot(state);
    match standing {
        BotMembership::Welcome => json!({ "status": "member", "user": user }),
        BotMembership::Blocked | BotMembership::Gone => {
            json!({ "status": "kicked", "user": user, "until_date": 0 })
        }
    }
}
