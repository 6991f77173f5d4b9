//! Tests that a carousel, and an answer, are in the language that the user chose, else in that of the
//! content, else in the user's own.

use domain::Language;
use testkit::{FakeModelServer, FakeWebSite, ModelProtocol, ModelResponse, TestApp, eventually};

use crate::BotTest;

const RUSSIAN: &str = "Тесты дают смелость менять код и спать спокойно. Без них каждая правка \
                       становится ставкой, и код стареет на глазах. С ними правка проверена за \
                       минуту. Команда видит ошибку раньше, чем её увидит покупатель.";
const ENGLISH: &str = "Tests let you change code and sleep well at night. Without them each change \
                       is a bet, and code grows old before your eyes. With them a change is checked \
                       within a minute. The team sees a mistake before a customer does.";

/// The language of the newest carousel, when it is sent.
async fn language_of_newest(bot: &BotTest, sent: usize) -> String {
    let closed = async || {
        let all = bot.carousels().await;
        let done = all.len() == sent && all[0].state.outcome().is_some();
        done.then(|| all[0].brief.language.clone())
    };
    eventually("the carousel is sent", closed).await
}

#[tokio::test]
async fn page_is_in_its_own_language_unless_the_user_chose() {
    let pages = FakeWebSite::start().await;
    pages.show("/ru", &format!("{RUSSIAN} {RUSSIAN}"));
    pages.show("/en", &format!("{ENGLISH} {ENGLISH}"));
    let app = TestApp::builder().pages_at(pages.address()).parser(env!("CARGO_BIN_EXE_gateway"));
    let bot = BotTest::with(app).await;
    for (sent, (person, path, words, language)) in (1..).zip([
        ("en", "/ru", "", "ru"),
        ("ru", "/en", "", "en"),
        ("ru", "/en", "на русском", "ru"),
        ("en", "/ru", "Почему тесты важны", "ru"),
    ]) {
        let user = bot.user(&format!("{person}{sent}"), person).await;
        user.sends_text(&format!("{words}\n{}", pages.link(path))).await;
        assert_eq!(language_of_newest(&bot, sent).await, language, "{person} {path} {words}");
    }
}

#[tokio::test]
async fn recording_is_in_its_own_language() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    let bot = BotTest::with(app).await;
    for (sent, (person, said, language)) in
        (1..).zip([("en", RUSSIAN, Language::Ru), ("ru", ENGLISH, Language::En)])
    {
        peer.set_default_response(ModelResponse::Write(language));
        peer.script([ModelResponse::Text(said.to_owned())]);
        let user = bot.user(person, person).await;
        user.sends_voice(b"OggS sound").await;
        assert_eq!(language_of_newest(&bot, sent).await, language.name(), "{person}");
    }
}

/// Sentences of every subject with every predicate.
fn sentences(subjects: [&str; 8], predicates: [&str; 8]) -> Vec<String> {
    let all = subjects.iter().flat_map(|s| predicates.iter().map(move |p| format!("{s} {p}")));
    all.collect()
}

#[tokio::test]
async fn model_writes_in_other_languages() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let env = peer.env().into_iter();
    let app = env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value));
    let bot = BotTest::with(app).await;
    let ukrainian = sentences(
        [
            "Добра ставка",
            "Перший внесок",
            "Твій банк",
            "Кожен договір",
            "Дрібний шрифт",
            "Спокійна родина",
            "Страховий поліс",
            "Довгий термін",
        ],
        [
            "економить гроші щомісяця",
            "вирішує долю покупки",
            "потребує часу та уваги",
            "не терпить поспіху",
            "залежить від твоїх доходів",
            "дає свободу вибору",
            "змінює план на роки",
            "вартує чесної розмови",
        ],
    );
    let spanish = sentences(
        [
            "Una buena tasa",
            "El primer pago",
            "Tu banco de siempre",
            "Cada contrato",
            "La letra pequeña",
            "Una familia tranquila",
            "El seguro del hogar",
            "Un plazo largo",
        ],
        [
            "ahorra dinero cada mes",
            "decide el destino de la compra",
            "necesita tiempo y atención",
            "no admite prisas",
            "depende de tus ingresos",
            "da libertad para elegir",
            "cambia el plan durante años",
            "merece una charla honesta",
        ],
    );
    for (sent, (topic, replies, language)) in (1..).zip([
        ("Як обрати іпотеку", &ukrainian, "uk"),
        ("Cómo elegir una hipoteca", &spanish, "es"),
        ("How to choose a mortgage, in Spanish", &spanish, "es"),
    ]) {
        peer.set_default_response(ModelResponse::WriteFrom(replies.clone()));
        let user = bot.user(&format!("person{sent}"), "en").await;
        user.sends_text(topic).await;
        assert_eq!(language_of_newest(&bot, sent).await, language, "{topic}");
        let outcome = bot.carousels().await[0].state.outcome();
        assert_eq!(outcome, Some(domain::Outcome::Delivered), "{topic}");
    }
    // A reply in another language is reported as such.
    let user = bot.user("last", "en").await;
    user.asks("Wie man gute Namen findet", "another language").await;
}

#[tokio::test]
async fn offline_writes_only_in_russian_and_english() {
    let bot = BotTest::start().await;
    let user = bot.user("en", "en").await;
    let told = user.asks("Cómo elegir una hipoteca", "Russian and English only").await;
    assert!(told.text().contains("Without a model"), "{}", told.text());
}

#[tokio::test]
async fn answer_is_in_the_language_of_its_question() {
    let bot = BotTest::start().await;
    for (person, question, notes, language) in [
        ("ru", "Why write tests?", "Из наших заметок", Language::En),
        ("en", "Зачем нужны тесты?", "From our notes", Language::Ru),
    ] {
        let user = bot.user(person, person).await;
        let answer = user.asks(&format!("/ask {question}"), notes).await;
        let said = answer.text().split("\n\n").next().unwrap_or_default().to_owned();
        assert_eq!(Language::detect(&said), language, "{said}");
    }
}
