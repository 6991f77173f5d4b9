//! Chat messages around edits: an edited slide, a draft for review, the original files.

use std::{collections::HashMap, sync::Arc};

use ::telegram::{Html, Keyboard, OutgoingFile, Photo, SendError, messages};
use domain::{CarouselId, Draft, Slide, slide_lines::to_lines};
use storage::{carousels, ledger};
use workflows::{
    carousel::{SendFilesInput, ShowDraftInput},
    destination::DestinationRecord,
    edit::ReportEditInput,
};

use super::{ChatAndLanguage, TelegramSender, TextAndKeyboard};
use crate::{
    activity_failure::ActivityFailure,
    activity_run::CarouselActivityRun,
    exporter::{Exporter, PDF, ZIP},
};

/// Prefix of the names of the notices that send original files.
const FILES: &str = "files-";

impl TelegramSender {
    /// Reports the result of an edit: a preview of the new slide, or the reason for its failure.
    pub(in crate::delivery) async fn report_edit(
        &self,
        attempt: &CarouselActivityRun,
        input: &ReportEditInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let carousel = &attempt.carousel;
        let name = format!("change-{}", input.intent);
        let slot = self.notice(&attempt.carousel, input.revision, &name)?;
        let Some(picture) = &input.picture else {
            let text = messages::unchanged(place.language, input.kind, input.model.as_deref());
            self.send_text(attempt, place, &slot, TextAndKeyboard::plain(text)).await?;
            return Ok(());
        };
        let ending = picture.key.rsplit('.').next().unwrap_or_default();
        let name = format!("slide-{:02}.{ending}", input.slide);
        let file = self.upload(&picture.key, name).await?;
        let caption = messages::slide_edited(place.language, input.slide.into());
        let keyboard = messages::edited_keyboard(place.language, carousel, input.revision);
        let sending = async {
            let photo = Photo { file: file.clone(), caption: Some(caption.clone()) };
            match self.bot.send_photo(place.chat, photo, &keyboard).await {
                // No effect, and Telegram may accept the picture as a document.
                Err(SendError::PhotoRefused(_)) => {
                    self.bot.send_document(place.chat, file, Some(&caption), &keyboard).await
                }
                answer => answer,
            }
        };
        self.send_single(attempt, place, &slot, sending).await?;
        Ok(())
    }

    /// Shows a draft for review, or the reminder that it still waits.
    pub(in crate::delivery) async fn show_draft(
        &self,
        attempt: &CarouselActivityRun,
        input: &ShowDraftInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let (id, revision) = (&attempt.carousel, input.revision);
        let saved = carousels::find_draft(&self.db.read(), id, revision).await?;
        let saved = saved.ok_or_else(|| {
            ActivityFailure::Missing(format!("revision {revision} of {id} is not stored"))
        })?;
        let draft = Draft::try_from(&saved.draft)
            .map_err(|e| ActivityFailure::Input(format!("what is stored for {id}: {e}")))?;
        let (name, text) = if input.closing {
            ("draft-closing", messages::outline_closing(place.language))
        } else {
            let slides: Vec<_> = draft.slides().iter().map(slide_preview).collect();
            (messages::DRAFT_NOTICE, messages::outline(place.language, &slides))
        };
        let slot = self.notice(id, revision, name)?;
        let keyboard = messages::outline_keyboard(place.language, id);
        let said = TextAndKeyboard { text, keyboard };
        self.send_text(attempt, place, &slot, said).await?;
        Ok(())
    }

