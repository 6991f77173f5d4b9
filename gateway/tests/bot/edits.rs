//! Tests of edits of a delivered carousel: one slide, the theme, all of it.

use std::collections::BTreeSet;

use domain::record::SlideRecord;
use storage::carousels;
use testkit::{
    FailpointScript, FakeModelServer, ModelProtocol, ModelResponse, ScriptedFailpoints, TestApp,
    bot_api::{Actor, FakeMessage, MessageContent},
};

use crate::BotTest;

pub(crate) async fn wait_for_slide(person: &Actor, words: &str, after: i64) -> FakeMessage {
    person
        .waits_for_message(|message| {
            message.id > after && message.is_photo() && message.text().contains(words)
        })
        .await
}

async fn wait_for_albums(person: &Actor, number: usize) -> Vec<Vec<FakeMessage>> {
    person
        .waits_for(|chat| {
            let albums = chat.albums();
            let owned = |album: Vec<&FakeMessage>| album.into_iter().cloned().collect();
            (albums.len() == number).then(|| albums.into_iter().map(owned).collect())
        })
        .await
}

fn files(album: &[FakeMessage]) -> Vec<String> {
    let files = album.iter().filter_map(FakeMessage::file);
    files.map(str::to_owned).collect()
}

#[tokio::test]
async fn editing_a_slide_uploads_only_that_slide() {
    let bot = BotTest::start().await;
    for (language, topic, labels) in [
        (
            "ru",
            "Почему тесты важны",
            ["Готово", "Изменить слайд", "Слайд 3 из 7", "Слайд 3 переделан", "Отправить альбом"],
        ),
        (
            "en",
            "Why tests matter",
            ["Done", "Edit a slide", "Slide 3 of 7", "Slide 3 is updated", "Send the album"],
        ),
    ] {
        let [ready, edit, asked, changed, send] = labels;
        let ann = bot.user("Ann", language).await;
        let first = ann.orders(topic, 7).await;
        let after = ann.waits_for_text(ready).await;
        ann.presses(&after, edit).await;
        let menu = ann.waits_for_text(if language == "ru" {
            "Какой слайд"
        } else {
            "Which slide"
        });
        let menu = menu.await;
        assert_eq!(menu.buttons().len(), 7, "a button for each slide");
        let third = menu.buttons()[2][0].text.clone();
        assert!(third.starts_with("3. "), "{third}");
        let question = ann.presses_for(&menu, &third, asked).await;
        let MessageContent::Text { words } = &question.content else {
            panic!("a question is text");
        };
        let copyable = |entity: &serde_json::Value| entity["type"] == "pre";
        assert!(words.entities.iter().any(copyable), "as it is now");

        let said = ann.sends_text("Иначе 3\nA body with other words").await;
        let slide = wait_for_slide(&ann, changed, said).await;
        ann.presses(&slide, send).await;
        let albums = wait_for_albums(&ann, 2).await;
        let (old, new) = (files(&first), files(&albums[1]));
        let differ: Vec<usize> = (0..7).filter(|at| old[*at] != new[*at]).collect();
        assert_eq!(differ, [2], "what was left alone is not uploaded again");
        // Two presses send one album.
        ann.presses(&slide, send).await;
        let more = ann.sends_text("/status").await;
        ann.waits_for(|chat| chat.bot_messages().find(|message| message.id > more).cloned()).await;
        assert_eq!(ann.chat().await.albums().len(), 2);
    }
}

#[tokio::test]
async fn buttons_of_slides_show_no_marks_of_emphasis() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let after = ann.asks("Why tests matter", "Done").await;
    let menu = ann.presses_for(&after, "Edit a slide", "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    ann.presses_for(&menu, &third, "Slide 3 of 7").await;
    let said = ann.sends_text("**Small** steps\nA body with other words").await;
    let slide = wait_for_slide(&ann, "is updated", said).await;
    ann.presses(&slide, "Edit another").await;
    let again = |message: &FakeMessage| message.id > slide.id && message.text().contains("Which");
    let menu = ann.waits_for_message(again).await;
    assert_eq!(menu.buttons()[2][0].text, "3. Small steps");
}

