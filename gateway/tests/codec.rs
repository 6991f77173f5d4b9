//! Tests of the codec endpoint: who may decrypt payloads, and which origin's scripts may read them.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::time::Duration;

use axum::http::Method;
use runtime::{
    codec::Codec,
    env::Env,
    http::Port,
    settings::{Secret, Settings},
    shutdown::Shutdown,
};
use serde_json::{Value, json};
use testkit::http::{HttpRequest, HttpResponse};
use url::Url;

const TOKEN: &str = "0123456789abcdef-_X";
const UI: &str = "http://127.0.0.1:8233";
const PATIENCE: Duration = Duration::from_secs(30);

/// A payload as the Web UI sends it: `"a topic"` in `json/plain`.
fn plain() -> Value {
    json!({"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImEgdG9waWMi"}]})
}

/// The endpoint, served until the test ends.
struct Endpoint(Url);

impl Endpoint {
    async fn start() -> Self {
        let mut settings = Settings::read(&Env::default()).unwrap().temporal;
        settings.codec = Codec::parse(Codec::new_key("k").unwrap().expose()).unwrap();
        settings.codec_token = Some(Secret::new(TOKEN));
        let port = Port::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = Url::parse(&format!("http://{}/codec/", port.address())).unwrap();
        let routes = gateway::codec::routes(&settings, &Url::parse(UI).unwrap());
        tokio::spawn(port.serve(routes, Shutdown::default()));
        Self(url)
    }

    fn at(&self, path: &str) -> Url {
        self.0.join(path).unwrap()
    }

    fn call(&self, path: &str, body: &Value) -> HttpRequest {
        HttpRequest::post_json(self.at(path), body)
    }

    async fn encrypted(&self) -> Value {
        let call = self.call("encode", &plain()).header("authorization", &bearer(TOKEN));
        sent(call).await.json().unwrap()
    }

