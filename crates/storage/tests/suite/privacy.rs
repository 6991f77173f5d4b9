//! Deleting, exporting and expiring what is stored about a person.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{AccountId, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use storage::{
    Blobs, Tx,
    blobs::collect,
    carousels::OpenError,
    privacy::{self, DataSubject, TABLES, TableContent},
    usage,
};

use crate::database::{StorageTestDatabase, at, new_carousel, on_each_database, written};

on_each_database!(
    every_table_and_column_is_listed,
    erasure_removes_one_person_only,
    interrupted_erasure_is_completed,
    usage_of_today_survives_erasure,
    ban_survives_erasure,
    export_has_every_table_of_a_person,
    marked_blobs_are_deleted_at_the_next_collection,
    shared_and_rewritten_blobs_are_spared,
    old_carousels_expire_and_live_ones_do_not,
    unseen_people_have_no_activity,
);

const CANARY: &str = "Канарейка-8f2";

fn person(n: i64) -> DataSubject {
    DataSubject {
        user: UserId::parse(&format!("tg-{n}")).unwrap(),
        account: Some(AccountId::new(n)),
    }
}

async fn erase(test_db: &StorageTestDatabase, who: &DataSubject) -> Vec<(&'static str, u64)> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push((table.name, written!(test_db, privacy::erase, who, table, at(60)).unwrap()));
    }
    counts
}

