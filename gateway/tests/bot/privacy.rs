//! Tests of `/privacy`, `/export` and `/forget`: after a deletion, no stored data contains the
//! user's words.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use domain::UserId;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use storage::{Blobs, blobs, privacy, usage};
use temporalio_client::{UntypedWorkflow, WorkflowListOptions};
use testkit::{
    FailpointScript, ScriptedFailpoints, TestApp,
    bot_api::{Actor, FakeMessage, MessageContent},
    eventually,
};

use crate::{BotTest, answers, edits::wait_for_slide};

/// Words of one user, each used in a different feature. No other test data contains them.
const TOPIC: &str = "quetzaltopic";
const EDIT: &str = "quetzaledit";
const QUESTION: &str = "quetzalask";
const BRAND: &str = "quetzalbrand";
const TIMED: &str = "quetzaltimed";
const WAITING: &str = "quetzalwaiting";
const NAME: &str = "quetzalname";

#[derive(Clone, Default)]
struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl io::Write for CapturedLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures the log of our crates. With several tests in one process, the first test captures.
fn capture_log() -> CapturedLog {
    let log = CapturedLog::default();
    let writer = log.clone();
    let listening = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone());
    let _ = listening.try_init();
    log
}

/// All stored data in lower case, with its location.
async fn all_stored_data(bot: &BotTest) -> Vec<(String, String)> {
    let data = &bot.app.settings().data;
    let mut places = Vec::new();
    let database = data.database_url.expose().trim_start_matches("sqlite://");
    for file in [database.to_owned(), format!("{database}-wal")] {
        places.push((file.clone(), lossy(&std::fs::read(&file).unwrap_or_default())));
    }
    files(Path::new(data.blobs_url.expose().trim_start_matches("file://")), &mut places);
    let client = &bot.app.client;
    let listed = client.list_workflows("", WorkflowListOptions::default());
    let listed: Vec<_> = listed.boxed().try_collect().await.unwrap();
    for found in listed {
        let id = found.id().to_owned();
        places.push((format!("list: {id}"), lossy(format!("{:?}", found.raw()).as_bytes())));
        let run = found.run_id().to_owned();
        let handle = client.get_workflow_handle::<UntypedWorkflow>(id.as_str());
        // A run that was replaced or is being deleted has no history.
        if let Ok(history) = handle.fetch_history(Default::default()).to_json().await {
            let json: Value = serde_json::from_slice(&history).unwrap();
            let mut text = String::new();
            decoded(&json, &mut text);
            places.push((format!("history: {id} {run}"), lossy(text.as_bytes())));
        }
    }
    places
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_lowercase()
}

fn files(folder: &Path, places: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, places);
        } else {
            let contents = std::fs::read(&path).unwrap_or_default();
            places.push((path.display().to_string(), lossy(&contents)));
        }
    }
}