    /// Sends the originals one by one, then the PDF and the ZIP; each once, with file ids where
    /// Telegram has the file.
    pub(in crate::delivery) async fn files(
        &self,
        attempt: &CarouselActivityRun,
        press: &Exporter,
        input: &SendFilesInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let (id, revision) = (&attempt.carousel, input.revision);
        let known = self.known_documents(id, revision).await?;
        for (number, picture) in (1..).zip(&input.pictures) {
            let file = match known.get(&picture.key) {
                Some(file) => OutgoingFile::FileId(file.clone()),
                None => {
                    let ending = picture.key.rsplit('.').next().unwrap_or_default();
                    let name = format!("slide-{number:02}.{ending}");
                    self.upload(&picture.key, name).await?
                }
            };
            self.document(attempt, place, input, &number.to_string(), file).await?;
        }
        let mut printed = None;
        for name in [PDF, ZIP] {
            let file = match known.get(name) {
                Some(file) => OutgoingFile::FileId(file.clone()),
                None => {
                    let files = match printed.take() {
                        Some(files) => files,
                        None => {
                            let stored = press.read(id, revision, &input.pictures).await?;
                            press.export(&Arc::new(stored)).await?
                        }
                    };
                    let bytes = if name == PDF { &files.pdf } else { &files.zip };
                    let bytes = bytes.clone().into();
                    printed = Some(files);
                    let name = name.to_owned();
                    OutgoingFile::Bytes { name, bytes }
                }
            };
            self.document(attempt, place, input, name, file).await?;
        }
        Ok(())
    }

    async fn document(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        input: &SendFilesInput,
        what: &str,
        file: OutgoingFile,
    ) -> Result<(), ActivityFailure> {
        let name = format!("{FILES}{}-{what}", input.intent);
        let slot = self.notice(&attempt.carousel, input.revision, &name)?;
        let none = Keyboard::default();
        let sending = self.bot.send_document(place.chat, file, None, &none);
        self.send_single(attempt, place, &slot, sending).await?;
        Ok(())
    }

    /// Sends a user's data once, under the id of the export workflow.
    pub(in crate::delivery) async fn send_export(
        &self,
        attempt: &CarouselActivityRun,
        to: &DestinationRecord,
        file: OutgoingFile,
        caption: Html,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(to)?;
        let slot = self.notice(&attempt.carousel, 0, "export")?;
        let none = Keyboard::default();
        let sending = (self.bot).send_document(place.chat, file, Some(&caption), &none);
        self.send_single(attempt, place, &slot, sending).await?;
        Ok(())
    }

    /// File ids of this carousel's documents: originals by blob key, the other files of this
    /// revision by name.
    async fn known_documents(
        &self,
        id: &CarouselId,
        revision: u32,
    ) -> Result<HashMap<String, String>, ActivityFailure> {
        let reader = self.db.read();
        let entries = ledger::of_carousel(&reader, id).await?;
        let mut known = HashMap::new();
        for entry in entries.rows {
            let part = entry.slot.part.to_string();
            let what = part
                .strip_prefix("notice-")
                .and_then(|name| name.strip_prefix(FILES))
                .and_then(|name| name.rsplit_once('-'))
                .map(|(_, what)| what);
            let file = entry.messages.into_iter().map(|message| message.file);
            let file = file.into_iter().find(|file| !file.is_empty());
            let (Some(what), Some(file)) = (what, file) else {
                continue;
            };
            if let Ok(number) = what.parse::<usize>() {
                let pictures = carousels::pictures(&reader, id, entry.slot.revision).await?;
                let at = number.checked_sub(1);
                if let Some(picture) = at.and_then(|at| pictures.get(at)) {
                    known.insert(picture.key.clone(), file);
                }
            } else if entry.slot.revision == revision {
                known.insert(what.to_owned(), file);
            }
        }
        Ok(known)
    }
}

/// A slide's heading and the beginning of its text, short enough for ten slides in one message.
fn slide_preview(slide: &Slide) -> (String, String) {
    const REST_CHARS: usize = 220;
    let lines = to_lines(slide);
    let (heading, rest) = lines.split_once('\n').unwrap_or((&lines, ""));
    let mut short: String = rest.chars().take(REST_CHARS).collect();
    if short.len() < rest.len() {
        short.push('…');
    }
    (heading.to_owned(), short)
}
