//! A web page that shows the chats as on a phone, including edits and deletions. A person can send
//! messages and press buttons there, and so try a bot by hand without Telegram.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use url::form_urlencoded;

use super::{
    fake::Fake,
    fake_model::{
        ButtonAction, ChatId, ChatKind, FakeButton, FakeChat, FakeMessage, MessageContent, Sender,
    },
    fake_state::FakeState,
    simulated_actions::{PersonMessage, SimulatedAction, act},
};

type Shared = State<Arc<Fake>>;

const STYLE: &str = "body{font:15px/1.4 system-ui;margin:2em auto;max-width:44em;padding:0 1em;\
background:#eef2f5}.m{background:#fff;border-radius:12px;padding:.6em .9em;margin:.5em 0;\
width:fit-content;max-width:80%;white-space:pre-wrap}.p{margin-left:auto;background:#e1f7d5}\
.gone{opacity:.45;text-decoration:line-through}small{color:#678;display:block}img{max-width:11em;\
border-radius:8px;display:block}form{display:inline}button{margin:.3em .3em 0 0;border-radius:8px;\
border:1px solid #9ab;background:#f6fafe;padding:.3em .8em}.old{color:#999;text-decoration:\
line-through}input[name=text]{width:70%;padding:.4em}";

pub(super) fn routes() -> Router<Arc<Fake>> {
    Router::new()
        .route("/", get(index))
        .route("/chats/{chat}", get(show))
        .route("/chats/{chat}/say", post(say))
        .route("/chats/{chat}/press", post(press))
        .route("/new", post(join))
}

async fn index(State(fake): Shared) -> Response {
    let list = fake.read(|state, _| {
        state.chats.values().fold(String::new(), |mut list, chat| {
            let (id, title, count) = (chat.id, escaped(&chat.title), chat.messages.len());
            let _ = write!(list, "<li><a href=/chats/{id}>{title}</a> ({count} messages)");
            list
        })
    });
    let join = "<form method=post action=/new><input name=name placeholder='Your name' required> \
                <input name=language value=ru size=2> <button>Open a chat</button></form>";
    page("Chats", &format!("<h1>Chats</h1><ul>{list}</ul>{join}"))
}

async fn join(State(fake): Shared, body: Bytes) -> Redirect {
    let name = field(&body, "name");
    let language = field(&body, "language");
    let chat = fake.change(|state, _| {
        let person = state.add_person(&name, &language);
        state.private_chat(person)
    });
    Redirect::to(&format!("/chats/{chat}"))
}

async fn say(State(fake): Shared, Path(chat): Path<ChatId>, body: Bytes) -> Redirect {
    let said = PersonMessage {
        person: speaker(&fake, chat),
        chat: Some(chat),
        text: field(&body, "text"),
        ..PersonMessage::default()
    };
    done(&fake, chat, SimulatedAction::Send(said))
}

async fn press(State(fake): Shared, Path(chat): Path<ChatId>, body: Bytes) -> Redirect {
    let pressed = SimulatedAction::Press {
        person: speaker(&fake, chat),
        chat,
        message: field(&body, "message").parse().unwrap_or_default(),
        data: field(&body, "data"),
    };
    done(&fake, chat, pressed)
}

/// Performs an act and redirects to the chat. The page shows no error: an act that failed has no
/// effect there.
fn done(fake: &Fake, chat: ChatId, what: SimulatedAction) -> Redirect {
    if let Err(why) = fake.change(|state, now| act(state, what, now)) {
        tracing::warn!("not done: {why}");
    }
    Redirect::to(&format!("/chats/{chat}#end"))
}

/// The sender of the page's messages: the chat's person; in a group the first person of all.
fn speaker(fake: &Fake, chat: ChatId) -> i64 {
    let first = |state: &mut FakeState, _| state.people.keys().next().copied();
    if chat > 0 { chat } else { fake.read(first).unwrap_or_default() }
}

