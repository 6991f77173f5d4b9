//! Changes: cancelling, another theme, one slide.

use axum::http::Method;
use domain::CarouselId;
use serde_json::{Value, json};
use testkit::{
    FailpointScript, ScriptedFailpoints, TestApp, eventually,
    http::{HttpRequest, HttpResponse},
};

use crate::{ApiTest, Token, assert_problem, json_of};

/// The slides once they have this revision.
async fn slides(token: &Token, id: &CarouselId, revision: u32) -> Value {
    let path = format!("/v1/carousels/{id}/slides");
    let is_there = async || {
        let shown = json_of(&token.get(&path).await);
        (shown["revision"] == revision).then_some(shown)
    };
    eventually("the revision is stored", is_there).await
}

async fn patch(token: &Token, id: &CarouselId, slide: u32, body: &Value) -> HttpResponse {
    let url = token.url(&format!("/v1/carousels/{id}/slides/{slide}"));
    token.send_json(HttpRequest::patch_json(url, body), Some("patch-1")).await
}

#[tokio::test]
async fn slide_and_theme_of_a_delivered_carousel_are_changed() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let change = json!({ "text": "A better heading", "revision": 1 });
    for _ in 0..2 {
        let answer = patch(&shop, &id, 2, &change).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        slides(&shop, &id, 2).await;
    }
    let second = slides(&shop, &id, 2).await;
    assert!(second["slides"][1]["text"].as_str().unwrap().starts_with("A better heading"));
    let path = format!("/v1/carousels/{id}/restyle");
    let outdated = shop.post(&path, None, &json!({ "theme": "paper", "revision": 1 })).await;
    assert_problem(&outdated, 409, "changed");
    let restyled = shop.post(&path, None, &json!({ "theme": "paper", "revision": 2 })).await;
    assert_eq!(restyled.status, 202, "{}", restyled.text());
    assert_eq!(slides(&shop, &id, 3).await["theme"], "paper");
    let none = shop.post(&path, None, &json!({ "theme": "none-such" })).await;
    assert_problem(&none, 422, "invalid");
    let url = |number: u32| shop.url(&format!("/v1/carousels/{id}/slides/{number}"));
    for (number, body) in [(99, json!({ "text": "x" })), (1, json!({})), (1, json!({ "text": "" }))]
    {
        let refused = shop.send_json(HttpRequest::patch_json(url(number), &body), None).await;
        assert_problem(&refused, 422, "invalid");
    }
    let instruct = HttpRequest::patch_json(url(1), &json!({ "instruction": "shorter" }));
    let refused = shop.send_json(instruct, None).await;
    assert_problem(&refused, 422, "invalid");
    assert!(refused.text().contains("no model is configured"));
}

#[tokio::test]
async fn carousel_is_cancelled_until_it_has_ended() {
    let faults = ScriptedFailpoints::new([("analyze_topic.before", FailpointScript::Hold)]);
    let api = ApiTest::with(TestApp::builder().faults(faults.hooks())).await;
    let shop = api.client("shop").await;
    let made = json_of(&shop.create("1", "Why tests matter").await);
    let id: CarouselId = made["id"].as_str().unwrap().parse().unwrap();
    let cancel = format!("/v1/carousels/{id}/cancel");
    for _ in 0..2 {
        let cancelled = shop.call(Method::POST, &cancel);
        let cancelled = crate::send(cancelled).await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.text());
        let ended = shop.ended(&id).await;
        assert_eq!(ended["status"], "cancelled");
        assert_eq!(ended["message"], telegram::Phrase::Cancelled.plain(domain::Language::En));
    }
    let path = format!("/v1/carousels/{id}/rewrite");
    assert_problem(&shop.post(&path, None, &json!({})).await, 409, "wrong-state");
}

#[tokio::test]
async fn carousel_that_was_never_stored_is_cancelled_too() {
    let faults = ScriptedFailpoints::new([("open_carousel.before", FailpointScript::Hold)]);
    let api = ApiTest::with(TestApp::builder().faults(faults.hooks())).await;
    let shop = api.client("shop").await;
    let made = json_of(&shop.create("1", "Why tests matter").await);
    let id: CarouselId = made["id"].as_str().unwrap().parse().unwrap();
    for _ in 0..2 {
        let cancel = shop.call(Method::POST, &format!("/v1/carousels/{id}/cancel"));
        assert_eq!(crate::send(cancel).await.status, 200);
        assert_eq!(shop.ended(&id).await["status"], "cancelled");
    }
}

