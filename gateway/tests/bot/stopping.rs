//! Tests of the time in which a person changes their mind: right after the request, while a stop is
//! under way, and when the album is being sent already.

use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{CallOutcome, FakeChat, RecordedCall},
};

use crate::{BotTest, locked_users::wait_until_finished};

/// A bot that is held at this failpoint.
async fn held_at(point: &str) -> (BotTest, ScriptedFailpoints) {
    let faults = ScriptedFailpoints::new([(point, FailpointScript::Hold)]);
    (BotTest::with_faults(&faults).await, faults)
}

#[tokio::test]
async fn no_progress_is_shown_after_stop() {
    for point in ["update_status.before", "save_draft.after"] {
        let (bot, faults) = held_at(point).await;
        let ann = bot.user("Ann", "en").await;
        let status = ann.asks("Why tests matter", "Got it").await;
        faults.reached(point).await;
        let query = ann.presses(&status, "Stop").await;
        assert_eq!(ann.waits_for_callback_answer(&query).await, "Stopping…");
        // The workflow has got the cancel.
        wait_until_finished(&bot).await;
        faults.release();
        ann.waits_for_text("Stopped.").await;

        let calls = bot.telegram.calls().await;
        let stopped = calls
            .iter()
            .position(|call| call.method.eq_ignore_ascii_case("answerCallbackQuery"))
            .unwrap();
        let shown = |call: &&RecordedCall| {
            call.method.eq_ignore_ascii_case("editMessageText") && call.answer == CallOutcome::Ok
        };
        let later: Vec<_> = calls[stopped..].iter().filter(shown).collect();
        assert!(later.is_empty(), "{point}: {later:?}");
        let drawing = |call: &RecordedCall| call.params["text"].to_string().contains("Drawing");
        assert!(!calls.iter().any(drawing), "{point}: the workflow asks for no more progress");
    }
}

#[tokio::test]
async fn carousel_that_was_just_accepted_is_known() {
    for (language, topic, accepted, line, stopping, stopped, [options, early]) in [
        (
            "en",
            "Why tests matter",
            "Got it",
            "“Why tests matter”: accepted",
            "Stopping",
            "Stopped",
            ["Options", "not started this carousel yet"],
        ),
        (
            "ru",
            "Почему тесты важны",
            "Принято",
            "«Почему тесты важны»: принято",
            "Останавливаю",
            "Остановлено",
            ["Параметры", "ещё не начата"],
        ),
    ] {
        let (bot, faults) = held_at("open_carousel.before").await;
        let (ann, bob) = (bot.user("Ann", language).await, bot.user("Bob", language).await);
        let status = ann.asks(topic, accepted).await;
        let query = ann.presses(&status, options).await;
        let toast = ann.waits_for_callback_answer(&query).await;
        assert!(toast.contains(early), "{toast}");
        ann.asks("/status", line).await;
        let idle =
            if language == "en" { "not making anything" } else { "ничего не делаю" };
        bob.asks("/status", idle).await;
        ann.asks("/cancel", stopping).await;
        ann.waits_for_text(stopped).await;
        ann.asks("/status", idle).await;
        faults.release();
    }
}

#[tokio::test]
async fn starting_over_while_the_album_is_sent_announces_both() {
    for (language, topic, new, offer, start, both) in [
        (
            "en",
            "Why tests matter",
            "Naming things",
            "Start over with",
            "Start over",
            "already being sent, so it will arrive too",
        ),
        (
            "ru",
            "Почему тесты важны",
            "Чистый код",
            "Начать заново",
            "Начать с новым",
            "уже отправляется, поэтому придёт и она",
        ),
    ] {
        let (bot, faults) = held_at("deliver_carousel.before").await;
        let ann = bot.user("Ann", language).await;
        let said = ann.sends_text(topic).await;
        faults.reached("deliver_carousel.before").await;
        ann.edits(said, new).await;
        let offered = ann.waits_for_text(offer).await;
        for _ in 0..2 {
            ann.presses(&offered, start).await;
        }
        ann.waits_for_text(both).await;
        faults.release();
        ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
        let announced = |chat: &FakeChat| {
            chat.bot_messages().filter(|message| message.text().contains(both)).count()
        };
        assert_eq!(announced(&ann.chat().await), 1, "{language}");
    }
}
