//! Tests of locked users and strangers: no request and no schedule of theirs starts anything.

use domain::{AccountId, PauseReason, UpdateId, UserId};
use serde_json::Value;
use storage::{
    ingress::{self, UpdateState},
    sessions, subscriptions,
    users::{self, Profile},
};
use testkit::{
    FailpointScript, ScriptedFailpoints, TestApp, TestAppBuilder,
    bot_api::{Actor, ActorGroup, FakeMessage},
    eventually,
};

use crate::{
    BotTest, answers,
    broadcasts::subscribe_to_news,
    drafts::{hears_after, user_with_review},
    events::events_of_last,
    schedules::{
        daily_tip_count, only_subscription, paused, schedule, subscribe_to_daily_tip,
        subscriptions, trigger_schedule,
    },
};

/// The account of a fake's first user.
const OWNER: i64 = 1_000_001;

fn app() -> TestAppBuilder {
    TestApp::builder().env("BOT_ADMINS", OWNER.to_string())
}

async fn owner(bot: &BotTest) -> Actor {
    let owner = bot.user("Boss", "en").await;
    assert_eq!(owner.id, OWNER);
    owner.asks("/start", "Hi").await;
    owner
}

fn user(person: &Actor) -> UserId {
    UserId::of_account(AccountId::new(person.id))
}

/// Waits until the newest update is finished.
pub(crate) async fn wait_until_finished(bot: &BotTest) {
    let update = bot.telegram.updates().await.last().unwrap().id;
    let (id, _) = bot.telegram.token().split_once(':').unwrap();
    let id = domain::BotId::new(id.parse().unwrap());
    let done = async || {
        let reader = bot.app.db.read();
        let found = ingress::find::<serde_json::Value>(&reader, id, UpdateId::new(update)).await;
        matches!(found.unwrap()?.state, UpdateState::Done(_)).then_some(())
    };
    eventually("the update is finished", done).await;
}

/// Changes a user's stored profile directly.
async fn change(bot: &BotTest, person: &Actor, change: impl Fn(&mut Profile) + Sync) {
    let (id, change) = (&user(person), &change);
    let written =
        |tx| async move { users::change(&tx, id, chrono::Utc::now(), change).await.map(drop) };
    bot.app.db.write(written).await.unwrap();
}

async fn ban_user(owner: &Actor, person: &Actor, rest: &str) -> FakeMessage {
    owner.sends_text(&format!("/ban {} {rest}", person.id)).await;
    owner.waits_for_text(&format!("{} is banned", person.id)).await
}

#[tokio::test]
async fn locked_user_is_notified_once_and_draft_ends() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let ann = user_with_review(&bot).await;
    let said = ann.sends_text("Why tests matter").await;
    let outline = hears_after(&ann, said, "Draft").await;
    let answer = ban_user(&boss, &ann, "for 7d spam <links>").await;
    let answer = answer.text().to_owned();
    // The event contains the user and the changed fields, but not the reason.
    let events = events_of_last(&bot).await;
    let updated = events.iter().find(|event| event.kind() == "user.updated");
    let updated = serde_json::to_value(updated.unwrap()).unwrap();
    assert_eq!(updated["data"]["user"], format!("tg-{}", ann.id));
    assert_eq!(updated["data"]["changed_fields"], serde_json::json!(["lock"]));
    assert!(!updated.to_string().contains("spam"), "{updated}");
    assert!(answer.contains("UTC. Reason: spam <links>."), "{answer}");
    assert!(answer.contains("Carousels stopped: 1."), "{answer}");
    ann.waits_for_text("Stopped").await;

    // A button, a dialogue, a text and a command are all refused; one notice is sent.
    let told = ann.presses_for(&outline, "Draw it", "banned you from this bot until").await;
    assert!(told.text().ends_with("Reason: spam <links>"), "{}", told.text());
    let before = answers(&ann).await.len();
    for said in ["Another topic", "/ask Why?", "/wisdom", "/settings", "/myid", "/start"] {
        ann.sends_text(said).await;
        wait_until_finished(&bot).await;
    }
    let query = ann.presses(&outline, "Rewrite").await;
    ann.waits_for_callback_answer(&query).await;
    wait_until_finished(&bot).await;
    assert_eq!(answers(&ann).await.len(), before, "told once");
    assert_eq!(bot.carousels().await.len(), 1);
    assert!(ann.chat().await.albums().is_empty());

    let list = boss.asks("/banned", "Banned").await;
    let line = format!("{}: until", ann.id);
    assert!(list.text().contains(&line), "{}", list.text());
    assert!(list.text().ends_with(&format!("spam <links> (by {OWNER})")));
    boss.asks(&format!("/unban {}", ann.id), "Now: may use the bot").await;
    ann.waits_for_text("You can use the bot again").await;
    ann.asks("/help", "What I can do").await;
    boss.asks("/banned", "Nobody is banned").await;
}

