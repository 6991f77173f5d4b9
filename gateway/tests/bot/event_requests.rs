//! Request events from Redis: each becomes one workflow or a dead letter with its reason. Skipped, with a line on stderr,
//! where `redis-server` is not installed.

use std::{collections::BTreeSet, task::Poll};

use bus::{DEAD, FACTS, REQUESTS};
use clap::Parser as _;
use domain::CarouselId;
use gateway::{
    cli::GatewayCli,
    event_requests::{self, EventRequestHandler},
    requests::RequestService,
};
use runtime::{
    failpoint_hooks::FailpointHooks,
    settings::{BusSettings, PrivateUrl, RequestSourceSettings},
    shutdown::Shutdown,
};
use serde_json::{Value, json};
use storage::{carousels, outbox};
use testkit::{RedisServer, TestApp, bot_api::BotApiFault, eventually};
use tokio::task::JoinHandle;

use crate::BotTest;

/// A gateway that reads requests, and workers.
struct RequestTest {
    redis: RedisServer,
    app: TestApp,
    shutdown: Shutdown,
    reader: Option<JoinHandle<()>>,
}

impl RequestTest {
    async fn start_or_skip() -> Option<Self> {
        let redis = RedisServer::start_or_skip()?;
        let app = TestApp::builder()
            .env("REDIS_URL", redis.url())
            .env("EVENT_SOURCES", "/shop/cms 100, /small 2")
            .start()
            .await;
        let mut test = Self { redis, app, shutdown: Shutdown::default(), reader: None };
        test.start_reader().await;
        Some(test)
    }

    async fn start_reader(&mut self) {
        self.shutdown = Shutdown::default();
        let (settings, client) = (self.app.settings(), self.app.client.clone());
        let service = RequestService::open(settings, client, self.app.metrics.ours()).await;
        let (service, metrics) = (service.unwrap(), &self.app.metrics);
        self.reader = event_requests::start(settings, service, metrics, &self.shutdown).unwrap();
    }

    async fn stop_reader(&mut self) {
        self.shutdown.begin();
        self.reader.take().expect("it runs").await.unwrap();
    }

    fn send(&self, event: &str) {
        self.redis.cli(&["xadd", REQUESTS, "*", "event", event]);
    }

    /// The reasons of all dead letters, oldest first, as soon as there are so many.
    async fn dead(&self, count: usize) -> Vec<String> {
        let reasons = async || {
            let letters = entries(&self.redis, DEAD);
            let reasons = letters.iter().map(|letter| field(letter, "reason"));
            Some(reasons.collect::<Vec<_>>()).filter(|reasons| reasons.len() == count)
        };
        eventually(&format!("{count} dead letters"), reasons).await
    }

    async fn delivered(&self, id: &CarouselId) {
        let is_stored = async || {
            let row = carousels::find(&self.app.db.read(), id).await.unwrap()?;
            (!row.state.is_open()).then_some(row)
        };
        let row = eventually("the carousel ends", is_stored).await;
        assert_eq!(row.state.outcome(), Some(domain::Outcome::Delivered), "{row:?}");
    }

    /// The published facts, once all are.
    async fn facts(&self) -> Vec<Value> {
        let is_empty =
            async || (outbox::backlog(&self.app.db.read(), 1).await.unwrap() == 0).then_some(());
        eventually("the outbox is empty", is_empty).await;
        let read = |entry: &Value| serde_json::from_str(&field(entry, "event")).unwrap();
        entries(&self.redis, FACTS).iter().map(read).collect()
    }
}

