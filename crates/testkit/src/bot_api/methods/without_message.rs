//! Methods that create no message: chat actions, callback answers, files, menus.

use serde_json::{Value, json};

use super::{MethodCall, MethodResult, required_chat, sending::MessageTarget};
use crate::bot_api::{
    bot_api_objects,
    error_response::{ErrorResponse, Result},
    fake_model::{ChatKind, RecordedChatAction},
    fake_state::FakeState,
    markup::units,
    telegram_limits,
};

/// The chat actions (Bot API, `sendChatAction`).
const ACTIONS: &str = "typing upload_photo record_video upload_video record_voice upload_voice \
    upload_document choose_sticker find_location record_video_note upload_video_note";

/// How long a callback query can be answered. Telegram does not document it; clients stop the
/// progress indicator earlier.
const PATIENCE_MS: u64 = 60_000;

pub(super) fn chat_action(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let place = MessageTarget::of(state, asked.params)?;
    let name = asked.params.text("action").unwrap_or_default();
    if !ACTIONS.split(' ').any(|known| known == name) {
        return Err(ErrorResponse::bad("wrong parameter action in request"));
    }
    if let Some(chat) = state.chats.get_mut(&place.chat) {
        chat.actions.push(RecordedChatAction {
            name,
            thread: asked.params.number("message_thread_id"),
            at: asked.now.moment(),
        });
    }
    Ok(MethodResult::yes())
}

/// The draft of a message: only private chats have it.
pub(super) fn draft(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let place = MessageTarget::of(state, asked.params)?;
    if asked.params.number("draft_id").unwrap_or_default() == 0 {
        return Err(ErrorResponse::bad("RANDOM_ID_INVALID"));
    }
    let text = asked.params.text("text").unwrap_or_default();
    if text.is_empty() {
        return Err(ErrorResponse::bad("text must be non-empty"));
    }
    if units(&text) > telegram_limits::TEXT {
        return Err(ErrorResponse::bad("MESSAGE_TOO_LONG"));
    }
    match state.chats.get_mut(&place.chat) {
        Some(chat) if chat.kind == ChatKind::Private => {
            let thread = asked.params.number("message_thread_id");
            let at = asked.now.moment();
            chat.actions.push(RecordedChatAction { name: "draft".to_owned(), thread, at });
            Ok(MethodResult::yes())
        }
        _ => Err(ErrorResponse::bad("TEXTDRAFT_PEER_INVALID")),
    }
}

/// The reactions that a bot may use in a chat without a list of its own (Bot API,
/// `ReactionTypeEmoji`), in part.
const REACTIONS: &str = "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🎉 🤩 🙏 👌 💯 🤣 ⚡ 🏆 👀 🤝 ✍ 🤗 🫡 😎";

pub(super) fn react(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let chat = required_chat(asked.params)?;
    let forbidden = state.open_chat(chat)?.reactions_forbidden;
    let id = asked.params.number("message_id").unwrap_or_default();
    let wanted = asked.params.structure("reaction")?.unwrap_or_else(|| json!([]));
    let emoji = |one: &Value| one["emoji"].as_str().map(str::to_owned);
    let reactions: Vec<String> =
        wanted.as_array().into_iter().flatten().filter_map(emoji).collect();
    let Some(message) = state.message_mut(chat, id) else {
        return Err(ErrorResponse::bad("message to react not found"));
    };
    let known = |one: &String| REACTIONS.split(' ').any(|known| known == one);
    if reactions.len() > 1 || forbidden || !reactions.iter().all(known) {
        return Err(ErrorResponse::bad("REACTION_INVALID"));
    }
    message.reactions = reactions;
    Ok(MethodResult::yes())
}

pub(super) fn answer_press(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let params = asked.params;
    let text = params.text("text").unwrap_or_default();
    if units(&text) > telegram_limits::CALLBACK_ANSWER {
        return Err(ErrorResponse::bad("MESSAGE_TOO_LONG"));
    }
    let id = params.text("callback_query_id").unwrap_or_default();
    let now = asked.now.moment();
    let press = state.presses.iter_mut().find(|press| press.id == id);
    let fresh = press.filter(|press| now.saturating_sub(press.at) <= PATIENCE_MS);
    let Some(press) = fresh else {
        return Err(ErrorResponse::bad(
            "query is too old and response timeout expired or query ID is invalid",
        ));
    };
    if press.answer.is_none() {
        press.answer = Some(text);
        press.alert = params.flag("show_alert");
    }
    Ok(MethodResult::yes())
}

