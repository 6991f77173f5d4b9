//! Edits and deletes messages.

use serde_json::Value;

use super::{
    Asked, Done, required_chat,
    sending::{caption as read_caption, keyboard, shown, text as read_text},
    spend,
};
use crate::bot_api::{
    limits,
    model::{ChatId, ChatKind, Content, Edit, Message},
    refusal::Refusal,
    world::{Now, World},
};

pub(super) fn text(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (chat, message) = editable(world, asked)?;
    match &message.content {
        Content::Text { .. } => {}
        Content::Photo { .. } | Content::Document { .. } | Content::Voice { .. } => {
            return Err(Refusal::bad("there is no text in the message to edit"));
        }
    }
    let words = read_text(asked.params)?;
    let markup = keyboard(asked.params)?;
    change(world, asked, chat, Content::Text { words }, markup)
}

pub(super) fn caption(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (chat, message) = editable(world, asked)?;
    let params = asked.params;
    let words = read_caption(
        params.text("caption").as_deref(),
        params.text("parse_mode").as_deref(),
        params.structure("caption_entities")?,
    )?;
    let content = match message.content.clone() {
        Content::Photo { file, .. } => Content::Photo { file, words },
        Content::Document { file, .. } => Content::Document { file, words },
        Content::Text { .. } | Content::Voice { .. } => {
            return Err(Refusal::bad("there is no caption in the message to edit"));
        }
    };
    let markup = keyboard(params)?;
    change(world, asked, chat, content, markup)
}

pub(super) fn markup(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (chat, message) = editable(world, asked)?;
    let content = message.content.clone();
    let markup = keyboard(asked.params)?;
    change(world, asked, chat, content, markup)
}

/// The message to edit, if it may be edited.
fn editable<'a>(world: &'a World, asked: &Asked<'_>) -> Result<(ChatId, &'a Message), Refusal> {
    let chat = required_chat(asked.params)?;
    world.open_chat(chat)?;
    let id = asked.params.number("message_id");
    let Some(id) = id else {
        return Err(Refusal::bad("message identifier is not specified"));
    };
    let Some(message) = world.message(chat, id) else {
        return Err(Refusal::bad("message to edit not found"));
    };
    if !message.is_from_bot() || is_old(message, asked.now) {
        return Err(Refusal::bad("message can't be edited"));
    }
    Ok((chat, message))
}

/// Edits the message. A keyboard that is not repeated is removed.
fn change(
    world: &mut World,
    asked: &Asked<'_>,
    chat: ChatId,
    content: Content,
    markup: Option<Value>,
) -> Result<Done, Refusal> {
    let id = asked.params.number("message_id").unwrap_or_default();
    let same = world
        .message(chat, id)
        .is_some_and(|message| message.content == content && message.markup == markup);
    if same {
        return Err(Refusal::not_modified());
    }
    spend(world, asked, chat, 1)?;
    if let Some(message) = world.message_mut(chat, id) {
        let before = Edit {
            at: asked.now.moment(),
            content: std::mem::replace(&mut message.content, content),
            markup: std::mem::replace(&mut message.markup, markup),
            call: Some(asked.call),
        };
        message.edits.push(before);
    }
    Ok(Done::of(shown(world, chat, id)))
}

pub(super) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let chat = required_chat(asked.params)?;
    world.open_chat(chat)?;
    let id = asked.params.number("message_id").unwrap_or_default();
    delete_one(world, asked.now, chat, id)?;
    Ok(Done::yes())
}

/// Skips messages that can't be deleted, like Telegram.
pub(super) fn delete_many(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let chat = required_chat(asked.params)?;
    world.open_chat(chat)?;
    let ids = asked.params.structure("message_ids")?;
    let ids = ids.as_ref().and_then(Value::as_array);
    let Some(ids) = ids.filter(|ids| (1..=100).contains(&ids.len())) else {
        return Err(Refusal::bad("there must be 1-100 message identifiers"));
    };
    for id in ids.iter().filter_map(Value::as_i64) {
        // A message that can't be deleted is skipped.
        let _ = delete_one(world, asked.now, chat, id);
    }
    Ok(Done::yes())
}

fn delete_one(world: &mut World, now: Now, chat: ChatId, id: i64) -> Result<(), Refusal> {
    let private = world
        .chats
        .get(&chat)
        .is_some_and(|c| c.kind == ChatKind::Private);
    let Some(message) = world.message_mut(chat, id) else {
        return Err(Refusal::bad("message to delete not found"));
    };
    if is_old(message, now) {
        return Err(Refusal::bad("message can't be deleted for everyone"));
    }
    // In a group this needs administrator rights, which our bot does not request.
    if !private && !message.is_from_bot() {
        return Err(Refusal::bad("message can't be deleted"));
    }
    message.deleted_at = Some(now.moment());
    Ok(())
}

fn is_old(message: &Message, now: Now) -> bool {
    let age = u64::try_from(now.date - message.date).unwrap_or(0);
    age > limits::MENDABLE.as_secs()
}
