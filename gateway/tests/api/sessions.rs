//! Signing in to the studio, and its pages.

use axum::http::Method;
use clap::Parser as _;
use gateway::cli::GatewayCli;
use serde_json::{Value, json};
use testkit::http::{HttpRequest, HttpResponse};

use crate::{ApiTest, Token, assert_problem, json_of, parser, send};

/// The code of the link that `gateway studio` prints.
pub(crate) async fn code(api: &ApiTest) -> String {
    let command = GatewayCli::parse_from(["gateway", "studio"]);
    let printed = command.command.run(api.app.settings(), parser()).await.unwrap();
    printed.trim().split_once("/studio#code=").unwrap().1.to_owned()
}

async fn sign_in(api: &ApiTest, body: &Value) -> HttpResponse {
    let url = format!("http://{}/v1/sessions", api.address).parse().unwrap();
    send(HttpRequest::post_json(url, body)).await
}

fn holder(api: &ApiTest, text: &str) -> Token {
    Token { address: api.address, text: text.to_owned() }
}

#[tokio::test]
async fn link_works_once_and_its_session_ends() {
    let api = ApiTest::start().await;
    let code = code(&api).await;
    let body = json!({ "code": code });
    // The code itself sees nothing.
    let link = holder(&api, &code);
    assert_problem(&link.get("/v1/carousels").await, 403, "missing-scope");
    let (one, other) = tokio::join!(sign_in(&api, &body), sign_in(&api, &body));
    let (begun, refused) = if one.status == 201 { (one, other) } else { (other, one) };
    assert_eq!(begun.status, 201, "{}", begun.text());
    assert_problem(&refused, 401, "bad-code");
    let session = holder(&api, json_of(&begun)["token"].as_str().unwrap());
    let shown = json_of(&session.get("/v1/session").await);
    assert_eq!((&shown["owner"], &shown["has_chat"]), (&json!("local"), &json!(false)));
    session.delivered("1").await;
    assert_eq!(send(session.call(Method::DELETE, "/v1/session")).await.status, 204);
    assert_problem(&session.get("/v1/session").await, 401, "unauthorized");
}

#[tokio::test]
async fn only_links_begin_sessions() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    for code in [&*shop.text, "", "bvc_0123456789ab_secret", "x"] {
        assert_problem(&sign_in(&api, &json!({ "code": code })).await, 401, "bad-code");
    }
    // A program's token is no session.
    assert_problem(&send(shop.call(Method::DELETE, "/v1/session")).await, 403, "missing-scope");
    let scopes = ["gateway", "tokens", "create", "x", "--scopes", "sessions:create"];
    let command = GatewayCli::parse_from(scopes).command;
    let refused = command.run(api.app.settings(), parser()).await.unwrap_err();
    assert!(refused.to_string().contains("not for programs"), "{refused}");
}

#[tokio::test]
async fn pages_are_small_and_permit_nothing_from_elsewhere() {
    let api = ApiTest::start().await;
    let get = async |path: &str| {
        send(HttpRequest::get(format!("http://{}{path}", api.address).parse().unwrap())).await
    };
    let page = get("/studio").await;
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    assert_eq!(get("/studio/carousels/x").await.text(), page.text());
    let style = get("/studio/assets/studio.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    let known = style.headers["etag"].to_str().unwrap();
    let url = format!("http://{}/studio/assets/studio.css", api.address).parse().unwrap();
    assert_eq!(send(HttpRequest::get(url).header("if-none-match", known)).await.status, 304);
    assert_eq!(get("/studio/assets/none.js").await.status, 404);
}
