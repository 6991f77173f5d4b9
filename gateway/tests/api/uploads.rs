//! Uploaded files.

use serde_json::json;
use testkit::{TestApp, http::HttpRequest};

use crate::{ApiTest, Token, assert_problem, json_of};

const TEXT: &str = "# Small steps\n\nA small change is easy to read. It is easy to test.\n\n\
    ## Why\n\nA small change is easy to undo. You wait for no one.\n";

async fn upload(
    token: &Token,
    key: &str,
    name: &str,
    text: &str,
    options: Option<&str>,
) -> testkit::http::HttpResponse {
    let mut form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: application/octet-stream\r\n\r\n{text}\r\n"
    );
    if let Some(options) = options {
        form += &format!(
            "--b\r\ncontent-disposition: form-data; name=\"options\"\r\n\r\n{options}\r\n"
        );
    }
    form += "--b--\r\n";
    let kind = "multipart/form-data; boundary=b";
    let request = HttpRequest::post(token.url("/v1/carousels"), kind, form);
    token.send_json(request, Some(key)).await
}

#[tokio::test]
async fn uploaded_file_becomes_a_carousel() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let options = json!({ "slides": 3, "topic": "My title" }).to_string();
    let made = upload(&shop, "1", "notes.md", TEXT, Some(&options)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let again = upload(&shop, "1", "notes.md", TEXT, Some(&options)).await;
    assert_eq!((again.status, &json_of(&again)["id"]), (200, &json_of(&made)["id"]));
    let other = upload(&shop, "1", "notes.md", &format!("{TEXT}More."), Some(&options)).await;
    assert_problem(&other, 422, "key-reused");
    let ended = shop.ended(&json_of(&made)["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(
        (&ended["status"], &ended["request"]["topic"]),
        (&json!("delivered"), &json!("My title"))
    );
}

#[tokio::test]
async fn unusable_files_are_refused_with_a_reason() {
    let builder = TestApp::builder().env("UPLOAD_MB_PER_DAY", "1");
    let api = ApiTest::of(builder.without_workers().await).await;
    let shop = api.client("shop").await;
    let damaged = upload(&shop, "1", "a.pdf", "%PDF-1.7 and nothing else", None).await;
    assert_problem(&damaged, 422, "invalid");
    assert!(damaged.text().contains("the file can't be used"), "{}", damaged.text());
    let with_text = upload(&shop, "2", "a.txt", TEXT, Some(r#"{"text":"a"}"#)).await;
    assert_problem(&with_text, 422, "invalid");
    let large = upload(&shop, "3", "a.txt", &"word ".repeat(250_000), None).await;
    assert_problem(&large, 429, "over-quota");
}
