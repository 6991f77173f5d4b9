//! Tests of the webhook: only Telegram's requests are accepted, and an acknowledged update is not
//! lost.

use std::{net::SocketAddr, time::Duration};

use axum::http::Method;
use chrono::{TimeDelta, Utc};
use domain::{AccountId, BotId, ChatId, UpdateId, UserId};
use runtime::http::Port;
use serde_json::{Value, json};
use storage::{
    ingress::{self, UpdateKey, UpdateState},
    users::{self, NewUser, Profile},
};
use testkit::{
    bot_api::{BotApiFault, QueuedUpdate},
    eventually,
    http::{HttpRequest, HttpResponse},
};
use tokio::sync::oneshot;
use url::Url;

use crate::{BotTest, answers};

pub(crate) const SECRET: &str = "0123456789abcdef-_X";
const HEADER: &str = "x-telegram-bot-api-secret-token";
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn port() -> Port {
    Port::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

pub(crate) async fn bot_with_webhook() -> (BotTest, Url) {
    let port = port().await;
    let url = Url::parse(&format!("http://{}/telegram", port.address())).unwrap();
    (BotTest::with_webhook(port).await, url)
}

async fn post_update(request: HttpRequest) -> HttpResponse {
    request.send(PATIENCE).await.unwrap()
}

/// Sends an update in Telegram's form.
pub(crate) async fn delivered(url: &Url, body: &Value) -> HttpResponse {
    post_update(HttpRequest::post_json(url.clone(), body).header(HEADER, SECRET)).await
}

pub(crate) fn bot_id(bot: &BotTest) -> BotId {
    let number = bot.telegram.token().split(':').next().unwrap();
    BotId::new(number.parse().unwrap())
}

async fn standing(bot: &BotTest, update: i64) -> Option<UpdateState<Value>> {
    let found = ingress::find(&bot.app.db.read(), bot_id(bot), UpdateId::new(update)).await;
    found.unwrap().map(|found| found.state)
}

async fn last_update(bot: &BotTest) -> QueuedUpdate {
    bot.telegram.updates().await.pop().unwrap()
}

#[tokio::test]
async fn delivered_update_is_processed_once() {
    let (bot, _) = bot_with_webhook().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    assert_eq!(ann.waits_for_album(7).await.len(), 7);
    let after = ann.waits_for_text("Done").await;
    ann.presses_for(&after, "Caption", "tap to copy").await;
    // One chat's updates are processed in order, even if they arrive quickly.
    for said in ["/settings", "/myid", "/status"] {
        ann.sends_text(said).await;
    }
    // The carousel's last step may still run.
    let is_status =
        |text: &str| text.contains("not making anything") || text.contains(": finishing");
    ann.waits_for_message(|message| is_status(message.text())).await;
    let said = answers(&ann).await;
    let place = |words: &str| said.iter().position(|m| m.text().contains(words)).unwrap();
    assert!(place("Settings") < place("Your ID"));
    assert!(place("Your ID") < said.iter().rposition(|m| is_status(m.text())).unwrap());
    assert!(bot.telegram.calls_of("getUpdates").await.is_empty());
}

#[tokio::test]
async fn webhook_rejects_a_wrong_secret() {
    let (bot, url) = bot_with_webhook().await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/myid", "Your ID").await;
    let mut body = last_update(&bot).await.body;
    body["update_id"] = json!(77);
    let post = || HttpRequest::post_json(url.clone(), &body);
    let prefix = &SECRET[..SECRET.len() - 1];
    for request in [
        post(),
        post().header(HEADER, ""),
        post().header(HEADER, "wrong"),
        post().header(HEADER, prefix),
        post().header(HEADER, &format!("{SECRET}x")),
    ] {
        assert_eq!(post_update(request).await.status, 401);
    }
    assert!(standing(&bot, 77).await.is_none());
    let get = HttpRequest::get(url.clone()).header(HEADER, SECRET);
    assert_eq!(post_update(get).await.status, 405);
    let put = HttpRequest::new(Method::PUT, url.clone()).header(HEADER, SECRET);
    assert_eq!(post_update(put).await.status, 405);
    let mut elsewhere = url.clone();
    elsewhere.set_path("/telegram/more");
    let elsewhere = HttpRequest::post_json(elsewhere, &body).header(HEADER, SECRET);
    assert_eq!(post_update(elsewhere).await.status, 404);
    assert_eq!(answers(&ann).await.len(), 1);
}

#[tokio::test]
async fn large_body_is_refused_and_invalid_body_stored() {
    let (bot, url) = bot_with_webhook().await;
    let large = vec![b' '; 2 * 1024 * 1024];
    let large = HttpRequest::post(url.clone(), "application/json", large).header(HEADER, SECRET);
    assert_eq!(post_update(large).await.status, 413);
    let garbage = HttpRequest::post(url.clone(), "application/json", &b"{\"half\":"[..]);
    assert_eq!(post_update(garbage.header(HEADER, SECRET)).await.status, 200);
    // Its id is the hash of its bytes.
    assert!(matches!(standing(&bot, -378_752_810).await, Some(UpdateState::DeadLetter { .. })));
    // An update of a future kind is ignored.
    let unknown = json!({ "update_id": 78, "telepathy": { "from": 1 } });
    assert_eq!(delivered(&url, &unknown).await.status, 200);
    assert!(matches!(standing(&bot, 78).await, Some(UpdateState::Done(_))));
    let ann = bot.user("Ann", "en").await;
    ann.asks("/myid", "Your ID").await;
}

#[tokio::test]
async fn update_sent_to_two_gateways_is_answered_once() {
    let (mut bot, first) = bot_with_webhook().await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/start", "Hi").await;
    let one = port().await;
    let second = Url::parse(&format!("http://{}/telegram", one.address())).unwrap();
    let before = std::mem::take(&mut bot.shutdown);
    bot.port = Some(one);
    bot.start_gateway().await;

    let mut body = last_update(&bot).await.body;
    body["update_id"] = json!(500);
    body["message"]["message_id"] = json!(500);
    body["message"]["text"] = json!("Why tests matter");
    body["message"]["entities"] = json!([]);
    let again = |n: usize| {
        let url = if n.is_multiple_of(2) { &first } else { &second };
        delivered(url, &body)
    };
    let taken = futures::future::join_all((0..5).map(again)).await;
    assert!(taken.iter().all(|answer| answer.status == 200));
    ann.waits_for_album(7).await;
    ann.waits_for_text("Done").await;
    assert_eq!(again(1).await.status, 200);
    let accepted = bot.telegram.calls_of("sendMessage").await;
    let accepted = accepted.iter().filter(|call| format!("{call:?}").contains("Got it"));
    assert_eq!(accepted.count(), 1);
    assert_eq!(ann.chat().await.albums().len(), 1);
    before.begin();
}

#[tokio::test]
async fn webhook_returns_503_without_the_database() {
    let (bot, _) = bot_with_webhook().await;
    let ann = bot.user("Ann", "en").await;
    let (locked, is_locked) = oneshot::channel();
    let (free, freed) = oneshot::channel::<()>();
    let (locked, freed) = (
        std::sync::Mutex::new(Some(locked)),
        std::sync::Arc::new(tokio::sync::Mutex::new(Some(freed))),
    );
    let db = bot.app.db.clone();
    let away = tokio::spawn(async move {
        let (locked, freed) = (&locked, &freed);
        let hold = |_| async move {
            if let Some(locked) = locked.lock().unwrap().take() {
                let _ = locked.send(());
            }
            if let Some(freed) = freed.lock().await.take() {
                let _ = freed.await;
            }
            Ok::<_, storage::StorageError>(())
        };
        db.write(hold).await
    });
    is_locked.await.unwrap();
    ann.sends_text("/myid").await;
    let refused = async || {
        let info = bot.telegram.call("getWebhookInfo", &json!({})).await.unwrap();
        let info: Value = info.json().unwrap();
        let said = info["result"]["last_error_message"].as_str()?.to_owned();
        said.contains("503").then_some(())
    };
    eventually("the request was refused", refused).await;
    free.send(()).unwrap();
    away.await.unwrap().unwrap();
    ann.waits_for_text("Your ID").await;
    assert_eq!(answers(&ann).await.len(), 1);
}

#[tokio::test]
async fn flood_of_one_chat_is_acknowledged_before_it_is_processed() {
    let (bot, url) = bot_with_webhook().await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    ann.asks("/myid", "Your ID").await;
    let body = last_update(&bot).await.body;
    // Telegram lets the bot send nothing to this chat for an hour.
    let silent = BotApiFault::too_many(Duration::from_secs(3600)).on("sendMessage");
    bot.telegram.fault(silent.in_chat(ann.id)).await;
    let updates: Vec<i64> = (500..560).collect();
    let post = |update: &i64| {
        let mut body = body.clone();
        body["update_id"] = json!(update);
        body["message"]["message_id"] = json!(update);
        let url = url.clone();
        async move { delivered(&url, &body).await.status }
    };
    let statuses = futures::future::join_all(updates.iter().map(post)).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    bob.asks("/myid", "Your ID").await;
    for update in updates {
        let state = standing(&bot, update).await;
        assert!(
            matches!(state, Some(UpdateState::Received | UpdateState::Decided(_))),
            "{update}: {state:?}"
        );
    }
    assert_eq!(answers(&ann).await.len(), 1);
}

#[tokio::test]
async fn next_gateway_continues_accepted_updates() {
    let (mut bot, _) = bot_with_webhook().await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/start", "Hi").await;
    bot.shutdown.begin();
    let took = json!({
        "do": "my_id",
        "around": { "chat": ann.id, "private": true, "from": ann.id, "language": "en", "message": 9 },
    });
    let (took, id) = (&took, bot_id(&bot));
    let arrival = UpdateKey { update: UpdateId::new(900), chat: Some(ChatId::new(ann.id)) };
    let user = &NewUser {
        id: UserId::parse(&format!("tg-{}", ann.id)).unwrap(),
        account: Some(AccountId::new(ann.id)),
        profile: Profile::default(),
    };
    let long_ago = Utc::now() - TimeDelta::minutes(3);
    let died = |tx| async move {
        users::find_or_create(&tx, user, long_ago).await?;
        ingress::decide(&tx, id, arrival, took, "gateway-dead", long_ago).await
    };
    bot.app.db.write(died).await.unwrap();
    bot.port = Some(port().await);
    bot.start_gateway().await;
    ann.waits_for_text("Your ID").await;
    let done = async || {
        let standing = standing(&bot, 900).await;
        matches!(standing, Some(UpdateState::Done(_))).then_some(())
    };
    eventually("the update is finished", done).await;
}
