//! Handles edits of the list of slides and of the text under the post: remove, move, go back to an
//! earlier revision, change the caption, show the alternative texts.

use domain::{CarouselId, DraftError, SlideNumber, alt_text, limits::SLIDES_MIN, read_post_text};
use telegram::{
    Html, InlineButton, Keyboard, Phrase,
    action::{Action, DialogueState},
    messages::{button, row},
};
use workflows::edit::{EditKind, EditRecord};

use super::{CommandHandler, HandlerError};
use crate::bot::reply::ReplyMessage;

impl CommandHandler<'_> {
    /// The buttons that move a slide up and down, and that remove it. The cover stays first.
    pub(super) fn arranging(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        total: u64,
        revision: u32,
    ) -> [Option<InlineButton>; 3] {
        let number = slide.get();
        let moved = |label, to: u32| {
            let (carousel, to) = (id.clone(), SlideNumber::new(to)?);
            let press = Action::MoveSlide { carousel, slide, to, revision };
            button(label, self.language, &press)
        };
        let up = (number > 2).then(|| moved(Phrase::ButtonMoveUp, number - 1));
        let down = (number > 1 && u64::from(number) < total)
            .then(|| moved(Phrase::ButtonMoveDown, number + 1));
        let remove = (number > 1 && total > u64::from(SLIDES_MIN)).then(|| {
            let press = Action::RemoveSlide { carousel: id.clone(), slide, revision };
            button(Phrase::ButtonRemoveSlide, self.language, &press)
        });
        [up.flatten(), down.flatten(), remove.flatten()]
    }

    pub(super) async fn remove_slide(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        revision: u32,
    ) -> Result<(), HandlerError> {
        let removed = slide.get();
        let order = |all: Vec<u32>| all.into_iter().filter(|n| *n != removed).collect();
        let saying = Phrase::RemovingSlide { slide: removed.into() };
        self.arrange(id, &format!("remove-{removed}"), revision, order, saying).await
    }

    pub(super) async fn move_slide(
        &self,
        id: &CarouselId,
        slide: SlideNumber,
        to: SlideNumber,
        revision: u32,
    ) -> Result<(), HandlerError> {
        let order = |mut all: Vec<u32>| {
            all.retain(|n| *n != slide.get());
            let at = usize::try_from(to.get() - 1).unwrap_or(usize::MAX);
            all.insert(at.min(all.len()), slide.get());
            all
        };
        let saying = Phrase::MovingSlide { slide: slide.get().into(), to: to.get().into() };
        self.arrange(id, &format!("move-{slide}-{to}"), revision, order, saying).await
    }

    /// Two presses of one button are one edit: its name is derived from the revision.
    async fn arrange(
        &self,
        id: &CarouselId,
        name: &str,
        revision: u32,
        order: impl FnOnce(Vec<u32>) -> Vec<u32>,
        saying: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let intent = format!("{name}-of-{revision}");
        if carousel.revision != Some(revision) {
            return self.reply(Phrase::StaleButton).await;
        }
        let numbers = draft.numbered().map(|(number, _)| number.get()).collect();
        let change = EditRecord {
            intent,
            order: order(numbers),
            base: revision,
            ..self.edit_record(EditKind::Arrange)
        };
        self.submit_edit(&carousel, change, saying).await
    }

    /// Makes an earlier revision the current one, as a new revision.
    pub(super) async fn restore(&self, id: &CarouselId, revision: u32) -> Result<(), HandlerError> {
        let Some((carousel, _)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let current = carousel.revision.unwrap_or(1);
        if revision >= current {
            return self.reply(Phrase::StaleButton).await;
        }
        let change = EditRecord {
            intent: format!("restore-{revision}-over-{current}"),
            revision,
            ..self.edit_record(EditKind::Restore)
        };
        self.submit_edit(&carousel, change, Phrase::Restoring).await
    }

    pub(super) async fn ask_caption(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((_, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let now = Html::text(&draft.post_text()).copyable();
        let drop = button(Phrase::ButtonDrop, self.language, &Action::Drop);
        self.ask_for_text(ReplyMessage {
            text: Phrase::SendCaption.html(self.language).append(&Html::text("\n\n")).append(&now),
            keyboard: Keyboard::rows([row([drop])]),
        })
        .await
    }

    pub(super) async fn set_caption(
        &self,
        id: &CarouselId,
        text: &str,
    ) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let (caption, hashtags) = match read_post_text(text) {
            Ok(read) => read,
            Err(error) => {
                let why = match error {
                    DraftError::Hashtags(_) => Phrase::TooManyHashtags,
                    _ => Phrase::CaptionRefused,
                };
                let waits = DialogueState::Caption { carousel: id.clone() };
                return self.keep_asking(&waits, why).await;
            }
        };
        let hashtags = hashtags.as_ref().unwrap_or(draft.hashtags());
        let change = EditRecord {
            caption: caption.as_str().to_owned(),
            hashtags: hashtags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            ..self.edit_record(EditKind::Caption)
        };
        self.submit_edit(&carousel, change, Phrase::SavingCaption).await
    }

    /// Sends the alternative texts of all slides as one block to copy.
    pub(super) async fn alt_texts(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let language = carousel.brief.language.parse().unwrap_or(self.language);
        let (slides, total) = (draft.slides(), draft.slides().len());
        let texts =
            (1..).zip(slides).map(|(at, slide)| alt_text(slide, at, total, language.into()));
        let texts = texts.collect::<Vec<_>>().join("\n\n");
        let text = Phrase::AltTexts
            .html(self.language)
            .append(&Html::text("\n\n"))
            .append(&Html::text(&texts).copyable());
        self.send(text.into()).await
    }
}
