//! A minimal bot: it calls methods and checks the responses.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{
    bot_api::FakeBotApi,
    http::{HttpClientError, HttpRequest},
};

/// The fake's response: a result, or Telegram's error code and description.
pub(crate) type MethodReply = Result<Value, (u64, String)>;

pub(crate) async fn call(telegram: &FakeBotApi, method: &str, params: Value) -> MethodReply {
    let answer = telegram.call(method, &params).await.unwrap();
    parse_response(&answer.json().unwrap())
}

/// Sends an album of these pictures as uploads.
pub(crate) async fn album(telegram: &FakeBotApi, chat: i64, pictures: &[Vec<u8>]) -> MethodReply {
    let answer = try_album(telegram, chat, pictures, Duration::from_secs(10)).await;
    parse_response(&answer.unwrap())
}

/// Like [`album`], for calls that may fail at the network level.
pub(crate) async fn try_album(
    telegram: &FakeBotApi,
    chat: i64,
    pictures: &[Vec<u8>],
    patience: Duration,
) -> Result<Value, HttpClientError> {
    let media: Vec<Value> = (0..pictures.len())
        .map(|n| json!({ "type": "photo", "media": format!("attach://p{n}") }))
        .collect();
    let mut form = Form::default();
    form.field("chat_id", &chat.to_string());
    form.field("media", &json!(media).to_string());
    for (n, picture) in pictures.iter().enumerate() {
        form.file(&format!("p{n}"), &format!("slide-{n}.png"), picture);
    }
    let answer = form.post(telegram, "sendMediaGroup", patience).await?;
    Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

/// Uploads a photo or a document.
pub(crate) async fn upload(
    telegram: &FakeBotApi,
    chat: i64,
    kind: &str,
    bytes: &[u8],
) -> MethodReply {
    let method = format!("send{kind}");
    let mut form = Form::default();
    form.field("chat_id", &chat.to_string());
    form.file(kind, "file.png", bytes);
    let answer = form.post(telegram, &method, Duration::from_secs(10)).await;
    parse_response(&serde_json::from_slice(&answer.unwrap()).unwrap())
}

fn parse_response(answer: &Value) -> MethodReply {
    if answer["ok"] == true {
        return Ok(answer["result"].clone());
    }
    let words = answer["description"].as_str().unwrap_or_default();
    Err((answer["error_code"].as_u64().unwrap_or_default(), words.to_owned()))
}

/// The header of a PNG of this size, which is all that the fake reads. `salt` makes the bytes
/// unique.
pub(crate) fn png(width: u32, height: u32, salt: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, salt]);
    bytes
}

/// Pictures with different contents.
pub(crate) fn slides(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|salt| png(1080, 1350, salt)).collect()
}

#[derive(Default)]
struct Form(Vec<u8>);

impl Form {
    fn field(&mut self, name: &str, value: &str) {
        let head = format!("--XX\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        self.0.extend(head.as_bytes());
        self.0.extend(value.as_bytes());
        self.0.extend(b"\r\n");
    }

    fn file(&mut self, name: &str, file: &str, bytes: &[u8]) {
        let head = format!(
            "--XX\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
             content-type: image/png\r\n\r\n"
        );
        self.0.extend(head.as_bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
    }

    async fn post(
        mut self,
        telegram: &FakeBotApi,
        method: &str,
        patience: Duration,
    ) -> Result<Vec<u8>, HttpClientError> {
        self.0.extend(b"--XX--\r\n");
        let path = format!("/bot{}/{method}", telegram.token());
        let url = telegram.url().join(&path).unwrap();
        let answer = HttpRequest::post(url, "multipart/form-data; boundary=XX", self.0);
        Ok(answer.send(patience).await?.body.to_vec())
    }
}
