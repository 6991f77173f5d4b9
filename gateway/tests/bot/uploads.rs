//! Tests of uploaded files: a refused user causes no download, and a daily limit applies. Also
//! tests that questions are sanitized and bounded as topics are.

use std::path::Path;

use domain::Language;
use testkit::{FakeModelServer, ModelProtocol, ModelResponse, TestApp, TestAppBuilder};

use crate::BotTest;

/// 19 MB: slightly below Telegram's download limit.
fn recording() -> Vec<u8> {
    vec![7; 19 << 20]
}

fn asking(peer: &FakeModelServer) -> TestAppBuilder {
    let env = peer.env().into_iter();
    env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value))
}

/// Number of blobs with this extension.
fn stored(bot: &BotTest, ending: &str) -> usize {
    fn count(folder: &Path, ending: &str) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                if path.is_dir() {
                    count(&path, ending)
                } else {
                    usize::from(path.extension().is_some_and(|it| it == ending))
                }
            })
            .sum()
    }
    count(&bot.app.path().join("data"), ending)
}

async fn fetched(bot: &BotTest) -> usize {
    bot.telegram.calls_of("getFile").await.len()
}

#[tokio::test]
async fn recording_is_not_downloaded_without_transcription() {
    let bot = BotTest::start().await;
    for (name, language, words) in [
        ("Ann", "en", "I can't listen to recordings here"),
        ("Аня", "ru", "Записи я здесь не слушаю"),
    ] {
        let person = bot.user(name, language).await;
        person.sends_voice(&recording()).await;
        person.waits_for_text(words).await;
    }
    assert_eq!((fetched(&bot).await, stored(&bot, "ogg")), (0, 0));
}

#[tokio::test]
async fn refused_users_recording_is_not_downloaded() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = asking(&peer).env("CAROUSELS_PER_DAY", "1");
    let bot = BotTest::with(app).await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_voice(b"a short recording").await;
    ann.waits_for_album(7).await;
    assert_eq!((fetched(&bot).await, stored(&bot, "ogg")), (1, 1));

    ann.sends_voice(&recording()).await;
    ann.waits_for_text("all of your carousels for today").await;
    ann.sends_document("text.txt", "text/plain", b"A long text about tests.").await;
    // Updates of a chat are handled in order.
    ann.asks("/myid", "Your ID").await;
    assert_eq!((fetched(&bot).await, stored(&bot, "ogg")), (1, 1));
}

#[tokio::test]
async fn too_large_recording_is_refused_by_its_own_text() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let bot = BotTest::with(asking(&peer)).await;
    for (name, language, text) in [
        ("Ann", "en", "This recording is too large: the limit is 20 MB"),
        ("Аня", "ru", "Запись слишком большая: можно до 20 МБ"),
    ] {
        let person = bot.user(name, language).await;
        person.sends_voice(&vec![7; (20 << 20) + 1]).await;
        person.waits_for_text(text).await;
    }
    assert_eq!(fetched(&bot).await, 0);
}

#[tokio::test]
async fn uploads_have_a_daily_limit() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = asking(&peer).env("UPLOAD_MB_PER_DAY", "1");
    let bot = BotTest::with(app).await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_voice(&vec![7; 600 << 10]).await;
    ann.waits_for_album(7).await;
    let anya = bot.user("Аня", "ru").await;

    ann.sends_voice(&vec![8; 600 << 10]).await;
    ann.waits_for_text("more than you can send me in a day: 1 MB").await;
    anya.sends_voice(&recording()).await;
    anya.waits_for_text("Это больше, чем можно прислать за день: 1 МБ").await;
    assert_eq!((fetched(&bot).await, stored(&bot, "ogg")), (1, 1));

    // The redelivered update counts as the same file.
    let updates = bot.telegram.updates().await;
    bot.telegram.redeliver(updates[0].id).await;
    ann.sends_text("Why tests matter").await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
}

#[tokio::test]
async fn question_is_sanitized_and_bounded() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let bot = BotTest::with(asking(&peer)).await;
    let ann = bot.user("Ann", "en").await;
    ann.asks(
        &format!("/ask {}", "why ".repeat(100)),
        "The question has 399 characters; the limit is 300",
    )
    .await;
    let anya = bot.user("Аня", "ru").await;
    anya.asks(&format!("/ask {}", "ж".repeat(301)), "В вопросе 301 знаков, а можно до 300").await;
    ann.asks("/ask \u{202e}\u{2066}\u{0}", "Write your question after the command").await;
    assert_eq!(peer.calls(), 0);

    ann.asks("/ask Why write\u{202e} tests?\u{2066}\u{7}\u{200b}", "From our notes").await;
    let asked = peer.requests()[0].prompt_text();
    assert!(asked.contains("Why write tests?"), "{asked}");
}

#[tokio::test]
async fn spent_budget_reply_offers_the_offline_provider() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = asking(&peer)
        .env("AI_PRICES", "test-model=1/2,gpt-transcribe=0/0")
        .env("AI_BUDGET_PER_DAY", "0.000001");
    let bot = BotTest::with(app).await;
    for (name, language, ask, spent, refused, offer) in [
        (
            "Ann",
            Language::En,
            "/ask Why write tests?",
            "no answer now",
            "did not make this carousel",
            "Make it from notes",
        ),
        (
            "Аня",
            Language::Ru,
            "/ask Зачем нужны тесты?",
            "ответа сейчас не будет",
            "эту карусель я делать не стал",
            "Сделать из заметок",
        ),
    ] {
        peer.set_default_response(ModelResponse::Write(language));
        let person = bot.user(name, language.name()).await;
        // The last question within the budget.
        person.sends_text(ask).await;
        person.waits_for(|chat| chat.bot_messages().next().map(drop)).await;
        person.asks(ask, spent).await;
        let refused = person.asks("Почему тесты важны", refused).await;
        person.presses(&refused, offer).await;
        person.waits_for_album(7).await;
    }
    assert_eq!(peer.calls(), 2);
}
