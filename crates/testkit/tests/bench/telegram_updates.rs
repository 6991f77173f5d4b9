//! How a bot gets its updates: polling and webhooks.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use testkit::bot_api::FakeBotApi;
use tokio::{net::TcpListener, sync::watch};

use crate::bot::call;

async fn poll(telegram: &FakeBotApi, offset: i64, timeout: i64) -> Vec<Value> {
    let params = json!({ "offset": offset, "timeout": timeout });
    let updates = call(telegram, "getUpdates", params).await.unwrap();
    updates.as_array().unwrap().clone()
}

#[tokio::test]
async fn update_is_repeated_until_higher_offset() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    ann.sends_text("one").await;
    ann.sends_text("two").await;

    let first = poll(&telegram, 0, 0).await;
    assert_eq!(first.len(), 2);
    assert_eq!(first[0]["message"]["text"], "one");
    assert_eq!(poll(&telegram, 0, 0).await, first, "nothing was confirmed");
    let next = first[0]["update_id"].as_i64().unwrap() + 1;
    assert_eq!(poll(&telegram, next, 0).await, first[1..]);
    let updates = telegram.updates().await;
    assert_eq!((updates[0].handed, updates[1].handed), (2, 3));
    assert!(updates[0].confirmed_at.is_some() && updates[1].confirmed_at.is_none());
}

#[tokio::test]
async fn long_poll_ends_at_first_update() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    // The poll's 30 s are longer than the call's own timeout.
    let (updates, _) = tokio::join!(poll(&telegram, 0, 30), async {
        telegram.until_called(|call| (call.method == "getUpdates").then_some(())).await;
        ann.sends_text("hello").await
    });
    assert_eq!(updates.len(), 1);
}

#[tokio::test]
async fn first_of_two_pollers_gets_conflict() {
    let telegram = FakeBotApi::start().await;
    let params = json!({ "timeout": 30 });
    let (first, second) = tokio::join!(call(&telegram, "getUpdates", params), async {
        telegram.until_called(|call| (call.method == "getUpdates").then_some(())).await;
        call(&telegram, "getUpdates", json!({ "timeout": 0 })).await
    });
    let (code, words) = first.unwrap_err();
    assert_eq!(code, 409);
    assert!(words.starts_with("Conflict: terminated by other getUpdates request"), "{words}");
    assert_eq!(second.unwrap(), json!([]));
}

#[tokio::test]
async fn malformed_update_is_delivered() {
    let telegram = FakeBotApi::start().await;
    let poison = json!({ "message": { "message_id": "no number" } });
    let id = telegram.update(poison).await;
    let updates = poll(&telegram, 0, 0).await;
    assert_eq!(updates[0]["update_id"], id);
    assert_eq!(updates[0]["message"]["message_id"], "no number");
    poll(&telegram, id + 1, 0).await;
    assert!(poll(&telegram, 0, 0).await.is_empty());
    telegram.redeliver(id).await;
    assert_eq!(poll(&telegram, 0, 0).await.len(), 1);
}

/// A webhook server that refuses the first n updates.
struct WebhookCalls {
    url: String,
    seen: Arc<Mutex<Vec<(Value, String)>>>,
    count: watch::Receiver<usize>,
}

#[derive(Clone)]
struct WebhookServer {
    seen: Arc<Mutex<Vec<(Value, String)>>>,
    count: watch::Sender<usize>,
    refuses: usize,
}

