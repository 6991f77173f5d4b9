//! The same key with the same body is the same carousel.

use futures::future::join_all;
use serde_json::json;
use storage::outbox;
use testkit::TestApp;

use crate::{ApiTest, assert_problem, json_of};

#[tokio::test]
async fn carousel_asked_for_twice_with_one_key_is_one_carousel() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let first = shop.create("order-42", "Why tests matter").await;
    assert_eq!(first.status, 201, "{}", first.text());
    let id = json_of(&first)["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("carousel-api-") && id.ends_with("-order-42"), "{id}");
    assert_eq!(first.headers["location"], format!("/v1/carousels/{id}"));
    let again = shop.create("order-42", "Why tests matter").await;
    assert_eq!((again.status, json_of(&again)["id"].as_str()), (200, Some(&*id)));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_problem(&shop.create("order-42", "Another topic").await, 422, "key-reused");
    let shown = shop.ended(&id.parse().unwrap()).await;
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["request"]["topic"], "Why tests matter");
    let page = json_of(&shop.get("/v1/carousels").await);
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    // A key is its owner's.
    let other = api.client("other").await;
    let others = other.create("order-42", "Another topic").await;
    assert_eq!(others.status, 201);
    assert_ne!(json_of(&others)["id"], id);
}

#[tokio::test]
async fn fifty_repeats_at_once_make_one_carousel() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let calls = (0..50).map(|_| shop.create("same", "Why tests matter"));
    let answers = join_all(calls).await;
    let fresh = answers.iter().filter(|answer| answer.status == 201).count();
    let repeated = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((fresh, repeated), (1, 49), "{}", answers[0].text());
    let id = json_of(&answers[0])["id"].as_str().unwrap().parse().unwrap();
    shop.ended(&id).await;
    let events = outbox::of_carousel(&api.app.db.read(), &id).await.unwrap();
    let ends = events.iter().filter(|event| event.kind == "carousel.completed");
    assert_eq!(ends.count(), 1);
}

#[tokio::test]
async fn carousel_without_a_worker_is_accepted() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let shop = api.client("shop").await;
    let made = shop.create("1", "Why tests matter").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.headers["location"].to_str().unwrap().to_owned();
    let shown = json_of(&shop.get(&path).await);
    assert_eq!((&shown["status"], &shown["request"]), (&json!("accepted"), &json!(null)));
    let other = api.client("other").await;
    assert_problem(&other.get(&path).await, 404, "not-found");
    assert_problem(&shop.get(&format!("{path}/slides")).await, 404, "not-found");
    let body = json!({ "theme": "paper" });
    let refused = shop.post(&format!("{path}/restyle"), None, &body).await;
    assert_problem(&refused, 409, "wrong-state");
}

#[tokio::test]
async fn call_without_a_key_makes_a_new_carousel_each_time() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let shop = api.client("shop").await;
    let body = json!({ "topic": "Why tests matter" });
    let first = shop.post("/v1/carousels", None, &body).await;
    let second = shop.post("/v1/carousels", None, &body).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(json_of(&first)["id"], json_of(&second)["id"]);
    for bad in ["", "with a space", &"x".repeat(256)] {
        let refused = shop.post("/v1/carousels", Some(bad), &body).await;
        assert_problem(&refused, 400, "malformed");
    }
}
