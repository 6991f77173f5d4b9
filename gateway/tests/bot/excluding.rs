//! Tests of locked users and strangers: no request and no schedule of theirs starts anything.

use domain::{AccountId, PauseReason, UpdateId, UserId};
use serde_json::Value;
use storage::{
    carousels::{self, Filter},
    ingress::{self, Standing},
    sessions, subscriptions,
    users::{self, Profile},
};
use testkit::{
    House, HouseBuilder, Script, ScriptedFaults,
    bot_api::{Group, Message, Person},
    eventually,
};

use crate::{
    Bot, answers,
    broadcasting::wants_news,
    drafts::{careful, hears_after},
    scheduling::{only, paused, schedule, strike, subscriptions, thoughts, wants_thought},
    telling::events_of_last,
};

/// The account of a fake's first user.
const OWNER: i64 = 1_000_001;

fn house() -> HouseBuilder {
    House::build().env("BOT_ADMINS", OWNER.to_string())
}

async fn owner(bot: &Bot) -> Person {
    let owner = bot.person("Boss", "en").await;
    assert_eq!(owner.id, OWNER);
    owner.says("/start").await;
    owner.hears_text("Hi").await;
    owner
}

fn user(person: &Person) -> UserId {
    UserId::of_account(AccountId::new(person.id))
}

/// Waits until the newest update is finished.
pub(crate) async fn done(bot: &Bot) {
    let update = bot.telegram.updates().await.last().unwrap().id;
    let (id, _) = bot.telegram.token().split_once(':').unwrap();
    let id = domain::BotId::new(id.parse().unwrap());
    let done = async || {
        let reader = bot.house.db.read();
        let found = ingress::find::<serde_json::Value>(&reader, id, UpdateId::new(update)).await;
        matches!(found.unwrap()?.standing, Standing::Done(_)).then_some(())
    };
    eventually("the update is finished", done).await;
}

async fn carousels(bot: &Bot) -> usize {
    let all = carousels::list(&bot.house.db.read(), &Filter::default()).await;
    all.unwrap().rows.len()
}

/// Changes a user's stored profile directly.
async fn change(bot: &Bot, person: &Person, change: impl Fn(&mut Profile) + Sync) {
    let (id, change) = (&user(person), &change);
    let written = |tx| async move {
        users::change(&tx, id, chrono::Utc::now(), change)
            .await
            .map(drop)
    };
    bot.house.db.write(written).await.unwrap();
}

async fn bans(owner: &Person, person: &Person, rest: &str) -> Message {
    owner.says(&format!("/ban {} {rest}", person.id)).await;
    owner.hears_text(&format!("{} is locked", person.id)).await
}

#[tokio::test]
async fn locked_user_is_notified_once_and_draft_ends() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let ann = careful(&bot).await;
    let said = ann.says("Why tests matter").await;
    let outline = hears_after(&ann, said, "Draft").await;
    let answer = bans(&boss, &ann, "for 7d spam <links>").await;
    let answer = answer.text().to_owned();
    // The event contains the user and the changed fields, but not the reason.
    let events = events_of_last(&bot).await;
    let updated = events.iter().find(|event| event.kind() == "user.updated");
    let updated = serde_json::to_value(updated.unwrap()).unwrap();
    assert_eq!(updated["data"]["user"], format!("tg-{}", ann.id));
    assert_eq!(
        updated["data"]["changed_fields"],
        serde_json::json!(["lock"])
    );
    assert!(!updated.to_string().contains("spam"), "{updated}");
    assert!(answer.contains("UTC. Reason: spam <links>."), "{answer}");
    assert!(answer.contains("Carousels stopped: 1."), "{answer}");
    ann.hears_text("Stopped").await;

    // A button, a dialogue, a text and a command are all refused; one notice is sent.
    ann.presses(&outline, "Draw it").await;
    let told = ann.hears_text("locked your access to this bot until").await;
    assert!(
        told.text().ends_with("Reason: spam <links>"),
        "{}",
        told.text()
    );
    let before = answers(&ann).await.len();
    for said in [
        "Another topic",
        "/ask Why?",
        "/wisdom",
        "/settings",
        "/myid",
        "/start",
    ] {
        ann.says(said).await;
        done(&bot).await;
    }
    let query = ann.presses(&outline, "Rewrite").await;
    ann.is_answered(&query).await;
    done(&bot).await;
    assert_eq!(answers(&ann).await.len(), before, "told once");
    assert_eq!(carousels(&bot).await, 1);
    assert!(ann.chat().await.albums().is_empty());

    boss.says("/banned").await;
    let list = boss.hears_text("Locked").await;
    let line = format!("{}: until", ann.id);
    assert!(list.text().contains(&line), "{}", list.text());
    assert!(list.text().ends_with(&format!("spam <links> (by {OWNER})")));
    boss.says(&format!("/unban {}", ann.id)).await;
    boss.hears_text("Now: may use the bot").await;
    ann.hears_text("You can use the bot again").await;
    ann.says("/help").await;
    ann.hears_text("What I can do").await;
    boss.says("/banned").await;
    boss.hears_text("Nobody is locked").await;
}

