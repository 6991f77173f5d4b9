//! Tests of edits of a delivered carousel: one slide, the theme, all of it.

use std::collections::BTreeSet;

use domain::record::SlideRecord;
use storage::carousels;
use testkit::{
    Act, House, Peer, Script, ScriptedFaults, Wire,
    bot_api::{Content, Message, Person},
};

use crate::Bot;

/// Waits for the photo of a single slide with this caption.
pub(crate) async fn hears_slide(person: &Person, words: &str, after: i64) -> Message {
    person
        .hears(|chat| {
            let mut answers = chat.answers();
            let found = answers.rfind(|message| {
                message.id > after && message.is_photo() && message.text().contains(words)
            });
            found.cloned()
        })
        .await
}

async fn hears_albums(person: &Person, number: usize) -> Vec<Vec<Message>> {
    person
        .hears(|chat| {
            let albums = chat.albums();
            let owned = |album: Vec<&Message>| album.into_iter().cloned().collect();
            (albums.len() == number).then(|| albums.into_iter().map(owned).collect())
        })
        .await
}

fn files(album: &[Message]) -> Vec<String> {
    let files = album.iter().filter_map(Message::file);
    files.map(str::to_owned).collect()
}

#[tokio::test]
async fn editing_a_slide_uploads_only_that_slide() {
    let bot = Bot::start().await;
    for (language, topic, labels) in [
        (
            "ru",
            "Почему тесты важны",
            [
                "Готово",
                "Изменить слайд",
                "Слайд 3 из 7",
                "Слайд 3 переделан",
                "Отправить альбом",
            ],
        ),
        (
            "en",
            "Why tests matter",
            [
                "Done",
                "Edit a slide",
                "Slide 3 of 7",
                "Slide 3 is new",
                "Send the album",
            ],
        ),
    ] {
        let [ready, edit, asked, changed, send] = labels;
        let ann = bot.person("Ann", language).await;
        ann.says(topic).await;
        let first = ann.hears_album(7).await;
        let after = ann.hears_text(ready).await;
        ann.presses(&after, edit).await;
        let menu = ann.hears_text(if language == "ru" {
            "Какой слайд"
        } else {
            "Which slide"
        });
        let menu = menu.await;
        assert_eq!(menu.buttons().len(), 7, "a button for each slide");
        let third = menu.buttons()[2][0].text.clone();
        assert!(third.starts_with("3. "), "{third}");
        ann.presses(&menu, &third).await;
        let question = ann.hears_text(asked).await;
        let Content::Text { words } = &question.content else {
            panic!("a question is text");
        };
        let copyable = |entity: &serde_json::Value| entity["type"] == "pre";
        assert!(words.entities.iter().any(copyable), "as it is now");

        let said = ann.says("Иначе 3\nA body with other words").await;
        let slide = hears_slide(&ann, changed, said).await;
        ann.presses(&slide, send).await;
        let albums = hears_albums(&ann, 2).await;
        let (old, new) = (files(&first), files(&albums[1]));
        let differ: Vec<usize> = (0..7).filter(|at| old[*at] != new[*at]).collect();
        assert_eq!(differ, [2], "what was left alone is not uploaded again");
        // Two presses send one album.
        ann.presses(&slide, send).await;
        let more = ann.says("/status").await;
        ann.hears(|chat| chat.answers().find(|message| message.id > more).cloned())
            .await;
        assert_eq!(ann.chat().await.albums().len(), 2);
    }
}

#[tokio::test]
async fn restyle_and_rewrite_send_new_albums() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    ann.hears_album(7).await;
    let after = ann.hears_text("Done").await;
    ann.presses(&after, "Look").await;
    let looks = ann.hears_text("Which look").await;
    ann.presses(&looks, "paper").await;
    let albums = hears_albums(&ann, 2).await;
    let shared: BTreeSet<String> = files(&albums[0]).into_iter().collect();
    assert!(files(&albums[1]).iter().all(|file| !shared.contains(file)));

    // The new theme stays after a rewrite, and the caption changes.
    ann.presses(&after, "Rewrite").await;
    let albums = hears_albums(&ann, 3).await;
    assert_ne!(albums[2][0].text(), "");
    let rows = looks_of(&bot).await;
    assert_eq!(
        rows,
        [
            (1, None),
            (2, Some("paper".to_owned())),
            (3, Some("paper".to_owned()))
        ]
    );
}

