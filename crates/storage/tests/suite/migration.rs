//! Migrations from every released schema, with data, to the current one.
//!
//! The fixtures are dumps of databases that those releases wrote.

use domain::{BotId, ChatId, Outcome, UpdateId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use storage::{
    Database, DatabaseOptions, FirstWrite, Tx,
    carousels::{self, CarouselFilter, CarouselState},
    ingress::{self, UpdateBody, UpdateLane, UpdateState},
    outbox::{
        self, InProcessPublisher, OutboxRelay, RelayOptions,
        consumers::{self, ConsumerStart},
    },
    references,
};

use crate::{
    database::{
        StorageTestDatabase, at, events_of, id, new_carousel, on_each_database, picture,
        saved_draft,
    },
    relay::published,
};

const SQLITE: &str = include_str!("../fixtures/schema-2.sqlite.sql");
const POSTGRES: &str = include_str!("../fixtures/schema-2.postgres.sql");

on_each_database!(
    first_release_data_is_readable_after_migration,
    first_release_data_is_writable_after_migration,
    concurrent_openers_migrate_the_first_schema_once,
    updates_before_the_inbox_are_readable,
);

/// The database of the first release, in another file or schema than the test's.
struct FirstReleaseDatabase {
    url: String,
    options: DatabaseOptions,
    schema: Option<(DatabaseConnection, String)>,
}

impl FirstReleaseDatabase {
    async fn create(test_db: &StorageTestDatabase) -> Self {
        let Some(schema) = test_db
            .options
            .schema
            .as_ref()
            .map(|schema| format!("{schema}_old"))
        else {
            let url = format!("sqlite://{}", test_db.folder.join("old.db").display());
            let outside = sea_orm::Database::connect(format!("{url}?mode=rwc"))
                .await
                .unwrap();
            // A dump fills tables before the tables that they refer to.
            let fill = format!("PRAGMA foreign_keys = OFF; {SQLITE}");
            outside.execute_unprepared(&fill).await.unwrap();
            outside.close().await.unwrap();
            let options = test_db.options.clone();
            return Self {
                url,
                options,
                schema: None,
            };
        };
        let outside = sea_orm::Database::connect(&test_db.url).await.unwrap();
        let fill = format!(
            "CREATE SCHEMA \"{schema}\"; SET search_path = \"{schema}\"; {POSTGRES}; \
             SET search_path = DEFAULT"
        );
        outside.execute_unprepared(&fill).await.unwrap();
        let options = DatabaseOptions {
            schema: Some(schema.clone()),
            ..test_db.options.clone()
        };
        let url = test_db.url.clone();
        Self {
            url,
            options,
            schema: Some((outside, schema)),
        }
    }

    async fn open(&self) -> Database {
        Database::open(&self.url, &self.options).await.unwrap()
    }

    async fn remove(self, db: Database) {
        db.close().await.unwrap();
        if let Some((outside, schema)) = self.schema {
            let drop = format!("DROP SCHEMA \"{schema}\" CASCADE");
            outside.execute_unprepared(&drop).await.unwrap();
        }
    }
}

async fn first_release_data_is_readable_after_migration(test_db: &StorageTestDatabase) {
    let old = FirstReleaseDatabase::create(test_db).await;
    let db = old.open().await;
    assert_eq!(db.schema_version().await.unwrap(), crate::opening::NEWEST);
    let read = db.read();
    let page = carousels::list(&read, &CarouselFilter::default())
        .await
        .unwrap();
    assert!(page.unreadable.is_empty() && page.rows.len() == 4);
    for (key, outcome, reason) in [
        ("delivered", Some(Outcome::Delivered), ""),
        ("unknown", Some(Outcome::Unknown), "the answer never came"),
        ("failed", Some(Outcome::Failed), "no provider answers"),
        ("open", None, ""),
    ] {
        let carousel = carousels::find(&read, &id(key)).await.unwrap().unwrap();
        assert_eq!(carousel.state.outcome(), outcome);
        if let CarouselState::Closed { reason: stored, .. } = carousel.state {
            assert_eq!(stored, reason);
        }
    }
    let draft = carousels::find_draft(&read, &id("delivered"), 1)
        .await
        .unwrap();
    assert_eq!(draft, Some(saved_draft("Тесты дают смелость")));
    let pictures = carousels::pictures(&read, &id("delivered"), 1)
        .await
        .unwrap();
    assert_eq!(pictures, [picture('b'), picture('a'), picture('a')]);
    let blob = domain::BlobKey::parse(&picture('a').key).unwrap();
    assert_eq!(references::count_references(&read, &blob).await.unwrap(), 4);
    let events = outbox::of_carousel(&read, &id("open")).await.unwrap();
    assert_eq!(events.len(), 3);
    assert!(
        events
            .iter()
            .all(|event| event.event().is_ok() && event.position.is_none())
    );
    old.remove(db).await;
}

async fn first_release_data_is_writable_after_migration(test_db: &StorageTestDatabase) {
    let old = FirstReleaseDatabase::create(test_db).await;
    let db = old.open().await;
    let (open, events) = (
        &new_carousel("open"),
        &events_of(&id("open"), "complete", 1),
    );
    let step = |tx: Tx| async move {
        let FirstWrite { fresh, .. } = carousels::open(&tx, open).await?;
        assert!(!fresh, "the first write wins, whoever made it");
        outbox::append(&tx, events).await?;
        consumers::register(&tx, "history", ConsumerStart::Beginning, at(0)).await?;
        Ok::<_, carousels::OpenError>(())
    };
    db.write(step).await.unwrap();
    let relay = OutboxRelay::new(db.clone(), "relay", RelayOptions::default());
    assert_eq!(
        published(relay.pass(&InProcessPublisher, at(0)).await.unwrap()),
        7
    );
    let polled = consumers::poll(&db.read(), "history", 10).await.unwrap();
    assert_eq!(polled.events.len(), 7);
    // Numbering continues after the existing numbers.
    assert!(polled.events.is_sorted_by_key(|event| event.seq));
    assert_eq!(polled.events[6].correlation, id("open").as_str());
    old.remove(db).await;
}

async fn concurrent_openers_migrate_the_first_schema_once(test_db: &StorageTestDatabase) {
    let old = FirstReleaseDatabase::create(test_db).await;
    let opening = (0..20).map(|_| {
        let (url, options) = (old.url.clone(), old.options.clone());
        tokio::spawn(async move { Database::open(&url, &options).await.unwrap() })
    });
    let opened = futures::future::join_all(opening).await;
    for db in opened {
        let db = db.unwrap();
        assert_eq!(db.schema_version().await.unwrap(), crate::opening::NEWEST);
        db.close().await.unwrap();
    }
    let db = old.open().await;
    old.remove(db).await;
}

/// The table of updates before the inbox, with an update in each state.
const BEFORE_THE_INBOX: &str = "
    DROP INDEX updates_without_body;
    ALTER TABLE updates DROP COLUMN body;
    ALTER TABLE updates DROP COLUMN owner;
    DELETE FROM seaql_migrations WHERE version = 'm0014_inbox';
    INSERT INTO updates (bot_id, update_id, chat_id, state, command, reason, received_at,
                         decided_at, finished_at)
    VALUES (1, 10, 7, 'done', '{\"do\":\"help\"}', NULL, '2026-11-24T12:00:00+00:00',
            '2026-11-24T12:00:01+00:00', '2026-11-24T12:00:02+00:00'),
           (1, 11, 7, 'decided', '{\"do\":\"help\"}', NULL, '2026-11-24T12:00:00+00:00',
            '2026-11-24T12:00:01+00:00', NULL),
           (1, 12, 7, 'received', NULL, NULL, '2026-11-24T12:00:00+00:00', NULL, NULL),
           (1, 13, 8, 'dead', NULL, 'no idea', '2026-11-24T12:00:00+00:00', NULL,
            '2026-11-24T12:00:02+00:00')";

async fn updates_before_the_inbox_are_readable(test_db: &StorageTestDatabase) {
    test_db.sql(BEFORE_THE_INBOX).await;
    let db = test_db.reopen().await;
    let (reader, bot) = (db.read(), BotId::new(1));
    assert_eq!(db.schema_version().await.unwrap(), crate::opening::NEWEST);
    // Telegram is asked again for unfinished updates.
    let offset = ingress::polling_offset(&reader, bot, at(5)).await.unwrap();
    assert_eq!(offset, Some(UpdateId::new(11)));
    let lanes = ingress::lanes(&reader, bot, 10).await.unwrap();
    assert_eq!(lanes, [UpdateLane::Chat(ChatId::new(7))]);
    let head = ingress::head(&reader, bot, lanes[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (head.arrival.update, head.body),
        (UpdateId::new(11), UpdateBody::Missing)
    );
    let standing = async |update| {
        let update = UpdateId::new(update);
        let found = ingress::find::<serde_json::Value>(&reader, bot, update).await;
        found.unwrap().unwrap().state
    };
    let help = serde_json::json!({ "do": "help" });
    assert_eq!(standing(10).await, UpdateState::Done(help.clone()));
    assert_eq!(standing(11).await, UpdateState::Decided(help));
    assert_eq!(standing(12).await, UpdateState::Received);
    let reason = "no idea".to_owned();
    assert_eq!(standing(13).await, UpdateState::DeadLetter { reason });
    let take = |tx: Tx| async move {
        ingress::take_over(&tx, bot, UpdateId::new(11), "gateway-1", at(200)).await
    };
    db.write(take).await.unwrap();
    db.close().await.unwrap();
}
