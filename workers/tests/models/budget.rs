//! A budget under concurrency: carousels, questions and edits at once. Ended work reserves nothing,
//! however it ended.

use std::time::Duration;

use chrono::Utc;
use domain::failure::FailureKind;
use domain::{CarouselId, Language, Offer, Outcome, UserId};
use futures::future::join_all;
use gateway::{
    carousel_request::{CarouselRequest, CarouselSource},
    small_requests::{self, answer},
};
use storage::{
    admissions::{self, AdmissionKind, AdmissionRequest},
    carousels,
};
use testkit::{FakeModelServer, ModelProtocol, ModelResponse, TestApp, TestAppBuilder, eventually};
use workflows::{
    carousel::CarouselResult,
    destination::DestinationRecord,
    edit::{EditKind, EditRecord},
    questions::AnswerRequest,
};

use crate::{TOPIC, app_with_models, cost::today, id, make, topic};

/// The fake model server reports 1,000 input and 500 output tokens per call:
/// $0.0012.
const PRICES: &str = "test-model=0.40/1.60,gpt-transcribe=2.5/0";
const A_CALL: u64 = 1_200;
/// Upper bound of the most expensive call of a carousel without a source: its slides, after a
/// repair.
const ONE_CALL: u64 = (14_000 + 4 * 4_500 + 3_000) * 4 / 10 + 4_500 * 16 / 10;
/// $0.0005.
const BUDGET: u64 = 500;

fn limited(peer: &FakeModelServer) -> TestAppBuilder {
    app_with_models(&[peer]).env("AI_PRICES", PRICES).env("AI_BUDGET_PER_DAY", "0.0005")
}

async fn at_once(app: &TestApp, count: usize) -> Vec<CarouselResult> {
    let mut order = topic(TOPIC);
    order.slides = "3".parse().unwrap();
    order.language = Some(Language::En.into());
    let brief = &app.validate(order).await;
    let each = (0..count).map(|n| async move {
        let id = id(&format!("at-once-{n}"));
        let to = DestinationRecord::folder(id.as_str());
        let user = UserId::local();
        app.carousels.start(&id, &user, brief, to).await.unwrap();
        app.wait_for_result(&id).await
    });
    join_all(each).await
}

async fn reserved(app: &TestApp) -> Vec<admissions::Admission> {
    let later = Utc::now() + Duration::from_secs(3600);
    admissions::open_before(&app.db.read(), later, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_carousels_overspend_by_one_call_at_most() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = limited(&peer).start().await;

    let ended = at_once(&app, 50).await;

    let spent = today(&app).await;
    assert!(spent.cost_micros <= BUDGET + ONE_CALL, "{spent:?}");
    assert_eq!(spent.calls as usize, peer.calls(), "every call is recorded");
    let (made, refused): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|it| it.outcome == Some(Outcome::Delivered));
    assert_eq!(made.len(), 1, "one carousel is made: {}", refused[0].reason);
    for refused in refused {
        assert!(refused.reason.contains("budget for models is used up"), "{}", refused.reason);
        assert!(refused.reason.contains("00:00:00 UTC"), "{}", refused.reason);
        assert_eq!(refused.offer, Offer::Offline);
    }
    assert!(reserved(&app).await.is_empty());
    // The refused request is stored, so that the offline provider can write it.
    let first = carousels::find(&app.db.read(), &id("at-once-0")).await.unwrap();
    assert!(first.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_questions_and_edits_overspend_by_one_call() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = limited(&peer).env("OPEN_CAROUSELS", "0").start().await;
    let carousels = offline_carousels(&app, 5).await;
    assert_eq!(peer.calls(), 0, "our own notes have written them");

    let rewrites = carousels.iter().map(|id| rewrite(&app, id));
    let questions = (0..10).map(|n| ask(&app, n));
    let (_, answers) = tokio::join!(join_all(rewrites), join_all(questions));

    eventually("everything to be settled", async || reserved(&app).await.is_empty().then_some(()))
        .await;
    let spent = today(&app).await;
    // The most expensive call of a rewrite includes a source text.
    assert!(spent.cost_micros <= BUDGET + ONE_CALL + 14_000 * 4 / 10, "{spent:?}");
    assert!(spent.calls <= 3, "{spent:?}");
    let refused = answers.into_iter().filter_map(Result::err);
    for refused in refused {
        let small_requests::RequestError::Failed { cause, reason, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(cause.kind, FailureKind::BudgetExceeded, "{reason}");
    }
}

/// Carousels by the offline provider, which cost nothing.
async fn offline_carousels(app: &TestApp, count: usize) -> Vec<CarouselId> {
    let mut made = Vec::new();
    for n in 0..count {
        let id = id(&format!("ours-{n}"));
        let mut order = topic(TOPIC);
        order.slides = "3".parse().unwrap();
        order.language = Some(Language::En.into());
        let brief = app.validate(order).await;
        let terms = gateway::carousel_client::CarouselOptions {
            writers: gateway::carousel_client::ProviderChoice::Offline,
            review: None,
            documents: false,
            cause: None,
        };
        let to = DestinationRecord::folder(id.as_str());
        let user = UserId::local();
        let started = app.carousels.start_with(terms, &id, &user, &brief, to);
        started.await.unwrap();
        assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
        made.push(id);
    }
    made
}

async fn rewrite(app: &TestApp, id: &CarouselId) {
    let change = EditRecord {
        intent: "rewrite-1".to_owned(),
        change: Some(EditKind::Rewrite),
        destination: DestinationRecord::folder(id.as_str()),
        ..EditRecord::default()
    };
    let user = UserId::local();
    app.carousels.edit(id, &user, TOPIC, change).await.unwrap();
}

async fn ask(app: &TestApp, n: usize) -> Result<String, small_requests::RequestError> {
    let request = AnswerRequest {
        user: "local".to_owned(),
        question: "Why write tests?".to_owned(),
        language: "en".to_owned(),
        ..AnswerRequest::default()
    };
    let answered = answer(&app.client, &format!("answer-cli-{n}"), request).await?;
    Ok(answered.text)
}

#[tokio::test]
async fn failed_work_is_charged_and_reserves_nothing() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    // Two paid replies can't be used; then the server does not answer.
    peer.set_default_response(ModelResponse::Text("I would rather not.".to_owned()));
    let app = app_with_models(&[&peer]).env("AI_PRICES", PRICES);
    let app = app.env("AI_BUDGET_PER_DAY", "1").start().await;
    let made = make(&app, "useless", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Failed));
    assert!(ask(&app, 1).await.is_err());
    assert!(reserved(&app).await.is_empty());
    let spent = today(&app).await;
    assert_eq!((spent.calls, spent.cost_micros), (4, 4 * A_CALL));
}