#[tokio::test]
async fn lock_is_explained_in_russian_and_expires() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let zoya = bot.person("Zoya", "ru").await;
    zoya.says("/start").await;
    zoya.hears_text("Привет").await;
    bans(&boss, &zoya, "for 30m реклама").await;
    zoya.says("Почему тесты важны").await;
    let told = zoya.hears_text("Администратор закрыл тебе доступ").await;
    assert!(
        told.text().contains("UTC. Причина: реклама"),
        "{}",
        told.text()
    );
    // Move the lock's end into the past instead of waiting half an hour.
    change(&bot, &zoya, |profile| {
        let lock = profile.lock.as_mut().unwrap();
        lock.until = Some(std::time::SystemTime::now());
    })
    .await;
    zoya.says("Почему тесты важны").await;
    zoya.hears_album(7).await;
    // A new lock gives a new notice.
    bans(&boss, &zoya, "").await;
    zoya.says("/help").await;
    zoya.hears(|chat| {
        let mut answers = chat.answers();
        answers
            .find(|m| m.text() == "Администратор закрыл тебе доступ к этому боту.")
            .map(drop)
    })
    .await;
}

#[tokio::test]
async fn locked_users_schedule_stays_paused_until_resumed() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("/schedule hourly Why tests matter").await;
    ann.hears_text("every hour").await;
    let one = only(&bot).await;
    bans(&boss, &ann, "for 7d").await;
    strike(&bot, &one).await;
    let rests = async || paused(&schedule(&bot, &one).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    let row = subscriptions::find(&bot.house.db.read(), &one.id).await;
    let terms = row.unwrap().unwrap().terms;
    assert_eq!(terms.pause_reason, Some(PauseReason::Access));
    assert_eq!(carousels(&bot).await, 0);
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());

    boss.says(&format!("/unban {}", ann.id)).await;
    ann.hears_text("turn it on under /schedule").await;
    ann.says("/schedule").await;
    let list = ann
        .hears_text("paused: you could not use the bot when it was due")
        .await;
    ann.presses(&list, "Go on").await;
    ann.hears_text("Going on").await;
    strike(&bot, &one).await;
    ann.hears_album(7).await;
}

