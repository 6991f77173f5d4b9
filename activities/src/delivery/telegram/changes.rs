//! What is said in a chat about changing a carousel: a slide that is new, a draft that waits to be
//! looked at, the originals as files.

use std::{collections::HashMap, sync::Arc};

use ::telegram::{Fault, File, Html, Keyboard, Photo, talk};
use domain::{CarouselId, Draft, Slide, rewording::lines};
use storage::{carousels, ledger};
use workflows::contract::{DestinationRecord, SendFilesInput, ShowDraftInput, TellChangeInput};

use super::{Message, Place, Post};
use crate::{
    attempt::Attempt,
    error::Error,
    files::{PDF, Press, ZIP},
};

/// What the notices are called that originals are sent as.
const FILES: &str = "files-";

impl Post {
    /// Says what came of a wish: how the new slide looks, or why there is none.
    pub(in crate::delivery) async fn tell_change(
        &self,
        attempt: &Attempt,
        input: &TellChangeInput,
    ) -> Result<(), Error> {
        let place = Place::of(&input.destination)?;
        let carousel = attempt.carousel.as_str();
        let name = format!("change-{}", input.intent);
        let slot = self.notice(&attempt.carousel, input.revision, &name)?;
        let Some(picture) = &input.picture else {
            let text = talk::unchanged(place.language, &input.kind, &input.reason);
            self.message(attempt, place, &slot, Message::plain(text))
                .await?;
            return Ok(());
        };
        let ending = picture.key.rsplit('.').next().unwrap_or_default();
        let name = format!("slide-{:02}.{ending}", input.slide);
        let file = self.upload(&picture.key, name).await?;
        let caption = talk::changed(place.language, input.slide.into());
        let keyboard = talk::after_change(place.language, carousel, input.revision);
        let sending = async {
            let photo = Photo {
                file: file.clone(),
                caption: Some(caption.clone()),
            };
            match self.bot.send_photo(place.chat, photo, &keyboard).await {
                // Nothing was done, and as a document it may be taken.
                Err(Fault::PhotoRefused(_)) => {
                    self.bot
                        .send_document(place.chat, file, Some(&caption), &keyboard)
                        .await
                }
                answer => answer,
            }
        };
        self.single(attempt, place, &slot, sending).await?;
        Ok(())
    }

    /// Shows a draft that waits to be looked at, or says that it has waited long.
    pub(in crate::delivery) async fn show_draft(
        &self,
        attempt: &Attempt,
        input: &ShowDraftInput,
    ) -> Result<(), Error> {
        let place = Place::of(&input.destination)?;
        let (id, revision) = (&attempt.carousel, input.revision);
        let saved = carousels::draft(&self.db.read(), id, revision).await?;
        let saved = saved
            .ok_or_else(|| Error::Missing(format!("revision {revision} of {id} is not stored")))?;
        let draft = Draft::try_from(&saved.draft)
            .map_err(|e| Error::Input(format!("what is stored for {id}: {e}")))?;
        let (name, text) = if input.closing {
            ("draft-closing", talk::outline_closing(place.language))
        } else {
            let slides: Vec<_> = draft.slides().iter().map(in_short).collect();
            (talk::OUTLINE, talk::outline(place.language, &slides))
        };
        let slot = self.notice(id, revision, name)?;
        let keyboard = talk::under_outline(place.language, id.as_str());
        let said = Message { text, keyboard };
        self.message(attempt, place, &slot, said).await?;
        Ok(())
    }

    /// The originals, one by one, then the PDF and the ZIP; each once, and what Telegram has is not
    /// uploaded again.
    pub(in crate::delivery) async fn files(
        &self,
        attempt: &Attempt,
        press: &Press,
        input: &SendFilesInput,
    ) -> Result<(), Error> {
        let place = Place::of(&input.destination)?;
        let (id, revision) = (&attempt.carousel, input.revision);
        let known = self.known_documents(id, revision).await?;
        for (number, picture) in (1..).zip(&input.pictures) {
            let file = match known.get(&picture.key) {
                Some(file) => File::Known(file.clone()),
                None => {
                    let ending = picture.key.rsplit('.').next().unwrap_or_default();
                    let name = format!("slide-{number:02}.{ending}");
                    self.upload(&picture.key, name).await?
                }
            };
            self.document(attempt, place, input, &number.to_string(), file)
                .await?;
        }
        let mut printed = None;
        for name in [PDF, ZIP] {
            let file = match known.get(name) {
                Some(file) => File::Known(file.clone()),
                None => {
                    let files = match printed.take() {
                        Some(files) => files,
                        None => {
                            let stored = press.read(id, revision, &input.pictures).await?;
                            press.print(&Arc::new(stored)).await?
                        }
                    };
                    let bytes = if name == PDF { &files.pdf } else { &files.zip };
                    let bytes = bytes.clone().into();
                    printed = Some(files);
                    let name = name.to_owned();
                    File::Bytes { name, bytes }
                }
            };
            self.document(attempt, place, input, name, file).await?;
        }
        Ok(())
    }

    async fn document(
        &self,
        attempt: &Attempt,
        place: Place,
        input: &SendFilesInput,
        what: &str,
        file: File,
    ) -> Result<(), Error> {
        let name = format!("{FILES}{}-{what}", input.intent);
        let slot = self.notice(&attempt.carousel, input.revision, &name)?;
        let none = Keyboard::default();
        let sending = self.bot.send_document(place.chat, file, None, &none);
        self.single(attempt, place, &slot, sending).await?;
        Ok(())
    }

    /// A person's data, once, under the name of the workflow that was asked for it.
    pub(in crate::delivery) async fn own_data(
        &self,
        attempt: &Attempt,
        to: &DestinationRecord,
        file: File,
        caption: Html,
    ) -> Result<(), Error> {
        let place = Place::of(to)?;
        let slot = self.notice(&attempt.carousel, 0, "export")?;
        let none = Keyboard::default();
        let sending = (self.bot).send_document(place.chat, file, Some(&caption), &none);
        self.single(attempt, place, &slot, sending).await?;
        Ok(())
    }

    /// What Telegram calls the files of this carousel that it has: originals by the key of their
    /// picture, the others of this revision by their name.
    async fn known_documents(
        &self,
        id: &CarouselId,
        revision: u32,
    ) -> Result<HashMap<String, String>, Error> {
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

/// A slide's heading, and the beginning of what follows it: ten of them fit one message.
fn in_short(slide: &Slide) -> (String, String) {
    const REST_CHARS: usize = 220;
    let lines = lines(slide);
    let (heading, rest) = lines.split_once('\n').unwrap_or((&lines, ""));
    let mut short: String = rest.chars().take(REST_CHARS).collect();
    if short.len() < rest.len() {
        short.push('…');
    }
    (heading.to_owned(), short)
}
