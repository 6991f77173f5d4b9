//! The garbage collector on folders; references are in both databases.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use chrono::TimeDelta;
use domain::{BlobKey, UserId, failure::FailureKind, record::BlobRecord};
use events::Timestamp;
use storage::{
    Blobs, Tx,
    blobs::{CollectionReport, collect},
    references::{self, BlobHolder},
};

use crate::database::{StorageTestDatabase, at, id, new_carousel, on_each_database, written};

on_each_database!(
    unreferenced_blob_is_condemned_then_deleted,
    young_or_referenced_blob_is_kept,
    condemned_blob_can_still_be_read,
    referenced_condemned_blob_is_restored,
    put_during_collection_is_not_lost,
    foreign_files_are_kept_and_staging_is_swept,
    one_failing_file_does_not_stop_collection,
);

fn store(test_db: &StorageTestDatabase) -> (Blobs, PathBuf) {
    let root = test_db.folder.join("blobs");
    (Blobs::open(root.to_str().unwrap()).unwrap(), root)
}

pub(crate) const GRACE: TimeDelta = TimeDelta::hours(24);

/// Collects as if it were `hours` later.
pub(crate) async fn collect_after(
    test_db: &StorageTestDatabase,
    blobs: &Blobs,
    hours: i64,
) -> CollectionReport {
    let now = Timestamp::from(SystemTime::now()) + TimeDelta::hours(hours);
    collect(&test_db.db, blobs, now, GRACE).await.unwrap()
}

fn key(record: &BlobRecord) -> BlobKey {
    BlobKey::parse(&record.key).unwrap()
}

pub(crate) async fn reference_as_avatar(test_db: &StorageTestDatabase, blob: &BlobRecord) {
    let (holder, key) = (&BlobHolder::Brand(UserId::local()), &key(blob));
    written!(test_db, references::set_reference, holder, "avatar", key, at(0)).unwrap();
}

fn files(folder: &Path) -> usize {
    let count = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files(&entry.path()),
        _ => 1,
    };
    fs::read_dir(folder).unwrap().map(|entry| count(entry.unwrap())).sum()
}

async fn unreferenced_blob_is_condemned_then_deleted(test_db: &StorageTestDatabase) {
    let (blobs, root) = store(test_db);
    let blob = blobs.put("nobody's", "txt").await.unwrap();
    let first = collect_after(test_db, &blobs, 25).await;
    assert_eq!((first.listed, first.condemned, first.deleted), (1, 1, 0));
    assert!(root.join("condemned").join(&blob.key).is_file());
    assert_eq!(collect_after(test_db, &blobs, 23).await.deleted, 0);
    let second = collect_after(test_db, &blobs, 25).await;
    assert_eq!((second.condemned, second.deleted), (0, 1));
    assert!(!blobs.exists(&key(&blob)).await.unwrap());
    assert_eq!(files(&root), 0);
}

async fn young_or_referenced_blob_is_kept(test_db: &StorageTestDatabase) {
    let (blobs, _) = store(test_db);
    let source = blobs.put("a carousel's text", "txt").await.unwrap();
    let avatar = blobs.put("a brand's avatar", "jpg").await.unwrap();
    blobs.put("young", "jpg").await.unwrap();
    assert_eq!(collect_after(test_db, &blobs, 23).await.condemned, 0);

    let mut new = new_carousel("1");
    new.brief.text = source.key.clone();
    test_db.opened(&new).await.unwrap();
    reference_as_avatar(test_db, &avatar).await;
    let spared = collect_after(test_db, &blobs, 25).await;
    assert_eq!((spared.referenced, spared.condemned), (2, 1));
    let abandon = |tx: Tx| async move {
        let undone = storage::carousels::UndoOutcome::Failed(FailureKind::Unavailable);
        storage::carousels::abandon(&tx, &id("1"), undone, "so", at(1)).await
    };
    test_db.db.write(abandon).await.unwrap();
    let later = collect_after(test_db, &blobs, 25).await;
    assert_eq!((later.referenced, later.condemned), (1, 1), "the text is released");
}

