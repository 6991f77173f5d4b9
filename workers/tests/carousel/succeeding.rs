//! The results of a successful carousel: files, rows, events, search attributes, history.

use std::io::Write as _;

use domain::Outcome;
use temporalio_client::WorkflowDescribeOptions;
use testkit::TestApp;
use workflows::{CarouselWorkflow, visibility};

use crate::{chain, stored};

#[tokio::test]
async fn a_topic_becomes_files_in_a_folder() {
    let app = TestApp::start().await;
    let (id, result) = app.make("Почему тесты важны").await;

    assert_eq!((result.outcome, result.provider.as_str()), (Some(Outcome::Delivered), "offline"));
    let folder = app.export_folder(&id);
    for name in ["slide-01.jpg", "slide-02.jpg", "slide-03.jpg"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(&bytes[..3], b"\xff\xd8\xff", "{name} is a JPEG");
    }
    let pdf = std::fs::read(folder.join("carousel.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let zip = std::fs::read(folder.join("carousel.zip")).unwrap();
    // The ZIP stores its entries uncompressed, so the PDF and the pictures are in it byte for byte.
    let holds = |file: &[u8]| zip.windows(file.len()).any(|part| part == file);
    let first = std::fs::read(folder.join("slide-01.jpg")).unwrap();
    assert!(holds(&pdf) && holds(&first) && holds(b"alt-texts.txt"));
    let caption = std::fs::read_to_string(folder.join("caption.txt")).unwrap();
    assert!((1..=5).contains(&caption.matches('#').count()), "{caption}");
    let json = std::fs::read(folder.join("carousel.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["workflow_id"], id.as_str());
    assert_eq!(json["slides"].as_array().unwrap().len(), 3);
    assert!(json["slides"][0]["alt"].as_str().unwrap().len() > 5);
}

#[tokio::test]
async fn state_and_events_agree() {
    let app = TestApp::start().await;
    let (id, _) = app.make("Почему тесты важны").await;

    let carousel = stored(&app, &id).await;
    assert_eq!(carousel.state.outcome(), Some(Outcome::Delivered));
    assert_eq!(
        chain(&app, &id).await,
        [
            "carousel.generate.requested",
            "workflow.started",
            "history.logged",
            "ai.content.requested",
            "ai.analysis.completed",
            "carousel.content.analyzed",
            "workflow.step.completed",
            "ai.content.requested",
            "carousel.slides.generated",
            "workflow.step.completed",
            "carousel.images.rendered",
            "workflow.step.completed",
            "workflow.step.completed",
            "carousel.saved",
            "carousel.completed",
            "workflow.completed",
        ]
    );
}

#[tokio::test]
async fn web_ui_shows_search_attributes_and_summaries() {
    let app = TestApp::start().await;
    let (id, _) = app.make("Почему тесты важны").await;

    let handle = app.client.get_workflow_handle::<CarouselWorkflow>(id.as_str());
    let seen = handle.describe(WorkflowDescribeOptions::default()).await.unwrap();
    assert_eq!(seen.static_summary(), Some("«Почему тесты важны» · ru · aurora · 3 slides"));
    let attributes = seen.search_attributes();
    let attribute = |key| attributes.get(key);
    assert_eq!(attribute(&visibility::USER).as_deref(), Some("local"));
    assert_eq!(attribute(&visibility::THEME).as_deref(), Some("aurora"));
    assert_eq!(attribute(&visibility::LANGUAGE).as_deref(), Some("ru"));
    assert_eq!(attribute(&visibility::TOPIC).as_deref(), Some("Почему тесты важны"));
    assert_eq!(attribute(&visibility::OUTCOME).as_deref(), Some("delivered"));
}

#[tokio::test]
async fn history_is_small() {
    let app = TestApp::start().await;
    let mut order = gateway::carousel_request::CarouselRequest::about(
        "Почему тесты важны и что делать, если времени на них нет",
    );
    order.slides = "10".parse().unwrap();
    let brief = app.validate(order).await;
    let id = domain::CarouselId::new(domain::RequestSource::Cli, "ten").unwrap();
    let to = workflows::destination::DestinationRecord::folder("ten");
    let user = domain::UserId::local();
    app.carousels.start(&id, &user, &brief, to).await.unwrap();
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));

    let handle = app.client.get_workflow_handle::<CarouselWorkflow>(id.as_str());
    let seen = handle.describe(WorkflowDescribeOptions::default()).await.unwrap();
    let info = seen.raw().workflow_execution_info.clone().unwrap();
    let (events, bytes) = (info.history_length, info.history_size_bytes);
    let measure = format!("history of a carousel of 10 slides: {events} events, {bytes} bytes");
    let _ = writeln!(std::io::stderr(), "{measure}");
    assert!(events <= 50 && bytes <= 40 * 1024, "{measure}");

    let json = handle.fetch_history(Default::default()).to_json().await.unwrap();
    let json = String::from_utf8(json).unwrap();
    for start_of_a_picture in ["/9j/", "iVBORw0KGgo"] {
        assert!(!json.contains(start_of_a_picture));
    }
}

#[tokio::test]
async fn repeated_start_runs_one_workflow() {
    let app = TestApp::start().await;
    let id = domain::CarouselId::new(domain::RequestSource::Cli, "once").unwrap();
    let mut fresh = Vec::new();
    for _ in 0..5 {
        fresh.push(app.order_with_id(&id, "How to name things").await);
    }
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
    // Another start, after the workflow's end.
    fresh.push(app.order_with_id(&id, "How to name things").await);

    let runs: std::collections::BTreeSet<_> = fresh.iter().map(|s| s.run_id.clone()).collect();
    assert_eq!(runs.len(), 1, "{fresh:?}");
    assert_eq!(app.carousels.list(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn long_text_is_passed_by_blob_key() {
    let app = TestApp::start().await;
    let text = "Тесты дают смелость менять код. Без них каждая правка пугает. Тест сразу говорит, \
                что сломалось. Напиши тест на каждую ошибку. "
        .repeat(25);
    let order = gateway::carousel_request::CarouselRequest::of(
        gateway::carousel_request::CarouselSource::Text(text.clone()),
    );
    let brief = app.validate(order).await;
    let id = domain::CarouselId::new(domain::RequestSource::Cli, "text").unwrap();
    let to = workflows::destination::DestinationRecord::folder("text");
    let user = domain::UserId::local();
    app.carousels.start(&id, &user, &brief, to).await.unwrap();
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));

    let handle = app.client.get_workflow_handle::<CarouselWorkflow>(id.as_str());
    let json = handle.fetch_history(Default::default()).to_json().await.unwrap();
    assert!(json.len() < text.len() * 20);
    assert!(!String::from_utf8(json).unwrap().contains(&text[..400]));
}
