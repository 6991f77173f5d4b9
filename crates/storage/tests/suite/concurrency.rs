//! Concurrency of tasks, handles and processes.

use std::{
    io::Write as _,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use domain::{CarouselId, RequestSource, UserId};
use storage::{
    Database, DatabaseOptions, StorageError, Tx,
    carousels::{self, OpenError},
    outbox,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::Barrier,
};

use crate::database::{
    StorageTestDatabase, at, events_of, id, new_carousel, on_each_database, saved_draft,
};

on_each_database!(
    concurrent_opens_of_one_carousel_agree,
    last_carousel_of_the_quota_goes_to_one,
    concurrent_saves_return_one_draft,
    two_handles_write_concurrently,
    transaction_runs_in_a_spawned_task,
    deadlocked_transactions_are_retried,
    conflict_is_retried_a_limited_number_of_times,
);

/// Starts `count` tasks at the same time and returns their results.
async fn run_concurrently<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: usize,
    task: impl Fn(usize) -> F,
) -> Vec<T> {
    let tasks: Vec<_> = (0..count).map(|n| tokio::spawn(task(n))).collect();
    let ended = futures::future::join_all(tasks).await;
    ended.into_iter().map(Result::unwrap).collect()
}

async fn concurrent_opens_of_one_carousel_agree(test_db: &StorageTestDatabase) {
    let opened = run_concurrently(20, |_| {
        let db = test_db.db.clone();
        async move {
            db.write(|tx| async move { carousels::open(&tx, &new_carousel("1")).await })
                .await
                .unwrap()
        }
    })
    .await;
    assert_eq!(opened.iter().filter(|opened| opened.fresh).count(), 1);
    assert!(opened.iter().all(|other| other.value == opened[0].value));
}

async fn last_carousel_of_the_quota_goes_to_one(test_db: &StorageTestDatabase) {
    // Several rounds, because the first one still opens connections and is slow.
    for round in 0..5 {
        let opened = run_concurrently(20, |n| {
            let db = test_db.db.clone();
            async move {
                let mut new = new_carousel(&format!("{round}-{n}"));
                new.user = UserId::parse(&format!("tg-{round}")).unwrap();
                new.daily_quota = Some(1);
                let new = &new;
                db.write(|tx| async move { carousels::open(&tx, new).await }).await
            }
        })
        .await;
        assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
        let refused = |error: &OpenError| matches!(error, OpenError::OverQuota { .. });
        assert!(opened.iter().filter_map(|opened| opened.as_ref().err()).all(refused));
    }
}

async fn concurrent_saves_return_one_draft(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    let saved = run_concurrently(10, |n| {
        let db = test_db.db.clone();
        async move {
            let mine = &saved_draft(&n.to_string());
            let save = |tx: Tx| async move {
                carousels::save_draft(&tx, &id("1"), 1, mine, None, at(1)).await
            };
            db.write(save).await.unwrap()
        }
    })
    .await;
    assert_eq!(saved.iter().filter(|saved| saved.fresh).count(), 1);
    assert!(saved.iter().all(|other| other.value == saved[0].value));
}

async fn two_handles_write_concurrently(test_db: &StorageTestDatabase) {
    let handles = [test_db.db.clone(), test_db.reopen().await];
    let appended = run_concurrently(40, |n| {
        let db = handles[n % 2].clone();
        async move { open_with_events(&db, n, 5).await }
    })
    .await;
    assert!(appended.iter().all(Result::is_ok), "{appended:?}");
    assert_eq!(outbox::unpublished(&test_db.db.read(), 1_000).await.unwrap().rows.len(), 400);
    handles[1].close().await.unwrap();
}

/// Opens `count` carousels, one after the other, with two events each.
async fn open_with_events(db: &Database, n: usize, count: usize) -> Result<(), StorageError> {
    for c in 0..count {
        let new = &new_carousel(&format!("{n}-{c}"));
        let events = &events_of(&new.id, "open", 2);
        let step = |tx: Tx| async move {
            carousels::open(&tx, new).await.map_err(|error| match error {
                OpenError::Storage(error) => error,
                OpenError::OverQuota { .. }
                | OpenError::TooManyOpen { .. }
                | OpenError::NotAdmitted(_) => {
                    unreachable!("there is no limit here")
                }
            })?;
            outbox::append(&tx, events).await.map(|_| ())
        };
        db.write(step).await?;
    }
    Ok(())
}

async fn transaction_runs_in_a_spawned_task(test_db: &StorageTestDatabase) {
    // Like an activity: a boxed future that any thread may run.
    let db = test_db.db.clone();
    let boxed: std::pin::Pin<Box<dyn Future<Output = bool> + Send>> = Box::pin(async move {
        let new = &new_carousel("1");
        let events = &events_of(&new.id, "open", 2);
        let opened = db
            .write(|tx| async move {
                let opened = carousels::open(&tx, new).await?;
                outbox::append(&tx, events).await?;
                Ok::<_, OpenError>(opened)
            })
            .await;
        opened.unwrap().fresh
    });
    assert!(tokio::spawn(boxed).await.unwrap());
}

