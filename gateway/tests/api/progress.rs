//! Progress as server-sent events.

use std::time::Duration;

use axum::http::Method;

use crate::{ApiTest, send};

/// The ids and types of events of a stream.
fn events(stream: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for block in stream.split("\n\n") {
        let field = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().map(|value| value.trim().to_owned())
        };
        if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
            let data: serde_json::Value = serde_json::from_str(&data).unwrap();
            assert!(data.get("topic").is_none());
            all.push((id, data["type"].as_str().unwrap().to_owned()));
        }
    }
    all
}

#[tokio::test]
async fn progress_continues_after_the_last_event() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let made = crate::json_of(&shop.create("1", "Why tests matter").await);
    let path = format!("/v1/carousels/{}/progress", made["id"].as_str().unwrap());
    // The stream ends with the carousel.
    let whole = shop.call(Method::GET, &path).send(Duration::from_secs(60)).await.unwrap();
    assert_eq!(whole.headers["content-type"], "text/event-stream");
    let all = events(&whole.text());
    assert_eq!(all.first().unwrap().1, "carousel.generate.requested");
    assert!(all.iter().any(|(_, kind)| kind == "carousel.completed"), "{all:?}");
    assert!(whole.text().contains("\"status\":\"delivered\""));
    let after = |id: String| send(shop.call(Method::GET, &path).header("last-event-id", &id));
    let second = all.len() / 2;
    let rest = after(all[second].0.clone()).await;
    assert_eq!(events(&rest.text()), all[second + 1..]);
    let nothing = after(all.last().unwrap().0.clone()).await;
    assert_eq!(nothing.status, 204, "a browser does not connect again");
    crate::assert_problem(&after("x".to_owned()).await, 400, "malformed");
}

#[tokio::test]
async fn shutdown_ends_an_open_stream() {
    let api = ApiTest::of(testkit::TestApp::builder().without_workers().await).await;
    let shop = api.client("shop").await;
    let made = crate::json_of(&shop.create("1", "Why tests matter").await);
    let path = format!("/v1/carousels/{}/progress", made["id"].as_str().unwrap());
    let shutdown = api.shutdown.clone();
    let reading = shop.call(Method::GET, &path).send(Duration::from_secs(60));
    let begin = async {
        tokio::task::yield_now().await;
        shutdown.begin();
    };
    let (read, ()) = tokio::join!(reading, begin);
    // Either it was accepted and ends, or it came too late.
    if let Ok(stream) = read {
        assert!(events(&stream.text()).is_empty());
    }
}
