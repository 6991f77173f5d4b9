//! `sendMessage`, and the parameters that all messages share: destination, text, buttons.

use serde_json::Value;

use super::{Asked, Done, required_chat, spend};
use crate::bot_api::{
    limits,
    markup::{self, units},
    model::{ChatId, Content, Sender, Words},
    refusal::Refusal,
    request::Params,
    wire,
    world::{Draft, World},
};

/// The destination of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) chat: ChatId,
    thread: Option<i64>,
    reply_to: Option<i64>,
}

pub(super) fn message(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let place = Place::of(world, asked.params)?;
    let words = text(asked.params)?;
    let markup = keyboard(asked.params)?;
    spend(world, asked, place.chat, 1)?;
    Ok(one(world, asked, place, Content::Text { words }, markup))
}

/// Adds a message of the bot and returns it as JSON.
pub(super) fn one(
    world: &mut World,
    asked: &Asked<'_>,
    place: Place,
    content: Content,
    markup: Option<Value>,
) -> Done {
    let mut draft = place.draft(asked, content);
    draft.markup = markup;
    let id = world.add_message(draft, asked.now);
    Done {
        result: shown(world, place.chat, id),
        messages: vec![id],
    }
}

pub(super) fn shown(world: &World, chat: ChatId, id: i64) -> Value {
    let message = world.message(chat, id);
    message
        .map(|message| wire::message(world, message))
        .unwrap_or_default()
}

impl Place {
    pub(super) fn of(world: &World, params: &Params) -> Result<Self, Refusal> {
        let chat = required_chat(params)?;
        world.open_chat(chat)?;
        let thread = params
            .number("message_thread_id")
            .filter(|thread| *thread != 0);
        if thread.is_some_and(|thread| !world.has_topic(chat, thread)) {
            return Err(Refusal::bad("message thread not found"));
        }
        Ok(Self {
            chat,
            thread,
            reply_to: replied(world, params, chat)?,
        })
    }

    pub(super) fn draft(self, asked: &Asked<'_>, content: Content) -> Draft {
        Draft {
            thread: self.thread,
            reply_to: self.reply_to,
            call: Some(asked.call),
            ..Draft::new(self.chat, Sender::Bot, content)
        }
    }
}

/// The id of the replied-to message, in both parameter forms.
fn replied(world: &World, params: &Params, chat: ChatId) -> Result<Option<i64>, Refusal> {
    let (id, lenient) = match params.structure("reply_parameters")? {
        Some(reply) => (
            reply["message_id"].as_i64(),
            reply["allow_sending_without_reply"]
                .as_bool()
                .unwrap_or(false),
        ),
        None => (
            params.number("reply_to_message_id"),
            params.flag("allow_sending_without_reply"),
        ),
    };
    match id {
        Some(id) if world.message(chat, id).is_some() => Ok(Some(id)),
        Some(_) if !lenient => Err(Refusal::bad("message to be replied not found")),
        Some(_) | None => Ok(None),
    }
}

/// The text of a message: present, and not too long.
pub(super) fn text(params: &Params) -> Result<Words, Refusal> {
    let words = markup::read(
        &params.text("text").unwrap_or_default(),
        params.text("parse_mode").as_deref(),
        params.structure("entities")?,
    )?;
    if words.text.is_empty() {
        return Err(Refusal::bad("message text is empty"));
    }
    if units(&words.text) > limits::TEXT {
        return Err(Refusal::bad("message is too long"));
    }
    Ok(words)
}

/// A caption, which is optional.
pub(super) fn caption(
    text: Option<&str>,
    parse_mode: Option<&str>,
    entities: Option<Value>,
) -> Result<Words, Refusal> {
    let words = markup::read(text.unwrap_or_default(), parse_mode, entities)?;
    if units(&words.text) > limits::CAPTION {
        return Err(Refusal::bad("message caption is too long"));
    }
    Ok(words)
}

/// `reply_markup`, with every button validated.
pub(super) fn keyboard(params: &Params) -> Result<Option<Value>, Refusal> {
    let Some(markup) = params.structure("reply_markup")? else {
        return Ok(None);
    };
    let rows = markup["inline_keyboard"].as_array().into_iter().flatten();
    for button in rows.flat_map(|row| row.as_array().into_iter().flatten()) {
        check(button)?;
    }
    // An empty keyboard counts as no keyboard.
    let empty = markup["inline_keyboard"]
        .as_array()
        .is_some_and(Vec::is_empty);
    Ok((!empty).then_some(markup))
}

fn check(button: &Value) -> Result<(), Refusal> {
    let wrong = |why: &str| Refusal::bad(format!("can't parse inline keyboard button: {why}"));
    if button["text"].as_str().is_none_or(str::is_empty) {
        return Err(wrong("Field \"text\" must be a non-empty String"));
    }
    if let Some(data) = button["callback_data"].as_str() {
        return if (1..=limits::CALLBACK_DATA).contains(&data.len()) {
            Ok(())
        } else {
            Err(Refusal::bad("BUTTON_DATA_INVALID"))
        };
    }
    if let Some(address) = button["url"].as_str() {
        let known = ["http://", "https://", "tg://"];
        return if known.iter().any(|scheme| address.starts_with(scheme)) {
            Ok(())
        } else {
            Err(Refusal::bad("BUTTON_URL_INVALID"))
        };
    }
    if let Some(text) = button["copy_text"]["text"].as_str() {
        return if (1..=256).contains(&units(text)) {
            Ok(())
        } else {
            Err(Refusal::bad("BUTTON_COPY_TEXT_INVALID"))
        };
    }
    let others = ["web_app", "login_url", "switch_inline_query", "pay"];
    if others.iter().any(|other| !button[other].is_null()) {
        return Ok(());
    }
    Err(wrong("Text buttons are unallowed in the inline keyboard"))
}