/// Every text of a history, including decoded payloads.
fn decoded(json: &Value, text: &mut String) {
    match json {
        Value::String(word) => {
            text.push_str(word);
            text.push('\n');
            text.push_str(&String::from_utf8_lossy(&base64(word)));
            text.push('\n');
        }
        Value::Array(all) => all.iter().for_each(|one| decoded(one, text)),
        Value::Object(all) => all.values().for_each(|one| decoded(one, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn base64(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    out
}

fn holding<'a>(places: &'a [(String, String)], word: &str) -> Vec<&'a str> {
    let has = places.iter().filter(|(_, contents)| contents.contains(word));
    has.map(|(place, _)| place.as_str()).collect()
}

/// Uses every feature as this user.
async fn use_every_feature(bot: &BotTest, ann: &Actor) {
    let settings = ann.asks("/settings", "Settings").await;
    ann.presses_for(&settings, "Name", "name").await;
    ann.asks(BRAND, "Saved").await;
    ann.orders(&format!("Why tests matter, {TOPIC}"), 7).await;
    let ready = ann.waits_for_text("Done").await;
    let menu = ann.presses_for(&ready, "Edit a slide", "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    ann.presses_for(&menu, &third, "Slide 3 of").await;
    ann.sends_text(&format!("Small steps\nOne {EDIT}, one change, one commit.")).await;
    wait_for_slide(ann, "Slide 3 is updated", 0).await;
    ann.sends_text(&format!("/ask What is {QUESTION}?")).await;
    let before = answers(ann).await.len();
    ann.waits_for(|chat| (chat.bot_messages().count() > before).then_some(())).await;
    ann.asks(&format!("/schedule weekly mon 09:00 All about {TIMED}"), TIMED).await;
    assert!(bot.telegram.calls_over_limit().await.is_empty());
}

async fn forgets(ann: &Actor, yes: &str, done: &str) {
    ann.sends_text("/forget").await;
    let question = asked(ann, yes).await;
    ann.presses_for(&question, yes, done).await;
}

/// The newest message with this button.
async fn asked(ann: &Actor, label: &str) -> FakeMessage {
    ann.waits_for_message(|m| m.button(label).is_some()).await
}

async fn wait_for_deletion(bot: &BotTest, ann: &Actor) {
    let user = &UserId::parse(&format!("tg-{}", ann.id)).unwrap();
    let over = async || {
        let running = privacy::is_running(&bot.app.db.read(), user).await;
        (!running.unwrap()).then_some(())
    };
    eventually("the deletion has ended", over).await;
}

#[tokio::test]
async fn forgotten_users_data_is_found_nowhere() {
    let log = capture_log();
    let bot = BotTest::with(TestApp::builder().env("OPEN_CAROUSELS", "9")).await;
    let ann = bot.user(NAME, "en").await;
    let bob = bot.user("Bob", "en").await;
    bob.orders("Why tests matter to kingfishers", 7).await;
    use_every_feature(&bot, &ann).await;
    let before = all_stored_data(&bot).await;
    for word in [TOPIC, EDIT, QUESTION, BRAND, TIMED] {
        assert!(!holding(&before, word).is_empty(), "{word} is stored somewhere");
    }
    assert_eq!(holding(&before, NAME), [""; 0], "a name is never stored");

    forgets(
        &ann,
        "Yes, delete everything",
        "Done: your data is deleted. 1 carousel and 1 schedule",
    )
    .await;
    wait_for_deletion(&bot, &ann).await;
    let blob_store = Blobs::open(bot.app.settings().data.blobs_url.expose()).unwrap();
    let now = chrono::Utc::now() + TimeDelta::seconds(1);
    let collected = blobs::collect(&bot.app.db, &blob_store, now, TimeDelta::hours(24)).await;
    assert!(collected.unwrap().erased >= 7, "seven slides");
    let nowhere = async || {
        let after = all_stored_data(&bot).await;
        let left = holding(&after, "quetzal");
        // Temporal deletes executions asynchronously, within a few seconds.
        left.is_empty().then_some(after)
    };
    let after = eventually("no data is left", nowhere).await;
    assert!(!holding(&after, "kingfishers").is_empty(), "others keep theirs");
    let logged = lossy(&log.0.lock().unwrap());
    assert!(!logged.contains("quetzal"), "a log has words of theirs");
    // Only the deletion's own history contains the account number.
    let number = format!("tg-{}", ann.id);
    let left = holding(&after, &number);
    assert!(left.iter().all(|place| place.contains("forget-")), "{left:?}");
    ann.sends_text(&format!("Why tests matter, {WAITING}")).await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
}

#[tokio::test]
async fn work_under_way_is_stopped_and_later_requests_wait() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "ru").await;
    ann.sends_text(&format!("Why do tests matter, {WAITING}?")).await;
    faults.reached("render_carousel.before").await;
    ann.sends_text("/forget").await;
    let question = asked(&ann, "Да, удалить всё").await;
    ann.presses_for(&question, "Да, удалить всё", "Удаляю твои данные").await;
    let user = &UserId::parse(&format!("tg-{}", ann.id)).unwrap();
    let began = async || {
        let running = privacy::is_running(&bot.app.db.read(), user).await;
        running.unwrap().then_some(())
    };
    eventually("the deletion has begun", began).await;
    ann.asks("Ещё одна тема", "Я ещё удаляю").await;
    faults.release();
    ann.waits_for_text("Готово: твои данные удалены").await;
    wait_for_deletion(&bot, &ann).await;
    let places = all_stored_data(&bot).await;
    let rows = [&places[0], &places[1]];
    assert!(rows.iter().all(|(_, contents)| !contents.contains(WAITING)));
    assert!(ann.chat().await.albums().is_empty());
}

#[tokio::test]
async fn every_step_of_forgetting_may_run_twice() {
    let twice = ["begin_forget", "stop_work", "erase_histories", "erase_data", "finish_forget"];
    for moment in ["after", "recorded"] {
        let points: Vec<String> = twice.iter().map(|step| format!("{step}.{moment}")).collect();
        let fail = points.iter().map(|point| (point.as_str(), FailpointScript::Fail(1)));
        let faults = ScriptedFailpoints::new(fail);
        let bot = BotTest::with_faults(&faults).await;
        let ann = bot.user("Ann", "en").await;
        ann.orders(&format!("Why tests matter, {TOPIC}"), 7).await;
        ann.waits_for_text("Done").await;
        forgets(&ann, "Yes, delete everything", "Done: your data is deleted").await;
        wait_for_deletion(&bot, &ann).await;
        let told = |m: &&FakeMessage| m.text().contains("your data is deleted");
        assert_eq!(answers(&ann).await.iter().filter(told).count(), 1);
        let places = all_stored_data(&bot).await;
        assert!(!places[0].1.contains(TOPIC) && !places[1].1.contains(TOPIC));
    }
}

#[tokio::test]
async fn deletion_needs_a_fresh_private_confirmation() {
    let bot = BotTest::start().await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    eve.sends_text("/forget").await;
    let question = asked(&eve, "Yes, delete everything").await;
    let now = chrono::Utc::now().timestamp();
    let forged = [format!("z:{}:{}", ann.id, now + 600), format!("z:{}:{}", eve.id, now - 1)];
    for data in forged {
        let before = answers(&eve).await.len();
        eve.presses_data(eve.id, question.id, &data).await;
        eve.waits_for(|chat| (chat.bot_messages().count() > before).then_some(())).await;
        eve.waits_for_text("out of date").await;
    }
    let group = bot.telegram.group("Readers").await;
    for (command, _) in [("/forget", 0), ("/export", 1)] {
        ann.sends_text_in(&group, command).await;
    }
    bot.telegram
        .until(group.id, |chat| {
            let answers = chat.chat.as_ref()?.bot_messages();
            let refused = answers.filter(|m| m.text().contains("in private only"));
            (refused.count() == 2).then_some(())
        })
        .await;
    assert!(eve.chat().await.bot_messages().all(|m| !m.text().contains("Done")));
}

#[tokio::test]
async fn deletion_does_not_reset_the_quota() {
    let bot = BotTest::with(TestApp::builder().env("CAROUSELS_PER_DAY", "1")).await;
    let ann = bot.user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    ann.waits_for_text("Done. What next?").await;
    forgets(&ann, "Yes, delete everything", "Done: your data is deleted").await;
    wait_for_deletion(&bot, &ann).await;
    ann.asks("Why names matter", "all of your carousels for today").await;
    let user = UserId::parse(&format!("tg-{}", ann.id)).unwrap();
    let day = chrono::Utc::now().date_naive();
    let spent = usage::of_day(&bot.app.db.read(), &user, day).await;
    assert_eq!(spent.unwrap().calls, 0);
}

#[tokio::test]
async fn privacy_shows_the_configured_retention() {
    let app = TestApp::builder().env("RETENTION_DAYS", "99").env("RETENTION_USAGE_DAYS", "off");
    let bot = BotTest::with(app).await;
    for (language, parts) in [
        ("en", ["for 99 days after", "costs without a limit", "our own notes", "for 730 days"]),
        ("ru", ["99 дн. после", "расходы — без срока", "собственные заметки", "730 дн."]),
    ] {
        let ann = bot.user("Ann", language).await;
        let told = ann.asks("/privacy", "Temporal").await;
        for part in parts {
            assert!(told.text().contains(part), "{part}: {}", told.text());
        }
    }
}

#[tokio::test]
async fn export_is_limited_to_three_per_day() {
    let (bot, ann) = BotTest::with_user("Ann", "ru").await;
    let bob = bot.user("Bob", "en").await;
    bob.orders("Why tests matter to kingfishers", 7).await;
    ann.orders("Почему тесты важны: зимородок", 7).await;
    ann.waits_for_text("Готово").await;
    for number in 1..=3 {
        let update = ann.sends_text("/export").await;
        let file = ann
            .waits_for(|chat| {
                let mut sent = chat
                    .bot_messages()
                    .filter(|m| matches!(m.content, MessageContent::Document { .. }));
                sent.nth(number - 1).cloned()
            })
            .await;
        assert!(update > 0 && file.text().contains("README"));
        // A request while the one before is still open is answered with "already running".
        tokio::time::timeout(Duration::from_secs(60), closed(&bot, &ann, number)).await.unwrap();
        if number > 1 {
            continue;
        }
        let bytes = bot.telegram.file(file.file().unwrap()).await;
        let zip = lossy(&bytes);
        // The ZIP is not compressed, so its contents can be searched as bytes.
        for part in [
            "readme.txt",
            "carousels.json",
            "зимородок",
            "pictures/carousel-tg-",
            "slide-07.jpg",
            "всё, что о тебе",
        ] {
            assert!(zip.contains(part), "{part}");
        }
        assert!(!zip.contains("kingfishers") && bytes.len() < 49_000_000);
    }
    ann.asks("/export", "3 копии данных в день").await;
}

/// Waits until Temporal lists the export as closed; the next request then starts another.
async fn closed(bot: &BotTest, ann: &Actor, number: usize) {
    let day = chrono::Utc::now().date_naive();
    let id = format!("export-tg-{}-{day}-{number}", ann.id);
    let handle = bot.app.client.get_workflow_handle::<UntypedWorkflow>(id.as_str());
    let _ = handle.get_result(Default::default()).await;
}