async fn condemned_blob_can_still_be_read(test_db: &StorageTestDatabase) {
    let (blobs, root) = store(test_db);
    let blob = blobs.put("wanted", "txt").await.unwrap();
    blobs.cache_picture(&[7; 32], &blob).await.unwrap();
    assert_eq!(collect_after(test_db, &blobs, 25).await.condemned, 1);
    assert!(blobs.exists(&key(&blob)).await.unwrap());
    assert_eq!(blobs.cached_picture(&[7; 32]).await.unwrap(), Some(blob.clone()));
    assert!(root.join(&blob.key[..2]).join(&blob.key).is_file(), "it is back");
    // The condemned copy is deleted, the blob itself is young again.
    assert_eq!(collect_after(test_db, &blobs, 23).await.condemned, 0);
    fs::remove_file(root.join(&blob.key[..2]).join(&blob.key)).unwrap();
    assert_eq!(blobs.get(&key(&blob)).await.unwrap(), "wanted");
    fs::write(root.join("condemned").join(&blob.key), "torn").unwrap();
    fs::remove_file(root.join(&blob.key[..2]).join(&blob.key)).unwrap();
    let torn = blobs.get(&key(&blob)).await.unwrap_err();
    assert!(matches!(torn, storage::StorageError::BlobCorrupt(_)), "{torn}");
}

async fn referenced_condemned_blob_is_restored(test_db: &StorageTestDatabase) {
    let (blobs, root) = store(test_db);
    let blob = blobs.put("late", "txt").await.unwrap();
    collect_after(test_db, &blobs, 25).await;
    reference_as_avatar(test_db, &blob).await;
    let restored = collect_after(test_db, &blobs, 25).await;
    assert_eq!((restored.restored, restored.deleted), (1, 0));
    assert!(root.join(&blob.key[..2]).join(&blob.key).is_file());
    assert_eq!(blobs.get(&key(&blob)).await.unwrap(), "late");
}

async fn put_during_collection_is_not_lost(test_db: &StorageTestDatabase) {
    let (blobs, root) = store(test_db);
    let blob = blobs.put("again and again", "txt").await.unwrap();
    let path = root.join(&blob.key[..2]).join(&blob.key);
    for _ in 0..100 {
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(25)).unwrap();
        let (putting, putter) = (blobs.clone(), tokio::task::yield_now);
        let put = tokio::spawn(async move {
            putter().await;
            putting.put("again and again", "txt").await.unwrap()
        });
        let two =
            tokio::join!(collect_after(test_db, &blobs, 0), collect_after(test_db, &blobs, 0));
        assert_eq!(two.0.deleted + two.1.deleted, 0, "nothing was condemned long enough");
        put.await.unwrap();
        assert_eq!(blobs.get(&key(&blob)).await.unwrap(), "again and again");
        assert!(path.is_file());
    }
}

async fn foreign_files_are_kept_and_staging_is_swept(test_db: &StorageTestDatabase) {
    let (blobs, root) = store(test_db);
    blobs.ping().await.unwrap();
    assert_eq!(files(&root), 0, "a probe leaves nothing behind");
    let key = "ab".repeat(32);
    let strangers = [
        ".write-probe-1".to_owned(),
        "notes.txt".to_owned(),
        // A blob's name at a path that we never use.
        format!("zz/{key}.jpg"),
        format!("ab/{}.jpg", "cd".repeat(32)),
    ];
    let staging = [format!("ab/{key}.jpg#1"), format!("drawn/ab/{key}#12")];
    for name in strangers.iter().chain(&staging) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    let gone = blobs.put("gone", "txt").await.unwrap();
    blobs.cache_picture(&[7; 32], &gone).await.unwrap();

    let young = collect_after(test_db, &blobs, 23).await;
    assert_eq!((young.staging, young.cache_entries), (0, 0));
    let old = collect_after(test_db, &blobs, 25).await;
    assert_eq!((old.staging, old.cache_entries, old.condemned), (2, 0, 1));
    let very_old = collect_after(test_db, &blobs, 7 * 24 + 1).await;
    assert_eq!((very_old.cache_entries, very_old.deleted), (1, 1));
    assert_eq!(files(&root), strangers.len());
    assert!(very_old.problems.is_empty());
}

async fn one_failing_file_does_not_stop_collection(test_db: &StorageTestDatabase) {
    let (blobs, root) = store(test_db);
    let blob = blobs.put("nobody's", "txt").await.unwrap();
    blobs.cache_picture(&[7; 32], &blob).await.unwrap();
    // A file blocks the folder.
    fs::write(root.join("condemned"), "in the way").unwrap();
    let report = collect_after(test_db, &blobs, 7 * 24 + 1).await;
    assert_eq!((report.condemned, report.cache_entries, report.problems.len()), (0, 1, 1));
    assert_eq!(blobs.get(&key(&blob)).await.unwrap(), "nobody's");
    fs::remove_file(root.join("condemned")).unwrap();
    assert_eq!(collect_after(test_db, &blobs, 25).await.condemned, 1);
}