/// Inserts a row into every table with personal data, with `word` in every text of the person.
async fn insert_everywhere(test_db: &StorageTestDatabase, n: i64, word: &str) {
    let user = format!("tg-{n}");
    let time = "'2026-11-24T12:00:00+00:00'";
    let carousel = format!("carousel-tg-1-{n}-5");
    let hex = format!("{n:064x}");
    let sql = format!(
        "INSERT INTO users (id, account_id, language, is_admin, blocked, created_at, updated_at, \
           wants_news) VALUES ('{user}', {n}, 'ru', false, false, {time}, {time}, true);
         INSERT INTO settings VALUES ('{user}', '{{\"theme\":\"{word}\"}}', {time});
         INSERT INTO brands VALUES ('{user}', '{{\"name\":\"{word}\"}}', {time});
         INSERT INTO subscriptions (id, user_id, bot_id, chat_id, cadence, time_zone, topic, paused, \
           created_at, updated_at) VALUES ('s-{n}', '{user}', 1, {n}, 'hourly', 'UTC', '{word}', \
           false, {time}, {time});
         INSERT INTO usage_entries VALUES ('{carousel}/write/1', '{user}', '2026-11-24', 'openai', \
           'm', 1, 2, 700, {time});
         INSERT INTO admissions VALUES ('{carousel}/edit', '{user}', '{carousel}', 'request', \
           '2026-11-24', 5, NULL, {time}, NULL);
         INSERT INTO uploads VALUES ('upload-{n}-{word}', '{user}', '2026-11-24', 11, {time});
         INSERT INTO event_requests VALUES ('request-{n}-{word}', '/shop', '{user}', 'w', {time}, NULL, NULL);
         INSERT INTO api_tokens VALUES ('token-{n}', '{word}', '{user}', 'carousels:read', 'ab', 5, {time}, \
           NULL, NULL, NULL);
         INSERT INTO webhooks VALUES ('webhook-{n}', '{user}', 'https://{word}', '{word}', {time}, NULL, NULL, NULL, NULL);
         INSERT INTO carousels (id, user_id, source, brief, theme, language, format, state, outcome, \
           reason, run_id, revision, created_at, updated_at, closed_at) VALUES ('{carousel}', \
           '{user}', 'tg', '{{\"topic\":\"{word}\"}}', 'aurora', 'ru', '4x5', 'closed', 'failed', \
           '{word}', 'r', 1, {time}, {time}, {time});
         INSERT INTO revisions (carousel_id, revision, draft, analysis, provider, created_at, intent) \
           VALUES ('{carousel}', 1, '{{\"caption\":\"{word}\"}}', '{{}}', 'openai', {time}, 'i{n}');
         INSERT INTO blob_refs VALUES ('{carousel}', 1, 'slide', 0, '{hex}.jpg', 9);
         INSERT INTO blob_holds VALUES ('update/1/{n}', '{word}', '{hex}.txt', {time});
         INSERT INTO blob_holds VALUES ('session/1/{n}', 'text', '{hex}.md', {time});
         INSERT INTO blob_holds VALUES ('brand/{user}', 'avatar', '{hex}.png', {time});
         INSERT INTO quota_reservations VALUES ('{carousel}', '{user}', '2026-11-24', {time}, NULL);
         INSERT INTO deliveries VALUES ('{carousel}', 1, 'album', 1, 1, 0, 'failed', 'a', '{word}', \
           {n}, '[]', {time}, {time}, NULL);
         INSERT INTO deliveries VALUES ('carousel-event-{n}', 0, 'notice-x', 1, 1, 0, 'failed', 'a', \
           '{word}', {n}, '[]', {time}, {time}, NULL);
         INSERT INTO broadcasts VALUES ('b-{n}', '{user}', 1, '{{\"text\":\"{word}\"}}', 'done', \
           {time}, {time}, {time});
         INSERT INTO recipients VALUES ('b-{n}', '{user}', {n}, 'pending', NULL, NULL, NULL, {time}, NULL);
         INSERT INTO updates (bot_id, update_id, chat_id, state, command, reason, received_at, \
           decided_at, finished_at) VALUES (1, {n}, {n}, 'done', \
           '{{\"do\":\"ask\",\"question\":\"{word}\"}}', '{word}', {time}, {time}, {time});
         INSERT INTO updates (bot_id, update_id, chat_id, state, command, reason, received_at, \
           decided_at, finished_at) VALUES (1, 1{n}, -100, 'done', '{{\"do\":\"ask\",\"question\":\"{word}\",\
           \"around\":{{\"chat\":-100,\"private\":false,\"from\":{n},\"language\":\"ru\"}}}}', NULL, \
           {time}, {time}, {time});
         INSERT INTO sessions VALUES (1, {n}, '{{\"waits\":\"{word}\"}}', 1, {time}, {time}, {time});
         INSERT INTO group_sessions VALUES (1, -100, 0, {n}, '{{\"waits\":\"{word}\"}}', 1, NULL, \
           {time}, {time}, {time});
         INSERT INTO blob_holds VALUES ('session/1/-100/0/{n}', 'text', '{hex}.md', {time});
         INSERT INTO events (id, type, source, correlation_id, time, envelope) VALUES ('e{n}', 't', \
           's', '{carousel}', {time}, '{{\"topic\":\"{word}\"}}');
         INSERT INTO events (id, type, source, correlation_id, time, envelope) VALUES ('f{n}', 't', \
           's', 'answer-{n}', {time}, '{{\"userid\":\"{user}\",\"data\":\"{word}\"}}');
         INSERT INTO chain_ends VALUES ('{carousel}', 'e0');"
    );
    test_db.sql(&sql).await;
}

/// Every row of every table as text, read directly from the database.
async fn dump(test_db: &StorageTestDatabase) -> String {
    let outside = sea_orm::Database::connect(&test_db.url).await.unwrap();
    let backend = outside.get_database_backend();
    let mut all = String::new();
    for (table, columns) in schema(test_db).await {
        let name = match &test_db.options.schema {
            Some(schema) => format!("\"{schema}\".{table}"),
            None => table.clone(),
        };
        let columns = columns.iter().map(|c| format!("coalesce(CAST(\"{c}\" AS text), '')"));
        let row = columns.collect::<Vec<_>>().join(" || '|' || ");
        let sql = format!("SELECT {row} AS row FROM {name}");
        let rows = outside.query_all_raw(Statement::from_string(backend, sql));
        for row in rows.await.unwrap() {
            all += &format!("{table}: {}\n", row.try_get::<String>("", "row").unwrap());
        }
    }
    outside.close().await.unwrap();
    all
}

