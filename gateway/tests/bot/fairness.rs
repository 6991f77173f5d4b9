//! Tests that a flooding user, a stranger, and a chat that Telegram throttles delay no other chat.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use serde_json::json;
use testkit::{
    TestApp,
    bot_api::{Actor, BotApiFault, RecordedCall},
    eventually,
};
use url::Url;

use crate::{
    BotTest, answers,
    metrics_page::metrics_page,
    webhook::{bot_with_webhook, delivered},
};

/// Messages of the flooding user.
const FLOOD: usize = 300;

/// Replies that a chat gets before it must wait, plus those that a slow test run may add.
const FEW: usize = 60;

async fn people(bot: &BotTest, many: usize) -> Vec<Actor> {
    let mut people = Vec::new();
    for n in 0..many {
        people.push(bot.user(&format!("Person {n}"), "en").await);
    }
    people
}

/// One user sends hundreds of messages and ten others send one each: the others get their replies
/// before most of the flood is answered.
async fn check_flood_delays_no_other_chat(bot: &BotTest) {
    let eve = bot.user("Eve", "en").await;
    for _ in 0..FLOOD {
        eve.sends_text("/help").await;
    }
    let others = people(bot, 10).await;
    join_all(others.iter().map(|other| other.sends_text("/myid"))).await;
    join_all(others.iter().map(|other| other.waits_for_text("Your ID"))).await;
    let flooded = answers(&eve).await.len();
    assert!(flooded <= FEW, "{flooded} answers went to one chat first");
    for other in others {
        assert_eq!(answers(&other).await.len(), 1);
    }
}

#[tokio::test]
async fn polled_flood_does_not_delay_other_chats() {
    check_flood_delays_no_other_chat(&BotTest::start().await).await;
}

#[tokio::test]
async fn webhook_flood_does_not_delay_other_chats() {
    let (bot, _) = bot_with_webhook().await;
    check_flood_delays_no_other_chat(&bot).await;
}

