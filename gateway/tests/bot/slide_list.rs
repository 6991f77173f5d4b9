//! Tests of edits of the list of slides and of the caption: each press has one effect, and every
//! edit can be undone.

use storage::carousels;
use testkit::bot_api::{Actor, FakeMessage};

use crate::{
    BotTest,
    drafts::{hears_after, user_with_review},
    edits::wait_for_slide,
};

/// The question for one slide's new text, with the buttons that change the list.
async fn open_slide(person: &Actor, above: &FakeMessage, edit: &str, slide: usize) -> FakeMessage {
    let menu = person.presses_for(above, edit, "slide?").await;
    let label = menu.buttons()[slide - 1][0].text.clone();
    person.presses_for(&menu, &label, &format!("Slide {slide} of")).await
}

async fn headings(bot: &BotTest) -> Vec<String> {
    let row = bot.carousels().await.remove(0);
    let reader = bot.app.db.read();
    let saved = carousels::find_draft(&reader, &row.id, row.revision.unwrap()).await.unwrap();
    let slides = saved.unwrap().draft.slides.into_iter();
    slides.map(|slide| if slide.title.is_empty() { slide.body } else { slide.title }).collect()
}

#[tokio::test]
async fn slides_are_removed_moved_added_and_restored() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    let ready = ann.waits_for_text("Done").await;
    assert!(ready.button("Undo").is_none(), "there is no earlier revision");
    let before = headings(&bot).await;

    let cover = open_slide(&ann, &ready, "Edit a slide", 1).await;
    for label in ["Move up", "Move down", "Remove slide"] {
        assert!(cover.button(label).is_none(), "the cover stays first");
    }
    let third = open_slide(&ann, &ready, "Edit a slide", 3).await;
    ann.presses(&third, "Remove slide").await;
    // The second press of the same button is the same edit.
    ann.presses(&third, "Remove slide").await;
    let removed = ann.waits_for_text("now has 6 slides").await;
    let mut without = before.clone();
    without.remove(2);
    assert_eq!(headings(&bot).await, without);
    assert!(removed.text().contains(&format!("3. {}", without[2])), "{}", removed.text());

    ann.presses_for(&third, "Move down", "out of date").await;

    ann.presses_for(&removed, "Undo", "now has 7 slides").await;
    assert_eq!(headings(&bot).await, before);
    assert_eq!(bot.carousels().await[0].revision, Some(3), "two edits, whatever was pressed");

    let second = open_slide(&ann, &removed, "Edit another", 2).await;
    assert!(second.button("Move up").is_none(), "the cover stays first");
    let moved = ann.presses_for(&second, "Move down", &format!("2. {}", before[2])).await;
    let mut order = before.clone();
    order.swap(1, 2);
    assert_eq!(headings(&bot).await, order);

    let last = open_slide(&ann, &moved, "Edit another", 7).await;
    ann.presses_for(&last, "Add a slide after", "new slide after slide 7").await;
    ann.asks("Only a heading", "Something is missing").await;
    let said = ann.sends_text("What I learned\nTests are a way to think").await;
    let added = wait_for_slide(&ann, "Slide 8 is new", said).await;
    order.push("What I learned".to_owned());
    assert_eq!(headings(&bot).await, order);
    ann.presses(&added, "Send the album").await;
    let album = ann.waits_for(|chat| chat.albums().get(1).map(Vec::len)).await;
    assert_eq!(album, 8);
}

#[tokio::test]
async fn caption_is_changed_and_undone_in_both_languages() {
    let bot = BotTest::start().await;
    for (language, topic, labels) in [
        (
            "en",
            "Why tests matter",
            [
                "Done",
                "Caption",
                "tap to copy",
                "Change the caption",
                "Send the new caption",
                "can't be a caption",
                "The caption is changed",
                "Undo",
                "Slide descriptions",
                "screen readers",
            ],
        ),
        (
            "ru",
            "Почему тесты важны",
            [
                "Готово",
                "Подпись",
                "скопировать",
                "Изменить подпись",
                "Пришли новую подпись",
                "не может быть подписью",
                "Подпись изменена",
                "Отменить правку",
                "Описания слайдов",
                "программ чтения",
            ],
        ),
    ] {
        let [ready, caption, copy, change, ask, refused, changed, undo, describe, described] =
            labels;
        let ann = bot.user("Ann", language).await;
        ann.orders(topic, 7).await;
        let ready = ann.waits_for_text(ready).await;
        let shown = ann.presses_for(&ready, caption, copy).await;
        let texts = ann.presses_for(&shown, describe, described).await;
        let number = if language == "en" { "Slide 7 of 7" } else { "Слайд 7 из 7" };
        assert!(texts.text().contains(number), "{}", texts.text());
        ann.presses_for(&shown, change, ask).await;
        ann.asks("#only #tags", refused).await;
        let told = ann.asks("My own words.\n\n#mine", changed).await;
        assert!(told.text().contains("My own words.\n\n#mine"), "{}", told.text());
        let row = carousel_of(&bot, topic).await;
        let saved = |revision| {
            let (reader, id) = (bot.app.db.read(), row.id.clone());
            async move { carousels::find_draft(&reader, &id, revision).await.unwrap().unwrap().draft }
        };
        let (first, second) = (saved(1).await, saved(2).await);
        assert_eq!(
            (second.caption.as_str(), second.hashtags.as_slice()),
            ("My own words.", &["mine".to_owned()][..])
        );
        assert_eq!(second.slides, first.slides);
        let seven = if language == "en" { "has 7 slides" } else { "7 слайдов" };
        ann.presses_for(&told, undo, seven).await;
        assert_eq!(saved(3).await, first);
    }
}

async fn carousel_of(bot: &BotTest, topic: &str) -> carousels::Carousel {
    let mut rows = bot.carousels().await.into_iter();
    rows.find(|row| row.brief.topic == topic).unwrap()
}

#[tokio::test]
async fn draft_in_review_shows_its_new_list_of_slides() {
    let bot = BotTest::start().await;
    let ann = user_with_review(&bot).await;
    let said = ann.sends_text("Why tests matter").await;
    let outline = hears_after(&ann, said, "7. ").await;
    let third = open_slide(&ann, &outline, "Edit a slide", 3).await;
    ann.presses(&third, "Remove slide").await;
    let shorter =
        ann.waits_for_message(|m| m.id > outline.id && m.button("Draw it").is_some()).await;
    assert!(shorter.text().contains("6. ") && !shorter.text().contains("7. "));
    ann.presses(&shorter, "Draw it").await;
    ann.waits_for_album(6).await;
    assert_eq!(headings(&bot).await.len(), 6);
}
