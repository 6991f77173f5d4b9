//! Fallback from one provider to the next, the number of calls to each, and the circuit breaker.

use domain::{Language, Offer, Outcome, UserId};
use gateway::carousel_client::ProviderChoice;
use storage::carousels;
use testkit::{FakeModelServer, ModelProtocol, ModelResponse, eventually};
use tokio::net::TcpListener;
use workflows::destination::DestinationRecord;

use crate::{TOPIC, app_with_models, id, make, topic};

fn refused() -> ModelResponse {
    ModelResponse::Answer(401, vec![], "{}".to_owned())
}

fn server_error() -> ModelResponse {
    ModelResponse::Answer(500, vec![], "{}".to_owned())
}

async fn peers() -> (FakeModelServer, FakeModelServer) {
    (
        FakeModelServer::start(ModelProtocol::OpenAi).await,
        FakeModelServer::start(ModelProtocol::Anthropic).await,
    )
}

#[tokio::test]
async fn second_provider_writes_if_first_fails() {
    let (openai, anthropic) = peers().await;
    openai.set_default_response(refused());
    let app = app_with_models(&[&openai, &anthropic]).start().await;

    let result = make(&app, "second", topic(TOPIC), Language::En).await;

    assert_eq!(result.provider, "anthropic", "{}", result.reason);
    assert_eq!((openai.calls(), anthropic.calls()), (1, 2));
}

#[tokio::test]
async fn providers_are_called_in_configured_order() {
    let (openai, anthropic) = peers().await;
    let app = app_with_models(&[&openai, &anthropic])
        .env("AI_PROVIDERS", "anthropic,openai")
        .start()
        .await;
    let result = make(&app, "order", topic(TOPIC), Language::En).await;
    assert_eq!(result.provider, "anthropic");
    assert_eq!((openai.calls(), anthropic.calls()), (0, 2));
}

#[tokio::test]
async fn next_provider_reuses_the_analysis() {
    let (openai, anthropic) = peers().await;
    openai.script([ModelResponse::Write(Language::En), refused()]);
    let app = app_with_models(&[&openai, &anthropic]).start().await;

    let result = make(&app, "kept", topic(TOPIC), Language::En).await;

    assert_eq!(result.provider, "anthropic", "{}", result.reason);
    assert_eq!((openai.calls(), anthropic.calls()), (2, 1));
}

#[tokio::test]
async fn all_providers_failing_offers_offline_writing() {
    let (openai, anthropic) = peers().await;
    openai.set_default_response(refused());
    anthropic.set_default_response(server_error());
    let app = app_with_models(&[&openai, &anthropic]).env("CAROUSELS_PER_DAY", "1").start().await;

    let result = make(&app, "dead", topic(TOPIC), Language::En).await;

    assert_eq!(
        (result.outcome, result.reason.as_str()),
        (
            Some(Outcome::Failed),
            "analysing failed: every provider failed: openai: it rejects our API key: an \
             operator has to check it; anthropic: the service failed (500)"
        )
    );
    assert_eq!((openai.calls(), anthropic.calls()), (1, 3));
    let row = carousels::find(&app.db.read(), &id("dead")).await.unwrap();
    assert_eq!(row.unwrap().state.outcome(), Some(Outcome::Failed));

    // Accepting the offer works because the quota is free again.
    assert_eq!(result.offer, Offer::Offline);
    let order = topic(TOPIC);
    let (brief, taken) = (app.validate(order).await, id("taken"));
    let to = DestinationRecord::folder(taken.as_str());
    let user = UserId::local();
    let started =
        app.carousels.start_with(ProviderChoice::Offline.into(), &taken, &user, &brief, to);
    started.await.unwrap();
    let result = app.wait_for_result(&taken).await;
    assert_eq!(
        (result.outcome, result.provider.as_str()),
        (Some(Outcome::Delivered), "offline"),
        "{}",
        result.reason
    );
    assert_eq!((openai.calls(), anthropic.calls()), (1, 3));
}

#[tokio::test]
async fn open_breaker_skips_the_provider() {
    let (openai, anthropic) = peers().await;
    openai.set_default_response(server_error());
    let app = app_with_models(&[&openai, &anthropic]).start().await;

    // Three attempts each; the sixth failure opens the circuit breaker.
    for (key, calls) in [("first", 3), ("second", 6), ("third", 6), ("fourth", 6)] {
        let result = make(&app, key, topic(TOPIC), Language::En).await;
        assert_eq!(result.provider, "anthropic", "{}", result.reason);
        assert_eq!(openai.calls(), calls, "{key}");
    }

    anthropic.set_default_response(refused());
    let result = make(&app, "neither", topic(TOPIC), Language::En).await;
    let rests = "openai: too many of its calls failed lately, so it is not asked for";
    assert!(result.reason.contains(rests), "{}", result.reason);
    assert_eq!(openai.calls(), 6);
}

/// The server is down until two attempts have failed, which is longer than a restart takes.
#[tokio::test]
async fn carousel_survives_a_model_server_restart() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    peer.script([ModelResponse::Write(Language::En), ModelResponse::Hang]);
    let address = peer.address();
    let app = app_with_models(&[&peer]).start().await;
    let started = app.order(TOPIC).await;
    eventually("slides are asked for", async || (peer.calls() == 2).then_some(())).await;
    drop(peer);
    let trouble = eventually("the unreachable server is reported", async || {
        let status = app.carousels.status(&started.id).await.ok()?;
        let mut trouble = status.retrying.into_iter();
        trouble.find(|it| it.reason.contains("can't be reached"))
    })
    .await;
    assert_eq!(
        (trouble.activity.as_str(), trouble.reason.as_str()),
        ("write_slides", "openai: the service can't be reached")
    );
    let listener = TcpListener::bind(address).await.unwrap();
    let back = FakeModelServer::on(listener, ModelProtocol::OpenAi);

    let made = app.wait_for_result(&started.id).await;

    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(back.calls(), 1, "what it had looked at is kept");
}
