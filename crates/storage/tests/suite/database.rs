//! Test databases: a separate one per test, on each of the two supported systems.

use std::path::PathBuf;

use domain::{
    CarouselId, RequestSource, UserId,
    record::{AnalysisRecord, BlobRecord, BriefRecord, DraftRecord, SlideRecord},
};
use events::{
    Event, EventContext, EventJournal, EventSource, Timestamp, carousel::CarouselCompleted,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use storage::{
    Database, DatabaseOptions, FirstWrite,
    carousels::{self, Carousel, NewCarousel, OpenError, SavedDraft},
};

/// An empty database. Its file or schema is deleted with it.
pub(crate) struct StorageTestDatabase {
    pub(crate) db: Database,
    pub(crate) url: String,
    pub(crate) options: DatabaseOptions,
    pub(crate) folder: PathBuf,
    _folder: tempfile::TempDir,
    schema: Option<(DatabaseConnection, String)>,
}

impl StorageTestDatabase {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/data/bible.db", folder.path().display());
        Self::open(url, DatabaseOptions::default(), folder, None).await
    }

    /// A new schema in a PostgreSQL database, if there is one.
    pub(crate) async fn postgres() -> Option<Self> {
        let url = crate::postgres::url()?;
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        let schema = format!("test_{}_{}", std::process::id(), name.trim_start_matches('.'));
        let outside = sea_orm::Database::connect(&url).await.unwrap();
        let create = format!("CREATE SCHEMA \"{schema}\"");
        outside.execute_unprepared(&create).await.unwrap();
        let options =
            DatabaseOptions { schema: Some(schema.clone()), ..DatabaseOptions::default() };
        Some(Self::open(url, options, folder, Some((outside, schema))).await)
    }

    async fn open(
        url: String,
        options: DatabaseOptions,
        folder: tempfile::TempDir,
        schema: Option<(DatabaseConnection, String)>,
    ) -> Self {
        Self {
            db: Database::open(&url, &options).await.unwrap(),
            url,
            options,
            folder: folder.path().to_owned(),
            _folder: folder,
            schema,
        }
    }

    /// The same database, opened again, as by another process.
    pub(crate) async fn reopen(&self) -> Database {
        Database::open(&self.url, &self.options).await.unwrap()
    }

    pub(crate) async fn remove(self) {
        self.db.close().await.unwrap();
        if let Some((outside, schema)) = &self.schema {
            let drop = format!("DROP SCHEMA \"{schema}\" CASCADE");
            outside.execute_unprepared(&drop).await.unwrap();
        }
    }

    pub(crate) async fn sql(&self, sql: &str) {
        match &self.schema {
            Some((outside, schema)) => {
                let sql = format!("SET search_path = \"{schema}\"; {sql}");
                outside.execute_unprepared(&sql).await.unwrap();
            }
            None => {
                let outside = sea_orm::Database::connect(&self.url).await.unwrap();
                outside.execute_unprepared(sql).await.unwrap();
                outside.close().await.unwrap();
            }
        }
    }

    pub(crate) async fn opened(
        &self,
        new: &NewCarousel,
    ) -> Result<FirstWrite<Carousel>, OpenError> {
        self.db.write(|tx| async move { carousels::open(&tx, new).await }).await
    }

    pub(crate) async fn saved(
        &self,
        id: &CarouselId,
        saved: &SavedDraft,
    ) -> FirstWrite<SavedDraft> {
        written!(self, carousels::save_draft, id, 1, saved, None, at(2)).unwrap()
    }
}

/// Makes a module for each named test, with one test per database.
macro_rules! on_each_database {
    ($( $test:ident ),+ $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let test_db = crate::database::StorageTestDatabase::sqlite().await;
                super::$test(&test_db).await;
                test_db.remove().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(test_db) = crate::database::StorageTestDatabase::postgres().await {
                    super::$test(&test_db).await;
                    test_db.remove().await;
                }
            }
        }
    )+};
}
pub(crate) use on_each_database;

/// Runs a function of a repository in a transaction: `written!(test_db, sessions::end, key)`.
macro_rules! written {
    ($test_db:expr, $function:path $(, $argument:expr)*) => {
        $test_db
            .db
            .write(|tx: storage::Tx| async move { $function(&tx $(, $argument)*).await })
            .await
    };
}
pub(crate) use written;

/// `seconds` after noon, plus a fraction that not every database can store.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-24T12:00:00.123456789Z".parse().unwrap();
    noon + chrono::TimeDelta::seconds(seconds)
}

pub(crate) fn id(key: &str) -> CarouselId {
    CarouselId::new(RequestSource::Cli, key).unwrap()
}

pub(crate) fn new_carousel(key: &str) -> NewCarousel {
    NewCarousel {
        id: id(key),
        user: UserId::local(),
        brief: BriefRecord {
            topic: "Почему тесты важны".to_owned(),
            language: "ru".to_owned(),
            slides: 7,
            theme: "aurora".to_owned(),
            format: "4x5".to_owned(),
            image: "jpeg".to_owned(),
            ..BriefRecord::default()
        },
        run_id: "run-1".to_owned(),
        at: at(0),
        daily_quota: None,
        most_open: None,
    }
}

pub(crate) fn saved_draft(title: &str) -> SavedDraft {
    SavedDraft {
        draft: DraftRecord {
            slides: vec![SlideRecord {
                kind: "title".to_owned(),
                title: title.to_owned(),
                ..SlideRecord::default()
            }],
            caption: "подпись".to_owned(),
            hashtags: vec!["тесты".to_owned()],
        },
        analysis: AnalysisRecord { title: title.to_owned(), ..AnalysisRecord::default() },
        provider: "offline".to_owned(),
    }
}

pub(crate) fn picture(digit: char) -> BlobRecord {
    BlobRecord { key: format!("{}.jpg", digit.to_string().repeat(64)), bytes: 156_000 }
}

/// `count` events of a step.
pub(crate) fn events_of(id: &CarouselId, step: &str, count: usize) -> Vec<Event> {
    let context = EventContext {
        correlation: id.as_str().to_owned(),
        environment: "test".to_owned(),
        ..EventContext::default()
    };
    let mut journal =
        EventJournal::for_step(id.as_str(), step, EventSource::PERSISTENCE, context, None);
    for n in 0..count {
        let completed = CarouselCompleted {
            outcome: domain::Outcome::Delivered,
            reason: format!("{step} {n}"),
            duration_ms: 0,
            tokens: None,
            cost_micros: None,
        };
        journal.record(at(0), completed);
    }
    journal.events().to_vec()
}
