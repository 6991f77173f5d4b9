//! Judges recorded requests by a description of the Bot API that is not ours: the types of PyPI's
//! `aiogram`.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::json;

use super::fake_model::RecordedCall;
use crate::pypi_server;

const PROGRAM: &str = include_str!("judge.py");

/// The requests that aiogram's types refuse, one a line; `None`, with a line on stderr, if aiogram
/// can't be installed.
///
/// # Panics
/// If the judge itself fails.
pub fn violations(calls: &[RecordedCall]) -> Option<Vec<String>> {
    let programs = pypi_server::installed_or_skipped("aiogram==3.31.0")?;
    let requests: Vec<_> = calls
        .iter()
        .map(|call| json!({ "number": call.number, "method": call.method, "params": call.params }))
        .collect();
    let mut judge = Command::new(programs.join("python"))
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("what is installed can be run");
    let mut input = judge.stdin.take().expect("it is piped");
    let requests = json!(requests).to_string();
    let writing = std::thread::spawn(move || input.write_all(requests.as_bytes()));
    let output = judge.wait_with_output().expect("it runs");
    writing.join().expect("no panic").expect("it reads all requests");
    assert!(output.status.success(), "the judge failed");
    let said = String::from_utf8(output.stdout).expect("it writes text");
    Some(said.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::bot_api::CallOutcome;

    fn call(method: &str, params: Value) -> RecordedCall {
        RecordedCall {
            number: 1,
            method: method.to_owned(),
            chat: None,
            params,
            at: 0,
            answered_at: None,
            answer: CallOutcome::Ok,
            messages: Vec::new(),
            faulty: false,
        }
    }

    #[test]
    fn judge_finds_each_kind_of_violation() {
        let media = r#"[{"type":"photo","media":"attach://one"},{"type":"photo","media":"id"}]"#;
        let button = |field: &str| json!({ "inline_keyboard": [[{ "text": "a", field: "b" }]] });
        let good = [
            call("SendMessage", json!({ "chat_id": 5, "text": "5", "parse_mode": "HTML" })),
            call("getMe", json!({})),
            call(
                "SendMediaGroup",
                json!({ "chat_id": "5", "media": media, "one": { "upload": "a.jpg", "bytes": 5 } }),
            ),
            call(
                "sendPhoto",
                json!({
                    "chat_id": "5",
                    "photo": { "upload": "a.jpg", "bytes": 5 },
                    "caption": "12",
                    "reply_markup": button("callback_data").to_string(),
                }),
            ),
        ];
        let Some(found) = violations(&good) else {
            return;
        };
        assert!(found.is_empty(), "{found:?}");
        for (bad, reason) in [
            (call("sendNothing", json!({})), "no such method"),
            (call("sendMessage", json!({ "chat_id": 5 })), "text: Field required"),
            (call("sendMessage", json!({ "chat_id": 5, "text": "x", "txt": 1 })), "txt does not"),
            (
                call(
                    "sendMessage",
                    json!({ "chat_id": 5, "text": "x", "reply_markup": button("data") }),
                ),
                "data does not exist",
            ),
            (call("answerCallbackQuery", json!({ "callback_query_id": 5 })), "valid string"),
            (call("setMyCommands", json!({ "commands": [{ "command": "a" }] })), "commands"),
        ] {
            let found = violations(std::slice::from_ref(&bad)).unwrap();
            assert_eq!(found.len(), 1, "{bad:?}: {found:?}");
            assert!(found[0].contains(reason), "{found:?}");
        }
    }
}
