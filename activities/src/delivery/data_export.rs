//! Sends users their data as one ZIP: all their rows as JSON, and the pictures of their newest
//! carousels, as many as fit.

use ::render::archive;
use ::telegram::{OutgoingFile, Phrase, bot_api_limits::DOCUMENT_BYTES};
use domain::{AccountId, BlobKey, CarouselId, Language, UserId};
use storage::{
    Blobs, Database,
    carousels::{self, CarouselFilter},
    privacy::{self, DataSubject},
};
use workflows::privacy::{ExportInput, SendExport};

use super::telegram_sender::{OptionalSender, missing_bot};
use crate::{
    activity_failure::ActivityFailure,
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
};

const EXPORT_FILE_NAME: &str = "my-data.zip";

/// The newest carousels, up to this number, are exported with pictures.
const MAX_CAROUSELS: u32 = 200;

/// Bytes reserved for the ZIP's directory and Telegram's request.
const RESERVED_BYTES: usize = 512 * 1024;

pub struct ExportService {
    sender: OptionalSender,
    db: Database,
    blobs: Blobs,
    conditions: ActivityEnvironment,
}

/// Files collected for a ZIP.
#[derive(Default)]
struct ZipContents {
    files: Vec<(String, Vec<u8>)>,
    bytes: usize,
}

impl ExportService {
    pub(super) fn new(
        sender: OptionalSender,
        db: Database,
        blobs: Blobs,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self { sender, db, blobs, conditions }
    }
}

impl HandleActivity<SendExport> for ExportService {
    async fn handle(&self, run: ActivityRun, input: ExportInput) -> Result<(), ActivityFailure> {
        // A well-formed id that no carousel can have.
        let id = format!("carousel-event-{}", run.workflow);
        let attempt = run.for_carousel(&id)?;
        let post = self.sender.as_deref().ok_or_else(missing_bot)?;
        let language = input.destination.language.parse().unwrap_or(Language::En);
        let bytes = self.build_zip(&input, language).await?;
        let name = EXPORT_FILE_NAME.to_owned();
        let bytes = bytes.into();
        let file = OutgoingFile::Bytes { name, bytes };
        let caption = Phrase::ExportReady.html(language);
        post.send_export(&attempt, &input.destination, file, caption).await
    }
}

impl ExportService {
    async fn build_zip(
        &self,
        input: &ExportInput,
        language: Language,
    ) -> Result<Vec<u8>, ActivityFailure> {
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let account = (input.account != 0).then(|| AccountId::new(input.account));
        let who = DataSubject { user, account };
        let mut files = ZipContents::default();
        for rows in privacy::export(&self.db.read(), &who).await? {
            let json = serde_json::to_vec_pretty(&rows.rows).unwrap_or_default();
            files.add(format!("{}.json", rows.table), json);
        }
        let pictures = self.pictures(&who.user, &mut files).await?;
        let readme = Phrase::ExportReadme { pictures }.plain(language);
        files.files.insert(0, ("README.txt".to_owned(), readme.into_bytes()));
        let packing = tokio::task::spawn_blocking(move || archive(&files.files));
        let broken = |error: &dyn std::fmt::Display| ActivityFailure::Unavailable {
            reason: format!("the export task failed: {error}"),
            retry_after: None,
        };
        let packed = packing.await.map_err(|e| broken(&e))?;
        packed.map_err(|e| broken(&e))
    }

    /// Adds the pictures of the newest carousels, whole carousels while they fit. Returns the
    /// number of carousels.
    async fn pictures(
        &self,
        user: &UserId,
        files: &mut ZipContents,
    ) -> Result<u64, ActivityFailure> {
        let reader = self.db.read();
        let newest = CarouselFilter {
            user: Some(user.clone()),
            limit: MAX_CAROUSELS,
            ..CarouselFilter::default()
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
                self.picture(&carousel.id, number, &picture.key, files).await?;
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
        files: &mut ZipContents,
    ) -> Result<(), ActivityFailure> {
        let Ok(key) = BlobKey::parse(key) else {
            return Ok(());
        };
        let ending = key.as_str().rsplit('.').next().unwrap_or_default();
        let name = format!("pictures/{id}/slide-{number:02}.{ending}");
        match self.blobs.get(&key).await {
            Ok(bytes) => files.add(name, bytes.to_vec()),
            Err(storage::StorageError::BlobMissing(_) | storage::StorageError::BlobCorrupt(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl ZipContents {
    fn fits(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= DOCUMENT_BYTES - RESERVED_BYTES
    }

    /// Skips a file that does not fit.
    fn add(&mut self, name: String, contents: Vec<u8>) {
        if self.fits(contents.len()) {
            self.bytes += contents.len();
            self.files.push((name, contents));
        }
    }
}

handles!(ExportService: SendExport);
