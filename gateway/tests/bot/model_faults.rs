//! What users read in the chat when models fail: every row of docs/model-faults.md, in both
//! languages.

use domain::Language;
use testkit::{
    FakeModelServer, MODEL_FAULTS, ModelProtocol, ModelResponse, PortReservation, TestApp,
    bot_api::{Actor, BotApiFault, MessageContent},
    eventually,
};

use crate::BotTest;

/// Not in the table, because no server answers.
const NOBODY: (&str, &str, &str) = (
    "no server at the address",
    "The model service can't be reached. Try again in a few minutes.",
    "Сервис модели сейчас недоступен. Попробуй через несколько минут.",
);

/// The end of each message.
const ENGLISH: &str =
    "The carousel was not made. I can make a draft from our notes, without a model.";
const RUSSIAN: &str = "Карусель не сделана. Могу сделать черновик из наших заметок, без модели.";

/// One user in each language orders a carousel.
async fn users_order(bot: &BotTest) -> (Actor, Actor) {
    let (ann, ivan) = (bot.user("Ann", "en").await, bot.user("Ivan", "ru").await);
    ann.sends_text("Why tests matter").await;
    ivan.sends_text("Почему тесты важны").await;
    (ann, ivan)
}

async fn assert_users_read(
    ann: &Actor,
    ivan: &Actor,
    (name, english, russian): (&str, &str, &str),
) {
    for (person, first, last) in [(ann, english, ENGLISH), (ivan, russian, RUSSIAN)] {
        let expected = format!("{first} {last}");
        let said = person.waits_for_text(last).await;
        let (topic, reason) = said.text().split_once('\n').unwrap();
        assert_eq!(reason, expected, "{name}");
        assert!(["Why tests matter", "Почему тесты важны"].contains(&topic), "{topic}");
        // It replies to the request, which is the person's first message.
        assert_eq!(said.reply_to, Some(1), "{name}");
    }
}

async fn assert_failures_are_explained(from: usize, to: usize) {
    for fault in &MODEL_FAULTS[from..to] {
        let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
        peer.set_default_response((fault.act)(ModelProtocol::OpenAi));
        let env = peer.env().into_iter();
        let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
        let bot = BotTest::with(app.env("AI_CALL_SECONDS", "1")).await;
        let (ann, ivan) = users_order(&bot).await;
        let expected = (fault.name, fault.english, fault.russian);
        assert_users_read(&ann, &ivan, expected).await;
    }
}

#[tokio::test]
async fn refused_requests_are_explained_in_both_languages() {
    assert_failures_are_explained(0, 7).await;
}

#[tokio::test]
async fn broken_model_services_are_explained_in_both_languages() {
    assert_failures_are_explained(7, MODEL_FAULTS.len()).await;
}

#[tokio::test]
async fn unreachable_model_service_is_explained_in_both_languages() {
    let reserved = PortReservation::of(1);
    let address = format!("http://127.0.0.1:{}/v1", reserved.port(0));
    let bot = BotTest::with(TestApp::builder().env("OPENAI_BASE_URL", address)).await;
    let (ann, ivan) = users_order(&bot).await;
    // The retries take 30 s: as long as the fake Bot API waits for a message.
    eventually("both carousels have ended", async || {
        let rows = bot.carousels().await;
        let ended = rows.iter().filter(|row| !row.state.is_open()).count();
        (ended == 2).then_some(())
    })
    .await;
    assert_users_read(&ann, &ivan, NOBODY).await;
}

#[tokio::test]
async fn failed_edit_by_a_model_is_explained() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let write = || ModelResponse::Write(Language::Ru);
    peer.script([write(), write()]);
    peer.set_default_response((MODEL_FAULTS[3].act)(ModelProtocol::OpenAi));
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    let bot = BotTest::with(app).await;
    let ivan = bot.user("Ivan", "ru").await;
    let album = ivan.asks("Почему тесты важны", "Готово").await;
    ivan.presses(&album, "Переписать").await;

    let said = ivan.waits_for_text("Всё осталось как было").await;
    assert!(said.text().starts_with(MODEL_FAULTS[3].russian), "{said:?}");
}

/// A bot with a model that writes captions which do not fit under an album.
async fn bot_with_long_captions() -> (FakeModelServer, BotTest) {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    // Each emoji is one character and two UTF-16 code units.
    let line = |n: usize| format!("Test {n} saves an hour {}. ", "👍".repeat(20));
    let body = (1..=14).map(line).collect();
    peer.set_default_response(ModelResponse::WriteField(Language::En, "/caption/body", body));
    (peer, BotTest::with(app).await)
}

#[tokio::test]
async fn caption_over_the_limit_in_utf16_is_its_own_message() {
    let (_peer, bot) = bot_with_long_captions().await;
    let ann = bot.user("Ann", "en").await;
    let caption = ann.asks("Why tests matter", "👍👍👍👍").await;
    let text = caption.text();
    let (chars, units) = (text.chars().count(), text.encode_utf16().count());
    assert!(matches!(caption.content, MessageContent::Text { .. }), "{caption:?}");
    assert!(chars <= 1_024 && units > 1_024, "{chars} characters, {units} units");
}

#[tokio::test]
async fn long_caption_follows_a_resent_album() {
    let (_peer, bot) = bot_with_long_captions().await;
    let ann = bot.user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::accept_then_drop().on("sendMediaGroup")).await;
    let doubt = ann.asks("Why tests matter", "did not confirm").await;
    ann.presses(&doubt, "Send again").await;
    ann.waits_for_text("Done").await;
    let chat = ann.chat().await;
    let captions = chat.bot_messages().filter(|message| message.text().contains("👍👍👍👍"));
    assert_eq!(captions.count(), 1);
}

#[test]
fn documented_texts_match() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/model-faults.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = MODEL_FAULTS.iter().map(|fault| (fault.name, fault.english, fault.russian));
    let rows = rows
        .chain([NOBODY])
        .map(|(name, english, russian)| format!("| {name} | {english} | {russian} |"));
    let missing: Vec<String> = rows.filter(|row| !page.contains(row)).collect();
    assert!(missing.is_empty(), "docs/model-faults.md lacks\n{}", missing.join("\n"));
}
