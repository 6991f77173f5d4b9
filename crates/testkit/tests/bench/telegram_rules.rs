//! Telegram's rules, as the fake enforces them.

use serde_json::json;
use testkit::bot_api::{FakeBotApi, MessageContent, SimulatedAction};

use crate::bot::{album, call, png, slides, upload};

/// A person who has written to the bot, so that the bot may answer.
async fn ann(telegram: &FakeBotApi) -> testkit::bot_api::Actor {
    let ann = telegram.person("Ann").await;
    ann.sends_text("/start").await;
    ann
}

#[tokio::test]
async fn bot_needs_a_first_message_and_no_block() {
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    let hello = json!({ "chat_id": ann.id, "text": "hello" });

    let said = call(&telegram, "sendMessage", hello.clone()).await;
    assert_eq!(said, Err((400, "Bad Request: chat not found".to_owned())));

    ann.sends_text("/start").await;
    call(&telegram, "sendMessage", hello.clone()).await.unwrap();
    ann.blocks().await;
    let said = call(&telegram, "sendMessage", hello.clone()).await;
    let blocked = "Forbidden: bot was blocked by the user".to_owned();
    assert_eq!(said, Err((403, blocked)));
    ann.unblocks().await;
    call(&telegram, "sendMessage", hello.clone()).await.unwrap();
    ann.deletes_account().await;
    let said = call(&telegram, "sendMessage", hello).await;
    assert_eq!(said, Err((403, "Forbidden: user is deactivated".to_owned())));
}

#[tokio::test]
async fn texts_captions_and_buttons_have_length_limits() {
    let telegram = FakeBotApi::start().await;
    let chat = ann(&telegram).await.id;
    let text = |n: usize| json!({ "chat_id": chat, "text": "ж".repeat(n) });
    let data = |n: usize| {
        let button = json!({ "text": "b", "callback_data": "x".repeat(n) });
        json!({ "chat_id": chat, "text": "t", "reply_markup": { "inline_keyboard": [[button]] } })
    };
    for (params, refusal) in [
        (text(4096), None),
        (text(4097), Some("Bad Request: message is too long")),
        (text(0), Some("Bad Request: message text is empty")),
        (data(64), None),
        (data(65), Some("Bad Request: BUTTON_DATA_INVALID")),
        (data(0), Some("Bad Request: BUTTON_DATA_INVALID")),
    ] {
        let said = call(&telegram, "sendMessage", params).await;
        assert_eq!(said.err().map(|(_, words)| words).as_deref(), refusal);
    }
    let photo = upload(&telegram, chat, "photo", &png(10, 10, 0)).await.unwrap();
    let id = photo["photo"][1]["file_id"].clone();
    let caption = json!({ "chat_id": chat, "photo": id, "caption": "x".repeat(1025) });
    let (_, words) = call(&telegram, "sendPhoto", caption).await.unwrap_err();
    assert_eq!(words, "Bad Request: message caption is too long");
}

#[tokio::test]
async fn album_has_two_to_ten_items() {
    let telegram = FakeBotApi::start().await;
    let ann = ann(&telegram).await;
    assert!(album(&telegram, ann.id, &slides(1)).await.is_err());
    assert!(album(&telegram, ann.id, &slides(11)).await.is_err());

    let sent = album(&telegram, ann.id, &slides(10)).await.unwrap();

    assert_eq!(sent.as_array().unwrap().len(), 10);
    let chat = ann.chat().await;
    let albums = chat.albums();
    assert_eq!((albums.len(), albums[0].len()), (1, 10));
    let file = albums[0][3].file().unwrap();
    assert_eq!(telegram.file(file).await, slides(10)[3]);

    // The same files again by `file_id`: no upload.
    let media: Vec<_> = sent.as_array().unwrap()[..2]
        .iter()
        .map(|m| json!({ "type": "photo", "media": m["photo"][1]["file_id"] }))
        .collect();
    let again = json!({ "chat_id": ann.id, "media": media });
    call(&telegram, "sendMediaGroup", again).await.unwrap();
    assert_eq!(telegram.snapshot().await.files.len(), 10);
}