#[tokio::test]
async fn user_removed_from_the_list_gets_nothing() {
    let mut bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let (ann, bob) = (bot.person("Ann", "en").await, bot.person("Bob", "en").await);
    for (person, time) in [(&ann, "08:00"), (&bob, "08:00")] {
        wants_thought(person, time).await;
        wants_news(person).await;
    }
    ann.says("/schedule hourly Why tests matter").await;
    ann.hears_text("every hour").await;
    let all = subscriptions(&bot).await;
    let hourly = all.iter().find(|one| one.terms.topic.is_some()).unwrap();
    let tip = all.iter().find(|one| one.terms.topic.is_none()).unwrap();

    // Restart with an access list that excludes the user.
    bot.shutdown.begin();
    bot.house.dismiss().await;
    let allowed = vec![bob.id];
    bot.house
        .change_settings(|settings| settings.telegram.allowed = allowed);
    bot.house.recall(runtime::faults::Faults::none()).await;
    bot.listen().await;

    strike(&bot, hourly).await;
    let rests = async || paused(&schedule(&bot, hourly).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    strike(&bot, tip).await;
    bob.hears_text("— our note").await;
    boss.says("/broadcast News").await;
    let question = boss.hears_text("Send it to 1 person who wants news").await;
    boss.presses(&question, "Send").await;
    boss.hears_text("Arrived: 1.").await;
    bob.hears(|chat| chat.answers().find(|m| m.text() == "News").map(drop))
        .await;

    assert_eq!(thoughts(&ann).await, 0);
    assert_eq!(carousels(&bot).await, 0);
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    let heard = answers(&ann).await;
    assert!(heard.iter().all(|message| message.text() != "News"));
    ann.says("Why tests matter").await;
    ann.hears_text("for invited people").await;
    assert_eq!(carousels(&bot).await, 0);
}

#[tokio::test]
async fn recipient_locked_during_a_broadcast_is_skipped() {
    let faults = ScriptedFaults::new([("send_broadcast.before", Script::Hold)]);
    let bot = Bot::with(house().faults(faults.faults())).await;
    let boss = owner(&bot).await;
    let (ann, bob) = (bot.person("Ann", "en").await, bot.person("Bob", "ru").await);
    wants_news(&ann).await;
    bob.says("/start").await;
    bob.hears_text("Привет").await;
    change(&bot, &bob, |profile| profile.wants_news = true).await;
    boss.says("/broadcast News").await;
    let question = boss.hears_text("Send it to 2 people").await;
    boss.presses(&question, "Send").await;
    faults.reached("send_broadcast.before").await;
    bans(&boss, &bob, "").await;
    faults.release();
    let report = boss.hears_text("The broadcast is over. Arrived").await;
    assert!(
        report.text().contains("Arrived: 1. Failed: 1"),
        "{}",
        report.text()
    );
    ann.hears(|chat| chat.answers().find(|m| m.text() == "News").map(drop))
        .await;
    let heard = answers(&bob).await;
    assert!(heard.iter().all(|message| message.text() != "News"));
}

/// The lock comes while the accepted carousel waits for the database.
#[tokio::test]
async fn carousel_accepted_before_the_lock_is_not_made() {
    let faults = ScriptedFaults::new([("open_carousel.before", Script::Hold)]);
    let bot = Bot::with(house().faults(faults.faults())).await;
    let boss = owner(&bot).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    faults.reached("open_carousel.before").await;
    bans(&boss, &ann, "").await;
    faults.release();
    ann.hears_text("You can't use this bot at present").await;
    assert_eq!(carousels(&bot).await, 0);
}

/// A reply in a group identifies the user; the answer goes to the administrator's private chat.
async fn locks_by_reply(owner: &Person, group: &Group, spam: &Message) -> Message {
    owner.replies(spam, "/ban for 2d spam").await;
    let answer = owner.hears_text("is locked until").await;
    let chat = group.chat().await;
    assert_eq!(chat.answers().count(), 0, "nothing is said in the group");
    answer
}

#[tokio::test]
async fn reply_in_a_group_locks_without_an_answer() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let eve = bot.person("Eve", "en").await;
    let group = bot.telegram.forum("Makers").await;
    let topic = group.topic("Talk").await;
    let id = eve
        .says_in_topic(&group, topic, "Buy cheap followers")
        .await;
    let spam = group.chat().await.message(id).unwrap().clone();
    locks_by_reply(&boss, &group, &spam).await;
    // In the group a locked user gets no answer, in particular not the reason; in private they do.
    eve.says_in_topic(&group, topic, "/carousel Why tests matter")
        .await;
    done(&bot).await;
    assert_eq!(group.chat().await.answers().count(), 0);
    eve.says("/start").await;
    eve.hears_text("Reason: spam").await;
    assert_eq!(carousels(&bot).await, 0);
}

