//! The garbage collector of blobs: deletes unreferenced blobs in two steps, one grace period apart.
//!
//! First an old, unreferenced blob is *condemned*: its contents move to `condemned/`. One grace
//! period later it is deleted if it is still unreferenced, and put back otherwise. In between it
//! can still be read ([`Blobs::get`] looks there too, and puts it back). This makes a race harmless
//! that no store can prevent (a delete on the condition that no put came first): a put between
//! check and delete wrote the same bytes that are kept in `condemned/`.
//!
//! Blobs of erased people are marked. They are deleted without a grace period, unless another row
//! refers to them or they were written again since.
//!
//! An entry of the render cache lives longer than a picture, because it is small. It is deleted
//! when it is old; then the picture is drawn again. Files that are not ours are left alone.

use chrono::TimeDelta;
use domain::BlobKey;
use events::Timestamp;
use futures::TryStreamExt as _;
use object_store::{ObjectMeta, ObjectStoreExt as _, path::Path as ObjectPath};

use super::{Blobs, blob_path, condemned_path};
use crate::{Database, Result, StorageError, privacy::erased_blobs, references};

/// The lifetime of a cache entry, in grace periods.
const CACHE_GRACE_PERIODS: i32 = 7;

/// How many files are checked with one database query.
const FILES_PER_QUERY: usize = 500;

#[derive(Debug, Default)]
pub struct CollectionReport {
    /// Files that were listed.
    pub listed: u64,
    /// Old blobs that are still referenced.
    pub referenced: u64,
    pub condemned: u64,
    /// Condemned blobs that were put back because they are referenced again.
    pub restored: u64,
    /// Condemned blobs that were deleted.
    pub deleted: u64,
    /// Blobs that were deleted at once, because their owners had their data deleted.
    pub erased: u64,
    /// Cache entries that were deleted.
    pub cache_entries: u64,
    /// Half-written files of killed processes that were deleted.
    pub staging: u64,
    /// Files that failed; the next collection tries again.
    pub problems: Vec<StorageError>,
}

/// Deletes what has been unreferenced and unused for a grace period. May run at any time, and
/// concurrently.
///
/// # Errors
/// [`StorageError::Database`], or [`StorageError::Blobs`] if the store can't be listed. The failure of a single
/// file is added to [`CollectionReport::problems`] instead.
pub async fn collect(
    db: &Database,
    blobs: &Blobs,
    now: Timestamp,
    grace: TimeDelta,
) -> Result<CollectionReport> {
    let mut collected = CollectionReport::default();
    let collector = BlobCollector { db, blobs };
    collector.erase(&mut collected).await?;
    let mut files = blobs.store.list(None);
    let mut due = Vec::new();
    while let Some(file) = files.try_next().await? {
        collected.listed += 1;
        let age = now - file.last_modified;
        match kind(&file) {
            BlobFileKind::Blob(key) if age >= grace => due.push(DueFile::Blob(key)),
            BlobFileKind::Condemned(key) if age >= grace => due.push(DueFile::Condemned(key)),
            BlobFileKind::CacheEntry if age >= grace * CACHE_GRACE_PERIODS => {
                due.push(DueFile::CacheEntry(file.location));
            }
            BlobFileKind::Blob(_)
            | BlobFileKind::Condemned(_)
            | BlobFileKind::CacheEntry
            | BlobFileKind::Other => {}
        }
        if due.len() >= FILES_PER_QUERY {
            collector.process_due(std::mem::take(&mut due), &mut collected).await?;
        }
    }
    collector.process_due(due, &mut collected).await?;
    if let Some(root) = &blobs.root {
        let swept = super::local::sweep_staging(root.clone(), now, grace).await;
        collected.staging = swept;
    }
    Ok(collected)
}

enum BlobFileKind {
    Blob(BlobKey),
    Condemned(BlobKey),
    CacheEntry,
    /// A ping, a hidden file, a file that is not ours.
    Other,
}

/// A file that is old enough to be checked.
enum DueFile {
    Blob(BlobKey),
    Condemned(BlobKey),
    CacheEntry(ObjectPath),
}

impl DueFile {
    fn key(&self) -> Option<&BlobKey> {
        match self {
            Self::Blob(key) | Self::Condemned(key) => Some(key),
            Self::CacheEntry(_) => None,
        }
    }
}

