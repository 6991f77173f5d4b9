//! The studio in a real browser, as people use it: a newcomer, a phone, the keyboard alone, two tabs, a server that is
//! restarted. Without Chromium they are skipped.
//!
//! `STUDIO_PICTURES=FOLDER cargo test -p gateway --test api studio::newcomer` takes the pictures of the docs.

mod browser;

use axum::http::Method;
use browser::{Browser, ENGLISH, Look};
use runtime::http::Port;
use serde_json::json;
use testkit::TestApp;

use crate::{ApiTest, Token, json_of, send, sessions};

/// A browser that is signed in.
async fn signed_in(api: &ApiTest, look: Look) -> Option<Browser> {
    let browser = Browser::start(&format!("http://{}", api.address), look).await?;
    let code = sessions::code(api).await;
    browser.open(&format!("/studio#code={code}")).await;
    browser.until("document.querySelector('#source')").await;
    Some(browser)
}

/// The token of the browser.
async fn token(api: &ApiTest, browser: &Browser) -> Token {
    let text = browser.run("return localStorage.getItem('token')").await;
    Token { address: api.address, text: text.as_str().unwrap().to_owned() }
}

/// All ten covers are drawn.
const COVERS: &str =
    "[...document.querySelectorAll('.theme img')].filter(i => i.naturalWidth).length === 10";
const OUTLINE: &str = "document.querySelectorAll('.outline li').length";
const DELIVERED: &str = "document.querySelector('.badge.delivered')";
/// Nothing is being changed, and nothing is unsaved.
const SAVED: &str =
    "document.querySelector('.editor[aria-busy=false]') && !document.querySelector('.outline em')";
/// The picture of the selected slide.
const PICTURE: &str = "document.querySelectorAll('.picture img')\
    [Number(document.querySelector('.position').innerText.split('/')[0]) - 1].src";

