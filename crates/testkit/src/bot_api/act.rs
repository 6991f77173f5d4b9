//! The actions of people (messages, buttons, files, blocking the bot) and of tests (forged and
//! repeated updates).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    markup,
    model::{ChatId, ChatKind, Content, Edit, Pressed, Sender, Standing, Words},
    wire,
    world::{Draft, Now, World},
};

/// An event outside the bot.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Adds a person. Returns their user id, which is also their chat's id.
    Person {
        name: String,
        /// The language of their client, such as `ru`.
        language: String,
    },
    /// Adds a group that contains the bot. Returns its id.
    Group {
        title: String,
        /// Whether it has topics.
        forum: bool,
    },
    /// Adds a topic to a forum. Returns its thread id.
    Topic { chat: ChatId, name: String },
    /// A person sends a message. Returns the message's id.
    Send(Said),
    /// A person edits the text or the caption of their message.
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
        /// The message that has the button.
        message: i64,
        /// The callback data. No button needs to have it, so that a test can forge a press.
        data: String,
    },
    /// Changes what the bot may do in a chat.
    Stand { chat: ChatId, standing: Standing },
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

/// A person's message.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The sender.
    pub person: i64,
    /// The sender's private chat if `None`.
    pub chat: Option<ChatId>,
    /// The topic.
    pub thread: Option<i64>,
    /// Text or caption.
    pub text: String,
    /// The id of a file that was uploaded before.
    pub file: Option<String>,
    /// The kind of the file: `photo`, `document` or `voice`.
    pub kind: String,
    /// The id of the message that it replies to.
    pub reply_to: Option<i64>,
    /// The name of the channel that it is forwarded from.
    pub forwarded_from: Option<String>,
}

/// Performs an act; the result is documented at each variant of [`Act`].
pub(super) fn act(world: &mut World, act: Act, now: Now) -> Result<Value, String> {
    match act {
        Act::Person { name, language } => Ok(world.add_person(&name, &language).into()),
        Act::Group { title, forum } => {
            let kind = if forum {
                ChatKind::Forum
            } else {
                ChatKind::Group
            };
            Ok(world.add_group(&title, kind).into())
        }
        Act::Topic { chat, name } => match world.chats.get(&chat).map(|c| c.kind) {
            Some(ChatKind::Forum) => Ok(world.add_topic(chat, &name).into()),
            Some(ChatKind::Private | ChatKind::Group) | None => Err(format!("{chat} is no forum")),
        },
        Act::Send(said) => send(world, said, now).map(Value::from),
        Act::Edit {
            person,
            chat,
            message,
            text,
        } => edit(world, (person, chat, message), &text, now),
        Act::Press {
            person,
            chat,
            message,
            data,
        } => press(world, (person, chat, message), data, now),
        Act::Stand { chat, standing } => stand(world, chat, standing, now),
        Act::Age {
            chat,
            message,
            seconds,
        } => {
            let found = world.message_mut(chat, message);
            found.ok_or("there is no such message")?.date -= seconds;
            Ok(Value::Null)
        }
        Act::Update { body } => Ok(world.updates.push_raw("", body, now.moment()).into()),
        Act::Redeliver { update } => {
            if world.updates.put_back(update) {
                Ok(Value::Null)
            } else {
                Err(format!("there was no update {update}"))
            }
        }
    }
}

fn send(world: &mut World, said: Said, now: Now) -> Result<i64, String> {
    let chat = match said.chat {
        Some(chat) if chat != said.person => chat,
        Some(_) | None => world.private_chat(said.person),
    };
    let Some(place) = world.chats.get_mut(&chat) else {
        return Err(format!("there is no chat {chat}"));
    };
    // Writing to a blocked bot unblocks it.
    if place.kind == ChatKind::Private {
        place.standing = Standing::Welcome;
    }
    let words = markup::notice(&said.text);
    let content = content(world, &said, words)?;
    let draft = Draft {
        thread: said.thread,
        reply_to: said.reply_to,
        forwarded_from: said.forwarded_from,
        ..Draft::new(chat, Sender::Person(said.person), content)
    };
    let id = world.add_message(draft, now);
    tell(world, "message", chat, id, now);
    Ok(id)
}

