//! The auditor on a real application: it reads what exists, and finds planted inconsistencies.

use std::path::{Path, PathBuf};

use domain::{CarouselId, Outcome, RequestSource};
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use storage::Blobs;
use testkit::{
    TestApp,
    audit::{
        AuditDestination, AuditReport, AuditSources, AuditedRequest, FindingClass, judge,
        offers_resend,
    },
    bot_api::{Actor, FakeBotApi},
};

use crate::bot::{album, call};

/// An application with one finished carousel, and the auditor's sources.
struct AuditedApp {
    app: TestApp,
    request: AuditedRequest,
    telegram: Option<FakeBotApi>,
}

impl AuditedApp {
    async fn start() -> Self {
        let mut app = TestApp::start().await;
        app.allow_differing_rows();
        let id = CarouselId::new(RequestSource::Cli, "audited").unwrap();
        app.order_with_id(&id, "Почему тесты важны").await;
        assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
        let request = AuditedRequest {
            destination: AuditDestination::Folder(app.export_folder(&id)),
            id: id.as_str().to_owned(),
        };
        Self { app, request, telegram: None }
    }

    fn folder(&self) -> PathBuf {
        self.app.settings().data.output_dir.join(&self.request.id)
    }

    async fn sql(&self, statement: &str) {
        let url = self.app.settings().data.database_url.expose();
        let db = sea_orm::Database::connect(url).await.unwrap();
        db.execute_unprepared(statement).await.unwrap();
        db.close().await.unwrap();
    }

    async fn audit(&self) -> AuditReport {
        let data = &self.app.settings().data;
        let folders = self.telegram.is_none().then(|| data.output_dir.clone());
        let sources = AuditSources {
            client: self.app.client.clone(),
            database_url: data.database_url.expose().to_owned(),
            blobs: Blobs::open(data.blobs_url.expose()).unwrap(),
            output: folders,
            telegram: self.telegram.clone(),
            is_uncertainty_notice: offers_resend,
        };
        judge(&sources.read(std::slice::from_ref(&self.request)).await.unwrap())
    }

    #[track_caller]
    fn only(report: &AuditReport, class: FindingClass) {
        assert_eq!(report.count(class), 1, "{report}");
        // A changed row differs from its events too.
        let expected = [class, FindingClass::Rows];
        let other = report.findings().any(|finding| !expected.contains(&finding.class));
        assert!(!other, "{report}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folder_copy_is_duplicate_and_missing_slide_loss() {
    let scene = AuditedApp::start().await;
    let report = scene.audit().await;
    assert!(report.has_no_findings(), "{report}");
    let row = report.row(&scene.request.id).unwrap();
    assert_eq!((row.arrived.as_str(), row.events), ("3 of 3", 16));

    let copied = scene.folder().with_file_name("copy");
    copy(&scene.folder(), &copied);
    AuditedApp::only(&scene.audit().await, FindingClass::Duplicated);
    std::fs::remove_dir_all(copied).unwrap();

    std::fs::remove_file(scene.folder().join("slide-02.jpg")).unwrap();
    AuditedApp::only(&scene.audit().await, FindingClass::Lost);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inconsistent_tables_are_found() {
    let scene = AuditedApp::start().await;
    for (lie, class) in [
        ("UPDATE carousels SET outcome = 'unknown'", FindingClass::SilentUnknown),
        (
            "UPDATE carousels SET state = 'open', outcome = NULL, closed_at = NULL",
            FindingClass::Contradiction,
        ),
        ("UPDATE quota_reservations SET released_at = reserved_at", FindingClass::Quota),
        ("UPDATE events SET causation_id = NULL WHERE seq = 10", FindingClass::Events),
        ("DELETE FROM events WHERE type = 'carousel.saved'", FindingClass::Events),
        ("UPDATE blob_refs SET blob_key = 'none.jpg' WHERE position = 2", FindingClass::References),
    ] {
        scene.sql("CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM events").await;
        scene.sql(lie).await;
        let report = scene.audit().await;
        assert!(report.count(class) == 1, "{lie}\n{report}");
        scene
            .sql(
                "UPDATE carousels SET state = 'closed', outcome = 'delivered', \
                     closed_at = updated_at;
                 UPDATE quota_reservations SET released_at = NULL;
                 DELETE FROM events; INSERT INTO events SELECT * FROM kept",
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_differ_from_their_events_are_found() {
    let scene = AuditedApp::start().await;
    for (lie, truth) in [
        ("provider = 'openai'", "provider = 'offline'"),
        ("revision = 7", "revision = 1"),
        ("outcome = 'unknown'", "outcome = 'delivered'"),
    ] {
        scene.sql(&format!("UPDATE carousels SET {lie}")).await;
        let report = scene.audit().await;
        assert_eq!(report.count(FindingClass::Rows), 1, "{lie}\n{report}");
        scene.sql(&format!("UPDATE carousels SET {truth}")).await;
        let report = scene.audit().await;
        assert!(report.has_no_findings(), "{truth}\n{report}");
    }
    scene.sql("DELETE FROM events WHERE seq = 1").await;
    let report = scene.audit().await;
    assert_eq!((report.count(FindingClass::Rows), report.skipped), (0, 1), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_in_chats_are_identified_by_contents() {
    let mut scene = AuditedApp::start().await;
    let slides: Vec<Vec<u8>> = (1..=3)
        .map(|n| std::fs::read(scene.folder().join(format!("slide-0{n}.jpg"))).unwrap())
        .collect();
    let telegram = FakeBotApi::start().await;
    let ann = telegram.person("Ann").await;
    ann.sends_text("/start").await;
    scene.request.destination = AuditDestination::Chat(ann.id);
    scene.telegram = Some(telegram.clone());
    AuditedApp::only(&scene.audit().await, FindingClass::Lost);

    // In two parts, as if an album arrived in part and the rest was sent later.
    album(&telegram, ann.id, &slides[..2]).await.unwrap();
    AuditedApp::only(&scene.audit().await, FindingClass::Lost);
    crate::bot::upload(&telegram, ann.id, "photo", &slides[2]).await.unwrap();
    let report = scene.audit().await;
    assert!(report.has_no_findings(), "{report}");

    album(&telegram, ann.id, &slides).await.unwrap();
    AuditedApp::only(&scene.audit().await, FindingClass::Duplicated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_outcome_needs_a_notice_in_chat() {
    let mut scene = AuditedApp::start().await;
    let telegram = FakeBotApi::start().await;
    let ann: Actor = telegram.person("Ann").await;
    ann.sends_text("/start").await;
    scene.request.destination = AuditDestination::Chat(ann.id);
    scene.telegram = Some(telegram.clone());
    scene.sql("UPDATE carousels SET outcome = 'unknown'").await;
    let told = |report: &AuditReport| {
        !report.findings().any(|finding| finding.what.contains("notices for"))
    };
    assert!(!told(&scene.audit().await));

    let buttons = json!([[{ "text": "Отправить ещё раз", "callback_data": "again" }]]);
    let notice = json!({
        "chat_id": ann.id, "text": "?", "reply_markup": { "inline_keyboard": buttons },
    });
    call(&telegram, "sendMessage", notice).await.unwrap();
    assert!(told(&scene.audit().await));
}
