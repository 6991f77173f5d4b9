//! Tests of the HTTP API from a client's side: a real listener, a real Temporal server, the pools of production.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod access;
mod changes;
mod description;
mod errors;
mod events;
mod idempotency;
mod mcp;
mod previews;
mod progress;
mod reading;
mod sessions;
mod studio;
mod uploads;
mod webhooks;

use std::{net::SocketAddr, time::Duration};

use axum::http::Method;
use clap::Parser as _;
use domain::CarouselId;
use gateway::{cli::GatewayCli, requests::RequestService};
use runtime::{http::Port, shutdown::Shutdown};
use serde_json::{Value, json};
use testkit::{
    TestApp, TestAppBuilder, eventually,
    http::{HttpRequest, HttpResponse},
};

/// The program that reads files in the tests.
fn parser() -> sandbox::ParserProgram {
    sandbox::ParserProgram::at(env!("CARGO_BIN_EXE_gateway"))
}

/// A served API, with workers unless a test stops them.
struct ApiTest {
    app: TestApp,
    address: SocketAddr,
    shutdown: EndOfTest,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Begins a shutdown when it is dropped.
struct EndOfTest(Shutdown);

impl std::ops::Deref for EndOfTest {
    type Target = Shutdown;

    fn deref(&self) -> &Shutdown {
        &self.0
    }
}

impl Drop for EndOfTest {
    fn drop(&mut self) {
        self.0.begin();
    }
}

impl ApiTest {
    async fn start() -> Self {
        Self::of(TestApp::builder().start().await).await
    }

    async fn with(builder: TestAppBuilder) -> Self {
        Self::of(builder.start().await).await
    }

    async fn of(app: TestApp) -> Self {
        let port = Port::bind_api("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self::at(app, port).await
    }

    async fn at(app: TestApp, port: Port) -> Self {
        let (address, shutdown) = (port.address(), Shutdown::default());
        let (settings, client) = (app.settings(), app.client.clone());
        let service = RequestService::open(settings, client, app.metrics.ours()).await.unwrap();
        let serving =
            gateway::api::start(port, settings, service, &app.metrics, &shutdown, parser());
        Self { app, address, shutdown: EndOfTest(shutdown), serving }
    }

    /// Stops the listener. Returns its address and the rest of the application.
    async fn stop(self) -> (SocketAddr, TestApp) {
        self.shutdown.begin();
        let Self { app, address, serving, .. } = self;
        serving.await.unwrap().unwrap();
        (address, app)
    }

    /// What `gateway tokens ARGS` prints.
    async fn tokens(&self, args: &[&str]) -> String {
        let command = GatewayCli::parse_from([&["gateway", "tokens"], args].concat());
        command.command.run(self.app.settings(), parser()).await.unwrap()
    }

    /// A new token with these further arguments of `gateway tokens create`.
    async fn token(&self, name: &str, args: &[&str]) -> Token {
        let printed = self.tokens(&[&["create", name], args].concat()).await;
        Token { address: self.address, text: printed.trim().to_owned() }
    }

    /// A token with all scopes.
    async fn client(&self, name: &str) -> Token {
        let scopes = "carousels:read,carousels:write,events:write";
        self.token(name, &["--scopes", scopes, "--per-day", "1000"]).await
    }
}

/// A holder of a token.
#[derive(Clone)]
struct Token {
    address: SocketAddr,
    text: String,
}

impl Token {
    fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    fn call(&self, method: Method, path: &str) -> HttpRequest {
        let request = HttpRequest::new(method, self.url(path));
        request.header("authorization", &format!("Bearer {}", self.text))
    }

    async fn get(&self, path: &str) -> HttpResponse {
        send(self.call(Method::GET, path)).await
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> HttpResponse {
        self.send_json(HttpRequest::post_json(self.url(path), body), key).await
    }

    async fn send_json(&self, request: HttpRequest, key: Option<&str>) -> HttpResponse {
        let request = request.header("authorization", &format!("Bearer {}", self.text));
        send(match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        })
        .await
    }

    async fn create(&self, key: &str, topic: &str) -> HttpResponse {
        let body = json!({ "topic": topic, "slides": 3 });
        self.post("/v1/carousels", Some(key), &body).await
    }

    /// A delivered carousel.
    async fn delivered(&self, key: &str) -> CarouselId {
        let made = self.create(key, "Why tests matter").await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = CarouselId::parse(json_of(&made)["id"].as_str().unwrap()).unwrap();
        assert_eq!(self.ended(&id).await["status"], "delivered");
        id
    }

    /// A carousel once it has ended.
    async fn ended(&self, id: &CarouselId) -> Value {
        let has_ended = async || {
            let shown = json_of(&self.get(&format!("/v1/carousels/{id}")).await);
            (!shown["ended_at"].is_null()).then_some(shown)
        };
        eventually("the carousel ends", has_ended).await
    }
}

async fn send(request: HttpRequest) -> HttpResponse {
    request.send(Duration::from_secs(30)).await.unwrap()
}

fn json_of(response: &HttpResponse) -> Value {
    response.json().unwrap()
}

/// Asserts that it is this error.
fn assert_problem(response: &HttpResponse, status: u16, kind: &str) {
    let text = response.text();
    assert_eq!(response.status, status, "{text}");
    assert_eq!(response.headers["content-type"], "application/problem+json", "{text}");
    assert!(response.headers.contains_key("x-request-id"));
    let body = json_of(response);
    assert_eq!(body["type"], format!("urn:bible-vibecoder:problem:{kind}"), "{text}");
    assert_eq!(body["status"], status);
}
