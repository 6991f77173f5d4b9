//! Tests of what addresses the bot, and of replies, hidden authors and migrations.

use serde_json::{Value, json};

use super::*;

const ME: BotName<'_> = BotName { id: BotId::new(42), username: "vibecoder_bot" };

/// A message of Ann in a supergroup with these fields.
fn in_group(fields: &Value) -> Value {
    let mut message = json!({
        "message_id": 7, "date": 1,
        "chat": { "id": -100, "type": "supergroup", "title": "" },
        "from": { "id": 5, "is_bot": false, "first_name": "", "language_code": "ru" },
    });
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn parsed(kind: &str, message: Value) -> Option<Incoming> {
    let mut update = json!({ "update_id": 1 });
    update[kind] = message;
    let update: Update = serde_json::from_str(&update.to_string()).unwrap();
    assert!(!matches!(update.kind, UpdateKind::Error(_)), "{update:?}");
    parse_update(&update, ME)
}

/// A text with the entity that covers `marked`.
fn marked(text: &str, kind: &str, marked: &str) -> Value {
    let units = |text: &str| text.encode_utf16().count();
    let offset = units(&text[..text.find(marked).unwrap()]);
    let entity = json!({ "type": kind, "offset": offset, "length": units(marked) });
    json!({ "text": text, "entities": [entity] })
}

fn content(fields: &Value) -> Option<ParsedContent> {
    parsed("message", in_group(fields)).map(|heard| heard.content)
}

#[test]
fn mention_addresses_the_bot_and_is_removed() {
    for (text, rest) in [
        ("@vibecoder_bot, hello", "hello"),
        ("@Vibecoder_Bot — hello", "hello"),
        ("🙂 hello, @vibecoder_bot", "🙂 hello"),
        ("make @vibecoder_bot a carousel", "make a carousel"),
        ("@vibecoder_bot", ""),
        ("привет, @vibecoder_bot", "привет"),
    ] {
        let name = text.split(' ').find(|word| word.contains('@')).unwrap();
        let said = marked(text, "mention", name.trim_end_matches([',', '—']));
        assert_eq!(content(&said), Some(ParsedContent::Text(rest.to_owned())), "{text}");
    }
    for (text, kind, name) in [
        ("@vibecoder_bot_2 hello", "mention", "@vibecoder_bot_2"),
        ("ann@vibecoder_bot.com", "email", "ann@vibecoder_bot.com"),
        ("@vibecoder hello", "mention", "@vibecoder"),
        ("see @vibecoder_bot", "code", "@vibecoder_bot"),
    ] {
        assert_eq!(content(&marked(text, kind, name)), None, "{text}");
    }
}

#[test]
fn text_mention_names_an_account() {
    let said = |id: i64| {
        let user = json!({ "id": id, "is_bot": true, "first_name": "" });
        let entity = json!({ "type": "text_mention", "offset": 0, "length": 3, "user": user });
        content(&json!({ "text": "Bot: tests", "entities": [entity] }))
    };
    assert_eq!(said(42), Some(ParsedContent::Text("tests".to_owned())));
    assert_eq!(said(43), None);
}

#[test]
fn commands_come_from_entities() {
    let help = |rest: &str| {
        Some(ParsedContent::Command { name: "help".to_owned(), rest: rest.to_owned() })
    };
    for (text, command, expected) in [
        ("/help", "/help", help("")),
        ("/HELP@vibecoder_bot  me", "/HELP@vibecoder_bot", help("me")),
        ("/help@another_bot", "/help@another_bot", None),
        ("see /help", "/help", None),
    ] {
        assert_eq!(content(&marked(text, "bot_command", command)), expected, "{text}");
    }
    assert_eq!(content(&json!({ "text": "/usr/bin/env" })), None);
}

#[test]
fn reply_carries_the_other_message_or_its_quoted_part() {
    let post = |from: i64, bot: bool| {
        json!({
            "message_id": 3, "date": 1, "chat": { "id": -100, "type": "supergroup", "title": "" },
            "from": { "id": from, "is_bot": bot, "first_name": "" }, "text": "A long post",
        })
    };
    let heard = parsed(
        "message",
        in_group(&json!({
            "text": "thanks", "reply_to_message": post(42, true),
        })),
    );
    let reply = heard.unwrap().reply_to.unwrap();
    assert_eq!((reply.message, reply.ours, reply.author), (3, true, None));
    assert_eq!(reply.content, ParsedContent::Text("A long post".to_owned()));
    // A reply to a person does not address the bot.
    assert_eq!(content(&json!({ "text": "thanks", "reply_to_message": post(6, false) })), None);
    let mut said = marked("@vibecoder_bot", "mention", "@vibecoder_bot");
    said["reply_to_message"] = post(6, false);
    said["quote"] = json!({ "text": "long post", "position": 2 });
    let reply = parsed("message", in_group(&said)).unwrap().reply_to.unwrap();
    assert_eq!((reply.ours, reply.author), (false, Some(AccountId::new(6))));
    assert_eq!(reply.content, ParsedContent::Text("long post".to_owned()));
}

#[test]
fn reply_to_a_picture_carries_its_caption() {
    let photo = json!([{ "file_id": "f", "file_unique_id": "u", "width": 9, "height": 9 }]);
    let content = |caption: Value| {
        let mut said = marked("@vibecoder_bot", "mention", "@vibecoder_bot");
        said["reply_to_message"] = json!({
            "message_id": 3, "date": 1, "chat": { "id": -100, "type": "supergroup", "title": "" },
            "from": { "id": 6, "is_bot": false, "first_name": "" }, "photo": photo,
            "caption": caption,
        });
        parsed("message", in_group(&said)).unwrap().reply_to.unwrap().content
    };
    assert_eq!(content("A post".into()), ParsedContent::Text("A post".to_owned()));
    assert!(matches!(content(Value::Null), ParsedContent::Picture { .. }));
}

#[test]
fn first_message_of_a_forum_topic_is_no_reply() {
    let opened = json!({
        "message_id": 3, "date": 1, "chat": { "id": -100, "type": "supergroup", "title": "" },
        "from": { "id": 42, "is_bot": true, "first_name": "" }, "message_thread_id": 3,
        "is_topic_message": true, "forum_topic_created": { "name": "x", "icon_color": 7322096 },
    });
    let said = json!({
        "text": "hello", "message_thread_id": 3, "is_topic_message": true,
        "reply_to_message": opened,
    });
    assert_eq!(content(&said), None);
}

#[test]
fn hidden_authors_are_told_apart() {
    let author = |kind: &str, fields: &Value| {
        let heard = parsed(kind, in_group(fields))?;
        Some((heard.author, heard.account.get(), heard.language))
    };
    let bot = json!({ "id": 1_087_968_824, "is_bot": true, "first_name": "Group" });
    let group = json!({ "id": -100, "type": "supergroup", "title": "" });
    let mut said = marked("/carousel Почему тесты важны", "bot_command", "/carousel");
    (said["from"], said["sender_chat"]) = (bot.clone(), group);
    let anonymous = Some((MessageAuthor::Anonymous, -100, Language::Ru));
    assert_eq!(author("message", &said), anonymous);

    let channel = json!({ "id": -200, "type": "channel", "title": "" });
    (said["sender_chat"], said["is_automatic_forward"]) = (channel.clone(), true.into());
    assert_eq!(author("message", &said), None, "a post of the linked channel");

    let mut post = marked("/carousel Why tests matter", "bot_command", "/carousel");
    (post["chat"], post["from"]) = (channel, Value::Null);
    let in_channel = Some((MessageAuthor::Channel, -200, Language::En));
    assert_eq!(author("channel_post", &post), in_channel);
    post["entities"] = json!([]);
    assert_eq!(author("channel_post", &post), None, "not for the bot");

    // Another bot.
    let said = marked("/help", "bot_command", "/help");
    let mut said = in_group(&said);
    said["from"] = bot;
    assert_eq!(parsed("message", said), None);
}

#[test]
fn migration_is_read_from_both_service_messages() {
    let here = ChatId::new(-100);
    let other = ChatId::new(-5);
    for (field, from, to) in
        [("migrate_to_chat_id", here, other), ("migrate_from_chat_id", other, here)]
    {
        let migrated = ParsedContent::Migrated(ChatMigration { from, to });
        assert_eq!(content(&json!({ field: -5 })), Some(migrated), "{field}");
    }
}

#[test]
fn edited_message_is_marked() {
    let said = in_group(&marked("/carousel Tests", "bot_command", "/carousel"));
    assert!(parsed("edited_message", said.clone()).unwrap().edited);
    assert!(!parsed("message", said).unwrap().edited);
}

#[test]
fn membership_counts_only_if_the_bot_comes_or_goes() {
    let changed = |kind: &str, from_bot: bool, statuses: [Value; 2]| {
        let [old, new] = statuses;
        let change = json!({
            "date": 1,
            "chat": { "id": -100, "type": kind, "title": "" },
            "from": { "id": 5, "is_bot": from_bot, "first_name": "", "language_code": "ru" },
            "old_chat_member": old,
            "new_chat_member": new,
        });
        let heard = parsed("my_chat_member", change)?;
        match heard.content {
            ParsedContent::Membership(change) => Some((change, heard.author)),
            other => panic!("{other:?}"),
        }
    };
    let me = json!({ "id": 42, "is_bot": true, "first_name": "" });
    let status = |name: &str| json!({ "status": name, "user": me, "until_date": 0 });
    let restricted = |is_member: bool| {
        let mut status = status("restricted");
        status["is_member"] = is_member.into();
        for right in [
            "can_send_messages",
            "can_send_audios",
            "can_send_documents",
            "can_send_photos",
            "can_send_videos",
            "can_send_video_notes",
            "can_send_voice_notes",
            "can_send_other_messages",
            "can_add_web_page_previews",
            "can_change_info",
            "can_invite_users",
            "can_pin_messages",
            "can_manage_topics",
            "can_send_polls",
        ] {
            status[right] = is_member.into();
        }
        status
    };
    let (joined, left) = (MembershipChange::Joined, MembershipChange::Left);
    let (person, hidden) = (MessageAuthor::Person, MessageAuthor::Anonymous);
    for (kind, from_bot, old, new, expected) in [
        ("supergroup", false, status("left"), status("member"), Some((joined, person))),
        ("supergroup", false, status("member"), status("kicked"), Some((left, person))),
        ("supergroup", true, status("member"), status("left"), Some((left, hidden))),
        ("supergroup", false, status("member"), restricted(true), None),
        ("supergroup", false, restricted(true), restricted(false), Some((left, person))),
        ("supergroup", false, status("left"), status("kicked"), None),
        ("channel", false, status("left"), status("member"), None),
        ("channel", false, status("member"), status("left"), Some((left, person))),
    ] {
        let case = format!("{kind} {old} {new}");
        assert_eq!(changed(kind, from_bot, [old, new]), expected, "{case}");
    }
}