#[tokio::test]
async fn offline_question_leaves_no_reservation() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = limited(&peer).start().await;
    let request = AnswerRequest {
        user: "local".to_owned(),
        question: "How do I cook borscht?".to_owned(),
        language: "en".to_owned(),
        ..AnswerRequest::default()
    };
    let answered = answer(&app.client, "answer-cli-none", request).await.unwrap();
    assert!(!answered.covered);
    assert_eq!(peer.calls(), 0);
    assert!(reserved(&app).await.is_empty());
    assert!(ask(&app, 1).await.is_ok(), "the budget is untouched");
}

#[tokio::test]
async fn edits_and_questions_count_toward_daily_quota() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer]).env("CAROUSELS_PER_DAY", "1").start().await;
    for n in 0..5 {
        ask(&app, n).await.unwrap();
    }
    let Err(small_requests::RequestError::Failed { cause, reason, .. }) = ask(&app, 5).await else {
        panic!("five are all");
    };
    assert_eq!(cause.kind, FailureKind::QuotaExceeded, "{reason}");
    assert_eq!(peer.calls(), 5);
    let made = make(&app, "own", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
}

/// One reply names a cheaper model; one contains no usage.
#[tokio::test]
async fn reply_can_not_lower_its_price() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let reply = |model: &str, usage: serde_json::Value| {
        let said = serde_json::json!({"thought": "Test the thing that scares you, then sleep."});
        let body = serde_json::json!({
            "model": model,
            "choices": [{"message": {"content": said.to_string()}, "finish_reason": "stop"}],
            "usage": usage,
        });
        ModelResponse::Answer(200, vec![], body.to_string())
    };
    let took = serde_json::json!({"prompt_tokens": 1_000, "completion_tokens": 500});
    peer.script([reply("free-model", took), reply("test-model", serde_json::Value::Null)]);
    let prices = format!("{PRICES},free-model=0/0");
    let app = app_with_models(&[&peer]).env("AI_PRICES", prices).start().await;

    for (n, least) in [(1, A_CALL), (2, A_CALL + 300)] {
        let request = crate::questions::daily_tip_request(true);
        let id = format!("wisdom-cli-{n}");
        let found = small_requests::daily_tip(&app.client, &id, request).await;
        assert!(found.is_ok(), "{:?}", found.err());
        let spent = today(&app).await.cost_micros;
        assert!(spent >= least, "{n}: {spent}");
    }
}

#[tokio::test]
async fn reconcile_releases_reservations_of_terminated_workflows() {
    let app = TestApp::start().await;
    let old = &AdmissionRequest {
        id: "answer-gone/".to_owned(),
        workflow_id: "answer-gone".to_owned(),
        user: UserId::local(),
        kind: AdmissionKind::Request,
        at: Utc::now() - Duration::from_secs(120),
        max_per_day: None,
        cost: None,
    };
    let admit = |tx| async move { admissions::admit(&tx, old).await };
    app.db.write(admit).await.unwrap();
    assert_eq!(reserved(&app).await.len(), 1);

    let options = temporalio_client::WorkflowStartOptions::new(
        workflows::queues::CAROUSEL,
        "reconcile-test-budget",
    );
    let run = workflows::ReconcileWorkflow::run;
    let started = app.client.start_workflow(run, (), options.build()).await.unwrap();
    let result = temporalio_client::WorkflowGetResultOptions::default();
    started.get_result(result).await.unwrap();

    assert!(reserved(&app).await.is_empty());
}

#[tokio::test]
async fn transcription_is_charged_to_the_same_budget() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = limited(&peer).start().await;
    let sound = CarouselSource::Voice(vec![7; 4_000], "ogg".to_owned());
    let made = make(&app, "heard", CarouselRequest::of(sound), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(peer.calls(), 3);
    let spent = today(&app).await;
    assert!(spent.calls == 3 && spent.cost_micros > 2 * A_CALL, "{spent:?}");
    assert!(reserved(&app).await.is_empty());
}