#[tokio::test]
async fn restyle_and_rewrite_send_new_albums() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    let after = ann.waits_for_text("Done").await;
    let looks = ann.presses_for(&after, "Theme", "Which theme").await;
    ann.presses(&looks, "paper").await;
    let albums = wait_for_albums(&ann, 2).await;
    let shared: BTreeSet<String> = files(&albums[0]).into_iter().collect();
    assert!(files(&albums[1]).iter().all(|file| !shared.contains(file)));

    // The new theme stays after a rewrite, and the caption changes.
    ann.presses(&after, "Rewrite").await;
    let albums = wait_for_albums(&ann, 3).await;
    assert_ne!(albums[2][0].text(), "");
    let rows = themes_of_revisions(&bot).await;
    assert_eq!(rows, [(1, None), (2, Some("paper".to_owned())), (3, Some("paper".to_owned()))]);
}

async fn themes_of_revisions(bot: &BotTest) -> Vec<(u32, Option<String>)> {
    let reader = bot.app.db.read();
    let id = bot.carousels().await[0].id.clone();
    let mut rows = Vec::new();
    for revision in 1..=3 {
        let theme = carousels::revision_theme(&reader, &id, revision).await;
        rows.push((revision, theme.unwrap()));
    }
    rows
}

#[tokio::test]
async fn text_that_does_not_fit_is_asked_again() {
    let bot = BotTest::with(TestApp::builder().env("AI_PROVIDERS", "offline")).await;
    let ann = bot.user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    let after = ann.waits_for_text("Done").await;
    let menu = ann.presses_for(&after, "Edit a slide", "Which slide").await;
    let label = menu.buttons()[2][0].text.clone();
    ann.presses_for(&menu, &label, "Slide 3 of 7").await;
    ann.asks(&format!("Heading\n{}", "words ".repeat(400)), "too much for one slide").await;
    ann.asks("Heading न\nwords", "can't draw").await;
    let update = ann.sends_text("Heading\nA shorter body").await;
    let slide = wait_for_slide(&ann, "Slide 3 is updated", update).await;
    assert!(slide.button("Edit another").is_some());
    // The offline provider can't follow an instruction, so none is offered.
    ann.presses(&slide, "Edit another").await;
    let menu = ann.waits_for_message(|m| m.id > slide.id && m.text().contains("Which slide")).await;
    let asked = ann.presses_for(&menu, &label_of(&menu, 1), "Slide 1 of 7").await;
    assert!(asked.button("Say what to change").is_none());
    assert!(asked.button("Never mind").is_some());
    assert_eq!(ann.chat().await.albums().len(), 1, "no second carousel");
}

fn label_of(menu: &FakeMessage, slide: usize) -> String {
    menu.buttons()[slide - 1][0].text.clone()
}

#[tokio::test]
async fn edit_survives_absent_and_killed_workers() {
    let dies = |point| (point, FailpointScript::Fail(1));
    let faults = ["save_revision.after", "tell_change.before", "load_revision.recorded"];
    let faults = ScriptedFailpoints::new(faults.map(dies));
    let mut bot = BotTest::with(TestApp::builder().faults(faults.hooks())).await;
    let ann = bot.user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    let after = ann.waits_for_text("Done").await;
    let menu = ann.presses_for(&after, "Edit a slide", "Which slide").await;
    ann.presses_for(&menu, &label_of(&menu, 2), "Slide 2 of 7").await;
    bot.app.stop_workers().await;
    let said = ann.sends_text("A heading that waited").await;
    ann.waits_for_text("Changing slide 2").await;
    bot.app.restart_workers(faults.hooks()).await;
    wait_for_slide(&ann, "Slide 2 is updated", said).await;
    // Deliver the same update again.
    let updates = bot.telegram.updates().await;
    let last = updates.last().map(|update| update.id).unwrap();
    for _ in 0..5 {
        bot.telegram.redeliver(last).await;
    }
    ann.asks("/status", "not making anything").await;
    assert_eq!(bot.carousels().await[0].revision, Some(2), "one revision, whatever happened");
}

