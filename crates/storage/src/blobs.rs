//! [`Blobs`]: pictures and long texts, named by their contents; and which picture a recipe gave.
//!
//! A blob's key is the SHA-256 of its bytes, so two carousels with the same slide share it, writing
//! it twice is writing it once, and a damaged one is found out when it is read. Beside the blobs
//! lies a cache from a *recipe* (the renderer's hash over everything that goes into a picture) to
//! the blob it gave: in the blob store and not in the database, because whoever draws has no
//! access to the database.
//!
//! **Invariants.** A blob appears whole or not at all: the local store writes beside and renames,
//! so a `kill -9` leaves at most a file that nobody looks at (`…#1`). Using a blob, be it by writing
//! it or by finding it through its recipe, renews its age, and [`collect`], which alone deletes,
//! spares the young: it can't take a blob from under a carousel that is being made.
//!
//! **After a power cut** a blob that was written in the last seconds may be missing or damaged, as
//! may the last transactions of a SQLite database: nothing is synced to the disk one by one. The
//! digest tells, and a picture is drawn again. An object store in a cloud has no such gap.

mod collect;
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

pub use collect::{Collected, collect};
pub use s3::S3Options;

use crate::Error;

const SETTING: &str = "BLOBS_URL";

/// A store of content-addressed files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, where it is one.
    root: Option<PathBuf>,
}

impl Blobs {
    /// Opens the store in a local folder, given as a path or as `file:///…`, and makes the folder
    /// where it is missing; or the bucket `s3://bucket/prefix`, without any options.
    ///
    /// # Errors
    /// [`Error::BlobsAddress`] for any other address, [`Error::Unwritable`] for a folder that can't
    /// be written.
    pub fn open(location: &str) -> Result<Self, Error> {
        Self::open_with(location, &S3Options::default())
    }

    /// Opens a store as [`Blobs::open`] does; `options` are for `s3://`, whose address may hold
    /// `endpoint`, `region` and `path_style` as well. Whether a bucket is there shows when it is
    /// first used: [ping](Self::ping) it.
    ///
    /// # Errors
    /// Those of [`Blobs::open`].
    pub fn open_with(location: &str, options: &S3Options) -> Result<Self, Error> {
        let path = match location.split_once("://") {
            None => location,
            Some(("file", path)) => path,
            Some(("s3", _)) => {
                let store = s3::open(location, options)?;
                return Ok(Self { store, root: None });
            }
            // What follows the scheme may hold a password.
            Some((scheme, _)) => {
                return Err(Error::BlobsAddress(format!("its scheme is “{scheme}”")));
            }
        };
        let (store, root) = local::open(path)?;
        let root = Some(root);
        Ok(Self { store, root })
    }

    /// Asks the store for a sign of life, by reading: probes are frequent and cost the store nothing.
    ///
    /// # Errors
    /// [`Error::Blobs`] when it has none to give.
    pub async fn ping(&self) -> Result<(), Error> {
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
        self.write(&place(&key), contents).await?;
        Ok(record)
    }

    /// The contents of a blob, held against its key.
    ///
    /// # Errors
    /// [`Error::BlobMissing`]; [`Error::BlobCorrupt`], to be treated as missing: make it again;
    /// [`Error::Blobs`].
    pub async fn get(&self, key: &BlobKey) -> Result<Bytes, Error> {
        let (contents, condemned) = match self.read(&place(key)).await? {
            Some(contents) => (contents, false),
            None => match self.read(&condemned(key)).await? {
                Some(contents) => (contents, true),
                None => return Err(Error::BlobMissing(key.clone())),
            },
        };
        if hex(&Sha256::digest(&contents).into()) != key.digest() {
            return Err(Error::BlobCorrupt(key.clone()));
        }
        if condemned {
            // Somebody wants it after all.
            self.write(&place(key), contents.clone()).await?;
        }
        Ok(contents)
    }

    /// Stores it there; in a folder, for one user alone.
    async fn write(&self, place: &ObjectPath, contents: Bytes) -> Result<(), Error> {
        self.store.put(place, contents.into()).await?;
        if let Some(root) = &self.root {
            local::close(root.clone(), place.to_string()).await;
        }
        Ok(())
    }

    /// What lies there, if anything does.
    async fn read(&self, place: &ObjectPath) -> Result<Option<Bytes>, Error> {
        match self.store.get(place).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether there is such a blob. Does not look at what is in it.
    ///
    /// # Errors
    /// [`Error::Blobs`].
    pub async fn exists(&self, key: &BlobKey) -> Result<bool, Error> {
        for place in [place(key), condemned(key)] {
            match self.store.head(&place).await {
                Ok(_) => return Ok(true),
                Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    /// The picture that this recipe gave, if it was drawn before and is still there, undamaged.
    /// Renews its age.
    ///
    /// # Errors
    /// [`Error::Blobs`]; whatever is only missing or damaged is `None`: draw it.
    pub async fn drawn(&self, recipe: &[u8; 32]) -> Result<Option<BlobRecord>, Error> {
        let Some(record) = self.noted(recipe).await? else {
            return Ok(None);
        };
        let Ok(key) = BlobKey::parse(&record.key) else {
            return Ok(None);
        };
        match self.get(&key).await {
            Ok(contents) if contents.len() as u64 == record.bytes => {
                self.write(&place(&key), contents).await?;
                Ok(Some(record))
            }
            Ok(_) | Err(Error::BlobMissing(_) | Error::BlobCorrupt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The picture that this recipe gave, whether or not it is still there.
    ///
    /// # Errors
    /// [`Error::Blobs`].
    pub async fn noted(&self, recipe: &[u8; 32]) -> Result<Option<BlobRecord>, Error> {
        let note = self.read(&note(recipe)).await?;
        Ok(note.and_then(|note| serde_json::from_slice(&note).ok()))
    }

    /// Notes which picture this recipe gave.
    ///
    /// # Errors
    /// [`Error::Blobs`].
    pub async fn remember(&self, recipe: &[u8; 32], picture: &BlobRecord) -> Result<(), Error> {
        let json = serde_json::to_vec(picture).expect("a record is text and a number");
        self.write(&note(recipe), json.into()).await?;
        Ok(())
    }
}

/// Where a blob lies: spread over 256 folders, because a folder with a million files is slow.
fn place(key: &BlobKey) -> ObjectPath {
    ObjectPath::from(format!("{}/{key}", &key.digest()[..2]))
}

/// Where a blob lies that nobody refers to, until it is deleted or wanted again.
fn condemned(key: &BlobKey) -> ObjectPath {
    ObjectPath::from(format!("condemned/{key}"))
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
