//! What one can do with a carousel that is there: find it, have its files and its caption, send it
//! once more, make another.

use std::collections::BTreeMap;

use chrono::Utc;
use domain::{
    BlobKey, Brief, CarouselId,
    delivery::{Generation, Part, Slot},
};
use storage::{
    carousels::{self, Filter},
    ledger::{self, LedgerError},
};
use telegram::{File, Html, Phrase};

use super::{Task, Trouble, notice, temporal};
use crate::{bot::say, carousels::Writers};

impl Task<'_> {
    pub(super) async fn history(&self, page: u32) -> Result<(), Trouble> {
        let reader = self.desk.db.read();
        let mut after = None;
        for number in 1.. {
            let filter = Filter {
                user: Some(self.user.clone()),
                open_only: false,
                limit: say::PAGE,
                after: after.take(),
            };
            let found = carousels::list(&reader, &filter).await?;
            if number == page || found.next.is_none() {
                let more = found.next.is_some();
                let said = say::history(self.language, number, &found.rows, more);
                return self.show(said).await;
            }
            after = found.next;
        }
        Ok(())
    }

    /// Sends once more what nobody knows about: two taps make one generation, and one workflow.
    pub(super) async fn send_again(&self, id: &str, generation: u32) -> Result<(), Trouble> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let (Some(generation), Some(revision)) = (Generation::new(generation), carousel.revision)
        else {
            return self.reply(Phrase::StaleButton).await;
        };
        let slot = &Slot {
            carousel: carousel.id.clone(),
            revision,
            part: Part::Album,
            generation,
        };
        let at = Utc::now();
        let again = |tx| async move { ledger::again(&tx, slot, at).await };
        let fresh = match self.desk.db.write(again).await {
            Ok(stored) => stored.fresh,
            Err(LedgerError::Refused { .. }) => {
                return self.reply(Phrase::SentAgainAlready).await;
            }
            Err(LedgerError::Missing(_)) => return self.reply(Phrase::StaleButton).await,
            Err(error) => return Err(error.into()),
        };
        let reader = self.desk.db.read();
        let pictures = carousels::pictures(&reader, &carousel.id, revision).await?;
        let resend = workflows::contract::ResendInput {
            user: self.user.as_str().to_owned(),
            carousel: carousel.id.as_str().to_owned(),
            revision,
            generation: generation.get(),
            destination: self.destination(),
            pictures,
        };
        self.desk.carousels.resend(resend).await.map_err(temporal)?;
        if fresh {
            self.reply(Phrase::SendingAgain).await
        } else {
            // The second of two taps.
            Ok(())
        }
    }

    /// Another carousel of the same brief, under an id that follows from the update.
    pub(super) async fn again(&self, id: &str, offline: bool) -> Result<(), Trouble> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let key = format!("{}-{}", self.desk.id, self.heard.update);
        let id = CarouselId::new(domain::Source::Again, &key);
        let Ok(brief) = Brief::try_from(&carousel.brief) else {
            return self.reply(Phrase::StaleButton).await;
        };
        let writers = if offline {
            Writers::OwnNotes
        } else {
            Writers::Configured
        };
        self.start(id, &brief, writers).await
    }

    /// The originals, one by one, each once: what Telegram has is not uploaded again.
    pub(super) async fn files(&self, id: &str) -> Result<(), Trouble> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let revision = carousel.revision.unwrap_or(1);
        let reader = self.desk.db.read();
        let pictures = carousels::pictures(&reader, &carousel.id, revision).await?;
        if pictures.is_empty() {
            return self.reply(Phrase::StaleButton).await;
        }
        let known = self.known_documents(&carousel.id, revision).await?;
        // Each under a name that follows from the update: asked to wait, it goes on where it stopped.
        let name = |n: usize| format!("files-{}-{n}", self.heard.update);
        let coming = Phrase::FilesComing.html(self.language);
        self.say_once(&carousel.id, &name(0), coming.into()).await?;
        for (number, picture) in (1..).zip(&pictures) {
            let key = BlobKey::parse(&picture.key).map_err(storage::Error::from)?;
            let ending = picture.key.rsplit('.').next().unwrap_or_default();
            let slot = Slot {
                carousel: carousel.id.clone(),
                revision,
                part: notice(&name(number))?,
                generation: Generation::FIRST,
            };
            let file = match known.get(number - 1) {
                Some(file) => File::Known(file.clone()),
                None => File::Bytes {
                    name: format!("slide-{number:02}.{ending}"),
                    bytes: self.desk.blobs.get(&key).await?,
                },
            };
            let (bot, chat) = (&self.desk.bot, self.heard.chat);
            let sending = bot.send_document(chat, file, None);
            self.through_ledger(&slot, sending).await?;
        }
        Ok(())
    }

    /// What Telegram calls the originals of this revision, where all of them were sent before.
    pub(super) async fn known_documents(
        &self,
        carousel: &CarouselId,
        revision: u32,
    ) -> Result<Vec<String>, Trouble> {
        let entries = ledger::of_carousel(&self.desk.db.read(), carousel).await?;
        let mut rounds: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
        for entry in entries
            .rows
            .iter()
            .filter(|entry| entry.slot.revision == revision)
        {
            let part = entry.slot.part.to_string();
            let numbered = part.strip_prefix("notice-files-").and_then(|name| {
                let (update, number) = name.rsplit_once('-')?;
                Some((update.to_owned(), number.parse().ok()?))
            });
            let file = entry.messages.first().map(|message| message.file.clone());
            if let (Some((update, number)), Some(file)) = (numbered, file)
                && !file.is_empty()
            {
                rounds.entry(update).or_default().insert(number, file);
            }
        }
        let longest = rounds.into_values().max_by_key(BTreeMap::len);
        Ok(longest.unwrap_or_default().into_values().collect())
    }

    pub(super) async fn caption(&self, id: &str) -> Result<(), Trouble> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let reader = self.desk.db.read();
        let revision = carousel.revision.unwrap_or(1);
        let saved = carousels::draft(&reader, &carousel.id, revision).await?;
        let draft = saved.and_then(|saved| domain::Draft::try_from(&saved.draft).ok());
        let Some(draft) = draft else {
            return self.reply(Phrase::StaleButton).await;
        };
        let text = Phrase::CaptionCopy
            .html(self.language)
            .then(&Html::text("\n\n"))
            .then(&Html::text(&draft.post_text()).copyable());
        self.send(text.into()).await
    }
}