/// Every table of the schema and its columns.
async fn schema(test_db: &StorageTestDatabase) -> Vec<(String, BTreeSet<String>)> {
    let outside = sea_orm::Database::connect(&test_db.url).await.unwrap();
    let backend = outside.get_database_backend();
    let sql = match (&test_db.options.schema, backend) {
        (Some(schema), _) => format!(
            "SELECT table_name::text AS name, string_agg(column_name::text, ',') AS columns \
             FROM information_schema.columns WHERE table_schema = '{schema}' GROUP BY 1"
        ),
        (None, DbBackend::Sqlite) => "SELECT m.name AS name, group_concat(c.name) AS columns \
             FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' GROUP BY 1"
            .to_owned(),
        (None, _) => unreachable!("a bed on PostgreSQL has a schema"),
    };
    let rows = outside.query_all_raw(Statement::from_string(backend, sql));
    let read = |row: sea_orm::QueryResult| {
        let columns: String = row.try_get("", "columns").unwrap();
        let columns = columns.split(',').map(str::to_owned).collect();
        (row.try_get("", "name").unwrap(), columns)
    };
    let found = rows.await.unwrap().into_iter().map(read).collect();
    outside.close().await.unwrap();
    found
}

/// A new table or column fails here until [`TABLES`] classifies it.
async fn every_table_and_column_is_listed(test_db: &StorageTestDatabase) {
    let there: BTreeSet<_> = schema(test_db).await.into_iter().collect();
    let columns = |table: &privacy::PersonalTable| table.columns().map(str::to_owned).collect();
    let listed: BTreeSet<_> =
        TABLES.iter().map(|table| (table.name.to_owned(), columns(table))).collect();
    assert_eq!(there, listed);
}

async fn erasure_removes_one_person_only(test_db: &StorageTestDatabase) {
    insert_everywhere(test_db, 77, CANARY).await;
    insert_everywhere(test_db, 78, "Сосед").await;
    let before = dump(test_db).await;
    let neighbour = |dump: &str| dump.matches("Сосед").count();
    for (table, count) in erase(test_db, &person(77)).await {
        let content = TABLES.iter().find(|t| t.name == table).unwrap().content;
        let people = matches!(content, TableContent::Personal { .. });
        assert_eq!(count > 0, people, "{table}: {count} rows, of people: {people}");
        // The canary was in this table, or the table has no text.
        let wordless = [
            "users",
            "usage_entries",
            "quota_reservations",
            "admissions",
            "recipients",
            "blob_refs",
        ];
        let found = before.lines().any(|l| l.starts_with(table) && l.contains(CANARY));
        assert!(found || !people || wordless.contains(&table) || table == "chain_ends", "{table}");
    }
    let after = dump(test_db).await;
    for trace in [CANARY, "tg-77", "|77|", "carousel-tg-1-77"] {
        let left: Vec<&str> = after.lines().filter(|l| l.contains(trace)).collect();
        // An update keeps its number, which is the test's and not the person's.
        let left: Vec<_> = left.iter().filter(|l| !l.starts_with("updates: 1|77|||")).collect();
        assert!(left.iter().all(|l| l.starts_with("updates: 1|77|")), "{trace}: {left:?}");
        assert!(!after.contains(CANARY));
    }
    assert_eq!(neighbour(&after), neighbour(&before));
    if test_db.options.schema.is_none() {
        // Nor is it in a free page of the file or in its log.
        test_db.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let path = test_db.url.trim_start_matches("sqlite://");
        let bytes = std::fs::read(path).unwrap();
        let has = |word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
        assert!(has("Сосед") && !has(CANARY));
    }
}

async fn interrupted_erasure_is_completed(test_db: &StorageTestDatabase) {
    for stop in 0..TABLES.len() {
        insert_everywhere(test_db, 77, CANARY).await;
        for table in &TABLES[..stop] {
            let who = &person(77);
            let erase = |tx: Tx| async move { privacy::erase(&tx, who, table, at(60)).await };
            test_db.db.write(erase).await.unwrap();
        }
        erase(test_db, &person(77)).await;
        assert!(!dump(test_db).await.contains(CANARY), "stopped after {stop} tables");
        let again = erase(test_db, &person(77)).await;
        assert!(again.iter().all(|(_, count)| *count == 0), "{again:?}");
        test_db.sql("DELETE FROM updates").await;
    }
}

