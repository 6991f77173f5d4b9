//! Removes people's names from an update before it is stored: the bot does not need them.

use serde_json::Value;

/// Fields that the Bot API's types require: they stay, with an empty value.
const EMPTIED: [&str; 3] = ["first_name", "phone_number", "sender_user_name"];
/// Optional fields.
const REMOVED: [&str; 4] = ["last_name", "username", "forward_sender_name", "author_signature"];

/// The update without names, at any depth.
pub(super) fn without_names(mut update: Value) -> Value {
    clear(&mut update);
    update
}

fn clear(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !REMOVED.contains(&name.as_str()));
            for (name, field) in fields {
                if EMPTIED.contains(&name.as_str()) {
                    *field = Value::String(String::new());
                } else {
                    clear(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clear),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use telegram::types::Update;

    use super::*;

    #[test]
    fn stored_update_has_no_names_and_can_be_read() {
        let ann = json!({"id": 7, "is_bot": false, "first_name": "Canary", "last_name": "Canary",
            "username": "canary", "language_code": "ru"});
        let chat =
            json!({"id": 7, "type": "private", "first_name": "Canary", "username": "canary"});
        let forwarded = json!({"type": "hidden_user", "sender_user_name": "Canary", "date": 1});
        let update = json!({"update_id": 1, "message": {"message_id": 2, "date": 1, "from": ann,
            "chat": chat, "text": "first_name", "forward_origin": forwarded}});

        let stored = without_names(update).to_string();

        assert!(!stored.to_lowercase().contains("canary"), "{stored}");
        let read: Update = serde_json::from_str(&stored).unwrap();
        assert_eq!(read.from().unwrap().id.0, 7);
        assert!(stored.contains(r#""text":"first_name""#), "{stored}");
    }
}
