//! What OpenAI's protocol is asked for: reasoning models, and servers without JSON Schema.

use llm::{
    language_model::{CallPurpose, ConversationTurn, LanguageModel as _, ModelRequest},
    model_error::ModelError,
    openai::OpenAiModel,
    reply_schema::{FieldSchema, Schema},
};
use runtime::{env::Env, settings::Settings};
use testkit::{FakeModelServer, ModelProtocol, ModelResponse};

fn model(server: &FakeModelServer, name: &str) -> OpenAiModel {
    let own = [("OPENAI_MODEL", name.to_owned())];
    let env = server.env().into_iter().chain(own).collect::<Vec<_>>();
    let env = Env::of(env.iter().map(|(name, value)| (*name, value.as_str())));
    OpenAiModel::new(&Settings::read(&env).unwrap().ai.openai, Some(0.7)).unwrap()
}

fn request() -> ModelRequest {
    ModelRequest {
        purpose: CallPurpose::Answer,
        prompt: "answer@1".to_owned(),
        system: "Reply with JSON.".to_owned(),
        turns: vec![ConversationTurn::User("Why?".to_owned())],
        schema: Schema::new("answer", [("text", FieldSchema::Text(40, "the answer"))]),
    }
}

fn refusal(message: &str) -> ModelResponse {
    let body = format!(r#"{{"error":{{"message":"{message}","type":"invalid_request_error"}}}}"#);
    ModelResponse::Answer(400, Vec::new(), body)
}

fn answer() -> ModelResponse {
    ModelResponse::Text(r#"{"text":"Because."}"#.to_owned())
}

#[tokio::test]
async fn reasoning_model_gets_effort_and_no_temperature() {
    let server = FakeModelServer::start(ModelProtocol::OpenAi).await;
    server.set_default_response(answer());
    for name in ["gpt-5-mini", "gpt-4.1-mini"] {
        model(&server, name).ask(&request()).await.unwrap();
    }
    let [thinks, plain] = [0, 1].map(|at| server.requests()[at].body.clone());
    assert_eq!(thinks["reasoning_effort"], "low");
    assert!(thinks["temperature"].is_null() && thinks["max_tokens"].is_null());
    assert!(thinks["max_completion_tokens"].as_u64().unwrap() > 4_000);
    assert!(plain["reasoning_effort"].is_null() && plain["temperature"].is_number());
}

#[tokio::test]
async fn server_without_json_schema_gets_it_in_the_prompt() {
    let server = FakeModelServer::start(ModelProtocol::OpenAi).await;
    server.set_default_response(answer());
    server.script([
        refusal("response_format type json_schema is not supported"),
        refusal("Unknown field: response_format"),
    ]);
    let model = model(&server, "some-model");
    for _ in 0..2 {
        let reply = model.ask(&request()).await.unwrap();
        assert_eq!(reply.text, r#"{"text":"Because."}"#);
    }
    let asked = server.requests();
    let form = |at: usize| asked[at].body["response_format"]["type"].clone();
    assert_eq!((form(0), form(1)), ("json_schema".into(), "json_object".into()));
    // The third form is kept.
    assert_eq!(asked.len(), 4);
    assert!(form(2).is_null() && form(3).is_null());
    assert!(asked[3].prompt_text().contains("JSON Schema of your reply"));
}

#[tokio::test]
async fn other_refusals_change_no_form() {
    let server = FakeModelServer::start(ModelProtocol::OpenAi).await;
    server.script([refusal("temperature is too high")]);
    let refused = model(&server, "some-model").ask(&request()).await.unwrap_err();
    assert!(matches!(refused, ModelError::Refused(refusal) if !refusal.reply_form));
    assert_eq!(server.calls(), 1);
}
