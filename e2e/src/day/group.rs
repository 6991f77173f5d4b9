//! Groups: privacy mode, replies, mentions, hidden administrators, questions to one member,
//! schedules, and a group that becomes a supergroup.

use testkit::bot_api::PersonMessage;

use super::{
    People,
    transcript::{Person, Transcript},
};

/// The fake bot's name.
const MENTION: &str = "@vibecoder_bot";

pub(super) async fn carousel(chat: &mut Transcript, people: &People) -> anyhow::Result<()> {
    let People { bob, eve, .. } = people;
    chat.heading("A group in privacy mode", "Группа в режиме приватности");
    let group = chat.telegram.group(chat.t("Makers", "Мастера")).await;
    chat.note(chat.t(
        "Bob greets everybody; the bot does not get it.",
        "Боря здоровается со всеми; бот этого не видит.",
    ));
    bob.actor.sends_text_in(&group, chat.t("Hello everybody!", "Всем привет!")).await;
    let request =
        chat.t("/carousel 3 slides about clean code", "/carousel 3 слайда про чистый код");
    let ready = chat.t("Done. What next?", "Готово. Что дальше?");
    let done = chat.says_in(&group, bob, request, ready).await?;
    let foreign = chat.t("somebody else's carousel", "чужой карусели");
    chat.sees_notification(eve, &done, chat.t("Rewrite", "Переписать"), foreign).await?;

    chat.heading("A question to one member", "Вопрос одному участнику");
    let (edit, which) =
        (chat.t("Edit a slide", "Изменить слайд"), chat.t("Which slide", "Какой слайд"));
    let menu = chat.presses(bob, &done, edit, which).await?;
    let second = menu.buttons()[1][0].text.clone();
    let answer = chat.t("Answer by replying", "Ответь на это");
    let question = chat.presses(bob, &menu, &second, answer).await?;
    let other = chat.t("for somebody else", "не тебе");
    chat.replies(eve, &question, chat.t("Eve's words", "Слова Евы"), other).await?;
    let words = chat.t("Short names\nSay what a thing means.", "Короткие имена\nСкажи смысл.");
    let updated = chat.t("Slide 2 is updated", "Слайд 2 переделан");
    chat.replies(bob, &question, words, updated).await?;

    mention(chat, people).await
}

/// Without privacy mode, a mention takes the message that it replies to.
async fn mention(chat: &mut Transcript, people: &People) -> anyhow::Result<()> {
    let People { ann, bob, .. } = people;
    let other = chat.telegram.group(chat.t("Readers", "Читатели")).await;
    chat.heading("Mentions, hidden authors and channels", "Упоминания, скрытые авторы и каналы");
    chat.note(chat.t("The owner turns privacy mode off.", "Владелец отключает режим приватности."));
    chat.telegram.set_privacy_mode(false).await;
    let post = chat.t(
        "Tests give the courage to change code. Small steps find errors early.",
        "Тесты дают смелость менять код. Маленькие шаги рано находят ошибки.",
    );
    let original = ann.actor.sends_text_in(&other, post).await;
    chat.note(&format!("{}: {post}", ann.name));
    let of_this = chat.t("make a carousel of this, 3 slides", "сделай из этого карусель, 3 слайда");
    let text = format!("{MENTION} {of_this}");
    chat.note(&format!("{} → {}: {text}", bob.name, ann.name));
    let said = PersonMessage {
        chat: Some(other.id),
        reply_to: Some(original),
        ..bob.actor.text_message(&text)
    };
    bob.actor.sends(said).await;
    chat.waits(other.id, chat.t("Done. What next?", "Готово. Что дальше?")).await?;
    chat.telegram.set_privacy_mode(true).await;
    hidden_authors(chat, people, ann).await
}

/// An administrator who writes as the group, and a post of a channel.
async fn hidden_authors(
    chat: &mut Transcript,
    people: &People,
    ann: &Person,
) -> anyhow::Result<()> {
    let group = chat.telegram.group(chat.t("Editors", "Редакция")).await;
    group.promotes(&people.ann.actor).await;
    let said = chat.t("/carousel How to name things", "/carousel Как давать имена");
    chat.note(&format!("{}, {}: {said}", ann.name, chat.t("hidden", "анонимно")));
    ann.actor.sends_anonymously(&group, said).await;
    chat.waits(group.id, chat.t("can't see who you are", "не вижу, кто ты")).await?;
    let channel = chat.telegram.channel(chat.t("News", "Новости")).await;
    chat.note(&format!("{}: {said}", chat.t("A post in a channel", "Пост в канале")));
    ann.actor.sends_anonymously(&channel, said).await;
    chat.waits(channel.id, chat.t("no requests in channels", "В каналах я не принимаю")).await?;
    Ok(())
}

pub(super) async fn schedule_and_migration(
    chat: &mut Transcript,
    people: &People,
) -> anyhow::Result<()> {
    let People { ann, eve, .. } = people;
    chat.heading("A group's schedule", "Расписание группы");
    let group = chat.telegram.basic_group(chat.t("Friday club", "Клуб пятницы")).await;
    group.promotes(&ann.actor).await;
    let said = chat.t("/schedule fri 18:00 Clean code", "/schedule пт 18:00 Чистый код");
    let refused = chat.t("Only administrators", "только администраторы");
    chat.says_in(&group, eve, said, refused).await?;
    chat.says_in(&group, ann, said, chat.t("Next: ", "Ближайшие: ")).await?;

    chat.heading("The group becomes a supergroup", "Группа становится супергруппой");
    let supergroup = group.migrates().await;
    let kept = chat.t("on Fridays at 18:00, Clean code", "по пятницам в 18:00, Чистый код");
    chat.says_in(&supergroup, ann, "/schedule", kept).await?;

    chat.heading("The bot is removed and comes back", "Бота удаляют и возвращают");
    chat.note(
        chat.t("Eve removes the bot, then Ann adds it.", "Ева удаляет бота, Аня возвращает."),
    );
    eve.actor.removes_bot_from(&supergroup).await;
    ann.actor.adds_bot_to(&supergroup).await;
    let waiting = chat.t("One schedule was paused", "встало 1 расписание");
    chat.waits(supergroup.id, waiting).await?;
    Ok(())
}
