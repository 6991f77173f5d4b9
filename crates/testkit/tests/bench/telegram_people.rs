//! The actions of people, and what the bot and another person see of them.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{bot_api::FakeBotApi, http::HttpRequest};

use crate::bot::call;

async fn updates(telegram: &FakeBotApi) -> Vec<Value> {
    let updates = call(telegram, "getUpdates", json!({})).await.unwrap();
    updates.as_array().unwrap().clone()
}

#[tokio::test]
async fn sent_messages_arrive_as_bot_api_objects() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person_speaking("Ann", "en").await;
    let first = ann.sends_text("/start deep-link").await;
    ann.sends_photo(&crate::bot::png(20, 10, 0), "my logo").await;
    ann.sends_voice(b"OggS").await;
    ann.sends_document("notes.md", "text/markdown", b"# Notes").await;
    ann.forwards("A channel", "A post").await;
    ann.edits(first, "/help").await;
    ann.blocks().await;

    let seen = updates(&telegram).await;

    assert_eq!(seen[0]["message"]["entities"][0]["type"], "bot_command");
    assert_eq!(seen[0]["message"]["from"]["language_code"], "en");
    assert_eq!(seen[1]["message"]["photo"][1]["width"], 20);
    assert_eq!(seen[1]["message"]["caption"], "my logo");
    assert_eq!(seen[2]["message"]["voice"]["mime_type"], "audio/ogg");
    assert_eq!(seen[3]["message"]["document"]["file_name"], "notes.md");
    assert_eq!(seen[4]["message"]["forward_origin"]["chat"]["title"], "A channel");
    assert_eq!(seen[5]["edited_message"]["text"], "/help");
    assert_eq!(seen[6]["my_chat_member"]["new_chat_member"]["status"], "kicked");
}

#[tokio::test]
async fn sent_file_can_be_downloaded() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    ann.sends_document("notes.md", "text/markdown", b"# Notes").await;
    let id = updates(&telegram).await[0]["message"]["document"]["file_id"].clone();

    let file = call(&telegram, "getFile", json!({ "file_id": id })).await.unwrap();

    let path = file["file_path"].as_str().unwrap();
    let url = format!("/file/bot{}/{path}", telegram.token());
    let url = telegram.url().join(&url).unwrap();
    let got = HttpRequest::get(url).send(Duration::from_secs(5)).await.unwrap();
    assert_eq!(&got.body[..], b"# Notes");
}

#[tokio::test]
async fn callback_query_is_answered_once() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    ann.sends_text("/start").await;
    let buttons = json!([[{ "text": "✖ Cancel", "callback_data": "c:1" }]]);
    let sent = json!({
        "chat_id": ann.id, "text": "working", "reply_markup": { "inline_keyboard": buttons },
    });
    call(&telegram, "sendMessage", sent).await.unwrap();
    let status = ann.waits_for_text("working").await;

    let query = ann.presses(&status, "Cancel").await;

    let update = updates(&telegram).await.pop().unwrap();
    assert_eq!(update["callback_query"]["data"], "c:1");
    assert_eq!(update["callback_query"]["message"]["text"], "working");
    let answer = json!({ "callback_query_id": query, "text": "Cancelled" });
    call(&telegram, "answerCallbackQuery", answer).await.unwrap();
    assert_eq!(ann.waits_for_callback_answer(&query).await, "Cancelled");
    let unknown = json!({ "callback_query_id": "1" });
    let (_, words) = call(&telegram, "answerCallbackQuery", unknown).await.unwrap_err();
    assert!(words.contains("query is too old"), "{words}");
}

#[tokio::test]
async fn replies_stay_in_group_and_topic() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    let team = telegram.forum("Team").await;
    telegram.set_privacy_mode(false).await;
    let topic = team.topic("Ideas").await;
    let said = ann.sends_text_in_topic(&team, topic, "@vibecoder_bot tests").await;
    let answer = json!({
        "chat_id": team.id, "text": "on it", "message_thread_id": topic,
        "reply_parameters": { "message_id": said },
    });
    call(&telegram, "sendMessage", answer).await.unwrap();
    let heard = team.waits_for(|chat| chat.last().cloned()).await;
    assert_eq!((heard.reply_to, heard.thread), (Some(said), Some(topic)));
    ann.replies(&heard, "thanks").await;

    let seen = updates(&telegram).await;

    assert_eq!(seen[0]["message"]["chat"]["is_forum"], true);
    assert_eq!(seen[0]["message"]["entities"][0]["type"], "mention");
    assert_eq!(seen[1]["message"]["message_thread_id"], topic);
    assert_eq!(seen[1]["message"]["reply_to_message"]["from"]["is_bot"], true);
}

