//! Chat messages around edits: an edited slide, a draft for review, the original files.

use std::{collections::HashMap, sync::Arc};

use ::telegram::{Effect, Html, Keyboard, OutgoingFile, Photo, SendError, messages};
use domain::{
    CarouselId, Draft, Language, NoticeId, NoticeKind, Slide,
    delivery::{DeliveryPart, MessageRecord},
    slide_lines::to_lines,
    without_emphasis,
};
use export::{Exporter, PDF, ZIP};
use storage::{carousels, ledger};
use workflows::{
    carousel::{SendFilesInput, ShowDraftInput},
    destination::DestinationRecord,
    edit::{EditKind, ReportEditInput},
};

use super::{ChatAndLanguage, TelegramSender, TextAndKeyboard, notice};
use crate::{activity_failure::ActivityFailure, activity_run::CarouselActivityRun};

impl TelegramSender {
    /// Reports the result of an edit: the new slide, the new list of slides, the new caption, or the
    /// reason for its failure. The result becomes the carousel's message with buttons, in place of
    /// the message that the edit names; the message that had them before loses them.
    pub(in crate::delivery) async fn report_edit(
        &self,
        attempt: &CarouselActivityRun,
        input: &ReportEditInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let name = NoticeId::new(NoticeKind::Edit, &input.intent)?;
        let slot = notice(&attempt.carousel, input.revision, name);
        let replaced = self.replaced_message(&attempt.carousel, input).await?;
        let result = self.edit_result(attempt, place.language, input).await?;
        let sending = self.show_result(place, replaced, result);
        self.send_single(attempt, place, &slot, sending).await?;
        if input.revision > 0 {
            self.remove_older_keyboard(attempt, place, &slot).await;
        }
        Ok(())
    }

    /// The message that the result of an edit replaces. The reason of a failure replaces only the
    /// confirmation of its own edit: other messages keep their buttons.
    async fn replaced_message(
        &self,
        carousel: &CarouselId,
        input: &ReportEditInput,
    ) -> Result<Option<i32>, ActivityFailure> {
        let message = i32::try_from(input.message).ok().filter(|message| *message != 0);
        if input.revision > 0 || message.is_none() {
            return Ok(message);
        }
        let name = NoticeId::new(NoticeKind::EditRequest, &input.intent)?;
        let confirmation = notice(carousel, 0, name);
        let entry = ledger::find(&self.db.read(), &confirmation).await?;
        let is_confirmation =
            entry.is_some_and(|entry| entry.messages.iter().any(|m| m.message == input.message));
        Ok(message.filter(|_| is_confirmation))
    }

    async fn edit_result(
        &self,
        attempt: &CarouselActivityRun,
        language: Language,
        input: &ReportEditInput,
    ) -> Result<ShownEdit, ActivityFailure> {
        let carousel = &attempt.carousel;
        let keyboard = || messages::edited_keyboard(language, carousel, input.revision);
        if let Some(picture) = &input.picture {
            let ending = picture.key.rsplit('.').next().unwrap_or_default();
            let name = format!("slide-{:02}.{ending}", input.slide);
            let caption = if input.change == Some(EditKind::Add) {
                messages::slide_added(language, input.slide.into())
            } else {
                messages::slide_edited(language, input.slide.into())
            };
            let file = self.upload(&picture.key, name).await?;
            return Ok(ShownEdit::Slide { file, caption, keyboard: keyboard() });
        }
        Ok(ShownEdit::Text(match input.change {
            Some(change) if input.revision > 0 => {
                let draft = self.stored_draft(carousel, input.revision).await?;
                let text = if change == EditKind::Caption {
                    messages::caption_edited(language, &draft.post_text())
                } else {
                    messages::slides_edited(language, &headings(&draft))
                };
                TextAndKeyboard { text, keyboard: keyboard() }
            }
            _ => TextAndKeyboard::plain(messages::unchanged(language, &input.cause)),
        }))
    }

