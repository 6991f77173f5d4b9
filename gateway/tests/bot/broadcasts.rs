//! Tests of broadcasts and of `/stats`, which are for administrators only.

use std::time::Duration;

use domain::{AccountId, Language, UserId};
use serde_json::json;
use storage::users::{self, NewUser, Profile};
use testkit::{
    FailpointScript, ScriptedFailpoints, TestApp, TestAppBuilder,
    bot_api::{Actor, BotApiFault, FakeMessage},
    eventually,
};
use workers::Pools;

use crate::BotTest;

/// The account of a fake's first user.
const ADMIN: i64 = 1_000_001;

fn app() -> TestAppBuilder {
    TestApp::builder().env("BOT_ADMINS", ADMIN.to_string())
}

/// An administrator and some users who have written to the bot; all receive broadcasts.
async fn people<const N: usize>(bot: &BotTest, names: [&str; N]) -> (Actor, Vec<Actor>) {
    let boss = bot.user("Boss", "en").await;
    assert_eq!(boss.id, ADMIN);
    subscribe_to_news(&boss).await;
    let mut others = Vec::new();
    for name in names {
        let person = bot.user(name, "en").await;
        subscribe_to_news(&person).await;
        others.push(person);
    }
    (boss, others)
}

pub(crate) async fn subscribe_to_news(person: &Actor) {
    let hello = person.asks("/myid", "Your ID").await;
    // The button of a greeting, which has it after the first carousel.
    person.presses_data(person.id, hello.id, "v:news:start").await;
    person.waits_for_text("I will send you news").await;
}

async fn preview_broadcast(boss: &Actor, text: &str, people: u64) -> FakeMessage {
    boss.sends_text(&format!("/broadcast {text}")).await;
    let people = match people {
        1 => "Send it to 1 person who wants news".to_owned(),
        many => format!("Send it to {many} people who want news"),
    };
    boss.waits_for_text(&people).await
}

/// How many messages with this text a user received.
async fn message_count(person: &Actor, text: &str) -> usize {
    let chat = person.chat().await;
    chat.bot_messages().filter(|m| m.text() == text).count()
}

#[tokio::test]
async fn broadcast_is_previewed_and_reaches_each_subscriber_once() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann", "Bob", "Cid"]).await;
    // Dan did not subscribe to news and gets none.
    let dan = bot.user("Dan", "en").await;
    dan.asks("/start", "Hi").await;
    others[1].deletes_account().await;
    let question = preview_broadcast(&boss, "<b>News</b> & more", 4).await;
    assert_eq!(message_count(&boss, "<b>News</b> & more").await, 1, "the preview");
    let (first, second) =
        (boss.presses(&question, "Send").await, boss.presses(&question, "Send").await);
    boss.waits_for_callback_answer(&first).await;
    boss.waits_for_callback_answer(&second).await;
    let report = boss.waits_for_text("The broadcast is over. Delivered").await;
    assert_eq!(
        report.text(),
        "The broadcast is over. Delivered: 3. Failed: 1, of these stopped the bot: 1."
    );
    let update = bot.telegram.updates().await.last().unwrap().id;
    bot.telegram.redeliver(update).await;
    for person in [&others[0], &others[2]] {
        assert_eq!(message_count(person, "<b>News</b> & more").await, 1);
    }
    assert_eq!(message_count(&boss, "<b>News</b> & more").await, 2, "and their own");
    assert_eq!(message_count(&dan, "<b>News</b> & more").await, 0);

    // A user who has blocked the bot is not counted again until they write.
    let question = preview_broadcast(&boss, "More news", 3).await;
    boss.presses_for(&question, "Never mind", "nobody gets it").await;
    others[1].unblocks().await;
    others[1].sends_text("/myid").await;
    preview_broadcast(&boss, "Still more", 4).await;
    assert_eq!(message_count(&others[0], "More news").await, 0);
}