impl WebhookCalls {
    async fn refusing(refuses: usize) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (count, counted) = watch::channel(0);
        let desk = WebhookServer { seen: Arc::clone(&seen), count, refuses };
        let take = async |State(desk): State<WebhookServer>, headers: HeaderMap, body: String| {
            let secret = headers["x-telegram-bot-api-secret-token"].to_str().unwrap().to_owned();
            let update = serde_json::from_str(&body).unwrap();
            let mut seen = desk.seen.lock().unwrap();
            seen.push((update, secret));
            desk.count.send_replace(seen.len());
            if seen.len() <= desk.refuses { 503 } else { 200 }
        };
        let respond = move |state, headers, body| async move {
            axum::http::StatusCode::from_u16(take(state, headers, body).await).unwrap()
        };
        let router = Router::new().route("/hook", post(respond)).with_state(desk);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen, count: counted }
    }

    async fn called(&mut self, times: usize) {
        let wait = self.count.wait_for(|count| *count >= times);
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn webhook_is_retried_with_secret_until_accepted() {
    let telegram = FakeBotApi::start().await;
    let mut bot = WebhookCalls::refusing(2).await;
    let hook = json!({ "url": bot.url, "secret_token": "s3cret" });
    call(&telegram, "setWebhook", hook).await.unwrap();

    telegram.person("Ann").await.sends_text("hello").await;
    bot.called(3).await;

    let confirmed = async {
        while telegram.updates().await[0].confirmed_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), confirmed).await.unwrap();
    let seen = bot.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3, "twice in vain");
    assert!(
        seen.iter()
            .all(|(update, secret)| { update["message"]["text"] == "hello" && secret == "s3cret" })
    );
    let info = call(&telegram, "getWebhookInfo", json!({})).await.unwrap();
    assert_eq!(info["pending_update_count"], 0);
    assert!(info["last_error_message"].as_str().unwrap().contains("503"));
}

#[tokio::test]
async fn webhook_delivers_each_chat_in_order_without_blocking_others() {
    let telegram = FakeBotApi::start().await;
    let mut bot = WebhookCalls::refusing(1).await;
    let ann = telegram.person("Ann").await;
    for said in ["one", "two", "three"] {
        ann.sends_text(said).await;
    }
    let hook = json!({ "url": bot.url, "secret_token": "s3cret", "max_connections": 40 });
    call(&telegram, "setWebhook", hook).await.unwrap();
    bot.called(1).await;
    telegram.person("Bob").await.sends_text("Bob's").await;

    bot.called(5).await;
    let seen = bot.seen.lock().unwrap().clone();
    let (bob, ann): (Vec<_>, Vec<_>) = seen
        .iter()
        .map(|(update, _)| update["message"]["text"].as_str().unwrap())
        .partition(|text| *text == "Bob's");
    assert_eq!(ann, ["one", "one", "two", "three"]);
    assert_eq!(bob.len(), 1);
}

#[tokio::test]
async fn polling_and_webhook_are_exclusive() {
    let telegram = FakeBotApi::start().await;
    let bot = WebhookCalls::refusing(0).await;
    let hook = json!({ "url": bot.url });
    let (polled, _) =
        tokio::join!(call(&telegram, "getUpdates", json!({ "timeout": 30 })), async {
            telegram.until_called(|call| (call.method == "getUpdates").then_some(())).await;
            call(&telegram, "setWebhook", hook).await.unwrap()
        });
    assert_eq!(polled.unwrap_err().0, 409);
    let (code, words) = call(&telegram, "getUpdates", json!({})).await.unwrap_err();
    assert_eq!(code, 409);
    assert!(words.contains("webhook is active"), "{words}");
    call(&telegram, "deleteWebhook", json!({})).await.unwrap();
    call(&telegram, "getUpdates", json!({})).await.unwrap();
}

#[tokio::test]
async fn remote_webhook_needs_https_and_allowed_port() {
    let telegram = FakeBotApi::start().await;
    for (url, why) in [
        ("http://example.org/hook", "An HTTPS URL must be provided"),
        ("https://example.org:9999/hook", "only on ports 80, 88, 443 or 8443"),
    ] {
        let (_, words) = call(&telegram, "setWebhook", json!({ "url": url })).await.unwrap_err();
        assert!(words.contains(why), "{words}");
    }
    let odd = json!({ "url": "https://example.org/hook", "secret_token": "a b" });
    assert!(call(&telegram, "setWebhook", odd).await.is_err());
}
