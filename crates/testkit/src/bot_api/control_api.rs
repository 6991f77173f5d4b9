//! The fake's controls over HTTP, so that other processes, and people with `curl`, can drive and
//! inspect it. Tests use the same controls.
//!
//! ```text
//! POST   /_fake/act                 a SimulatedAction as JSON; answers {"is": …}
//! POST   /_fake/files?name=&mime=   a file's bytes; answers the FakeFile
//! GET    /_fake/files/{id}          its bytes
//! GET    /_fake/state?after=&wait=  chats, files, presses, menus: a Snapshot. Waits until there is
//!                                   one newer than `after`, at most `wait` ms
//! GET    /_fake/chats/{id}?after=&wait=   the same of one chat: a ChatSnapshot
//! GET    /_fake/calls?from=         calls, from that number on
//! GET    /_fake/updates             updates
//! POST   /_fake/limits              TelegramLimits as JSON
//! POST   /_fake/faults              a BotApiFault as JSON
//! DELETE /_fake/faults              removes all faults
//! ```

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    fake::Fake,
    fake_model::{ButtonPress, ChatId, FakeChat, FakeFile},
    fault_injection::BotApiFault,
    server::ok_response,
    simulated_actions::{SimulatedAction, act},
    telegram_limits::TelegramLimits,
};

/// The fake's state, except for what grows without a limit: the contents of files, calls, updates.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Increases with every change.
    pub version: u64,
    pub chats: Vec<FakeChat>,
    pub files: Vec<FakeFile>,
    pub presses: Vec<ButtonPress>,
    pub menus: Vec<CommandMenu>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandMenu {
    /// `default`, `chat 5`, ….
    pub scope: String,
    /// Empty for all languages without a menu of their own.
    pub language: String,
    /// `BotCommand` objects.
    pub commands: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatSnapshot {
    /// Increases with every change of any chat.
    pub version: u64,
    /// `None` if the chat has no messages yet.
    pub chat: Option<FakeChat>,
    pub presses: Vec<ButtonPress>,
}

type Shared = State<Arc<Fake>>;

pub(super) fn routes() -> Router<Arc<Fake>> {
    Router::new()
        .route("/_fake/act", post(do_act))
        .route("/_fake/files", post(put_file))
        .route("/_fake/files/{file}", get(get_file))
        .route("/_fake/state", get(state))
        .route("/_fake/chats/{chat}", get(chat))
        .route("/_fake/calls", get(calls))
        .route("/_fake/updates", get(updates))
        .route("/_fake/limits", post(set_limits))
        .route("/_fake/faults", post(add_fault).delete(no_faults))
}

async fn do_act(State(fake): Shared, body: Bytes) -> Response {
    let wanted: SimulatedAction = match read(&body) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    match fake.change(|world, now| act(world, wanted, now)) {
        Ok(is) => ok_response(&json!({ "is": is })),
        Err(why) => wrong(&why),
    }
}

async fn put_file(State(fake): Shared, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let query = Fields::of(query);
    let kind = query.text("kind").unwrap_or_else(|| "document".to_owned());
    let name = query.text("name").unwrap_or_default();
    let mime = query.text("mime").unwrap_or_default();
    let file = fake.change(|world, _| world.store_file(&kind, &name, &mime, body));
    ok_response(&json!(file))
}

async fn get_file(State(fake): Shared, Path(file): Path<String>) -> Response {
    match fake.read(|world, _| world.files.get(&file).cloned()) {
        Some(stored) => ([(CONTENT_TYPE, stored.about.mime.clone())], stored.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn state(State(fake): Shared, RawQuery(query): RawQuery) -> Response {
    let version = newer(&fake, &Fields::of(query)).await;
    let menu = |((scope, language), commands): (&(String, String), &Value)| CommandMenu {
        scope: scope.clone(),
        language: language.clone(),
        commands: commands.clone(),
    };
    let snapshot = fake.read(|world, _| Snapshot {
        version,
        chats: world.chats.values().cloned().collect(),
        files: world.files.values().map(|stored| stored.about.clone()).collect(),
        presses: world.presses.clone(),
        menus: world.commands.iter().map(menu).collect(),
    });
    ok_response(&json!(snapshot))
}

async fn chat(State(fake): Shared, Path(id): Path<ChatId>, RawQuery(query): RawQuery) -> Response {
    let version = newer(&fake, &Fields::of(query)).await;
    let here = |press: &&ButtonPress| press.chat == id;
    let snapshot = fake.read(|world, _| ChatSnapshot {
        version,
        chat: world.chats.get(&id).cloned(),
        presses: world.presses.iter().filter(here).cloned().collect(),
    });
    ok_response(&json!(snapshot))
}

async fn calls(State(fake): Shared, RawQuery(query): RawQuery) -> Response {
    let from = Fields::of(query).number("from").unwrap_or(1).max(1) - 1;
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let calls = fake.read(|world, _| world.calls.get(from..).unwrap_or_default().to_vec());
    ok_response(&json!(calls))
}

async fn updates(State(fake): Shared) -> Response {
    ok_response(&fake.read(|world, _| json!(world.updates.all())))
}

async fn set_limits(State(fake): Shared, body: Bytes) -> Response {
    match read::<TelegramLimits>(&body) {
        Ok(limits) => {
            fake.change(|world, _| world.options.limits = limits);
            ok_response(&Value::Null)
        }
        Err(answer) => answer,
    }
}

async fn add_fault(State(fake): Shared, body: Bytes) -> Response {
    match read::<BotApiFault>(&body) {
        Ok(fault) => {
            fake.change(|world, _| world.faults.add(fault));
            ok_response(&Value::Null)
        }
        Err(answer) => answer,
    }
}

async fn no_faults(State(fake): Shared) -> Response {
    fake.change(|world, _| world.faults.clear());
    ok_response(&Value::Null)
}

/// Waits until the version is newer than `after`, at most `wait` milliseconds.
async fn newer(fake: &Fake, query: &Fields) -> u64 {
    let after = query.number("after").unwrap_or(0);
    let wait = Duration::from_millis(query.number("wait").unwrap_or(0));
    let mut changes = fake.changes();
    // After the timeout the caller gets the current state.
    let waited = tokio::time::timeout(wait, changes.wait_for(|version| *version > after)).await;
    drop(waited);
    fake.version()
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn of(query: Option<String>) -> Self {
        let query = query.unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn text(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

#[expect(clippy::result_large_err, reason = "the answer is what the caller returns")]
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|e| wrong(&e.to_string()))
}

fn wrong(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, why.to_owned()).into_response()
}
