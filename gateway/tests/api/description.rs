//! The description of the API: committed, served, and held against the running server.

use std::path::Path;

use axum::http::Method;
use serde_json::Value;
use testkit::{TestApp, http::HttpRequest};

use crate::{ApiTest, json_of, send};

const COMMITTED: &str = "../docs/api/openapi.json";

#[tokio::test]
async fn openapi_description_is_committed_and_served() {
    let document = serde_json::to_string_pretty(&gateway::api::document()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let advice = "UPDATE_DOCS=1 cargo test -p gateway openapi writes docs/api/openapi.json";
    assert!(committed == document, "it differs from the code: {advice}");
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let url = format!("http://{}/v1/openapi.json", api.address).parse().unwrap();
    let served = send(HttpRequest::new(Method::GET, url)).await;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(json_of(&served), document);
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn openapi_examples_are_accepted() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let document = serde_json::to_value(gateway::api::document()).unwrap();
    let mut examples = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = operation["requestBody"]["content"].as_object();
            for (kind, form) in content.into_iter().flatten() {
                let Some(example) = form.get("example") else { continue };
                examples += 1;
                let place = path.replace("{id}", id.as_str()).replace("{number}", "1");
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let url = shop.url(&place);
                // It needs a chat, or a draft in review.
                if path.ends_with("/send") || path.ends_with("/draw") {
                    continue;
                }
                let request = HttpRequest::new(method, url).body(kind, example.to_string());
                let answer = shop.send_json(request, None).await;
                assert!((200..300).contains(&answer.status), "{place} {kind}: {}", answer.text());
            }
        }
    }
    assert!(examples >= 6, "{examples}");
}

/// A bounded number of calls, always the same ones.
const SCHEMATHESIS: &str = r#"
seed = 1
workers = 2
continue-on-failure = true
generation.max-examples = 15
request-timeout = 30
phases.stateful.enabled = false

# A topic of white space, an unknown theme: a schema can't say what is one.
[checks.positive_data_acceptance]
expected-statuses = [200, 201, 202, 204, 206, 304, 404, 409, 413, 416, 422, 429]

# They need a link, or its session.
[[operations]]
include-path-regex = "^/v1/sessions?$"
checks.positive_data_acceptance.expected-statuses = [200, 401, 403, 422, 429]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_failure() {
    let app = TestApp::builder().env("API_CALLS_PER_SECOND", "10000").start().await;
    let api = ApiTest::of(app).await;
    let scopes = "carousels:read,carousels:write,events:write";
    let token = api.token("shop", &["--scopes", scopes, "--per-day", "100000"]).await;
    token.delivered("1").await;
    let description = format!("http://{}/v1/openapi.json", api.address);
    let folder = tempfile::tempdir().unwrap();
    let run = move || testkit::schemathesis(&description, &token.text, SCHEMATHESIS, folder.path());
    let Some(output) = tokio::task::spawn_blocking(run).await.unwrap() else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
