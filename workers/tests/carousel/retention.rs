//! Retention: rows older than the limit are pruned, rows in use are kept.

use sea_orm::ConnectionTrait as _;
use storage::{
    carousels::{self, CarouselFilter},
    users::{self, NewUser, Profile},
};
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use testkit::TestApp;
use workflows::{PruneWorkflow, maintenance::TablesPruned, queues};

async fn pruned(app: &TestApp, id: &str) -> TablesPruned {
    let options = WorkflowStartOptions::new(queues::CAROUSEL, id).build();
    let started = app.client.start_workflow(PruneWorkflow::run, (), options);
    let ended = started.await.unwrap();
    ended.get_result(WorkflowGetResultOptions::default()).await.unwrap()
}

/// Runs SQL on the test's database, to make rows look old.
async fn sql(app: &TestApp, sql: &str) {
    let url = app.settings().data.database_url.expose();
    let outside = sea_orm::Database::connect(url).await.unwrap();
    outside.execute_unprepared(sql).await.unwrap();
    outside.close().await.unwrap();
}

#[tokio::test]
async fn only_old_carousels_and_users_are_pruned() {
    let app = TestApp::builder().env("RETENTION_DAYS", "30").start().await;
    let (old, _) = app.make("Why tests matter").await;
    let (fresh, _) = app.make("Why names matter").await;
    let new = |n: i64| NewUser {
        id: domain::UserId::parse(&format!("tg-{n}")).unwrap(),
        account: Some(domain::AccountId::new(n)),
        profile: Profile::default(),
    };
    for n in [1, 2] {
        let new = &new(n);
        let meet = |tx| async move { users::find_or_create(&tx, new, chrono::Utc::now()).await };
        app.db.write(meet).await.unwrap();
    }
    let long_ago = (chrono::Utc::now() - chrono::TimeDelta::days(31)).to_rfc3339();
    sql(
        &app,
        &format!(
            "UPDATE carousels SET updated_at = '{long_ago}' WHERE id = '{old}'; \
             UPDATE deliveries SET updated_at = '{long_ago}' WHERE carousel_id = '{old}'; \
             UPDATE users SET updated_at = '2020-01-01T00:00:00+00:00' WHERE id = 'tg-1'"
        ),
    )
    .await;

    let first = pruned(&app, "prune-1").await;

    assert_eq!((first.carousels, first.people), (1, 1));
    let left = carousels::list(&app.db.read(), &CarouselFilter::default()).await;
    let left: Vec<_> = left.unwrap().rows.into_iter().map(|one| one.id).collect();
    assert_eq!(left, [fresh]);
    let people = users::list(&app.db.read(), None, 9).await.unwrap().rows;
    assert!(people.iter().any(|one| one.id.as_str() == "tg-2"));
    assert!(people.iter().all(|one| one.id.as_str() != "tg-1"));
    let again = pruned(&app, "prune-2").await;
    assert_eq!((again.carousels, again.people), (0, 0));
}

#[tokio::test]
async fn disabled_retention_keeps_everything() {
    let app = TestApp::builder()
        .env("RETENTION_DAYS", "off")
        .env("RETENTION_PEOPLE_DAYS", "off")
        .start()
        .await;
    let (id, _) = app.make("Why tests matter").await;
    let ancient = "UPDATE carousels SET updated_at = '2001-01-01T00:00:00+00:00'; \
                   UPDATE deliveries SET updated_at = '2001-01-01T00:00:00+00:00'";
    sql(&app, ancient).await;
    assert_eq!(pruned(&app, "prune-1").await.carousels, 0);
    let kept = carousels::find(&app.db.read(), &id).await.unwrap();
    assert!(kept.is_some());
}
