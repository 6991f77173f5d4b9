//! A budget under concurrency: carousels, questions and edits at once. Ended work reserves nothing,
//! however it ended.

use std::time::Duration;

use chrono::Utc;
use domain::{CarouselId, Language, UserId};
use futures::future::join_all;
use gateway::{
    order::{Order, Words},
    requests::{self, answer},
};
use storage::{
    admissions::{self, Kind, Request},
    carousels,
};
use testkit::{Act, House, HouseBuilder, Peer, Wire, eventually};
use workflows::contract::{
    AnswerRequest, CarouselResult, ChangeRecord, DestinationRecord, FailureKind, Offer,
};

use crate::{TOPIC, asking, id, make, money::today, topic};

/// OpenAI's prices. The fake model server reports 1,000 input and 500 output tokens per call:
/// $0.0012.
const PRICES: &str = "gpt-4.1-mini=0.40/1.60,whisper-1=2.5/0";
const A_CALL: u64 = 1_200;
/// Upper bound of the most expensive call of a carousel without a source: its slides, after a
/// repair.
const ONE_CALL: u64 = (14_000 + 4 * 4_500 + 3_000) * 4 / 10 + 4_500 * 16 / 10;
/// $0.0005.
const BUDGET: u64 = 500;

fn limited(peer: &Peer) -> HouseBuilder {
    asking(&[peer])
        .env("AI_PRICES", PRICES)
        .env("AI_BUDGET_PER_DAY", "0.0005")
}

async fn at_once(house: &House, count: usize) -> Vec<CarouselResult> {
    let mut order = Order::about(topic(TOPIC));
    order.slides = "3".parse().unwrap();
    order.language = Some(Language::En);
    let brief = &house.judge(order).await;
    let each = (0..count).map(|n| async move {
        let id = id(&format!("at-once-{n}"));
        let to = DestinationRecord::folder(id.as_str());
        let user = UserId::local();
        house.carousels.start(&id, &user, brief, to).await.unwrap();
        house.ended(&id).await
    });
    join_all(each).await
}

/// All reservations.
async fn reserved(house: &House) -> Vec<admissions::Admission> {
    let later = Utc::now() + Duration::from_secs(3600);
    admissions::left_open(&house.db.read(), later, 100)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_carousels_overspend_by_one_call_at_most() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = limited(&peer).start().await;

    let ended = at_once(&house, 50).await;

    let spent = today(&house).await;
    assert!(spent.cost_micros <= BUDGET + ONE_CALL, "{spent:?}");
    assert_eq!(spent.calls as usize, peer.calls(), "every call is recorded");
    let (made, refused): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|it| it.outcome == "delivered");
    assert_eq!(made.len(), 1, "one carousel is made: {}", refused[0].reason);
    for refused in refused {
        assert!(
            refused.reason.contains("budget for models is used up"),
            "{}",
            refused.reason
        );
        assert!(
            refused.reason.contains("00:00:00 UTC"),
            "{}",
            refused.reason
        );
        assert_eq!(refused.offer, Offer::Offline);
    }
    assert!(reserved(&house).await.is_empty());
    // The refused request is stored, so that the offline provider can write it.
    let first = carousels::find(&house.db.read(), &id("at-once-0"))
        .await
        .unwrap();
    assert!(first.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_questions_and_edits_overspend_by_one_call() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = limited(&peer).env("OPEN_CAROUSELS", "0").start().await;
    let carousels = ours(&house, 5).await;
    assert_eq!(peer.calls(), 0, "our own notes have written them");

    let rewrites = carousels.iter().map(|id| rewrite(&house, id));
    let questions = (0..10).map(|n| ask(&house, n));
    let (_, answers) = tokio::join!(join_all(rewrites), join_all(questions));

    eventually("everything to be settled", async || {
        reserved(&house).await.is_empty().then_some(())
    })
    .await;
    let spent = today(&house).await;
    // The most expensive call of a rewrite includes a source text.
    assert!(
        spent.cost_micros <= BUDGET + ONE_CALL + 14_000 * 4 / 10,
        "{spent:?}"
    );
    assert!(spent.calls <= 3, "{spent:?}");
    let refused = answers.into_iter().filter_map(Result::err);
    for refused in refused {
        let requests::Error::Failed { kind, reason, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(kind, FailureKind::BudgetExceeded, "{reason}");
    }
}

/// Carousels by the offline provider, which cost nothing.
async fn ours(house: &House, count: usize) -> Vec<CarouselId> {
    let mut made = Vec::new();
    for n in 0..count {
        let id = id(&format!("ours-{n}"));
        let mut order = Order::about(topic(TOPIC));
        order.slides = "3".parse().unwrap();
        order.language = Some(Language::En);
        let brief = house.judge(order).await;
        let terms = gateway::carousels::Terms {
            writers: gateway::carousels::Writers::OwnNotes,
            review: None,
            documents: false,
        };
        let to = DestinationRecord::folder(id.as_str());
        let user = UserId::local();
        let started = house.carousels.start_on(terms, &id, &user, &brief, to);
        started.await.unwrap();
        assert_eq!(house.ended(&id).await.outcome, "delivered");
        made.push(id);
    }
    made
}

async fn rewrite(house: &House, id: &CarouselId) {
    let change = ChangeRecord {
        intent: "rewrite-1".to_owned(),
        change: "rewrite".to_owned(),
        destination: DestinationRecord::folder(id.as_str()),
        ..ChangeRecord::default()
    };
    let user = UserId::local();
    house
        .carousels
        .change(id, &user, TOPIC, change)
        .await
        .unwrap();
}

async fn ask(house: &House, n: usize) -> Result<String, requests::Error> {
    let request = AnswerRequest {
        user: "local".to_owned(),
        question: "Why write tests?".to_owned(),
        language: "en".to_owned(),
        ..AnswerRequest::default()
    };
    let answered = answer(&house.client, &format!("answer-cli-{n}"), request).await?;
    Ok(answered.text)
}

#[tokio::test]
async fn failed_work_is_charged_and_reserves_nothing() {
    let peer = Peer::start(Wire::OpenAi).await;
    // Two paid replies can't be used; then the server does not answer.
    peer.otherwise(Act::Say("I would rather not.".to_owned()));
    let house = asking(&[&peer]).env("AI_PRICES", PRICES);
    let house = house.env("AI_BUDGET_PER_DAY", "1").start().await;
    let made = make(&house, "useless", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, "failed");
    assert!(ask(&house, 1).await.is_err());
    assert!(reserved(&house).await.is_empty());
    let spent = today(&house).await;
    assert_eq!((spent.calls, spent.cost_micros), (4, 4 * A_CALL));
}

#[tokio::test]
async fn offline_question_leaves_no_reservation() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = limited(&peer).start().await;
    let request = AnswerRequest {
        user: "local".to_owned(),
        question: "How do I cook borscht?".to_owned(),
        language: "en".to_owned(),
        ..AnswerRequest::default()
    };
    let answered = answer(&house.client, "answer-cli-none", request)
        .await
        .unwrap();
    assert!(!answered.covered);
    assert_eq!(peer.calls(), 0);
    assert!(reserved(&house).await.is_empty());
    assert!(ask(&house, 1).await.is_ok(), "the budget is untouched");
}

