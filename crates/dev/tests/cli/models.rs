//! `cargo dev models` against the fake model server and its faults.

use std::process::Output;

use testkit::{FakeModelServer, ModelProtocol, ModelResponse};

use crate::{Workspace, text};

const OPENAI: ModelProtocol = ModelProtocol::OpenAi;
const ANTHROPIC: ModelProtocol = ModelProtocol::Anthropic;

fn json(status: u16, body: &str) -> ModelResponse {
    ModelResponse::Answer(status, Vec::new(), body.to_owned())
}

fn list() -> ModelResponse {
    json(200, r#"{"data":[{"id":"test-model"},{"id":"old","shutdown_date":"2027-01-14"}]}"#)
}

fn works() -> ModelResponse {
    ModelResponse::Text(r#"{"text":"Tests find faults."}"#.to_owned())
}

fn error(status: u16, code: &str, message: &str) -> ModelResponse {
    json(status, &format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#))
}

fn refuses(what: &str) -> ModelResponse {
    error(400, "", &format!("{what} is not supported"))
}

async fn check(desk: &Workspace, servers: &[&FakeModelServer], more: &[(&str, &str)]) -> Output {
    let mut command = desk.command(&["models"]);
    for (name, value) in servers.iter().flat_map(|server| server.env()) {
        command.env(name, value);
    }
    command.env("AI_CALL_SECONDS", "2").envs(more.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn offers_and_working_models_are_told() {
    let desk = Workspace::new().await;
    let (first, second) =
        (FakeModelServer::start(OPENAI).await, FakeModelServer::start(ANTHROPIC).await);
    first.script([list(), works(), works()]);
    second.script([list(), works()]);
    let prices = [("AI_PRICES", "test-model=0.4/1.625")];
    let checked = check(&desk, &[&first, &second], &prices).await;

    let said = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(0), "{said}");
    for line in [
        "openai\n  offers 2 models:\n",
        "    test-model  $0.40/1.625 per million tokens, = OPENAI_MODEL\n",
        "    old         ends on 2027-01-14\n",
        "  OPENAI_MODEL=test-model: works with JSON Schema, ",
        " ms, $0.40/1.625 per million tokens\n",
        "  OPENAI_TRANSCRIBE_MODEL=gpt-transcribe: works, ",
        " ms, counted as free: AI_PRICES can set a price\n",
        "anthropic\n  offers 2 models:\n",
        "  ANTHROPIC_MODEL=test-model: works with JSON Schema, ",
    ] {
        assert!(said.contains(line), "no {line:?} in:\n{said}");
    }
    let paths: Vec<String> = second.requests().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/v1/models?limit=1000", "/v1/messages"]);
    let header = |name: &str| {
        let seen = second.requests();
        seen[0].headers.iter().find(|(header, _)| header == name).unwrap().1.clone()
    };
    assert_eq!(
        (header("x-api-key").as_str(), header("anthropic-version").as_str()),
        ("key", "2023-06-01")
    );
    assert!(!said.contains("Bearer"), "{said}");
}

#[tokio::test]
async fn weaker_reply_forms_are_found() {
    let desk = Workspace::new().await;
    for (protocol, script, form) in [
        (OPENAI, vec![refuses("json_schema")], "JSON mode"),
        (OPENAI, vec![refuses("json_schema"), refuses("response_format")], "plain text"),
        (ANTHROPIC, vec![refuses("json_schema")], "plain text"),
    ] {
        let server = FakeModelServer::start(protocol).await;
        server.script([list()].into_iter().chain(script));
        server.set_default_response(works());
        let checked = check(&desk, &[&server], &[]).await;
        let said = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(0), "{said}");
        assert!(said.contains(&format!("works with {form}, ")), "{form}: {said}");
    }
}

#[tokio::test]
async fn faults_are_explained_and_fail() {
    let desk = Workspace::new().await;
    let unusable = || ModelResponse::Text("I would rather not.".to_owned());
    for (fault, words) in [
        (
            error(401, "invalid_api_key", "m"),
            "it rejects our API key: an operator has to check it [invalid_api_key] (OPENAI_API_KEY)",
        ),
        (
            error(404, "model_not_found", "m"),
            "it has no such model or address: an operator has to check it [model_not_found] (OPENAI_MODEL, OPENAI_BASE_URL)",
        ),
        (error(429, "rate_limit_exceeded", "m"), "it is busy: too many requests"),
        (error(500, "", "m"), "the service failed (500)"),
        (ModelResponse::Hang, "no answer within 2 s (AI_CALL_SECONDS)"),
        (ModelResponse::Drop, "the connection broke in the middle of the answer"),
        (
            json(200, "<html>"),
            "the answer is not from a model service: is the address right? (OPENAI_BASE_URL)",
        ),
        (unusable(), "not in the requested JSON form"),
    ] {
        let server = FakeModelServer::start(OPENAI).await;
        server.script([list(), fault]);
        server.set_default_response(works());
        let checked = check(&desk, &[&server], &[]).await;
        let said = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(1), "{said}");
        assert!(
            said.contains("OPENAI_MODEL=test-model: ") && said.contains(words),
            "{words}: {said}"
        );
    }
}

#[tokio::test]
async fn missing_list_and_transcription_do_not_fail() {
    let desk = Workspace::new().await;
    let server = FakeModelServer::start(OPENAI).await;
    server.script([json(404, ""), works(), json(404, "")]);
    let checked = check(&desk, &[&server], &[]).await;
    let said = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(0), "{said}");
    assert!(said.contains("the list of models: it has no such model or address"), "{said}");
    assert!(said.contains("Recordings are refused; texts are not affected"), "{said}");

    // A transcription model that the settings name must work.
    server.script([list(), works(), json(404, "")]);
    let named = [("OPENAI_TRANSCRIBE_MODEL", "ears")];
    let checked = check(&desk, &[&server], &named).await;
    assert_eq!(checked.status.code(), Some(1), "{}", text(&checked.stdout));
}

#[tokio::test]
async fn one_failing_provider_hides_no_other() {
    let desk = Workspace::new().await;
    let (first, second) =
        (FakeModelServer::start(OPENAI).await, FakeModelServer::start(ANTHROPIC).await);
    first.set_default_response(error(401, "invalid_api_key", "m"));
    second.script([list(), works()]);
    let checked = check(&desk, &[&first, &second], &[]).await;
    let said = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("ANTHROPIC_MODEL=test-model: works"), "{said}");
}

#[tokio::test]
async fn without_models_it_says_what_to_set() {
    let desk = Workspace::new().await;
    let checked = check(&desk, &[], &[]).await;
    assert_eq!(checked.status.code(), Some(0));
    assert!(text(&checked.stdout).contains("Set OPENAI_API_KEY"), "{}", text(&checked.stdout));
}