#[tokio::test]
async fn broadcast_without_subscribers_explains_how_to_subscribe() {
    let bot = BotTest::with(app()).await;
    let boss = bot.user("Boss", "en").await;
    let question = boss.asks("/broadcast Anybody?", "Nobody has asked for news yet").await;
    boss.presses_for(&question, "Send", "The broadcast is over. Delivered: 0.").await;
}

#[tokio::test]
async fn news_can_be_switched_off_in_both_languages() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann"]).await;
    let question = preview_broadcast(&boss, "News", 2).await;
    boss.presses(&question, "Send").await;
    let news = others[0].waits_for_text("News").await;
    others[0].presses(&news, "No more news").await;
    others[0].waits_for_text("no more news").await;
    assert_eq!(message_count(&others[0], "News").await, 1, "the news stay as they are");
    preview_broadcast(&boss, "More", 1).await;

    let zoya = bot.user("Zoya", "ru").await;
    let hello = zoya.asks("/start", "Привет").await;
    zoya.presses_data(zoya.id, hello.id, "v:news:start").await;
    zoya.waits_for_text("буду присылать новости").await;
    preview_broadcast(&boss, "Even more", 2).await;
    let settings = zoya.asks("/settings", "Новости: да").await;
    zoya.presses_for(&settings, "Новости", "Новости: нет").await;
    // A user who receives broadcasts is not asked again.
    boss.sends_text("/start").await;
    let hello = boss.waits_for(|chat| {
        let hello = chat.bot_messages().rfind(|m| m.text().contains("Hi!"));
        hello.filter(|hello| hello.button("Send me news").is_none()).cloned()
    });
    hello.await;
    preview_broadcast(&boss, "News again", 1).await;
}

/// Previews a broadcast of the administrator's own carousel.
async fn preview_album_broadcast(boss: &Actor, people: u64) -> FakeMessage {
    let choices = boss.asks("/broadcast", "Or one of your carousels").await;
    boss.presses(&choices, "Why tests matter").await;
    let people = format!("Send it to {people} pe");
    boss.waits_for_text(&people).await
}

#[tokio::test]
async fn carousel_broadcast_uploads_no_image_again() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann", "Bob"]).await;
    let album = boss.orders("Why tests matter", 7).await;
    boss.waits_for_text("Done. What next").await;
    let question = preview_album_broadcast(&boss, 3).await;
    let said = question.text();
    assert!(said.contains("The carousel Why tests matter"), "{said}");
    boss.presses(&question, "Send").await;
    boss.presses_for(&question, "Send", "Delivered: 3.").await;
    for person in &others {
        let chat = person.chat().await;
        let albums = chat.albums();
        assert_eq!(albums.len(), 1);
        for (theirs, first) in albums[0].iter().zip(&album) {
            assert_eq!(theirs.file(), first.file(), "named, not uploaded");
            assert_eq!(theirs.text(), first.text());
        }
    }
    assert_eq!(boss.chat().await.albums().len(), 2, "and their own");
}

#[tokio::test]
async fn partial_or_unknown_album_is_not_sent_twice() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann", "Bob"]).await;
    boss.orders("Why tests matter", 7).await;
    boss.waits_for_text("Done. What next").await;
    let question = preview_album_broadcast(&boss, 3).await;
    for (fault, chat) in [
        (BotApiFault::partial_album(3), others[0].id),
        (BotApiFault::accept_then_drop(), others[1].id),
    ] {
        let fault = fault.on("sendMediaGroup").in_chat(chat);
        bot.telegram.fault(fault).await;
    }
    let report = boss.presses_for(&question, "Send", "The broadcast is over").await;
    let text = report.text();
    assert!(text.contains("Delivered: 2.") && text.contains("Not confirmed: 1."), "{text}");
    let photos = async |person: &Actor| {
        let chat = person.chat().await;
        chat.bot_messages().filter(|m| m.is_photo()).count()
    };
    assert_eq!(photos(&others[0]).await, 7, "the rest came after it");
    assert_eq!(photos(&others[1]).await, 7, "and it was not sent again");
}

