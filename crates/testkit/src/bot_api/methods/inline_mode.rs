//! `answerInlineQuery`.

use serde_json::{Value, json};

use super::{MethodCall, MethodResult, sending::check_button};
use crate::bot_api::{
    error_response::{ErrorResponse, Result},
    fake_state::FakeState,
    markup,
};

/// How long a query can be answered: clients ask again when a person types on.
const PATIENCE_MS: u64 = 30_000;

pub(super) fn answer(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let results = asked.params.structure("results")?.unwrap_or_default();
    let Some(results) = results.as_array().filter(|results| results.len() <= 50) else {
        return Err(ErrorResponse::bad("RESULTS_TOO_MUCH"));
    };
    results.iter().try_for_each(check_article)?;
    let button = asked.params.structure("button")?;
    if let Some(button) = &button {
        let parameter = button["start_parameter"].as_str().unwrap_or_default();
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
        if !(1..=64).contains(&parameter.len()) || !parameter.bytes().all(plain) {
            return Err(ErrorResponse::bad("START_PARAM_INVALID"));
        }
    }
    let id = asked.params.text("inline_query_id").unwrap_or_default();
    let now = asked.now.moment();
    let query = state.inline_queries.iter_mut().find(|query| query.id == id);
    let Some(query) = query.filter(|query| now.saturating_sub(query.at) <= PATIENCE_MS) else {
        return Err(ErrorResponse::bad(
            "query is too old and response timeout expired or query ID is invalid",
        ));
    };
    query.answer = Some(json!({ "results": results, "button": button }));
    Ok(MethodResult::yes())
}

/// Our bot sends no other results.
fn check_article(result: &Value) -> Result<()> {
    let text = |name: &str| result[name].as_str().unwrap_or_default();
    if text("type") != "article" || !(1..=64).contains(&text("id").len()) {
        return Err(ErrorResponse::bad("RESULT_ID_INVALID"));
    }
    if text("title").is_empty() {
        return Err(ErrorResponse::bad("ARTICLE_TITLE_EMPTY"));
    }
    let content = &result["input_message_content"];
    let words = content["message_text"].as_str().unwrap_or_default();
    if markup::read(words, content["parse_mode"].as_str(), None)?.text.is_empty() {
        return Err(ErrorResponse::bad("MESSAGE_EMPTY"));
    }
    let rows = result["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    rows.flat_map(|row| row.as_array().into_iter().flatten()).try_for_each(check_button)
}
