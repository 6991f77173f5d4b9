//! Writing with models that fail, give wrong answers or follow injected instructions, on a real
//! Temporal dev server: prompts, number of calls, and results.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod budget;
mod cost;
mod fallback;
mod llmock;
mod model_failures;
mod prompt_injection;
mod prompts;
mod questions;
mod reply_forms;
mod sources;

use domain::{CarouselId, Language, RequestSource};
use gateway::carousel_request::CarouselRequest;
use testkit::{FakeModelServer, TestApp, TestAppBuilder};
use workflows::{carousel::CarouselResult, destination::DestinationRecord};

const TOPIC: &str = "Why tests matter";

fn app_with_models(peers: &[&FakeModelServer]) -> TestAppBuilder {
    let env = peers.iter().flat_map(|peer| peer.env());
    env.fold(TestApp::builder(), |app, (name, value)| app.env(name, value))
}

fn id(key: &str) -> CarouselId {
    CarouselId::new(RequestSource::Cli, key).unwrap()
}

/// Makes a carousel of three slides in this language.
async fn make(
    app: &TestApp,
    key: &str,
    mut order: CarouselRequest,
    language: Language,
) -> CarouselResult {
    order.slides = "3".parse().unwrap();
    order.language = Some(language.into());
    let brief = app.validate(order).await;
    let id = id(key);
    let to = DestinationRecord::folder(id.as_str());
    let user = domain::UserId::local();
    app.carousels.start(&id, &user, &brief, to).await.unwrap();
    app.wait_for_result(&id).await
}

fn topic(words: &str) -> CarouselRequest {
    CarouselRequest::about(words)
}

/// The carousel's `carousel.json`.
fn manifest(app: &TestApp, key: &str) -> serde_json::Value {
    let file = app.export_folder(&id(key)).join("carousel.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}
