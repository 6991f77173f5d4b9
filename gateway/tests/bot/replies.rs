//! Tests of replies and edited messages: a reply to a slide edits it, a reply to the album edits all
//! slides, "a carousel of this" takes the other message, an edited topic offers to start over.

use testkit::{
    FakeModelServer, ModelProtocol, ModelResponse, TestApp,
    bot_api::{Actor, FakeMessage},
    eventually,
};

use crate::{BotTest, edits::wait_for_slide, locked_users::wait_until_finished};

async fn bot_with_model_server(peer: &FakeModelServer) -> BotTest {
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    BotTest::with(app).await
}

/// An album and the message with its buttons.
async fn made(ann: &Actor, topic: &str, ready: &str) -> (Vec<FakeMessage>, FakeMessage) {
    let album = ann.orders(topic, 7).await;
    (album, ann.waits_for_text(ready).await)
}

#[tokio::test]
async fn reply_to_a_slide_edits_that_slide() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let bot = bot_with_model_server(&peer).await;
    for (language, topic, ready, wish, changed) in [
        ("en", "Why tests matter", "Done", "with an example from cooking", "is updated"),
        ("ru", "Почему тесты важны", "Готово", "с примером из кулинарии", "переделан"),
    ] {
        peer.set_default_response(ModelResponse::Write(language.parse().unwrap()));
        let ann = bot.user("Ann", language).await;
        let (album, _) = made(&ann, topic, ready).await;
        let said = ann.replies(&album[1], wish).await;
        let shown = wait_for_slide(&ann, changed, said).await;
        assert!(shown.text().contains('2'), "{}", shown.text());
        let asked = peer.requests().pop().unwrap().prompt_text();
        assert!(asked.contains(wish), "{asked}");
        // A reply to the edited slide edits it again, once the ledger knows the message.
        let recorded = async || {
            let (reader, chat) = (bot.app.db.read(), domain::ChatId::new(ann.id));
            let found = storage::ledger::of_message(&reader, chat, shown.id).await.unwrap();
            (!found.rows.is_empty()).then_some(())
        };
        eventually("the edited slide is recorded", recorded).await;
        let said = ann.replies(&shown, wish).await;
        let again = wait_for_slide(&ann, changed, said).await;
        assert_eq!(again.text(), shown.text());
    }
    assert!(bot.carousels().await.iter().all(|made| made.revision == Some(3)));
}

#[tokio::test]
async fn reply_to_the_buttons_edits_all_slides() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let bot = bot_with_model_server(&peer).await;
    let ann = bot.user("Ann", "en").await;
    let (_, ready) = made(&ann, "Why tests matter", "Done").await;
    let before = peer.calls();
    ann.replies(&ready, "shorter").await;
    let albums = async || (ann.chat().await.albums().len() == 2).then_some(());
    eventually("the album is sent again", albums).await;
    let rewritten = peer.requests().split_off(before);
    assert!(rewritten.len() > 3, "each slide is rewritten");
    assert!(rewritten.iter().all(|asked| asked.prompt_text().contains("shorter")));
    // Thanks are no instruction.
    ann.replies(&ready, "thanks!").await;
    ann.waits_for_text("welcome").await;
    assert_eq!(bot.carousels().await[0].revision, Some(2));
}

#[tokio::test]
async fn reply_without_a_model_offers_the_text_instead() {
    let bot = BotTest::start().await;
    for (language, topic, ready, refused, edit) in [
        ("en", "Why tests matter", "Done", "no language model", "Edit a slide"),
        ("ru", "Почему тесты важны", "Готово", "модель не подключена", "Изменить слайд"),
    ] {
        let ann = bot.user("Ann", language).await;
        let (album, after) = made(&ann, topic, ready).await;
        for message in [&album[0], &after] {
            let said = ann.replies(message, "покороче, please").await;
            let answer = ann.waits_for_message(|m| m.id > said).await;
            assert!(answer.text().contains(refused), "{}", answer.text());
            assert!(answer.button(edit).is_some());
        }
        // A theme needs no model.
        ann.replies(&after, "neon").await;
        let albums = async || (ann.chat().await.albums().len() == 2).then_some(());
        eventually("the album in another theme", albums).await;
    }
    assert_eq!(bot.carousels().await.len(), 2);
}

