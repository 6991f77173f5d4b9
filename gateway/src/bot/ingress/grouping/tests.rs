//! Tests of grouping: which messages are one request, what it contains, how long it waits.

use chrono::DateTime;
use domain::BotId;
use serde_json::{Value, json};

use super::*;

const BOT: BotName<'_> = BotName { id: BotId::new(9), username: "bot" };
const NOON: i64 = 1_800_000_000;

fn at(millis: i64) -> Timestamp {
    DateTime::from_timestamp_millis(NOON * 1_000 + millis).unwrap()
}

/// A message of Ann's, sent and received at this time after noon.
fn sent(update: i64, millis: i64, content: &Value) -> Part {
    let mut message = json!({
        "message_id": update,
        "date": NOON + millis.div_euclid(1_000),
        "from": { "id": 7, "is_bot": false, "first_name": "", "language_code": "en" },
        "chat": { "id": 7, "type": "private", "first_name": "" },
    });
    message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
    let update = json!({ "update_id": update, "message": message }).to_string();
    let update: Update = serde_json::from_str(&update).unwrap();
    Part::of(&update, BOT, at(millis)).unwrap()
}

fn text(update: i64, millis: i64, words: &str) -> Part {
    let name = words.split(' ').next().unwrap_or_default().len();
    let command = json!({ "type": "bot_command", "offset": 0, "length": name });
    let entities = if words.starts_with('/') { vec![command] } else { Vec::new() };
    sent(update, millis, &json!({ "text": words, "entities": entities }))
}

fn origin() -> Value {
    json!({ "type": "hidden_user", "sender_user_name": "", "date": 1 })
}

fn forward(update: i64, millis: i64, words: &str) -> Part {
    sent(update, millis, &json!({ "text": words, "forward_origin": origin() }))
}

fn photo(update: i64, millis: i64, more: &Value) -> Part {
    let size = json!({ "file_id": format!("photo-{update}"), "file_unique_id": "u", "width": 9,
        "height": 9, "file_size": 5 });
    let mut content = json!({ "photo": [size] });
    content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    sent(update, millis, &content)
}

/// The updates of the first request once everything has arrived.
fn grouped(parts: &[Part]) -> Vec<i64> {
    match group(parts[0].clone(), parts[1..].to_vec(), at(60_000)) {
        Grouping::Complete(parts) => parts.iter().map(|part| part.update().get()).collect(),
        Grouping::MayGrow(wait) => panic!("still waits {wait:?}"),
    }
}

fn merged(parts: &[Part]) -> (ParsedContent, String) {
    let merged = merge(parts).unwrap();
    assert_eq!(merged.update, parts[0].update());
    (merged.content, merged.comment)
}

fn words(text: &str) -> ParsedContent {
    ParsedContent::Text(text.to_owned())
}

#[test]
fn ordinary_texts_are_requests_of_their_own() {
    assert_eq!(grouped(&[text(1, 0, "Tests"), text(2, 0, "Docker")]), [1]);
    assert_eq!(grouped(&[text(1, 0, "/help"), forward(2, 0, "Docker")]), [1]);
    let press = json!({ "update_id": 1, "callback_query": {} });
    assert!(
        serde_json::from_value::<Update>(press).is_ok_and(|u| Part::of(&u, BOT, at(0)).is_none())
    );
}

#[test]
fn split_paste_is_one_text() {
    let long = format!("{} end.", "word ".repeat(818));
    let parts =
        [text(1, 0, &long), text(2, 400, &long), text(3, 900, "The rest"), text(4, 950, "?")];
    assert_eq!(grouped(&parts), [1, 2, 3]);
    assert_eq!(merged(&parts[..3]).0, words(&format!("{long}\n{long}\nThe rest")));
    // Within a sentence, and within a word.
    let open = "word ".repeat(800) + "open";
    let (content, _) = merged(&[text(1, 0, &open), text(2, 0, "and on")]);
    assert_eq!(content, words(&format!("{open} and on")));
    let full = "ж".repeat(4_096);
    let (content, _) = merged(&[text(1, 0, &full), text(2, 0, "жж")]);
    assert_eq!(content, words(&format!("{full}жж")));
    // A command continues, too; a text two seconds later does not belong to it.
    let long = format!("{} end.", "word ".repeat(700));
    let command = format!("/carousel {long}");
    let parts = [text(1, 0, &command), text(2, 0, "The rest"), text(3, 3_000, "Docker")];
    assert_eq!(grouped(&parts), [1, 2]);
    let rest = format!("{long}\nThe rest");
    let command = ParsedContent::Command { name: "carousel".to_owned(), rest };
    assert_eq!(merged(&parts[..2]).0, command);
    assert_eq!(grouped(&[text(1, 0, &long), text(2, 2_500, "Docker")]), [1]);
}

