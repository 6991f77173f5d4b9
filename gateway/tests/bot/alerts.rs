//! Tests of the endpoint for Alertmanager: what it refuses, and that owners are notified once per state.

use serde_json::{Value, json};
use storage::outbox;
use testkit::{
    TestApp, eventually,
    http::{HttpRequest, HttpResponse},
};
use url::Url;

use crate::{
    BotTest,
    webhook::{PATIENCE, port},
};

const TOKEN: &str = "0123456789abcdef";

/// A gateway with the endpoint, and without workers that could help.
async fn start() -> (BotTest, Url) {
    let (mut bot, url) = start_with_workers().await;
    bot.app.restart_pools("render").await;
    (bot, url)
}

/// A gateway with the endpoint; the first person in the fake is its owner.
pub(crate) async fn start_with_workers() -> (BotTest, Url) {
    let house = TestApp::builder().env("BOT_ADMINS", "1000001").env("ALERTMANAGER_TOKEN", TOKEN);
    let bot = BotTest::with(house).await;
    let port = port().await;
    let url = Url::parse(&format!("http://{}/alerts", port.address())).unwrap();
    tokio::spawn(port.serve(bot.operator_routes.clone(), bot.shutdown.clone()));
    (bot, url)
}

pub(crate) fn alert(status: &str, fingerprint: &str) -> Value {
    json!({
        "status": status,
        "labels": { "alertname": "PoolWithoutWorker", "severity": "critical", "pool": "render" },
        "annotations": {
            "summary": "the render pool has no worker",
            "runbook_url": "https://runbooks.example/pools#no-poller",
        },
        "startsAt": "2026-11-30T07:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": fingerprint,
    })
}

async fn post(url: &Url, token: &str, body: &Value) -> HttpResponse {
    let request = HttpRequest::post_json(url.clone(), body);
    request.header("authorization", &format!("Bearer {token}")).send(PATIENCE).await.unwrap()
}

pub(crate) async fn notify(url: &Url, alerts: Vec<Value>) {
    let body = json!({ "version": "4", "status": "firing", "alerts": alerts });
    let response = post(url, TOKEN, &body).await;
    assert_eq!(response.status, 200, "{response:?}");
}

/// The severities of the events about alerts, the oldest first.
async fn event_severities(bot: &BotTest) -> Vec<String> {
    let events = outbox::unpublished(&bot.app.db.read(), 1_000).await.unwrap().rows;
    let alerts = events.iter().filter(|event| event.kind.ends_with("alert.triggered"));
    let severity = |event: &outbox::StoredEvent| {
        let envelope: Value = serde_json::from_str(&event.envelope).unwrap();
        envelope["data"]["severity"].as_str().unwrap().to_owned()
    };
    alerts.map(severity).collect()
}

#[tokio::test]
async fn only_well_formed_notifications_with_the_token_are_accepted() {
    let (bot, url) = start().await;
    let good = json!({ "alerts": [alert("firing", "a")] });
    for wrong in ["", "0123456789abcdeg", "0123456789abcde"] {
        assert_eq!(post(&url, wrong, &good).await.status, 401, "{wrong}");
    }
    let mut without_time = alert("firing", "a");
    without_time["startsAt"] = "yesterday".into();
    for malformed in [
        json!({}),
        json!([]),
        json!({ "alerts": [{ "status": "firing" }] }),
        json!({ "alerts": [alert("burning", "a")] }),
        json!({ "alerts": [without_time] }),
    ] {
        assert_eq!(post(&url, TOKEN, &malformed).await.status, 400, "{malformed}");
    }
    assert_eq!(event_severities(&bot).await, [""; 0]);
}

#[tokio::test]
async fn owners_are_told_once_when_an_alert_fires_and_once_when_it_is_over() {
    let (bot, url) = start().await;
    let boss = bot.user("Boss", "ru").await;
    boss.sends_text("/start").await;
    boss.waits_for_text("Привет").await;
    for _ in 0..3 {
        notify(&url, vec![alert("firing", "a")]).await;
    }
    let told = boss.waits_for_text("Тревога с 2026-11-30 07:00 (UTC)").await;
    assert!(told.text().contains("critical: the render pool has no worker"), "{}", told.text());
    assert!(told.text().contains("https://runbooks.example/pools#no-poller"), "{}", told.text());
    for _ in 0..2 {
        notify(&url, vec![alert("resolved", "a"), alert("resolved", "never seen")]).await;
    }
    boss.waits_for_text("Прошло: critical: the render pool has no worker").await;
    assert_eq!(event_severities(&bot).await, ["critical", "resolved"]);
    let chat = boss.chat().await;
    let told = chat.bot_messages().filter(|message| message.text().contains("the render pool"));
    assert_eq!(told.count(), 2);
}

#[tokio::test]
async fn ten_thousand_alerts_are_few_messages() {
    let (bot, url) = start().await;
    let boss = bot.user("Boss", "en").await;
    boss.sends_text("/start").await;
    boss.waits_for_text("Hi!").await;
    let many = |status: &str| (0..10_000).map(|n| alert(status, &format!("f{n}"))).collect();
    notify(&url, many("firing")).await;
    boss.waits_for_text("9980 more alerts fire: see Alertmanager").await;
    assert_eq!(event_severities(&bot).await.len(), 21);
    notify(&url, many("resolved")).await;
    let over = async || {
        let chat = boss.chat().await;
        (chat.bot_messages().filter(|message| message.text().starts_with("Over")).count() == 21)
            .then_some(())
    };
    eventually("all alerts are over", over).await;
}
