//! Webhooks: signed calls to a real receiver.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use runtime::failpoint_hooks::FailpointHooks;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::{TestApp, eventually};

use crate::{ApiTest, Token, assert_problem, json_of, send};

/// A server that refuses the first calls, and keeps all.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    refusals: Arc<AtomicUsize>,
    status: StatusCode,
    calls: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Receiver {
    /// Answers 500 `refusals` times, and then `status`.
    async fn start(refusals: usize, status: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            refusals: Arc::new(AtomicUsize::new(refusals)),
            status: StatusCode::from_u16(status).unwrap(),
            calls: Arc::default(),
        };
        let router = Router::new().route("/hook", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn calls(&self) -> Vec<(HeaderMap, Bytes)> {
        self.calls.lock().unwrap().clone()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    receiver.calls.lock().unwrap().push((headers, body));
    let refuse = |left: usize| left.checked_sub(1);
    match receiver.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, refuse) {
        Ok(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Err(_) => receiver.status,
    }
}

async fn registered(shop: &Token, url: &str) -> (String, String) {
    let made = shop.post("/v1/webhooks", None, &json!({ "url": url })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = json_of(&made);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// The only webhook, once its last call is like this.
async fn called(shop: &Token, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let look = async || {
        let hook = json_of(&shop.get("/v1/webhooks").await)["data"][0].clone();
        is_so(&hook["last_call"]).then_some(hook)
    };
    eventually(what, look).await
}

async fn ping(shop: &Token, hook: &str) {
    let sent = shop.post(&format!("/v1/webhooks/{hook}/test"), None, &json!({})).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
}

/// HMAC-SHA256 by its definition (RFC 2104), as a judge of the library that signs.
fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let padded = |with: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or_default() ^ with).collect()
    };
    let inner = Sha256::new_with_prefix(padded(0x36)).chain_update(text).finalize();
    Sha256::new_with_prefix(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

/// The body of a call with a right signature.
fn verified((headers, body): &(HeaderMap, Bytes), secret: &str) -> Value {
    let header = |name: &str| headers[name].to_str().unwrap();
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let signed = [format!("{id}.{at}.").as_bytes(), body].concat();
    let right = format!("v1,{}", BASE64_STANDARD.encode(hmac_sha256(&key, &signed)));
    assert_eq!(header("webhook-signature"), right);
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn end_and_edit_are_told_and_repeated() {
    let receiver = Receiver::start(1, 204).await;
    let api = ApiTest::with(TestApp::builder().pages_at(receiver.address)).await;
    let shop = api.client("shop").await;
    let (_, secret) = registered(&shop, &receiver.url()).await;
    let id = shop.delivered("1").await;
    called(&shop, "it was told", |call| call["status"] == 204).await;
    let calls = receiver.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].0["webhook-id"], calls[1].0["webhook-id"]);
    for call in &calls {
        let body = verified(call, &secret);
        assert_eq!(body["type"], "carousel.completed");
        let data = json!({ "id": id.as_str(), "status": "delivered", "revision": 1 });
        assert_eq!(body["data"], data);
    }
    let path = format!("/v1/carousels/{id}/restyle");
    assert_eq!(shop.post(&path, None, &json!({ "theme": "paper" })).await.status, 202);
    let third = async || receiver.calls().get(2).cloned();
    let body = verified(&eventually("the edit was told", third).await, &secret);
    assert_eq!((&body["type"], &body["data"]["revision"]), (&json!("carousel.revised"), &json!(2)));
}

#[tokio::test]
async fn failed_carousel_is_told_with_its_reason() {
    let receiver = Receiver::start(0, 200).await;
    let api = ApiTest::with(TestApp::builder().pages_at(receiver.address)).await;
    let shop = api.client("shop").await;
    let (_, secret) = registered(&shop, &receiver.url()).await;
    let made = shop.create("1", "Zyxomorph quantum basket weaving regulations").await;
    let id = json_of(&made)["id"].as_str().unwrap().to_owned();
    let first = async || receiver.calls().first().cloned();
    let data = verified(&eventually("it was told", first).await, &secret)["data"].clone();
    assert_eq!((&data["id"], &data["status"]), (&json!(id), &json!("failed")));
    let shown = json_of(&shop.get(&format!("/v1/carousels/{id}")).await);
    assert_eq!(data["failure"], shown["failure"]["kind"]);
}

#[tokio::test]
async fn call_survives_the_end_of_its_worker() {
    let receiver = Receiver::start(1, 200).await;
    let mut api = ApiTest::with(TestApp::builder().pages_at(receiver.address)).await;
    let shop = api.client("shop").await;
    let (id, secret) = registered(&shop, &receiver.url()).await;
    ping(&shop, &id).await;
    called(&shop, "it was refused", |call| call["status"] == 500).await;
    api.app.stop_workers().await;
    api.app.restart_workers(FailpointHooks::none()).await;
    called(&shop, "it was told", |call| call["status"] == 200).await;
    assert_eq!(verified(&receiver.calls()[1], &secret)["type"], "ping");
}

#[tokio::test]
async fn private_addresses_are_not_dialled() {
    let receiver = Receiver::start(0, 200).await;
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    for url in [receiver.url(), "https://localhost:8443/".to_owned()] {
        let (id, _) = registered(&shop, &url).await;
        ping(&shop, &id).await;
        let hook = called(&shop, "it was refused", |call| call["error"].is_string()).await;
        assert_eq!((&hook["url"], &hook["last_call"]["status"]), (&json!(url), &Value::Null));
        let path = format!("/v1/webhooks/{id}");
        assert_eq!(send(shop.call(Method::DELETE, &path)).await.status, 204);
    }
    assert_eq!(receiver.calls().len(), 0);
}

#[tokio::test]
async fn gone_webhook_is_disabled() {
    let receiver = Receiver::start(0, 410).await;
    let api = ApiTest::with(TestApp::builder().pages_at(receiver.address)).await;
    let shop = api.client("shop").await;
    let (id, _) = registered(&shop, &receiver.url()).await;
    ping(&shop, &id).await;
    let hook = called(&shop, "it is gone", |call| call["status"] == 410).await;
    assert!(hook["disabled_at"].is_string(), "{hook}");
    let again = shop.post(&format!("/v1/webhooks/{id}/test"), None, &json!({})).await;
    assert_problem(&again, 409, "wrong-state");
}

#[tokio::test]
async fn webhooks_belong_to_their_owner() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let (shop, other) = (api.client("shop").await, api.client("other").await);
    let (id, _) = registered(&shop, "https://example.com/hook").await;
    assert_eq!(json_of(&other.get("/v1/webhooks").await)["data"], json!([]));
    let path = format!("/v1/webhooks/{id}");
    assert_problem(&send(other.call(Method::DELETE, &path)).await, 404, "not-found");
    let tried = other.post(&format!("{path}/test"), None, &json!({})).await;
    assert_problem(&tried, 404, "not-found");
    let listed = shop.get("/v1/webhooks").await;
    assert!(listed.text().contains(&id) && !listed.text().contains("whsec_"));
    let plain = json!({ "url": "http://example.com/hook" });
    assert_problem(&shop.post("/v1/webhooks", None, &plain).await, 422, "invalid");
    for _ in 1..10 {
        registered(&shop, "https://example.com/hook").await;
    }
    let full = json!({ "url": "https://example.com/hook" });
    assert_problem(&shop.post("/v1/webhooks", None, &full).await, 409, "wrong-state");
    assert_eq!(send(shop.call(Method::DELETE, &path)).await.status, 204);
    assert_problem(&send(shop.call(Method::DELETE, &path)).await, 404, "not-found");
}