async fn deadlocked_transactions_are_retried(test_db: &StorageTestDatabase) {
    for key in ["1", "2"] {
        test_db.opened(&new_carousel(key)).await.unwrap();
    }
    let both = Arc::new(Barrier::new(2));
    let ended = run_concurrently(2, |n| {
        let (db, both) = (test_db.db.clone(), both.clone());
        async move {
            let order = if n == 0 { ["1", "2"] } else { ["2", "1"] };
            let (saved, both) = (&saved_draft("x"), &both);
            let save = |tx: Tx| async move {
                carousels::save_draft(&tx, &id(order[0]), 1, saved, None, at(1)).await?;
                // On PostgreSQL each transaction now holds the lock that the other one needs; on
                // SQLite the other one waits for its turn and does not come here.
                let _ = tokio::time::timeout(Duration::from_millis(100), both.wait()).await;
                carousels::save_draft(&tx, &id(order[1]), 1, saved, None, at(1)).await
            };
            db.write(save).await
        }
    })
    .await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
}

/// The error of a transaction that always conflicts.
#[derive(Debug, thiserror::Error)]
#[error("collided")]
struct AlwaysConflict;

impl storage::MaybeConflict for AlwaysConflict {
    fn is_conflict(&self) -> bool {
        true
    }
}

impl From<StorageError> for AlwaysConflict {
    fn from(error: StorageError) -> Self {
        panic!("{error}")
    }
}

async fn conflict_is_retried_a_limited_number_of_times(test_db: &StorageTestDatabase) {
    let runs = AtomicU32::new(0);
    let work = async |collisions: u32| {
        let (runs, events) = (&runs, &events_of(&id("1"), "open", 1));
        runs.store(0, Relaxed);
        let append = |tx: Tx| async move {
            // What an earlier run wrote was rolled back.
            assert_eq!(outbox::append(&tx, events).await?, 1);
            let run = runs.fetch_add(1, Relaxed) + 1;
            if run > collisions { Ok(run) } else { Err(AlwaysConflict) }
        };
        test_db.db.write(append).await
    };
    assert!(matches!(work(u32::MAX).await, Err(AlwaysConflict)));
    assert_eq!(runs.load(Relaxed), 6);
    assert!(matches!(work(3).await, Ok(4)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_locks_at_begin_and_others_time_out() {
    let test_db = StorageTestDatabase::sqlite().await;
    let hasty = DatabaseOptions {
        acquire_timeout: Duration::from_millis(50),
        ..DatabaseOptions::default()
    };
    let hasty = &Database::open(&test_db.url, &hasty).await.unwrap();
    let look = |tx: Tx| async move {
        // It has only read so far.
        assert_eq!(carousels::find(&tx, &id("1")).await?, None);
        let open = |tx| async move { carousels::open(&tx, &new_carousel("1")).await };
        let other = hasty.write(open).await;
        assert!(matches!(other, Err(OpenError::Storage(error)) if error.is_transient()));
        carousels::open(&tx, &new_carousel("1")).await
    };
    assert!(test_db.db.write(look).await.unwrap().fresh);
    hasty.close().await.unwrap();
    test_db.remove().await;
}

/// The environment variable with which this program is started as the second process.
const SECOND_PROCESS: &str = "STORAGE_TEST_SECOND_PROCESS";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_share_a_file() {
    if let Ok(url) = std::env::var(SECOND_PROCESS) {
        let n = std::process::id() as usize;
        let db = Database::open(&url, &DatabaseOptions::default()).await.unwrap();
        return open_with_events(&db, n, 50).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bible.db").display());
    let children: Vec<_> = (0..2)
        .map(|_| {
            tokio::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "concurrency::three_processes_share_a_file"])
                .env(SECOND_PROCESS, &url)
                .output()
        })
        .collect();
    // All three create the file, migrate it and write to it at the same time.
    let db = Database::open(&url, &DatabaseOptions::default()).await.unwrap();
    let (children, ours) =
        tokio::join!(futures::future::join_all(children), open_with_events(&db, 0, 50));
    ours.unwrap();
    for child in children {
        let child = child.unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    }
    assert_eq!(outbox::unpublished(&db.read(), 1_000).await.unwrap().rows.len(), 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_writer_leaves_no_lock_or_data() {
    if let Ok(url) = std::env::var(SECOND_PROCESS) {
        let db = Database::open(&url, &DatabaseOptions::default()).await.unwrap();
        let hang = |tx: Tx| async move {
            carousels::open(&tx, &new_carousel("killed")).await?;
            // Bypasses the test runner, which captures printed output.
            std::io::stderr().write_all(b"held\n").unwrap();
            std::future::pending::<Result<(), OpenError>>().await
        };
        return db.write(hang).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bible.db");
    let url = format!("sqlite://{}", path.display());
    let db = Database::open(&url, &DatabaseOptions::default()).await.unwrap();
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact"])
        .arg("concurrency::killed_writer_leaves_no_lock_or_data")
        .env(SECOND_PROCESS, &url)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    while said.next_line().await.unwrap().expect("it ended by itself") != "held" {}
    child.kill().await.unwrap();

    let killed = CarouselId::new(RequestSource::Cli, "killed").unwrap();
    let opened = db
        .write(|tx| async move { carousels::open(&tx, &new_carousel("killed")).await })
        .await
        .unwrap();
    assert!(opened.fresh, "{killed} was left behind");
}
