//! Request events over HTTP, in the three modes of CloudEvents.

use serde_json::{Value, json};
use testkit::http::HttpRequest;

use crate::{ApiTest, assert_problem, json_of};

fn event(id: &str, topic: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/cms", "type": "carousel.generate.requested",
        "data": { "topic": topic, "slides": 3 },
    })
}

#[tokio::test]
async fn event_is_the_same_request_in_every_mode() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let url = || shop.url("/v1/events");
    let one = event("1", "Why tests matter");
    let structured = HttpRequest::post(url(), "application/cloudevents+json", one.to_string());
    let structured = shop.send_json(structured, None).await;
    assert_eq!(structured.status, 202, "{}", structured.text());
    let workflow = json_of(&structured)["workflow"].as_str().unwrap().to_owned();
    let mut binary = HttpRequest::post(url(), "application/json", one["data"].to_string());
    for name in ["specversion", "id", "source", "type"] {
        binary = binary.header(&format!("ce-{name}"), one[name].as_str().unwrap());
    }
    let binary = shop.send_json(binary, None).await;
    assert_eq!(json_of(&binary)["workflow"], workflow, "{}", binary.text());
    let batch = json!([one, event("2", "")]);
    let kind = "application/cloudevents-batch+json";
    let batch = shop.send_json(HttpRequest::post(url(), kind, batch.to_string()), None).await;
    assert_eq!(batch.status, 200, "{}", batch.text());
    let answers = json_of(&batch);
    assert_eq!(answers[0]["workflow"], workflow);
    assert_eq!(answers[1]["problem"]["type"], "urn:bible-vibecoder:problem:invalid");
    // It is a carousel of the owner.
    let shown = shop.ended(&workflow.parse().unwrap()).await;
    assert_eq!(shown["status"], "delivered");
    let other = api.client("other").await;
    let others = HttpRequest::post(url(), "application/cloudevents+json", one.to_string());
    let others = json_of(&other.send_json(others, None).await);
    assert_ne!(others["workflow"], workflow, "a name belongs to its owner");
    let cancel = json!({
        "specversion": "1.0", "id": "3", "source": "/cms", "type": "carousel.cancel.requested",
        "data": { "carousel": workflow },
    });
    let foreign = HttpRequest::post(url(), "application/cloudevents+json", cancel.to_string());
    assert_problem(&other.send_json(foreign, None).await, 404, "not-found");
}

#[tokio::test]
async fn what_is_no_event_is_refused() {
    let api = ApiTest::of(testkit::TestApp::builder().without_workers().await).await;
    let shop = api.client("shop").await;
    let send = |kind: &'static str, body: String| {
        shop.send_json(HttpRequest::post(shop.url("/v1/events"), kind, body), None)
    };
    let good = event("1", "Git").to_string();
    assert_problem(&send("application/json", good).await, 415, "unsupported-media-type");
    let fact = json!({
        "specversion": "1.0", "id": "1", "source": "/cms", "type": "carousel.completed", "data": {},
    });
    let refused = send("application/cloudevents+json", fact.to_string()).await;
    assert_problem(&refused, 422, "invalid");
    assert!(refused.text().contains("is not a request"));
    let batch = json!([event("1", "Git"), 5]).to_string();
    let refused = send("application/cloudevents-batch+json", batch).await;
    assert_problem(&refused, 422, "invalid");
    assert!(refused.text().contains("event 2"), "{}", refused.text());
    let many = json!(vec![event("1", "Git"); 51]).to_string();
    assert_problem(&send("application/cloudevents-batch+json", many).await, 422, "invalid");
}