#[tokio::test]
async fn rate_limited_broadcast_reaches_every_recipient() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann", "Bob"]).await;
    let question = preview_broadcast(&boss, "News", 3).await;
    bot.telegram.fault(BotApiFault::too_many(Duration::from_secs(1)).on("sendMessage")).await;
    boss.presses_for(&question, "Send", "Delivered: 3.").await;
    for person in &others {
        assert_eq!(message_count(person, "News").await, 1);
    }
}

#[tokio::test]
async fn killed_worker_sends_no_broadcast_twice() {
    let faults = ScriptedFailpoints::new([("send_broadcast.after", FailpointScript::Fail(1))]);
    let bot = BotTest::with(app().faults(faults.hooks())).await;
    let (boss, others) = people(&bot, ["Ann", "Bob"]).await;
    let question = preview_broadcast(&boss, "News", 3).await;
    let report = boss.presses_for(&question, "Send", "Delivered: 2.").await;
    assert!(report.text().contains("Not confirmed: 1"), "{report:?}");
    for person in &others {
        assert_eq!(message_count(person, "News").await, 1);
    }
}

#[tokio::test]
async fn replaced_workers_continue_the_broadcast() {
    let faults = ScriptedFailpoints::new([("send_broadcast.before", FailpointScript::Hold)]);
    let app = app().env("DRAIN_SECONDS", "1").faults(faults.hooks());
    let mut bot = BotTest::with(app).await;
    let (boss, others) = people(&bot, ["Ann", "Bob"]).await;
    let question = preview_broadcast(&boss, "News", 3).await;
    boss.presses(&question, "Send").await;
    faults.reached("send_broadcast.before").await;
    bot.app.stop_workers().await;
    let shift = bot.app.start_workers(&Pools::all(), ScriptedFailpoints::none().hooks()).await;
    boss.waits_for_text("Delivered: 3.").await;
    for person in &others {
        assert_eq!(message_count(person, "News").await, 1);
    }
    faults.release();
    shift.stop().await;
}

#[tokio::test]
async fn broadcast_is_paused_and_resumed_by_buttons() {
    let faults = ScriptedFailpoints::new([("find_recipients.before", FailpointScript::Hold)]);
    let bot = BotTest::with(app().faults(faults.hooks())).await;
    let (boss, others) = people(&bot, ["Ann"]).await;
    let question = preview_broadcast(&boss, "News", 2).await;
    let begun = boss.presses_for(&question, "Send", "has started").await;
    faults.reached("find_recipients.before").await;
    let rests = boss.presses_for(&begun, "Pause", "is paused").await;
    faults.release();
    let looked = async || (faults.passes("find_recipients.recorded") > 0).then_some(());
    eventually("the pause is noticed", looked).await;
    assert_eq!(message_count(&others[0], "News").await, 0);
    boss.presses_for(&rests, "Resume", "Delivered: 2.").await;
    assert_eq!(message_count(&others[0], "News").await, 1);
}

#[tokio::test]
async fn cancelled_broadcast_reaches_no_further_recipient() {
    let faults = ScriptedFailpoints::new([("send_broadcast.before", FailpointScript::Hold)]);
    let bot = BotTest::with(app().faults(faults.hooks())).await;
    let (boss, others) = people(&bot, ["Ann"]).await;
    let question = preview_broadcast(&boss, "News", 2).await;
    let begun = boss.presses_for(&question, "Send", "has started").await;
    faults.reached("send_broadcast.before").await;
    boss.presses_for(&begun, "Stop", "is stopped").await;
    faults.release();
    boss.waits_for_text("Stopped early. Not sent to: 2").await;
    assert_eq!(message_count(&others[0], "News").await, 0);
}

