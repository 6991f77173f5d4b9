//! Budgets of model calls: concurrent and repeated requests, settling and release; and the daily
//! limit of uploads.

use domain::{UserId, failure::FailureKind};
use storage::{
    Database, Tx,
    admissions::{self, AdmissionKind, AdmissionRequest, AdmitError, CostBudget},
    carousels::{self, UndoOutcome},
    uploads::{self, NewUpload},
    usage::{self, ModelCallUsage},
};

use crate::database::{StorageTestDatabase, at, id, new_carousel, on_each_database, written};

on_each_database!(
    fifty_concurrent_requests_stay_within_budget,
    repeated_request_is_admitted_once,
    settling_frees_the_unspent_reservation,
    capture_frees_the_unneeded_reservation,
    closed_carousel_reserves_nothing,
    daily_request_limit_holds_under_concurrency,
    open_carousel_limit_holds_under_concurrency,
    daily_upload_limit_holds_under_concurrency,
);

const BUDGET: u64 = 500;
const WORK: u64 = 90;
const CALL: u64 = 40;

fn request(n: usize) -> AdmissionRequest {
    AdmissionRequest {
        id: format!("answer-{n}/"),
        workflow_id: format!("answer-{n}"),
        user: UserId::local(),
        kind: AdmissionKind::Request,
        at: at(0),
        max_per_day: None,
        cost: Some(CostBudget { daily_budget: BUDGET, expected: WORK, largest_call: CALL }),
    }
}

async fn admit(db: &Database, request: &AdmissionRequest) -> Result<Option<u64>, AdmitError> {
    db.write(|tx| async move { admissions::admit(&tx, request).await }).await
}

async fn settle(db: &Database, request: &AdmissionRequest, cost: u64) {
    let entries = &[ModelCallUsage {
        id: format!("{}0", request.id),
        user: request.user.clone(),
        provider: "openai".to_owned(),
        model: "m".to_owned(),
        tokens_in: 1,
        tokens_out: 1,
        cost_micros: cost,
        at: request.at,
    }];
    let write = |tx: Tx| async move {
        usage::record(&tx, entries).await?;
        admissions::settle(&tx, &request.id, at(1)).await
    };
    db.write(write).await.unwrap();
}

/// Runs `count` tasks concurrently, each with its own handle.
async fn run_concurrently<T, F>(
    test_db: &StorageTestDatabase,
    count: usize,
    work: impl Fn(Database, usize) -> F,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let other = test_db.reopen().await;
    let each = (0..count).map(|n| {
        let db = if n % 2 == 0 { test_db.db.clone() } else { other.clone() };
        tokio::spawn(work(db, n))
    });
    let running: Vec<_> = each.collect();
    let mut done = Vec::new();
    for task in running {
        done.push(task.await.unwrap());
    }
    other.close().await.unwrap();
    done
}

async fn fifty_concurrent_requests_stay_within_budget(test_db: &StorageTestDatabase) {
    let answers =
        run_concurrently(test_db, 50, |db, n| async move { admit(&db, &request(n)).await }).await;
    let allowed: Vec<u64> = answers.iter().flatten().map(|it| it.unwrap()).collect();
    let sum: u64 = allowed.iter().sum();
    assert!(sum <= BUDGET + CALL, "{sum} of {BUDGET} and a call of {CALL}");
    assert_eq!(allowed.len(), BUDGET.div_ceil(WORK) as usize);
    for refused in answers.into_iter().filter_map(Result::err) {
        let said = refused.to_string();
        assert!(said.contains("2026-11-25 00:00:00 UTC"), "{said}");
    }
}

async fn repeated_request_is_admitted_once(test_db: &StorageTestDatabase) {
    let tiny = AdmissionRequest {
        cost: Some(CostBudget { daily_budget: 10, expected: WORK, largest_call: CALL }),
        ..request(0)
    };
    // Like an attempt that lost the answer.
    for _ in 0..3 {
        assert_eq!(admit(&test_db.db, &tiny).await.unwrap(), Some(10 + CALL));
    }
    let other = AdmissionRequest { id: "answer-1/".to_owned(), ..tiny };
    let refused = admit(&test_db.db, &other).await.unwrap_err();
    assert!(matches!(refused, AdmitError::OverBudget { .. }));
    let somebody_else = AdmissionRequest { user: UserId::parse("tg-7").unwrap(), ..other };
    assert!(admit(&test_db.db, &somebody_else).await.is_ok());
}