#[tokio::test]
async fn photo_limits_do_not_apply_to_documents() {
    let telegram = FakeBotApi::start().await;
    let chat = ann(&telegram).await.id;
    let mut heavy = png(100, 100, 0);
    heavy.resize(10 * 1024 * 1024 + 1, 0);
    for (photo, refusal) in [
        (png(8000, 2001, 0), "PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100, 0), "PHOTO_INVALID_DIMENSIONS"),
        (b"no picture".to_vec(), "IMAGE_PROCESS_FAILED"),
        (heavy, "is too big for a photo"),
    ] {
        let (code, words) = upload(&telegram, chat, "photo", &photo).await.unwrap_err();
        assert_eq!(code, 400);
        assert!(words.contains(refusal), "{words}");
        let sent = upload(&telegram, chat, "document", &photo).await.unwrap();
        assert_eq!(sent["document"]["file_size"], photo.len());
    }
    let document = upload(&telegram, chat, "document", &png(9, 9, 0)).await.unwrap();
    let id = document["document"]["file_id"].clone();
    let as_photo = json!({ "chat_id": chat, "photo": id });
    let (_, words) = call(&telegram, "sendPhoto", as_photo).await.unwrap_err();
    assert!(words.contains("can't use file of type document as photo"), "{words}");
}

#[tokio::test]
async fn edit_needs_a_change_within_two_days() {
    let telegram = FakeBotApi::start().await;
    let ann = ann(&telegram).await;
    let sent = json!({ "chat_id": ann.id, "text": "one" });
    let sent = call(&telegram, "sendMessage", sent).await.unwrap();
    let id = sent["message_id"].as_i64().unwrap();
    let to = |text: &str| json!({ "chat_id": ann.id, "message_id": id, "text": text });

    let (_, words) = call(&telegram, "editMessageText", to("one")).await.unwrap_err();
    assert!(words.starts_with("Bad Request: message is not modified"), "{words}");
    call(&telegram, "editMessageText", to("two")).await.unwrap();
    let chat = ann.chat().await;
    let message = chat.message(id).unwrap();
    assert_eq!(message.text(), "two");
    assert!(
        matches!(&message.edits[0].content, MessageContent::Text { words } if words.text == "one")
    );

    let older = SimulatedAction::Age { chat: ann.id, message: id, seconds: 48 * 3600 + 1 };
    telegram.act(&older).await;
    let (_, words) = call(&telegram, "editMessageText", to("three")).await.unwrap_err();
    assert_eq!(words, "Bad Request: message can't be edited");
    let gone = json!({ "chat_id": ann.id, "message_id": 999 });
    let (_, words) = call(&telegram, "editMessageReplyMarkup", gone).await.unwrap_err();
    assert_eq!(words, "Bad Request: message to edit not found");
}

#[tokio::test]
async fn deleted_message_is_recorded_and_not_editable() {
    let telegram = FakeBotApi::start().await;
    let ann = ann(&telegram).await;
    let sent = json!({ "chat_id": ann.id, "text": "status" });
    let sent = call(&telegram, "sendMessage", sent).await.unwrap();
    let id = json!({ "chat_id": ann.id, "message_id": sent["message_id"], "text": "late" });
    call(&telegram, "deleteMessage", id.clone()).await.unwrap();

    assert!(call(&telegram, "editMessageText", id.clone()).await.is_err());
    let (_, words) = call(&telegram, "deleteMessage", id).await.unwrap_err();
    assert_eq!(words, "Bad Request: message to delete not found");
    let chat = ann.chat().await;
    assert_eq!(chat.last(), None);
    assert!(chat.messages.iter().any(|m| m.text() == "status" && !m.is_visible()));
}

#[tokio::test]
async fn bot_over_rate_limit_gets_retry_after() {
    let telegram = FakeBotApi::start().await;
    let chat = ann(&telegram).await.id;
    album(&telegram, chat, &slides(10)).await.unwrap();
    album(&telegram, chat, &slides(10)).await.unwrap();

    let third = json!({ "chat_id": chat, "text": "x" });
    let answer = telegram.call("sendMessage", &third).await.unwrap();

    assert_eq!(answer.status, 429);
    let body: serde_json::Value = answer.json().unwrap();
    assert_eq!(body["parameters"]["retry_after"], 1);
    assert_eq!(body["description"], "Too Many Requests: retry after 1");
    assert_eq!(telegram.calls_over_limit().await.len(), 1);
}

#[tokio::test]
async fn unescaped_user_markup_is_refused() {
    let telegram = FakeBotApi::start().await;
    let ann = ann(&telegram).await;
    let html = |text: &str| json!({ "chat_id": ann.id, "text": text, "parse_mode": "HTML" });
    let (_, words) = call(&telegram, "sendMessage", html("a <b")).await.unwrap_err();
    assert!(words.starts_with("Bad Request: can't parse entities"), "{words}");
    call(&telegram, "sendMessage", html("<b>a</b> &lt;b&gt;")).await.unwrap();
    assert_eq!(ann.waits_for_text("a <b>").await.text(), "a <b>");
}

#[tokio::test]
async fn topics_menus_and_chat_actions_are_stored_separately() {
    let telegram = FakeBotApi::start().await;
    let forum = telegram.forum("Team").await;
    let topic = forum.topic("Carousels").await;
    let to = |thread: i64| json!({ "chat_id": forum.id, "text": "x", "message_thread_id": thread });
    call(&telegram, "sendMessage", to(topic)).await.unwrap();
    let (_, words) = call(&telegram, "sendMessage", to(5)).await.unwrap_err();
    assert_eq!(words, "Bad Request: message thread not found");
    assert_eq!(forum.chat().await.messages[0].thread, Some(topic));

    let typing = json!({ "chat_id": forum.id, "action": "upload_photo" });
    call(&telegram, "sendChatAction", typing).await.unwrap();
    assert_eq!(forum.chat().await.actions[0].name, "upload_photo");

    for (language, about) in [("", "Help"), ("ru", "Помощь")] {
        let commands = json!([{ "command": "help", "description": about }]);
        let menu = json!({ "commands": commands, "language_code": language });
        call(&telegram, "setMyCommands", menu).await.unwrap();
    }
    let menus = telegram.snapshot().await.menus;
    assert_eq!(menus.len(), 2);
    assert_eq!(menus[1].commands[0]["description"], "Помощь");
}

#[tokio::test]
async fn wrong_token_and_unknown_method_have_different_errors() {
    let telegram = FakeBotApi::start().await;
    let stranger = FakeBotApi::at(telegram.url(), "1:no");
    assert_eq!(stranger.call("getMe", &json!({})).await.unwrap().status, 401);
    assert_eq!(telegram.call("sendGift", &json!({})).await.unwrap().status, 404);
    let me = call(&telegram, "getMe", json!({})).await.unwrap();
    assert_eq!((&me["id"], &me["is_bot"]), (&json!(4242), &json!(true)));
}

#[tokio::test]
async fn text_message_becomes_a_picture() {
    let telegram = FakeBotApi::start().await;
    let chat = ann(&telegram).await.id;
    let photo = upload(&telegram, chat, "photo", &png(10, 10, 0)).await.unwrap();
    let file = photo["photo"][1]["file_id"].clone();
    let text = json!({ "chat_id": chat, "text": "Working…", "disable_notification": true });
    let sent = call(&telegram, "sendMessage", text).await.unwrap();
    let media = json!({ "type": "photo", "media": file, "caption": "Done" });
    let edit = json!({ "chat_id": chat, "message_id": sent["message_id"], "media": media });
    let edited = call(&telegram, "editMessageMedia", edit.clone()).await.unwrap();
    assert_eq!((&edited["message_id"], &edited["caption"]), (&sent["message_id"], &json!("Done")));
    let (_, again) = call(&telegram, "editMessageMedia", edit).await.unwrap_err();
    assert!(again.contains("message is not modified"), "{again}");
    let chat = telegram.chat(chat).await.unwrap();
    assert!(chat.last().unwrap().silent && !chat.messages[1].silent);
}

#[tokio::test]
async fn reactions_need_a_message_and_a_chat_that_allows_them() {
    let telegram = FakeBotApi::start().await;
    let ann = ann(&telegram).await;
    let group = telegram.group("Quiet").await;
    let said = ann.sends_text_in(&group, "/start").await;
    let react = |message: i64, emoji: &str| {
        let reaction = [json!({ "type": "emoji", "emoji": emoji })];
        json!({ "chat_id": group.id, "message_id": message, "reaction": reaction })
    };
    call(&telegram, "setMessageReaction", react(said, "👌")).await.unwrap();
    assert_eq!(group.chat().await.message(said).unwrap().reactions, ["👌"]);
    for (params, refusal) in [
        (react(said, "🦖"), "Bad Request: REACTION_INVALID"),
        (react(said + 9, "👌"), "Bad Request: message to react not found"),
    ] {
        let (_, words) = call(&telegram, "setMessageReaction", params).await.unwrap_err();
        assert_eq!(words, refusal);
    }
    group.forbids_reactions().await;
    let (_, words) = call(&telegram, "setMessageReaction", react(said, "👍")).await.unwrap_err();
    assert_eq!(words, "Bad Request: REACTION_INVALID");
}

#[tokio::test]
async fn inline_queries_come_only_in_inline_mode() {
    let telegram = FakeBotApi::start().await;
    let ann = ann(&telegram).await;
    let ask = SimulatedAction::InlineQuery { person: ann.id, query: "Tests".to_owned() };
    assert!(telegram.act(&ask).await.is_null());
    telegram.turn_inline_mode_on().await;
    let query = telegram.act(&ask).await;
    let text = json!({ "message_text": "Tests" });
    let article = |title: &str| {
        let result =
            json!({ "type": "article", "id": "1", "title": title, "input_message_content": text });
        json!({ "inline_query_id": query, "results": [result] })
    };
    let (_, words) = call(&telegram, "answerInlineQuery", article("")).await.unwrap_err();
    assert_eq!(words, "Bad Request: ARTICLE_TITLE_EMPTY");
    call(&telegram, "answerInlineQuery", article("Tests")).await.unwrap();
    let unknown = json!({ "inline_query_id": "7", "results": [] });
    let (_, words) = call(&telegram, "answerInlineQuery", unknown).await.unwrap_err();
    assert!(words.contains("query ID is invalid"), "{words}");
}
