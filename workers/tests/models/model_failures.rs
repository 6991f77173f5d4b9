//! Every failure of a model server, and how a carousel ends. This test keeps the table in
//! docs/model-faults.md up to date.

use domain::{Language, Offer, Outcome};
use serde_json::json;
use testkit::{
    FakeModelServer, MODEL_FAULTS, ModelProtocol, ModelResponse, PortReservation, schema_filler,
};

use crate::{TOPIC, app_with_models, make, topic};

/// Not in the table above, because no server counts the calls.
const NO_SERVER: (&str, &str, usize, &str) =
    ("no server at the address", "retryable", 3, "the service can't be reached");

async fn assert_failures_end_as_documented(wire: ModelProtocol, name: &str) {
    for fault in &MODEL_FAULTS {
        let peer = FakeModelServer::start(wire).await;
        let app = app_with_models(&[&peer]).env("AI_CALL_SECONDS", "1").start().await;

        // Every call fails.
        peer.set_default_response((fault.act)(wire));
        let result = make(&app, "for-ever", topic(TOPIC), Language::En).await;
        let case = format!("{name}, {}: {}", fault.name, result.reason);
        assert_eq!(result.outcome, Some(Outcome::Failed), "{case}");
        let told = format!("analysing failed: {name}: {}", fault.told);
        assert!(result.reason.starts_with(&told), "{case}");
        assert!(!result.reason.contains("sk-secret"), "{case}");
        assert_eq!(peer.calls(), fault.attempts * fault.calls, "{case}");
        assert_eq!(result.offer, Offer::Offline, "{case}");

        // One call fails. Failures that a retry or a repair can fix cost one extra call.
        peer.reset();
        peer.set_default_response(ModelResponse::Write(Language::En));
        peer.script([(fault.act)(wire)]);
        let result = make(&app, "once", topic(TOPIC), Language::En).await;
        let case = format!("{name}, {} once: {}", fault.name, result.reason);
        if fault.attempts * fault.calls > 1 {
            assert_eq!(result.outcome, Some(Outcome::Delivered), "{case}");
            assert_eq!(peer.calls(), 3, "{case}");
        } else {
            assert_eq!((result.outcome, peer.calls()), (Some(Outcome::Failed), 1), "{case}");
        }
    }
}

#[tokio::test]
async fn openai_failures_end_as_documented() {
    assert_failures_end_as_documented(ModelProtocol::OpenAi, "openai").await;
}

#[tokio::test]
async fn anthropic_failures_end_as_documented() {
    assert_failures_end_as_documented(ModelProtocol::Anthropic, "anthropic").await;
}

#[tokio::test]
async fn model_writes_both_languages_with_two_calls() {
    for (wire, name) in [(ModelProtocol::OpenAi, "openai"), (ModelProtocol::Anthropic, "anthropic")]
    {
        let peer = FakeModelServer::start(wire).await;
        let app = app_with_models(&[&peer]).start().await;
        for (language, words) in [(Language::En, TOPIC), (Language::Ru, "Почему тесты важны")]
        {
            peer.reset();
            peer.set_default_response(ModelResponse::Write(language));
            let result = make(&app, language.name(), topic(words), language).await;
            assert_eq!(result.outcome, Some(Outcome::Delivered), "{name}: {}", result.reason);
            assert_eq!((result.provider.as_str(), peer.calls()), (name, 2));
        }
    }
}

/// A server that restarts is retried: `model_error` sets the pauses of 5 and 25 s.
#[tokio::test]
async fn unreachable_server_is_retried_then_reported() {
    let reserved = PortReservation::of(1);
    let address = format!("http://127.0.0.1:{}/v1", reserved.port(0));
    let app = testkit::TestApp::builder().env("OPENAI_BASE_URL", address.clone()).start().await;
    let ending = make(&app, "absent", topic(TOPIC), Language::En);
    let result = ending.await;
    let told = format!("analysing failed: openai: {}", NO_SERVER.3);
    assert_eq!((result.outcome, result.reason), (Some(Outcome::Failed), told));
}

#[test]
fn documented_table_matches() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/model-faults.md");
    let page = std::fs::read_to_string(page).unwrap();
    let row = |name: &str, class: &str, attempts: usize, calls: usize, told: &str| {
        let calls = if calls == 1 { String::new() } else { format!(", {calls} calls each") };
        format!("| {name} | {class} | {attempts}{calls} | {told} |")
    };
    let rows = MODEL_FAULTS.iter().map(|f| row(f.name, f.class, f.attempts, f.calls, f.told));
    let all = rows.chain([row(NO_SERVER.0, NO_SERVER.1, NO_SERVER.2, 1, NO_SERVER.3)]);
    let missing: Vec<String> = all.filter(|row| !page.contains(row)).collect();
    assert!(missing.is_empty(), "docs/model-faults.md lacks\n{}", missing.join("\n"));
}

#[test]
fn fake_model_follows_the_schema() {
    let schema =
        json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 60}}});
    let written = schema_filler::write(&schema, Language::Ru);
    assert!(!written["a"].as_str().unwrap().is_empty());
}
