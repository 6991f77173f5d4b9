//! Previews of slides, and the brand.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::http::{HttpRequest, HttpResponse};

use crate::{ApiTest, Token, assert_problem, json_of, send};

async fn preview(token: &Token, body: &Value) -> HttpResponse {
    token.post("/v1/previews", None, body).await
}

#[tokio::test]
async fn preview_is_what_is_delivered() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let of = |more: Value| {
        let mut body = json!({ "carousel": id.as_str(), "slide": 2 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let delivered = shop.get(&format!("/v1/carousels/{id}/files/slide-02.jpg")).await;
    let unchanged = preview(&shop, &of(json!({}))).await;
    assert_eq!(unchanged.status, 200, "{}", unchanged.text());
    assert_eq!(unchanged.headers["content-type"], "image/jpeg");
    assert!(unchanged.body == delivered.body, "the very renderer");
    for change in [
        json!({ "text": "Another heading" }),
        json!({ "theme": "paper" }),
        json!({ "brand": { "handle": "naming.things" } }),
    ] {
        let changed = preview(&shop, &of(change.clone())).await;
        assert_eq!(changed.status, 200, "{change}: {}", changed.text());
        assert!(changed.body != delivered.body, "{change}");
    }
    for (wrong, status, kind) in [
        (of(json!({ "text": "x ".repeat(2_000) })), 422, "invalid"),
        (of(json!({ "theme": "none-such" })), 422, "invalid"),
        (of(json!({ "brand": { "handle": "two words" } })), 422, "invalid"),
        (of(json!({ "slide": 9 })), 422, "invalid"),
        (of(json!({ "topic": "Names" })), 422, "invalid"),
        (of(json!({ "carousel": "carousel-api-none" })), 404, "not-found"),
        (json!({}), 422, "invalid"),
    ] {
        assert_problem(&preview(&shop, &wrong).await, status, kind);
    }
    let other = api.client("other").await;
    assert_problem(&preview(&other, &of(json!({}))).await, 404, "not-found");
}

#[tokio::test]
async fn cover_of_a_topic_is_drawn_in_every_theme() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let themes = json_of(&shop.get("/v1/themes").await);
    let mut drawn = std::collections::HashSet::new();
    for theme in themes["data"].as_array().unwrap() {
        let body = json!({ "topic": "Почему тесты важны", "theme": theme["name"] });
        let cover = preview(&shop, &body).await;
        assert_eq!(cover.status, 200, "{}", cover.text());
        drawn.insert(cover.body.to_vec());
    }
    assert_eq!(drawn.len(), 10);
    let square = json!({ "topic": "Names", "format": "1x1" });
    let square = preview(&shop, &square).await;
    assert!(!drawn.contains(&square.body.to_vec()));
}

#[tokio::test]
async fn brand_is_shown_on_slides() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let plain = shop.get(&format!("/v1/carousels/{id}/files/slide-02.jpg")).await;
    let put = async |path: &str, kind: &str, body: Vec<u8>| {
        let request = HttpRequest::new(Method::PUT, shop.url(path)).body(kind, body);
        shop.send_json(request, None).await
    };
    let values = json!({ "handle": "@naming.things", "name": "Names", "accent": "#FF8800" });
    let changed = put("/v1/brand", "application/json", values.to_string().into_bytes()).await;
    let expected = json!({
        "handle": "naming.things", "name": "Names", "accent": "#ff8800", "picture": null,
    });
    assert_eq!(json_of(&changed), expected);
    let shown = preview(&shop, &json!({ "carousel": id.as_str(), "slide": 2 })).await;
    assert!(shown.body != plain.body);
    // Any slide serves as a picture.
    let picture = plain.body.to_vec();
    let changed = put("/v1/brand/picture", "image/jpeg", picture.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(shop.get("/v1/brand/picture").await.body.to_vec(), picture);
    assert_problem(&put("/v1/brand/picture", "image/png", b"no".to_vec()).await, 422, "invalid");
    let with_picture = preview(&shop, &json!({ "carousel": id.as_str(), "slide": 2 })).await;
    assert!(with_picture.body != shown.body);
    let removed = send(shop.call(Method::DELETE, "/v1/brand/picture")).await;
    assert_eq!(removed.status, 204);
    assert_problem(&shop.get("/v1/brand/picture").await, 404, "not-found");
    // The brand belongs to its owner.
    let other = api.client("other").await;
    assert_eq!(json_of(&other.get("/v1/brand").await)["handle"], Value::Null);
}
