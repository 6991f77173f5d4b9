//! [`Blobs`]: pictures and long texts, named by their contents; and which picture a recipe gave.
//!
//! A blob's key is the SHA-256 of its bytes, so two carousels with the same slide share it, writing
//! it twice is writing it once, and a damaged one is found out when it is read. Beside the blobs
//! lies a cache from a *recipe* (the renderer's hash over everything that goes into a picture) to
//! the blob it gave: in the blob store and not in the database, because whoever draws has no
//! access to the database.
//!
//! **Invariants.** A blob appears whole or not at all: the local store writes beside and renames,
//! so a `kill -9` leaves at most a file that nobody looks at (`…#1`). Nothing here deletes. Using a
//! blob, be it by writing it or by finding it through its recipe, renews its age, and a collector
//! that spares young blobs can't take it from under a carousel that is being made.
//!
//! **After a power cut** a blob that was written in the last seconds may be missing or damaged, as
//! may the last transactions of a SQLite database: nothing is synced to the disk one by one. The
//! digest tells, and a picture is drawn again. An object store in a cloud has no such gap.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use domain::{BlobKey, record::BlobRecord};
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt as _, local::LocalFileSystem,
    path::Path as ObjectPath,
};
use sha2::{Digest as _, Sha256};

use crate::{Error, folder};

const SETTING: &str = "BLOBS_URL";

/// A store of content-addressed files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Opens the store in a local folder, given as a path or as `file:///…`, and makes the folder
    /// where it is missing.
    ///
    /// # Errors
    /// [`Error::BlobsAddress`] for any other address, [`Error::Unwritable`] for a folder that can't
    /// be written.
    pub fn open(location: &str) -> Result<Self, Error> {
        let path = match location.split_once("://") {
            None => location,
            Some(("file", path)) => path,
            // What follows the scheme may hold a password.
            Some((scheme, _)) => return Err(Error::BlobsAddress(scheme.to_owned())),
        };
        let folder = Path::new(path);
        folder::made(folder, SETTING)?;
        folder::tried(folder, SETTING)?;
        let store = LocalFileSystem::new_with_prefix(folder)?;
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Asks the store for a sign of life, by writing to it: a full disk can still be read.
    ///
    /// # Errors
    /// [`Error::Blobs`] when it has none to give.
    pub async fn ping(&self) -> Result<(), Error> {
        self.store
            .put(&ObjectPath::from("ping"), Bytes::new().into())
            .await?;
        Ok(())
    }

    /// Stores `contents` under the key that follows from them; `extension` is the file name's
    /// ending, without the dot. When they are stored already this renews their age, and mends them
    /// if they were damaged.
    ///
    /// # Errors
    /// [`Error::Key`] for an extension that can't be one, [`Error::Blobs`].
    pub async fn put(
        &self,
        contents: impl Into<Bytes>,
        extension: &str,
    ) -> Result<BlobRecord, Error> {
        let contents = contents.into();
        let key = BlobKey::new(&Sha256::digest(&contents).into(), extension)?;
        let record = BlobRecord {
            key: key.as_str().to_owned(),
            bytes: contents.len() as u64,
        };
        self.store.put(&place(&key), contents.into()).await?;
        Ok(record)
    }

    /// The contents of a blob, held against its key.
    ///
    /// # Errors
    /// [`Error::BlobMissing`]; [`Error::BlobCorrupt`], to be treated as missing: make it again;
    /// [`Error::Blobs`].
    pub async fn get(&self, key: &BlobKey) -> Result<Bytes, Error> {
        let found = match self.store.get(&place(key)).await {
            Ok(found) => found,
            Err(StoreError::NotFound { .. }) => return Err(Error::BlobMissing(key.clone())),
            Err(error) => return Err(error.into()),
        };
        let contents = found.bytes().await?;
        let digest = hex(&Sha256::digest(&contents).into());
        if digest == key.digest() {
            Ok(contents)
        } else {
            Err(Error::BlobCorrupt(key.clone()))
        }
    }

    /// Whether there is such a blob. Does not look at what is in it.
    ///
    /// # Errors
    /// [`Error::Blobs`].
    pub async fn exists(&self, key: &BlobKey) -> Result<bool, Error> {
        match self.store.head(&place(key)).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The picture that this recipe gave, if it was drawn before and is still there, undamaged.
    /// Renews its age.
    ///
    /// # Errors
    /// [`Error::Blobs`]; whatever is only missing or damaged is `None`: draw it.
    pub async fn drawn(&self, recipe: &[u8; 32]) -> Result<Option<BlobRecord>, Error> {
        let note = match self.store.get(&note(recipe)).await {
            Ok(note) => note.bytes().await?,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Ok(record) = serde_json::from_slice::<BlobRecord>(&note) else {
            return Ok(None);
        };
        let Ok(key) = BlobKey::parse(&record.key) else {
            return Ok(None);
        };
        match self.get(&key).await {
            Ok(contents) if contents.len() as u64 == record.bytes => {
                self.store.put(&place(&key), contents.into()).await?;
                Ok(Some(record))
            }
            Ok(_) | Err(Error::BlobMissing(_) | Error::BlobCorrupt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Notes which picture this recipe gave.
    ///
    /// # Errors
    /// [`Error::Blobs`].
    pub async fn remember(&self, recipe: &[u8; 32], picture: &BlobRecord) -> Result<(), Error> {
        let json = serde_json::to_vec(picture).expect("a record is text and a number");
        self.store.put(&note(recipe), json.into()).await?;
        Ok(())
    }
}

/// Where a blob lies: spread over 256 folders, because a folder with a million files is slow.
fn place(key: &BlobKey) -> ObjectPath {
    ObjectPath::from(format!("{}/{key}", &key.digest()[..2]))
}

/// Where the note about a recipe lies.
fn note(recipe: &[u8; 32]) -> ObjectPath {
    let recipe = hex(recipe);
    ObjectPath::from(format!("drawn/{}/{recipe}", &recipe[..2]))
}

fn hex(digest: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    digest
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string can't fail");
            hex
        })
}
