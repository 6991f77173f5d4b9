//! Databases that an earlier build wrote, with data and carousels in flight, are taken over.
//!
//! The fixtures are dumps of such databases.

use domain::{
    BotId, BroadcastId, ChatId, Outcome, UpdateId, UserId,
    delivery::{DeliveryState, RejectionKind},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use storage::{
    Database, DatabaseOptions, DatabaseRole, FirstWrite, Tx, broadcasts,
    carousels::{self, CarouselFilter, CarouselState},
    ingress::{self, UpdateBody, UpdateLane, UpdateState},
    ledger,
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

const SQLITE: &str = include_str!("../fixtures/schema-14.sqlite.sql");
const POSTGRES: &str = include_str!("../fixtures/schema-14.postgres.sql");

on_each_database!(
    stored_data_is_readable,
    tool_does_not_migrate,
    stored_data_is_writable,
    concurrent_openers_leave_the_stored_schema_as_it_is,
    updates_before_the_inbox_are_readable,
    stored_reasons_get_their_kind,
    new_schema_is_the_stored_one,
);

/// The stored database, in another file or schema than the test's.
struct StoredDatabase {
    url: String,
    options: DatabaseOptions,
    schema: Option<(DatabaseConnection, String)>,
}

impl StoredDatabase {
    async fn create(test_db: &StorageTestDatabase) -> Self {
        let Some(schema) = test_db.options.schema.as_ref().map(|schema| format!("{schema}_old"))
        else {
            let url = format!("sqlite://{}", test_db.folder.join("old.db").display());
            let outside = sea_orm::Database::connect(format!("{url}?mode=rwc")).await.unwrap();
            // A dump fills tables before the tables that they refer to.
            let fill = format!("PRAGMA foreign_keys = OFF; {SQLITE}");
            outside.execute_unprepared(&fill).await.unwrap();
            outside.close().await.unwrap();
            let options = test_db.options.clone();
            return Self { url, options, schema: None };
        };
        let outside = sea_orm::Database::connect(&test_db.url).await.unwrap();
        let fill = format!(
            "CREATE SCHEMA \"{schema}\"; SET search_path = \"{schema}\"; {POSTGRES}; \
             SET search_path = DEFAULT"
        );
        outside.execute_unprepared(&fill).await.unwrap();
        let options = DatabaseOptions { schema: Some(schema.clone()), ..test_db.options.clone() };
        let url = test_db.url.clone();
        Self { url, options, schema: Some((outside, schema)) }
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

async fn stored_data_is_readable(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
    let db = old.open().await;
    assert_eq!(db.schema_version().await.unwrap(), crate::opening::NEWEST);
    let read = db.read();
    let page = carousels::list(&read, &CarouselFilter::default()).await.unwrap();
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
    let draft = carousels::find_draft(&read, &id("delivered"), 1).await.unwrap();
    assert_eq!(draft, Some(saved_draft("Тесты дают смелость")));
    let pictures = carousels::pictures(&read, &id("delivered"), 1).await.unwrap();
    assert_eq!(pictures, [picture('b'), picture('a'), picture('a')]);
    let blob = domain::BlobKey::parse(&picture('a').key).unwrap();
    let referenced = references::referenced(&read, std::slice::from_ref(&blob)).await;
    assert!(referenced.unwrap().contains(&blob));
    let events = outbox::of_carousel(&read, &id("open")).await.unwrap();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event.event().is_ok() && event.position.is_none()));
    old.remove(db).await;
}

async fn tool_does_not_migrate(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
    let tool = DatabaseOptions { role: DatabaseRole::Tool, ..old.options.clone() };
    for _ in 0..2 {
        let refused = Database::open(&old.url, &tool).await.unwrap_err().to_string();
        assert!(refused.contains("has schema 14"), "{refused}");
        assert!(refused.contains("start the gateway or the persistence pool"), "{refused}");
    }
    let migration = DatabaseOptions { role: DatabaseRole::Migration, ..old.options.clone() };
    for role in [&migration, &tool] {
        Database::open(&old.url, role).await.unwrap().close().await.unwrap();
    }
    let db = old.open().await;
    old.remove(db).await;
}

async fn stored_data_is_writable(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
    let db = old.open().await;
    let (open, events) = (&new_carousel("open"), &events_of(&id("open"), "complete", 1));
    let step = |tx: Tx| async move {
        let FirstWrite { fresh, .. } = carousels::open(&tx, open).await?;
        assert!(!fresh, "the first write wins, whoever made it");
        outbox::append(&tx, events).await?;
        consumers::register(&tx, "history", ConsumerStart::Beginning, at(0)).await?;
        Ok::<_, carousels::OpenError>(())
    };
    db.write(step).await.unwrap();
    let relay = OutboxRelay::new(db.clone(), "relay", RelayOptions::default());
    assert_eq!(published(relay.pass(&InProcessPublisher, at(0)).await.unwrap()), 7);
    let polled = consumers::poll(&db.read(), "history", 10).await.unwrap();
    assert_eq!(polled.events.len(), 7);
    // Numbering continues after the existing numbers.
    assert!(polled.events.is_sorted_by_key(|event| event.seq));
    assert_eq!(polled.events[6].correlation, id("open").as_str());
    old.remove(db).await;
}

async fn concurrent_openers_leave_the_stored_schema_as_it_is(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
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

async fn updates_before_the_inbox_are_readable(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
    let db = old.open().await;
    let (reader, bot) = (db.read(), BotId::new(1));
    assert_eq!(db.schema_version().await.unwrap(), crate::opening::NEWEST);
    // Telegram is asked again for unfinished updates.
    let offset = ingress::polling_offset(&reader, bot, at(5)).await.unwrap();
    assert_eq!(offset, Some(UpdateId::new(11)));
    let lanes = ingress::lanes(&reader, bot, 10).await.unwrap();
    assert_eq!(lanes, [UpdateLane::Chat(ChatId::new(7))]);
    let head = ingress::head(&reader, bot, lanes[0]).await.unwrap().unwrap();
    assert_eq!((head.arrival.update, head.body), (UpdateId::new(11), UpdateBody::Missing));
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
    old.remove(db).await;
}

async fn stored_reasons_get_their_kind(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
    let db = old.open().await;
    let kind = |state: &DeliveryState| {
        let DeliveryState::Failed { kind, .. } = state else { return None };
        Some(*kind)
    };
    let entries = ledger::of_carousel(&db.read(), &id("failed")).await.unwrap();
    let kinds = entries
        .rows
        .iter()
        .map(|entry| (entry.slot.part.to_string(), kind(entry.delivery.state())));
    assert!(entries.unreadable.is_empty());
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [
            ("notice-failed".to_owned(), Some(RejectionKind::ChatClosed)),
            ("album".to_owned(), Some(RejectionKind::ChatClosed)),
            ("caption".to_owned(), Some(RejectionKind::Other)),
        ]
    );
    let broadcast = BroadcastId::parse("news-1").unwrap();
    for (user, wanted) in [("tg-7", RejectionKind::ChatClosed), ("tg-8", RejectionKind::Other)] {
        let user = UserId::parse(user).unwrap();
        let found =
            broadcasts::find_recipient(&db.read(), &broadcast, &user).await.unwrap().unwrap();
        assert_eq!(kind(found.delivery.state()), Some(wanted));
    }
    old.remove(db).await;
}

/// The columns, checks and indexes of a SQLite database or of a PostgreSQL schema, one a row.
fn shape_of(backend: DbBackend, schema: &str) -> String {
    if backend == DbBackend::Sqlite {
        return "SELECT t.name || ' ' || c.cid || ' ' || c.name || ' ' || c.type || c.\"notnull\"
                       || c.pk || coalesce(c.dflt_value, '') AS part
                FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'
                UNION SELECT replace(replace(sql, '\"', ''), 'IF NOT EXISTS ', '')
                FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
                UNION SELECT t.name || ' ' || f.\"from\" || f.\"table\" || f.on_delete
                FROM sqlite_master t, pragma_foreign_key_list(t.name) f
                ORDER BY part"
            .to_owned();
    }
    format!(
        "SELECT table_name || ' ' || ordinal_position || ' ' || column_name || ' ' || data_type
                || is_nullable || coalesce(column_default, '') AS part
         FROM information_schema.columns WHERE table_schema = '{schema}'
         UNION SELECT conname || ' ' || pg_get_constraintdef(oid)
         FROM pg_constraint WHERE connamespace = '\"{schema}\"'::regnamespace
         UNION SELECT indexdef
         FROM pg_indexes WHERE schemaname = '{schema}'
         ORDER BY part"
    )
}

async fn parts(connection: &DatabaseConnection, schema: &str) -> Vec<String> {
    let backend = connection.get_database_backend();
    let sql = Statement::from_string(backend, shape_of(backend, schema));
    let rows = connection.query_all_raw(sql).await.unwrap();
    let parts = rows.iter().map(|row| {
        let part: String = row.try_get("", "part").unwrap();
        part.replace(&format!("\"{schema}\"."), "").replace(&format!("{schema}."), "")
    });
    parts.collect()
}

async fn new_schema_is_the_stored_one(test_db: &StorageTestDatabase) {
    let old = StoredDatabase::create(test_db).await;
    let db = old.open().await;
    let new = sea_orm::Database::connect(&test_db.url).await.unwrap();
    let stored = sea_orm::Database::connect(&old.url).await.unwrap();
    let schema = |options: &DatabaseOptions| options.schema.clone().unwrap_or_default();
    let new_parts = parts(&new, &schema(&test_db.options)).await;
    assert!(new_parts.len() > 200);
    assert_eq!(new_parts, parts(&stored, &schema(&old.options)).await);
    new.close().await.unwrap();
    stored.close().await.unwrap();
    old.remove(db).await;
}
