//! Handles edits of a carousel, also of its draft during review: a slide's text, the theme, all of
//! it. Requests are validated here and sent to the workflow, which applies each exactly once.

use chrono::Utc;
use domain::{
    CarouselId, ChatId, Draft, Slide, SlideError, SlideNumber, TextError, ThemeId,
    delivery::{DeliveryPart, Generation, LedgerKey},
    limits::INSTRUCTION_CHARS,
    record::SlideRecord,
    slide_lines::{from_lines, to_lines},
};
use storage::{
    carousels::{self, Carousel},
    ledger,
    sessions::{self, SaveSessionError},
};
use telegram::{
    Html, Keyboard, Phrase,
    action::{Action, DialogueState, EditBy},
    messages::{self, button, labelled},
};
use workflows::edit::{EditKind, EditRecord};

use super::{CommandHandler, HandlerError, notice, temporal};
use crate::bot::{ingress::DIALOGUE_LIFETIME, reply::ReplyMessage};

/// Maximum length of a slide's heading on a button, in characters.
const HEADING_CHARS: usize = 40;

impl CommandHandler<'_> {
    pub(super) async fn edit_menu(&self, id: &CarouselId) -> Result<(), HandlerError> {
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
        let rows = draft.numbered().map(|(number, slide)| {
            let press =
                Action::AskSlide { carousel: carousel.id.clone(), slide: number, by: EditBy::Text };
            labelled(format!("{number}. {}", heading(slide)), &press)
        });
        let rows = rows.flatten().map(|button| vec![button]);
        self.send(ReplyMessage {
            text: Phrase::ChooseSlide.html(self.language),
            keyboard: Keyboard::rows(rows),
        })
        .await
    }

    /// Shows a slide and asks for its new text, or for an instruction to the model.
    pub(super) async fn ask_slide(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        by: EditBy,
    ) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let total = draft.slides().len() as u64;
        let Some(present) = draft.slide(slide) else {
            return self.reply(Phrase::NoSuchSlide { total }).await;
        };
        let number = u64::from(slide.get());
        let ask_by = |by| Action::AskSlide { carousel: carousel.id, slide, by };
        let (text, other) = match by {
            EditBy::Text => {
                let ask = Phrase::SendSlideText { slide: number, total };
                let now = Html::text(&to_lines(present)).copyable();
                let text = ask.html(self.language).append(&Html::text("\n\n")).append(&now);
                let press = ask_by(EditBy::Instruction);
                (text, (Phrase::ButtonInstruct, press))
            }
            EditBy::Instruction => {
                let ask = Phrase::SendInstruction { slide: number, total };
                let press = ask_by(EditBy::Text);
                (ask.html(self.language), (Phrase::ButtonText, press))
            }
        };
        let (label, press) = other;
        let rows = [
            button(label, self.language, &press),
            button(Phrase::ButtonDrop, self.language, &Action::Drop),
        ];
        self.show(ReplyMessage {
            text,
            keyboard: Keyboard::rows(rows.into_iter().flatten().map(|button| vec![button])),
        })
        .await
    }

    pub(super) async fn edit_slide(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        by: EditBy,
        text: &str,
    ) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let total = draft.slides().len() as u64;
        let Some(present) = draft.slide(slide) else {
            return self.reply(Phrase::NoSuchSlide { total }).await;
        };
        let change = match by {
            EditBy::Text => match from_lines(present, text) {
                Ok(new) => EditRecord {
                    words: Some(SlideRecord::from(&new)),
                    ..self.edit_record(EditKind::Reword)
                },
                Err(error) => return self.ask_again(id, slide, by, refusal_phrase(&error)).await,
            },
            EditBy::Instruction if text.chars().count() > INSTRUCTION_CHARS => {
                return self.ask_again(id, slide, by, Phrase::EditTooLong).await;
            }
            EditBy::Instruction => {
                EditRecord { instruction: text.to_owned(), ..self.edit_record(EditKind::Instruct) }
            }
        };
        if let Some(character) = self.deps.renderer.missing_character(text) {
            let character = character.to_string();
            let phrase = Phrase::Undrawable { character: &character };
            return self.ask_again(id, slide, by, phrase).await;
        }
        let saying = Phrase::EditWorking { slide: slide.get().into() };
        let change = EditRecord { slide: slide.get(), ..change };
        self.submit_edit(&carousel, change, saying).await
    }

    pub(super) async fn theme_menu(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let looks = self.themes().filter_map(|theme| {
            let press = Action::Restyle { carousel: carousel.id.clone(), theme: theme.clone() };
            labelled(theme.to_string(), &press)
        });
        let looks: Vec<_> = looks.collect();
        self.send(ReplyMessage {
            text: Phrase::ChooseTheme.html(self.language),
            keyboard: Keyboard::rows(looks.chunks(3).map(<[_]>::to_vec)),
        })
        .await
    }

    pub(super) async fn restyle(
        &self,
        id: &CarouselId,
        theme: &ThemeId,
    ) -> Result<(), HandlerError> {
        if !self.themes().any(|known| known == theme) {
            return self.reply(Phrase::StaleButton).await;
        }
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change =
            EditRecord { theme: theme.as_str().to_owned(), ..self.edit_record(EditKind::Restyle) };
        let style = theme.as_str();
        self.submit_edit(&carousel, change, Phrase::ApplyingTheme { style }).await
    }

    pub(super) async fn rewrite(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change = self.edit_record(EditKind::Rewrite);
        self.submit_edit(&carousel, change, Phrase::Rewriting).await
    }

    pub(super) async fn send_album(
        &self,
        id: &CarouselId,
        revision: u32,
    ) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change = EditRecord { revision, ..self.edit_record(EditKind::Send) };
        self.submit_edit(&carousel, change, Phrase::SendingAlbum).await
    }

    pub(super) async fn draw(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        if !self.is_in_review(&carousel).await? {
            return self.reply(Phrase::StaleButton).await;
        }
        let change = self.edit_record(EditKind::Draw);
        let topic = &carousel.brief.topic;
        self.submit_edit(&carousel, change, Phrase::StageDrawing { topic }).await
    }

    /// Asks the delivery pool to send the original images uncompressed.
    pub(super) async fn files(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let change = self.edit_record(EditKind::Files);
        self.submit_edit(&carousel, change, Phrase::FilesComing).await
    }

    /// An edit with a name that is derived from the update.
    fn edit_record(&self, change: EditKind) -> EditRecord {
        EditRecord {
            intent: format!("tg-{}-{}", self.deps.id, self.update.update),
            change: change.name().to_owned(),
            destination: self.destination(),
            ..EditRecord::default()
        }
    }

    /// Confirms the edit once, and sends it to the workflow.
    async fn submit_edit(
        &self,
        carousel: &Carousel,
        change: EditRecord,
        saying: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        // A request to draw a draft is confirmed once, regardless of how often the button is
        // pressed.
        let name = match (change.kind(), carousel.revision) {
            (Some(EditKind::Draw), Some(revision)) => format!("drawing-{revision}"),
            _ => format!("wish-{}", change.intent),
        };
        let said = saying.html(self.language).into();
        self.send_once(&carousel.id, &name, said).await?;
        let carousels = &self.deps.carousels;
        if self.is_in_review(carousel).await? {
            let handed = carousels.edit_draft(&carousel.id, change.clone());
            if handed.await.map_err(temporal)? {
                return Ok(());
            }
        }
        let topic = &carousel.brief.topic;
        let handed = carousels.edit(&carousel.id, &self.user, topic, change);
        handed.await.map_err(temporal)
    }

    /// Whether the draft was shown and nothing of the carousel was sent: then the draft can be
    /// edited. Otherwise edits wait until the carousel is delivered.
    async fn is_in_review(&self, carousel: &Carousel) -> Result<bool, HandlerError> {
        let Some(revision) = carousel.revision.filter(|_| carousel.state.is_open()) else {
            return Ok(false);
        };
        let reader = self.deps.db.read();
        let slot = |part| LedgerKey {
            carousel: carousel.id.clone(),
            revision,
            part,
            generation: Generation::FIRST,
        };
        let shown = ledger::find(&reader, &slot(notice(messages::DRAFT_NOTICE)?)).await?;
        let sent = ledger::find(&reader, &slot(DeliveryPart::Album)).await?;
        Ok(shown.is_some() && sent.is_none())
    }

    /// A carousel of the user and its current draft; `None` after a refusal was sent.
    async fn draft_of(&self, id: &CarouselId) -> Result<Option<(Carousel, Draft)>, HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            self.reply(Phrase::ForeignButton).await?;
            return Ok(None);
        };
        let saved = match carousel.revision {
            Some(revision) => {
                carousels::find_draft(&self.deps.db.read(), &carousel.id, revision).await?
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
    async fn ask_again(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        by: EditBy,
        why: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        let dialogue =
            sessions::SessionKey { bot: self.deps.id, chat: ChatId::new(self.update.chat.id) };
        let waits = &DialogueState::Slide { carousel: id.clone(), slide, by };
        let at = Utc::now();
        let again = |tx| async move {
            let session = sessions::load::<DialogueState>(&tx, dialogue, at).await?;
            let seen = session.map(|session| session.version);
            sessions::save(&tx, dialogue, waits, seen, at + DIALOGUE_LIFETIME, at).await
        };
        match self.deps.db.write(again).await {
            // Updates of one chat are handled in order, so no other update has changed the
            // dialogue.
            Ok(_) | Err(SaveSessionError::Stale { .. }) => {}
            Err(SaveSessionError::Storage(error)) => return Err(error.into()),
        }
        let drop = button(Phrase::ButtonDrop, self.language, &Action::Drop);
        self.send(ReplyMessage {
            text: why.html(self.language),
            keyboard: Keyboard::rows([drop.into_iter().collect()]),
        })
        .await
    }
}

/// Why a text can't become a slide.
fn refusal_phrase(error: &SlideError) -> Phrase<'static> {
    match error {
        SlideError::Text { error: TextError::TooLong { .. }, .. } | SlideError::Code { .. } => {
            Phrase::EditTooLong
        }
        SlideError::Items { count, .. } if *count > 0 => Phrase::EditTooLong,
        SlideError::Text { .. }
        | SlideError::Items { .. }
        | SlideError::Emoji(_)
        | SlideError::Name(_) => Phrase::EditIncomplete,
    }
}
