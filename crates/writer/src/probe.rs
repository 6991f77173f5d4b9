//! A small request that shows whether a model can write for us: `cargo dev models` sends it.

use llm::{
    language_model::{CallPurpose, ConversationTurn, ModelRequest},
    reply_schema::{FieldSchema, Schema},
};

use crate::reply::{self, TextReply};

/// Asks for one short sentence in our usual form.
pub fn request() -> ModelRequest {
    let user = "Write one short sentence about tests.".to_owned();
    ModelRequest {
        purpose: CallPurpose::Answer,
        prompt: "probe@1".to_owned(),
        system: "You are a writer. Reply with one JSON object and nothing else.".to_owned(),
        turns: vec![ConversationTurn::User(user)],
        schema: Schema::new("probe", [("text", FieldSchema::Text(120, "the sentence"))]),
    }
}

/// Whether the writer could read this reply to [`request`].
pub fn is_readable(reply: &str) -> bool {
    reply::read::<TextReply>(reply).is_ok_and(|read| !read.text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_in_json_is_readable() {
        for (reply, readable) in [
            (r#"{"text":"Tests find faults."}"#, true),
            ("<think>hm {}</think>```json\n{\"text\":\"Tests.\"}\n```", true),
            (r#"{"text":" "}"#, false),
            (r#"{"other":"Tests."}"#, false),
            ("Tests find faults.", false),
        ] {
            assert_eq!(is_readable(reply), readable, "{reply}");
        }
    }
}
