//! Albums: collects the pictures, sends them as photos or documents, records them in the ledger.
//! Albums of broadcasts are recorded by their caller.

use std::collections::HashMap;

use ::telegram::{
    ChatRef, Html, Keyboard, Medium, OutgoingFile, Photo, SendError, bot_api_limits, send_report,
};
use domain::{
    Brief, CarouselId, Draft, Outcome,
    delivery::{
        DeliveryPart, DeliveryState, Generation, LedgerKey, MessageRecord, PartSize, SendReport,
    },
    record::BlobRecord,
};
use storage::{
    carousels,
    ledger::{self, DeliveryTarget, SendResult},
};
use workflows::carousel::DeliverInput;

use super::{ChatAndLanguage, TelegramSender, outcome_of};
use crate::{
    activity_failpoints::FailpointPosition, activity_failure::ActivityFailure,
    activity_run::CarouselActivityRun,
};

pub(super) struct AlbumMessage {
    /// With the caption, unless it is a message of its own.
    pub(super) photos: Vec<Photo>,
    pub(super) caption: Html,
}

impl TelegramSender {
    /// Sends the album, and the rest again while a known part is missing. Falls back to documents
    /// for pictures that Telegram does not accept as photos, and to a message of its own for a caption
    /// that it does not accept.
    pub(super) async fn album(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        slot: &LedgerKey,
        input: &DeliverInput,
        mut photos: Vec<Photo>,
    ) -> Result<Outcome, ActivityFailure> {
        let mut medium = Medium::Photo;
        let size =
            PartSize::new(photos.len()).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let chat = place.chat.id;
        loop {
            self.wait_for_rate_limit(attempt, chat, photos.len()).await?;
            let target = DeliveryTarget::Part { key: slot, size, chat: Some(chat) };
            let now = || attempt.now().into();
            let send = |arrived: u8| {
                let rest = photos[usize::from(arrived)..].to_vec();
                let has_caption = rest.iter().any(|photo| photo.caption.is_some());
                async move {
                    let answer = self.send(place.chat, rest, medium).await;
                    attempt.pass_failpoint(FailpointPosition::After).await?;
                    Ok::<_, ActivityFailure>(match answer {
                        // Telegram may accept the pictures as documents.
                        Err(fault @ SendError::PhotoRefused(_)) if medium == Medium::Photo => {
                            (SendReport::Undelivered(fault.to_string()), Some(fault))
                        }
                        // Telegram may accept the pictures without the caption.
                        Err(fault @ SendError::CaptionRefused(_)) if has_caption => {
                            (SendReport::Undelivered(fault.to_string()), Some(fault))
                        }
                        answer => send_report(answer),
                    })
                }
            };
            let SendResult { delivery, sent } = self.ledger.send_once(target, now, send).await?;
            match (delivery.state(), sent) {
                // A part of the album arrived; the loop sends the rest.
                (DeliveryState::Pending { .. }, Some(None)) => {}
                (DeliveryState::Pending { .. }, Some(Some(fault @ SendError::PhotoRefused(_)))) => {
                    tracing::warn!("an album is sent as documents: {fault}");
                    medium = Medium::Document;
                    photos = self.collect(&slot.carousel, input, medium).await?.photos;
                }
                (
                    DeliveryState::Pending { .. },
                    Some(Some(fault @ SendError::CaptionRefused(_))),
                ) => {
                    tracing::warn!("a caption becomes a message of its own: {fault}");
                    let (caption, at) = (&caption_of(slot), attempt.now().into());
                    let plan = |tx| async move {
                        ledger::plan(&tx, caption, PartSize::ONE, Some(chat), at).await
                    };
                    self.db.write(plan).await?;
                    for photo in &mut photos {
                        photo.caption = None;
                    }
                }
                (_, sent) => {
                    let failure = match sent.flatten() {
                        Some(fault) => Some(self.failure(attempt, chat, fault).await),
                        None => None,
                    };
                    return outcome_of(&delivery, failure);
                }
            }
        }
    }

