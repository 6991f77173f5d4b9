//! Downloads files that users send. Checks first that the file is usable and may be stored, so a
//! refused user causes no download.

use chrono::Utc;
use domain::limits::{PICTURE_BYTES, TEXT_CHARS, VOICE_BYTES};
use runtime::settings::{Micros, Settings};
use storage::{
    admissions, carousels,
    uploads::{self, NewUpload},
};
use telegram::Phrase;

use super::{CommandHandler, HandlerError};
use crate::carousel_request;

/// Largest text file: the longest text, at four bytes a character.
const DOCUMENT_BYTES: usize = 4 * TEXT_CHARS;

/// Limits for files that users send.
#[derive(Debug, Clone, Copy, Default)]
pub struct UploadLimits {
    /// Whether any provider can transcribe.
    pub listens: bool,
    /// Bytes per user and day, if limited.
    pub bytes_per_day: Option<u64>,
    /// Carousels per user and day, if limited.
    pub carousels_per_day: Option<u32>,
    /// Budget for a user's model calls per day, if there are any and they are limited.
    pub budget: Option<Micros>,
}

impl UploadLimits {
    pub fn of(settings: &Settings) -> Self {
        let ai = &settings.ai;
        Self {
            listens: ai.transcribes(),
            bytes_per_day: settings.quota.upload_bytes_per_day,
            carousels_per_day: settings.quota.carousels_per_day,
            budget: ai.budget_per_day.filter(|_| ai.uses_models()),
        }
    }
}

impl CommandHandler<'_> {
    /// The bytes of a recording; `None` after a refusal was sent.
    pub(super) async fn recording(
        &self,
        file: &str,
        ending: &str,
        bytes: u32,
    ) -> Result<Option<Vec<u8>>, HandlerError> {
        if !self.deps.upload_limits.listens {
            return self.not(Phrase::VoiceNotTranscribed).await;
        }
        if !carousel_request::is_audio(ending) {
            return self.not(Phrase::VoiceRefused).await;
        }
        if !self.is_carousel_admitted().await? {
            return Ok(None);
        }
        self.fetch(file, bytes, VOICE_BYTES).await
    }

    /// The text of a text file; `None` after a refusal was sent.
    pub(super) async fn document(
        &self,
        file: &str,
        bytes: u32,
    ) -> Result<Option<String>, HandlerError> {
        if !self.is_carousel_admitted().await? {
            return Ok(None);
        }
        let Some(bytes) = self.fetch(file, bytes, DOCUMENT_BYTES).await? else {
            return Ok(None);
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => self.not(Phrase::FileUnreadable).await,
        }
    }

    /// The bytes of an image; `None` after a refusal was sent.
    pub(super) async fn picture(
        &self,
        file: &str,
        bytes: u32,
    ) -> Result<Option<Vec<u8>>, HandlerError> {
        self.fetch(file, bytes, PICTURE_BYTES).await
    }

    /// Whether a carousel would be admitted; sends the refusal if not. The workflow decides; this
    /// check only avoids a useless download.
    async fn is_carousel_admitted(&self) -> Result<bool, HandlerError> {
        let (reader, now) = (self.deps.db.read(), Utc::now());
        let id = self.carousel_id().map_err(storage::StorageError::from)?;
        if carousels::find(&reader, &id).await?.is_some() {
            // It was admitted before: this update was delivered again.
            return Ok(true);
        }
        if let Some(open) = self.too_many_open().await? {
            self.reply(Phrase::TooManyOpen { open }).await?;
            return Ok(false);
        }
        let UploadLimits { carousels_per_day, budget, .. } = self.deps.upload_limits;
        let mut left = true;
        if let Some(limit) = carousels_per_day {
            left = carousels::count_of_day(&reader, &self.user, now).await? < u64::from(limit);
        }
        if let Some(budget) = budget {
            left = left && admissions::has_budget_left(&reader, &self.user, budget, now).await?;
        }
        if !left {
            self.reply(Phrase::CarouselsUsedUp).await?;
        }
        Ok(left)
    }

    /// Downloads a file of at most `most` bytes. It is counted against the user's quota before the
    /// download, and no more is read than the size that Telegram stated.
    async fn fetch(
        &self,
        file: &str,
        bytes: u32,
        most: usize,
    ) -> Result<Option<Vec<u8>>, HandlerError> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        if bytes > most {
            let max = u64::from(most / 1024);
            return self.not(Phrase::FileTooLarge { max }).await;
        }
        // A file of unknown size counts with the maximum size.
        let stated = if bytes == 0 { most } else { bytes };
        if let Some(limit) = self.deps.upload_limits.bytes_per_day {
            let upload = &NewUpload {
                id: format!("{}-{}", self.deps.id, self.update.update),
                user: self.user.clone(),
                bytes: stated.into(),
                at: Utc::now(),
            };
            let admit = |tx| async move { uploads::admit(&tx, upload, limit).await };
            if !self.deps.db.write(admit).await? {
                return self.not(Phrase::UploadsUsedUp { max: limit >> 20 }).await;
            }
        }
        match self.download(file, stated).await? {
            Some(bytes) => Ok(Some(bytes)),
            None => self.not(Phrase::FileUnreadable).await,
        }
    }

    async fn not<T>(&self, why: Phrase<'_>) -> Result<Option<T>, HandlerError> {
        self.reply(why).await?;
        Ok(None)
    }
}