#[tokio::test]
async fn owners_cannot_be_locked_and_grant_administrators() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let (ann, eve) = (bot.person("Ann", "en").await, bot.person("Eve", "ru").await);
    ann.says("/ban 5").await;
    ann.hears_text("There is no command /ban").await;
    boss.says(&format!("/ban {OWNER}")).await;
    boss.hears_text("is an owner of this bot").await;
    boss.says("/ban Ann").await;
    boss.hears_text("/ban NUMBER for 7d").await;

    boss.says(&format!("/admin {}", ann.id)).await;
    boss.hears_text(&format!("{}: an administrator", ann.id))
        .await;
    ann.says("/stats").await;
    ann.hears_text("Today (UTC)").await;
    ann.says(&format!("/admin {}", eve.id)).await;
    ann.hears_text("Only an owner of the bot").await;
    ann.says(&format!("/ban {OWNER}")).await;
    ann.hears_text("is an owner of this bot").await;
    ann.says(&format!("/ban {} на 2н", eve.id)).await;
    ann.hears_text("is locked until").await;
    eve.says("/start").await;
    eve.hears_text("Администратор закрыл тебе доступ").await;
    // A locked administrator has no administrator rights until they are unlocked.
    bans(&boss, &ann, "").await;
    ann.says("/stats").await;
    ann.hears_text("locked your access").await;
    boss.says(&format!("/unban {}", ann.id)).await;
    boss.hears_text("Now: an administrator").await;
    boss.says(&format!("/unadmin {}", ann.id)).await;
    boss.hears_text(&format!("{}: may use the bot", ann.id))
        .await;
    ann.says("/stats").await;
    ann.hears_text("There is no command /stats").await;
}

#[tokio::test]
async fn locked_person_does_not_end_a_groups_dialogue() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let (ann, eve) = (bot.person("Ann", "en").await, bot.person("Eve", "en").await);
    let group = bot.telegram.group("Makers").await;
    ann.says_in(&group, "/carousel Why tests matter").await;
    let ready = hears_in(&group, "Done. What next?").await;
    ann.presses(&ready, "Edit a slide").await;
    let menu = hears_in(&group, "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    ann.presses(&menu, &third).await;
    let question = hears_in(&group, "Slide 3 of").await;
    bans(&boss, &eve, "").await;

    let before = dialogue(&bot, &group).await;
    assert!(before.to_string().contains("slide"), "{before}");

    eve.replies(&question, "Buy cheap followers").await;
    done(&bot).await;
    eve.says_in(&group, "/help").await;
    done(&bot).await;
    eve.presses(&ready, "Caption").await;
    done(&bot).await;
    assert_eq!(dialogue(&bot, &group).await, before);
    ann.presses(&ready, "Caption").await;
    done(&bot).await;
    assert_eq!(dialogue(&bot, &group).await, Value::Null, "Ann ends it");
}

/// The stored dialogue of a group; null if there is none.
async fn dialogue(bot: &Bot, group: &Group) -> Value {
    let (id, _) = bot.telegram.token().split_once(':').unwrap();
    let dialogue = sessions::Dialogue {
        bot: domain::BotId::new(id.parse().unwrap()),
        chat: domain::ChatId::new(group.id),
    };
    let found = sessions::load::<Value>(&bot.house.db.read(), dialogue, chrono::Utc::now()).await;
    let found = found.unwrap();
    found.map_or(Value::Null, |session| session.record)
}

/// Waits for a message of the bot in a group.
async fn hears_in(group: &Group, words: &str) -> Message {
    group
        .hears(|chat| {
            let mut answers = chat.answers();
            answers.rfind(|m| m.text().contains(words)).cloned()
        })
        .await
}

#[tokio::test]
async fn person_locked_before_their_first_update_is_created_after_the_lock() {
    let bot = Bot::with(house()).await;
    let boss = owner(&bot).await;
    let eve = bot.person("Eve", "ru").await;
    bans(&boss, &eve, "").await;
    let created = async || {
        let events = events_of_last(&bot).await;
        let created = events.iter().filter(|event| event.kind() == "user.created");
        created.count()
    };
    let language = async || {
        let found = users::find(&bot.house.db.read(), &user(&eve)).await;
        found.unwrap().unwrap().profile.language
    };
    assert_eq!(created().await, 0, "a lock is no update of its user");
    eve.says("/start").await;
    eve.hears_text("Администратор закрыл тебе доступ").await;
    assert_eq!((created().await, language().await), (0, None));

    boss.says(&format!("/unban {}", eve.id)).await;
    boss.hears_text("Now: may use the bot").await;
    eve.says("/start").await;
    eve.hears_text("Привет").await;
    let russian = Some(domain::Language::Ru);
    assert_eq!((created().await, language().await), (1, russian));
    eve.says("/help").await;
    eve.hears_text("Что я умею").await;
    assert_eq!(created().await, 0);
}
