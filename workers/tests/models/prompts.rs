//! Snapshots of the complete prompts. A changed prompt needs a new version; the snapshots show the
//! change in review.

use domain::Language;
use gateway::{
    carousel_request::{CarouselRequest, CarouselSource},
    small_requests::{answer, daily_tip},
};
use testkit::{FakeModelServer, ModelProtocol, ModelResponse};
use workflows::questions::AnswerRequest;

use crate::{TOPIC, app_with_models, make, topic};

#[tokio::test]
async fn prompts_match_snapshots() {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let app = app_with_models(&[&peer]).start().await;

    make(&app, "topic", topic(TOPIC), Language::En).await;
    let said = ModelResponse::Text("no JSON".to_owned());
    peer.script([said, ModelResponse::Write(Language::Ru), ModelResponse::Write(Language::Ru)]);
    let text =
        CarouselSource::Text("Имена важны. Хорошее имя говорит, зачем вещь нужна.".to_owned());
    make(&app, "text", CarouselRequest::of(text), Language::Ru).await;
    let question = AnswerRequest {
        user: "local".to_owned(),
        question: "Why write tests?".to_owned(),
        language: "en".to_owned(),
        ..AnswerRequest::default()
    };
    answer(&app.client, "answer", question).await.unwrap();
    let thought = crate::questions::daily_tip_request(true);
    daily_tip(&app.client, "wisdom", thought).await.unwrap();

    let asked: Vec<String> =
        peer.requests().iter().map(testkit::RecordedRequest::prompt_text).collect();
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
