//! Downloads files that users send. Checks first that the file is usable and may be stored, so a
//! refused user causes no download.

use chrono::Utc;
use domain::limits::{PICTURE_BYTES, TEXT_CHARS, VOICE_BYTES};
use runtime::settings::{Micros, Settings};
use sandbox::MAX_FILE_BYTES;
use storage::{
    admissions, carousels,
    uploads::{self, NewUpload},
};
use telegram::Phrase;

use super::{CommandHandler, HandlerError};
use crate::{
    carousel_request,
    source_file::{self, FileError, FileRefusal},
};

/// Says how large files may be: text in units of 1000 bytes, as Telegram's apps show them.
pub(super) const FILE_TOO_LARGE: Phrase<'static> = Phrase::FileTooLarge {
    max: source_file::TEXT_BYTES as u64 / 1000,
    megabytes: MAX_FILE_BYTES as u64 >> 20,
};

/// Limits for files that users send.
#[derive(Debug, Clone, Copy, Default)]
pub struct UploadLimits {
    /// Whether any provider can transcribe.
    pub listens: bool,
    /// Whether models may be called.
    pub uses_models: bool,
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
            uses_models: ai.uses_models(),
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
        let too_large = Phrase::VoiceTooLarge { max: VOICE_BYTES as u64 >> 20 };
        self.fetch(file, bytes, VOICE_BYTES, too_large).await
    }

    /// The text of a file; `None` after a refusal was sent. Says if only a part of it is used.
    pub(super) async fn document(
        &self,
        file: &str,
        ending: &str,
        bytes: u32,
    ) -> Result<Option<String>, HandlerError> {
        if !self.is_carousel_admitted().await? {
            return Ok(None);
        }
        let Some(bytes) = self.fetch(file, bytes, MAX_FILE_BYTES, FILE_TOO_LARGE).await? else {
            return Ok(None);
        };
        match source_file::read(&bytes, ending, &self.deps.sandbox).await {
            Ok(read) => {
                if let Some(chars) = read.cut_from {
                    let (chars, max) = (chars as u64, TEXT_CHARS as u64);
                    self.reply(Phrase::FileCut { chars, max }).await?;
                }
                Ok(Some(read.text))
            }
            Err(FileError::Refused(refusal)) => self.not(file_refusal(refusal)).await,
            Err(FileError::Parser(error)) => Err(HandlerError::Parser(error)),
        }
    }

    /// The bytes of an image; `None` after a refusal was sent.
    pub(super) async fn picture(
        &self,
        file: &str,
        bytes: u32,
    ) -> Result<Option<Vec<u8>>, HandlerError> {
        let too_large = Phrase::PictureTooLarge { max: PICTURE_BYTES as u64 >> 20 };
        self.fetch(file, bytes, PICTURE_BYTES, too_large).await
    }

    /// Whether a carousel would be admitted; sends the refusal if not. The workflow decides; this
    /// check only avoids a useless download.
    async fn is_carousel_admitted(&self) -> Result<bool, HandlerError> {
        let (reader, now) = (self.deps.db.read(), Utc::now());
        let id = self.carousel_id()?;
        if carousels::find(&reader, &id).await?.is_some() {
            // It was admitted before: this update was delivered again.
            return Ok(true);
        }
        if let Some(open) = self.too_many_open().await? {
            self.refuse_request(Phrase::TooManyOpen { open }).await?;
            return Ok(false);
        }
        let UploadLimits { carousels_per_day, budget, .. } = self.deps.upload_limits;
        let limit = carousels::daily_quota(&reader, &self.user, carousels_per_day).await?;
        if let Some(limit) = limit
            && carousels::count_of_day(&reader, &self.user, now).await? >= u64::from(limit)
        {
            self.refuse_request(Phrase::CarouselsUsedUp).await?;
            return Ok(false);
        }
        if let Some(budget) = budget
            && !admissions::has_budget_left(&reader, &self.user, budget, now).await?
        {
            self.refuse_request(Phrase::BudgetUsedUp).await?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Downloads a file of at most `most` bytes. It is counted against the user's quota before the
    /// download, and no more is read than the size that Telegram stated.
    async fn fetch(
        &self,
        file: &str,
        bytes: u32,
        most: usize,
        too_large: Phrase<'_>,
    ) -> Result<Option<Vec<u8>>, HandlerError> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        if bytes > most {
            return self.not(too_large).await;
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
            None => self.not(Phrase::FileUnavailable).await,
        }
    }

    async fn not<T>(&self, why: Phrase<'_>) -> Result<Option<T>, HandlerError> {
        self.refuse_request(why).await?;
        Ok(None)
    }
}

const fn file_refusal(refusal: FileRefusal) -> Phrase<'static> {
    match refusal {
        FileRefusal::NoText => Phrase::FileUnreadable,
        FileRefusal::Scan => Phrase::FileScan,
        FileRefusal::Encrypted => Phrase::FileEncrypted,
        FileRefusal::Damaged => Phrase::FileDamaged,
        FileRefusal::Archive => Phrase::FileArchive,
        FileRefusal::OldFormat => Phrase::FileOldFormat,
        FileRefusal::Empty => Phrase::FileEmpty,
        FileRefusal::Table => Phrase::FileTable,
    }
}
