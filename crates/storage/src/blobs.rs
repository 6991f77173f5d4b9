//! [`Blobs`]: pictures and long texts, named by their contents, and the render cache.
//!
//! A blob's key is the SHA-256 of its bytes. So carousels with an identical slide share one blob,
//! writing it twice has no effect, and damage is detected when it is read. The render cache maps a
//! cache key (the renderer's hash over all inputs of a picture) to a blob. It is in the blob store
//! and not in the database, because the render workers have no access to the database.
//!
//! **Invariants.** A blob appears whole or not at all: the local store writes a temporary file and
//! renames it, so a `kill -9` leaves at most a file that is ignored (`…#1`). Using a blob, by
//! writing it or by finding it through the cache, renews its age. Only the garbage collector deletes, and
//! only old blobs, so it can't delete a blob of a carousel that is being made.
//!
//! **After a power cut** a blob that was written in the last seconds may be missing or damaged,
//! like the last transactions of a SQLite database: files are not synced one by one. The digest
//! detects this, and the picture is drawn again. An object store in a cloud does not have this gap.

mod garbage;
mod local;
mod s3;

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use domain::{BlobKey, record::BlobRecord};
use futures::StreamExt as _;
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt as _, path::Path as ObjectPath,
};
use sha2::{Digest as _, Sha256};

pub use garbage::{CollectionReport, collect};
pub use s3::S3Options;

use crate::{Result, StorageError};

const SETTING: &str = "BLOBS_URL";

/// A store of content-addressed files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, if the store is local.
    root: Option<PathBuf>,
}

impl Blobs {
    /// Opens the store in a local folder, given as a path or as `file:///…`, and creates the folder
    /// if it is missing; or opens the bucket `s3://bucket/prefix`, without options.
    ///
    /// # Errors
    /// [`StorageError::InvalidBlobsUrl`] for any other address, [`StorageError::Unwritable`] for a folder that can't
    /// be written.
    pub fn open(location: &str) -> Result<Self> {
        Self::open_with(location, &S3Options::default())
    }

    /// Opens a store as [`Blobs::open`] does. `options` are for `s3://`; such an address may also
    /// hold `endpoint`, `region` and `path_style`. A missing bucket is detected on first use: call
    /// [`ping`](Self::ping).
    pub fn open_with(location: &str, options: &S3Options) -> Result<Self> {
        let path = match location.split_once("://") {
            None => location,
            Some(("file", path)) => path,
            Some(("s3", _)) => {
                let store = s3::open(location, options)?;
                return Ok(Self { store, root: None });
            }
            // The rest of the address may hold a password.
            Some((scheme, _)) => {
                return Err(StorageError::InvalidBlobsUrl(format!("its scheme is “{scheme}”")));
            }
        };
        let (store, root) = local::open(path)?;
        let root = Some(root);
        Ok(Self { store, root })
    }

    /// Checks that the store is available, by a read: probes are frequent and must be cheap.
    pub async fn ping(&self) -> Result<()> {
        if let Some(root) = &self.root {
            let looked = tokio::fs::read_dir(root).await;
            return looked.map(drop).map_err(|source| {
                let (store, source) = ("folder", Box::new(source));
                StoreError::Generic { store, source }.into()
            });
        }
        let nothing = ObjectPath::from("ping");
        let listed = self.store.list(Some(&nothing)).next().await;
        listed.transpose()?;
        Ok(())
    }

    /// Stores `contents` under the key of their digest; `extension` is the file name's extension,
    /// without the dot. If they are stored already, this renews their age and repairs damage.
    ///
    /// # Errors
    /// [`StorageError::InvalidId`] for an invalid extension, [`StorageError::Blobs`].
    pub async fn put(&self, contents: impl Into<Bytes>, extension: &str) -> Result<BlobRecord> {
        let contents = contents.into();
        let key = BlobKey::new(&Sha256::digest(&contents).into(), extension)?;
        let record = BlobRecord { key: key.as_str().to_owned(), bytes: contents.len() as u64 };
        self.write(&blob_path(&key), contents).await?;
        Ok(record)
    }