impl Drop for RequestTest {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// All entries of a stream, as `redis-cli --json` shows them.
fn entries(redis: &RedisServer, stream: &str) -> Vec<Value> {
    serde_json::from_str(&redis.cli(&["--json", "xrange", stream, "-", "+"])).unwrap()
}

/// The text of an entry's field.
fn field(entry: &Value, name: &str) -> String {
    let fields = entry[1].as_array().unwrap();
    let at = fields.iter().step_by(2).position(|key| key == name).unwrap();
    fields[at * 2 + 1].as_str().unwrap().to_owned()
}

fn request(source: &str, id: &str, kind: &str, data: &Value) -> String {
    json!({ "specversion": "1.0", "id": id, "source": source, "type": kind, "data": data })
        .to_string()
}

fn generate(source: &str, id: &str, topic: &str) -> String {
    let data = json!({ "topic": topic, "slides": 3 });
    request(source, id, "carousel.generate.requested", &data)
}

/// The carousel of the only `event.routed` so far.
fn routed(facts: &[Value]) -> CarouselId {
    let routed: Vec<_> = facts.iter().filter(|fact| fact["type"] == "event.routed").collect();
    let [routed] = routed.as_slice() else { panic!("not one: {routed:?}") };
    CarouselId::parse(routed["data"]["target_workflow_id"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn repeated_request_makes_one_carousel_and_its_facts_name_the_request() {
    let Some(test) = RequestTest::start_or_skip().await else { return };
    for _ in 0..10 {
        test.send(&generate("/shop/cms", "order/42", "Why tests matter"));
    }
    let is_answered = async || (test.redis.cli(&["xlen", REQUESTS]) == "0").then_some(());
    eventually("all requests are answered", is_answered).await;
    let id = routed(&test.facts().await);
    assert!(id.as_str().starts_with("carousel-event-"), "{id}");
    test.delivered(&id).await;
    assert!(test.app.export_folder(&id).join("carousel.json").exists());
    let facts = test.facts().await;
    let of = |kind: &str| facts.iter().filter(|fact| fact["type"] == kind).collect::<Vec<_>>();
    for kind in ["carousel.generate.requested", "event.routed"] {
        let [fact] = of(kind)[..] else { panic!("not one {kind}") };
        assert_eq!(fact["causationid"], "order/42", "{kind}");
    }
    assert_eq!(of("carousel.completed").len(), 1);
    assert_eq!(test.redis.cli(&["xlen", DEAD]), "0");
}

#[tokio::test]
async fn request_that_can_not_be_carried_out_is_a_dead_letter_with_its_reason() {
    let Some(test) = RequestTest::start_or_skip().await else { return };
    let with = |data: Value| request("/shop/cms", "1", "carousel.generate.requested", &data);
    let cases = [
        ("not JSON".to_owned(), "not a CloudEvents JSON object"),
        (request("/shop/cms", "1", "carousel.completed", &json!({})), "is not a request"),
        (generate("/who/knows", "1", "Git"), "the source “/who/knows” is not known here"),
        (generate("/bible-vibecoder/gateway", "1", "Git"), "is not known here"),
        (with(json!({ "topic": "Git", "style": "none-such" })), "there is no theme"),
        (with(json!({ "topic": "Git", "slides": 99 })), "a carousel has 3 to 10 slides"),
        (with(json!({ "topic": "Git", "language": "klingon" })), "klingon"),
        (with(json!({ "link": "ftp://a" })), "http"),
        (
            request("/shop/cms", "1", "carousel.cancel.requested", &json!({ "carousel": "no" })),
            "/shop/cms has no carousel “no”",
        ),
    ];
    for (event, _) in &cases {
        test.send(event);
    }
    test.redis.cli(&["xadd", REQUESTS, "*", "other", "field"]);
    let reasons = test.dead(cases.len() + 1).await;
    for ((event, words), reason) in cases.iter().zip(&reasons) {
        assert!(reason.contains(words), "{event}: {reason}");
    }
    assert_eq!(reasons[cases.len()], "the entry has no field “event” with text");
    assert!(test.facts().await.iter().all(|fact| fact["type"] != "event.routed"));
}

#[tokio::test]
async fn quota_of_a_source_counts_each_request_once() {
    let Some(test) = RequestTest::start_or_skip().await else { return };
    for id in ["a", "a", "b", "b", "a", "c"] {
        test.send(&generate("/small", id, "Why tests matter"));
    }
    let reasons = test.dead(1).await;
    assert_eq!(reasons[0], "/small has used its 2 requests of today (UTC)");
    let routed = test.facts().await;
    assert_eq!(routed.iter().filter(|fact| fact["type"] == "event.routed").count(), 2);
}

#[tokio::test]
async fn source_cancels_and_revises_only_its_own_carousels() {
    let Some(test) = RequestTest::start_or_skip().await else { return };
    test.send(&generate("/shop/cms", "1", "Why tests matter"));
    let is_routed = async || {
        let facts = test.facts().await;
        facts.iter().any(|fact| fact["type"] == "event.routed").then_some(facts)
    };
    let id = routed(&eventually("the request is routed", is_routed).await);
    test.delivered(&id).await;
    let revise = |source: &str, event: &str, style: &str| {
        let change = json!({ "kind": "restyle", "style": style });
        let data = json!({ "carousel": id.as_str(), "change": change });
        request(source, event, "carousel.revise.requested", &data)
    };
    test.send(&revise("/small", "2", "minimal"));
    assert_eq!(test.dead(1).await[0], format!("/small has no carousel “{id}”"));
    test.send(&revise("/shop/cms", "3", "minimal"));
    let is_revised = async || {
        let row = carousels::find(&test.app.db.read(), &id).await.unwrap()?;
        (row.revision == Some(2)).then_some(())
    };
    eventually("the second revision is stored", is_revised).await;
    let cancel = json!({ "carousel": id.as_str() });
    test.send(&request("/shop/cms", "4", "carousel.cancel.requested", &cancel));
    let reasons = test.dead(2).await;
    assert!(reasons[1].contains("has ended"), "{reasons:?}");
}

#[tokio::test]
async fn requests_wait_while_the_gateway_or_redis_is_away() {
    let Some(mut test) = RequestTest::start_or_skip().await else { return };
    test.stop_reader().await;
    test.send(&generate("/shop/cms", "1", "Why tests matter"));
    test.redis.kill();
    test.start_reader().await;
    test.redis.start();
    let is_routed = async || {
        let facts = test.facts().await;
        facts.iter().any(|fact| fact["type"] == "event.routed").then_some(facts)
    };
    let id = routed(&eventually("the request is routed", is_routed).await);
    test.delivered(&id).await;
}

#[tokio::test]
async fn carousel_of_a_source_with_a_chat_is_revised_and_sent_again_there() {
    let Some(redis) = RedisServer::start_or_skip() else { return };
    let (mut bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.sends_text("/start").await;
    ann.waits_for(|chat| chat.bot_messages().next().cloned()).await;
    let sources = vec![RequestSourceSettings {
        source: "/shop/cms".to_owned(),
        per_day: 5,
        chat: Some(ann.id),
    }];
    let url = PrivateUrl::from(redis.url().parse::<url::Url>().unwrap());
    bot.app.change_settings(|settings| settings.bus = Some(BusSettings { url, sources }));
    bot.app.stop_workers().await;
    bot.app.restart_workers(FailpointHooks::none()).await;
    bot.shutdown.begin();
    bot.start_gateway().await;
    let (settings, client) = (bot.app.settings(), bot.app.client.clone());
    let service = RequestService::open(settings, client, bot.app.metrics.ours()).await.unwrap();
    event_requests::start(settings, service, &bot.app.metrics, &bot.shutdown).unwrap();

    bot.telegram.fault(BotApiFault::accept_then_drop().on("sendMediaGroup")).await;
    redis.cli(&["xadd", REQUESTS, "*", "event", &generate("/shop/cms", "42", "Why tests matter")]);
    let doubt = ann.waits_for_text("did not confirm").await;
    ann.presses(&doubt, "Send again").await;
    let done = ann.waits_for_text("Done").await;
    let themes = ann.presses_for(&done, "Theme", "Which theme").await;
    ann.presses(&themes, "paper").await;
    ann.waits_for(|chat| (chat.albums().len() == 3).then_some(())).await;

    let id = bot.carousels().await.remove(0).id;
    let events = async || {
        let found = outbox::of_carousel(&bot.app.db.read(), &id).await.unwrap();
        found.iter().any(|event| event.kind == "carousel.saved").then_some(found)
    };
    let events = eventually("the events are stored", events).await;
    let all: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    for event in &events {
        let cause = event.event().unwrap().causation.expect("each has a cause");
        assert!(all.contains(cause.as_str()) || cause.as_str() == "42", "{}: {cause}", event.kind);
    }
    let show = GatewayCli::parse_from(["gateway", "events", "--carousel", id.as_str()]);
    let tree = show.command.run(bot.app.settings(), crate::parser()).await.unwrap();
    for line in ["42  (not stored here", "carousel.delivery.resolved", "carousel.saved  revision=2"]
    {
        assert!(tree.contains(line), "{line}: {tree}");
    }
}

/// Polls a future so often, then drops it, as when its process dies there.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn request_is_carried_out_once_wherever_its_reader_dies() {
    let app = TestApp::builder().without_workers().await;
    let per_day = 1_000;
    let sources = [RequestSourceSettings { source: "/shop/cms".to_owned(), per_day, chat: None }];
    let (settings, client) = (app.settings(), app.client.clone());
    let opened = RequestService::open(settings, client, app.metrics.ours()).await;
    let handler = EventRequestHandler::new(opened.unwrap(), settings);
    let mut requests = 0;
    let mut has_ended = false;
    while !has_ended {
        requests += 1;
        let request = generate("/shop/cms", &format!("dies-{requests}"), "Why tests matter");
        has_ended = polled(handler.handle(&sources, &request), requests).await.is_some();
        let first = handler.handle(&sources, &request).await.unwrap();
        assert_eq!(handler.handle(&sources, &request).await.unwrap(), first);
        let id = CarouselId::parse(&first).unwrap();
        assert!(!app.order_with_id(&id, "Why tests matter").await.fresh, "it is started");
    }
    assert!(requests > 1, "it has several steps");
    let written = outbox::unpublished(&app.db.read(), 10_000).await.unwrap().rows;
    let routed = written.iter().filter(|event| event.kind == "event.routed");
    assert_eq!(routed.count(), requests);
}