#[test]
fn length_is_counted_in_utf16_units() {
    // 1,024 characters, 2,048 units.
    let emoji = "👍".repeat(PASTE_UNITS / 2);
    assert_eq!(grouped(&[text(1, 0, &emoji), text(2, 0, "The rest")]), [1, 2]);
    assert_eq!(grouped(&[text(1, 0, &emoji[4..]), text(2, 0, "Docker")]), [1]);
}

#[test]
fn forwarded_post_has_its_comment_before_or_after_it() {
    for parts in [
        [text(1, 0, "5 slides"), forward(2, 100, "Post"), text(3, 200, "Docker")],
        [forward(1, 0, "Post"), text(2, 300, "5 slides"), text(3, 400, "Docker")],
    ] {
        assert_eq!(grouped(&parts), [1, 2]);
        assert_eq!(merged(&parts[..2]), (words("Post"), "5 slides".to_owned()));
    }
    let several = [forward(1, 0, "One"), forward(2, 0, "Two"), forward(3, 1_000, "Three")];
    assert_eq!(grouped(&several), [1, 2, 3]);
    assert_eq!(merged(&several), (words("One\n\nTwo\n\nThree"), String::new()));
    assert_eq!(grouped(&[forward(1, 0, "One"), forward(2, 9_000, "Two")]), [1]);
}

#[test]
fn album_is_one_request_with_its_captions() {
    let album = |n, more: Value| {
        let mut fields = json!({ "media_group_id": "a" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        photo(n, n * 400, &fields)
    };
    let parts = [album(1, json!({ "caption": "Tests" })), album(2, json!({})), album(3, json!({}))];
    let other = photo(4, 0, &json!({ "media_group_id": "b" }));
    assert_eq!(grouped(&[&parts[..], &[other]].concat()), [1, 2, 3]);
    let picture = ParsedContent::Picture { file: "photo-1".to_owned(), bytes: 5 };
    assert_eq!(merged(&parts), (picture, "Tests".to_owned()));
    // Forwarded with a comment.
    let forwarded = |n, caption: &str| {
        let fields = json!({ "caption": caption, "forward_origin": origin() });
        album(n, fields)
    };
    let parts = [text(1, 400, "dark"), forwarded(2, "Post"), forwarded(3, "")];
    assert_eq!(grouped(&parts), [1, 2, 3]);
    assert_eq!(merged(&parts), (words("Post"), "dark".to_owned()));
}

#[test]
fn only_what_may_go_on_waits() {
    let wait =
        |parts: &[Part], millis| match group(parts[0].clone(), parts[1..].to_vec(), at(millis)) {
            Grouping::MayGrow(wait) => u64::try_from(wait.as_millis()).unwrap(),
            Grouping::Complete(_) => 0,
        };
    let long = text(1, 0, &"word ".repeat(800));
    let album = |n, millis| photo(n, millis, &json!({ "media_group_id": "a" }));
    for (parts, waits) in [
        (vec![text(1, 0, "/help")], 0),
        (vec![text(1, 0, "Tests")], 250),
        (vec![text(1, 0, "Tests"), text(2, 0, "Docker")], 0),
        (vec![forward(1, 0, "Post")], 250),
        (vec![photo(1, 0, &json!({ "caption": "Tests" }))], 0),
        (vec![long.clone()], 1_200),
        (vec![long, text(2, 0, "The rest")], 0),
        (vec![album(1, 0)], 1_000),
        (vec![album(1, 0), text(2, 0, "Tests")], 1_000),
    ] {
        assert_eq!(wait(&parts, 0), waits, "{parts:?}");
        assert_eq!(wait(&parts, 1_200), 0, "{parts:?}");
    }
    assert_eq!(wait(&[album(1, 0), album(2, 700)], 900), 800, "counted from the last part");
    // A gateway with a clock that is an hour ahead received it.
    assert_eq!(wait(&[text(1, 3_600_000, "Tests")], 0), 250);
}

#[test]
fn other_people_and_topics_do_not_interrupt() {
    let mut bob = text(2, 0, "Docker");
    bob.incoming.account = AccountId::new(8);
    let mut topic = text(3, 0, "Docker");
    topic.incoming.chat.thread = Some(5);
    let long = text(1, 0, &"word ".repeat(800));
    assert_eq!(grouped(&[long, bob, topic, text(4, 0, "The rest")]), [1, 4]);
}