    /// The contents of a blob, checked against its key.
    ///
    /// # Errors
    /// [`StorageError::BlobMissing`]; [`StorageError::BlobCorrupt`], which callers treat as missing and make the
    /// blob again; [`StorageError::Blobs`].
    pub async fn get(&self, key: &BlobKey) -> Result<Bytes> {
        let (contents, condemned) = match self.read(&blob_path(key)).await? {
            Some(contents) => (contents, false),
            None => match self.read(&condemned_path(key)).await? {
                Some(contents) => (contents, true),
                None => return Err(StorageError::BlobMissing(key.clone())),
            },
        };
        if hex(&Sha256::digest(&contents).into()) != key.digest() {
            return Err(StorageError::BlobCorrupt(key.clone()));
        }
        if condemned {
            // The blob is in use again.
            self.write(&blob_path(key), contents.clone()).await?;
        }
        Ok(contents)
    }

    /// In a folder, the file is readable for one user only.
    async fn write(&self, place: &ObjectPath, contents: Bytes) -> Result<()> {
        self.store.put(place, contents.into()).await?;
        if let Some(root) = &self.root {
            local::make_blob_private(root.clone(), place.to_string()).await;
        }
        Ok(())
    }

    async fn read(&self, place: &ObjectPath) -> Result<Option<Bytes>> {
        match self.store.get(place).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether this blob exists. Does not check its contents.
    pub async fn exists(&self, key: &BlobKey) -> Result<bool> {
        for place in [blob_path(key), condemned_path(key)] {
            match self.store.head(&place).await {
                Ok(_) => return Ok(true),
                Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    /// The picture of this cache key, if it was drawn before and is still there, undamaged. Renews
    /// its age.
    ///
    /// # Errors
    /// [`StorageError::Blobs`]; a missing or damaged picture is `None`, and the caller draws it.
    pub async fn cached_picture(&self, recipe: &[u8; 32]) -> Result<Option<BlobRecord>> {
        let Some(record) = self.cache_entry(recipe).await? else {
            return Ok(None);
        };
        let Ok(key) = BlobKey::parse(&record.key) else {
            return Ok(None);
        };
        match self.get(&key).await {
            Ok(contents) if contents.len() as u64 == record.bytes => {
                self.write(&blob_path(&key), contents).await?;
                Ok(Some(record))
            }
            Ok(_) | Err(StorageError::BlobMissing(_) | StorageError::BlobCorrupt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The picture of this cache key, without a check that it is still there.
    pub async fn cache_entry(&self, recipe: &[u8; 32]) -> Result<Option<BlobRecord>> {
        let note = self.read(&cache_path(recipe)).await?;
        Ok(note.and_then(|note| serde_json::from_slice(&note).ok()))
    }

    /// Records the picture of this cache key.
    pub async fn cache_picture(&self, recipe: &[u8; 32], picture: &BlobRecord) -> Result<()> {
        let json = serde_json::to_vec(picture).expect("a record is text and a number");
        self.write(&cache_path(recipe), json.into()).await?;
        Ok(())
    }
}

/// Blobs are spread over 256 folders, because a folder with a million files is slow.
fn blob_path(key: &BlobKey) -> ObjectPath {
    ObjectPath::from(format!("{}/{key}", &key.digest()[..2]))
}

/// The place of an unreferenced blob until it is deleted or used again.
fn condemned_path(key: &BlobKey) -> ObjectPath {
    ObjectPath::from(format!("condemned/{key}"))
}

fn cache_path(recipe: &[u8; 32]) -> ObjectPath {
    let recipe = hex(recipe);
    ObjectPath::from(format!("drawn/{}/{recipe}", &recipe[..2]))
}

fn hex(digest: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string can't fail");
        hex
    })
}