    /// One request: an album, or a single picture if only one is left.
    pub(in crate::delivery) async fn send(
        &self,
        chat: ChatRef,
        mut photos: Vec<Photo>,
        medium: Medium,
    ) -> Result<Vec<MessageRecord>, SendError> {
        if photos.len() < bot_api_limits::ALBUM_MIN
            && let Some(photo) = photos.pop()
        {
            let keyboard = Keyboard::default();
            let sent = match medium {
                Medium::Photo => self.bot.send_photo(chat, photo, &keyboard).await?,
                Medium::Document => {
                    let Photo { file, caption } = photo;
                    let sending = self.bot.send_document(chat, file, caption.as_ref(), &keyboard);
                    without_file_id(sending.await?)
                }
            };
            return Ok(vec![sent]);
        }
        let sent = self.bot.send_album(chat, photos, medium).await?;
        Ok(match medium {
            Medium::Photo => sent,
            Medium::Document => sent.into_iter().map(without_file_id).collect(),
        })
    }

    /// Reads draft and pictures. Pictures that Telegram has already are referred to by file id.
    pub(super) async fn collect(
        &self,
        id: &CarouselId,
        input: &DeliverInput,
        medium: Medium,
    ) -> Result<AlbumMessage, ActivityFailure> {
        let (revision, pictures) = (input.revision, input.pictures.as_slice());
        let (photos, caption) = self.photos(id, revision, pictures, medium).await?;
        let caption = Html::text(&caption);
        let fits = caption.units() <= bot_api_limits::CAPTION_UNITS
            && !self.is_caption_apart(id, revision).await?;
        let photos = with_caption(photos, Some(caption.clone()).filter(|_| fits), medium);
        Ok(AlbumMessage { photos, caption })
    }

    /// Whether an attempt has decided that the caption is a message of its own.
    pub(super) async fn is_caption_apart(
        &self,
        id: &CarouselId,
        revision: u32,
    ) -> Result<bool, ActivityFailure> {
        let slot = LedgerKey {
            carousel: id.clone(),
            revision,
            part: DeliveryPart::Caption,
            generation: Generation::FIRST,
        };
        Ok(ledger::find(&self.db.read(), &slot).await?.is_some())
    }

    /// The album of a delivered revision for a broadcast. The caption is cut to fit, because a
    /// second message could get lost separately.
    pub(in crate::delivery) async fn broadcast_album(
        &self,
        id: &CarouselId,
        revision: u32,
        medium: Medium,
    ) -> Result<Vec<Photo>, ActivityFailure> {
        let pictures = carousels::pictures(&self.db.read(), id, revision).await?;
        if pictures.is_empty() {
            let why = format!("revision {revision} of {id} has no pictures");
            return Err(ActivityFailure::Missing(why));
        }
        let (photos, caption) = self.photos(id, revision, &pictures, medium).await?;
        let caption = cut_to_paragraphs(&caption, bot_api_limits::CAPTION_UNITS);
        Ok(with_caption(photos, Some(caption), medium))
    }

    /// The pictures of a revision, and the text of its post.
    async fn photos(
        &self,
        id: &CarouselId,
        revision: u32,
        pictures: &[BlobRecord],
        medium: Medium,
    ) -> Result<(Vec<Photo>, String), ActivityFailure> {
        let reader = self.db.read();
        let carousel = carousels::find(&reader, id).await?;
        let saved = carousels::find_draft(&reader, id, revision).await?;
        let (Some(carousel), Some(saved)) = (carousel, saved) else {
            return Err(ActivityFailure::Missing(format!(
                "revision {revision} of {id} is not stored"
            )));
        };
        let wrong = |e: &dyn std::fmt::Display| {
            ActivityFailure::Input(format!("what is stored for {id}: {e}"))
        };
        let draft = Draft::try_from(&saved.draft).map_err(|e| wrong(&e))?;
        let brief = Brief::try_from(&carousel.brief).map_err(|e| wrong(&e))?;
        let known = match medium {
            Medium::Photo => self.known_files(id).await?,
            // The known files are photos.
            Medium::Document => HashMap::new(),
        };
        let mut photos = Vec::with_capacity(pictures.len());
        for (i, picture) in pictures.iter().enumerate() {
            let file = match known.get(&picture.key) {
                Some(file) => OutgoingFile::FileId(file.clone()),
                None => {
                    let name = format!("slide-{:02}.{}", i + 1, brief.image.extension());
                    self.upload(&picture.key, name).await?
                }
            };
            photos.push(Photo { file, caption: None });
        }
        Ok((photos, draft.post_text()))
    }