async fn show(State(fake): Shared, Path(id): Path<ChatId>) -> Response {
    let shown = fake.read(|state, _| {
        let chat = state.chats.get(&id)?;
        let messages: String = chat.messages.iter().map(|m| message(state, m)).collect();
        Some((escaped(&chat.title), format!("{}{messages}{}", top(chat), bottom(chat))))
    });
    match shown {
        Some((title, body)) => page(&title, &body),
        None => page("Nothing", "There is no such chat. <a href=/>All chats</a>"),
    }
}

fn top(chat: &FakeChat) -> String {
    let kind = match chat.kind {
        ChatKind::Private => "private chat",
        ChatKind::BasicGroup => "group",
        ChatKind::Group => "supergroup",
        ChatKind::Forum => "group with topics",
        ChatKind::Channel => "channel",
    };
    let title = escaped(&chat.title);
    format!("<a href=/>All chats</a><h1>{title}</h1><small>{kind} {}</small>", chat.id)
}

fn bottom(chat: &FakeChat) -> String {
    format!(
        "<p id=end><form method=post action=/chats/{}/say><input name=text autofocus \
         autocomplete=off> <button>Send</button></form> <a href=/chats/{}#end>Refresh</a>",
        chat.id, chat.id
    )
}

fn message(state: &FakeState, message: &FakeMessage) -> String {
    let (side, who) = match message.from {
        Sender::Bot => ("m", state.options.username.as_str()),
        Sender::Person(id) => ("m p", state.people.get(&id).map_or("?", |p| p.name.as_str())),
        Sender::Chat => {
            ("m p", state.chats.get(&message.chat).map_or("?", |chat| chat.title.as_str()))
        }
    };
    let gone = if message.is_visible() { "" } else { " gone" };
    let mut out = format!(
        "<div class='{side}{gone}'><small>{} · {:.1} s · {}</small>",
        escaped(who),
        std::time::Duration::from_millis(message.at).as_secs_f64(),
        message.id
    );
    for edit in &message.edits {
        let _ = write!(out, "<span class=old>{}</span>", escaped(words(&edit.content)));
    }
    out.push_str(&file(state, message));
    out.push_str(&escaped(message.text()));
    for row in message.buttons() {
        let row: String = row.iter().map(|b| button(message, b)).collect();
        let _ = write!(out, "<div>{row}</div>");
    }
    out.push_str("</div>");
    out
}

fn words(content: &MessageContent) -> &str {
    match content {
        MessageContent::Text { words }
        | MessageContent::Photo { words, .. }
        | MessageContent::Document { words, .. } => &words.text,
        MessageContent::Voice { .. }
        | MessageContent::MigratedTo { .. }
        | MessageContent::MigratedFrom { .. } => "",
    }
}

fn file(state: &FakeState, message: &FakeMessage) -> String {
    let Some(id) = message.file() else {
        return String::new();
    };
    let about = state.files.get(id).map(|stored| &stored.about);
    let (name, bytes) = about.map_or(("?", 0), |about| (about.name.as_str(), about.bytes));
    let name = escaped(name);
    if message.is_photo() {
        format!("<img src=/_fake/files/{id} alt='{name}'>")
    } else {
        format!("<a href=/_fake/files/{id}>{name}</a> ({bytes} bytes)\n")
    }
}

fn button(message: &FakeMessage, button: &FakeButton) -> String {
    let text = escaped(&button.text);
    match &button.press {
        ButtonAction::Callback(data) => format!(
            "<form method=post action=/chats/{}/press><input type=hidden name=message value={}>\
             <input type=hidden name=data value='{}'><button>{text}</button></form>",
            message.chat,
            message.id,
            escaped(data)
        ),
        ButtonAction::Url(url) => {
            format!("<a href='{}'><button>{text} ↗</button></a>", escaped(url))
        }
        ButtonAction::Copy(_) | ButtonAction::Other => format!("<button disabled>{text}</button>"),
    }
}

fn page(title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>{title}</title><style>{STYLE}</style>{body}"
    );
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn field(body: &Bytes, name: &str) -> String {
    let mut fields = form_urlencoded::parse(body);
    let found = fields.find(|(field, _)| field == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}
