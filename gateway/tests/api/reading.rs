//! Reading carousels: lists, slides, files, themes.

use std::io::Read as _;

use axum::http::Method;
use domain::{Language, failure::FailureCause, failure::FailureKind};
use sandbox::{FileFormat, Sandbox, SandboxLimits};
use serde_json::json;
use testkit::{TestApp, eventually};

use crate::{ApiTest, assert_problem, json_of, send};

#[tokio::test]
async fn slides_and_files_of_a_delivered_carousel_are_read() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let slides = json_of(&shop.get(&format!("/v1/carousels/{id}/slides")).await);
    assert_eq!((&slides["revision"], slides["slides"].as_array().unwrap().len()), (&json!(1), 3));
    let path = slides["slides"][0]["picture"].as_str().unwrap().to_owned();
    let picture = shop.get(&path).await;
    assert_eq!((picture.status, &picture.headers["content-type"] == "image/jpeg"), (200, true));
    let exported = api.app.export_folder(&id).join("slide-01.jpg");
    assert_eq!(picture.body, std::fs::read(exported).unwrap());
    let tag = picture.headers["etag"].to_str().unwrap().to_owned();
    let known = send(shop.call(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part = send(shop.call(Method::GET, &path).header("range", "bytes=2-5")).await;
    assert_eq!((part.status, &part.body[..]), (206, &picture.body[2..=5]));
    assert_eq!(part.headers["content-range"], format!("bytes 2-5/{}", picture.body.len()));
    let head = send(shop.call(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.headers["etag"].to_str().unwrap()), (200, &*tag));
    let caption = shop.get(&format!("/v1/carousels/{id}/files/caption.txt")).await;
    assert!(caption.text().contains(slides["caption"].as_str().unwrap()));
    for none in ["slide-04.jpg", "slide-01.png", "carousel.json", "..%2Fx"] {
        let refused = shop.get(&format!("/v1/carousels/{id}/files/{none}")).await;
        assert_problem(&refused, 404, "not-found");
    }
}

#[tokio::test]
async fn pdf_and_zip_are_those_of_the_folder() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let id = shop.delivered("1").await;
    let slides = json_of(&shop.get(&format!("/v1/carousels/{id}/slides")).await);
    let path = |name: &str| format!("/v1/carousels/{id}/files/{name}");
    let files = ["caption.txt", "carousel.pdf", "carousel.zip"].map(path);
    assert_eq!(slides["files"], json!(files));
    for (name, kind) in [("carousel.pdf", "application/pdf"), ("carousel.zip", "application/zip")] {
        let file = shop.get(&path(name)).await;
        assert_eq!((file.status, file.headers["content-type"] == kind), (200, true), "{name}");
        let exported = std::fs::read(api.app.export_folder(&id).join(name)).unwrap();
        assert!(file.body == exported, "{name} differs from the folder's");
        let tag = file.headers["etag"].to_str().unwrap().to_owned();
        let known = send(shop.call(Method::GET, &path(name)).header("if-none-match", &tag)).await;
        assert_eq!((known.status, known.body.len()), (304, 0));
        let call = shop.call(Method::GET, &path(name)).header("if-range", &tag);
        let part = send(call.header("range", "bytes=2-5")).await;
        assert_eq!((part.status, &part.body[..]), (206, &exported[2..=5]));
    }
    let pdf = shop.get(&files[1]).await.body;
    let sandbox = Sandbox::new(crate::parser(), SandboxLimits::default());
    let read = sandbox.file(FileFormat::of(&pdf).unwrap(), &pdf).await.unwrap().to_markdown();
    let word = slides["slides"][0]["text"].as_str().unwrap().split_whitespace().next().unwrap();
    assert!(read.to_lowercase().contains(&word.to_lowercase()), "{word} is not in {read}");
    let zip = shop.get(&files[2]).await.body;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let mut picture = Vec::new();
    zip.by_name("slide-02.jpg").unwrap().read_to_end(&mut picture).unwrap();
    let served = slides["slides"][1]["picture"].as_str().unwrap();
    assert_eq!(picture, shop.get(served).await.body);
}

#[tokio::test]
async fn pdf_needs_all_pictures() {
    let mut app = TestApp::builder().without_workers().await;
    app.restart_pools("workflow,ai,persistence").await;
    let api = ApiTest::of(app).await;
    let shop = api.client("shop").await;
    let id =
        json_of(&shop.create("1", "Why tests matter").await)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/carousels/{id}/slides");
    let written = async || {
        let slides = shop.get(&path).await;
        (slides.status == 200).then(|| json_of(&slides))
    };
    let slides = eventually("the slides are written", written).await;
    assert_eq!(slides["files"], json!([format!("/v1/carousels/{id}/files/caption.txt")]));
    for name in ["carousel.pdf", "carousel.zip"] {
        let refused = shop.get(&format!("/v1/carousels/{id}/files/{name}")).await;
        assert_problem(&refused, 404, "not-found");
        assert!(refused.text().contains("0 of 3 pictures"), "{}", refused.text());
    }
}

#[tokio::test]
async fn list_has_pages_with_cursors() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let mut made = Vec::new();
    for key in ["1", "2", "3"] {
        made.insert(0, shop.delivered(key).await.as_str().to_owned());
    }
    let mut read = Vec::new();
    let mut path = "/v1/carousels?limit=2".to_owned();
    loop {
        let page = json_of(&shop.get(&path).await);
        let ids = page["data"].as_array().unwrap().iter();
        read.extend(ids.map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/carousels?limit=2&cursor={cursor}");
    }
    assert_eq!(read, made);
}

#[tokio::test]
async fn failed_carousel_says_the_same_as_the_bot() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    // No note covers it, and there is no model.
    let made = shop.create("1", "Zyxomorph quantum basket weaving regulations").await;
    let id = json_of(&made)["id"].as_str().unwrap().parse().unwrap();
    let ended = shop.ended(&id).await;
    assert_eq!(ended["status"], "failed");
    let kind = FailureKind::parse(ended["failure"]["kind"].as_str().unwrap());
    assert_ne!(kind, FailureKind::Unrecognized);
    let said = |language| telegram::messages::failed_reason(language, &FailureCause::from(kind));
    assert_eq!(ended["message"], said(Language::En));
    let path = format!("/v1/carousels/{id}");
    let russian = send(shop.call(Method::GET, &path).header("accept-language", "ru-RU,en")).await;
    assert_eq!(json_of(&russian)["message"], said(Language::Ru));
}

#[tokio::test]
async fn themes_have_sample_pictures() {
    let api = ApiTest::of(TestApp::builder().without_workers().await).await;
    let shop = api.client("shop").await;
    let themes = json_of(&shop.get("/v1/themes").await);
    let themes = themes["data"].as_array().unwrap();
    assert!(themes.len() > 5, "{themes:?}");
    let first = shop.get(themes[0]["picture"].as_str().unwrap()).await;
    assert_eq!(first.status, 200);
    let size = imagesize::blob_size(&first.body).unwrap();
    assert_eq!((size.width, size.height), (1080, 1350));
    assert_problem(&shop.get("/v1/themes/none-such/picture.jpg").await, 404, "not-found");
}