#[tokio::test]
async fn lock_is_explained_in_russian_and_expires() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let zoya = bot.user("Zoya", "ru").await;
    zoya.asks("/start", "Привет").await;
    ban_user(&boss, &zoya, "for 30m реклама").await;
    let told = zoya.asks("Почему тесты важны", "Администратор закрыл тебе доступ").await;
    assert!(told.text().contains("UTC. Причина: реклама"), "{}", told.text());
    // Move the lock's end into the past instead of waiting half an hour.
    change(&bot, &zoya, |profile| {
        let lock = profile.lock.as_mut().unwrap();
        lock.until = Some(std::time::SystemTime::now());
    })
    .await;
    zoya.orders("Почему тесты важны", 7).await;
    // A new lock gives a new notice.
    ban_user(&boss, &zoya, "").await;
    zoya.sends_text("/help").await;
    zoya.waits_for(|chat| {
        let mut answers = chat.bot_messages();
        answers.find(|m| m.text() == "Администратор закрыл тебе доступ к этому боту.").map(drop)
    })
    .await;
}

#[tokio::test]
async fn locked_users_schedule_stays_paused_until_resumed() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/schedule hourly Why tests matter", "every hour").await;
    let one = only_subscription(&bot).await;
    ban_user(&boss, &ann, "for 7d").await;
    trigger_schedule(&bot, &one).await;
    let rests = async || paused(&schedule(&bot, &one).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    let row = subscriptions::find(&bot.app.db.read(), &one.id).await;
    let terms = row.unwrap().unwrap().terms;
    assert_eq!(terms.pause_reason, Some(PauseReason::Access));
    assert_eq!(bot.carousels().await.len(), 0);
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());

    boss.sends_text(&format!("/unban {}", ann.id)).await;
    ann.waits_for_text("turn it on under /schedule").await;
    let list = ann.asks("/schedule", "paused: you could not use the bot when it was due").await;
    ann.presses_for(&list, "Resume", "Resumed").await;
    trigger_schedule(&bot, &one).await;
    ann.waits_for_album(7).await;
}

