//! One person in a private chat: the first minute, edits of a carousel, schedules, their data.

use testkit::bot_api::FakeMessage;

use super::transcript::{Person, Transcript};

/// A greeting, small talk, deep links, and a request with choices that are changed by one tap.
pub(super) async fn first_minute(chat: &mut Transcript, ann: &Person) -> anyhow::Result<()> {
    chat.heading("The first minute", "Первая минута");
    let hello = chat.says(ann, "/start", chat.t("Hi! I turn a topic", "Привет!")).await?;
    let topic = chat.t("Why tests matter", "Почему тесты важны");
    let ready = chat.t("Done. What next?", "Готово. Что дальше?");
    chat.presses(ann, &hello, topic, ready).await?;
    for (en, answer_en, ru, answer_ru) in [
        ("thanks!", "You're welcome", "спасибо!", "Пожалуйста"),
        ("who are you?", "I'm a bot", "кто ты?", "Я бот"),
        ("/help", "What I can do", "/help", "Что я умею"),
        ("/dance", "There is no command", "/dance", "Такой команды нет"),
        ("🙂", "at least one word", "🙂", "хотя бы одно слово"),
        ("/usage", "Carousels: 1", "/usage", "Каруселей: 1"),
    ] {
        chat.says(ann, chat.t(en, ru), chat.t(answer_en, answer_ru)).await?;
    }

    chat.heading("Deep links", "Ссылки на бота");
    chat.says(ann, "/start ad1", chat.t("Hi! I turn a topic", "Привет!")).await?;
    let link = chat.t("/start t_Q2xlYW4gY29kZQ", "/start t_0KfQuNGB0YLRi9C5INC60L7QtA");
    chat.says(ann, link, ready).await?;

    inline_mode(chat, ann).await?;

    chat.heading("A request with choices", "Запрос с пожеланиями");
    let request = chat.t(
        "make me a 5-slide carousel about naming things, dark",
        "сделай карусель из 5 слайдов про имена в коде, тёмную",
    );
    chat.says(ann, request, chat.t("Got it", "Принято")).await?;
    let status = chat.waits(ann.actor.id, chat.t("Writing the slides", "Пишу слайды")).await?;
    let options = chat.t("Options", "Параметры");
    let panel =
        chat.presses(ann, &status, options, chat.t("What should be", "Что сделать")).await?;
    chat.presses(ann, &panel, "paper", ready).await?;
    Ok(())
}

/// A query in any chat gets a link that makes the topic.
async fn inline_mode(chat: &Transcript, ann: &Person) -> anyhow::Result<()> {
    chat.heading("Inline mode", "Инлайн-режим");
    chat.telegram.turn_inline_mode_on().await;
    let topic = chat.t("Clean code", "Чистый код");
    chat.note(&format!("{}: @vibecoder_bot {topic}", ann.name));
    let answer = ann.actor.asks_inline(topic).await;
    let offered = answer["results"][0]["title"].as_str().unwrap_or_default();
    let expected = chat.t("Carousel: Clean code", "Карусель: Чистый код");
    anyhow::ensure!(offered == expected, "the query was answered by {answer}");
    chat.note(offered);
    Ok(())
}

/// Every kind of edit of the newest carousel.
pub(super) async fn edits(chat: &mut Transcript, ann: &Person) -> anyhow::Result<()> {
    edit_slide(chat, ann).await?;
    rearrange(chat, ann).await?;

    chat.heading("A reply to a slide", "Ответ на слайд");
    let album = chat.newest_album(ann.actor.id).await?;
    chat.replies(ann, &album[1], chat.t("shorter", "короче"), chat.t("Slide 2", "Слайд 2")).await?;

    edit_caption(chat, ann).await?;

    chat.heading("Another theme, and the files", "Другое оформление и файлы");
    let shown = control(chat, ann).await?;
    let theme = chat.t("Theme", "Оформление");
    let themes =
        chat.presses(ann, &shown, theme, chat.t("Which theme", "Какое оформление")).await?;
    let ready = chat.t("Done. What next?", "Готово. Что дальше?");
    let done = chat.presses(ann, &themes, "neon", ready).await?;
    chat.presses_for_files(ann, &done, chat.t("Files", "Файлы")).await
}

/// An instruction for a slide, and its text in the person's own words.
async fn edit_slide(chat: &mut Transcript, ann: &Person) -> anyhow::Result<()> {
    chat.heading("A slide is edited", "Правка слайда");
    let done = control(chat, ann).await?;
    let panel = slide_panel(chat, ann, &done, 2).await?;
    let (instruct, ask) = (
        chat.t("Say what to change", "Сказать, что поменять"),
        chat.t("What should be different", "Что поменять"),
    );
    chat.presses(ann, &panel, instruct, ask).await?;
    let updated = chat.t("Slide 3 is updated", "Слайд 3 переделан");
    let wish = chat.t("with an example from cooking", "с примером из кулинарии");
    let slide = chat.says(ann, wish, updated).await?;
    slide_panel(chat, ann, &slide, 2).await?;
    let words = chat.t(
        "Small steps\nOne test, one change, one commit.",
        "Маленькие шаги\nОдин тест, одно изменение, один коммит.",
    );
    chat.says(ann, words, updated).await?;
    Ok(())
}

