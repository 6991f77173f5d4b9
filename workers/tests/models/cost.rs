//! Cost of model calls: reported in the manifest, recorded in the usage table, limited by the
//! budget.

use domain::{Language, Outcome, UserId};
use gateway::carousel_client::CancelResult;
use storage::usage;
use testkit::{FailpointScript, FakeModelServer, ModelProtocol, ModelResponse, ScriptedFailpoints};

use crate::{TOPIC, app_with_models, make, manifest, topic};

/// The fake model server reports 1,000 input and 500 output tokens per call.
const PRICES: &str = "test-model=1/2,gpt-transcribe=0/0";
const A_CALL_MICROS: u64 = 1_000 + 2 * 500;

#[tokio::test]
async fn manifest_and_usage_report_the_same_cost() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer]).env("AI_PRICES", PRICES).start().await;
    let made = make(&app, "paid", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);

    let told = &manifest(&app, "paid")["usage"];
    assert_eq!(told["calls"], 2);
    assert_eq!(told["tokens_in"], 2_000);
    assert_eq!(told["tokens_out"], 1_000);
    assert_eq!(told["estimated_cost_usd"], 0.004);

    let kept = today(&app).await;
    assert_eq!((kept.calls, kept.cost_micros), (2, 2 * A_CALL_MICROS));
}

#[tokio::test]
async fn exhausted_budget_still_allows_offline_writing() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer])
        .env("AI_PRICES", PRICES)
        .env("AI_BUDGET_PER_DAY", "0.003")
        .start()
        .await;
    // The last call may exceed the budget: it began within it.
    let made = make(&app, "within", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);

    let refused = make(&app, "beyond", topic(TOPIC), Language::En).await;

    assert_eq!(refused.outcome, Some(Outcome::Failed));
    assert!(refused.reason.contains("budget for models is used up"), "{}", refused.reason);
    assert_eq!(peer.calls(), 2);
    let request = crate::questions::daily_tip_request(false);
    let thought = gateway::small_requests::daily_tip(&app.client, "wisdom-free", request).await;
    assert!(!thought.unwrap().text.is_empty());
}

#[tokio::test]
async fn failed_carousels_are_charged() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    peer.script([ModelResponse::Write(Language::En)]);
    peer.set_default_response(ModelResponse::Answer(401, vec![], String::new()));
    let app = app_with_models(&[&peer]).env("AI_PRICES", PRICES).start().await;
    let made = make(&app, "failed", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Failed));
    let kept = today(&app).await;
    assert_eq!((kept.calls, kept.cost_micros), (1, A_CALL_MICROS));
}

/// An unusable reply, a repair that failed with a server error, and both again in the next attempt:
/// calls of every attempt are charged.
#[tokio::test]
async fn calls_of_failed_attempts_are_charged() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let useless = || ModelResponse::Text("I would rather not.".to_owned());
    let ill = ModelResponse::Answer(500, vec![], String::new());
    peer.script([useless(), ill, useless()]);
    let app = app_with_models(&[&peer]).env("AI_PRICES", PRICES).start().await;

    let made = make(&app, "mended", topic(TOPIC), Language::En).await;

    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(peer.calls(), 5, "two that went wrong, two of mending, slides");
    let told = &manifest(&app, "mended")["usage"];
    assert_eq!(told["calls"], 5);
    assert_eq!(told["tokens_in"], 4_000);
    assert_eq!(told["estimated_cost_usd"], 0.008);
    let kept = today(&app).await;
    assert_eq!((kept.calls, kept.cost_micros), (4, 4 * A_CALL_MICROS));
}

/// Two replies that no repair could fix, then another provider: all four calls are charged.
#[tokio::test]
async fn calls_of_a_failed_provider_are_charged() {
    let (first, second) = (
        FakeModelServer::start(ModelProtocol::OpenAi).await,
        FakeModelServer::start(ModelProtocol::Anthropic).await,
    );
    first.set_default_response(ModelResponse::Text("I would rather not.".to_owned()));
    let app = app_with_models(&[&first, &second]).env("AI_PRICES", PRICES);
    let app = app.start().await;

    let made = make(&app, "given-up", topic(TOPIC), Language::En).await;

    assert_eq!(made.provider, "anthropic", "{}", made.reason);
    assert_eq!((first.calls(), second.calls()), (2, 2));
    let kept = today(&app).await;
    assert_eq!((kept.calls, kept.cost_micros), (4, 4 * A_CALL_MICROS));
    let told = &manifest(&app, "given-up")["usage"];
    assert_eq!(told["estimated_cost_usd"], 0.008);
}

#[tokio::test]
async fn calls_before_worker_shutdown_are_charged() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let faults = ScriptedFailpoints::new([("write_slides.after", FailpointScript::Hold)]);
    let app = app_with_models(&[&peer]).env("AI_PRICES", PRICES);
    let app = app.env("DRAIN_SECONDS", "1");
    let mut app = app.faults(faults.hooks()).start().await;
    let started = app.order(TOPIC).await;
    faults.reached("write_slides.after").await;
    app.stop_workers().await;
    app.restart_workers(ScriptedFailpoints::none().hooks()).await;

    let made = app.wait_for_result(&started.id).await;

    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(peer.calls(), 3, "an analysis, and slides twice");
    let kept = today(&app).await;
    assert_eq!((kept.calls, kept.cost_micros), (3, 3 * A_CALL_MICROS));
}

#[tokio::test]
async fn cancelled_carousels_are_charged() {
    for held in ["analyze_topic.after", "write_slides.after"] {
        let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
        let faults = ScriptedFailpoints::new([(held, FailpointScript::Hold)]);
        let app = app_with_models(&[&peer]).env("AI_PRICES", PRICES);
        let app = app.faults(faults.hooks()).start().await;
        let started = app.order(TOPIC).await;
        faults.reached(held).await;

        let stopped = app.carousels.cancel(&started.id, "test").await;

        assert_eq!(stopped.unwrap(), CancelResult::Done, "{held}");
        let calls = u64::try_from(peer.calls()).unwrap();
        let kept = today(&app).await;
        let paid = (kept.calls, kept.cost_micros);
        assert_eq!(paid, (calls, calls * A_CALL_MICROS), "{held}");
        faults.release();
    }
}

pub(crate) async fn today(app: &testkit::TestApp) -> usage::UsageTotals {
    let user = UserId::local();
    let today = chrono::Utc::now().date_naive();
    let (reader, yesterday) = (app.db.read(), today.pred_opt().unwrap());
    let days = usage::by_day(&reader, Some(&user), yesterday, today);
    // The test may run across midnight.
    let days = days.await.unwrap();
    days.last().map(|(_, usage)| *usage).unwrap_or_default()
}
