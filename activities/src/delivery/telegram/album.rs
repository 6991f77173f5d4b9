//! Albums: collects the pictures, sends them as photos or documents, records them in the ledger.
//! Albums of broadcasts are recorded by their caller.

use std::collections::HashMap;

use ::telegram::{Chat, Fault, File, Html, Keyboard, Medium, Photo, Sent, limits};
use domain::{
    Brief, CarouselId, ChatId, Draft, Outcome,
    delivery::{Part, Size, Slot, State},
    record::BlobRecord,
};
use storage::{
    carousels,
    ledger::{self, Report},
};
use workflows::contract::DeliverInput;

use super::{Place, Post, failed, report, settled};
use crate::{attempt::Attempt, delivery::ledger::Claim, error::Error, fault::Moment};

/// The parts of an album message.
pub(super) struct Parcel {
    pub(super) photos: Vec<Photo>,
    /// The caption, if it is too long for the album.
    pub(super) caption: Option<Html>,
}

impl Post {
    /// Sends the album, and the rest again while a known part is missing. Falls back to documents
    /// for pictures that Telegram does not accept as photos.
    pub(super) async fn album(
        &self,
        attempt: &Attempt,
        place: Place,
        slot: &Slot,
        input: &DeliverInput,
        mut photos: Vec<Photo>,
    ) -> Result<Outcome, Error> {
        let mut medium = Medium::Photo;
        let size = Size::new(photos.len()).map_err(|e| Error::Input(e.to_string()))?;
        let chat = ChatId::new(place.chat.id);
        loop {
            self.turn(attempt, chat, photos.len()).await?;
            let held = match self.ledger.claim(attempt, slot, size, Some(chat)).await? {
                Claim::Ours(held) => held,
                Claim::Over(entry) => return settled(entry.delivery.state()),
            };
            let rest = photos[usize::from(held.entry.delivery.arrived())..].to_vec();
            let answer = self.send(place.chat, rest, medium).await;
            attempt.at(Moment::After).await?;
            if let (Medium::Photo, Err(fault @ Fault::PhotoRefused(_))) = (medium, &answer) {
                tracing::warn!("an album is sent as documents: {fault}");
                let undelivered = Report::Undelivered(fault.to_string());
                held.record(&undelivered).await?;
                medium = Medium::Document;
                photos = self.collect(&slot.carousel, input, medium).await?.photos;
                continue;
            }
            let (report, fault) = report(answer);
            let entry = held.record(&report).await?;
            match (entry.delivery.state(), fault) {
                // A part of the album arrived; the loop sends the rest.
                (State::Pending { .. }, None) => {}
                (State::Pending { .. }, Some(fault)) => return Err(failed(fault)),
                (state, _) => return settled(state),
            }
        }
    }

    /// One request: an album, or a single picture if only one is left.
    pub(in crate::delivery) async fn send(
        &self,
        chat: Chat,
        mut photos: Vec<Photo>,
        medium: Medium,
    ) -> Result<Vec<Sent>, Fault> {
        if photos.len() < limits::ALBUM_MIN
            && let Some(photo) = photos.pop()
        {
            let keyboard = Keyboard::default();
            let sent = match medium {
                Medium::Photo => self.bot.send_photo(chat, photo, &keyboard).await?,
                Medium::Document => {
                    let Photo { file, caption } = photo;
                    let sending = self
                        .bot
                        .send_document(chat, file, caption.as_ref(), &keyboard);
                    nameless(sending.await?)
                }
            };
            return Ok(vec![sent]);
        }
        let sent = self.bot.send_album(chat, photos, medium).await?;
        Ok(match medium {
            Medium::Photo => sent,
            Medium::Document => sent.into_iter().map(nameless).collect(),
        })
    }

    /// Reads draft and pictures. Pictures that Telegram has already are referred to by file id.
    pub(super) async fn collect(
        &self,
        id: &CarouselId,
        input: &DeliverInput,
        medium: Medium,
    ) -> Result<Parcel, Error> {
        let (revision, pictures) = (input.revision, input.pictures.as_slice());
        let (photos, caption) = self.photos(id, revision, pictures, medium).await?;
        let caption = Html::text(&caption);
        let fits = caption.chars() <= limits::CAPTION_CHARS;
        let left = (!fits).then(|| caption.clone());
        Ok(Parcel {
            photos: captioned(photos, Some(caption).filter(|_| fits), medium),
            caption: left,
        })
    }

