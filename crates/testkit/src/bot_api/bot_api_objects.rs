//! Converts the fake's types to Bot API objects.

use serde_json::{Value, json};

use super::{
    fake_model::{ChatKind, FakeChat, FakeMessage, FormattedText, MessageContent, Sender},
    fake_state::FakeState,
};

/// A `User` that is a person.
pub(super) fn person(state: &FakeState, id: i64) -> Value {
    match state.people.get(&id) {
        Some(person) => json!({
            "id": id,
            "is_bot": false,
            "first_name": person.name,
            "language_code": person.language,
        }),
        None => json!({ "id": id, "is_bot": false, "first_name": "?" }),
    }
}

/// The bot as a `User`.
pub(super) fn bot(state: &FakeState) -> Value {
    json!({
        "id": state.bot_id(),
        "is_bot": true,
        "first_name": "Bible VibeCoder",
        "username": state.options.username,
    })
}

/// A `ChatMember`.
pub(super) fn member(state: &FakeState, chat: &FakeChat, id: i64) -> Value {
    let user = person(state, id);
    if !chat.administrators.contains(&id) {
        return json!({ "status": "member", "user": user });
    }
    let mut member = json!({ "status": "administrator", "user": user });
    for right in ADMINISTRATOR_RIGHTS {
        member[right] = true.into();
    }
    member["is_anonymous"] = false.into();
    member
}

/// The fields of `ChatMemberAdministrator` that are always there.
const ADMINISTRATOR_RIGHTS: [&str; 13] = [
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
];

/// The result of `getMe`.
pub(super) fn me(state: &FakeState) -> Value {
    let mut me = bot(state);
    me["can_join_groups"] = true.into();
    me["can_read_all_group_messages"] = (!state.options.privacy_mode).into();
    me["supports_inline_queries"] = state.options.inline_mode.into();
    for cannot in ["can_connect_to_business", "has_main_web_app"] {
        me[cannot] = false.into();
    }
    me
}

/// A `FakeChat`.
pub(super) fn chat(chat: &FakeChat) -> Value {
    match chat.kind {
        ChatKind::Private => json!({
            "id": chat.id, "type": "private", "first_name": chat.title,
        }),
        ChatKind::BasicGroup => json!({
            "id": chat.id, "type": "group", "title": chat.title,
        }),
        ChatKind::Channel => json!({
            "id": chat.id, "type": "channel", "title": chat.title,
        }),
        ChatKind::Group => json!({
            "id": chat.id, "type": "supergroup", "title": chat.title,
        }),
        ChatKind::Forum => json!({
            "id": chat.id, "type": "supergroup", "title": chat.title, "is_forum": true,
        }),
    }
}

/// A `FakeMessage`.
pub(super) fn message(state: &FakeState, message: &FakeMessage) -> Value {
    let mut shown = bare(state, message);
    if let Some(answered) = message.reply_to
        && let Some(original) = state.message(message.chat, answered)
    {
        shown["reply_to_message"] = bare(state, original);
    }
    shown
}

/// A `FakeMessage` without its `reply_to_message`, which never contains a further one.
fn bare(state: &FakeState, message: &FakeMessage) -> Value {
    let place = state.chats.get(&message.chat).map(chat).unwrap_or_default();
    let mut shown = json!({
        "message_id": message.id,
        "date": message.date,
        "chat": place,
    });
    match message.from {
        Sender::Bot => shown["from"] = bot(state),
        Sender::Person(id) => shown["from"] = person(state, id),
        Sender::Chat => {
            shown["sender_chat"] = place.clone();
            if place["type"] != "channel" {
                shown["from"] = json!({
                    "id": 1_087_968_824, "is_bot": true, "first_name": "Group",
                    "username": "GroupAnonymousBot",
                });
            }
        }
    }
    if let Some(thread) = message.thread {
        shown["message_thread_id"] = thread.into();
        shown["is_topic_message"] = true.into();
    }
    if let Some(album) = &message.album {
        shown["media_group_id"] = album.clone().into();
    }
    if let Some(markup) = message.markup.as_ref().filter(|m| m["inline_keyboard"].is_array()) {
        shown["reply_markup"] = markup.clone();
    }
    if !message.edits.is_empty() {
        shown["edit_date"] = message.date.into();
    }
    if let Some(channel) = &message.forwarded_from {
        shown["forward_origin"] = json!({
            "type": "channel",
            "chat": { "id": -1_000_777_000_001_i64, "type": "channel", "title": channel },
            "message_id": 1,
            "date": message.date,
        });
    }
    fill(state, &mut shown, &message.content);
    shown
}

fn fill(state: &FakeState, shown: &mut Value, content: &MessageContent) {
    match content {
        MessageContent::Text { words } => put_words(shown, words, "text", "entities"),
        MessageContent::Photo { file, words } => {
            shown["photo"] = sizes(state, file);
            put_words(shown, words, "caption", "caption_entities");
        }
        MessageContent::Document { file, words } => {
            shown["document"] = document(state, file);
            put_words(shown, words, "caption", "caption_entities");
        }
        MessageContent::Voice { file } => {
            let mut voice = document(state, file);
            voice["duration"] = 3.into();
            shown["voice"] = voice;
        }
        MessageContent::MigratedTo { chat } => shown["migrate_to_chat_id"] = (*chat).into(),
        MessageContent::MigratedFrom { chat } => shown["migrate_from_chat_id"] = (*chat).into(),
    }
}

fn put_words(shown: &mut Value, words: &FormattedText, text: &str, entities: &str) {
    if !words.text.is_empty() {
        shown[text] = words.text.clone().into();
    }
    if !words.entities.is_empty() {
        shown[entities] = words.entities.clone().into();
    }
}

/// The sizes of a photo, smallest first. Telegram makes several; here the small one refers to the
/// same file, because its pixels are never read.
fn sizes(state: &FakeState, file: &str) -> Value {
    let Some(stored) = state.files.get(file) else {
        return json!([]);
    };
    let (width, height) = stored.about.size.unwrap_or((0, 0));
    let size = |id: String, width: usize, height: usize, bytes: usize| {
        json!({
            "file_id": id,
            "file_unique_id": unique(&id),
            "width": width,
            "height": height,
            "file_size": bytes,
        })
    };
    let bytes = stored.about.bytes;
    json!([
        size(format!("{file}-s"), width / 8, height / 8, bytes / 64),
        size(file.to_owned(), width, height, bytes),
    ])
}

fn document(state: &FakeState, file: &str) -> Value {
    let Some(stored) = state.files.get(file) else {
        return Value::Null;
    };
    let about = &stored.about;
    json!({
        "file_id": about.id,
        "file_unique_id": unique(&about.id),
        "file_name": about.name,
        "mime_type": about.mime,
        "file_size": about.bytes,
    })
}

/// The result of `getFile`.
pub(super) fn file(state: &FakeState, id: &str) -> Option<Value> {
    let stored = state.files.get(id.trim_end_matches("-s"))?;
    let id = &stored.about.id;
    Some(json!({
        "file_id": id,
        "file_unique_id": unique(id),
        "file_size": stored.about.bytes,
        "file_path": format!("files/{id}"),
    }))
}

fn unique(id: &str) -> String {
    format!("u{id}")
}