#[tokio::test]
async fn large_broadcast_continues_in_a_new_run() {
    let bot = BotTest::with(app()).await;
    let (boss, _) = people(&bot, ["Ann"]).await;
    let at = chrono::Utc::now();
    let strangers = |tx| async move {
        for n in 1..=510 {
            let account = 5_000_000 + n;
            let new = NewUser {
                id: UserId::parse(&format!("tg-{account}")).unwrap(),
                account: Some(AccountId::new(account)),
                profile: Profile {
                    language: Some(Language::En),
                    wants_news: true,
                    ..Profile::default()
                },
            };
            users::find_or_create(&tx, &new, at).await?;
        }
        Ok::<_, storage::StorageError>(())
    };
    bot.app.db.write(strangers).await.unwrap();
    let question = preview_broadcast(&boss, "News", 512).await;
    boss.presses(&question, "Send").await;
    // At 20 messages per second, 512 take 26 s.
    let boss = boss.with_timeout(Duration::from_secs(120));
    let report = boss.waits_for_message(|m| m.text().contains("Delivered:")).await;
    let text = report.text();
    assert!(text.contains("Delivered: 2. Failed: 510, of these stopped the bot: 510"), "{text}");
}

#[tokio::test]
async fn broadcast_commands_are_unknown_to_other_users() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann"]).await;
    let ann = &others[0];
    for command in ["/broadcast Buy!", "/stats"] {
        ann.asks(command, "There is no command").await;
    }
    let question = preview_broadcast(&boss, "News", 2).await;
    let data = question.button("Send").unwrap();
    let data = data.data().unwrap().to_owned();
    let mine = ann.asks("/myid", "Your ID").await;
    let query = ann.presses_data(ann.id, mine.id, &data).await;
    ann.waits_for_callback_answer(&query).await;
    ann.waits_for_text("out of date").await;
    assert_eq!(message_count(&boss, "News").await, 1, "the preview alone");

    let menu = async |scope: serde_json::Value| {
        let asked = json!({ "scope": scope, "language_code": "en" });
        let menu = bot.telegram.call("getMyCommands", &asked).await.unwrap();
        let menu: serde_json::Value = menu.json().unwrap();
        menu["result"].to_string()
    };
    let everybody = menu(json!({ "type": "default" })).await;
    assert!(everybody.contains("schedule") && !everybody.contains("stats"), "{everybody}");
    let theirs = menu(json!({ "type": "chat", "chat_id": ADMIN })).await;
    assert!(theirs.contains("stats") && theirs.contains("broadcast"), "{theirs}");
}

#[tokio::test]
async fn stats_are_shown_in_both_languages() {
    let bot = BotTest::with(app()).await;
    let (boss, others) = people(&bot, ["Ann"]).await;
    others[0].sends_text("Why tests matter").await;
    others[0].waits_for_album(7).await;
    others[0].waits_for_text("Done").await;
    let ended = async || {
        let now = chrono::Utc::now() - chrono::TimeDelta::hours(1);
        let made = storage::stats::carousel_stats(&bot.app.db.read(), now).await;
        (made.unwrap().delivered == 1).then_some(())
    };
    eventually("the end is recorded", ended).await;
    let stats = boss.asks("/stats", "carousels: 1, delivered: 1").await;
    for part in ["success rate: 100 %", "users: 2, active chats today: 2", "models: $0.00"] {
        assert!(stats.text().contains(part), "{part}: {}", stats.text());
    }
    let settings = boss.asks("/settings", "Settings").await;
    let choices = boss.presses_for(&settings, "Language", "language").await;
    boss.presses_for(&choices, "русский", "Настройки").await;
    boss.asks("/stats", "каруселей: 1, доставлено: 1").await;
    boss.asks("/help", "/broadcast ТЕКСТ").await;
    let help = others[0].asks("/help", "What I can do").await;
    assert!(!help.text().contains("/stats"), "{}", help.text());
    boss.asks("/broadcast", "Пришли текст после команды").await;
    boss.asks("/broadcast Привет", "Отправить 2 людям, которые ждут новостей").await;
}
