//! The owner of the bot: lets people in, sees what happens, bans and limits.

use super::{People, transcript::Transcript};

/// A person who is not invited asks for access, and the owner lets them in.
pub(super) async fn lets_in(chat: &mut Transcript, people: &People) -> anyhow::Result<()> {
    let People { owner, stranger, .. } = people;
    chat.heading("A stranger asks for access", "Незнакомец просит доступ");
    chat.says(owner, "/start", chat.t("Hi! I turn a topic", "Привет!")).await?;
    let topic = chat.t("Why tests matter", "Почему тесты важны");
    let told =
        chat.says(stranger, topic, chat.t("invited people only", "только для своих")).await?;
    let ask = chat.t("Ask for access", "Попросить доступ");
    chat.presses(stranger, &told, ask, chat.t("I have asked the owner", "Я передал")).await?;
    let asked = chat.t("asks for access", "просит доступ");
    let request = chat.waits(owner.actor.id, asked).await?;
    let may = chat.t("may use the bot", "может пользоваться");
    chat.presses(owner, &request, chat.t("Allow", "Впустить"), may).await?;
    chat.waits(stranger.actor.id, chat.t("You can use the bot now", "Теперь бот тебе")).await?;
    Ok(())
}

/// What an owner sees and does.
pub(super) async fn commands(chat: &mut Transcript, people: &People) -> anyhow::Result<()> {
    let People { owner, stranger, .. } = people;
    chat.heading("The owner", "Владелец");
    let id = stranger.actor.id;
    for (command, en, ru) in [
        ("/help", "For administrators", "Администратору"),
        ("/stats", "Today (UTC)", "Сегодня (UTC)"),
        ("/errors", "ailures", "боев"),
        ("/usage", "All users", "Все вместе"),
    ] {
        chat.says(owner, command, chat.t(en, ru)).await?;
    }
    chat.says(owner, &format!("/limit {id} 1"), chat.t("1 carousel a day", "1 карусели")).await?;
    let ban = format!("/ban {id} {}", chat.t("for 1h spam", "на 1ч спам"));
    chat.says(owner, &ban, chat.t("is banned until", "доступ закрыт до")).await?;
    let topic = chat.t("Why tests matter", "Почему тесты важны");
    chat.says(stranger, topic, chat.t("banned you", "закрыл тебе доступ")).await?;
    let listed = format!("{id}: ");
    chat.says(owner, "/banned", &listed).await?;
    chat.says(owner, &format!("/unban {id}"), chat.t("no longer banned", "доступ открыт")).await?;
    let news = chat.t("/broadcast Slides have got a new look", "/broadcast Слайды стали красивее");
    let question = chat.says(owner, news, chat.t("Send it", "отправить?")).await?;
    let never_mind = chat.t("Never mind", "Не надо");
    chat.presses(owner, &question, never_mind, chat.t("nobody gets it", "никому")).await?;
    Ok(())
}