    /// File ids of all pictures of this carousel that arrived, from any revision, by blob key:
    /// pictures that an edit left unchanged, or that arrived before a failure, are not uploaded
    /// again.
    async fn known_files(
        &self,
        id: &CarouselId,
    ) -> Result<HashMap<String, String>, ActivityFailure> {
        let reader = self.db.read();
        let entries = ledger::of_carousel(&reader, id).await?;
        let arrived = |entry: &ledger::LedgerEntry| entry.slot.part == DeliveryPart::Album;
        let mut known = HashMap::new();
        for entry in entries.rows.into_iter().filter(arrived) {
            let pictures = carousels::pictures(&reader, id, entry.slot.revision).await?;
            // A later generation can begin after pictures of an earlier one.
            let is_whole = entry.messages.len() == pictures.len();
            if !is_whole && entry.slot.generation != Generation::FIRST {
                continue;
            }
            let named = pictures.into_iter().zip(entry.messages);
            let named = named.filter(|(_, message)| !message.file.is_empty());
            known.extend(named.map(|(picture, message)| (picture.key, message.file)));
        }
        Ok(known)
    }
}

/// The caption of an album as a message of its own. Only an album that arrived has one, so that no
/// generation of the album sends a second.
pub(super) fn caption_of(album: &LedgerKey) -> LedgerKey {
    let (part, generation) = (DeliveryPart::Caption, Generation::FIRST);
    LedgerKey { part, generation, ..album.clone() }
}

/// Adds the caption where Telegram shows it: on the first photo for all photos, but on the last
/// document.
fn with_caption(mut photos: Vec<Photo>, caption: Option<Html>, medium: Medium) -> Vec<Photo> {
    let bearer = match medium {
        Medium::Photo => photos.first_mut(),
        Medium::Document => photos.last_mut(),
    };
    if let Some(bearer) = bearer {
        bearer.caption = caption;
    }
    photos
}

/// The first paragraphs of a text that fit; if the first one alone does not fit, its first words.
fn cut_to_paragraphs(text: &str, units: usize) -> Html {
    let cut = |at: &str| {
        let ends = text.match_indices(at).map(|(end, _)| end);
        let begun = ends.chain([text.len()]).map(|end| Html::text(&text[..end]));
        begun.take_while(|html| html.units() <= units).last()
    };
    cut("\n\n").or_else(|| cut(" ")).unwrap_or_default()
}

/// Removes the file id: a file that was sent as a document can't be sent again as a photo.
fn without_file_id(mut sent: MessageRecord) -> MessageRecord {
    sent.file.clear();
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_caption_is_cut_at_paragraphs() {
        let begun = |text: &str, chars| cut_to_paragraphs(text, chars).markup().to_owned();
        let text = "Hook.\n\nBody <b>.\n\nAct now.\n\n#tests";
        assert_eq!(begun(text, 100), Html::text(text).markup());
        assert_eq!(begun(text, 20), "Hook.\n\nBody &lt;b&gt;.");
        assert_eq!(begun(text, 5), "Hook.");
        assert_eq!(begun("one two three", 8), "one two");
        assert_eq!(begun("word", 3), "");
        // Each of these emoji counts as two.
        assert_eq!(begun("👍👍 👍👍 👍👍", 10), "👍👍 👍👍");
    }
}
