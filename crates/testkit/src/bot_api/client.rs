//! [`FakeBotApi`]: a client for a fake Bot API in this process or in another.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use super::{
    actors::{Actor, ActorGroup},
    control_api::{ChatSnapshot, Snapshot},
    fake::Fake,
    fake_model::{CallOutcome, ChatId, ChatKind, FakeChat, FakeFile, QueuedUpdate, RecordedCall},
    fake_state::FakeBotApiOptions,
    fault_injection::BotApiFault,
    server,
    simulated_actions::SimulatedAction,
    telegram_limits::TelegramLimits,
};
use crate::http::{HttpRequest, HttpResponse};

/// The deadline for an answer of the fake's controls.
const PATIENCE: Duration = Duration::from_secs(20);

/// The default timeout of a test's waits.
const DEADLINE: Duration = Duration::from_secs(30);

/// A fake Bot API. Cheap to clone; a server in this process ends with the last clone.
#[derive(Debug, Clone)]
pub struct FakeBotApi {
    base: Url,
    token: String,
    deadline: Duration,
    _server: Option<Arc<LocalServer>>,
}

#[derive(Debug)]
struct LocalServer(JoinHandle<std::io::Result<()>>);

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl FakeBotApi {
    /// Starts a server on a free port, with Telegram's limits.
    pub async fn start() -> Self {
        Self::start_with(FakeBotApiOptions::default()).await
    }

    /// Starts a server on a free port.
    pub async fn start_with(options: FakeBotApiOptions) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(any).await.expect("a free port");
        let at = listener.local_addr().expect("a bound port has an address");
        let token = options.token.clone();
        let serving = tokio::spawn(server::serve(listener, Arc::new(Fake::new(options))));
        let base = Url::parse(&format!("http://{at}")).expect("an address makes a URL");
        Self { _server: Some(Arc::new(LocalServer(serving))), ..Self::at(base, &token) }
    }

    /// A client for a server that runs elsewhere.
    pub fn at(base: Url, token: &str) -> Self {
        Self { base, token: token.to_owned(), deadline: DEADLINE, _server: None }
    }

    /// Serves on `listener` until the future is dropped, for a process of its own.
    pub async fn serve(listener: TcpListener, options: FakeBotApiOptions) -> std::io::Result<()> {
        server::serve(listener, Arc::new(Fake::new(options))).await
    }

    /// Sets the timeout of all waits.
    #[must_use]
    pub fn with_timeout(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The base URL that replaces `https://api.telegram.org`: `TELOXIDE_API_URL`.
    pub fn url(&self) -> Url {
        self.base.clone()
    }

    /// The bot's token: `TELOXIDE_TOKEN`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Calls a method as a bot does.
    ///
    /// # Errors
    /// If there is no complete response.
    pub async fn call(
        &self,
        method: &str,
        params: &Value,
    ) -> Result<HttpResponse, crate::http::HttpClientError> {
        let url = self.path(&format!("/bot{}/{method}", self.token));
        HttpRequest::post_json(url, params).send(PATIENCE).await
    }

    /// Adds a person with a Russian client.
    pub async fn person(&self, name: &str) -> Actor {
        self.person_speaking(name, "ru").await
    }

    pub async fn person_speaking(&self, name: &str, language: &str) -> Actor {
        let act = SimulatedAction::Person { name: name.to_owned(), language: language.to_owned() };
        Actor::new(self.clone(), number(&self.act(&act).await))
    }

    /// Adds a supergroup that contains the bot.
    pub async fn group(&self, title: &str) -> ActorGroup {
        self.new_group(title, ChatKind::Group).await
    }

    /// Adds a group that contains the bot and can become a supergroup.
    pub async fn basic_group(&self, title: &str) -> ActorGroup {
        self.new_group(title, ChatKind::BasicGroup).await
    }

    /// Adds a group with topics that contains the bot.
    pub async fn forum(&self, title: &str) -> ActorGroup {
        self.new_group(title, ChatKind::Forum).await
    }

    /// Adds a channel in which the bot is an administrator.
    pub async fn channel(&self, title: &str) -> ActorGroup {
        self.new_group(title, ChatKind::Channel).await
    }

    /// Turns privacy mode on or off, as in BotFather's chat.
    pub async fn set_privacy_mode(&self, on: bool) {
        self.act(&SimulatedAction::Privacy { on }).await;
    }

    /// Turns inline mode on, as in BotFather's chat.
    pub async fn turn_inline_mode_on(&self) {
        self.act(&SimulatedAction::InlineMode { on: true }).await;
    }

    async fn new_group(&self, title: &str, kind: ChatKind) -> ActorGroup {
        let act = SimulatedAction::Group { title: title.to_owned(), kind };
        ActorGroup::new(self.clone(), number(&self.act(&act).await))
    }

    /// Performs an act; its result is documented at [`SimulatedAction`].
    pub async fn act(&self, act: &SimulatedAction) -> Value {
        let answer: Value = self.post("/_fake/act", act).await;
        answer["is"].clone()
    }

    /// Adds an update, well-formed or not, and returns its `update_id`.
    pub async fn update(&self, body: Value) -> i64 {
        number(&self.act(&SimulatedAction::Update { body }).await)
    }

    /// Delivers an update again.
    pub async fn redeliver(&self, update: i64) {
        self.act(&SimulatedAction::Redeliver { update }).await;
    }

    /// Adds a fault for future calls.
    pub async fn fault(&self, fault: BotApiFault) {
        let _: Value = self.post("/_fake/faults", &fault).await;
    }

    /// Removes all faults.
    pub async fn no_faults(&self) {
        let url = self.path("/_fake/faults");
        let _: Value = take(HttpRequest::new(axum::http::Method::DELETE, url).send(PATIENCE).await);
    }

    /// Sets the rate limits.
    pub async fn limits(&self, limits: TelegramLimits) {
        let _: Value = self.post("/_fake/limits", &limits).await;
    }

    /// The current state.
    pub async fn snapshot(&self) -> Snapshot {
        self.get("/_fake/state").await
    }

    /// A chat; `None` if it has no messages yet.
    pub async fn chat(&self, id: ChatId) -> Option<FakeChat> {
        let snapshot: ChatSnapshot = self.get(&format!("/_fake/chats/{id}")).await;
        snapshot.chat
    }

    /// Waits until `wanted` finds something in a chat, and returns it.
    pub async fn until<T>(&self, id: ChatId, wanted: impl Fn(&ChatSnapshot) -> Option<T>) -> T {
        let mut seen: ChatSnapshot = self.get(&format!("/_fake/chats/{id}")).await;
        let waiting = async {
            loop {
                if let Some(found) = wanted(&seen) {
                    return found;
                }
                let next = format!("/_fake/chats/{id}?after={}&wait=10000", seen.version);
                seen = self.get(&next).await;
            }
        };
        match tokio::time::timeout(self.deadline, waiting).await {
            Ok(found) => found,
            Err(_) => panic!(
                "nothing of the kind within {:?}; chat {id} is\n{:#?}",
                self.deadline,
                self.chat(id).await
            ),
        }
    }

    /// Waits until `wanted` finds something in a call, and returns it.
    pub async fn until_called<T>(&self, wanted: impl Fn(&RecordedCall) -> Option<T>) -> T {
        let mut version = 0;
        let waiting = async {
            loop {
                let next = format!("/_fake/chats/0?after={version}&wait=10000");
                let seen: ChatSnapshot = self.get(&next).await;
                version = seen.version;
                if let Some(found) = self.calls().await.iter().find_map(&wanted) {
                    return found;
                }
            }
        };
        let waited = tokio::time::timeout(self.deadline, waiting).await;
        waited.unwrap_or_else(|_| panic!("no such call within {:?}", self.deadline))
    }

    /// All calls, in the order of arrival.
    pub async fn calls(&self) -> Vec<RecordedCall> {
        self.get("/_fake/calls").await
    }

    pub async fn calls_of(&self, method: &str) -> Vec<RecordedCall> {
        let mut calls = self.calls().await;
        calls.retain(|call| call.method.eq_ignore_ascii_case(method));
        calls
    }

    /// The calls that exceeded the rate limits. Injected faults are not included.
    pub async fn calls_over_limit(&self) -> Vec<RecordedCall> {
        let mut calls = self.calls().await;
        calls.retain(|call| matches!(call.answer, CallOutcome::Refused { code: 429, .. }));
        calls
    }

    /// All updates, with the number of deliveries.
    pub async fn updates(&self) -> Vec<QueuedUpdate> {
        self.get("/_fake/updates").await
    }

    pub async fn file(&self, id: &str) -> Vec<u8> {
        let answer =
            HttpRequest::get(self.path(&format!("/_fake/files/{id}"))).send(PATIENCE).await;
        let answer = answer.expect("the fake answers");
        assert_eq!(answer.status, 200, "there is no file {id}");
        answer.body.to_vec()
    }

    pub(super) async fn put(&self, kind: &str, name: &str, mime: &str, bytes: &[u8]) -> FakeFile {
        let mut url = self.path("/_fake/files");
        url.query_pairs_mut()
            .append_pair("kind", kind)
            .append_pair("name", name)
            .append_pair("mime", mime);
        take(
            HttpRequest::post(url, "application/octet-stream", bytes.to_vec()).send(PATIENCE).await,
        )
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        take(HttpRequest::get(self.path(path)).send(PATIENCE).await)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        take(HttpRequest::post_json(self.path(path), &json!(body)).send(PATIENCE).await)
    }

    fn path(&self, path: &str) -> Url {
        self.base.join(path).expect("our own paths are well-formed")
    }
}

fn take<T: DeserializeOwned>(answer: Result<HttpResponse, crate::http::HttpClientError>) -> T {
    let answer = answer.unwrap_or_else(|e| panic!("the fake Bot API: {e}"));
    assert_eq!(answer.status, 200, "the fake Bot API: {}", answer.text());
    answer.json().unwrap_or_else(|e| panic!("the fake Bot API: {e}"))
}

pub(super) fn number(value: &Value) -> i64 {
    value.as_i64().expect("the fake answers with a number")
}