async fn rearrange(chat: &mut Transcript, ann: &Person) -> anyhow::Result<()> {
    chat.heading("The slides as a list, and undo", "Слайды списком и отмена");
    let shown = control(chat, ann).await?;
    let panel = slide_panel(chat, ann, &shown, 2).await?;
    let now = chat.t("The carousel now has", "Теперь в карусели");
    let list = chat.presses(ann, &panel, chat.t("Move down", "Ниже"), now).await?;
    let panel = slide_panel(chat, ann, &list, 3).await?;
    let list = chat.presses(ann, &panel, chat.t("Remove slide", "Убрать слайд"), now).await?;
    let list = chat.presses(ann, &list, chat.t("Undo", "Отменить правку"), now).await?;
    let (send, ready) = (
        chat.t("Send the album", "Отправить альбом"),
        chat.t("Done. What next?", "Готово. Что дальше?"),
    );
    chat.presses(ann, &list, send, ready).await?;
    Ok(())
}

async fn edit_caption(chat: &mut Transcript, ann: &Person) -> anyhow::Result<()> {
    chat.heading("The caption", "Подпись");
    let shown = control(chat, ann).await?;
    let copy = chat.t("tap to copy", "чтобы скопировать");
    let caption = chat.presses(ann, &shown, chat.t("Caption", "Подпись"), copy).await?;
    let describe = chat.t("Slide descriptions", "Описания слайдов");
    chat.presses(ann, &caption, describe, chat.t("screen readers", "программ чтения")).await?;
    let change = chat.t("Change the caption", "Изменить подпись");
    chat.presses(ann, &caption, change, chat.t("Send the new caption", "новую подпись")).await?;
    let words = chat.t("My own words.\n\n#tests", "Мои слова.\n\n#тесты");
    chat.says(ann, words, chat.t("The caption is changed", "Подпись изменена")).await?;
    Ok(())
}

/// Opens the list of slides, and one of them.
async fn slide_panel(
    chat: &mut Transcript,
    who: &Person,
    under: &FakeMessage,
    index: usize,
) -> anyhow::Result<FakeMessage> {
    let (first, more) =
        (chat.t("Edit a slide", "Изменить слайд"), chat.t("Edit another", "Изменить ещё"));
    let label = if under.button(first).is_some() { first } else { more };
    let menu = chat.presses(who, under, label, chat.t("Which slide", "Какой слайд")).await?;
    let slide = menu.buttons()[index][0].text.clone();
    let slide_of = format!("{} {} ", chat.t("Slide", "Слайд"), index + 1);
    chat.presses(who, &menu, &slide, &slide_of).await
}

/// The message with the buttons of the newest carousel.
async fn control(chat: &Transcript, who: &Person) -> anyhow::Result<FakeMessage> {
    let files = chat.t("Files", "Файлы");
    let found = chat.telegram.until(who.actor.id, |seen| {
        let mut messages = seen.chat.as_ref()?.bot_messages();
        messages.rfind(|message| message.button(files).is_some()).cloned()
    });
    Ok(found.await)
}

/// Zones, days, a text that is no schedule, and the list.
pub(super) async fn schedules(chat: &mut Transcript, bob: &Person) -> anyhow::Result<()> {
    chat.heading("Schedules", "Расписания");
    let zone = chat.t("Time zone: UTC+3", "Часовой пояс: UTC+3");
    chat.says(bob, "/schedule zone GMT+3", zone).await?;
    chat.says(bob, "/schedule zone Mars", chat.t("don't know the time zone", "Не знаю")).await?;
    let said = chat.t("/schedule mon,wed 10:00 Clean code", "/schedule пн,ср 10:00 Чистый код");
    chat.says(bob, said, chat.t("Next: ", "Ближайшие: ")).await?;
    chat.says(bob, said, chat.t("already have this", "уже есть")).await?;
    let unclear = chat.t("/schedule sometimes", "/schedule иногда");
    chat.says(bob, unclear, chat.t("did not understand", "Не понял")).await?;
    let list = chat.says(bob, "/schedule", chat.t("Schedules", "Расписание")).await?;
    let pause = chat.t("Pause", "Пауза");
    let list = chat.presses(bob, &list, pause, chat.t("Paused", "На паузе")).await?;
    let resume = chat.t("Resume", "Возобновить");
    let list = chat.presses(bob, &list, resume, chat.t("Resumed", "озобновлен")).await?;
    chat.presses(bob, &list, chat.t("Remove", "Убрать"), chat.t("Removed", "бран")).await?;
    Ok(())
}

/// What is stored, a copy of it, its end, and the other language.
pub(super) async fn privacy(chat: &mut Transcript, ann: &Person) -> anyhow::Result<()> {
    chat.heading("What is stored, a copy of it, and its end", "Что хранится, копия и удаление");
    chat.says(ann, "/history", chat.t("My carousels", "Мои карусели")).await?;
    chat.says(ann, "/privacy", chat.t("What I store about you", "Что я о тебе храню")).await?;
    chat.says(ann, "/export", chat.t("Everything that is stored", "Всё, что о тебе хранится"))
        .await?;
    let ask = chat.t("Delete everything about you?", "Удалить всё о тебе?");
    let question = chat.says(ann, "/forget", ask).await?;
    let yes = chat.t("Yes, delete everything", "Да, удалить всё");
    let gone = chat.t("your data is deleted", "твои данные удалены");
    chat.presses(ann, &question, yes, gone).await?;
    chat.says(ann, "/history", chat.t("Nothing yet", "Пока ничего нет")).await?;

    chat.heading("The other language", "Другой язык");
    let settings = chat.says(ann, "/settings", chat.t("Settings", "Настройки")).await?;
    let choose = chat.t("Which language", "На каком языке");
    let panel = chat.presses(ann, &settings, chat.t("Language", "Язык"), choose).await?;
    let (other, then) = (chat.t("русский", "English"), chat.t("Настройки", "Settings"));
    chat.presses(ann, &panel, other, then).await?;
    let idle = chat.t("ничего не делаю", "not making anything");
    chat.says(ann, "/status", idle).await?;
    Ok(())
}