#[tokio::test]
async fn delivered_carousel_can_not_be_cancelled() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let path = format!("/v1/carousels/{id}/cancel");
    assert_problem(&crate::send(shop.call(Method::POST, &path)).await, 409, "wrong-state");
}

/// Requests a change and waits for its end.
async fn change(token: &Token, method: Method, id: &CarouselId, path: &str, body: Value) -> Value {
    let url = token.url(&format!("/v1/carousels/{id}{path}"));
    let answer = token.send_json(HttpRequest::json(method, url, &body), None).await;
    assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    let name = json_of(&answer)["change"].as_str().unwrap().to_owned();
    let path = format!("/v1/carousels/{id}/changes/{name}");
    let has_ended = async || {
        let shown = json_of(&token.get(&path).await);
        (shown["status"] != "pending").then_some(shown)
    };
    eventually("the change ends", has_ended).await
}

/// Requests a change that is made.
async fn done(token: &Token, method: Method, id: &CarouselId, path: &str, body: Value) -> Value {
    let ended = change(token, method, id, path, body).await;
    assert_eq!(ended["status"], "done", "{path}: {ended}");
    ended
}

fn texts(slides: &Value) -> Vec<String> {
    let slides = slides["slides"].as_array().unwrap();
    slides.iter().map(|slide| slide["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn slides_are_added_moved_removed_and_restored() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let first = texts(&slides(&shop, &id, 1).await);
    let added = json!({ "after": 1, "text": "A new slide\nWith a sentence.", "revision": 1 });
    let added = done(&shop, Method::POST, &id, "/slides", added).await;
    assert_eq!((&added["status"], &added["revision"]), (&json!("done"), &json!(2)));
    let moved = json!({ "order": [1, 3, 2, 4], "revision": 2 });
    done(&shop, Method::PUT, &id, "/order", moved).await;
    let third = texts(&slides(&shop, &id, 3).await);
    let expected = [&first[0], &first[1], &"A new slide\nWith a sentence.".to_owned(), &first[2]];
    assert_eq!(third.iter().collect::<Vec<_>>(), expected);
    done(&shop, Method::PUT, &id, "/order", json!({ "order": [1, 2, 3] })).await;
    let caption = json!({ "caption": "Names matter.", "hashtags": ["#naming", "words"] });
    done(&shop, Method::PUT, &id, "/caption", caption).await;
    let fifth = slides(&shop, &id, 5).await;
    assert_eq!(fifth["caption"], "Names matter.");
    assert_eq!(fifth["hashtags"], json!(["naming", "words"]));
    done(&shop, Method::POST, &id, "/restore", json!({ "to": 1, "revision": 5 })).await;
    let sixth = slides(&shop, &id, 6).await;
    assert_eq!(texts(&sixth), first);
    let pictures = sixth["slides"].as_array().unwrap();
    assert!(pictures.iter().all(|slide| slide["picture"].is_string()), "{sixth}");
    for (method, path, body, status, kind) in [
        (Method::PUT, "/order", json!({ "order": [2, 1, 3] }), 422, "invalid"),
        (Method::PUT, "/order", json!({ "order": [1, 2, 9] }), 422, "invalid"),
        (Method::PUT, "/order", json!({ "order": [1, 2, 2] }), 422, "invalid"),
        (Method::POST, "/slides", json!({ "after": 9, "text": "a\nb" }), 422, "invalid"),
        (Method::POST, "/slides", json!({ "after": 1, "text": "" }), 422, "invalid"),
        (Method::PUT, "/caption", json!({ "caption": "", "hashtags": [] }), 422, "invalid"),
        (Method::POST, "/restore", json!({ "to": 77 }), 422, "invalid"),
        (Method::POST, "/restore", json!({ "to": 1, "revision": 3 }), 409, "changed"),
        (Method::POST, "/draw", json!({}), 409, "wrong-state"),
        (Method::POST, "/send", json!({}), 409, "wrong-state"),
    ] {
        let url = shop.url(&format!("/v1/carousels/{id}{path}"));
        let refused = shop.send_json(HttpRequest::json(method, url, &body), None).await;
        assert_problem(&refused, status, kind);
        if kind == "changed" {
            assert_eq!(json_of(&refused)["current_revision"], 6);
        }
    }
    let other = api.client("other").await;
    let path = format!("/v1/carousels/{id}/changes/{}", added["change"].as_str().unwrap());
    assert_problem(&other.get(&path).await, 404, "not-found");
    assert_problem(&shop.get(&format!("{path}x")).await, 404, "not-found");
}

#[tokio::test]
async fn refused_change_says_why() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    // Two slides would be too few, which only the workflow knows.
    let refused = change(&shop, Method::PUT, &id, "/order", json!({ "order": [1, 2] })).await;
    assert_eq!(refused["status"], "refused");
    assert_eq!(refused["failure"]["kind"], "InvalidInput");
    assert_eq!(refused["message"], telegram::Phrase::EditInput.plain(domain::Language::En));
    slides(&shop, &id, 1).await;
}

#[tokio::test]
async fn draft_in_review_is_changed_and_drawn() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let body = json!({ "topic": "Why tests matter", "slides": 4, "review": true });
    let made = json_of(&shop.post("/v1/carousels", Some("1"), &body).await);
    let id: CarouselId = made["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/v1/carousels/{id}");
    let stage = async |wanted: &str| {
        eventually("the stage is reached", async || {
            let shown = json_of(&shop.get(&path).await);
            (shown["stage"] == wanted).then_some(())
        })
        .await;
    };
    stage("reviewing").await;
    let first = slides(&shop, &id, 1).await;
    assert!(first["slides"][0]["picture"].is_null());
    let reworded = json!({ "text": "A better heading", "revision": 1 });
    let reworded = change(&shop, Method::PATCH, &id, "/slides/2", reworded).await;
    assert_eq!((&reworded["status"], &reworded["revision"]), (&json!("done"), &json!(2)));
    done(&shop, Method::PUT, &id, "/order", json!({ "order": [1, 3, 2], "revision": 2 })).await;
    let refused = change(&shop, Method::PUT, &id, "/order", json!({ "order": [1, 2] })).await;
    assert_eq!(refused["status"], "refused");
    stage("reviewing").await;
    for path in ["restyle", "restore", "send"] {
        let body = match path {
            "restyle" => json!({ "theme": "paper" }),
            "restore" => json!({ "to": 1 }),
            _ => json!({}),
        };
        let early = shop.post(&format!("/v1/carousels/{id}/{path}"), None, &body).await;
        assert_problem(&early, 409, "wrong-state");
    }
    for _ in 0..2 {
        let drawn =
            shop.post(&format!("{path}/draw"), Some("draw"), &json!({ "revision": 3 })).await;
        assert_eq!(drawn.status, 202, "{}", drawn.text());
    }
    assert_eq!(shop.ended(&id).await["status"], "delivered");
    let drawn = slides(&shop, &id, 3).await;
    assert!(texts(&drawn)[2].starts_with("A better heading"), "{drawn}");
    assert!(drawn["slides"][2]["picture"].is_string());
}