async fn usage_of_today_survives_erasure(test_db: &StorageTestDatabase) {
    let who = &person(77);
    insert_everywhere(test_db, 77, CANARY).await;
    let begin = |tx: Tx| async move { privacy::begin(&tx, who, at(60)).await };
    test_db.db.write(begin).await.unwrap();
    assert!(privacy::is_running(&test_db.db.read(), &who.user).await.unwrap());
    // Twice, like a repeated activity.
    erase(test_db, who).await;
    test_db.db.write(begin).await.unwrap();
    erase(test_db, who).await;
    written!(test_db, privacy::finish, who, at(70)).unwrap();
    let read = test_db.db.read();
    assert!(!privacy::is_running(&read, &who.user).await.unwrap());
    let day = at(0).date_naive();
    let spent = usage::of_day(&read, &who.user, day).await.unwrap();
    assert_eq!((spent.cost_micros, spent.calls), (700, 0));
    let carried = privacy::carried_usage(&read, &who.user, day).await.unwrap();
    assert_eq!((carried.requests, carried.upload_bytes), (1, 11));
    // The quota of one is used, although its carousel is deleted.
    let mut next = new_carousel("1");
    next.user = who.user.clone();
    next.daily_quota = Some(1);
    let opened = test_db.opened(&next).await;
    assert!(matches!(opened, Err(OpenError::OverQuota { .. })), "{opened:?}");
    next.at = at(24 * 3600);
    test_db.opened(&next).await.unwrap();
    assert_eq!(written!(test_db, privacy::prune_erasures, at(24 * 3600)).unwrap(), 1);
}

async fn ban_survives_erasure(test_db: &StorageTestDatabase) {
    insert_everywhere(test_db, 77, CANARY).await;
    test_db.sql("UPDATE users SET blocked = true").await;
    erase(test_db, &person(77)).await;
    let user = storage::users::find(&test_db.db.read(), &person(77).user).await;
    let profile = user.unwrap().unwrap().profile;
    assert!(profile.lock.is_some() && profile.language.is_none() && !profile.wants_news);
}

async fn export_has_every_table_of_a_person(test_db: &StorageTestDatabase) {
    insert_everywhere(test_db, 77, CANARY).await;
    insert_everywhere(test_db, 78, "Сосед").await;
    let rows = privacy::export(&test_db.db.read(), &person(77)).await.unwrap();
    for one in &rows {
        assert!(!one.rows.is_empty(), "{}", one.table);
    }
    let json = format!("{rows:?}");
    assert!(json.contains(CANARY) && !json.contains("Сосед"));
    let of = |table| rows.iter().find(|one| one.table == table).unwrap();
    // A record is a JSON object, not text.
    assert_eq!(of("carousels").rows[0]["brief"]["topic"], CANARY);
}

async fn marked_blobs_are_deleted_at_the_next_collection(test_db: &StorageTestDatabase) {
    let blobs = Blobs::open(test_db.folder.join("blobs").to_str().unwrap()).unwrap();
    let mine = blobs.put(CANARY, "txt").await.unwrap();
    let young = blobs.put("somebody else's", "txt").await.unwrap();
    insert_everywhere(test_db, 77, CANARY).await;
    test_db.sql(&format!("UPDATE blob_refs SET blob_key = '{}'", mine.key)).await;
    let now = chrono::Utc::now() + TimeDelta::seconds(1);
    let who = &person(77);
    for table in TABLES {
        written!(test_db, privacy::erase, who, table, now).unwrap();
    }
    let key = |blob: &domain::record::BlobRecord| domain::BlobKey::parse(&blob.key).unwrap();
    assert!(blobs.exists(&key(&mine)).await.unwrap(), "only the collector deletes");
    let day = TimeDelta::hours(24);
    let collected = collect(&test_db.db, &blobs, now, day).await.unwrap();
    assert!(collected.problems.is_empty(), "{:?}", collected.problems);
    assert!(!blobs.exists(&key(&mine)).await.unwrap());
    assert!(blobs.exists(&key(&young)).await.unwrap());
    assert_eq!(collect(&test_db.db, &blobs, now, day).await.unwrap().erased, 0);
}

