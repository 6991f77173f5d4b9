//! What users read in the chat when models fail: every row of docs/model-faults.md, in both
//! languages.

use storage::carousels::{self, CarouselFilter};
use testkit::{
    FakeModelServer, MODEL_FAULTS, ModelProtocol, ModelResponse, PortReservation, TestApp,
    bot_api::Actor, eventually,
};

use crate::BotTest;

/// Not in the table, because no server answers.
const NOBODY: (&str, &str, &str) = (
    "no server at the address",
    "The model service can't be reached. Try again in a few minutes.",
    "Сервис модели сейчас недоступен. Попробуй через несколько минут.",
);

/// The end of each message.
const ENGLISH: &str = "The carousel was not made, and your quota is untouched. I can make a draft \
                       from our own notes.";
const RUSSIAN: &str =
    "Карусель не сделана, квота не потрачена. Могу сделать черновик из наших заметок.";

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
        assert_eq!(said.text(), expected, "{name}");
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
        let found = carousels::list(&bot.app.db.read(), &CarouselFilter::default()).await;
        let rows = found.unwrap().rows;
        let ended = rows.iter().filter(|row| !row.state.is_open()).count();
        (ended == 2).then_some(())
    })
    .await;
    assert_users_read(&ann, &ivan, NOBODY).await;
}

#[tokio::test]
async fn failed_edit_by_a_model_is_explained() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let write = || ModelResponse::Write(domain::Language::Ru);
    peer.script([write(), write()]);
    peer.set_default_response((MODEL_FAULTS[3].act)(ModelProtocol::OpenAi));
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    let bot = BotTest::with(app).await;
    let ivan = bot.user("Ivan", "ru").await;
    ivan.sends_text("Почему тесты важны").await;
    let album = ivan.waits_for_text("Готово").await;
    ivan.presses(&album, "Переписать").await;

    let said = ivan.waits_for_text("Всё осталось как было").await;
    assert!(said.text().starts_with(MODEL_FAULTS[3].russian), "{said:?}");
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
