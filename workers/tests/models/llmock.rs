//! Tests against `llmock`, a third-party fake model server. Its default texts ("mock-…") fail our
//! checks, so its replies are scripted; its failures are its own.

use domain::{Language, Outcome};
use serde_json::{Value, json};
use testkit::{
    FailpointScript, FakeModelServer, Llmock, ModelProtocol, ScriptedFailpoints, TestApp,
    TestAppBuilder, schema_filler,
};
use workflows::CarouselWorkflow;

use crate::{TOPIC, app_with_models, id, make, topic};

/// The replies of our fake model on this topic, call by call.
async fn answers(words: &str, language: Language) -> Vec<String> {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    peer.set_default_response(testkit::ModelResponse::Write(language));
    let app = app_with_models(&[&peer]).start().await;
    let made = make(&app, "rehearsal", topic(words), language).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    let asked = peer.requests();
    let answer =
        |seen: &testkit::RecordedRequest| schema_filler::write(seen.schema(), language).to_string();
    asked.iter().map(answer).collect()
}

fn scripted_replies(texts: &[String]) -> Vec<Value> {
    let reply = |text| json!({"type": "reply", "text": text});
    texts.iter().map(reply).collect()
}

async fn app(llmock: &Llmock) -> TestApp {
    building(llmock).start().await
}

fn building(llmock: &Llmock) -> TestAppBuilder {
    let env = llmock.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    app.env("AI_CALL_SECONDS", "2")
}

#[tokio::test]
async fn llmock_writes_both_languages() {
    let Some(llmock) = Llmock::start() else {
        return;
    };
    let app = app(&llmock).await;
    let mut calls = 0;
    for (words, language) in [(TOPIC, Language::En), ("Почему тесты важны", Language::Ru)]
    {
        llmock.script(&scripted_replies(&answers(words, language).await)).await;
        let made = make(&app, language.name(), topic(words), language).await;
        assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
        calls += 2;
        assert_eq!(llmock.calls().await, calls);
    }
}

#[tokio::test]
async fn transient_failures_cost_only_extra_calls() {
    let Some(llmock) = Llmock::start() else {
        return;
    };
    let app = app(&llmock).await;
    let good = answers(TOPIC, Language::En).await;
    let half: String = good[0].chars().take(good[0].chars().count() / 2).collect();
    let mut before = 0;
    for (fault, more) in [
        (json!({"type": "fail", "status": 429, "retry_after": 1, "times": 2}), 2),
        (json!({"type": "fail", "status": 500}), 1),
        (json!({"type": "delay", "seconds": 4}), 1),
        (json!({"type": "reply", "text": "I would rather not."}), 1),
        (json!({"type": "reply", "text": half, "finish_reason": "length"}), 1),
    ] {
        let mut script = vec![fault.clone()];
        // A slow answer is used too, so the answer after the delay has to be scripted.
        if fault["type"] == "delay" {
            script.extend(scripted_replies(&good[..1]));
        }
        script.extend(scripted_replies(&good));
        llmock.script(&script).await;
        let made = make(&app, &format!("passing-{before}"), topic(TOPIC), Language::En).await;
        assert_eq!(made.outcome, Some(Outcome::Delivered), "{fault}: {}", made.reason);
        let calls = llmock.calls().await;
        assert_eq!(calls - before, 2 + more, "{fault}");
        before = calls;
    }
}

#[tokio::test]
async fn permanent_failures_are_reported_after_allowed_calls() {
    for (status, calls, told) in [
        (401, 1, "it rejects our API key"),
        (503, 3, "the service failed (503)"),
        (429, 3, "it is busy: too many requests"),
    ] {
        let Some(llmock) = Llmock::start() else {
            return;
        };
        let app = app(&llmock).await;
        llmock.script(&[json!({"type": "fail", "status": status, "times": null})]).await;
        let ended = make(&app, "lasting", topic(TOPIC), Language::En).await;
        assert_eq!(ended.outcome, Some(Outcome::Failed), "{status}");
        assert!(ended.reason.contains(told), "{status}: {}", ended.reason);
        assert_eq!(llmock.calls().await, calls, "{status}");
    }
}

/// llmock sends its failures before its replies, so the third failure is set after the first
/// activity.
#[tokio::test]
async fn history_shows_each_failed_attempt_and_reason() {
    let Some(llmock) = Llmock::start() else {
        return;
    };
    let good = answers(TOPIC, Language::En).await;
    let held = ScriptedFailpoints::new([("write_slides.before", FailpointScript::Hold)]);
    let app = building(&llmock).faults(held.hooks()).start().await;
    let busy = json!({"type": "fail", "status": 429, "retry_after": 1, "times": 2});
    llmock.script(&[&[busy], &*scripted_replies(&good)].concat()).await;
    let (made, ()) = tokio::join!(make(&app, "tried", topic(TOPIC), Language::En), async {
        held.reached("write_slides.before").await;
        llmock.script(&[json!({"type": "fail", "status": 500})]).await;
        held.release();
    });

    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(llmock.calls().await, 5);
    assert_eq!(
        failed_attempts(&app, "tried").await,
        [
            (3, "openai: it is busy: too many requests [rate_limit_exceeded]".to_owned()),
            (2, "openai: the service failed (500) [internal_error]".to_owned()),
        ]
    );
}

/// The retried attempts in a history: attempt number and the previous failure's message.
async fn failed_attempts(app: &TestApp, key: &str) -> Vec<(u64, String)> {
    let key = id(key);
    let handle = app.client.get_workflow_handle::<CarouselWorkflow>(key.as_str());
    let history = handle.fetch_history(Default::default()).to_json().await;
    let history: Value = serde_json::from_slice(&history.unwrap()).unwrap();
    let events = history["events"].as_array().unwrap().iter();
    let started = events.map(|event| &event["attributes"]["ActivityTaskStartedEventAttributes"]);
    let again = started.filter(|started| started["attempt"].as_u64() > Some(1));
    let told = |started: &Value| {
        let said = started["last_failure"]["message"].as_str();
        (started["attempt"].as_u64().unwrap(), said.unwrap().to_owned())
    };
    again.map(told).collect()
}
