//! Tests of buttons that are pressed two days later, when Telegram no longer lets the bot edit
//! their message: each press is answered and has a visible effect.

use testkit::bot_api::{Actor, FakeMessage, SimulatedAction};

use crate::{BotTest, locked_users::wait_until_finished};

const TWO_DAYS: i64 = 49 * 3600;

/// Methods that show something in a chat.
const SHOWN_BY: [&str; 6] = [
    "sendmessage",
    "sendphoto",
    "senddocument",
    "sendmediagroup",
    "editmessagetext",
    "editmessagereplymarkup",
];

/// Presses every button of a message that is two days old, except the given ones.
async fn press_all(bot: &BotTest, person: &Actor, message: &FakeMessage, except: &[&str]) {
    let age = SimulatedAction::Age { chat: person.id, message: message.id, seconds: TWO_DAYS };
    bot.telegram.act(&age).await;
    let buttons: Vec<_> = message.buttons().iter().flatten().cloned().collect();
    assert!(!buttons.is_empty(), "{}", message.text());
    for button in buttons.iter().filter(|button| !except.contains(&button.text.as_str())) {
        let before = shown(bot).await;
        let query = person.presses(message, &button.text).await;
        let toast = person.waits_for_callback_answer(&query).await;
        wait_until_finished(bot).await;
        let effects = shown(bot).await - before;
        assert!(effects > 0 || !toast.is_empty(), "“{}” shows nothing", button.text);
    }
}

/// How many messages were sent or changed so far.
async fn shown(bot: &BotTest) -> usize {
    let calls = bot.telegram.calls().await;
    let is_shown = |method: &str| SHOWN_BY.contains(&method.to_lowercase().as_str());
    calls.iter().filter(|call| !call.messages.is_empty() && is_shown(&call.method)).count()
}

#[tokio::test]
async fn buttons_of_a_carousel_work_two_days_later() {
    for (language, topic, ready) in
        [("en", "Why tests matter", "Done"), ("ru", "Почему тесты важны", "Готово")]
    {
        let (bot, ann) = BotTest::with_user("Ann", language).await;
        ann.orders(topic, 7).await;
        let ready = ann.waits_for_text(ready).await;
        press_all(&bot, &ann, &ready, &[]).await;
        let answers = ann.chat().await;
        let menu = answers.bot_messages().rfind(|m| m.buttons().len() >= 7).cloned().unwrap();
        press_all(&bot, &ann, &menu, &[]).await;
    }
}

#[tokio::test]
async fn panels_work_two_days_later() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    for command in ["/start", "/settings", "/style", "/schedule"] {
        let said = ann.sends_text(command).await;
        let panel = ann.waits_for_message(|m| m.id > said && !m.buttons().is_empty()).await;
        press_all(&bot, &ann, &panel, &[]).await;
    }
}
