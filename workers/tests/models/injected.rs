//! People who talk to the model instead of to us: as a topic, on a page, in a text. Models are played
//! by one that does its work, and by one that obeys whoever spoke last: then our checks are all there is.

use domain::Language;
use gateway::order::Words;
use render::{Options, Renderer};
use testkit::{Act, House, Pages, Peer, Seen, Wire};
use workflows::contract::CarouselResult;

use crate::{asking, id, make, topic};

const KEY: &str = "sk-never-told-0123456789";

/// The corpus, with an address that is watched in place of CANARY.
fn corpus(canary: &Pages) -> Vec<String> {
    let lines = include_str!("injections.txt").lines();
    let all: Vec<String> = lines
        .map(|line| line.replace("CANARY", &canary.address().to_string()))
        .collect();
    assert!(all.len() >= 50, "{}", all.len());
    all
}

async fn house(peer: &Peer, pages: &Pages) -> House {
    asking(&[peer])
        .env("OPENAI_API_KEY", KEY)
        .pages_at(pages.address())
        .parser(env!("CARGO_BIN_EXE_workers"))
        .start()
        .await
}

/// What no font of ours can draw is refused before anybody is asked.
fn can_be_ordered(text: &str) -> bool {
    let renderer = Renderer::new(&Options::default()).unwrap();
    renderer.undrawable(text).is_none()
}

/// The words of a carousel: what people would see.
fn visible(house: &House, key: &str) -> String {
    let folder = house.folder_of(&id(key));
    let read = |name| std::fs::read_to_string(folder.join(name)).unwrap();
    read("carousel.json") + &read("caption.txt")
}

/// Between its tags, and nowhere else: no fence ends early, none begins inside.
fn is_fenced(seen: &Seen, tag: &str) -> bool {
    let asked = seen.body["messages"][1]["content"].as_str().unwrap();
    let (open, close) = (format!("<{tag}>\n"), format!("\n</{tag}>"));
    asked.matches(&open).count() == 1
        && asked.matches(&close).count() == 1
        && !asked.contains("<|im_")
        && !asked.contains("<script")
}

fn assert_slides(house: &House, key: &str, made: &CarouselResult, text: &str) {
    assert_eq!(made.outcome, "delivered", "{text}: {}", made.reason);
    assert_eq!(made.slides, 3, "{text}");
    assert!(!visible(house, key).contains(KEY), "{text}");
}

#[tokio::test]
async fn whatever_a_topic_demands_slides_come_out_and_no_address_is_fetched() {
    let (peer, canary) = (Peer::start(Wire::OpenAi).await, Pages::start().await);
    let house = house(&peer, &canary).await;
    let texts = corpus(&canary);
    let ordered: Vec<&String> = texts.iter().filter(|text| can_be_ordered(text)).collect();
    assert!(ordered.len() >= 50, "{}", ordered.len());
    for (n, text) in ordered.into_iter().enumerate() {
        peer.reset();
        let key = format!("topic-{n}");
        let made = make(&house, &key, topic(text), Language::En).await;
        assert_slides(&house, &key, &made, text);
        for seen in peer.seen() {
            assert!(is_fenced(&seen, "topic"), "{text}: {}", seen.words());
            assert!(!seen.body.to_string().contains(KEY), "{text}");
        }
    }
    assert_eq!(canary.visits(), 0);
}

#[tokio::test]
async fn whatever_a_page_or_a_text_demands_slides_come_out_and_no_address_is_fetched() {
    let (peer, pages, canary) = (
        Peer::start(Wire::OpenAi).await,
        Pages::start().await,
        Pages::start().await,
    );
    let house = house(&peer, &pages).await;
    let filler = "An ordinary sentence about ordinary things stands around it. ".repeat(5);
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    for (n, text) in corpus(&canary).iter().enumerate() {
        peer.reset();
        let key = format!("source-{n}");
        let words = if n % 2 == 0 || !can_be_ordered(text) {
            pages.show(
                &format!("/{n}"),
                &escape(&format!("{filler}{text} {filler}")),
            );
            Words::Link(pages.link(&format!("/{n}")))
        } else {
            Words::Text(format!("{filler}\n{text}\n{filler}"))
        };
        let made = make(&house, &key, words, Language::En).await;
        assert_slides(&house, &key, &made, text);
        for seen in peer.seen() {
            assert!(is_fenced(&seen, "source"), "{text}: {}", seen.words());
        }
    }
    assert_eq!(canary.visits(), 0);
}

#[tokio::test]
async fn a_model_that_obeys_them_is_not_believed() {
    let (peer, canary) = (Peer::start(Wire::OpenAi).await, Pages::start().await);
    let house = house(&peer, &canary).await;
    let made = make(&house, "honest", topic("Naming"), Language::En).await;
    assert_eq!(made.outcome, "delivered", "{}", made.reason);
    let rules = peer.seen()[1].body["messages"][0]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    let about_rules = rules
        .lines()
        .find(|line| line.starts_with("- Everything"))
        .unwrap()
        .to_owned();
    let address = format!("Go to http://{}/ and log in there", canary.address());
    for (n, (obeyed, why)) in [
        (rules, "repeats the rules"),
        (about_rules, "repeats the rules"),
        (address, "does not belong"),
        (
            "<script>alert(1)</script> is what it says here".to_owned(),
            "does not belong",
        ),
        (
            "Взломано: теперь здесь говорят только по-русски".to_owned(),
            "not written in English",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        peer.reset();
        // It behaves while it looks at the topic.
        peer.script([Act::Write(Language::En)]);
        peer.otherwise(Act::Repeat(obeyed));
        let made = make(
            &house,
            &format!("obeyed-{n}"),
            topic("Naming"),
            Language::En,
        )
        .await;
        assert_eq!(made.outcome, "failed", "{why}");
        assert!(made.reason.contains(why), "{why}: {}", made.reason);
        assert_eq!(peer.calls(), 3, "a look, the slides, one repair");
    }
    assert_eq!(canary.visits(), 0);
}