    /// The album of a delivered revision for a broadcast. The caption is cut to fit, because a
    /// second message could get lost separately.
    pub(in crate::delivery) async fn album_for_all(
        &self,
        id: &CarouselId,
        revision: u32,
        medium: Medium,
    ) -> Result<Vec<Photo>, Error> {
        let pictures = carousels::pictures(&self.db.read(), id, revision).await?;
        if pictures.is_empty() {
            let why = format!("revision {revision} of {id} has no pictures");
            return Err(Error::Missing(why));
        }
        let (photos, caption) = self.photos(id, revision, &pictures, medium).await?;
        let caption = beginning(&caption, limits::CAPTION_CHARS);
        Ok(captioned(photos, Some(caption), medium))
    }

    /// The pictures of a revision, and the text of its post.
    async fn photos(
        &self,
        id: &CarouselId,
        revision: u32,
        pictures: &[BlobRecord],
        medium: Medium,
    ) -> Result<(Vec<Photo>, String), Error> {
        let reader = self.db.read();
        let carousel = carousels::find(&reader, id).await?;
        let saved = carousels::draft(&reader, id, revision).await?;
        let (Some(carousel), Some(saved)) = (carousel, saved) else {
            return Err(Error::Missing(format!(
                "revision {revision} of {id} is not stored"
            )));
        };
        let wrong =
            |e: &dyn std::fmt::Display| Error::Input(format!("what is stored for {id}: {e}"));
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
                Some(file) => File::Known(file.clone()),
                None => {
                    let name = format!("slide-{:02}.{}", i + 1, brief.image.extension());
                    self.upload(&picture.key, name).await?
                }
            };
            photos.push(Photo {
                file,
                caption: None,
            });
        }
        Ok((photos, draft.post_text()))
    }

    /// File ids of all delivered pictures of this carousel, from any revision, by blob key:
    /// pictures that an edit left unchanged are not uploaded again.
    async fn known_files(&self, id: &CarouselId) -> Result<HashMap<String, String>, Error> {
        let reader = self.db.read();
        let entries = ledger::of_carousel(&reader, id).await?;
        let arrived = |entry: &ledger::Entry| {
            entry.slot.part == Part::Album && matches!(entry.delivery.state(), State::Sent { .. })
        };
        let mut known = HashMap::new();
        for entry in entries.rows.into_iter().filter(arrived) {
            let pictures = carousels::pictures(&reader, id, entry.slot.revision).await?;
            let named = pictures.into_iter().zip(entry.messages);
            let named = named.filter(|(_, message)| !message.file.is_empty());
            known.extend(named.map(|(picture, message)| (picture.key, message.file)));
        }
        Ok(known)
    }
}

/// Adds the caption where Telegram shows it: on the first photo for all photos, but on the last
/// document.
fn captioned(mut photos: Vec<Photo>, caption: Option<Html>, medium: Medium) -> Vec<Photo> {
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
fn beginning(text: &str, chars: usize) -> Html {
    let cut = |at: &str| {
        let ends = text.match_indices(at).map(|(end, _)| end);
        let begun = ends.chain([text.len()]).map(|end| Html::text(&text[..end]));
        begun.take_while(|html| html.chars() <= chars).last()
    };
    cut("\n\n").or_else(|| cut(" ")).unwrap_or_default()
}

/// Removes the file id: a file that was sent as a document can't be sent again as a photo.
fn nameless(mut sent: Sent) -> Sent {
    sent.file = None;
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_caption_is_cut_at_paragraphs() {
        let begun = |text: &str, chars| beginning(text, chars).markup().to_owned();
        let text = "Hook.\n\nBody <b>.\n\nAct now.\n\n#tests";
        assert_eq!(begun(text, 100), Html::text(text).markup());
        assert_eq!(begun(text, 20), "Hook.\n\nBody &lt;b&gt;.");
        assert_eq!(begun(text, 5), "Hook.");
        assert_eq!(begun("one two three", 8), "one two");
        assert_eq!(begun("word", 3), "");
    }
}
