//! Writing with models that fail, give wrong answers or follow injected instructions, on a real
//! Temporal dev server: prompts, number of calls, and results.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod asking;
mod budget;
mod falling_back;
mod faults;
mod injected;
mod llmock;
mod money;
mod prompts;
mod sources;

use domain::{CarouselId, Language, Source};
use gateway::order::{Order, Words};
use testkit::{House, HouseBuilder, Peer};
use workflows::contract::{CarouselResult, DestinationRecord};

const TOPIC: &str = "Why tests matter";

/// A test application with these model servers.
fn asking(peers: &[&Peer]) -> HouseBuilder {
    let env = peers.iter().flat_map(|peer| peer.env());
    env.fold(House::build(), |house, (name, value)| {
        house.env(name, value)
    })
}

fn id(key: &str) -> CarouselId {
    CarouselId::new(Source::Cli, key).unwrap()
}

/// Makes a carousel of three slides in this language.
async fn make(house: &House, key: &str, words: Words, language: Language) -> CarouselResult {
    let mut order = Order::about(words);
    order.slides = "3".parse().unwrap();
    order.language = Some(language);
    let brief = house.judge(order).await;
    let id = id(key);
    let to = DestinationRecord::folder(id.as_str());
    let user = domain::UserId::local();
    house.carousels.start(&id, &user, &brief, to).await.unwrap();
    house.ended(&id).await
}

fn topic(words: &str) -> Words {
    Words::Topic(words.to_owned())
}

/// The carousel's `carousel.json`.
fn manifest(house: &House, key: &str) -> serde_json::Value {
    let file = house.folder_of(&id(key)).join("carousel.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}
