//! Fault injection: what the bot sees, and what happened.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{
    bot_api::{Actor, BotApiFault, CallOutcome, FakeBotApi},
    http::HttpClientError,
};

use crate::bot::{album, call, slides, try_album};

const SHORT: Duration = Duration::from_millis(300);

async fn with(fault: BotApiFault) -> (FakeBotApi, Actor) {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    ann.sends_text("/start").await;
    telegram.fault(fault).await;
    (telegram, ann)
}

async fn arrived(ann: &Actor) -> usize {
    ann.chat().await.bot_messages().count()
}

#[tokio::test]
async fn accept_then_drop_has_effect_without_response() {
    let (telegram, ann) = with(BotApiFault::accept_then_drop()).await;
    let lost = try_album(&telegram, ann.id, &slides(3), Duration::from_secs(5)).await;
    assert!(matches!(lost, Err(HttpClientError::ConnectionLost { .. })), "{lost:?}");
    assert_eq!(arrived(&ann).await, 3);
    let call = &telegram.calls().await[0];
    assert_eq!((&call.answer, call.messages.len()), (&CallOutcome::Nothing, 3));
    album(&telegram, ann.id, &slides(3)).await.unwrap();
}

#[tokio::test]
async fn cut_has_no_effect_and_no_response() {
    let (telegram, ann) = with(BotApiFault::cut()).await;
    let lost = try_album(&telegram, ann.id, &slides(3), Duration::from_secs(5)).await;
    assert!(matches!(lost, Err(HttpClientError::ConnectionLost { .. })), "{lost:?}");
    assert_eq!(arrived(&ann).await, 0);
}

#[tokio::test]
async fn silence_lasts_until_caller_times_out() {
    let (telegram, ann) = with(BotApiFault::accept_then_silence()).await;
    let late = try_album(&telegram, ann.id, &slides(2), SHORT).await;
    assert!(matches!(late, Err(HttpClientError::TimedOut { .. })), "{late:?}");
    assert_eq!(arrived(&ann).await, 2);
    let answer = telegram
        .until_called(|call| (call.answer != CallOutcome::Open).then(|| call.answer.clone()));
    assert_eq!(answer.await, CallOutcome::Nothing);
}

#[tokio::test]
async fn partial_album_has_three_response_kinds() {
    let (telegram, ann) = with(BotApiFault::partial_album(2)).await;
    let told = album(&telegram, ann.id, &slides(5)).await.unwrap();
    assert_eq!(told.as_array().unwrap().len(), 2, "honestly told");

    telegram.fault(BotApiFault::partial_album_then_drop(3)).await;
    let lost = try_album(&telegram, ann.id, &slides(5), Duration::from_secs(5)).await;
    assert!(matches!(lost, Err(HttpClientError::ConnectionLost { .. })), "{lost:?}");

    telegram.fault(BotApiFault::partial_album_then_error(1, 500)).await;
    let (code, _) = album(&telegram, ann.id, &slides(5)).await.unwrap_err();
    assert_eq!(code, 500);
    let chat = ann.chat().await;
    let lengths: Vec<usize> = chat.albums().iter().map(Vec::len).collect();
    assert_eq!(lengths, [2, 3, 1]);
}

#[tokio::test]
async fn errors_have_telegrams_format() {
    for (fault, code, words, arrives) in [
        (BotApiFault::server_error(500), 500, "Internal Server Error", 0),
        (BotApiFault::accept_then_error(504), 504, "Gateway Timeout", 2),
        (BotApiFault::forbidden(), 403, "Forbidden: bot was blocked by the user", 0),
        (BotApiFault::bad_request("chat not found"), 400, "Bad Request: chat not found", 0),
        (BotApiFault::too_many(Duration::from_secs(7)), 429, "Too Many Requests: retry after 7", 0),
    ] {
        let (telegram, ann) = with(fault).await;
        let said = album(&telegram, ann.id, &slides(2)).await;
        assert_eq!(said, Err((code, words.to_owned())));
        assert_eq!(arrived(&ann).await, arrives, "{words}");
        assert!(telegram.calls_over_limit().await.is_empty(), "on demand is no fault of the bot's");
    }
}

#[tokio::test]
async fn non_json_bodies_can_be_injected() {
    let (telegram, ann) = with(BotApiFault::html()).await;
    let hello = json!({ "chat_id": ann.id, "text": "hello" });
    let page = telegram.call("sendMessage", &hello).await.unwrap();
    assert_eq!(page.status, 502);
    assert!(page.text().starts_with("<html>"));

    telegram.fault(BotApiFault::half_json()).await;
    let half = telegram.call("sendMessage", &hello).await.unwrap();
    assert_eq!(half.status, 200);
    assert!(half.json::<serde_json::Value>().is_err());
    assert_eq!(arrived(&ann).await, 1, "half an answer, a whole message");
}

#[tokio::test]
async fn slow_call_succeeds_late() {
    let (telegram, ann) = with(BotApiFault::slow(SHORT).on("sendMessage")).await;
    let hello = json!({ "chat_id": ann.id, "text": "hello" });
    let began = Instant::now();
    call(&telegram, "sendMessage", hello).await.unwrap();
    assert!(began.elapsed() >= SHORT);
    assert_eq!(arrived(&ann).await, 1);
}

#[tokio::test]
async fn faults_can_be_added_and_removed() {
    let (telegram, _ann) = with(BotApiFault::conflict().on("getUpdates").always()).await;
    for _ in 0..3 {
        assert_eq!(call(&telegram, "getUpdates", json!({})).await.unwrap_err().0, 409);
    }
    telegram.no_faults().await;
    call(&telegram, "getUpdates", json!({})).await.unwrap();
}