#[tokio::test]
async fn edits_and_questions_count_toward_daily_quota() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = asking(&[&peer]).env("CAROUSELS_PER_DAY", "1").start().await;
    for n in 0..5 {
        ask(&house, n).await.unwrap();
    }
    let Err(requests::Error::Failed { kind, reason, .. }) = ask(&house, 5).await else {
        panic!("five are all");
    };
    assert_eq!(kind, FailureKind::QuotaExceeded, "{reason}");
    assert_eq!(peer.calls(), 5);
    let made = make(&house, "own", topic(TOPIC), Language::En).await;
    assert_eq!(made.outcome, "delivered", "{}", made.reason);
}

/// One reply names a cheaper model; one contains no usage.
#[tokio::test]
async fn reply_can_not_lower_its_price() {
    let peer = Peer::start(Wire::OpenAi).await;
    let reply = |model: &str, usage: serde_json::Value| {
        let said = serde_json::json!({"thought": "Test the thing that scares you, then sleep."});
        let body = serde_json::json!({
            "model": model,
            "choices": [{"message": {"content": said.to_string()}, "finish_reason": "stop"}],
            "usage": usage,
        });
        Act::Answer(200, vec![], body.to_string())
    };
    let took = serde_json::json!({"prompt_tokens": 1_000, "completion_tokens": 500});
    peer.script([
        reply("free-model", took),
        reply("gpt-4.1-mini", serde_json::Value::Null),
    ]);
    let prices = format!("{PRICES},free-model=0/0");
    let house = asking(&[&peer]).env("AI_PRICES", prices).start().await;

    for (n, least) in [(1, A_CALL), (2, A_CALL + 300)] {
        let request = crate::asking::thought(true);
        let id = format!("wisdom-cli-{n}");
        let found = requests::wisdom(&house.client, &id, request).await;
        assert!(found.is_ok(), "{:?}", found.err());
        let spent = today(&house).await.cost_micros;
        assert!(spent >= least, "{n}: {spent}");
    }
}

#[tokio::test]
async fn reconcile_releases_reservations_of_terminated_workflows() {
    let house = House::start().await;
    let old = &Request {
        id: "answer-gone/".to_owned(),
        workflow: "answer-gone".to_owned(),
        user: UserId::local(),
        kind: Kind::Request,
        at: Utc::now() - Duration::from_secs(120),
        most: None,
        price: None,
    };
    let admit = |tx| async move { admissions::admit(&tx, old).await };
    house.db.write(admit).await.unwrap();
    assert_eq!(reserved(&house).await.len(), 1);

    let options = temporalio_client::WorkflowStartOptions::new(
        workflows::queues::CAROUSEL,
        "reconcile-test-budget",
    );
    let run = workflows::ReconcileWorkflow::run;
    let started = house
        .client
        .start_workflow(run, (), options.build())
        .await
        .unwrap();
    let result = temporalio_client::WorkflowGetResultOptions::default();
    started.get_result(result).await.unwrap();

    assert!(reserved(&house).await.is_empty());
}

#[tokio::test]
async fn transcription_is_charged_to_the_same_budget() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = limited(&peer).start().await;
    let sound = Words::Voice(vec![7; 4_000], "ogg".to_owned());
    let made = make(&house, "heard", sound, Language::En).await;
    assert_eq!(made.outcome, "delivered", "{}", made.reason);
    assert_eq!(peer.calls(), 3);
    let spent = today(&house).await;
    assert!(
        spent.calls == 3 && spent.cost_micros > 2 * A_CALL,
        "{spent:?}"
    );
    assert!(reserved(&house).await.is_empty());
}
