//! Tests the main path against an independent fake of Telegram: `teremock`, which validates
//! requests by teloxide's types. It does not implement webhook methods, so a proxy answers those.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use runtime::{faults::Faults, shutdown::Shutdown};
use serde_json::Value;
use teloxide::{
    dispatching::UpdateHandler,
    types::{InlineKeyboardButtonKind, Message, Update, UpdateKind},
};
use teremock::{MockBot, MockCallbackQuery, MockMessageText};
use testkit::{House, eventually, http::Request};
use url::Url;

use crate::webhook::{SECRET, delivered, port};

type Nothing = Box<dyn std::error::Error + Send + Sync>;

/// Forwards calls to `server`, except those that it does not implement.
async fn front(server: Url, shutdown: Shutdown) -> Url {
    let port = port().await;
    let url = Url::parse(&format!("http://{}", port.address())).unwrap();
    let routes = Router::new().fallback(pass).with_state(server);
    tokio::spawn(port.serve(routes, shutdown));
    url
}

async fn pass(State(server): State<Url>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if uri.path().ends_with("Webhook") {
        return r#"{"ok":true,"result":true}"#.into_response();
    }
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.map_or("application/json", |kind| kind.to_str().unwrap());
    let call = Request::post(server.join(uri.path()).unwrap(), kind, body);
    let answer = call.send(crate::webhook::PATIENCE).await.unwrap();
    let status = StatusCode::from_u16(answer.status).unwrap();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, answer.body).into_response()
}

/// An update in Telegram's JSON form.
fn update(id: u32, kind: UpdateKind) -> Value {
    let id = teloxide::types::UpdateId(id);
    serde_json::to_value(Update { id, kind }).unwrap()
}

/// The data of the button with this label.
fn data(message: &Message, label: &str) -> Option<String> {
    let rows = &message.reply_markup()?.inline_keyboard;
    let button = rows.iter().flatten().find(|button| button.text == label)?;
    match &button.kind {
        InlineKeyboardButtonKind::CallbackData(data) => Some(data.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn topic_becomes_an_album_on_an_independent_fake() {
    let nobody: UpdateHandler<Nothing> = teloxide::dptree::entry();
    let telegram = MockBot::new(MockMessageText::new(), nobody).await;
    let shutdown = Shutdown::default();
    let front = front(telegram.api_url().clone(), shutdown.clone()).await;
    let port = port().await;
    let webhook = Url::parse(&format!("http://{}/telegram", port.address())).unwrap();
    let app = House::build()
        .env("TELOXIDE_TOKEN", telegram.bot.token())
        .env("TELOXIDE_API_URL", front.to_string())
        .env("TELEGRAM_WEBHOOK_URL", webhook.to_string())
        .env("TELEGRAM_WEBHOOK_SECRET", SECRET)
        .start()
        .await;
    let (settings, client) = (app.settings(), app.client.clone());
    let bot = gateway::bot::start(settings, client, shutdown.clone(), Faults::none()).await;
    let route = bot.unwrap().unwrap().route.unwrap();
    tokio::spawn(port.serve(route, shutdown.clone()));

    let topic = MockMessageText::new().text("Why tests matter").build();
    let told = delivered(&webhook, &update(1, UpdateKind::Message(topic))).await;
    assert_eq!(told.status, 200);
    let says = async |words: &str| {
        let mut sent = telegram.get_responses().sent_messages.into_iter();
        sent.find(|message| message.text().is_some_and(|text| text.contains(words)))
    };
    let ready = eventually("the buttons are shown", async || says("Done").await).await;
    let responses = telegram.get_responses();
    let [album] = responses.sent_media_group.as_slice() else {
        panic!("{:?}", responses.sent_media_group.len())
    };
    assert_eq!(album.messages.len(), 7);
    assert!(
        album
            .messages
            .iter()
            .all(|message| message.photo().is_some())
    );
    let caption = album.messages[0].caption().unwrap();
    assert!(caption.contains('#'), "{caption}");
    let accepted = says("Got it").await.unwrap();
    assert!(data(&accepted, "Stop").is_some());
    eventually("the status is deleted last", async || {
        let deleted = telegram.get_responses().deleted_messages;
        let gone = deleted.iter().any(|gone| gone.message.id == accepted.id);
        gone.then_some(())
    })
    .await;

    let pressed = MockCallbackQuery::new()
        .data(data(&ready, "Caption").unwrap())
        .message(ready)
        .build();
    let told = delivered(&webhook, &update(2, UpdateKind::CallbackQuery(pressed))).await;
    assert_eq!(told.status, 200);
    eventually("the caption is shown", async || says("tap to copy").await).await;
    let answered = async || {
        let answered = telegram.get_responses().answered_callback_queries;
        (answered.len() == 1).then_some(())
    };
    eventually("the callback query is answered", answered).await;
    assert_eq!(telegram.get_responses().sent_media_group.len(), 1);
    shutdown.begin();
}
