//! Content-addressed pictures and texts, in a folder.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use domain::{BlobKey, record::BlobRecord};
use proptest::{prelude::*, test_runner::TestRunner};
use storage::{Blobs, StorageError};

fn store() -> (Blobs, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path().join("data/blobs").to_str().unwrap()).unwrap();
    (blobs, folder)
}

fn key(record: &BlobRecord) -> BlobKey {
    BlobKey::parse(&record.key).unwrap()
}

fn file(folder: &tempfile::TempDir, record: &BlobRecord) -> PathBuf {
    let name = &record.key;
    folder.path().join("data/blobs").join(&name[..2]).join(name)
}

fn age(path: &Path) -> Duration {
    SystemTime::now().duration_since(path.metadata().unwrap().modified().unwrap()).unwrap()
}

fn make_old(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(25)).unwrap();
}

#[tokio::test]
async fn blob_is_named_by_its_digest() {
    let (blobs, folder) = store();
    let record = blobs.put("тест".as_bytes().to_vec(), "txt").await.unwrap();
    // The output of `printf тест | sha256sum`.
    let digest = "e34f6dec12c4f4599eba078f31ae8139420d21b1bd2d7ced7d22b09c2074fb48";
    assert_eq!(record, BlobRecord { key: format!("{digest}.txt"), bytes: 8 });
    assert_eq!(blobs.get(&key(&record)).await.unwrap(), "тест".as_bytes());
    assert!(blobs.exists(&key(&record)).await.unwrap());
    assert!(file(&folder, &record).is_file());
}

#[tokio::test]
async fn missing_and_damaged_blobs_are_errors() {
    let (blobs, folder) = store();
    let record = blobs.put("whole", "txt").await.unwrap();
    std::fs::write(file(&folder, &record), "torn").unwrap();
    let error = blobs.get(&key(&record)).await.unwrap_err();
    assert!(matches!(error, StorageError::BlobCorrupt(_)) && !error.is_transient(), "{error}");
    // Writing it again repairs it.
    assert_eq!(blobs.put("whole", "txt").await.unwrap(), record);
    assert_eq!(blobs.get(&key(&record)).await.unwrap(), "whole");

    std::fs::remove_file(file(&folder, &record)).unwrap();
    let error = blobs.get(&key(&record)).await.unwrap_err();
    assert!(matches!(error, StorageError::BlobMissing(_)), "{error}");
    assert!(!blobs.exists(&key(&record)).await.unwrap());
}

#[tokio::test]
async fn ping_fails_without_the_folder() {
    let (blobs, folder) = store();
    blobs.ping().await.unwrap();
    let root = folder.path().join("data/blobs");
    std::fs::remove_dir_all(&root).unwrap();
    std::fs::write(&root, "now a file").unwrap();
    let error = blobs.ping().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn using_a_blob_renews_its_age() {
    let (blobs, folder) = store();
    let record = blobs.put("slide", "jpg").await.unwrap();
    let path = file(&folder, &record);
    make_old(&path);
    blobs.put("slide", "jpg").await.unwrap();
    assert!(age(&path) < Duration::from_mins(1), "written again");

    blobs.cache_picture(&[7; 32], &record).await.unwrap();
    make_old(&path);
    blobs.get(&key(&record)).await.unwrap();
    assert!(age(&path) > Duration::from_hours(24), "looking is not using");
    blobs.cached_picture(&[7; 32]).await.unwrap().unwrap();
    assert!(age(&path) < Duration::from_mins(1), "found through its cache key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_puts_leave_one_whole_file() {
    let (blobs, folder) = store();
    let contents = vec![42_u8; 300_000];
    let puts = (0..20).map(|_| {
        let (blobs, contents) = (blobs.clone(), contents.clone());
        tokio::spawn(async move { blobs.put(contents, "jpg").await.unwrap() })
    });
    let records = futures::future::join_all(puts).await;
    let record = records[0].as_ref().unwrap();
    assert!(records.iter().all(|other| other.as_ref().unwrap() == record));
    assert_eq!(blobs.get(&key(record)).await.unwrap(), contents);
    let path = file(&folder, record);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[tokio::test]
async fn cache_hit_needs_an_intact_picture() {
    let (blobs, folder) = store();
    let recipe = [9; 32];
    assert_eq!(blobs.cached_picture(&recipe).await.unwrap(), None);
    let record = blobs.put("slide", "jpg").await.unwrap();
    blobs.cache_picture(&recipe, &record).await.unwrap();
    assert_eq!(blobs.cached_picture(&recipe).await.unwrap(), Some(record.clone()));

    std::fs::write(file(&folder, &record), "torn").unwrap();
    assert_eq!(blobs.cached_picture(&recipe).await.unwrap(), None, "damaged");
    std::fs::remove_file(file(&folder, &record)).unwrap();
    assert_eq!(blobs.cached_picture(&recipe).await.unwrap(), None, "gone");
    let note = folder.path().join("data/blobs/drawn/09").join("09".repeat(32));
    std::fs::write(note, "{").unwrap();
    assert_eq!(blobs.cached_picture(&recipe).await.unwrap(), None, "the cache entry is damaged");
}

#[tokio::test]
async fn other_stores_are_refused_without_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().join("blobs").display());
    Blobs::open(&url).unwrap();
    let error = Blobs::open("ftp://key:hunter2@bucket").unwrap_err().to_string();
    assert!(error.contains("“ftp”") && !error.contains("hunter2"), "{error}");
}

#[test]
fn any_contents_round_trip() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (blobs, _folder) = store();
    let contents = proptest::collection::vec(any::<u8>(), 0..5_000);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(64));
    let outcome = runner.run(&(contents, "[a-z0-9]{1,8}"), |(contents, extension)| {
        runtime.block_on(async {
            let record = blobs.put(contents.clone(), &extension).await.unwrap();
            prop_assert_eq!(record.bytes, contents.len() as u64);
            prop_assert_eq!(blobs.get(&key(&record)).await.unwrap(), contents);
            Ok(())
        })
    });
    outcome.unwrap();
}
