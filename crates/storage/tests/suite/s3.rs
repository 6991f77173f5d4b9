//! Blobs in an S3-compatible store: `moto`, which the tests install and start.

mod moto;

use domain::{BlobKey, record::BlobRecord};
use storage::{Blobs, S3Options, StorageError};

use crate::{
    database::StorageTestDatabase,
    garbage::{collect_after, reference_as_avatar},
};
use moto::Moto;

fn key(record: &BlobRecord) -> BlobKey {
    BlobKey::parse(&record.key).unwrap()
}

/// What an operator would set.
fn options(moto: &Moto) -> S3Options {
    S3Options::read(|name| {
        Some(match name {
            "AWS_ACCESS_KEY_ID" => "key".to_owned(),
            "AWS_SECRET_ACCESS_KEY" => "hunter2".to_owned(),
            "AWS_REGION" => "eu-west-1".to_owned(),
            "AWS_ENDPOINT_URL" => moto.url(),
            _ => return None,
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blobs_work_in_a_bucket() {
    let Some(moto) = Moto::start().await else { return };
    let blobs = Blobs::open_with("s3://slides/bible/v1", &options(&moto)).unwrap();
    blobs.ping().await.unwrap();
    let record = blobs.put("тест".as_bytes().to_vec(), "txt").await.unwrap();
    assert_eq!(blobs.put("тест".as_bytes().to_vec(), "txt").await.unwrap(), record);
    assert_eq!(blobs.get(&key(&record)).await.unwrap(), "тест".as_bytes());
    assert!(blobs.exists(&key(&record)).await.unwrap());

    assert_eq!(blobs.cached_picture(&[7; 32]).await.unwrap(), None);
    blobs.cache_picture(&[7; 32], &record).await.unwrap();
    assert_eq!(blobs.cached_picture(&[7; 32]).await.unwrap(), Some(record.clone()));

    // It is below the prefix, and a foreign write to it is detected.
    let place = format!("slides/bible/v1/{}/{}", &record.key[..2], record.key);
    moto.put(&place, "torn").await;
    assert!(matches!(blobs.get(&key(&record)).await, Err(StorageError::BlobCorrupt(_))));
    let missing = BlobKey::new(&[9; 32], "jpg").unwrap();
    assert!(matches!(blobs.get(&missing).await, Err(StorageError::BlobMissing(_))));
    assert!(!blobs.exists(&missing).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collector_works_in_a_bucket() {
    let Some(moto) = Moto::start().await else { return };
    let test_db = StorageTestDatabase::sqlite().await;
    let blobs = Blobs::open_with("s3://slides", &options(&moto)).unwrap();
    let avatar = blobs.put("an avatar", "jpg").await.unwrap();
    let nobody = blobs.put("nobody's", "jpg").await.unwrap();
    let wanted = blobs.put("wanted later", "jpg").await.unwrap();
    blobs.ping().await.unwrap();
    reference_as_avatar(&test_db, &avatar).await;

    let first = collect_after(&test_db, &blobs, 25).await;
    assert!(first.problems.is_empty(), "{:?}", first.problems);
    assert_eq!((first.listed, first.referenced, first.condemned), (3, 1, 2));
    assert_eq!(blobs.get(&key(&wanted)).await.unwrap(), "wanted later");
    let second = collect_after(&test_db, &blobs, 25).await;
    assert_eq!((second.deleted, second.condemned), (2, 1), "put back, and old by then");
    assert_eq!(blobs.get(&key(&wanted)).await.unwrap(), "wanted later");
    assert!(!blobs.exists(&key(&nobody)).await.unwrap());
    assert_eq!(blobs.get(&key(&avatar)).await.unwrap(), "an avatar");
    test_db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bucket_error_does_not_leak_keys() {
    let Some(moto) = Moto::start().await else { return };
    let address = format!("s3://nobodys?endpoint={}&region=eu-west-1&path_style=true", moto.url());
    let blobs = Blobs::open_with(&address, &options(&moto)).unwrap();
    let error = blobs.ping().await.unwrap_err();
    assert!(error.to_string().contains("NoSuchBucket"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");

    let options = options(&moto);
    drop(moto);
    let away = Blobs::open_with("s3://slides", &options).unwrap();
    let error = away.ping().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}
