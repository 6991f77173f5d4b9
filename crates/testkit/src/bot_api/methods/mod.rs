//! The Bot API methods that a carousel bot uses, with Telegram's rules: what Telegram refuses is
//! refused here with the same description.
//!
//! `getUpdates` waits, so the server handles it; all methods here are immediate.

mod edits;
mod media;
mod others;
mod sending;
mod webhooks;

use serde_json::Value;

use super::{
    fault::Effect,
    model::ChatId,
    refusal::Refusal,
    request::Params,
    world::{Now, World},
};

/// A call to perform.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) params: &'a Params,
    /// The call's number.
    pub(super) call: u64,
    pub(super) now: Now,
    /// How much of it may happen.
    pub(super) effect: Effect,
}

/// The result of a call.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) result: Value,
    /// The ids of the messages that it created.
    pub(super) messages: Vec<i64>,
}

impl Done {
    fn yes() -> Self {
        Self::of(true)
    }

    fn of(result: impl Into<Value>) -> Self {
        Self {
            result: result.into(),
            messages: Vec::new(),
        }
    }
}

/// Performs a call.
pub(super) fn perform(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    // Telegram ignores the case of a method's name.
    match asked.method.to_ascii_lowercase().as_str() {
        "getme" => Ok(Done::of(super::wire::me(world))),
        "sendmessage" => sending::message(world, asked),
        "sendphoto" => media::photo(world, asked),
        "senddocument" => media::document(world, asked),
        "sendmediagroup" => media::album(world, asked),
        "sendchataction" => others::chat_action(world, asked),
        "editmessagetext" => edits::text(world, asked),
        "editmessagecaption" => edits::caption(world, asked),
        "editmessagereplymarkup" => edits::markup(world, asked),
        "deletemessage" => edits::delete(world, asked),
        "deletemessages" => edits::delete_many(world, asked),
        "answercallbackquery" => others::answer_press(world, asked),
        "getfile" => others::file(world, asked),
        "getchat" => others::chat(world, asked),
        "setmycommands" => others::set_commands(world, asked),
        "getmycommands" => others::commands(world, asked),
        "deletemycommands" => others::delete_commands(world, asked),
        "setwebhook" => webhooks::set(world, asked),
        "deletewebhook" => webhooks::delete(world, asked),
        "getwebhookinfo" => Ok(webhooks::info(world)),
        _ => Err(Refusal::not_found()),
    }
}

/// The numeric chat id of a call. Public names (`@name`) belong to channels, which a carousel bot
/// does not use.
pub(super) fn chat_of(params: &Params) -> Option<ChatId> {
    params.number("chat_id")
}

fn required_chat(params: &Params) -> Result<ChatId, Refusal> {
    match (chat_of(params), params.text("chat_id")) {
        (Some(chat), _) => Ok(chat),
        (None, Some(name)) if !name.is_empty() => Err(Refusal::chat_not_found()),
        (None, _) => Err(Refusal::bad("chat_id is empty")),
    }
}

/// Counts messages against the limits.
fn spend(world: &mut World, asked: &Asked<'_>, chat: ChatId, cost: usize) -> Result<(), Refusal> {
    let limits = world.options.limits;
    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
    let admitted = world.meter.admit(&limits, asked.now.since, chat, cost);
    admitted.map_err(Refusal::too_many)
}