async fn settling_frees_the_unspent_reservation(test_db: &StorageTestDatabase) {
    for n in 0..6 {
        admit(&test_db.db, &request(n)).await.unwrap();
    }
    assert!(admit(&test_db.db, &request(6)).await.is_err());
    for n in 0..6 {
        settle(&test_db.db, &request(n), 20).await;
        settle(&test_db.db, &request(n), 20).await;
    }
    let (reader, user) = (test_db.db.read(), UserId::local());
    let left = admissions::has_budget_left(&reader, &user, BUDGET, at(2)).await;
    assert!(left.unwrap());
    assert_eq!(admit(&test_db.db, &request(6)).await.unwrap(), Some(WORK));
    // One that cost more than expected.
    settle(&test_db.db, &request(6), BUDGET).await;
    assert!(admit(&test_db.db, &request(7)).await.is_err());
    let tomorrow = AdmissionRequest { at: at(24 * 3600), ..request(7) };
    assert_eq!(admit(&test_db.db, &tomorrow).await.unwrap(), Some(WORK));
}

async fn capture_frees_the_unneeded_reservation(test_db: &StorageTestDatabase) {
    let long = &request(0);
    admit(&test_db.db, long).await.unwrap();
    assert_eq!(written!(test_db, admissions::capture, &long.id, 30, 25).unwrap(), Some(25));
    let reader = test_db.db.read();
    assert_eq!(admissions::allowance(&reader, &long.id).await.unwrap(), Some(25));
    let open = admissions::open_before(&reader, at(1), 10).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].workflow, "answer-0");
    settle(&test_db.db, long, 30).await;
    assert_eq!(admissions::allowance(&reader, &long.id).await.unwrap(), None);
    assert!(admissions::open_before(&reader, at(1), 10).await.unwrap().is_empty());
    assert_eq!(written!(test_db, admissions::prune, at(2), 10).unwrap(), 1);
}

async fn closed_carousel_reserves_nothing(test_db: &StorageTestDatabase) {
    let carousel = &id("paid");
    test_db.opened(&new_carousel("paid")).await.unwrap();
    let reserved = AdmissionRequest {
        id: format!("{carousel}/"),
        workflow_id: carousel.as_str().to_owned(),
        kind: AdmissionKind::Carousel,
        ..request(0)
    };
    let wish = AdmissionRequest { id: format!("{carousel}/wish"), ..reserved.clone() };
    admit(&test_db.db, &reserved).await.unwrap();
    admit(&test_db.db, &wish).await.unwrap();
    written!(
        test_db,
        carousels::abandon,
        carousel,
        UndoOutcome::Failed(FailureKind::Unavailable),
        "why",
        at(1)
    )
    .unwrap();
    let open = admissions::open_before(&test_db.db.read(), at(9), 10).await.unwrap();
    assert!(open.is_empty(), "{open:?}");
}

async fn daily_request_limit_holds_under_concurrency(test_db: &StorageTestDatabase) {
    let answers = run_concurrently(test_db, 20, |db, n| async move {
        let limited = AdmissionRequest { max_per_day: Some(5), cost: None, ..request(n) };
        admit(&db, &limited).await
    })
    .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 5);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, AdmitError::TooManyRequests { limit: 5, .. }));
    }
}

async fn open_carousel_limit_holds_under_concurrency(test_db: &StorageTestDatabase) {
    let answers = run_concurrently(test_db, 20, |db, n| async move {
        let wanted =
            carousels::NewCarousel { most_open: Some(3), ..new_carousel(&format!("at-once-{n}")) };
        let wanted = &wanted;
        db.write(|tx| async move { carousels::open(&tx, wanted).await }).await
    })
    .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 3);
}

async fn daily_upload_limit_holds_under_concurrency(test_db: &StorageTestDatabase) {
    let file = |n: usize, at| NewUpload {
        id: format!("81-{n}"),
        user: UserId::local(),
        bytes: 19 << 20,
        at,
    };
    let send = |db: Database, upload: NewUpload| async move {
        let upload = &upload;
        let admit = |tx: Tx| async move { uploads::admit(&tx, upload, 100 << 20).await };
        db.write(admit).await.unwrap()
    };
    let taken = run_concurrently(test_db, 10, |db, n| send(db, file(n, at(0)))).await;
    assert_eq!(taken.iter().filter(|it| **it).count(), 5);
    // A redelivered update is the same file.
    let again = run_concurrently(test_db, 10, |db, n| send(db, file(n, at(1)))).await;
    assert_eq!(taken, again);
    assert!(send(test_db.db.clone(), file(99, at(24 * 3600))).await, "a new day");
    assert_eq!(written!(test_db, uploads::prune, at(2), 10).unwrap(), 5);
}
