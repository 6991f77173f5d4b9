//! Sends users their data as one ZIP: all their rows as JSON, and the pictures of their newest
//! carousels, as many as fit.

use std::sync::Arc;

use ::render::archive;
use ::telegram::{File, Phrase, limits::DOCUMENT_BYTES};
use domain::{AccountId, BlobKey, CarouselId, Language, UserId};
use storage::{
    Blobs, Database,
    carousels::{self, Filter},
    privacy::{self, Person},
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{self, ExportInput};

use super::telegram::{MaybePost, no_bot};
use crate::{
    attempt::{Attempt, Conditions},
    error::Error,
};

const NAME: &str = "my-data.zip";

/// The newest carousels, up to this number, are exported with pictures.
const CAROUSELS: u32 = 200;

/// Bytes reserved for the ZIP's directory and Telegram's request.
const ROOM: usize = 512 * 1024;

/// The export activity of the delivery pool.
pub struct Exporting {
    post: MaybePost,
    db: Database,
    blobs: Blobs,
    conditions: Conditions,
}

/// Files collected for a ZIP.
#[derive(Default)]
struct Files {
    files: Vec<(String, Vec<u8>)>,
    bytes: usize,
}

impl Exporting {
    pub(super) fn new(post: MaybePost, db: Database, blobs: Blobs, conditions: Conditions) -> Self {
        Self {
            post,
            db,
            blobs,
            conditions,
        }
    }

    async fn send(&self, attempt: Attempt, input: ExportInput) -> Result<(), Error> {
        let post = self.post.as_deref().ok_or_else(no_bot)?;
        let language = input.destination.language.parse().unwrap_or(Language::En);
        let bytes = self.made(&input, language).await?;
        let name = NAME.to_owned();
        let bytes = bytes.into();
        let file = File::Bytes { name, bytes };
        let caption = Phrase::ExportReady.html(language);
        post.own_data(&attempt, &input.destination, file, caption)
            .await
    }

    async fn made(&self, input: &ExportInput, language: Language) -> Result<Vec<u8>, Error> {
        let user = UserId::parse(&input.user).map_err(|e| Error::Input(e.to_string()))?;
        let account = (input.account != 0).then(|| AccountId::new(input.account));
        let who = Person { user, account };
        let mut files = Files::default();
        for rows in privacy::export(&self.db.read(), &who).await? {
            let json = serde_json::to_vec_pretty(&rows.rows).unwrap_or_default();
            files.add(format!("{}.json", rows.table), json);
        }
        let pictures = self.pictures(&who.user, &mut files).await?;
        let readme = Phrase::ExportReadme { pictures }.plain(language);
        files
            .files
            .insert(0, ("README.txt".to_owned(), readme.into_bytes()));
        let packing = tokio::task::spawn_blocking(move || archive(&files.files));
        let broken = |error: &dyn std::fmt::Display| Error::Unavailable {
            reason: format!("the export task failed: {error}"),
            retry_after: None,
        };
        let packed = packing.await.map_err(|e| broken(&e))?;
        packed.map_err(|e| broken(&e))
    }

    /// Adds the pictures of the newest carousels, whole carousels while they fit. Returns the
    /// number of carousels.
    async fn pictures(&self, user: &UserId, files: &mut Files) -> Result<u64, Error> {
        let reader = self.db.read();
        let newest = Filter {
            user: Some(user.clone()),
            limit: CAROUSELS,
            ..Filter::default()
        };
        let mut count = 0;
        for carousel in carousels::list(&reader, &newest).await?.rows {
            let Some(revision) = carousel.revision else {
                continue;
            };
            let pictures = carousels::pictures(&reader, &carousel.id, revision).await?;
            let size: u64 = pictures.iter().map(|picture| picture.bytes).sum();
            if pictures.is_empty() {
                continue;
            }
            if !files.fits(usize::try_from(size).unwrap_or(usize::MAX)) {
                break;
            }
            for (number, picture) in (1..).zip(&pictures) {
                self.picture(&carousel.id, number, &picture.key, files)
                    .await?;
            }
            count += 1;
        }
        Ok(count)
    }

    /// A missing picture is left out.
    async fn picture(
        &self,
        id: &CarouselId,
        number: u32,
        key: &str,
        files: &mut Files,
    ) -> Result<(), Error> {
        let Ok(key) = BlobKey::parse(key) else {
            return Ok(());
        };
        let ending = key.as_str().rsplit('.').next().unwrap_or_default();
        let name = format!("pictures/{id}/slide-{number:02}.{ending}");
        match self.blobs.get(&key).await {
            Ok(bytes) => files.add(name, bytes.to_vec()),
            Err(storage::Error::BlobMissing(_) | storage::Error::BlobCorrupt(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl Files {
    fn fits(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= DOCUMENT_BYTES - ROOM
    }

    /// Skips a file that does not fit.
    fn add(&mut self, name: String, contents: Vec<u8>) {
        if self.fits(contents.len()) {
            self.bytes += contents.len();
            self.files.push((name, contents));
        }
    }
}

#[activities]
impl Exporting {
    #[activity(definition = contract::exporting::SendExport)]
    pub async fn send_export(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: ExportInput,
    ) -> Result<(), ActivityError> {
        // A well-formed id that no carousel can have.
        let workflow = ctx.info().workflow_id.clone().unwrap_or_default();
        let id = format!("carousel-event-{workflow}");
        self.conditions
            .attempt_for(&ctx, &id, |attempt| self.send(attempt, input))
            .await
    }
}
