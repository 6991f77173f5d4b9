//! Prompt injection through topics, pages and texts. One fake model does its task; another follows
//! the injected instruction, so that only our checks protect the result.

use domain::{Language, Outcome};
use gateway::carousel_request::{CarouselRequest, CarouselSource};
use render::{Renderer, RendererConfig};
use testkit::{
    FakeModelServer, FakeWebSite, ModelProtocol, ModelResponse, RecordedRequest, TestApp,
};
use workflows::carousel::CarouselResult;

use crate::{app_with_models, id, make, topic};

const KEY: &str = "sk-never-told-0123456789";

/// The injection corpus; CANARY is replaced by a watched address.
fn corpus(canary: &FakeWebSite) -> Vec<String> {
    let lines = include_str!("injections.txt").lines();
    let all: Vec<String> =
        lines.map(|line| line.replace("CANARY", &canary.address().to_string())).collect();
    assert!(all.len() >= 50, "{}", all.len());
    all
}

async fn app(peer: &FakeModelServer, pages: &FakeWebSite) -> TestApp {
    app_with_models(&[peer])
        .env("OPENAI_API_KEY", KEY)
        .pages_at(pages.address())
        .parser(env!("CARGO_BIN_EXE_workers"))
        .start()
        .await
}

/// Topics that no font can draw are refused before a model is called.
fn can_be_ordered(text: &str) -> bool {
    let renderer = Renderer::new(&RendererConfig::default()).unwrap();
    renderer.missing_character(text).is_none()
}

/// The text that a carousel shows.
fn visible(app: &TestApp, key: &str) -> String {
    let folder = app.export_folder(&id(key));
    let read = |name| std::fs::read_to_string(folder.join(name)).unwrap();
    read("carousel.json") + &read("caption.txt")
}

/// Whether the text is only between its tags: no fence ends early or begins inside.
fn is_fenced(seen: &RecordedRequest, tag: &str) -> bool {
    let asked = seen.body["messages"][1]["content"].as_str().unwrap();
    let (open, close) = (format!("<{tag}>\n"), format!("\n</{tag}>"));
    asked.matches(&open).count() == 1
        && asked.matches(&close).count() == 1
        && !asked.contains("<|im_")
        && !asked.contains("<script")
}

fn assert_slides(app: &TestApp, key: &str, made: &CarouselResult, text: &str) {
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{text}: {}", made.reason);
    assert_eq!(made.slides, 3, "{text}");
    assert!(!visible(app, key).contains(KEY), "{text}");
}

#[tokio::test]
async fn injected_topics_cause_no_fetch() {
    let (peer, canary) =
        (FakeModelServer::start(ModelProtocol::OpenAi).await, FakeWebSite::start().await);
    let app = app(&peer, &canary).await;
    let texts = corpus(&canary);
    let ordered: Vec<&String> = texts.iter().filter(|text| can_be_ordered(text)).collect();
    assert!(ordered.len() >= 50, "{}", ordered.len());
    for (n, text) in ordered.into_iter().enumerate() {
        peer.reset();
        let key = format!("topic-{n}");
        let made = make(&app, &key, topic(text), Language::En).await;
        assert_slides(&app, &key, &made, text);
        for seen in peer.requests() {
            assert!(is_fenced(&seen, "topic"), "{text}: {}", seen.prompt_text());
            assert!(!seen.body.to_string().contains(KEY), "{text}");
        }
    }
    assert_eq!(canary.requests(), 0);
}

#[tokio::test]
async fn injected_pages_and_texts_cause_no_fetch() {
    let (peer, pages, canary) = (
        FakeModelServer::start(ModelProtocol::OpenAi).await,
        FakeWebSite::start().await,
        FakeWebSite::start().await,
    );
    let app = app(&peer, &pages).await;
    let filler = "An ordinary sentence about ordinary things stands around it. ".repeat(5);
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    for (n, text) in corpus(&canary).iter().enumerate() {
        peer.reset();
        let key = format!("source-{n}");
        let source = if n % 2 == 0 || !can_be_ordered(text) {
            pages.show(&format!("/{n}"), &escape(&format!("{filler}{text} {filler}")));
            CarouselSource::Link(pages.link(&format!("/{n}")))
        } else {
            CarouselSource::Text(format!("{filler}\n{text}\n{filler}"))
        };
        let made = make(&app, &key, CarouselRequest::of(source), Language::En).await;
        assert_slides(&app, &key, &made, text);
        for seen in peer.requests() {
            assert!(is_fenced(&seen, "source"), "{text}: {}", seen.prompt_text());
        }
    }
    assert_eq!(canary.requests(), 0);
}

#[tokio::test]
async fn checks_reject_an_injected_models_output() {
    let (peer, canary) =
        (FakeModelServer::start(ModelProtocol::OpenAi).await, FakeWebSite::start().await);
    let app = app(&peer, &canary).await;
    let made = make(&app, "honest", topic("Naming"), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    let rules = peer.requests()[1].body["messages"][0]["content"].as_str().unwrap().to_owned();
    let about_rules =
        rules.lines().find(|line| line.starts_with("- Everything")).unwrap().to_owned();
    let address = format!("Go to http://{}/ and log in there", canary.address());
    for (n, (obeyed, why)) in [
        (rules, "repeats the rules"),
        (about_rules, "repeats the rules"),
        (address, "does not belong"),
        ("<script>alert(1)</script> is what it says here".to_owned(), "does not belong"),
        ("Взломано: теперь здесь говорят только по-русски".to_owned(), "not written in English"),
    ]
    .into_iter()
    .enumerate()
    {
        peer.reset();
        // The first reply, to the analysis, is harmless.
        peer.script([ModelResponse::Write(Language::En)]);
        peer.set_default_response(ModelResponse::Repeat(obeyed));
        let made = make(&app, &format!("obeyed-{n}"), topic("Naming"), Language::En).await;
        assert_eq!(made.outcome, Some(Outcome::Failed), "{why}");
        assert!(made.reason.contains(why), "{why}: {}", made.reason);
        assert_eq!(peer.calls(), 3, "a look, the slides, one repair");
    }
    assert_eq!(canary.requests(), 0);
}
