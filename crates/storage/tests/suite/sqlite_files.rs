//! SQLite only: files and folders.

use std::path::Path;

use storage::{Blobs, Database, DatabaseOptions, DatabaseRole, StorageError};

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// A path that not even root can write to.
#[cfg(target_os = "linux")]
const UNWRITABLE: &str = "/proc/sys/bible";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn unwritable_path_error_names_the_setting() {
    let options = DatabaseOptions::default();
    let in_new_folder = Database::open(&url(&Path::new(UNWRITABLE).join("b.db")), &options).await;
    let in_folder = Database::open("sqlite:///proc/sys/b.db", &options).await;
    let blobs = Blobs::open(UNWRITABLE);
    for (error, place, setting) in [
        (in_new_folder.unwrap_err(), UNWRITABLE, "DATABASE_URL"),
        (in_folder.unwrap_err(), "/proc/sys", "DATABASE_URL"),
        (blobs.unwrap_err(), UNWRITABLE, "BLOBS_URL"),
    ] {
        let text = error.to_string();
        assert!(matches!(error, StorageError::Unwritable { .. }), "{text}");
        assert!(text.starts_with(&format!("{place} can't be written (")), "{text}");
        assert!(text.contains("write access") && text.contains(setting), "{text}");
    }
}

#[tokio::test]
async fn non_database_file_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bible.db");
    let letter = "Dear database, this is a letter. ".repeat(100);
    std::fs::write(&path, &letter).unwrap();
    let error = Database::open(&url(&path), &DatabaseOptions::default()).await.unwrap_err();
    assert!(matches!(error, StorageError::NotADatabase { .. }), "{error}");
    assert!(error.to_string().contains("not a SQLite database"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn tool_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("elsewhere").join("bible.db");
    let tool = DatabaseOptions::of(DatabaseRole::Tool);
    let error = Database::open(&url(&path), &tool).await.unwrap_err();
    assert!(error.to_string().contains("set DATABASE_URL"), "{error}");
    assert!(!path.parent().unwrap().exists());
}

#[tokio::test]
async fn path_may_have_spaces_and_unicode() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("мои данные").join("bible.db");
    let db = Database::open(&url(&path), &DatabaseOptions::default()).await.unwrap();
    db.ping().await.unwrap();
    assert!(path.is_file());
}

#[tokio::test]
async fn journal_mode_is_wal() {
    let test_db = crate::database::StorageTestDatabase::sqlite().await;
    assert!(test_db.folder.join("data/bible.db-wal").is_file(), "the journal is a write-ahead log");
    test_db.remove().await;
}