#[tokio::test]
async fn user_removed_from_the_list_gets_nothing() {
    let mut bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    for (person, time) in [(&ann, "08:00"), (&bob, "08:00")] {
        subscribe_to_daily_tip(person, time).await;
        subscribe_to_news(person).await;
    }
    ann.asks("/schedule hourly Why tests matter", "every hour").await;
    let all = subscriptions(&bot).await;
    let hourly = all.iter().find(|one| one.terms.topic.is_some()).unwrap();
    let tip = all.iter().find(|one| one.terms.topic.is_none()).unwrap();

    // Restart with an access list that excludes the user.
    bot.shutdown.begin();
    bot.app.stop_workers().await;
    let allowed = vec![bob.id];
    bot.app.change_settings(|settings| settings.telegram.allowed = allowed);
    bot.app.restart_workers(runtime::failpoint_hooks::FailpointHooks::none()).await;
    bot.start_gateway().await;

    trigger_schedule(&bot, hourly).await;
    let rests = async || paused(&schedule(&bot, hourly).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    trigger_schedule(&bot, tip).await;
    bob.waits_for_text("— our note").await;
    let question = boss.asks("/broadcast News", "Send it to 1 person who wants news").await;
    boss.presses_for(&question, "Send", "Delivered: 1.").await;
    bob.waits_for(|chat| chat.bot_messages().find(|m| m.text() == "News").map(drop)).await;

    assert_eq!(daily_tip_count(&ann).await, 0);
    assert_eq!(bot.carousels().await.len(), 0);
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    let heard = answers(&ann).await;
    assert!(heard.iter().all(|message| message.text() != "News"));
    ann.asks("Why tests matter", "for invited people").await;
    assert_eq!(bot.carousels().await.len(), 0);
}

#[tokio::test]
async fn recipient_locked_during_a_broadcast_is_skipped() {
    let faults = ScriptedFailpoints::new([("send_broadcast.before", FailpointScript::Hold)]);
    let bot = BotTest::with(app().faults(faults.hooks())).await;
    let boss = owner(&bot).await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "ru").await);
    subscribe_to_news(&ann).await;
    bob.asks("/start", "Привет").await;
    change(&bot, &bob, |profile| profile.wants_news = true).await;
    let question = boss.asks("/broadcast News", "Send it to 2 people").await;
    boss.presses(&question, "Send").await;
    faults.reached("send_broadcast.before").await;
    ban_user(&boss, &bob, "").await;
    faults.release();
    let report = boss.waits_for_text("The broadcast is over. Delivered").await;
    assert!(report.text().contains("Delivered: 1. Failed: 1"), "{}", report.text());
    ann.waits_for(|chat| chat.bot_messages().find(|m| m.text() == "News").map(drop)).await;
    let heard = answers(&bob).await;
    assert!(heard.iter().all(|message| message.text() != "News"));
}

/// The lock comes while the accepted carousel waits for the database.
#[tokio::test]
async fn carousel_accepted_before_the_lock_is_not_made() {
    let faults = ScriptedFailpoints::new([("open_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with(app().faults(faults.hooks())).await;
    let boss = owner(&bot).await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    faults.reached("open_carousel.before").await;
    ban_user(&boss, &ann, "").await;
    faults.release();
    ann.waits_for_text("You can't use this bot at the moment").await;
    assert_eq!(bot.carousels().await.len(), 0);
}

/// A reply in a group identifies the user; the answer goes to the administrator's private chat.
async fn locks_by_reply(owner: &Actor, group: &ActorGroup, spam: &FakeMessage) -> FakeMessage {
    owner.replies(spam, "/ban for 2d spam").await;
    let answer = owner.waits_for_text("is banned until").await;
    let chat = group.chat().await;
    assert_eq!(chat.bot_messages().count(), 0, "nothing is said in the group");
    answer
}

#[tokio::test]
async fn reply_in_a_group_locks_without_an_answer() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let eve = bot.user("Eve", "en").await;
    let group = bot.telegram.forum("Makers").await;
    let topic = group.topic("Talk").await;
    let id = eve.sends_text_in_topic(&group, topic, "Buy cheap followers").await;
    let spam = group.chat().await.message(id).unwrap().clone();
    locks_by_reply(&boss, &group, &spam).await;
    // In the group a locked user gets no answer, in particular not the reason; in private they do.
    eve.sends_text_in_topic(&group, topic, "/carousel Why tests matter").await;
    wait_until_finished(&bot).await;
    assert_eq!(group.chat().await.bot_messages().count(), 0);
    eve.asks("/start", "Reason: spam").await;
    assert_eq!(bot.carousels().await.len(), 0);
}

#[tokio::test]
async fn owners_cannot_be_locked_and_grant_administrators() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "ru").await);
    ann.asks("/ban 5", "There is no command /ban").await;
    boss.asks(&format!("/ban {OWNER}"), "is an owner of this bot").await;
    boss.asks("/ban Ann", "/ban ID for 7d").await;

    boss.asks(&format!("/admin {}", ann.id), &format!("{}: an administrator", ann.id)).await;
    ann.asks("/stats", "Today (UTC)").await;
    ann.asks(&format!("/admin {}", eve.id), "Only an owner of the bot").await;
    ann.asks(&format!("/ban {OWNER}"), "is an owner of this bot").await;
    ann.asks(&format!("/ban {} на 2н", eve.id), "is banned until").await;
    eve.asks("/start", "Администратор закрыл тебе доступ").await;
    // A locked administrator has no administrator rights until they are unlocked.
    ban_user(&boss, &ann, "").await;
    ann.asks("/stats", "banned you from this bot").await;
    boss.asks(&format!("/unban {}", ann.id), "Now: an administrator").await;
    boss.asks(&format!("/unadmin {}", ann.id), &format!("{}: may use the bot", ann.id)).await;
    ann.asks("/stats", "There is no command /stats").await;
}

