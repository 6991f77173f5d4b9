//! Changes: cancelling, another theme, one slide.

use axum::http::Method;
use domain::CarouselId;
use serde_json::{Value, json};
use testkit::{
    FailpointScript, ScriptedFailpoints, TestApp, eventually,
    http::{HttpRequest, HttpResponse},
};

use crate::{ApiTest, Token, assert_problem, json_of};

/// The slides once they have this revision.
async fn slides(token: &Token, id: &CarouselId, revision: u32) -> Value {
    let path = format!("/v1/carousels/{id}/slides");
    let is_there = async || {
        let shown = json_of(&token.get(&path).await);
        (shown["revision"] == revision).then_some(shown)
    };
    eventually("the revision is stored", is_there).await
}

async fn patch(token: &Token, id: &CarouselId, slide: u32, body: &Value) -> HttpResponse {
    let url = token.url(&format!("/v1/carousels/{id}/slides/{slide}"));
    token.send_json(HttpRequest::patch_json(url, body), Some("patch-1")).await
}

#[tokio::test]
async fn slide_and_theme_of_a_delivered_carousel_are_changed() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let change = json!({ "text": "A better heading", "revision": 1 });
    for _ in 0..2 {
        let answer = patch(&shop, &id, 2, &change).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        slides(&shop, &id, 2).await;
    }
    let second = slides(&shop, &id, 2).await;
    assert!(second["slides"][1]["text"].as_str().unwrap().starts_with("A better heading"));
    let path = format!("/v1/carousels/{id}/restyle");
    let outdated = shop.post(&path, None, &json!({ "theme": "paper", "revision": 1 })).await;
    assert_problem(&outdated, 409, "changed");
    let restyled = shop.post(&path, None, &json!({ "theme": "paper", "revision": 2 })).await;
    assert_eq!(restyled.status, 202, "{}", restyled.text());
    assert_eq!(slides(&shop, &id, 3).await["theme"], "paper");
    let none = shop.post(&path, None, &json!({ "theme": "none-such" })).await;
    assert_problem(&none, 422, "invalid");
    let url = |number: u32| shop.url(&format!("/v1/carousels/{id}/slides/{number}"));
    for (number, body) in [(99, json!({ "text": "x" })), (1, json!({})), (1, json!({ "text": "" }))]
    {
        let refused = shop.send_json(HttpRequest::patch_json(url(number), &body), None).await;
        assert_problem(&refused, 422, "invalid");
    }
    let instruct = HttpRequest::patch_json(url(1), &json!({ "instruction": "shorter" }));
    let refused = shop.send_json(instruct, None).await;
    assert_problem(&refused, 422, "invalid");
    assert!(refused.text().contains("no model is configured"));
}

#[tokio::test]
async fn carousel_is_cancelled_until_it_has_ended() {
    let faults = ScriptedFailpoints::new([("analyze_topic.before", FailpointScript::Hold)]);
    let api = ApiTest::with(TestApp::builder().faults(faults.hooks())).await;
    let shop = api.client("shop").await;
    let made = json_of(&shop.create("1", "Why tests matter").await);
    let id: CarouselId = made["id"].as_str().unwrap().parse().unwrap();
    let cancel = format!("/v1/carousels/{id}/cancel");
    for _ in 0..2 {
        let cancelled = shop.call(Method::POST, &cancel);
        let cancelled = crate::send(cancelled).await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.text());
        let ended = shop.ended(&id).await;
        assert_eq!(ended["status"], "cancelled");
        assert_eq!(ended["message"], telegram::Phrase::Cancelled.plain(domain::Language::En));
    }
    let path = format!("/v1/carousels/{id}/rewrite");
    assert_problem(&shop.post(&path, None, &json!({})).await, 409, "wrong-state");
}

#[tokio::test]
async fn carousel_that_was_never_stored_is_cancelled_too() {
    let faults = ScriptedFailpoints::new([("open_carousel.before", FailpointScript::Hold)]);
    let api = ApiTest::with(TestApp::builder().faults(faults.hooks())).await;
    let shop = api.client("shop").await;
    let made = json_of(&shop.create("1", "Why tests matter").await);
    let id: CarouselId = made["id"].as_str().unwrap().parse().unwrap();
    for _ in 0..2 {
        let cancel = shop.call(Method::POST, &format!("/v1/carousels/{id}/cancel"));
        assert_eq!(crate::send(cancel).await.status, 200);
        assert_eq!(shop.ended(&id).await["status"], "cancelled");
    }
}

#[tokio::test]
async fn delivered_carousel_can_not_be_cancelled() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let path = format!("/v1/carousels/{id}/cancel");
    assert_problem(&crate::send(shop.call(Method::POST, &path)).await, 409, "wrong-state");
}
