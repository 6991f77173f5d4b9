//! Requests of several messages, and requests that people change or stop.

use testkit::bot_api::PersonMessage;

use super::transcript::{Person, Transcript};

/// A sentence that fills a message up to Telegram's limit.
const SENTENCE: [&str; 2] =
    ["Tests give the courage to change code. ", "Тесты дают смелость менять код. "];

/// An album, a paste that Telegram splits, and a forwarded post with a comment: one request each.
pub(super) async fn several_messages(chat: &mut Transcript, bob: &Person) -> anyhow::Result<()> {
    let ready = chat.t("Done. What next?", "Готово. Что дальше?");
    chat.heading("An album is one message", "Альбом — одно сообщение");
    chat.note(
        chat.t("Bob sends three pictures without a word.", "Боря шлёт три картинки без слов."),
    );
    bob.actor.sends_album(3, b"a picture", "").await;
    chat.waits(bob.actor.id, chat.t("can't make a carousel from that", "карусель не сделать"))
        .await?;
    let topic = chat.t("Why tests matter", "Почему тесты важны");
    chat.note(&format!(
        "{}: {topic}",
        chat.t("Three pictures, captioned", "Три картинки, подпись")
    ));
    bob.actor.sends_album(3, b"a picture", topic).await;
    chat.waits(bob.actor.id, ready).await?;

    chat.heading("A long paste that Telegram splits", "Длинный текст, который Telegram делит");
    let sentence = chat.t(SENTENCE[0], SENTENCE[1]);
    let begin = sentence.repeat(4_000 / sentence.chars().count());
    let end = sentence.repeat(2);
    let paste = [begin.trim_end(), end.trim_end()].map(|text| bob.actor.text_message(text));
    chat.sends_together(bob, paste.into(), ready).await?;

    chat.heading("A forwarded post with a comment", "Пересланный пост с комментарием");
    let comment = bob.actor.text_message(
        chat.t("make a carousel of this, 4 slides", "сделай из этого карусель, 4 слайда"),
    );
    let post = PersonMessage {
        forwarded_from: Some(chat.t("Rust weekly", "Неделя Rust").to_owned()),
        ..bob.actor.text_message(&sentence.repeat(20))
    };
    chat.sends_together(bob, vec![comment, post], ready).await?;
    Ok(())
}

/// A topic that is edited after it was sent.
pub(super) async fn second_thoughts(chat: &mut Transcript, eve: &Person) -> anyhow::Result<()> {
    chat.heading("A topic is edited after it was sent", "Тему исправили после отправки");
    let first = chat.t("Why test matter", "Почему тест важны");
    chat.says(eve, "/start", chat.t("Hi! I turn a topic", "Привет!")).await?;
    let asked = eve.actor.sends_text(first).await;
    chat.note(&format!("{}: {first}", eve.name));
    chat.waits(eve.actor.id, chat.t("Got it", "Принято")).await?;
    let fixed = chat.t("Why tests matter", "Почему тесты важны");
    eve.actor.edits(asked, fixed).await;
    chat.note(&format!("{} → {fixed}", eve.name));
    let offer = chat.waits(eve.actor.id, chat.t("Start over with", "Начать заново")).await?;
    let again = chat.t("Start over", "Начать с новым текстом");
    let ready = chat.t("Done. What next?", "Готово. Что дальше?");
    chat.presses(eve, &offer, again, ready).await?;
    Ok(())
}

/// A carousel that is stopped by a person who makes no other one.
pub(super) async fn stopped(chat: &mut Transcript, bob: &Person) -> anyhow::Result<()> {
    chat.heading("A carousel that is stopped", "Карусель, которую остановили");
    let topic = chat.t("How to name things", "Как давать имена");
    chat.says(bob, topic, chat.t("Got it", "Принято")).await?;
    let status = chat.waits(bob.actor.id, chat.t("Writing the slides", "Пишу слайды")).await?;
    chat.says(bob, "/status", chat.t("”: writing", "»: пишу")).await?;
    let stop = chat.t("Stop", "Остановить");
    chat.presses(bob, &status, stop, chat.t("Stopped.", "Остановлено.")).await?;
    chat.says(bob, "/cancel", chat.t("not making anything", "ничего не делаю")).await?;
    Ok(())
}