/// Waits until all updates are finished.
async fn wait_until_all_finished(bot: &BotTest) {
    eventually("all updates are finished", async || {
        let updates = bot.telegram.updates().await;
        let reader = bot.app.db.read();
        let id = crate::webhook::bot_id(bot);
        let left = storage::ingress::lanes(&reader, id, 1).await.unwrap();
        let taken = updates.iter().all(|update| update.confirmed_at.is_some());
        (taken && left.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn stranger_is_refused_once_an_hour() {
    // The access list contains the first user.
    let mut bot = BotTest::with(TestApp::builder().env("BOT_ALLOWED", "1000001")).await;
    let ann = bot.user("Ann", "en").await;
    let strangers = [bot.user("Eve", "en").await, bot.user("Ева", "ru").await];
    for n in 0..40 {
        for stranger in &strangers {
            stranger.sends_text(&format!("Why tests matter {n}")).await;
            stranger.presses_data(stranger.id, 1, "h:1").await;
        }
    }
    ann.asks("/myid", "Your ID").await;
    wait_until_all_finished(&bot).await;
    let refused = ["for invited people", "только для своих"];
    for (stranger, words) in strangers.iter().zip(refused) {
        let answers = answers(stranger).await;
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert!(answers[0].text().contains(words), "{answers:?}");
        assert!(answers[0].text().contains(&stranger.id.to_string()));
    }
    let counted = "vibecoder_refusals_total{reason=\"AccessRefused\"} 2\n";
    assert!(metrics_page(&bot).await.contains(counted), "each stranger's first message");
    // A second gateway also knows that the stranger was refused; it may still send them their
    // account number once.
    bot.shutdown.begin();
    bot.start_gateway().await;
    for said in ["Hello?", "/myid", "/myid", "/start"] {
        strangers[0].sends_text(said).await;
    }
    wait_until_all_finished(&bot).await;
    let said = answers(&strangers[0]).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].text().contains("Your ID"));
    assert_eq!(answers(&ann).await.len(), 1);
}

#[tokio::test]
async fn stranger_is_refused_once_across_all_chats() {
    let bot = BotTest::with(TestApp::builder().env("BOT_ALLOWED", "1")).await;
    let eve = bot.user("Eve", "en").await;
    let group = bot.telegram.group("Makers").await;
    eve.asks("Why tests matter", "for invited people").await;
    eve.sends_text_in(&group, "/carousel Why tests matter").await;
    let bob = bot.user("Bob", "en").await;
    bob.sends_text_in(&group, "/carousel Why tests matter").await;
    group.waits_for(|chat| chat.bot_messages().next().map(|_| ())).await;
    wait_until_all_finished(&bot).await;
    let refused = group.chat().await;
    let refused: Vec<_> = refused.bot_messages().map(|message| message.text()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].contains(&bob.id.to_string()), "{refused:?}");
}

/// Two users who have already received a reply.
async fn ann_and_bob(bot: &BotTest) -> [Actor; 2] {
    let two = [bot.user("Ann", "en").await, bot.user("Bob", "en").await];
    for person in &two {
        person.asks("/start", "Hi").await;
    }
    two
}

/// A message of this user with a command, in the form of a webhook request.
fn message(person: &Actor, update: i64, text: &str) -> serde_json::Value {
    json!({
        "update_id": update,
        "message": {
            "message_id": update,
            "date": 1_700_000_000,
            "chat": { "id": person.id, "type": "private", "first_name": "P" },
            "from": { "id": person.id, "is_bot": false, "first_name": "P", "language_code": "en" },
            "text": text,
            "entities": [{ "type": "bot_command", "offset": 0, "length": text.len() }],
        },
    })
}

#[tokio::test]
async fn throttled_chat_holds_no_webhook_connection() {
    let (bot, url) = bot_with_webhook().await;
    let [ann, bob] = ann_and_bob(&bot).await;
    let hour = Duration::from_secs(3600);
    let deaf = BotApiFault::too_many(hour).on("sendMessage").in_chat(ann.id);
    bot.telegram.fault(deaf).await;
    let calls = (0..60).map(|n| {
        let (url, body) = (url.clone(), message(&ann, 800_000 + n, "/help"));
        async move { delivered(&url, &body).await.status }
    });
    // All at once, while the chat's first update waits for an hour.
    let taken: BTreeSet<u16> = join_all(calls).await.into_iter().collect();
    assert_eq!(taken, BTreeSet::from([200]));
    let told = delivered(&url, &message(&bob, 900_000, "/myid")).await;
    assert_eq!(told.status, 200);
    bob.waits_for_text("Your ID").await;
    let is_asked = |call: &RecordedCall| call.chat == Some(ann.id) && call.faulty;
    bot.telegram.until_called(|call| is_asked(call).then_some(())).await;
    let refused = bot.telegram.calls_of("sendMessage").await;
    let asked = refused.iter().filter(|call| is_asked(call));
    assert_eq!(asked.count(), 1, "the rest of the chat waits behind it");
}

#[tokio::test]
async fn two_gateways_answer_once_and_in_order() {
    let (mut bot, first) = bot_with_webhook().await;
    let port = crate::webhook::port().await;
    let second = Url::parse(&format!("http://{}/telegram", port.address())).unwrap();
    let before = std::mem::take(&mut bot.shutdown);
    bot.port = Some(port);
    bot.start_gateway().await;
    let two = ann_and_bob(&bot).await;
    for n in 0..15 {
        for (person, update) in [(&two[0], 800_000 + 2 * n), (&two[1], 800_001 + 2 * n)] {
            let url = if (n % 2 == 0) ^ (update % 2 == 0) { &first } else { &second };
            let body = message(person, update, &format!("/nothing{n}"));
            assert_eq!(delivered(url, &body).await.status, 200);
        }
    }
    wait_until_all_finished(&bot).await;
    for person in two {
        let said = answers(&person).await;
        let said: Vec<_> = said[1..].iter().map(|message| message.text()).collect();
        assert_eq!(said.len(), 15, "{said:?}");
        for (n, said) in said.iter().enumerate() {
            assert!(said.contains(&format!("/nothing{n}")), "{n}: {said}");
        }
    }
    before.begin();
}

#[tokio::test]
async fn backlog_of_a_hundred_chats_is_answered_once() {
    let mut bot = BotTest::start().await;
    bot.shutdown.begin();
    let people = people(&bot, 110).await;
    join_all(people.iter().map(|person| person.sends_text("/myid"))).await;
    bot.start_gateway().await;
    for person in &people {
        person.waits_for_text("Your ID").await;
    }
    wait_until_all_finished(&bot).await;
    for person in &people {
        assert_eq!(answers(person).await.len(), 1);
    }
}
