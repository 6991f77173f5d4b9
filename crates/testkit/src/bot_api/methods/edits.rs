//! Edits and deletes messages.

use serde_json::Value;

use super::{
    MethodCall, MethodResult, count_messages, required_chat,
    sending::{as_json, caption as read_caption, keyboard, text as read_text},
};
use crate::bot_api::{
    error_response::{ErrorResponse, Result},
    fake_model::{ChatId, ChatKind, FakeMessage, MessageContent, MessageEdit},
    fake_state::{FakeState, FakeTime},
    telegram_limits,
};

pub(super) fn text(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let (chat, message) = editable(state, asked)?;
    match &message.content {
        MessageContent::Text { .. } => {}
        MessageContent::Photo { .. }
        | MessageContent::Document { .. }
        | MessageContent::Voice { .. }
        | MessageContent::MigratedTo { .. }
        | MessageContent::MigratedFrom { .. } => {
            return Err(ErrorResponse::bad("there is no text in the message to edit"));
        }
    }
    let words = read_text(asked.params)?;
    let markup = keyboard(asked.params)?;
    change(state, asked, chat, MessageContent::Text { words }, markup)
}

pub(super) fn caption(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let (chat, message) = editable(state, asked)?;
    let params = asked.params;
    let words = read_caption(
        params.text("caption").as_deref(),
        params.text("parse_mode").as_deref(),
        params.structure("caption_entities")?,
    )?;
    let content = match message.content.clone() {
        MessageContent::Photo { file, .. } => MessageContent::Photo { file, words },
        MessageContent::Document { file, .. } => MessageContent::Document { file, words },
        MessageContent::Text { .. }
        | MessageContent::Voice { .. }
        | MessageContent::MigratedTo { .. }
        | MessageContent::MigratedFrom { .. } => {
            return Err(ErrorResponse::bad("there is no caption in the message to edit"));
        }
    };
    let markup = keyboard(params)?;
    change(state, asked, chat, content, markup)
}

pub(super) fn markup(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let (chat, message) = editable(state, asked)?;
    let content = message.content.clone();
    let markup = keyboard(asked.params)?;
    change(state, asked, chat, content, markup)
}

/// The message to edit, if it may be edited.
pub(super) fn editable<'a>(
    state: &'a FakeState,
    asked: &MethodCall<'_>,
) -> Result<(ChatId, &'a FakeMessage)> {
    let chat = required_chat(asked.params)?;
    state.open_chat(chat)?;
    let id = asked.params.number("message_id");
    let Some(id) = id else {
        return Err(ErrorResponse::bad("message identifier is not specified"));
    };
    let Some(message) = state.message(chat, id) else {
        return Err(ErrorResponse::bad("message to edit not found"));
    };
    if !message.is_from_bot() || is_old(message, asked.now) {
        return Err(ErrorResponse::bad("message can't be edited"));
    }
    Ok((chat, message))
}

/// Edits the message. A keyboard that is not repeated is removed.
pub(super) fn change(
    state: &mut FakeState,
    asked: &MethodCall<'_>,
    chat: ChatId,
    content: MessageContent,
    markup: Option<Value>,
) -> Result<MethodResult> {
    let id = asked.params.number("message_id").unwrap_or_default();
    let same = state
        .message(chat, id)
        .is_some_and(|message| message.content == content && message.markup == markup);
    if same {
        return Err(ErrorResponse::not_modified());
    }
    count_messages(state, asked, chat, 1)?;
    if let Some(message) = state.message_mut(chat, id) {
        let before = MessageEdit {
            at: asked.now.moment(),
            content: std::mem::replace(&mut message.content, content),
            markup: std::mem::replace(&mut message.markup, markup),
            call: Some(asked.call),
        };
        message.edits.push(before);
    }
    Ok(MethodResult::of(as_json(state, chat, id)))
}

pub(super) fn delete(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let chat = required_chat(asked.params)?;
    state.open_chat(chat)?;
    let id = asked.params.number("message_id").unwrap_or_default();
    delete_one(state, asked.now, chat, id)?;
    Ok(MethodResult::yes())
}

/// Skips messages that can't be deleted, like Telegram.
pub(super) fn delete_many(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let chat = required_chat(asked.params)?;
    state.open_chat(chat)?;
    let ids = asked.params.structure("message_ids")?;
    let ids = ids.as_ref().and_then(Value::as_array);
    let Some(ids) = ids.filter(|ids| (1..=100).contains(&ids.len())) else {
        return Err(ErrorResponse::bad("there must be 1-100 message identifiers"));
    };
    for id in ids.iter().filter_map(Value::as_i64) {
        // A message that can't be deleted is skipped.
        let _ = delete_one(state, asked.now, chat, id);
    }
    Ok(MethodResult::yes())
}

fn delete_one(state: &mut FakeState, now: FakeTime, chat: ChatId, id: i64) -> Result<()> {
    let private = state.chats.get(&chat).is_some_and(|c| c.kind == ChatKind::Private);
    let Some(message) = state.message_mut(chat, id) else {
        return Err(ErrorResponse::bad("message to delete not found"));
    };
    if is_old(message, now) {
        return Err(ErrorResponse::bad("message can't be deleted for everyone"));
    }
    // In a group this needs administrator rights, which our bot does not request.
    if !private && !message.is_from_bot() {
        return Err(ErrorResponse::bad("message can't be deleted"));
    }
    message.deleted_at = Some(now.moment());
    Ok(())
}

fn is_old(message: &FakeMessage, now: FakeTime) -> bool {
    let age = u64::try_from(now.date - message.date).unwrap_or(0);
    age > telegram_limits::EDITABLE_FOR.as_secs()
}
