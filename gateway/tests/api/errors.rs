//! Bad calls get an error that says what to do.

use std::time::Duration;

use axum::http::Method;
use runtime::http::{ListenerLimits, Port};
use serde_json::json;
use testkit::{TestApp, http::HttpRequest};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{ApiTest, assert_problem, json_of, send};

#[tokio::test]
async fn bad_calls_get_errors_with_a_stable_type() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let shop = api.client("shop").await;
    let invalid = [
        (json!({}), "exactly one of topic, text and link"),
        (json!({ "topic": "Git", "text": "Git" }), "exactly one of"),
        (json!({ "topic": "" }), "topic"),
        (json!({ "topic": "Git", "slides": 99 }), "3 to 10 slides"),
        (json!({ "topic": "Git", "theme": "none-such" }), "there is no theme"),
        (json!({ "topic": "Git", "theme": "NO" }), "theme"),
        (json!({ "topic": "Git", "language": "klingon" }), "klingon"),
        (json!({ "topic": "Git", "format": "2x1" }), "4x5"),
        (json!({ "topic": "Git", "colour": "red" }), "unknown field"),
        (json!({ "link": "ftp://a" }), "http"),
    ];
    for (body, words) in invalid {
        let refused = shop.post("/v1/carousels", None, &body).await;
        assert_problem(&refused, 422, "invalid");
        let detail = json_of(&refused)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{body}: {detail}");
    }
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = HttpRequest::post(shop.url("/v1/carousels"), kind, body);
        shop.send_json(request, None)
    };
    assert_problem(&post("application/json", b"{".to_vec()).await, 400, "malformed");
    assert_problem(&post("text/plain", b"{}".to_vec()).await, 415, "unsupported-media-type");
    assert_problem(&post("application/json", vec![b' '; 300_000]).await, 413, "too-large");
    let form = "multipart/form-data; boundary=x";
    assert_problem(&post(form, b"--x--".to_vec()).await, 422, "invalid");
    assert_problem(&shop.get("/v1/nothing").await, 404, "not-found");
    assert_problem(&shop.get("/v1/carousels/nothing").await, 404, "not-found");
    assert_problem(&shop.get("/v1/carousels?cursor=x").await, 422, "invalid");
    assert_problem(&shop.get("/v1/carousels?limit=0").await, 422, "invalid");
    assert_problem(&shop.get("/v1/carousels?other=1").await, 400, "malformed");
    let method = send(shop.call(Method::DELETE, "/v1/carousels")).await;
    assert_problem(&method, 405, "method-not-allowed");
    let allowed = method.headers["allow"].to_str().unwrap();
    assert!(["GET", "HEAD", "POST"].iter().all(|method| allowed.contains(method)), "{allowed}");
}

#[tokio::test]
async fn call_has_a_request_id_and_no_cors_unless_named() {
    let builder = TestApp::builder().env("API_ORIGINS", "https://studio.example");
    let api = ApiTest::of(builder.without_workers().await).await;
    let shop = api.client("shop").await;
    let call = |origin: &str| {
        let request = shop.call(Method::GET, "/v1/themes").header("origin", origin);
        send(request.header("x-request-id", "mine-1"))
    };
    let named = call("https://studio.example").await;
    assert_eq!(named.headers["x-request-id"], "mine-1");
    assert_eq!(named.headers["access-control-allow-origin"], "https://studio.example");
    let other = call("https://evil.example").await;
    assert!(!other.headers.contains_key("access-control-allow-origin"));
}

/// Sends the begin of a call, and returns what comes until the connection ends.
async fn begun(api: &ApiTest, begin: &str) -> String {
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    stream.write_all(begin.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn slow_bodies_and_long_headers_are_refused() {
    let limits = ListenerLimits {
        // Long enough for the last call on a busy machine.
        headers: Duration::from_secs(1),
        request: Duration::from_secs(3),
        connections: 8,
        ..ListenerLimits::DEFAULT
    };
    let port = Port::bind_api("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let app = TestApp::builder().without_workers().await;
    let api = ApiTest::at(app, port.with_limits(limits)).await;
    let shop = api.client("shop").await;
    let head = format!(
        "POST /v1/carousels HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 50\r\n\r\n{{",
        shop.text
    );
    assert!(begun(&api, &head).await.starts_with("HTTP/1.1 408"), "a body that never ends");
    let long = format!("GET /v1/themes HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    assert!(begun(&api, &long).await.starts_with("HTTP/1.1 431"), "headers that are too long");
    assert_eq!(begun(&api, "GET /v1/th").await, "", "headers that never end");
    // Silent connections do not keep others out.
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(api.address).await.unwrap());
    }
    assert_eq!(shop.get("/v1/themes").await.status, 200);
}