#[tokio::test]
async fn draft_in_review_is_cancelled() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let body = json!({ "topic": "Why tests matter", "slides": 3, "review": true });
    let made = json_of(&shop.post("/v1/carousels", None, &body).await);
    let id: CarouselId = made["id"].as_str().unwrap().parse().unwrap();
    slides(&shop, &id, 1).await;
    shop.post(&format!("/v1/carousels/{id}/cancel"), None, &json!({})).await;
    assert_eq!(shop.ended(&id).await["status"], "cancelled");
}

#[tokio::test]
async fn carousels_are_searched_by_topic() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    for (key, topic) in
        [("1", "Почему Тесты важны"), ("2", "How to name things"), ("3", "Тесты и имена")]
    {
        let made = json_of(&shop.create(key, topic).await);
        shop.ended(&made["id"].as_str().unwrap().parse().unwrap()).await;
    }
    let found = async |query: &str| {
        let page = json_of(&shop.get(&format!("/v1/carousels?{query}")).await);
        let topics = page["data"].as_array().unwrap().iter();
        let topics: Vec<String> =
            topics.map(|one| one["request"]["topic"].as_str().unwrap().to_owned()).collect();
        (topics, page["next_cursor"].as_str().map(str::to_owned))
    };
    let tests = "search=%D1%82%D0%B5%D1%81%D1%82%D1%8B";
    assert_eq!(
        found(tests).await,
        (vec!["Тесты и имена".to_owned(), "Почему Тесты важны".to_owned()], None)
    );
    let (first, next) = found(&format!("{tests}&limit=1")).await;
    assert_eq!(first, ["Тесты и имена"]);
    let (second, _) = found(&format!("{tests}&limit=1&cursor={}", next.unwrap())).await;
    assert_eq!(second, ["Почему Тесты важны"]);
    assert_eq!(found("search=NAME").await.0, ["How to name things"]);
    assert_eq!(found("search=none-such").await.0, Vec::<String>::new());
    assert_problem(&shop.get("/v1/carousels?search=%20").await, 422, "invalid");
}
