//! Tests of what owners see and decide: usage, limits, failures, requests for access, incidents.

use std::time::Duration;

use chrono::Utc;
use storage::provider_failures::{self, ProviderCall};
use testkit::{
    FakeModelServer, MODEL_FAULTS, ModelProtocol, TestApp, TestAppBuilder,
    bot_api::{Actor, BotApiFault},
    eventually,
};

use crate::{BotTest, answers};

/// The account of a fake's first person.
const OWNER: i64 = 1_000_001;

fn app() -> TestAppBuilder {
    TestApp::builder().env("BOT_ADMINS", OWNER.to_string())
}

/// With an owner who has written to the bot.
async fn with_owner(app: TestAppBuilder, language: &str) -> (BotTest, Actor) {
    let bot = BotTest::with(app).await;
    let owner = bot.user("Boss", language).await;
    assert_eq!(owner.id, OWNER);
    owner.asks("/myid", &OWNER.to_string()).await;
    (bot, owner)
}

#[tokio::test]
async fn usage_says_what_is_left_and_when_it_renews() {
    let (bot, owner) = with_owner(app().env("CAROUSELS_PER_DAY", "2"), "en").await;
    let (ann, ivan) = (bot.user("Ann", "en").await, bot.user("Ivan", "ru").await);
    ann.asks("Why tests matter", "Done").await;
    let ended = async || bot.carousels().await.iter().all(|row| !row.state.is_open()).then_some(());
    eventually("the end is recorded", ended).await;
    let said = ann.asks("/usage", "Today").await;
    for part in ["Carousels: 1 of 2", "In progress: 0 of 3", "Files: 0 of 100 MB"] {
        assert!(said.text().contains(part), "{}", said.text());
    }
    assert!(said.text().contains("renews on") && said.text().contains("00:00"), "{}", said.text());
    assert!(!said.text().contains("Models"), "without a model: {}", said.text());
    assert!(!said.text().contains("All users"));
    let said = ivan.asks("/usage", "Сегодня").await;
    assert!(said.text().contains("Каруселей: 0 из 2"), "{}", said.text());
    // Midnight UTC on the clock of Moscow.
    assert!(said.text().contains("Всё обновится") && said.text().contains("03:00"));
    let said = owner.asks("/usage", "All users").await;
    assert!(said.text().contains("30 days: $0.00, calls: 0"), "{}", said.text());
}

#[tokio::test]
async fn owner_limits_one_user() {
    let (bot, owner) = with_owner(app(), "en").await;
    let ann = bot.user("Ann", "en").await;
    owner.asks(&format!("/limit {} 1", ann.id), "can make 1 carousel a day").await;
    ann.asks("Why tests matter", "Done").await;
    ann.asks("How to name things", "all of your carousels for today").await;
    let said = ann.asks("/usage", "Today").await;
    assert!(said.text().contains("Carousels: 1 of 1"), "{}", said.text());
    owner.asks("How to name things", "Done").await;
    owner.asks(&format!("/limit {} off", ann.id), "no limit of their own").await;
    ann.asks("Small steps in code", "Done").await;
    owner.asks("/limit", "/limit ID").await;
    ann.asks(&format!("/limit {} 9", ann.id), "no command /limit").await;
}

#[tokio::test]
async fn errors_and_stats_have_reasons() {
    let (bot, owner) = with_owner(app(), "en").await;
    let ann = bot.user("Ann", "en").await;
    owner.asks("/errors", "No failures").await;
    let refusal = BotApiFault::bad_request("not enough rights to send photos to the chat");
    bot.telegram.fault(refusal.on("sendMediaGroup").always()).await;
    let told = ann.asks("Why tests matter", "does not let me send").await;
    assert!(!told.text().contains("not enough rights"), "{}", told.text());
    let said = owner.asks("/errors", "Failures in 7 days").await;
    let carousel = bot.carousels().await.remove(0);
    for part in ["DestinationRefused: 1", "not enough rights to send photos", carousel.id.as_str()]
    {
        assert!(said.text().contains(part), "{part}: {}", said.text());
    }
    let said = owner.asks("/stats", "Today (UTC)").await;
    assert!(said.text().contains("DestinationRefused: 1"), "{}", said.text());
    assert!(said.text().contains("in 30 days: $0.00"), "{}", said.text());
    ann.asks("/errors", "no command /errors").await;
}

