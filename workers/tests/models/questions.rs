//! Questions and daily tips, from the offline notes and from a model. Each activity runs twice.

use gateway::small_requests::{answer, daily_tip};
use testkit::{
    FailpointScript, FakeModelServer, ModelProtocol, ModelResponse, ScriptedFailpoints, TestApp,
};
use workflows::questions::{AnswerRequest, DailyTipRequest};

use crate::app_with_models;

fn question(words: &str, language: &str, offline: bool) -> AnswerRequest {
    AnswerRequest {
        user: "local".to_owned(),
        question: words.to_owned(),
        language: language.to_owned(),
        offline,
        ..AnswerRequest::default()
    }
}

pub(crate) fn daily_tip_request(by_model: bool) -> DailyTipRequest {
    DailyTipRequest {
        user: "local".to_owned(),
        language: "en".to_owned(),
        day: "2026-11-24".to_owned(),
        by_model,
        ..DailyTipRequest::default()
    }
}

#[tokio::test]
async fn offline_answers_only_what_the_notes_cover() {
    let app = TestApp::start().await;
    for (id, words, language, covered) in [
        ("ru", "Зачем нужны тесты?", "ru", true),
        ("en", "Why write tests?", "en", true),
        ("no", "How do I cook borscht?", "en", false),
    ] {
        let asked = question(words, language, true);
        let answered = answer(&app.client, id, asked).await.unwrap();
        assert_eq!(answered.covered, covered, "{words}: {}", answered.text);
        assert_eq!(!answered.citations.is_empty(), covered, "{words}");
        assert_eq!(answered.provider, "offline");
        if !covered {
            assert_eq!(answered.text, "Our notes don’t say anything about that.");
        }
    }
}

#[tokio::test]
async fn model_answer_cites_only_given_notes() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer]).start().await;
    let asked = question("Why write tests?", "en", false);
    let answered = answer(&app.client, "model", asked).await.unwrap();
    assert!(answered.covered && answered.provider == "openai");
    let given = peer.requests()[0].prompt_text();
    for citation in &answered.citations {
        assert!(given.contains(&format!("[{}]", citation.note)), "{citation:?}");
    }

    // If the notes do not cover the question, no model is called.
    peer.reset();
    let asked = question("How do I cook borscht?", "en", false);
    let answered = answer(&app.client, "nothing", asked).await.unwrap();
    assert!(!answered.covered);
    assert_eq!(peer.calls(), 0);
}

#[tokio::test]
async fn daily_tip_is_the_same_all_day() {
    let app = TestApp::start().await;
    let first = daily_tip(&app.client, "first", daily_tip_request(false)).await.unwrap();
    let again = daily_tip(&app.client, "again", daily_tip_request(false)).await.unwrap();
    assert_eq!(first, again);
    assert!(!first.source.is_empty());
}

#[tokio::test]
async fn failed_model_offers_offline_answers() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    peer.set_default_response(ModelResponse::Answer(401, vec![], String::new()));
    let app = app_with_models(&[&peer]).start().await;
    let asked = question("Why write tests?", "en", false);
    let said = answer(&app.client, "dead", asked).await.unwrap_err().to_string();
    assert!(said.contains("rejects our API key") && said.contains("--offline"), "{said}");
    let said =
        daily_tip(&app.client, "dead-too", daily_tip_request(true)).await.unwrap_err().to_string();
    assert!(said.contains("rejects our API key") && said.contains("our own notes"), "{said}");
    assert_eq!(peer.calls(), 2);
}

#[tokio::test]
async fn repeated_request_activities_change_nothing() {
    for activity in ["admit_request", "answer", "record_request", "wisdom"] {
        for moment in ["after", "recorded"] {
            let point = format!("{activity}.{moment}");
            let faults = ScriptedFailpoints::new([(point.clone(), FailpointScript::Fail(1))]);
            let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
            let app = app_with_models(&[&peer]).faults(faults.hooks()).start().await;
            let asked = question("Why write tests?", "en", false);
            let answered = answer(&app.client, "answer-twice", asked).await.unwrap();
            let found =
                daily_tip(&app.client, "wisdom-twice", daily_tip_request(true)).await.unwrap();
            assert!(answered.covered && !found.text.is_empty(), "{point}");
            assert!(faults.passes(&point) >= 2, "{point}");
        }
    }
}
