//! `sendMessage`, and the parameters that all messages share: destination, text, buttons.

use serde_json::Value;

use super::{MethodCall, MethodResult, count_messages, required_chat};
use crate::bot_api::{
    bot_api_objects,
    error_response::{ErrorResponse, Result},
    fake_model::{ChatId, FormattedText, MessageContent, Sender},
    fake_state::{FakeState, NewMessage},
    markup::{self, units},
    request::Params,
    telegram_limits,
};

#[derive(Debug, Clone, Copy)]
pub(super) struct MessageTarget {
    pub(super) chat: ChatId,
    thread: Option<i64>,
    reply_to: Option<i64>,
}

pub(super) fn message(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let place = MessageTarget::of(state, asked.params)?;
    let words = text(asked.params)?;
    let markup = keyboard(asked.params)?;
    count_messages(state, asked, place.chat, 1)?;
    Ok(add_message(state, asked, place, MessageContent::Text { words }, markup))
}

pub(super) fn add_message(
    state: &mut FakeState,
    asked: &MethodCall<'_>,
    place: MessageTarget,
    content: MessageContent,
    markup: Option<Value>,
) -> MethodResult {
    let mut draft = place.draft(asked, content);
    draft.markup = markup;
    draft.silent = asked.params.flag("disable_notification");
    let id = state.add_message(draft, asked.now);
    MethodResult { result: as_json(state, place.chat, id), messages: vec![id] }
}

pub(super) fn as_json(state: &FakeState, chat: ChatId, id: i64) -> Value {
    let message = state.message(chat, id);
    message.map(|message| bot_api_objects::message(state, message)).unwrap_or_default()
}

impl MessageTarget {
    pub(super) fn of(state: &FakeState, params: &Params) -> Result<Self> {
        let chat = required_chat(params)?;
        state.open_chat(chat)?;
        let thread = params.number("message_thread_id").filter(|thread| *thread != 0);
        if thread.is_some_and(|thread| !state.has_topic(chat, thread)) {
            return Err(ErrorResponse::bad("message thread not found"));
        }
        Ok(Self { chat, thread, reply_to: replied(state, params, chat)? })
    }

    pub(super) fn draft(self, asked: &MethodCall<'_>, content: MessageContent) -> NewMessage {
        NewMessage {
            thread: self.thread,
            reply_to: self.reply_to,
            call: Some(asked.call),
            ..NewMessage::new(self.chat, Sender::Bot, content)
        }
    }
}

/// The id of the replied-to message, in both parameter forms.
fn replied(state: &FakeState, params: &Params, chat: ChatId) -> Result<Option<i64>> {
    let (id, lenient) = match params.structure("reply_parameters")? {
        Some(reply) => (
            reply["message_id"].as_i64(),
            reply["allow_sending_without_reply"].as_bool().unwrap_or(false),
        ),
        None => (params.number("reply_to_message_id"), params.flag("allow_sending_without_reply")),
    };
    match id {
        Some(id) if state.message(chat, id).is_some() => Ok(Some(id)),
        Some(_) if !lenient => Err(ErrorResponse::bad("message to be replied not found")),
        Some(_) | None => Ok(None),
    }
}

/// The text of a message: present, and not too long.
pub(super) fn text(params: &Params) -> Result<FormattedText> {
    let words = markup::read(
        &params.text("text").unwrap_or_default(),
        params.text("parse_mode").as_deref(),
        params.structure("entities")?,
    )?;
    if words.text.is_empty() {
        return Err(ErrorResponse::bad("message text is empty"));
    }
    if units(&words.text) > telegram_limits::TEXT {
        return Err(ErrorResponse::bad("message is too long"));
    }
    Ok(words)
}

pub(super) fn caption(
    text: Option<&str>,
    parse_mode: Option<&str>,
    entities: Option<Value>,
) -> Result<FormattedText> {
    let words = markup::read(text.unwrap_or_default(), parse_mode, entities)?;
    if units(&words.text) > telegram_limits::CAPTION {
        return Err(ErrorResponse::bad("message caption is too long"));
    }
    Ok(words)
}

/// `reply_markup`, with every button validated.
pub(super) fn keyboard(params: &Params) -> Result<Option<Value>> {
    let Some(markup) = params.structure("reply_markup")? else {
        return Ok(None);
    };
    let rows = markup["inline_keyboard"].as_array().into_iter().flatten();
    for button in rows.flat_map(|row| row.as_array().into_iter().flatten()) {
        check_button(button)?;
    }
    // An empty keyboard counts as no keyboard.
    let empty = markup["inline_keyboard"].as_array().is_some_and(Vec::is_empty);
    Ok((!empty).then_some(markup))
}

pub(super) fn check_button(button: &Value) -> Result<()> {
    let wrong =
        |why: &str| ErrorResponse::bad(format!("can't parse inline keyboard button: {why}"));
    if button["text"].as_str().is_none_or(str::is_empty) {
        return Err(wrong("Field \"text\" must be a non-empty String"));
    }
    if let Some(data) = button["callback_data"].as_str() {
        return if (1..=telegram_limits::CALLBACK_DATA).contains(&data.len()) {
            Ok(())
        } else {
            Err(ErrorResponse::bad("BUTTON_DATA_INVALID"))
        };
    }
    if let Some(address) = button["url"].as_str() {
        let known = ["http://", "https://", "tg://"];
        return if known.iter().any(|scheme| address.starts_with(scheme)) {
            Ok(())
        } else {
            Err(ErrorResponse::bad("BUTTON_URL_INVALID"))
        };
    }
    if let Some(text) = button["copy_text"]["text"].as_str() {
        return if (1..=256).contains(&units(text)) {
            Ok(())
        } else {
            Err(ErrorResponse::bad("BUTTON_COPY_TEXT_INVALID"))
        };
    }
    let others = ["web_app", "login_url", "switch_inline_query", "pay"];
    if others.iter().any(|other| !button[other].is_null()) {
        return Ok(());
    }
    Err(wrong("Text buttons are unallowed in the inline keyboard"))
}