/// Revisions and their themes.
async fn looks_of(bot: &Bot) -> Vec<(u32, Option<String>)> {
    let reader = bot.house.db.read();
    let all = carousels::list(&reader, &carousels::Filter::default()).await;
    let id = all.unwrap().rows[0].id.clone();
    let mut rows = Vec::new();
    for revision in 1..=3 {
        let theme = carousels::theme_of(&reader, &id, revision).await;
        rows.push((revision, theme.unwrap()));
    }
    rows
}

#[tokio::test]
async fn text_that_does_not_fit_is_asked_again() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    ann.hears_album(7).await;
    let after = ann.hears_text("Done").await;
    ann.presses(&after, "Edit a slide").await;
    let menu = ann.hears_text("Which slide").await;
    let label = menu.buttons()[2][0].text.clone();
    ann.presses(&menu, &label).await;
    ann.hears_text("Slide 3 of 7").await;
    ann.says(&format!("Heading\n{}", "words ".repeat(400)))
        .await;
    ann.hears_text("too much for one slide").await;
    ann.says("Heading न\nwords").await;
    ann.hears_text("can't draw").await;
    let update = ann.says("Heading\nA shorter body").await;
    let slide = hears_slide(&ann, "Slide 3 is new", update).await;
    assert!(slide.button("Edit another").is_some());
    // The offline provider can't follow an instruction and refuses it.
    ann.presses(&slide, "Edit another").await;
    let menu = ann.hears(|chat| {
        let mut answers = chat.answers();
        answers
            .rfind(|m| m.id > slide.id && m.text().contains("Which slide"))
            .cloned()
    });
    let menu: Message = menu.await;
    ann.presses(&menu, &label_of(&menu, 1)).await;
    let asked = ann.hears_text("Slide 1 of 7").await;
    ann.presses(&asked, "Say what to change").await;
    ann.hears_text("What should be different").await;
    ann.says("shorter").await;
    ann.hears_text("This needs a model").await;
    assert_eq!(ann.chat().await.albums().len(), 1, "no second carousel");
}

fn label_of(menu: &Message, slide: usize) -> String {
    menu.buttons()[slide - 1][0].text.clone()
}

#[tokio::test]
async fn edit_survives_absent_and_killed_workers() {
    let dies = |point| (point, Script::Fail(1));
    let faults = [
        "save_revision.after",
        "tell_change.before",
        "load_revision.recorded",
    ];
    let faults = ScriptedFaults::new(faults.map(dies));
    let mut bot = Bot::with(House::build().faults(faults.faults())).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    ann.hears_album(7).await;
    let after = ann.hears_text("Done").await;
    ann.presses(&after, "Edit a slide").await;
    let menu = ann.hears_text("Which slide").await;
    ann.presses(&menu, &label_of(&menu, 2)).await;
    ann.hears_text("Slide 2 of 7").await;
    bot.house.dismiss().await;
    let said = ann.says("A heading that waited").await;
    ann.hears_text("Changing slide 2").await;
    bot.house.recall(faults.faults()).await;
    hears_slide(&ann, "Slide 2 is new", said).await;
    // Deliver the same update again.
    let updates = bot.telegram.updates().await;
    let last = updates.last().map(|update| update.id).unwrap();
    for _ in 0..5 {
        bot.telegram.redeliver(last).await;
    }
    ann.says("/status").await;
    ann.hears_text("not making anything").await;
    let reader = bot.house.db.read();
    let all = carousels::list(&reader, &carousels::Filter::default()).await;
    assert_eq!(
        all.unwrap().rows[0].revision,
        Some(2),
        "one revision, whatever happened"
    );
}

