//! Carousels from a text, a page or a recording, and texts too long for their slides.

use domain::{
    Language, Offer, Outcome,
    record::{AnalysisRecord, DraftRecord, SlideRecord},
};
use gateway::carousel_request::{CarouselRequest, CarouselSource};
use storage::carousels::{self, SavedDraft};
use testkit::{
    FailpointScript, FakeModelServer, ModelProtocol, ModelResponse, ScriptedFailpoints, TestApp,
};

use crate::{TOPIC, app_with_models, id, make, topic};

const WORDS: &str = "Tests let you change code without fear. Without them each change is a bet, and \
                     code grows old before your eyes. With them you change, run, see green, go on. ";

#[tokio::test]
async fn text_source_is_sent_without_notes() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer]).start().await;
    let words = CarouselSource::Text(format!("{WORDS}A sentence of my own about zebrafish."));
    let made = make(&app, "text", CarouselRequest::of(words), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    for seen in peer.requests() {
        let given = seen.prompt_text();
        assert!(given.contains("<source>") && given.contains("zebrafish"));
        assert!(!given.contains("<notes>\n"));
    }
}

#[tokio::test]
async fn page_becomes_a_carousel() {
    let pages = testkit::FakeWebSite::start().await;
    pages.show("/post", &WORDS.repeat(3));
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let faults = ScriptedFailpoints::new([("fetch_page.after", FailpointScript::Fail(1))]);
    let app = app_with_models(&[&peer])
        .pages_at(pages.address())
        .parser(env!("CARGO_BIN_EXE_workers"))
        .faults(faults.hooks())
        .start()
        .await;
    let link = |path: &str| CarouselRequest::of(CarouselSource::Link(pages.link(path)));
    let made = make(&app, "page", link("/post"), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert!(peer.requests()[0].prompt_text().contains("without fear"));
    assert_eq!(pages.requests(), 2, "it was read twice on purpose");

    let gone = make(&app, "gone", link("/gone"), Language::En).await;
    assert_eq!(gone.outcome, Some(Outcome::Failed));
    assert!(gone.reason.contains("its server says 404"), "{}", gone.reason);
    // The offline provider could not read the page either.
    assert_eq!(gone.offer, Offer::Nothing);
}

/// Each paragraph repeats every open `<b>`; the end tags are in comments. Three such pages at once
/// are rejected, and the process keeps running.
#[tokio::test]
async fn unparsable_page_fails_only_its_carousel() {
    let open: String = (0..1_000).map(|n| format!("<b x={n}><!--</b>-->")).collect();
    let pages = testkit::FakeWebSite::start().await;
    pages.show("/post", &WORDS.repeat(3));
    pages.show_html("/hostile", format!("<p>{open}{}", "<p>x".repeat(27_000)));
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer])
        .pages_at(pages.address())
        .parser(env!("CARGO_BIN_EXE_workers"))
        .start()
        .await;
    let link = |path: &str| CarouselRequest::of(CarouselSource::Link(pages.link(path)));
    let (first, second, made) = tokio::join!(
        make(&app, "hostile-1", link("/hostile"), Language::En),
        make(&app, "hostile-2", link("/hostile"), Language::Ru),
        make(&app, "good", link("/post"), Language::En),
    );
    for refused in [first, second] {
        assert_eq!(refused.outcome, Some(Outcome::Failed));
        let told = "this page can't be read: send the text itself";
        assert!(refused.reason.contains(told), "{}", refused.reason);
    }
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(pages.requests(), 3, "what breaks the parser is not tried again");
}

#[tokio::test]
async fn recording_is_transcribed_and_becomes_a_carousel() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    peer.script([ModelResponse::Text("Why tests matter to people in a hurry".to_owned())]);
    let faults = ScriptedFailpoints::new([("transcribe.recorded", FailpointScript::Fail(1))]);
    let app = app_with_models(&[&peer]).faults(faults.hooks()).start().await;
    peer.script([ModelResponse::Text("Why tests matter to people in a hurry".to_owned())]);
    let voice = CarouselSource::Voice(b"OggS sound".to_vec(), "ogg".to_owned());
    let made = make(&app, "voice", CarouselRequest::of(voice), Language::En).await;
    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    let seen = peer.requests();
    assert!(seen[0].path.ends_with("/audio/transcriptions"), "{}", seen[0].path);
    assert!(seen[2].prompt_text().contains("people in a hurry"));
    assert_eq!(peer.calls(), 4);
}

/// Every draft that the model checks accept fits on its slides (`writer::slide` draws it). So the
/// test stores a draft that does not fit while the workflow runs; the workflow continues with the
/// stored draft.
#[tokio::test]
async fn overflowing_slide_is_shortened_once() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let faults = ScriptedFailpoints::new([
        ("save_draft.before", FailpointScript::Hold),
        ("shorten_slides.after", FailpointScript::Fail(1)),
    ]);
    let mut app = app_with_models(&[&peer]).faults(faults.hooks()).start().await;
    // The test stores the first draft without its events.
    app.allow_differing_rows();
    let (made, ()) = tokio::join!(make(&app, "wide", topic(TOPIC), Language::En), async {
        faults.reached("save_draft.before").await;
        store(&app, "wide", &overflowing()).await;
        faults.release();
    });

    assert_eq!(made.outcome, Some(Outcome::Delivered), "{}", made.reason);
    assert_eq!(peer.calls(), 4, "analysis, slides, and a shorter slide, twice on purpose");
    let reader = app.db.read();
    let shorter = carousels::find_draft(&reader, &id("wide"), 2).await.unwrap().unwrap();
    assert_eq!(shorter.draft.slides[0].title, "A headline that fits");
    assert!(shorter.draft.slides[1].title.chars().count() <= 60);
    let asked = peer.requests()[2].prompt_text();
    assert!(asked.contains("word word") && !asked.contains("A headline that fits"), "{asked}");
}

/// Three slides; the second has far more text than fits.
fn overflowing() -> DraftRecord {
    let slide = |kind: &str, title: &str, body: &str| SlideRecord {
        kind: kind.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        ..SlideRecord::default()
    };
    let words = "word ".repeat(119);
    DraftRecord {
        slides: vec![
            slide("title", "A headline that fits", ""),
            slide("principle", &words, &words),
            slide("title", "Another one", ""),
        ],
        caption: "A caption.".to_owned(),
        hashtags: vec!["tests".to_owned()],
    }
}

async fn store(app: &TestApp, key: &str, draft: &DraftRecord) {
    let (id, draft) = (&id(key), draft.clone());
    let saved =
        &SavedDraft { draft, analysis: AnalysisRecord::default(), provider: "openai".to_owned() };
    let stored = app.db.write(|tx| async move {
        carousels::save_draft(&tx, id, 1, saved, None, chrono::Utc::now()).await
    });
    assert!(stored.await.unwrap().fresh);
}