#[tokio::test]
async fn carousel_of_this_takes_the_other_message() {
    let bot = BotTest::start().await;
    bot.telegram.set_privacy_mode(false).await;
    let post = "Tests tell you what broke. Write one before the code.";
    for (language, asked) in [
        ("en", "@vibecoder_bot make a 3-slide carousel of this"),
        ("ru", "@vibecoder_bot, сделай из этого карусель на 3 слайда"),
        ("en", "/carousel 3 slides"),
    ] {
        let (ann, bob) = (bot.user("Ann", language).await, bot.user("Bob", language).await);
        let group = bot.telegram.group("Makers").await;
        let said = bob.sends_text_in(&group, post).await;
        ann.replies_in(&group, said, asked).await;
        let album = group.waits_for(|chat| {
            let album = chat.albums().into_iter().next()?;
            Some(album.len())
        });
        assert_eq!(album.await, 3, "{asked}");
        let made = bot.carousels().await.remove(0);
        assert!(made.brief.topic.starts_with("Tests tell you"), "{}", made.brief.topic);
        assert_eq!(made.user.as_str(), format!("tg-{}", ann.id));
    }
}

#[tokio::test]
async fn edited_topic_offers_to_start_over() {
    let bot = BotTest::start().await;
    for (language, topic, ready, new, offer, start) in [
        ("en", "Why tests matter", "Done", "Naming things", "Start over with", "Start over"),
        ("ru", "Почему тесты важны", "Готово", "Чистый код", "Начать заново", "Начать с новым"),
    ] {
        let (ann, eve) = (bot.user("Ann", language).await, bot.user("Eve", language).await);
        let said = ann.sends_text(topic).await;
        ann.waits_for_text(ready).await;
        // The same text again is no change.
        ann.edits(said, topic).await;
        wait_until_finished(&bot).await;
        ann.edits(said, new).await;
        let offered = ann.waits_for_text(offer).await;
        assert!(offered.text().contains(new), "{}", offered.text());
        // Another person's press makes nothing, and two presses make one carousel.
        let data = offered.button(start).unwrap().data().unwrap().to_owned();
        let greeting = eve.asks("/start", "").await;
        eve.presses_data(eve.id, greeting.id, &data).await;
        wait_until_finished(&bot).await;
        ann.presses(&offered, start).await;
        ann.presses(&offered, start).await;
        eventually("the new carousel is made", async || {
            let made = bot.carousels().await;
            let new = made.iter().find(|made| made.brief.topic == new)?;
            (!new.state.is_open()).then_some(())
        })
        .await;
    }
    let topics: Vec<_> = bot.carousels().await.into_iter().map(|made| made.brief.topic).collect();
    assert_eq!(topics, ["Чистый код", "Почему тесты важны", "Naming things", "Why tests matter"]);
    // Edits of other messages ask for nothing.
    let ann = bot.user("Ann", "en").await;
    let said = ann.sends_text("thanks!").await;
    ann.waits_for_text("welcome").await;
    ann.edits(said, "Why tests matter").await;
    wait_until_finished(&bot).await;
    assert_eq!(ann.chat().await.bot_messages().count(), 1);
}

#[tokio::test]
async fn edited_command_in_a_group_offers_to_start_over() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let group = bot.telegram.group("Makers").await;
    let said = ann.sends_text_in(&group, "/carousel Why tests matter, 3 slides").await;
    group.waits_for_text("Done. What next?").await;
    ann.edits_in(group.id, said, "/carousel Naming things, 3 slides").await;
    let offered = group.waits_for_text("Start over with “Naming things”").await;
    ann.presses(&offered, "Start over").await;
    let albums = async || (group.chat().await.albums().len() == 2).then_some(());
    eventually("the second album is sent", albums).await;
}
