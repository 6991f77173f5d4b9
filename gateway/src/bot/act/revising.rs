//! Handles edits of a carousel, also of its draft during review: a slide's text, the theme, all of
//! it. Requests are validated here and sent to the workflow, which applies each exactly once.

use chrono::Utc;
use domain::{
    ChatId, Draft, Slide, SlideError, TextError, ThemeId,
    delivery::{Generation, Part, Slot},
    limits::INSTRUCTION_CHARS,
    record::SlideRecord,
    rewording::{lines, reworded},
};
use storage::{
    carousels::{self, Carousel},
    ledger,
    sessions::{self, SaveError},
};
use telegram::{
    Html, Keyboard, Phrase,
    talk::{self, Press, button, labelled},
};
use workflows::contract::{Change, ChangeRecord};

use super::{Task, Trouble, notice, temporal};
use crate::bot::{
    command::{Dialogue, EditBy},
    ingress::DIALOGUE,
    say::Said,
};

/// Maximum length of a slide's heading on a button, in characters.
const HEADING_CHARS: usize = 40;

impl Task<'_> {
    pub(super) async fn edit_menu(&self, id: &str) -> Result<(), Trouble> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let heading = |slide: &Slide| {
            let words = slide.content().words();
            let first = words.first().copied().unwrap_or_default();
            let mut short: String = first.chars().take(HEADING_CHARS).collect();
            if short.len() < first.len() {
                short.push('…');
            }
            short
        };
        let rows = (1..).zip(draft.slides()).map(|(number, slide)| {
            let press = Press::Slide {
                carousel: carousel.id.as_str().to_owned(),
                slide: number,
            };
            labelled(format!("{number}. {}", heading(slide)), &press)
        });
        let rows = rows.flatten().map(|button| vec![button]);
        self.send(Said {
            text: Phrase::ChooseSlide.html(self.language),
            keyboard: Keyboard::rows(rows),
        })
        .await
    }

    /// Shows a slide and asks for its new text, or for an instruction to the model.
    pub(super) async fn ask_slide(&self, id: &str, slide: u32, by: EditBy) -> Result<(), Trouble> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let total = draft.slides().len() as u64;
        let Some(present) = slide_of(&draft, slide) else {
            return self.reply(Phrase::NoSuchSlide { total }).await;
        };
        let number = u64::from(slide);
        let carousel = carousel.id.as_str().to_owned();
        let (text, other) = match by {
            EditBy::Words => {
                let ask = Phrase::SendSlideText {
                    slide: number,
                    total,
                };
                let now = Html::text(&lines(present)).copyable();
                let text = ask.html(self.language).then(&Html::text("\n\n")).then(&now);
                let press = Press::Instruct { carousel, slide };
                (text, (Phrase::ButtonInstruct, press))
            }
            EditBy::Wish => {
                let ask = Phrase::SendInstruction {
                    slide: number,
                    total,
                };
                let press = Press::Slide { carousel, slide };
                (ask.html(self.language), (Phrase::ButtonWords, press))
            }
        };
        let (label, press) = other;
        let rows = [
            button(label, self.language, &press),
            button(Phrase::ButtonDrop, self.language, &Press::Drop),
        ];
        self.show(Said {
            text,
            keyboard: Keyboard::rows(rows.into_iter().flatten().map(|button| vec![button])),
        })
        .await
    }

    pub(super) async fn edit_slide(
        &self,
        id: &str,
        slide: u32,
        by: EditBy,
        text: &str,
    ) -> Result<(), Trouble> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let total = draft.slides().len() as u64;
        let Some(present) = slide_of(&draft, slide) else {
            return self.reply(Phrase::NoSuchSlide { total }).await;
        };
        let change = match by {
            EditBy::Words => match reworded(present, text) {
                Ok(new) => ChangeRecord {
                    words: Some(SlideRecord::from(&new)),
                    ..self.change(Change::Reword)
                },
                Err(error) => return self.ask_once_more(id, slide, by, refusal(&error)).await,
            },
            EditBy::Wish if text.chars().count() > INSTRUCTION_CHARS => {
                return self.ask_once_more(id, slide, by, Phrase::EditTooLong).await;
            }
            EditBy::Wish => ChangeRecord {
                instruction: text.to_owned(),
                ..self.change(Change::Instruct)
            },
        };
        if let Some(character) = self.desk.renderer.undrawable(text) {
            let character = character.to_string();
            let phrase = Phrase::Undrawable {
                character: &character,
            };
            return self.ask_once_more(id, slide, by, phrase).await;
        }
        let saying = Phrase::EditWorking {
            slide: slide.into(),
        };
        let change = ChangeRecord { slide, ..change };
        self.want(&carousel, change, saying).await
    }

    pub(super) async fn look_menu(&self, id: &str) -> Result<(), Trouble> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let looks = self.themes().into_iter().filter_map(|theme| {
            let press = Press::Restyle {
                carousel: carousel.id.as_str().to_owned(),
                theme: theme.clone(),
            };
            labelled(theme, &press)
        });
        let looks: Vec<_> = looks.collect();
        self.send(Said {
            text: Phrase::ChooseStyle.html(self.language),
            keyboard: Keyboard::rows(looks.chunks(3).map(<[_]>::to_vec)),
        })
        .await
    }

    pub(super) async fn restyle(&self, id: &str, theme: &str) -> Result<(), Trouble> {
        let known = self.themes().iter().any(|known| known == theme);
        let theme = ThemeId::parse(theme).ok().filter(|_| known);
        let (Some(theme), Some((carousel, _))) = (theme, self.draft_of(id).await?) else {
            return self.reply(Phrase::StaleButton).await;
        };
        let change = ChangeRecord {
            theme: theme.as_str().to_owned(),
            ..self.change(Change::Restyle)
        };
        let style = theme.as_str();
        self.want(&carousel, change, Phrase::Restyling { style })
            .await
    }

    pub(super) async fn rewrite(&self, id: &str) -> Result<(), Trouble> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change = self.change(Change::Rewrite);
        self.want(&carousel, change, Phrase::Rewriting).await
    }

    pub(super) async fn send_album(&self, id: &str, revision: u32) -> Result<(), Trouble> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change = ChangeRecord {
            revision,
            ..self.change(Change::Send)
        };
        self.want(&carousel, change, Phrase::SendingAlbum).await
    }

    pub(super) async fn draw(&self, id: &str) -> Result<(), Trouble> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        if !self.waits_to_be_looked_at(&carousel).await? {
            return self.reply(Phrase::StaleButton).await;
        }
        let change = self.change(Change::Draw);
        let topic = &carousel.brief.topic;
        self.want(&carousel, change, Phrase::StageDrawing { topic })
            .await
    }

    /// Asks the delivery pool to send the original images uncompressed.
    pub(super) async fn files(&self, id: &str) -> Result<(), Trouble> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change = self.change(Change::Files);
        self.want(&carousel, change, Phrase::FilesComing).await
    }

    /// An edit with a name that is derived from the update.
    fn change(&self, change: Change) -> ChangeRecord {
        ChangeRecord {
            intent: format!("tg-{}-{}", self.desk.id, self.heard.update),
            change: change.name().to_owned(),
            destination: self.destination(),
            ..ChangeRecord::default()
        }
    }

    /// Confirms the edit once, and sends it to the workflow.
    async fn want(
        &self,
        carousel: &Carousel,
        change: ChangeRecord,
        saying: Phrase<'_>,
    ) -> Result<(), Trouble> {
        // A request to draw a draft is confirmed once, regardless of how often the button is
        // pressed.
        let name = match (change.change.as_str(), carousel.revision) {
            ("draw", Some(revision)) => format!("drawing-{revision}"),
            _ => format!("wish-{}", change.intent),
        };
        let said = saying.html(self.language).into();
        self.say_once(&carousel.id, &name, said).await?;
        let carousels = &self.desk.carousels;
        if self.waits_to_be_looked_at(carousel).await? {
            let handed = carousels.change_draft(&carousel.id, change.clone());
            if handed.await.map_err(temporal)? {
                return Ok(());
            }
        }
        let topic = &carousel.brief.topic;
        let handed = carousels.change(&carousel.id, &self.user, topic, change);
        handed.await.map_err(temporal)
    }

    /// Whether the draft was shown and nothing of the carousel was sent: then the draft can be
    /// edited. Otherwise edits wait until the carousel is delivered.
    async fn waits_to_be_looked_at(&self, carousel: &Carousel) -> Result<bool, Trouble> {
        let Some(revision) = carousel.revision.filter(|_| carousel.state.is_open()) else {
            return Ok(false);
        };
        let reader = self.desk.db.read();
        let slot = |part| Slot {
            carousel: carousel.id.clone(),
            revision,
            part,
            generation: Generation::FIRST,
        };
        let shown = ledger::find(&reader, &slot(notice(talk::OUTLINE)?)).await?;
        let sent = ledger::find(&reader, &slot(Part::Album)).await?;
        Ok(shown.is_some() && sent.is_none())
    }

    /// A carousel of the user and its current draft; `None` after a refusal was sent.
    async fn draft_of(&self, id: &str) -> Result<Option<(Carousel, Draft)>, Trouble> {
        let Some(carousel) = self.own(id).await? else {
            self.reply(Phrase::ForeignButton).await?;
            return Ok(None);
        };
        let saved = match carousel.revision {
            Some(revision) => {
                carousels::draft(&self.desk.db.read(), &carousel.id, revision).await?
            }
            None => None,
        };
        let draft = saved.and_then(|saved| Draft::try_from(&saved.draft).ok());
        match draft {
            Some(draft) => Ok(Some((carousel, draft))),
            None => {
                self.reply(Phrase::StaleButton).await?;
                Ok(None)
            }
        }
    }

    /// Says what is wrong and keeps the dialogue open, so that the next message is not read as a
    /// topic.
    async fn ask_once_more(
        &self,
        id: &str,
        slide: u32,
        by: EditBy,
        why: Phrase<'_>,
    ) -> Result<(), Trouble> {
        let dialogue = sessions::Dialogue {
            bot: self.desk.id,
            chat: ChatId::new(self.heard.chat.id),
        };
        let waits = &Dialogue::Slide {
            carousel: id.to_owned(),
            slide,
            by,
        };
        let at = Utc::now();
        let again = |tx| async move {
            let session = sessions::load::<Dialogue>(&tx, dialogue, at).await?;
            let seen = session.map(|session| session.version);
            sessions::save(&tx, dialogue, waits, seen, at + DIALOGUE, at).await
        };
        match self.desk.db.write(again).await {
            // Updates of one chat are handled in order, so no other update has changed the
            // dialogue.
            Ok(_) | Err(SaveError::Stale { .. }) => {}
            Err(SaveError::Storage(error)) => return Err(error.into()),
        }
        let drop = button(Phrase::ButtonDrop, self.language, &Press::Drop);
        self.send(Said {
            text: why.html(self.language),
            keyboard: Keyboard::rows([drop.into_iter().collect()]),
        })
        .await
    }
}

fn slide_of(draft: &Draft, number: u32) -> Option<&Slide> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    draft.slides().get(at)
}

/// Why a text can't become a slide.
fn refusal(error: &SlideError) -> Phrase<'static> {
    match error {
        SlideError::Text {
            error: TextError::TooLong { .. },
            ..
        }
        | SlideError::Code { .. } => Phrase::EditTooLong,
        SlideError::Items { count, .. } if *count > 0 => Phrase::EditTooLong,
        SlideError::Text { .. }
        | SlideError::Items { .. }
        | SlideError::Emoji(_)
        | SlideError::Name(_) => Phrase::EditIncomplete,
    }
}