async fn bot_with_model_server(peer: &FakeModelServer) -> BotTest {
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    BotTest::with(app.env("AI_PRICES", "test-model=1/2")).await
}

/// A user who gives an instruction for the first slide. All text that models write fits, so the
/// second slide is overfilled in the database.
async fn request_overflowing_edit(bot: &BotTest) -> (Actor, i64) {
    let ann = bot.user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    let after = ann.waits_for_text("Done").await;
    overfill(bot).await;
    let menu = ann.presses_for(&after, "Edit a slide", "Which slide").await;
    let asked = ann.presses_for(&menu, &label_of(&menu, 1), "Slide 1 of 7").await;
    ann.presses_for(&asked, "Say what to change", "What should be different").await;
    let wish = ann.sends_text("a question as its heading").await;
    (ann, wish)
}

/// Stores a revision with a second slide that overflows.
async fn overfill(bot: &BotTest) {
    let reader = bot.app.db.read();
    let id = &bot.carousels().await[0].id.clone();
    let mut saved = carousels::find_draft(&reader, id, 1).await.unwrap().unwrap();
    saved.draft.slides[1] = SlideRecord {
        kind: "principle".to_owned(),
        title: "word ".repeat(119),
        body: "word ".repeat(119),
        ..SlideRecord::default()
    };
    let new = &carousels::NewRevision {
        intent: "too-full".to_owned(),
        saved,
        theme: "aurora".to_owned(),
        pictures: carousels::pictures(&reader, id, 1).await.unwrap(),
    };
    let stored = bot.app.db.write(|tx| async move {
        carousels::store_revision(&tx, id, new, chrono::Utc::now()).await
    });
    assert_eq!(stored.await.unwrap().value, 2);
}

#[tokio::test]
async fn overflowing_edit_is_shortened_once() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let mut bot = bot_with_model_server(&peer).await;
    // The test stores a revision without its events.
    bot.app.allow_differing_rows();

    let (ann, wish) = request_overflowing_edit(&bot).await;

    wait_for_slide(&ann, "Slide 1 is updated", wish).await;
    assert_eq!(peer.calls(), 4, "a carousel, a slide, and another shorter");
    let asked = peer.requests()[3].prompt_text();
    assert!(asked.contains("You shorten the words") && asked.contains("word word"));
    assert_eq!(recorded_calls(&bot).await, (4, Some(3)));
}

#[tokio::test]
async fn slide_that_cannot_be_shortened_is_refused() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let write = || ModelResponse::Write(domain::Language::En);
    peer.script([write(), write(), write()]);
    peer.set_default_response(ModelResponse::Text("I would rather not.".to_owned()));
    let mut bot = bot_with_model_server(&peer).await;
    // The test stores a revision without its events.
    bot.app.allow_differing_rows();

    let (ann, _) = request_overflowing_edit(&bot).await;

    ann.waits_for_text("too much for one slide").await;
    assert_eq!(peer.calls(), 5, "asked once, and once to mend it");
    assert_eq!(recorded_calls(&bot).await, (5, Some(2)), "paid for nothing");
}

/// The recorded calls and the carousel's revision.
async fn recorded_calls(bot: &BotTest) -> (u64, Option<u32>) {
    let today = chrono::Utc::now().date_naive();
    // A test may run across midnight.
    let days = (today.pred_opt().unwrap(), today);
    let reader = bot.app.db.read();
    let used = storage::usage::by_day(&reader, None, days.0, days.1).await;
    let calls = used.unwrap().iter().map(|(_, usage)| usage.calls).sum();
    (calls, bot.carousels().await[0].revision)
}