/// The whole way of someone who comes for the first time.
async fn journey(look: Look, name: &str) {
    let api = ApiTest::start().await;
    let Some(browser) = signed_in(&api, look).await else { return };
    let browser = browser.with_pictures(name);
    let is_english = look.language == "en";
    let word = |english: &'static str, russian: &'static str| {
        if is_english { english } else { russian }
    };
    let topic = word("How to name things", "Почему тесты важны");
    browser.type_into("#source", topic).await;
    browser.until(COVERS).await;
    browser.check("the first screen").await;
    browser.picture("1-new").await;
    browser.press("paper").await;
    browser.press(word("Write the outline", "Написать план")).await;
    browser.until(OUTLINE).await;
    browser.until("document.querySelector('.picture img').naturalWidth").await;
    browser.check("the outline").await;
    browser.picture("2-outline").await;
    browser.press(word("Draw it", "Рисовать")).await;
    browser.until(DELIVERED).await;
    browser.until("document.querySelector('.picture img').naturalWidth").await;
    browser.check("the finished carousel").await;
    // Words, with a picture that follows them.
    browser.press(word("Next slide", "Следующий слайд")).await;
    let before = browser.until(PICTURE).await;
    browser.replace("#words", word("Say what it does", "Тест говорит, что сломалось")).await;
    browser.until("performance.getEntriesByName('preview').length").await;
    assert_ne!(browser.run(&format!("return {PICTURE}")).await, before, "a new picture");
    browser.picture("3-edited").await;
    browser.press(word("Save", "Сохранить")).await;
    browser.until(SAVED).await;
    // Order, number, undo.
    let headings =
        "[...document.querySelectorAll('.outline .name span:nth-child(2)')].map(s => s.innerText)";
    let read = async || browser.run(&format!("return {headings}")).await;
    let first = read().await;
    browser.press(word("Move slide 3 up", "Слайд 3 выше")).await;
    browser.until(&format!("JSON.stringify({headings}) !== JSON.stringify({first})")).await;
    browser.until(SAVED).await;
    let moved = read().await;
    assert_eq!((&moved[1], &moved[2]), (&first[2], &first[1]));
    browser.press(word("Remove slide 3", "Убрать слайд 3")).await;
    browser.until(&format!("{OUTLINE} === 6")).await;
    browser.until(SAVED).await;
    for _ in 0..2 {
        let now = read().await;
        browser.press(word("Undo", "Отменить правку")).await;
        browser.until(&format!("JSON.stringify({headings}) !== JSON.stringify({now})")).await;
        browser.until(SAVED).await;
    }
    assert_eq!(read().await, first, "undone twice");
    browser.press(word("Add a slide after this one", "Добавить слайд после этого")).await;
    browser
        .type_into("#new-slide", word("One more thing\nIt fits.", "Ещё одно\nОно помещается."))
        .await;
    browser.check("the dialog of a new slide").await;
    browser.press(word("Add", "Добавить")).await;
    browser.until(&format!("{OUTLINE} === 8")).await;
    browser.until(SAVED).await;
    // The caption, and another look.
    browser.press(word("Caption", "Подпись")).await;
    browser.replace("#caption", word("Names are promises.", "Имена — это обещания.")).await;
    browser.picture("4-caption").await;
    browser.press(word("Save", "Сохранить")).await;
    browser.until("!document.querySelector('dialog')").await;
    browser.press(word("Another look", "Другое оформление")).await;
    browser.until(COVERS).await;
    browser.check("the choice of a look").await;
    browser.picture("5-look").await;
    browser.press("editorial").await;
    browser.press(word("Another look", "Другое оформление")).await;
    browser.until(SAVED).await;
    browser.until("document.querySelector('#status').innerText").await;
    // What the API has is what the page showed.
    let token = token(&api, &browser).await;
    let id = browser.run("return location.pathname.split('/').pop()").await;
    let path = format!("/v1/carousels/{}", id.as_str().unwrap());
    let slides = json_of(&token.get(&format!("{path}/slides")).await);
    assert_eq!(slides["theme"], "editorial");
    assert_eq!(slides["slides"].as_array().unwrap().len(), 8);
    assert_eq!(slides["caption"], word("Names are promises.", "Имена — это обещания."));
    for file in ["carousel.zip", "carousel.pdf"] {
        let file = token.get(&format!("{path}/files/{file}")).await;
        assert_eq!(file.status, 200, "{}", file.text());
    }
    browser.press(word("Download", "Скачать")).await;
    browser.press(word("All pictures (ZIP)", "Все картинки (ZIP)")).await;
    // The history, the brand, the other language, the end.
    browser.press(word("History", "История")).await;
    browser.until("document.querySelectorAll('.history li').length === 1").await;
    browser.type_into("#search", "zzz").await;
    browser.until("document.querySelector('.nothing').innerText").await;
    browser.replace("#search", &topic.to_uppercase()[..6]).await;
    browser.until("document.querySelector('.history img')?.naturalWidth").await;
    browser.check("the history").await;
    browser.picture("6-history").await;
    browser.press(word("Brand", "Бренд")).await;
    browser.type_into("#handle", "naming.things").await;
    browser.until(COVERS).await;
    browser.until("document.querySelector('.sample').naturalWidth").await;
    browser.check("the brand").await;
    browser.picture("7-brand").await;
    browser.press(word("Save", "Сохранить")).await;
    browser.until("document.querySelector('#status').innerText.includes('.')").await;
    assert_eq!(json_of(&token.get("/v1/brand").await)["handle"], "naming.things");
    browser.press(word("Русский", "English")).await;
    let heading = "document.querySelector('h1').innerText";
    let other = word("Ваш бренд на каждом слайде", "Your brand on every slide");
    browser.until(&format!("{heading} === {other:?}")).await;
    browser.press(word("Выйти", "Sign out")).await;
    browser.until(&format!("{heading} === {:?}", word("Вход", "Sign in"))).await;
    browser.check("the end").await;
    assert_eq!(token.get("/v1/session").await.status, 401);
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newcomer_makes_edits_and_downloads_a_carousel() {
    journey(ENGLISH, "desktop-light").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newcomer_on_a_phone_speaks_russian_in_the_dark() {
    journey(Look { language: "ru", is_dark: true, is_phone: true }, "phone-dark").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keyboard_alone_makes_and_edits_a_carousel() {
    let api = ApiTest::start().await;
    let Some(browser) = signed_in(&api, ENGLISH).await else { return };
    browser.tab_to("#source").await;
    browser.keys("How to name things").await;
    browser.tab_to(".theme input").await;
    // The next look.
    browser.keys("\u{e014}").await;
    browser.tab_to("#review").await;
    browser.keys(" ").await;
    browser.tab_to("button[type=submit]").await;
    browser.keys("\u{e007}").await;
    browser.until(DELIVERED).await;
    browser.until("document.querySelector('.picture img').naturalWidth").await;
    browser.tab_to(".strip").await;
    browser.keys("\u{e014}").await;
    browser.until("document.querySelector('.position').innerText.startsWith('2')").await;
    browser.tab_to("#words").await;
    browser.run("document.activeElement.select()").await;
    browser.keys("By keyboard").await;
    // Control and Enter save.
    browser.keys("\u{e009}\u{e007}").await;
    browser.until("document.querySelector('#status').innerText === 'Saved'").await;
    let token = token(&api, &browser).await;
    let id = browser.run("return location.pathname.split('/').pop()").await;
    let slides = format!("/v1/carousels/{}/slides", id.as_str().unwrap());
    let slides = json_of(&token.get(&slides).await);
    assert!(slides["slides"][1]["text"].as_str().unwrap().starts_with("By keyboard"), "{slides}");
    assert_eq!(slides["theme"], "galaxy");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_do_no_harm_to_each_other() {
    let api = ApiTest::start().await;
    let Some(browser) = signed_in(&api, ENGLISH).await else { return };
    let token = token(&api, &browser).await;
    let id = token.delivered("1").await;
    let page = format!("/studio/carousels/{id}");
    browser.open(&page).await;
    browser.until(OUTLINE).await;
    let [first, second] = browser.second_tab(&page).await;
    browser.until(OUTLINE).await;
    browser.press("Next slide").await;
    browser.replace("#words", "From the second tab").await;
    browser.switch_to(&first).await;
    browser.press("Next slide").await;
    browser.press("Next slide").await;
    browser.replace("#words", "From the first tab").await;
    browser.press("Save").await;
    browser.until(SAVED).await;
    browser.switch_to(&second).await;
    browser.until("document.querySelector('.notice').innerText.includes('Another tab')").await;
    let kept = browser.run("return document.querySelector('#words').value").await;
    assert_eq!(kept, "From the second tab");
    browser.press("Save").await;
    browser.until(SAVED).await;
    let slides = json_of(&token.get(&format!("/v1/carousels/{id}/slides")).await);
    assert_eq!(slides["revision"], 3);
    let text = |number: usize| slides["slides"][number - 1]["text"].as_str().unwrap();
    assert!(text(2).starts_with("From the second tab"), "{slides}");
    assert!(text(3).starts_with("From the first tab"), "{slides}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_of_the_server_loses_nothing() {
    let api = ApiTest::start().await;
    let Some(browser) = signed_in(&api, ENGLISH).await else { return };
    browser.type_into("#source", "How to name things").await;
    browser.until(COVERS).await;
    let (address, app) = api.stop().await;
    browser.press("Write the outline").await;
    browser
        .until("document.querySelector('#connection').innerText.includes('Nothing is lost')")
        .await;
    let port = Port::bind_api(address).await.unwrap();
    let api = ApiTest::at(app, port).await;
    browser.until(OUTLINE).await;
    browser.until("document.querySelector('#connection').innerText === ''").await;
    let token = token(&api, &browser).await;
    let all = json_of(&token.get("/v1/carousels").await);
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "asked for once: {all}");
    // The console names the calls that failed meanwhile, and nothing else.
    let log = browser.log().await;
    assert!(log.lines().all(|line| line.contains("net::ERR_")), "{log}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn page_says_what_the_api_says_about_an_end() {
    let builder = TestApp::builder().env("AI_PROVIDERS", "offline");
    let api = ApiTest::with(builder).await;
    let Some(browser) = signed_in(&api, ENGLISH).await else { return };
    let token = token(&api, &browser).await;
    // A page that is not public is never read.
    let body = json!({ "link": "http://127.0.0.1:9/" });
    let failed = json_of(&token.post("/v1/carousels", None, &body).await);
    let body = json!({ "topic": "How to name things", "review": true });
    let cancelled = json_of(&token.post("/v1/carousels", None, &body).await);
    let cancel = format!("/v1/carousels/{}/cancel", cancelled["id"].as_str().unwrap());
    send(token.call(Method::POST, &cancel)).await;
    for (made, status) in [(failed, "failed"), (cancelled, "cancelled")] {
        let id = made["id"].as_str().unwrap().parse().unwrap();
        let ended = token.ended(&id).await;
        assert_eq!(ended["status"], status, "{ended}");
        browser.open(&format!("/studio/carousels/{id}")).await;
        browser.until(&format!("document.querySelector('.badge.{status}')")).await;
        let message = ended["message"].as_str().unwrap();
        browser
            .until(&format!("document.querySelector('.message').innerText === {message:?}"))
            .await;
        browser.check(status).await;
    }
    browser.open("/studio/carousels/carousel-api-none").await;
    browser
        .until("document.querySelector('h1').innerText.startsWith('There is no such carousel')")
        .await;
    let log = browser.log().await;
    assert!(log.lines().all(|line| line.contains("404")), "{log}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_load_is_small() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let Some(browser) = Browser::start(&format!("http://{}", api.address), ENGLISH).await else {
        return;
    };
    browser.open("/studio").await;
    browser.until("document.querySelector('h1')?.innerText === 'Sign in'").await;
    browser.check("the first screen").await;
    let sizes = "return performance.getEntries().filter(e => 'encodedBodySize' in e)\
        .reduce((sum, e) => sum + e.encodedBodySize, 0)";
    let bytes = browser.run(sizes).await.as_u64().unwrap();
    assert!((10_000..150_000).contains(&bytes), "{bytes}");
    browser.end().await;
}