async fn shared_and_rewritten_blobs_are_spared(test_db: &StorageTestDatabase) {
    let blobs = Blobs::open(test_db.folder.join("blobs").to_str().unwrap()).unwrap();
    let shared = blobs.put("a slide that two have", "txt").await.unwrap();
    let again = blobs.put("a slide that is drawn again", "txt").await.unwrap();
    insert_everywhere(test_db, 77, CANARY).await;
    insert_everywhere(test_db, 78, "Сосед").await;
    test_db.sql(&format!("UPDATE blob_refs SET blob_key = '{}'", shared.key)).await;
    let holds = "UPDATE blob_holds SET blob_key";
    test_db.sql(&format!("{holds} = '{}' WHERE holder = 'brand/tg-77'", again.key)).await;
    let long_ago = chrono::Utc::now() - TimeDelta::hours(1);
    let who = &person(77);
    for table in TABLES {
        written!(test_db, privacy::erase, who, table, long_ago).unwrap();
    }
    collect(&test_db.db, &blobs, chrono::Utc::now(), TimeDelta::hours(24)).await.unwrap();
    for blob in [shared, again] {
        let key = domain::BlobKey::parse(&blob.key).unwrap();
        assert!(blobs.exists(&key).await.unwrap(), "{}", blob.key);
    }
}

async fn old_carousels_expire_and_live_ones_do_not(test_db: &StorageTestDatabase) {
    for n in 1..=4 {
        insert_everywhere(test_db, n, CANARY).await;
    }
    let recent = "'2026-11-25T12:00:00+00:00'";
    test_db
        .sql(&format!(
            "UPDATE deliveries SET updated_at = {recent} WHERE carousel_id = 'carousel-tg-1-2-5'; \
         UPDATE broadcasts SET state = 'sending', ended_at = NULL, message = 'carousel-tg-1-3-5' \
         WHERE id = 'b-3'; \
         UPDATE carousels SET state = 'open', outcome = NULL, closed_at = NULL \
         WHERE id = 'carousel-tg-1-4-5'"
        ))
        .await;
    let due = privacy::expired_carousels(&test_db.db.read(), at(3600), 10).await;
    let due = &due.unwrap();
    assert_eq!(due.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["carousel-tg-1-1-5"]);
    let delete = |tx: Tx| async move { privacy::delete_carousels(&tx, due).await };
    assert_eq!(test_db.db.write(delete).await.unwrap(), 1);
    assert_eq!(test_db.db.write(delete).await.unwrap(), 0);
    let left = dump(test_db).await;
    for table in ["carousels", "revisions", "blob_refs", "events", "deliveries", "chain_ends"] {
        let line = format!("{table}: ");
        let of_it = left.lines().filter(|l| l.starts_with(&line));
        assert!(!of_it.into_iter().any(|l| l.contains("carousel-tg-1-1-5")), "{table}");
    }
    assert_eq!(written!(test_db, privacy::prune_deliveries, at(3600), 10).unwrap(), 4);
    assert_eq!(written!(test_db, privacy::prune_broadcasts, at(3600), 10).unwrap(), 3);
}

async fn unseen_people_have_no_activity(test_db: &StorageTestDatabase) {
    for n in 1..=6 {
        insert_everywhere(test_db, n, CANARY).await;
    }
    // 1 has nothing; 2 has a carousel, 3 an update, 4 a subscription, 5 is locked, 6 wants news.
    for table in ["usage_entries", "carousels", "subscriptions"] {
        let spared = match table {
            "carousels" => "tg-2",
            "subscriptions" => "tg-4",
            _ => "",
        };
        test_db.sql(&format!("DELETE FROM {table} WHERE user_id <> '{spared}'")).await;
    }
    test_db.sql("DELETE FROM updates WHERE chat_id <> 3").await;
    test_db.sql("UPDATE users SET blocked = (id = 'tg-5'), wants_news = (id = 'tg-6')").await;
    let unseen = privacy::inactive_people(&test_db.db.read(), at(3600), 10).await.unwrap();
    assert_eq!(unseen, [person(1)]);
    assert_eq!(privacy::inactive_people(&test_db.db.read(), at(-3600), 10).await.unwrap(), []);
}