    /// The cookie that a browser stores after a login.
    async fn cookie(&self) -> String {
        let body = format!("token={TOKEN}");
        let form = HttpRequest::post(self.at("login"), "application/x-www-form-urlencoded", body);
        let answer = sent(form).await;
        assert_eq!((answer.status, header(&answer, "location")), (303, format!("{UI}/")));
        let cookie = header(&answer, "set-cookie");
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

async fn sent(request: HttpRequest) -> HttpResponse {
    request.send(PATIENCE).await.unwrap()
}

fn header(answer: &HttpResponse, name: &str) -> String {
    let value = answer.headers.get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn only_the_token_permits_encode_and_decode() {
    let endpoint = Endpoint::start().await;
    let encrypted = endpoint.encrypted().await;
    assert_eq!(encrypted["payloads"][0]["metadata"]["encoding"], "YmluYXJ5L2VuY3J5cHRlZA==");
    assert!(!encrypted.to_string().contains("ImEgdG9waWMi"));

    let call = endpoint.call("decode", &encrypted).header("authorization", &bearer(TOKEN));
    let answer = sent(call).await;
    assert_eq!(answer.json::<Value>().unwrap(), plain());
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(header(&answer, "access-control-allow-origin"), "");

    let lower = bearer(&TOKEN.to_lowercase());
    for wrong in ["", "Bearer ", "Bearer 0123456789abcdef", &lower, TOKEN] {
        let call = endpoint.call("decode", &encrypted).header("authorization", wrong);
        let answer = sent(call).await;
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(!answer.text().contains("ImEg"), "{wrong}");
    }
    assert_eq!(sent(endpoint.call("decode", &encrypted)).await.status, 401);
}

#[tokio::test]
async fn only_the_web_uis_origin_reads_with_a_session() {
    let endpoint = Endpoint::start().await;
    let encrypted = endpoint.encrypted().await;
    let cookie = endpoint.cookie().await;
    let call = |origin: &str, cookie: &str| {
        let call = endpoint.call("decode", &encrypted);
        sent(call.header("origin", origin).header("cookie", cookie))
    };
    let answer = call(UI, &cookie).await;
    assert_eq!(answer.json::<Value>().unwrap(), plain());
    assert_eq!(header(&answer, "access-control-allow-origin"), UI);
    assert_eq!(header(&answer, "access-control-allow-credentials"), "true");
    for (origin, cookie) in [
        ("http://evil.example", cookie.as_str()),
        ("http://127.0.0.1:8234", &cookie),
        ("null", &cookie),
        (UI, "codec=9999999999.00"),
    ] {
        let answer = call(origin, cookie).await;
        assert_eq!(answer.status, 401, "{origin}");
        assert!(origin == UI || header(&answer, "access-control-allow-origin").is_empty());
    }
    let wrong =
        HttpRequest::post(endpoint.at("login"), "application/x-www-form-urlencoded", "token=x");
    let answer = sent(wrong).await;
    assert_eq!((answer.status, header(&answer, "set-cookie")), (401, String::new()));
    let form = sent(HttpRequest::get(endpoint.at("login"))).await.text();
    assert!(form.contains("name=\"token\""), "{form}");

    let ask = |origin: &str| {
        let ask = HttpRequest::new(Method::OPTIONS, endpoint.at("decode"));
        sent(ask.header("origin", origin).header("access-control-request-method", "POST"))
    };
    assert_eq!(ask(UI).await.status, 204);
    assert_eq!(ask("http://evil.example").await.status, 403);
}

#[tokio::test]
async fn undecryptable_payload_is_refused_with_a_reason() {
    let endpoint = Endpoint::start().await;
    let encrypted = endpoint.encrypted().await;
    let with = |name: &str, value: &str| {
        let mut changed = encrypted.clone();
        changed["payloads"][0]["metadata"][name] = json!(value);
        changed
    };
    let mut cut = encrypted.clone();
    cut["payloads"][0]["data"] = json!("AAAA");
    let large = json!({"payloads": [{"data": "A".repeat(8 * 1024 * 1024)}]});
    for (body, status, why) in [
        (cut, 400, "can't be decrypted with the key “k”"),
        (with("encryption-key-id", "b2xk"), 400, "the key “old”, which this process does not have"),
        (json!([1]), 400, "payloads"),
        (json!({"payloads": [{"data": "*"}]}), 400, "payloads"),
        (large, 413, "8 MiB"),
    ] {
        let call = endpoint.call("decode", &body).header("authorization", &bearer(TOKEN));
        let answer = sent(call).await;
        assert_eq!(answer.status, status, "{why}");
        assert!(answer.text().contains(why), "{}", answer.text());
    }
    let text = HttpRequest::post(endpoint.at("decode"), "text/plain", encrypted.to_string());
    let answer = sent(text.header("authorization", &bearer(TOKEN))).await;
    assert_eq!(answer.status, 415, "what a form sends unasked");
    let unread = json!({"payloads": [plain()["payloads"][0]]});
    let call = endpoint.call("decode", &unread).header("authorization", &bearer(TOKEN));
    assert_eq!(sent(call).await.json::<Value>().unwrap(), plain(), "plain payloads pass");
}

#[tokio::test]
async fn endpoint_requires_token_and_keys() {
    let mut settings = Settings::read(&Env::default()).unwrap();
    let default = ([127, 0, 0, 1], 9465).into();
    assert!(gateway::codec::endpoint(&settings, default).is_none());
    settings.temporal.codec_token = Some(Secret::new(TOKEN));
    assert!(gateway::codec::endpoint(&settings, default).is_none());
    let ui = Url::parse(UI).unwrap();
    assert!(!gateway::codec::routes(&settings.temporal, &ui).has_routes());
    settings.temporal.codec = Codec::parse(Codec::new_key("k").unwrap().expose()).unwrap();
    settings.http = Some(([0, 0, 0, 0], 80).into());
    let at = gateway::codec::endpoint(&settings, default).unwrap();
    assert_eq!(at.as_str(), "http://127.0.0.1/codec");
}
