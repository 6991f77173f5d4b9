//! Who may call: tokens, scopes, quotas, and carousels of others.

use axum::http::Method;
use serde_json::json;
use testkit::{TestApp, http::HttpRequest};

use crate::{ApiTest, assert_problem, json_of, send};

/// A body with its media type.
type TypedBody = Option<(String, Vec<u8>)>;

/// A call of an operation, without a token.
fn call(method: &Method, url: url::Url, body: &TypedBody) -> HttpRequest {
    let request = HttpRequest::new(method.clone(), url);
    match body {
        Some((kind, body)) => request.body(kind, body.clone()),
        None => request,
    }
}

/// Every operation of the description, with a carousel that exists and a body that is valid.
fn operations(carousel: &str) -> Vec<(Method, String, TypedBody)> {
    let document = serde_json::to_value(gateway::api::document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        // Beginning a session needs no token.
        if path == "/v1/sessions" {
            continue;
        }
        let place = path.replace("{id}", carousel).replace("{number}", "1");
        let place = place.replace("{change}", "request-api-none");
        let name = if path.contains("themes") { "aurora" } else { "caption.txt" };
        let place = place.replace("{name}", name);
        for (method, operation) in item.as_object().unwrap() {
            let content = operation["requestBody"]["content"].as_object();
            let body = content.map(|content| {
                let (kind, form) = content.iter().next().unwrap();
                (kind.clone(), form["example"].to_string().into_bytes())
            });
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            all.push((method, place.clone(), body));
        }
    }
    assert!(all.len() >= 12, "{}", all.len());
    all
}

/// How many of the scopes for programs permit an operation by themselves.
fn permitting(method: &Method, path: &str) -> usize {
    match (method, path) {
        (_, path) if path.starts_with("/v1/themes") => 3,
        (&Method::GET, "/v1/session") => 3,
        // Only a session ends itself.
        (&Method::DELETE, "/v1/session") => 0,
        _ => 1,
    }
}

#[tokio::test]
async fn every_operation_needs_a_valid_token_and_its_scope() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    // A stream of its progress ends.
    let carousel = shop.delivered("1").await;
    let revoked = api.client("shop").await;
    let id = revoked.text.split('_').nth(1).unwrap().to_owned();
    assert!(api.tokens(&["revoke", &id]).await.contains("is revoked"));
    let expired = api.token("shop", &["--days", "0"]).await;
    let wrong = format!("{}x", shop.text);
    let scopes = ["carousels:read", "carousels:write", "events:write"];
    let mut single = Vec::new();
    for scope in scopes {
        single.push((scope, api.token("shop", &["--scopes", scope]).await));
    }
    for (method, path, body) in operations(carousel.as_str()) {
        let call = |token: Option<&str>| {
            let request = call(&method, shop.url(&path), &body);
            match token {
                Some(token) => request.header("authorization", &format!("Bearer {token}")),
                None => request,
            }
        };
        for token in [None, Some("bvc_"), Some(&*wrong), Some(&*revoked.text), Some(&*expired.text)]
        {
            let refused = send(call(token)).await;
            assert_problem(&refused, 401, "unauthorized");
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
        let mut allowed = 0;
        for (scope, token) in &single {
            let answer = send(call(Some(&token.text))).await;
            if answer.status == 403 {
                assert!(answer.text().contains("lacks the scope"), "{scope} {method} {path}");
            } else {
                allowed += 1;
            }
        }
        assert_eq!(allowed, permitting(&method, &path), "{method} {path}");
    }
}

#[tokio::test]
async fn carousels_of_others_do_not_exist_for_a_token() {
    let api = ApiTest::start().await;
    let (shop, other) = (api.client("shop").await, api.client("other").await);
    let id = shop.delivered("1").await;
    for (method, path, body) in operations(id.as_str()) {
        if !path.contains(id.as_str()) {
            continue;
        }
        let none = path.replace(id.as_str(), "carousel-api-none");
        let mut answers = Vec::new();
        for path in [path, none] {
            let request = call(&method, other.url(&path), &body);
            let answer = other.send_json(request, None).await;
            assert_problem(&answer, 404, "not-found");
            answers.push(answer.text().replace(id.as_str(), "X").replace("carousel-api-none", "X"));
        }
        assert_eq!(answers[0], answers[1], "no hint that it exists");
    }
    // Another token of the same owner sees it.
    let second = api.token("second", &["--owner", "shop"]).await;
    assert_eq!(second.get(&format!("/v1/carousels/{id}")).await.status, 200);
    assert_eq!(json_of(&other.get("/v1/carousels").await)["data"], json!([]));
}

#[tokio::test]
async fn token_has_a_quota_of_requests_and_a_limit_of_calls() {
    let builder = TestApp::builder().env("API_CALLS_PER_SECOND", "2");
    let api = ApiTest::of(builder.without_workers().await).await;
    let small = api.token("small", &["--per-day", "1"]).await;
    assert_eq!(small.create("1", "Why tests matter").await.status, 201);
    assert_eq!(small.create("1", "Why tests matter").await.status, 200, "a repetition is free");
    let refused = small.create("2", "Why tests matter").await;
    assert_problem(&refused, 429, "over-quota");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&wait));
    let fast = api.client("fast").await;
    let mut refused = None;
    for _ in 0..100 {
        let answer = fast.get("/v1/themes").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit of calls");
    assert_problem(&refused, 429, "too-many-calls");
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn list_of_tokens_shows_use_and_no_secret() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let shop = api.token("shop", &["--days", "30", "--account", "77"]).await;
    let listed = api.tokens(&["list"]).await;
    assert!(listed.contains("shop  of tg-77") && listed.contains("last used never"), "{listed}");
    shop.get("/v1/themes").await;
    let listed = api.tokens(&["list"]).await;
    let (id, secret) = shop.text.strip_prefix("bvc_").unwrap().split_once('_').unwrap();
    assert!(listed.contains(id) && !listed.contains(secret), "{listed}");
    assert!(!listed.contains("last used never"), "{listed}");
}
