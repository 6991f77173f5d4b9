//! Shows what was understood of a request, and makes the carousel with another choice.

use domain::{
    Brief, CarouselId, Format, Language, SlideCount,
    delivery::DeliveryPart,
    limits::{SLIDES_MAX, SLIDES_MIN},
};
use storage::{carousels::Carousel, ledger};
use telegram::{
    InlineButton, Keyboard, Phrase,
    action::{Action, BriefChange},
    messages::labelled,
};

use super::{COVERS_IN_A_ROW, CommandHandler, HandlerError};
use crate::{bot::reply::ReplyMessage, carousel_client::ProviderChoice};

/// Counts in one row of buttons.
const COUNTS_IN_A_ROW: usize = 4;

impl CommandHandler<'_> {
    /// Shows every choice of a carousel's request; the present ones are ticked.
    pub(super) async fn options(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            // Its workflow has just started and stored no row yet.
            return self.toast(Phrase::NotStartedYet).await;
        };
        let Ok(brief) = Brief::try_from(&carousel.brief) else {
            return self.reply(Phrase::StaleButton).await;
        };
        let topic = brief.topic.as_str();
        let text = if self.can_be_stopped(&carousel).await? {
            Phrase::OptionsRunning { topic }
        } else {
            Phrase::OptionsDone { topic }
        };
        self.send(ReplyMessage {
            text: text.html(self.language),
            keyboard: self.choices_keyboard(id, &brief),
        })
        .await
    }

    /// Whether nothing of an open carousel was sent yet.
    async fn can_be_stopped(&self, carousel: &Carousel) -> Result<bool, HandlerError> {
        if !carousel.state.is_open() {
            return Ok(false);
        }
        let entries = ledger::of_carousel(&self.deps.db.read(), &carousel.id).await?;
        Ok(!entries.rows.iter().any(|entry| entry.slot.part == DeliveryPart::Album))
    }

    fn choices_keyboard(&self, id: &CarouselId, brief: &Brief) -> Keyboard {
        let choice = |label: String, change: BriefChange| {
            let label = if is_chosen(brief, &change) { format!("✓ {label}") } else { label };
            labelled(label, &Action::Remake { carousel: id.clone(), change })
        };
        let counts = (SLIDES_MIN..=SLIDES_MAX).filter_map(|count| SlideCount::new(count).ok());
        let counts = counts.filter_map(|n| choice(n.to_string(), BriefChange::Slides(n)));
        let formats = Format::ALL.iter();
        let formats = formats.filter_map(|one| choice(one.to_string(), BriefChange::Format(*one)));
        let languages = Language::ALL.iter().filter_map(|one| {
            let name = Phrase::LanguageName { language: one.name() }.plain(self.language);
            choice(name, BriefChange::Language(*one))
        });
        let themes = self.themes();
        let themes =
            themes.filter_map(|one| choice(one.to_string(), BriefChange::Theme(one.clone())));
        let rows = |buttons: Vec<InlineButton>, in_a_row: usize| -> Vec<Vec<InlineButton>> {
            buttons.chunks(in_a_row).map(<[_]>::to_vec).collect()
        };
        let all = [
            rows(counts.collect(), COUNTS_IN_A_ROW),
            rows(formats.collect(), Format::ALL.len()),
            rows(languages.collect(), Language::ALL.len()),
            rows(themes.collect(), COVERS_IN_A_ROW.into()),
        ];
        Keyboard::rows(all.into_iter().flatten())
    }

    /// Makes a carousel from the same brief with another choice, once per button. One in progress is
    /// stopped first.
    pub(super) async fn remake(
        &self,
        id: &CarouselId,
        change: &BriefChange,
    ) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.refuse_foreign().await;
        };
        let Ok(brief) = Brief::try_from(&carousel.brief) else {
            return self.reply(Phrase::StaleButton).await;
        };
        if is_chosen(&brief, change) {
            return self.toast(Phrase::AlreadyChosen).await;
        }
        let another = self.again_id()?;
        self.replace(id, &another, "another choice was made").await?;
        let writers =
            if brief.questions { ProviderChoice::Offline } else { ProviderChoice::Configured };
        self.make_another(id, writers, |brief| apply(brief, change)).await
    }
}

fn is_chosen(brief: &Brief, change: &BriefChange) -> bool {
    match change {
        BriefChange::Slides(count) => brief.slides == *count,
        BriefChange::Theme(theme) => brief.theme == *theme,
        BriefChange::Format(format) => brief.format == *format,
        BriefChange::Language(language) => brief.language == (*language).into(),
    }
}

fn apply(brief: &mut Brief, change: &BriefChange) {
    match change {
        BriefChange::Slides(count) => brief.slides = *count,
        BriefChange::Theme(theme) => brief.theme = theme.clone(),
        BriefChange::Format(format) => brief.format = *format,
        BriefChange::Language(language) => brief.language = (*language).into(),
    }
}