#[tokio::test]
async fn stranger_asks_for_access_and_owner_answers() {
    for (language, ask, asked, allow, allowed, refuse, refused) in [
        (
            "en",
            "Ask for access",
            "asked the owner",
            "Allow",
            "You can use the bot now",
            "Refuse",
            "did not give you access",
        ),
        (
            "ru",
            "Попросить доступ",
            "передал просьбу владельцу",
            "Впустить",
            "Теперь бот тебе доступен",
            "Отказать",
            "не дал тебе доступа",
        ),
    ] {
        let app = app().env("BOT_ALLOWED", OWNER.to_string());
        let (bot, owner) = with_owner(app, language).await;
        let (eve, mallory) = (bot.user("Eve", language).await, bot.user("Mal", language).await);
        let refusal = eve.asks("Why tests matter", &eve.id.to_string()).await;
        eve.presses_for(&refusal, ask, asked).await;
        // A second press sends no second request.
        let again = eve.presses(&refusal, ask).await;
        eve.waits_for_callback_answer(&again).await;
        let request = owner.waits_for_text(&eve.id.to_string()).await;
        owner.presses(&request, allow).await;
        eve.waits_for_text(allowed).await;
        eve.orders("Why tests matter", 7).await;

        let refusal = mallory.asks("/start", &mallory.id.to_string()).await;
        mallory.presses(&refusal, ask).await;
        let request = owner.waits_for_text(&mallory.id.to_string()).await;
        // Only administrators' presses count.
        let forged = format!("l:allow {}", mallory.id);
        let query = mallory.presses_data(mallory.id, refusal.id, &forged).await;
        mallory.waits_for_callback_answer(&query).await;
        owner.presses(&request, refuse).await;
        mallory.waits_for_text(refused).await;
        let requests = answers(&owner).await;
        let requests = requests.iter().filter(|m| m.text().contains(&eve.id.to_string()));
        assert_eq!(requests.count(), 1, "one request, which shows the answer");
        assert_eq!(bot.carousels().await.len(), 1);
    }
}

#[tokio::test]
async fn owner_lets_in_and_out_by_command() {
    let app = app().env("BOT_ALLOWED", OWNER.to_string());
    let (bot, owner) = with_owner(app, "en").await;
    let eve = bot.user("Eve", "en").await;
    eve.asks("/start", "invited people").await;
    owner.asks(&format!("/allow {}", eve.id), "may use the bot").await;
    eve.asks("/status", "not making anything").await;
    owner.asks(&format!("/disallow {}", eve.id), "not on the list").await;
    eve.waits_for_text("did not give you access").await;
}

#[tokio::test]
async fn bot_without_owners_offers_no_request() {
    let bot = BotTest::with(TestApp::builder().env("BOT_ALLOWED", "1")).await;
    let eve = bot.user("Eve", "en").await;
    let refusal = eve.asks("/start", "invited people").await;
    assert!(refusal.buttons().is_empty(), "{refusal:?}");
}

#[tokio::test]
async fn owner_is_told_once_when_the_bot_receives_nothing() {
    let (bot, owner) = with_owner(app(), "en").await;
    // A poll waits ten seconds for updates, and a failed one is repeated after five.
    let owner = owner.with_timeout(Duration::from_secs(90));
    bot.telegram.fault(BotApiFault::conflict().on("getUpdates").times(6)).await;
    let begun = owner.waits_for_text("I receive no messages").await;
    assert!(begun.text().contains("another program receives this bot's updates"));
    let ended = owner.waits_for_text("I receive messages again").await;
    assert!(ended.id > begun.id);
    owner.asks("/myid", "Your ID").await;
    let told = answers(&owner).await;
    let told = told.iter().filter(|m| m.text().contains("messages"));
    assert_eq!(told.count(), 2);
}

#[tokio::test]
async fn owner_is_told_when_a_model_service_fails_and_works_again() {
    let server = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let broken = MODEL_FAULTS.iter().find(|fault| fault.name.contains("500")).unwrap();
    server.set_default_response((broken.act)(ModelProtocol::OpenAi));
    let env = server.env().into_iter();
    let app = env.fold(app(), |app, (name, value)| app.env(name, value));
    let (bot, owner) = with_owner(app, "ru").await;
    let ann = bot.user("Ann", "en").await;
    // Three calls each: six failures open the circuit breaker.
    ann.asks("Why tests matter", "not made").await;
    ann.asks("How to name things", "not made").await;
    let begun = owner.waits_for_text("сервис модели openai не работает").await;
    assert!(begun.text().contains("500"), "{}", begun.text());
    let said = owner.asks("/errors", "Сбои за 7 дней").await;
    assert!(said.text().contains("openai не работает"), "{}", said.text());
    // A call that succeeds ends the incident; the circuit breaker would wait half a minute.
    let works = &[ProviderCall { provider: "openai".to_owned(), failure: None, at: Utc::now() }];
    let record = |tx| async move { provider_failures::record(&tx, works).await };
    bot.app.db.write(record).await.unwrap();
    owner.waits_for_text("openai снова работает").await;
    assert!(!answers(&ann).await.iter().any(|message| message.text().contains("openai")));
}
