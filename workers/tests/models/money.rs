//! What calls cost: told beside the pictures, kept in the books, and refused politely beyond a budget.

use domain::{Language, UserId};
use storage::usage;
use testkit::{Peer, Wire};

use crate::{TOPIC, asking, make, manifest, topic};

/// A peer says 1,000 tokens read and 500 written for every call.
const PRICES: &str = "gpt-4.1-mini=1/2";
const A_CALL_MICROS: u64 = 1_000 + 2 * 500;

#[tokio::test]
async fn a_carousel_says_what_it_took_and_so_do_the_books() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = asking(&[&peer]).env("AI_PRICES", PRICES).start().await;
    let made = make(&house, "paid", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, "delivered", "{}", made.reason);

    let told = &manifest(&house, "paid")["usage"];
    assert_eq!(told["calls"], 2);
    assert_eq!(told["tokens_in"], 2_000);
    assert_eq!(told["tokens_out"], 1_000);
    assert_eq!(told["estimated_cost_usd"], 0.004);

    let kept = today(&house).await;
    assert_eq!((kept.calls, kept.cost_micros), (2, 2 * A_CALL_MICROS));
}

#[tokio::test]
async fn whoever_has_spent_the_days_budget_is_refused_and_our_notes_still_write() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = asking(&[&peer])
        .env("AI_PRICES", PRICES)
        .env("AI_BUDGET_PER_DAY", "0.003")
        .start()
        .await;
    // The first call beyond it is paid: it was begun within.
    let made = make(&house, "within", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, "delivered", "{}", made.reason);

    let refused = make(&house, "beyond", topic(TOPIC), Language::En).await;

    assert_eq!(refused.outcome, "failed");
    assert!(
        refused.reason.contains("budget for models is used up"),
        "{}",
        refused.reason
    );
    assert_eq!(peer.calls(), 2);
    let request = crate::asking::thought(false);
    let thought = gateway::requests::wisdom(&house.client, "wisdom-free", request).await;
    assert!(!thought.unwrap().text.is_empty());
}

#[tokio::test]
async fn calls_of_a_carousel_that_fails_are_paid_for_too() {
    let peer = Peer::start(Wire::OpenAi).await;
    peer.script([testkit::Act::Write(Language::En)]);
    peer.otherwise(testkit::Act::Answer(401, vec![], String::new()));
    let house = asking(&[&peer]).env("AI_PRICES", PRICES).start().await;
    let made = make(&house, "failed", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, "failed");
    let kept = today(&house).await;
    assert_eq!((kept.calls, kept.cost_micros), (1, A_CALL_MICROS));
}

async fn today(house: &testkit::House) -> usage::Usage {
    let user = UserId::local();
    let today = chrono::Utc::now().date_naive();
    let (reader, yesterday) = (house.db.read(), today.pred_opt().unwrap());
    let days = usage::by_day(&reader, Some(&user), yesterday, today);
    // A test may run across midnight.
    let days = days.await.unwrap();
    days.last().map(|(_, usage)| *usage).unwrap_or_default()
}