/// A bot that uses this model server.
async fn written_by(peer: &Peer) -> Bot {
    let env = peer.env().into_iter();
    let house = env.fold(House::build(), |house, (name, value)| {
        house.env(name, value)
    });
    Bot::with(house.env("AI_PRICES", "gpt-4.1-mini=1/2")).await
}

/// A user who gives an instruction for the first slide. All text that models write fits, so the
/// second slide is overfilled in the database.
async fn wishes(bot: &Bot) -> (Person, i64) {
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    ann.hears_album(7).await;
    let after = ann.hears_text("Done").await;
    overfill(bot).await;
    ann.presses(&after, "Edit a slide").await;
    let menu = ann.hears_text("Which slide").await;
    ann.presses(&menu, &label_of(&menu, 1)).await;
    let asked = ann.hears_text("Slide 1 of 7").await;
    ann.presses(&asked, "Say what to change").await;
    ann.hears_text("What should be different").await;
    let wish = ann.says("a question as its heading").await;
    (ann, wish)
}

/// Stores a revision with a second slide that overflows.
async fn overfill(bot: &Bot) {
    let reader = bot.house.db.read();
    let all = carousels::list(&reader, &carousels::Filter::default()).await;
    let id = &all.unwrap().rows[0].id;
    let mut saved = carousels::draft(&reader, id, 1).await.unwrap().unwrap();
    saved.draft.slides[1] = SlideRecord {
        kind: "principle".to_owned(),
        title: "word ".repeat(119),
        body: "word ".repeat(119),
        ..SlideRecord::default()
    };
    let new = &carousels::Revision {
        intent: "too-full".to_owned(),
        saved,
        theme: "aurora".to_owned(),
        pictures: carousels::pictures(&reader, id, 1).await.unwrap(),
    };
    let stored = bot
        .house
        .db
        .write(|tx| async move { carousels::revise(&tx, id, new, chrono::Utc::now()).await });
    assert_eq!(stored.await.unwrap().value, 2);
}

#[tokio::test]
async fn overflowing_edit_is_shortened_once() {
    let peer = Peer::start(Wire::OpenAi).await;
    let bot = written_by(&peer).await;

    let (ann, wish) = wishes(&bot).await;

    hears_slide(&ann, "Slide 1 is new", wish).await;
    assert_eq!(peer.calls(), 4, "a carousel, a slide, and another shorter");
    let asked = peer.seen()[3].words();
    assert!(asked.contains("You shorten the words") && asked.contains("word word"));
    assert_eq!(books(&bot).await, (4, Some(3)));
}

#[tokio::test]
async fn slide_that_cannot_be_shortened_is_refused() {
    let peer = Peer::start(Wire::OpenAi).await;
    let write = || Act::Write(domain::Language::En);
    peer.script([write(), write(), write()]);
    peer.otherwise(Act::Say("I would rather not.".to_owned()));
    let bot = written_by(&peer).await;

    let (ann, _) = wishes(&bot).await;

    ann.hears_text("too much for one slide").await;
    assert_eq!(peer.calls(), 5, "asked once, and once to mend it");
    assert_eq!(books(&bot).await, (5, Some(2)), "paid for nothing");
}

/// The recorded calls and the carousel's revision.
async fn books(bot: &Bot) -> (u64, Option<u32>) {
    let today = chrono::Utc::now().date_naive();
    // A test may run across midnight.
    let days = (today.pred_opt().unwrap(), today);
    let reader = bot.house.db.read();
    let used = storage::usage::by_day(&reader, None, days.0, days.1).await;
    let calls = used.unwrap().iter().map(|(_, usage)| usage.calls).sum();
    let all = carousels::list(&reader, &carousels::Filter::default()).await;
    (calls, all.unwrap().rows[0].revision)
}
