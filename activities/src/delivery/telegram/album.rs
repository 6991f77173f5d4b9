//! An album on its way into a chat: collected, sent as photos or as documents, and recorded; or into
//! many chats, whose records are kept elsewhere.

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

/// What goes into the chat.
pub(super) struct Parcel {
    pub(super) photos: Vec<Photo>,
    /// What does not fit under the album.
    pub(super) caption: Option<Html>,
}

impl Post {
    /// Sends the album, as often as part of it is left and nothing is in doubt. Pictures that Telegram
    /// does not take as photos come as documents.
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
                // Part of it arrived: the rest goes now.
                (State::Pending { .. }, None) => {}
                (State::Pending { .. }, Some(fault)) => return Err(failed(fault)),
                (state, _) => return settled(state),
            }
        }
    }

    /// One request: an album, or a single picture where only one is left.
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

    /// Draft and pictures. What Telegram has already is named, not uploaded.
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

    /// The album of a revision that was sent, for somebody who did not ask for it: with as much of the
    /// caption as fits, for a second message would be a second thing that may get lost.
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
            // What it has are photos.
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

    /// What Telegram calls the pictures of this carousel that arrived before, whichever revision they
    /// belonged to: what an edit has left alone is not uploaded again.
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

/// With the caption where Telegram shows it: below all photos, but below each document its own.
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

/// The paragraphs of a text, from its first, that fit together; of one that alone does not, its words.
fn beginning(text: &str, chars: usize) -> Html {
    let cut = |at: &str| {
        let ends = text.match_indices(at).map(|(end, _)| end);
        let begun = ends.chain([text.len()]).map(|end| Html::text(&text[..end]));
        begun.take_while(|html| html.chars() <= chars).last()
    };
    cut("\n\n").or_else(|| cut(" ")).unwrap_or_default()
}

/// Without the name of its file: what was sent as a document can't be sent again as a photo.
fn nameless(mut sent: Sent) -> Sent {
    sent.file = None;
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_caption_the_paragraphs_that_fit_come_along() {
        let begun = |text: &str, chars| beginning(text, chars).markup().to_owned();
        let text = "Hook.\n\nBody <b>.\n\nAct now.\n\n#tests";
        assert_eq!(begun(text, 100), Html::text(text).markup());
        assert_eq!(begun(text, 20), "Hook.\n\nBody &lt;b&gt;.");
        assert_eq!(begun(text, 5), "Hook.");
        assert_eq!(begun("one two three", 8), "one two");
        assert_eq!(begun("word", 3), "");
    }
}
