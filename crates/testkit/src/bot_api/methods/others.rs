//! Methods that create no message: chat actions, callback answers, files, menus.

use serde_json::{Value, json};

use super::{Asked, Done, required_chat, sending::Place};
use crate::bot_api::{limits, markup::units, model::Action, refusal::Refusal, wire, world::World};

/// The chat actions (Bot API, `sendChatAction`).
const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

/// How long a callback query can be answered. Telegram does not document it; clients stop the
/// progress indicator earlier.
const PATIENCE_MS: u64 = 60_000;

pub(super) fn chat_action(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let place = Place::of(world, asked.params)?;
    let name = asked.params.text("action").unwrap_or_default();
    if !ACTIONS.contains(&name.as_str()) {
        return Err(Refusal::bad("wrong parameter action in request"));
    }
    if let Some(chat) = world.chats.get_mut(&place.chat) {
        chat.actions.push(Action {
            name,
            thread: asked.params.number("message_thread_id"),
            at: asked.now.moment(),
        });
    }
    Ok(Done::yes())
}

pub(super) fn answer_press(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let params = asked.params;
    let text = params.text("text").unwrap_or_default();
    if units(&text) > limits::CALLBACK_ANSWER {
        return Err(Refusal::bad("MESSAGE_TOO_LONG"));
    }
    let id = params.text("callback_query_id").unwrap_or_default();
    let now = asked.now.moment();
    let press = world.presses.iter_mut().find(|press| press.id == id);
    let fresh = press.filter(|press| now.saturating_sub(press.at) <= PATIENCE_MS);
    let Some(press) = fresh else {
        return Err(Refusal::bad(
            "query is too old and response timeout expired or query ID is invalid",
        ));
    };
    if press.answer.is_none() {
        press.answer = Some(text);
        press.alert = params.flag("show_alert");
    }
    Ok(Done::yes())
}

pub(super) fn file(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = asked.params.text("file_id").unwrap_or_default();
    let Some(file) = wire::file(world, &id) else {
        return Err(Refusal::bad(
            "wrong file_id or the file is temporarily unavailable",
        ));
    };
    let bytes = file["file_size"].as_u64().unwrap_or(0);
    if bytes > limits::DOWNLOAD_BYTES as u64 {
        return Err(Refusal::bad("file is too big"));
    }
    Ok(Done::of(file))
}

pub(super) fn chat(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let chat = required_chat(asked.params)?;
    let chat = world.chats.get(&chat).ok_or_else(Refusal::chat_not_found)?;
    let mut shown = wire::chat(chat);
    shown["accent_color_id"] = 0.into();
    shown["max_reaction_count"] = 11.into();
    Ok(Done::of(shown))
}

pub(super) fn set_commands(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let Some(Value::Array(commands)) = asked.params.structure("commands")? else {
        return Err(Refusal::bad("can't parse commands: expected an Array"));
    };
    for command in &commands {
        let name = command["command"].as_str().unwrap_or_default();
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(Refusal::bad("BOT_COMMAND_INVALID"));
        }
        let about = command["description"].as_str().unwrap_or_default();
        if !(1..=256).contains(&units(about)) {
            return Err(Refusal::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
    }
    if commands.len() > 100 {
        return Err(Refusal::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    world.commands.insert(menu(asked)?, commands.into());
    Ok(Done::yes())
}

pub(super) fn commands(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let menu = world.commands.get(&menu(asked)?);
    Ok(Done::of(menu.cloned().unwrap_or_else(|| json!([]))))
}

pub(super) fn delete_commands(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    world.commands.remove(&menu(asked)?);
    Ok(Done::yes())
}

/// The scope and the language of a menu.
fn menu(asked: &Asked<'_>) -> Result<(String, String), Refusal> {
    let scope = asked.params.structure("scope")?.unwrap_or_default();
    let kind = scope["type"].as_str().unwrap_or("default");
    let scope = match scope["chat_id"].as_i64() {
        Some(chat) => format!("{kind} {chat}"),
        None => kind.to_owned(),
    };
    let language = asked.params.text("language_code").unwrap_or_default();
    Ok((scope, language))
}
