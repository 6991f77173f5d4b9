//! The Bot API methods that a carousel bot uses, with Telegram's rules: what Telegram refuses is
//! refused here with the same description.
//!
//! `getUpdates` waits, so the server handles it; all methods here are immediate.

mod edits;
mod inline_mode;
mod media;
mod sending;
mod webhooks;
mod without_message;

use serde_json::Value;

use super::{
    error_response::{ErrorResponse, Result},
    fake_model::ChatId,
    fake_state::{FakeState, FakeTime},
    fault_injection::EffectPart,
    request::Params,
};

pub(super) struct MethodCall<'a> {
    pub(super) method: &'a str,
    pub(super) params: &'a Params,
    /// The call's number.
    pub(super) call: u64,
    pub(super) now: FakeTime,
    /// How much of it may happen.
    pub(super) effect: EffectPart,
}

#[derive(Debug, Default)]
pub(super) struct MethodResult {
    pub(super) result: Value,
    /// The ids of the messages that it created.
    pub(super) messages: Vec<i64>,
}

impl MethodResult {
    fn yes() -> Self {
        Self::of(true)
    }

    fn of(result: impl Into<Value>) -> Self {
        Self { result: result.into(), messages: Vec::new() }
    }
}

pub(super) fn perform(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    // Telegram ignores the case of a method's name.
    match asked.method.to_ascii_lowercase().as_str() {
        "getme" => Ok(MethodResult::of(super::bot_api_objects::me(state))),
        "sendmessage" => sending::message(state, asked),
        "sendphoto" => media::photo(state, asked),
        "senddocument" => media::document(state, asked),
        "sendmediagroup" => media::album(state, asked),
        "sendchataction" => without_message::chat_action(state, asked),
        "sendmessagedraft" => without_message::draft(state, asked),
        "editmessagetext" => edits::text(state, asked),
        "editmessagemedia" => media::edit(state, asked),
        "setmessagereaction" => without_message::react(state, asked),
        "answerinlinequery" => inline_mode::answer(state, asked),
        "editmessagecaption" => edits::caption(state, asked),
        "editmessagereplymarkup" => edits::markup(state, asked),
        "deletemessage" => edits::delete(state, asked),
        "deletemessages" => edits::delete_many(state, asked),
        "answercallbackquery" => without_message::answer_press(state, asked),
        "getfile" => without_message::file(state, asked),
        "getchat" => without_message::chat(state, asked),
        "getchatadministrators" => without_message::administrators(state, asked),
        "getchatmember" => without_message::member(state, asked),
        "setmydescription" => without_message::description(asked, "description", 512),
        "setmyshortdescription" => without_message::description(asked, "short_description", 120),
        "setchatmenubutton" => without_message::menu_button(asked),
        "setmycommands" => without_message::set_commands(state, asked),
        "getmycommands" => without_message::commands(state, asked),
        "deletemycommands" => without_message::delete_commands(state, asked),
        "setwebhook" => webhooks::set(state, asked),
        "deletewebhook" => webhooks::delete(state, asked),
        "getwebhookinfo" => Ok(webhooks::info(state)),
        _ => Err(ErrorResponse::not_found()),
    }
}

/// The numeric chat id of a call. Public names (`@name`) belong to channels, which a carousel bot
/// does not use.
pub(super) fn chat_of(params: &Params) -> Option<ChatId> {
    params.number("chat_id")
}

fn required_chat(params: &Params) -> Result<ChatId> {
    match (chat_of(params), params.text("chat_id")) {
        (Some(chat), _) => Ok(chat),
        (None, Some(name)) if !name.is_empty() => Err(ErrorResponse::chat_not_found()),
        (None, _) => Err(ErrorResponse::bad("chat_id is empty")),
    }
}

fn count_messages(
    state: &mut FakeState,
    asked: &MethodCall<'_>,
    chat: ChatId,
    cost: usize,
) -> Result<()> {
    let limits = state.options.limits;
    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
    let admitted = state.meter.admit(&limits, asked.now.since, chat, cost);
    admitted.map_err(ErrorResponse::too_many)
}