    /// Shows the result in place of `replaced`, or as a new message if there is none that can be
    /// edited.
    async fn show_result(
        &self,
        place: ChatAndLanguage,
        replaced: Option<i32>,
        result: ShownEdit,
    ) -> Result<MessageRecord, SendError> {
        let chat = place.chat;
        if let Some(message) = replaced {
            let unchanged = MessageRecord { message: message.into(), file: String::new() };
            let edited = match &result {
                ShownEdit::Text(TextAndKeyboard { text, keyboard }) => {
                    let edited = self.bot.edit_text(chat, message, text, keyboard).await;
                    edited.map(|()| unchanged.clone())
                }
                ShownEdit::Slide { file, caption, keyboard } => {
                    let photo = Photo { file: file.clone(), caption: Some(caption.clone()) };
                    self.bot.edit_photo(chat, message, photo, keyboard).await
                }
            };
            match edited {
                // An earlier attempt edited it.
                Err(SendError::NotModified) => return Ok(unchanged),
                // No effect: the message is gone, too old, or a picture that can't become a text.
                Err(fault) if fault.effect() == Effect::NotSentFinal => {
                    tracing::debug!("the result of an edit is a new message: {fault}");
                }
                edited => return edited,
            }
        }
        match result {
            ShownEdit::Text(TextAndKeyboard { text, keyboard }) => {
                self.bot.send_reply(chat, place.reply_to, &text, &keyboard).await
            }
            ShownEdit::Slide { file, caption, keyboard } => {
                let photo = Photo { file: file.clone(), caption: Some(caption.clone()) };
                match self.bot.send_photo(chat, photo, &keyboard).await {
                    // No effect, and Telegram may accept the picture as a document.
                    Err(SendError::PhotoRefused(_)) => {
                        self.bot.send_document(chat, file, Some(&caption), &keyboard).await
                    }
                    answer => answer,
                }
            }
        }
    }

    /// Shows a draft for review, or the reminder that it still waits.
    pub(in crate::delivery) async fn show_draft(
        &self,
        attempt: &CarouselActivityRun,
        input: &ShowDraftInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let (id, revision) = (&attempt.carousel, input.revision);
        let draft = self.stored_draft(id, revision).await?;
        let (name, text) = if input.closing {
            let name = NoticeId::new(NoticeKind::Draft, "closing")?;
            (name, messages::outline_closing(place.language))
        } else {
            let slides: Vec<_> = draft.slides().iter().map(slide_preview).collect();
            (NoticeKind::Draft.into(), messages::outline(place.language, &slides))
        };
        let slot = notice(id, revision, name);
        let keyboard = messages::outline_keyboard(place.language, id);
        let said = TextAndKeyboard { text, keyboard };
        self.send_text(attempt, place, &slot, said).await?;
        Ok(())
    }

    async fn stored_draft(&self, id: &CarouselId, revision: u32) -> Result<Draft, ActivityFailure> {
        let saved = carousels::find_draft(&self.db.read(), id, revision).await?;
        let saved = saved.ok_or_else(|| {
            ActivityFailure::Missing(format!("revision {revision} of {id} is not stored"))
        })?;
        Draft::try_from(&saved.draft)
            .map_err(|e| ActivityFailure::Input(format!("what is stored for {id}: {e}")))
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
        let name = NoticeId::new(NoticeKind::File, format_args!("{}-{what}", input.intent))?;
        let slot = notice(&attempt.carousel, input.revision, name);
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
        let slot = notice(&attempt.carousel, 0, NoticeKind::Export);
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
            let what = match &entry.slot.part {
                DeliveryPart::Notice(name) if name.kind() == Some(NoticeKind::File) => {
                    name.detail().rsplit_once('-').map(|(_, what)| what)
                }
                _ => None,
            };
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

/// What an edit shows.
enum ShownEdit {
    Text(TextAndKeyboard),
    Slide { file: OutgoingFile, caption: Html, keyboard: Keyboard },
}

fn headings(draft: &Draft) -> Vec<String> {
    let first =
        |slide: &Slide| slide.content().words().first().map(|words| without_emphasis(words));
    draft.slides().iter().map(|slide| first(slide).unwrap_or_default()).collect()
}

/// A slide's heading and the beginning of its text, short enough for ten slides in one message.
fn slide_preview(slide: &Slide) -> (String, String) {
    const REST_CHARS: usize = 220;
    let lines = without_emphasis(&to_lines(slide));
    let (heading, rest) = lines.split_once('\n').unwrap_or((&lines, ""));
    let mut short: String = rest.chars().take(REST_CHARS).collect();
    if short.len() < rest.len() {
        short.push('…');
    }
    (heading.to_owned(), short)
}