fn content(world: &World, said: &Said, words: Words) -> Result<Content, String> {
    let Some(file) = said.file.clone() else {
        return Ok(Content::Text { words });
    };
    if !world.files.contains_key(&file) {
        return Err(format!("there is no file {file}"));
    }
    match said.kind.as_str() {
        "photo" => Ok(Content::Photo { file, words }),
        "document" => Ok(Content::Document { file, words }),
        "voice" => Ok(Content::Voice { file }),
        other => Err(format!(
            "unknown kind “{other}”: use photo, document or voice"
        )),
    }
}

/// Queues an update for a message.
fn tell(world: &mut World, kind: &str, chat: ChatId, id: i64, now: Now) {
    let Some(message) = world.message(chat, id) else {
        return;
    };
    let shown = wire::message(world, message);
    world.updates.push(kind, shown, now.moment());
}

/// A person, a chat, a message.
type Where = (i64, ChatId, i64);

fn edit(
    world: &mut World,
    (person, chat, id): Where,
    text: &str,
    now: Now,
) -> Result<Value, String> {
    let Some(message) = world.message_mut(chat, id) else {
        return Err("there is no such message".to_owned());
    };
    if message.from != Sender::Person(person) {
        return Err("people edit only what they sent".to_owned());
    }
    let mut content = message.content.clone();
    match &mut content {
        Content::Text { words }
        | Content::Photo { words, .. }
        | Content::Document { words, .. } => {
            *words = markup::notice(text);
        }
        Content::Voice { .. } => return Err("a voice message has no text".to_owned()),
    }
    message.edits.push(Edit {
        at: now.moment(),
        content: std::mem::replace(&mut message.content, content),
        markup: None,
        call: None,
    });
    tell(world, "edited_message", chat, id, now);
    Ok(Value::Null)
}

fn press(
    world: &mut World,
    (person, chat, id): Where,
    data: String,
    now: Now,
) -> Result<Value, String> {
    let shown = match world.message(chat, id) {
        Some(message) => wire::message(world, message),
        None => return Err("there is no such message".to_owned()),
    };
    let query = format!("{}", 7_000_000_000_u64 + world.presses.len() as u64);
    let body = json!({
        "id": query,
        "from": wire::person(world, person),
        "message": shown,
        "chat_instance": format!("{chat}"),
        "data": data,
    });
    world.presses.push(Pressed {
        id: query.clone(),
        by: person,
        chat,
        message: id,
        data,
        at: now.moment(),
        answer: None,
        alert: false,
    });
    world.updates.push("callback_query", body, now.moment());
    Ok(query.into())
}

/// Changes what the bot may do, and queues a `my_chat_member` update like Telegram.
fn stand(world: &mut World, chat: ChatId, standing: Standing, now: Now) -> Result<Value, String> {
    let Some(place) = world.chats.get_mut(&chat) else {
        return Err(format!("there is no chat {chat}"));
    };
    let before = std::mem::replace(&mut place.standing, standing);
    let private = place.kind == ChatKind::Private;
    let place = wire::chat(place);
    let from = if private {
        wire::person(world, chat)
    } else {
        wire::bot(world)
    };
    let body = json!({
        "chat": place,
        "from": from,
        "date": now.date,
        "old_chat_member": member(world, before),
        "new_chat_member": member(world, standing),
    });
    world.updates.push("my_chat_member", body, now.moment());
    Ok(Value::Null)
}

fn member(world: &World, standing: Standing) -> Value {
    let user = wire::bot(world);
    match standing {
        Standing::Welcome => json!({ "status": "member", "user": user }),
        Standing::Blocked | Standing::Gone => {
            json!({ "status": "kicked", "user": user, "until_date": 0 })
        }
    }
}
