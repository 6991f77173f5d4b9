//! Snapshots of the complete prompts. A changed prompt needs a new version; the snapshots show the
//! change in review.

use domain::Language;
use gateway::{
    order::Words,
    requests::{answer, wisdom},
};
use testkit::{Act, Peer, Wire};
use workflows::contract::AnswerRequest;

use crate::{TOPIC, asking, make, topic};

#[tokio::test]
async fn prompts_match_snapshots() {
    let peer = Peer::start(Wire::OpenAi).await;
    let house = asking(&[&peer]).start().await;

    make(&house, "topic", topic(TOPIC), Language::En).await;
    let said = Act::Say("no JSON".to_owned());
    peer.script([said, Act::Write(Language::Ru), Act::Write(Language::Ru)]);
    let text = Words::Text("Имена важны. Хорошее имя говорит, зачем вещь нужна.".to_owned());
    make(&house, "text", text, Language::Ru).await;
    let question = AnswerRequest {
        user: "local".to_owned(),
        question: "Why write tests?".to_owned(),
        language: "en".to_owned(),
        ..AnswerRequest::default()
    };
    answer(&house.client, "answer", question).await.unwrap();
    let thought = crate::asking::thought(true);
    wisdom(&house.client, "wisdom", thought).await.unwrap();

    let asked: Vec<String> = peer.seen().iter().map(testkit::Seen::words).collect();
    let names = [
        "analyze_topic",
        "write_slides",
        "analyze_source",
        "repair",
        "write_from_source",
        "answer",
        "wisdom",
    ];
    assert_eq!(asked.len(), names.len());
    for (name, words) in names.iter().zip(asked) {
        insta::assert_snapshot!(*name, words);
    }
}