#[tokio::test]
async fn locked_person_does_not_end_a_groups_dialogue() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    let group = bot.telegram.group("Makers").await;
    ann.sends_text_in(&group, "/carousel Why tests matter").await;
    let ready = hears_in(&group, "Done. What next?").await;
    ann.presses(&ready, "Edit a slide").await;
    let menu = hears_in(&group, "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    ann.presses(&menu, &third).await;
    let question = hears_in(&group, "Answer by replying").await;
    ban_user(&boss, &eve, "").await;

    let before = dialogue(&bot, &group, &ann).await;
    assert!(before.to_string().contains("slide"), "{before}");

    eve.replies(&question, "Buy cheap followers").await;
    wait_until_finished(&bot).await;
    eve.sends_text_in(&group, "/help").await;
    wait_until_finished(&bot).await;
    eve.presses(&ready, "Caption").await;
    wait_until_finished(&bot).await;
    assert_eq!(dialogue(&bot, &group, &ann).await, before);
    ann.presses(&ready, "Caption").await;
    wait_until_finished(&bot).await;
    assert_eq!(dialogue(&bot, &group, &ann).await, Value::Null, "Ann ends it");
}

/// The stored dialogue of a person in a group; null if there is none.
pub(crate) async fn dialogue(bot: &BotTest, group: &ActorGroup, person: &Actor) -> Value {
    let (id, _) = bot.telegram.token().split_once(':').unwrap();
    let dialogue = sessions::SessionKey {
        bot: domain::BotId::new(id.parse().unwrap()),
        chat: domain::ChatId::new(group.id),
        thread: None,
        account: domain::AccountId::new(person.id),
    };
    let found = sessions::load::<Value>(&bot.app.db.read(), dialogue, chrono::Utc::now()).await;
    let found = found.unwrap();
    found.map_or(Value::Null, |session| session.record)
}

async fn hears_in(group: &ActorGroup, words: &str) -> FakeMessage {
    group.waits_for(|chat| chat.bot_messages().rfind(|m| m.text().contains(words)).cloned()).await
}

#[tokio::test]
async fn person_locked_before_their_first_update_is_created_after_the_lock() {
    let bot = BotTest::with(app()).await;
    let boss = owner(&bot).await;
    let eve = bot.user("Eve", "ru").await;
    ban_user(&boss, &eve, "").await;
    let created = async || {
        let events = events_of_last(&bot).await;
        let created = events.iter().filter(|event| event.kind() == "user.created");
        created.count()
    };
    let language = async || {
        let found = users::find(&bot.app.db.read(), &user(&eve)).await;
        found.unwrap().unwrap().profile.language
    };
    assert_eq!(created().await, 0, "a lock is no update of its user");
    eve.asks("/start", "Администратор закрыл тебе доступ").await;
    assert_eq!((created().await, language().await), (0, None));

    boss.asks(&format!("/unban {}", eve.id), "Now: may use the bot").await;
    eve.asks("/start", "Привет").await;
    let russian = Some(domain::Language::Ru);
    assert_eq!((created().await, language().await), (1, russian));
    eve.asks("/help", "Что я умею").await;
    assert_eq!(created().await, 0);
}