pub(super) fn file(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let id = asked.params.text("file_id").unwrap_or_default();
    let Some(file) = bot_api_objects::file(state, &id) else {
        return Err(ErrorResponse::bad("wrong file_id or the file is temporarily unavailable"));
    };
    let bytes = file["file_size"].as_u64().unwrap_or(0);
    if bytes > telegram_limits::DOWNLOAD_BYTES as u64 {
        return Err(ErrorResponse::bad("file is too big"));
    }
    Ok(MethodResult::of(file))
}

pub(super) fn chat(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let chat = required_chat(asked.params)?;
    let chat = state.chats.get(&chat).ok_or_else(ErrorResponse::chat_not_found)?;
    let mut shown = bot_api_objects::chat(chat);
    shown["accent_color_id"] = 0.into();
    shown["max_reaction_count"] = 11.into();
    Ok(MethodResult::of(shown))
}

pub(super) fn administrators(
    state: &mut FakeState,
    asked: &MethodCall<'_>,
) -> Result<MethodResult> {
    let chat = state.open_chat(required_chat(asked.params)?)?;
    if chat.kind == ChatKind::Private {
        return Err(ErrorResponse::bad("there are no administrators in the private chat"));
    }
    let all = chat.administrators.iter().map(|id| bot_api_objects::member(state, chat, *id));
    Ok(MethodResult::of(all.collect::<Value>()))
}

pub(super) fn member(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let chat = state.open_chat(required_chat(asked.params)?)?;
    match asked.params.number("user_id") {
        Some(user) if state.people.contains_key(&user) => {
            Ok(MethodResult::of(bot_api_objects::member(state, chat, user)))
        }
        _ => Err(ErrorResponse::bad("user not found")),
    }
}

pub(super) fn set_commands(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let Some(Value::Array(commands)) = asked.params.structure("commands")? else {
        return Err(ErrorResponse::bad("can't parse commands: expected an Array"));
    };
    for command in &commands {
        let name = command["command"].as_str().unwrap_or_default();
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(ErrorResponse::bad("BOT_COMMAND_INVALID"));
        }
        let about = command["description"].as_str().unwrap_or_default();
        if !(1..=256).contains(&units(about)) {
            return Err(ErrorResponse::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
    }
    if commands.len() > 100 {
        return Err(ErrorResponse::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    state.commands.insert(menu(asked)?, commands.into());
    Ok(MethodResult::yes())
}

pub(super) fn commands(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let menu = state.commands.get(&menu(asked)?);
    Ok(MethodResult::of(menu.cloned().unwrap_or_else(|| json!([]))))
}

pub(super) fn delete_commands(
    state: &mut FakeState,
    asked: &MethodCall<'_>,
) -> Result<MethodResult> {
    state.commands.remove(&menu(asked)?);
    Ok(MethodResult::yes())
}

/// `setMyDescription` and `setMyShortDescription`.
pub(super) fn description(asked: &MethodCall<'_>, name: &str, most: usize) -> Result<MethodResult> {
    let text = asked.params.text(name).unwrap_or_default();
    let language = asked.params.text("language_code").unwrap_or_default();
    if units(&text) > most {
        return Err(ErrorResponse::bad(format!("{name} is too long")));
    }
    if !matches!(language.len(), 0 | 2) {
        return Err(ErrorResponse::bad("LANG_CODE_INVALID"));
    }
    Ok(MethodResult::yes())
}

pub(super) fn menu_button(asked: &MethodCall<'_>) -> Result<MethodResult> {
    let button = asked.params.structure("menu_button")?.unwrap_or_default();
    match button["type"].as_str() {
        None | Some("commands" | "default") => Ok(MethodResult::yes()),
        Some(_) => Err(ErrorResponse::bad("BUTTON_TYPE_INVALID")),
    }
}

/// The scope and the language of a menu.
fn menu(asked: &MethodCall<'_>) -> Result<(String, String)> {
    let scope = asked.params.structure("scope")?.unwrap_or_default();
    let kind = scope["type"].as_str().unwrap_or("default");
    let scope = match scope["chat_id"].as_i64() {
        Some(chat) => format!("{kind} {chat}"),
        None => kind.to_owned(),
    };
    let language = asked.params.text("language_code").unwrap_or_default();
    Ok((scope, language))
}