struct BlobCollector<'a> {
    db: &'a Database,
    blobs: &'a Blobs,
}

impl BlobCollector<'_> {
    /// Deletes marked blobs. The mark is removed after the blob, so that a collection that dies in
    /// between finds it again.
    async fn erase(&self, collected: &mut CollectionReport) -> Result<()> {
        loop {
            let marks = erased_blobs::marked(&self.db.read(), FILES_PER_QUERY).await?;
            let keys: Vec<BlobKey> = marks.iter().map(|(key, _)| key.clone()).collect();
            let held = references::referenced(&self.db.read(), &keys).await?;
            let mut done = Vec::with_capacity(keys.len());
            for (key, marked_at) in marks {
                let gone = async {
                    if held.contains(&key) || self.stored_after(&key, marked_at).await? {
                        return Ok(0);
                    }
                    self.delete(&blob_path(&key)).await?;
                    self.delete(&condemned_path(&key)).await?;
                    Ok(1)
                };
                match gone.await {
                    Ok(count) => {
                        collected.erased += count;
                        done.push(key);
                    }
                    Err(error) => collected.problems.push(error),
                }
            }
            let (all, last) = (done.len() == keys.len(), keys.len() < FILES_PER_QUERY);
            let done = &done;
            let unmark = |tx| async move { erased_blobs::unmark(&tx, done).await };
            self.db.write(unmark).await?;
            // What could not be deleted stays marked for the next collection.
            if last || !all {
                return Ok(());
            }
        }
    }

    /// Whether the same contents were stored again since.
    async fn stored_after(&self, key: &BlobKey, marked_at: Timestamp) -> Result<bool> {
        match self.blobs.store.head(&blob_path(key)).await {
            Ok(file) => Ok(file.last_modified > marked_at),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn process_due(&self, due: Vec<DueFile>, collected: &mut CollectionReport) -> Result<()> {
        let keys: Vec<BlobKey> = due.iter().filter_map(DueFile::key).cloned().collect();
        let held = references::referenced(&self.db.read(), &keys).await?;
        for due in due {
            let done = match &due {
                DueFile::Blob(key) if held.contains(key) => {
                    collected.referenced += 1;
                    continue;
                }
                DueFile::Blob(key) => (self.condemn(key).await, &mut collected.condemned),
                DueFile::Condemned(key) if held.contains(key) => {
                    (self.restore(key).await, &mut collected.restored)
                }
                DueFile::Condemned(key) => {
                    (self.delete(&condemned_path(key)).await, &mut collected.deleted)
                }
                DueFile::CacheEntry(location) => {
                    (self.delete(location).await, &mut collected.cache_entries)
                }
            };
            match done {
                (Ok(()), count) => *count += 1,
                (Err(error), _) => collected.problems.push(error),
            }
        }
        Ok(())
    }

    /// Copies, then deletes, so that the blob always exists. A damaged blob is moved as it is;
    /// reading it reports the damage.
    async fn condemn(&self, key: &BlobKey) -> Result<()> {
        let contents = self.blobs.store.get(&blob_path(key)).await?.bytes().await?;
        self.blobs.store.put(&condemned_path(key), contents.into()).await?;
        self.delete(&blob_path(key)).await
    }

    async fn restore(&self, key: &BlobKey) -> Result<()> {
        let contents = self.blobs.store.get(&condemned_path(key)).await?.bytes().await?;
        self.blobs.write(&blob_path(key), contents).await?;
        self.delete(&condemned_path(key)).await
    }

    /// Another collector may have deleted it already.
    async fn delete(&self, location: &ObjectPath) -> Result<()> {
        match self.blobs.store.delete(location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Classifies a file by its path: only a path that we would have written is ours.
fn kind(file: &ObjectMeta) -> BlobFileKind {
    let parts: Vec<_> = file.location.parts().collect();
    let names: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        ["drawn", folder, recipe] if recipe.len() == 64 && recipe.starts_with(folder) => {
            BlobFileKind::CacheEntry
        }
        ["condemned", name] => {
            BlobKey::parse(name).map_or(BlobFileKind::Other, BlobFileKind::Condemned)
        }
        [folder, name] if name.get(..2) == Some(*folder) => {
            BlobKey::parse(name).map_or(BlobFileKind::Other, BlobFileKind::Blob)
        }
        _ => BlobFileKind::Other,
    }
}
