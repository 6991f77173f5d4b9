//! Fallback from one provider to the next, the number of calls to each, and the circuit breaker.

use domain::{Language, Outcome, UserId};
use gateway::carousels::Writers;
use storage::carousels;
use testkit::{Act, Peer, Wire, eventually};
use tokio::net::TcpListener;
use workflows::contract::{DestinationRecord, Offer};

use crate::{TOPIC, asking, id, make, topic};

fn refused() -> Act {
    Act::Answer(401, vec![], "{}".to_owned())
}

fn ill() -> Act {
    Act::Answer(500, vec![], "{}".to_owned())
}

async fn peers() -> (Peer, Peer) {
    (
        Peer::start(Wire::OpenAi).await,
        Peer::start(Wire::Anthropic).await,
    )
}

#[tokio::test]
async fn second_provider_writes_if_first_fails() {
    let (openai, anthropic) = peers().await;
    openai.otherwise(refused());
    let house = asking(&[&openai, &anthropic]).start().await;

    let result = make(&house, "second", topic(TOPIC), Language::En).await;

    assert_eq!(result.provider, "anthropic", "{}", result.reason);
    assert_eq!((openai.calls(), anthropic.calls()), (1, 2));
}

#[tokio::test]
async fn providers_are_called_in_configured_order() {
    let (openai, anthropic) = peers().await;
    let house = asking(&[&openai, &anthropic])
        .env("AI_PROVIDERS", "anthropic,openai")
        .start()
        .await;
    let result = make(&house, "order", topic(TOPIC), Language::En).await;
    assert_eq!(result.provider, "anthropic");
    assert_eq!((openai.calls(), anthropic.calls()), (0, 2));
}

#[tokio::test]
async fn next_provider_reuses_the_analysis() {
    let (openai, anthropic) = peers().await;
    openai.script([Act::Write(Language::En), refused()]);
    let house = asking(&[&openai, &anthropic]).start().await;

    let result = make(&house, "kept", topic(TOPIC), Language::En).await;

    assert_eq!(result.provider, "anthropic", "{}", result.reason);
    assert_eq!((openai.calls(), anthropic.calls()), (2, 1));
}

#[tokio::test]
async fn all_providers_failing_offers_offline_writing() {
    let (openai, anthropic) = peers().await;
    openai.otherwise(refused());
    anthropic.otherwise(ill());
    let house = asking(&[&openai, &anthropic])
        .env("CAROUSELS_PER_DAY", "1")
        .start()
        .await;

    let result = make(&house, "dead", topic(TOPIC), Language::En).await;

    assert_eq!(
        (result.outcome.as_str(), result.reason.as_str()),
        (
            "failed",
            "analysing failed: every provider failed: openai: it rejects our API key: an \
             operator has to check it; anthropic: the service failed (500)"
        )
    );
    assert_eq!((openai.calls(), anthropic.calls()), (1, 3));
    let row = carousels::find(&house.db.read(), &id("dead"))
        .await
        .unwrap();
    assert_eq!(row.unwrap().state.outcome(), Some(Outcome::Failed));

    // Accepting the offer works because the quota is free again.
    assert_eq!(result.offer, Offer::Offline);
    let order = gateway::order::Order::about(topic(TOPIC));
    let (brief, taken) = (house.judge(order).await, id("taken"));
    let to = DestinationRecord::folder(taken.as_str());
    let user = UserId::local();
    let started = house
        .carousels
        .start_on(Writers::OwnNotes.into(), &taken, &user, &brief, to);
    started.await.unwrap();
    let result = house.ended(&taken).await;
    assert_eq!(
        (result.outcome.as_str(), result.provider.as_str()),
        ("delivered", "offline"),
        "{}",
        result.reason
    );
    assert_eq!((openai.calls(), anthropic.calls()), (1, 3));
}

#[tokio::test]
async fn open_breaker_skips_the_provider() {
    let (openai, anthropic) = peers().await;
    openai.otherwise(ill());
    let house = asking(&[&openai, &anthropic]).start().await;

    // Three attempts each; the sixth failure opens the circuit breaker.
    for (key, calls) in [("first", 3), ("second", 6), ("third", 6), ("fourth", 6)] {
        let result = make(&house, key, topic(TOPIC), Language::En).await;
        assert_eq!(result.provider, "anthropic", "{}", result.reason);
        assert_eq!(openai.calls(), calls, "{key}");
    }

    anthropic.otherwise(refused());
    let result = make(&house, "neither", topic(TOPIC), Language::En).await;
    let rests = "openai: too many of its calls failed lately, so it is not asked for";
    assert!(result.reason.contains(rests), "{}", result.reason);
    assert_eq!(openai.calls(), 6);
}

/// The server is down until two attempts have failed, which is longer than a restart takes.
#[tokio::test]
async fn carousel_survives_a_model_server_restart() {
    let peer = Peer::start(Wire::OpenAi).await;
    peer.script([Act::Write(Language::En), Act::Hang]);
    let address = peer.address();
    let house = asking(&[&peer]).start().await;
    let started = house.order(TOPIC).await;
    eventually("slides are asked for", async || {
        (peer.calls() == 2).then_some(())
    })
    .await;
    drop(peer);
    let trouble = eventually("the unreachable server is reported", async || {
        let status = house.carousels.status(&started.id).await.ok()?;
        let mut trouble = status.trouble.into_iter();
        trouble.find(|it| it.reason.contains("can't be reached"))
    })
    .await;
    assert_eq!(
        (trouble.activity.as_str(), trouble.reason.as_str()),
        ("write_slides", "openai: the service can't be reached")
    );
    let listener = TcpListener::bind(address).await.unwrap();
    let back = Peer::on(listener, Wire::OpenAi);

    let made = house.ended(&started.id).await;

    assert_eq!(made.outcome, "delivered", "{}", made.reason);
    assert_eq!(back.calls(), 1, "what it had looked at is kept");
}
