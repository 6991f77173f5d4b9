//! Handles edits of a carousel, also of its draft during review: a slide's text, the theme, all of
//! it. Requests are validated here and sent to the workflow, which applies each exactly once.

use chrono::Utc;
use domain::{
    CarouselId, Draft, NoticeId, NoticeKind, Slide, SlideNumber, ThemeId,
    limits::{INSTRUCTION_CHARS, SLIDES_MAX},
    record::SlideRecord,
    slide_lines::{from_lines, new_slide, to_lines},
    without_emphasis,
};
use storage::{
    carousels::{self, Carousel},
    ledger, outbox,
    sessions::{self, SaveSessionError},
};
use telegram::{
    Html, Keyboard, Phrase,
    action::{Action, DialogueState, EditBy},
    messages::{button, labelled, row, slide_refused},
};
use workflows::edit::{EditKind, EditRecord};

use super::{COVERS_IN_A_ROW, CommandHandler, HandlerError, Spoken, temporal};
use crate::bot::{
    ingress::{DIALOGUE_LIFETIME, session_key},
    reply::{ReplyMessage, theme_label},
};

/// Maximum length of a slide's heading on a button, in characters.
const HEADING_CHARS: usize = 40;

impl CommandHandler<'_> {
    pub(super) async fn edit_menu(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let heading = |slide: &Slide| {
            let words = slide.content().words();
            let first = without_emphasis(words.first().copied().unwrap_or_default());
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
        let report = Action::SourceReport { carousel: carousel.id.clone() };
        let report = (!carousel.brief.text.is_empty())
            .then(|| button(Phrase::ButtonSourceReport, self.language, &report));
        let rows = rows.chain([report.flatten()]).flatten().map(|button| vec![button]);
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
        let revision = carousel.revision.unwrap_or(1);
        let ask_by = |label, by| {
            let press = Action::AskSlide { carousel: carousel.id.clone(), slide, by };
            button(label, self.language, &press)
        };
        let (text, mut rows) = match by {
            EditBy::Text => {
                let ask = Phrase::SendSlideText { slide: number, total };
                let now = Html::text(&to_lines(present)).copyable();
                let text = ask.html(self.language).append(&Html::text("\n\n")).append(&now);
                let instruct = ask_by(Phrase::ButtonInstruct, EditBy::Instruction)
                    .filter(|_| self.deps.disclosure.may_use_models());
                let add = ask_by(Phrase::ButtonAddAfter, EditBy::NewSlide)
                    .filter(|_| total < u64::from(SLIDES_MAX));
                let [up, down, remove] = self.arranging(&carousel.id, slide, total, revision);
                (text, vec![row([instruct]), row([up, down]), row([add, remove])])
            }
            EditBy::Instruction => {
                let ask = Phrase::SendInstruction { slide: number, total };
                (ask.html(self.language), vec![row([ask_by(Phrase::ButtonText, EditBy::Text)])])
            }
            EditBy::NewSlide => {
                (Phrase::SendNewSlide { slide: number }.html(self.language), Vec::new())
            }
        };
        rows.push(row([button(Phrase::ButtonDrop, self.language, &Action::Drop)]));
        self.ask_for_text(ReplyMessage { text, keyboard: Keyboard::rows(rows) }).await
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
                Err(error) => return self.ask_again(id, slide, by, slide_refused(&error)).await,
            },
            EditBy::NewSlide => match new_slide(text) {
                Ok(new) => EditRecord {
                    words: Some(SlideRecord::from(&new)),
                    ..self.edit_record(EditKind::Add)
                },
                Err(error) => return self.ask_again(id, slide, by, slide_refused(&error)).await,
            },
            EditBy::Instruction if !self.deps.disclosure.may_use_models() => {
                return self.refuse_instruction(id).await;
            }
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
        let saying = match by {
            EditBy::Text | EditBy::Instruction => Phrase::EditWorking { slide: slide.get().into() },
            EditBy::NewSlide => Phrase::AddingSlide,
        };
        let change = EditRecord { slide: slide.get(), ..change };
        self.submit_edit(&carousel, change, saying).await
    }

    /// Rewrites all slides by an instruction.
    pub(super) async fn edit_all(&self, id: &CarouselId, text: &str) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        if !self.deps.disclosure.may_use_models() {
            return self.refuse_instruction(id).await;
        }
        if text.chars().count() > INSTRUCTION_CHARS {
            return self.reply(Phrase::InstructionTooLong).await;
        }
        let instruction = text.to_owned();
        let change = EditRecord { instruction, ..self.edit_record(EditKind::Instruct) };
        self.submit_edit(&carousel, change, Phrase::Rewriting).await
    }

    /// Says that nothing can follow an instruction, and offers to replace a text.
    async fn refuse_instruction(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let edit = Action::EditMenu { carousel: id.clone() };
        let edit = button(Phrase::ButtonEdit, self.language, &edit);
        self.send(ReplyMessage {
            text: Phrase::InstructionWithoutModel.html(self.language),
            keyboard: Keyboard::rows([edit.into_iter().collect()]),
        })
        .await
    }

    pub(super) async fn theme_menu(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let revision = carousel.revision.unwrap_or(1);
        let stored = carousels::revision_theme(&self.deps.db.read(), id, revision).await?;
        let current = stored.as_deref().unwrap_or(&carousel.brief.theme);
        let current = ThemeId::parse(current).unwrap_or_default();
        let looks = self.themes().filter_map(|theme| {
            let press = Action::Restyle { carousel: carousel.id.clone(), theme: theme.clone() };
            labelled(theme_label(theme, &current), &press)
        });
        let looks: Vec<_> = looks.collect();
        let said = ReplyMessage {
            text: Phrase::ChooseTheme.html(self.language),
            keyboard: Keyboard::rows(looks.chunks(COVERS_IN_A_ROW.into()).map(<[_]>::to_vec)),
        };
        match self.carousel_covers(&draft, &carousel.brief, &current).await? {
            Some(sheet) => self.send_sheet(sheet, said, false).await,
            None => self.send(said).await,
        }
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

    pub(super) fn edit_record(&self, change: EditKind) -> EditRecord {
        let by_update = || format!("tg-{}-{}", self.deps.id, self.update.update);
        EditRecord {
            intent: self.press_key().unwrap_or_else(by_update),
            change: Some(change),
            destination: self.destination(),
            ..EditRecord::default()
        }
    }

    /// Confirms the edit once, and sends it to the workflow. If the result is one message, it
    /// replaces the confirmation, or the message with the pressed button.
    pub(super) async fn submit_edit(
        &self,
        carousel: &Carousel,
        change: EditRecord,
        saying: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        let pressed = matches!(self.update.content, Spoken::Press { .. });
        if pressed && matches!(change.change, Some(EditKind::Arrange | EditKind::Restore)) {
            self.toast(saying).await?;
            let message = self.update.message.into();
            return self.hand_edit(carousel, EditRecord { message, ..change }).await;
        }
        // A request to draw a draft is confirmed once, regardless of how often the button is
        // pressed.
        let name = match (change.change, carousel.revision) {
            (Some(EditKind::Draw), Some(revision)) => {
                NoticeId::new(NoticeKind::DrawRequest, revision)
            }
            _ => NoticeId::new(NoticeKind::EditRequest, &change.intent),
        }?;
        let said = saying.html(self.language).into();
        self.send_once(&carousel.id, name.clone(), said).await?;
        let message = match change.change {
            Some(EditKind::Reword | EditKind::Instruct | EditKind::Add | EditKind::Caption) => {
                self.sent_before(&carousel.id, name).await?.unwrap_or_default()
            }
            _ => 0,
        };
        let handed = self.hand_edit(carousel, EditRecord { message, ..change });
        tokio::join!(handed, self.acknowledge()).0
    }

    /// Sends an edit to the workflow that applies it.
    async fn hand_edit(&self, carousel: &Carousel, change: EditRecord) -> Result<(), HandlerError> {
        let carousels = &self.deps.carousels;
        let change = self.traced(carousel, change).await?;
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

    /// The edit with its span, which is linked to the trace that made the carousel.
    async fn traced(
        &self,
        carousel: &Carousel,
        change: EditRecord,
    ) -> Result<EditRecord, HandlerError> {
        let Some(traceparent) = traces::traceparent() else {
            return Ok(change);
        };
        self.link_to_carousel(&carousel.id).await?;
        Ok(EditRecord { traceparent, ..change })
    }

    /// Links the current span to the trace that made a carousel.
    pub(super) async fn link_to_carousel(&self, id: &CarouselId) -> Result<(), HandlerError> {
        if traces::is_sampled()
            && let Some(made) = outbox::traceparent(&self.deps.db.read(), id).await?
        {
            traces::link_to(&made);
        }
        Ok(())
    }

    /// Whether the draft can be edited.
    async fn is_in_review(&self, carousel: &Carousel) -> Result<bool, HandlerError> {
        if carousel.revision.is_none() || !carousel.state.is_open() {
            return Ok(false);
        }
        Ok(ledger::is_in_review(&self.deps.db.read(), &carousel.id).await?)
    }

    /// A carousel of the user and its current draft; `None` after a refusal was sent.
    pub(super) async fn draft_of(
        &self,
        id: &CarouselId,
    ) -> Result<Option<(Carousel, Draft)>, HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            self.refuse_foreign().await?;
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

    async fn ask_again(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        by: EditBy,
        why: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        self.keep_asking(&DialogueState::Slide { carousel: id.clone(), slide, by }, why).await
    }

    /// Says what is wrong and keeps the dialogue open, so that the next message is not read as a
    /// topic.
    pub(super) async fn keep_asking(
        &self,
        waits: &DialogueState,
        why: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        let dialogue = session_key(self.deps.id, self.update);
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
        self.ask_for_text(ReplyMessage {
            text: why.html(self.language),
            keyboard: Keyboard::rows([drop.into_iter().collect()]),
        })
        .await
    }
}