/// The texts of the messages that the bot gets.
async fn delivered(telegram: &FakeBotApi) -> Vec<String> {
    let texts = updates(telegram).await;
    let text = |update: &Value| update["message"]["text"].as_str().map(str::to_owned);
    texts.iter().filter_map(text).collect()
}

#[tokio::test]
async fn privacy_mode_delivers_commands_and_replies_only() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    let team = telegram.group("Team").await;
    let sent = json!({ "chat_id": team.id, "text": "hello" });
    call(&telegram, "sendMessage", sent).await.unwrap();
    let hello = team.waits_for_text("hello").await;
    let say = async || {
        ann.sends_text_in(&team, "@vibecoder_bot tests").await;
        ann.sends_text_in(&team, "/help@another_bot").await;
        ann.sends_text_in(&team, "/help").await;
        ann.replies(&hello, "thanks").await;
    };
    say().await;
    assert_eq!(delivered(&telegram).await, ["/help", "thanks"]);
    assert_eq!(
        call(&telegram, "getMe", json!({})).await.unwrap()["can_read_all_group_messages"],
        false
    );

    telegram.set_privacy_mode(false).await;
    say().await;
    let all = ["@vibecoder_bot tests", "/help@another_bot", "/help", "thanks"];
    assert_eq!(delivered(&telegram).await[2..], all);
}

#[tokio::test]
async fn migrated_group_names_its_supergroup() {
    let telegram = FakeBotApi::start().await;
    let (ann, bob) = (telegram.person("Ann").await, telegram.person("Bob").await);
    let group = telegram.basic_group("Team").await;
    group.promotes(&ann).await;
    let supergroup = group.migrates().await;

    let seen = updates(&telegram).await;
    assert_eq!(seen[0]["message"]["migrate_to_chat_id"], supergroup.id);
    assert_eq!(seen[1]["message"]["migrate_from_chat_id"], group.id);
    let sent = json!({ "chat_id": group.id, "text": "hello" });
    let (code, _) = call(&telegram, "sendMessage", sent).await.unwrap_err();
    assert_eq!(code, 400);
    let asked = json!({ "chat_id": supergroup.id });
    let administrators = call(&telegram, "getChatAdministrators", asked).await.unwrap();
    assert_eq!(administrators[0]["user"]["id"], ann.id);
    let asked = json!({ "chat_id": supergroup.id, "user_id": bob.id });
    assert_eq!(call(&telegram, "getChatMember", asked).await.unwrap()["status"], "member");
}

#[tokio::test]
async fn web_page_shows_chat_and_sends_messages() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann <3").await;
    ann.sends_text("hello & goodbye").await;
    let post = |path: String, body: &str| {
        let url = telegram.url().join(&path).unwrap();
        let form = "application/x-www-form-urlencoded";
        HttpRequest::post(url, form, body.to_owned()).send(Duration::from_secs(5))
    };
    post(format!("/chats/{}/say", ann.id), "text=from+the+page").await.unwrap();
    let buttons = json!([[{ "text": "Go", "callback_data": "go" }]]);
    let sent = json!({
        "chat_id": ann.id, "text": "?", "reply_markup": { "inline_keyboard": buttons },
    });
    let sent = call(&telegram, "sendMessage", sent).await.unwrap();
    let pressed = format!("message={}&data=go", sent["message_id"]);
    post(format!("/chats/{}/press", ann.id), &pressed).await.unwrap();

    let page = telegram.url().join(&format!("/chats/{}", ann.id)).unwrap();
    let page = HttpRequest::get(page).send(Duration::from_secs(5)).await.unwrap().text();
    assert!(page.contains("Ann &lt;3") && page.contains("hello &amp; goodbye"), "{page}");
    assert!(page.contains("<button>Go</button>"), "{page}");
    let seen = updates(&telegram).await;
    assert_eq!(seen[1]["message"]["text"], "from the page");
    assert_eq!(seen[2]["callback_query"]["data"], "go");
}
