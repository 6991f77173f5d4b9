//! Messages about a carousel and the buttons under them, shared by the gateway and the delivery
//! pool.

mod failures;

use chrono::{Datelike as _, NaiveDateTime};
use domain::{
    AccountId, CarouselId, CarouselStage, ContentLanguage, Format, Language, OfflineMaterial,
    ThemeId,
};

pub use failures::{
    after_failure, cancelled, failed, failed_reason, slide_refused, unanswered, unchanged,
    unchanged_reason,
};

use crate::{
    ButtonEffect, CopyText, Html, InlineButton, Keyboard, Phrase,
    action::{Action, DeletionConfirmation, SettingChange},
    html,
};

/// `None` if the callback data is too long.
pub fn button(phrase: Phrase<'_>, language: Language, action: &Action) -> Option<InlineButton> {
    labelled(phrase.plain(language), action)
}

/// Same, for a label that is not one of our phrases.
pub fn labelled(label: String, action: &Action) -> Option<InlineButton> {
    let press = ButtonEffect::Callback(action.data()?);
    Some(InlineButton { label, press })
}

/// A button that copies a text; `None` if the text is too long for one.
pub fn copy_button(phrase: Phrase<'_>, language: Language, text: &str) -> Option<InlineButton> {
    let press = ButtonEffect::Copy(CopyText::new(text)?);
    Some(InlineButton { label: phrase.plain(language), press })
}

/// A row of those buttons that fit.
pub fn row<const N: usize>(buttons: [Option<InlineButton>; N]) -> Vec<InlineButton> {
    buttons.into_iter().flatten().collect()
}

/// A day and a time on the user's clock: `Mon 30 Nov 09:00`.
pub fn weekday_time(language: Language, local: NaiveDateTime) -> String {
    let weekday = local.weekday().num_days_from_monday() as usize;
    let day = domain::Weekday::ALL.get(weekday).map_or("", |day| day.name());
    let day = Phrase::DayName { day }.plain(language);
    let date = match language {
        Language::Ru => local.format("%d.%m %H:%M"),
        Language::En => local.format("%-d %b %H:%M"),
    };
    format!("{day} {date}")
}

/// A scheduled carousel that could not start in time; `topic` is `None` if it comes from the notes.
pub fn schedule_missed(language: Language, topic: Option<&str>, due: NaiveDateTime) -> Html {
    let notes = Phrase::ScheduleAnyTopic.plain(language);
    let topic = topic.unwrap_or(&notes);
    Phrase::ScheduleMissed { topic, when: &weekday_time(language, due) }.html(language)
}

/// The first reply; `ahead` counts the requests that are queued before this one.
pub fn accepted(language: Language, topic: &str, ahead: u64) -> Html {
    match ahead {
        0 => Phrase::Accepted { topic },
        ahead => Phrase::AcceptedBehind { topic, ahead },
    }
    .html(language)
}

/// How long a carousel usually takes, rounded up: to ten seconds, or to minutes.
pub fn usual_time(language: Language, millis: u64) -> Html {
    let seconds = (millis.div_ceil(10_000) * 10).max(10);
    let minutes = if seconds < 60 { 0 } else { seconds.div_ceil(60) };
    Phrase::UsualTime { minutes, seconds }.html(language)
}

pub fn stage(language: Language, stage: CarouselStage, topic: &str) -> Html {
    let phrase = if stage == CarouselStage::Drawing {
        Phrase::StageDrawing { topic }
    } else {
        Phrase::StageWriting { topic }
    };
    phrase.html(language)
}

/// The buttons under a progress message: stop it, or make it with another choice.
pub fn progress_keyboard(language: Language, carousel: &CarouselId) -> Keyboard {
    let cancel = Action::Cancel { carousel: Some(carousel.clone()) };
    let cancel = button(Phrase::ButtonCancel, language, &cancel);
    Keyboard::rows([row([cancel, options(language, carousel)])])
}

fn options(language: Language, carousel: &CarouselId) -> Option<InlineButton> {
    let press = Action::Options { carousel: carousel.clone() };
    button(Phrase::ButtonOptions, language, &press)
}

/// What was understood of a request, in one line: slides, theme, format, language.
pub fn choices(
    language: Language,
    slides: u64,
    (theme, format): (&ThemeId, Format),
    written_in: ContentLanguage,
) -> Html {
    let (theme, format) = (theme.as_str(), format.name());
    let language_name = match written_in.offline() {
        Some(ours) => Phrase::LanguageName { language: ours.name() }.plain(language),
        None => written_in.own_name().to_owned(),
    };
    Phrase::Choices { slides, theme, format, language: &language_name }.html(language)
}

/// What the offline provider made an album of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfflineAlbum {
    pub material: OfflineMaterial,
    /// Its slides, if the text was too short for the requested number.
    pub only_slides: Option<u64>,
}

/// The text under an album; `offline` if the offline provider wrote it.
pub fn ready(language: Language, offline: Option<OfflineAlbum>) -> Html {
    let ready = Phrase::Ready.html(language);
    let Some(OfflineAlbum { material, only_slides }) = offline else {
        return ready;
    };
    let note = match material {
        OfflineMaterial::Notes => Phrase::OfflineNotes,
        OfflineMaterial::Text => Phrase::OfflineText,
        OfflineMaterial::Questions => Phrase::OfflineQuestions,
    };
    let mut note = note.html(language);
    if let Some(slides) = only_slides {
        note = note.append(&Html::text(" ")).append(&Phrase::FewerSlides { slides }.html(language));
    }
    note.append(&Html::text("\n\n")).append(&ready)
}

/// The buttons under an album.
pub fn album_keyboard(language: Language, carousel: &CarouselId, revision: u32) -> Keyboard {
    Keyboard::rows(carousel_rows(language, carousel, revision, Phrase::ButtonEdit))
}

fn carousel_rows(
    language: Language,
    carousel: &CarouselId,
    revision: u32,
    edit_label: Phrase<'_>,
) -> [Vec<InlineButton>; 3] {
    let id = || carousel.clone();
    let (edit, looks, rewrite) = (
        Action::EditMenu { carousel: id() },
        Action::ThemeMenu { carousel: id() },
        Action::Rewrite { carousel: id() },
    );
    let (files, caption, again) = (
        Action::Files { carousel: id() },
        Action::Caption { carousel: id() },
        Action::Again { carousel: id(), offline: false },
    );
    [
        row([
            button(edit_label, language, &edit),
            button(Phrase::ButtonStyle, language, &looks),
            button(Phrase::ButtonRewrite, language, &rewrite),
        ]),
        row([
            button(Phrase::ButtonFiles, language, &files),
            button(Phrase::ButtonCaption, language, &caption),
        ]),
        row([
            button(Phrase::ButtonAgain, language, &again),
            options(language, carousel),
            undo(language, carousel, revision),
        ]),
    ]
}

/// The text after the deletion of a user's data.
pub fn data_deleted(language: Language, carousels: u64, schedules: u64) -> Html {
    Phrase::ForgetDone { carousels, schedules }.html(language)
}

/// The button under the question whether to delete everything.
pub fn forget_keyboard(language: Language, account: AccountId, until: i64) -> Keyboard {
    let press = Action::Forget { confirmed: Some(DeletionConfirmation { account, until }) };
    Keyboard::rows([row([button(Phrase::ButtonForget, language, &press)])])
}

pub fn delivery_unknown(language: Language) -> Html {
    Phrase::DeliveryUnknown.html(language)
}

/// The button under [`delivery_unknown`].
pub fn send_again_keyboard(
    language: Language,
    carousel: &CarouselId,
    revision: u32,
    generation: u32,
) -> Keyboard {
    let press = Action::SendAgain { carousel: carousel.clone(), revision, generation };
    Keyboard::rows([row([button(Phrase::ButtonSendAgain, language, &press)])])
}

/// The text under a slide after an edit.
pub fn slide_edited(language: Language, slide: u64) -> Html {
    Phrase::SlideChanged { slide }.html(language)
}

/// The text under a slide that the user added.
pub fn slide_added(language: Language, slide: u64) -> Html {
    Phrase::SlideAdded { slide }.html(language)
}

/// All slides, after some were removed, moved or restored.
pub fn slides_edited(language: Language, headings: &[String]) -> Html {
    let mut text = Phrase::SlidesNow { slides: headings.len() as u64 }.html(language);
    for (n, heading) in (1..).zip(headings) {
        let line = Phrase::OutlineLine { n, words: &html::unlinked(heading) }.html(language);
        text = text.append(&Html::text("\n")).append(&line);
    }
    text
}

/// The new caption with its hashtags, to copy.
pub fn caption_edited(language: Language, post_text: &str) -> Html {
    let said = Phrase::CaptionChanged.html(language);
    said.append(&Html::text("\n\n")).append(&Html::text(post_text).copyable())
}

/// The buttons under an edit: those under an album, and one that sends the album.
pub fn edited_keyboard(language: Language, carousel: &CarouselId, revision: u32) -> Keyboard {
    let send = Action::SendAlbum { carousel: carousel.clone(), revision };
    let send = row([button(Phrase::ButtonSendAlbum, language, &send)]);
    let rows = carousel_rows(language, carousel, revision, Phrase::ButtonEditMore);
    Keyboard::rows([send].into_iter().chain(rows))
}

/// The button that goes back to the revision before this one, if there is one.
fn undo(language: Language, carousel: &CarouselId, revision: u32) -> Option<InlineButton> {
    let before = revision.checked_sub(1).filter(|before| *before > 0)?;
    let press = Action::Restore { carousel: carousel.clone(), revision: before };
    button(Phrase::ButtonUndo, language, &press)
}

/// A draft for review: each slide's heading and the text after it.
pub fn outline(language: Language, slides: &[(String, String)]) -> Html {
    let mut text = Phrase::Outline.html(language);
    for (n, (heading, rest)) in (1..).zip(slides) {
        let words = &html::unlinked(heading);
        let line = Phrase::OutlineLine { n, words };
        text = text.append(&Html::text("\n\n")).append(&line.html(language).bold());
        if !rest.is_empty() {
            text = text.append(&Html::text("\n")).append(&Html::unlinked(rest));
        }
    }
    text
}

/// The reminder that a draft still waits for review.
pub fn outline_closing(language: Language) -> Html {
    Phrase::OutlineClosing.html(language)
}

/// The buttons under [`outline`] and [`outline_closing`].
pub fn outline_keyboard(language: Language, carousel: &CarouselId) -> Keyboard {
    let id = || carousel.clone();
    let (draw, edit) = (Action::Draw { carousel: id() }, Action::EditMenu { carousel: id() });
    let (rewrite, cancel) =
        (Action::Rewrite { carousel: id() }, Action::Cancel { carousel: Some(id()) });
    Keyboard::rows([
        row([button(Phrase::ButtonDraw, language, &draw)]),
        row([
            button(Phrase::ButtonEdit, language, &edit),
            button(Phrase::ButtonRewrite, language, &rewrite),
        ]),
        row([button(Phrase::ButtonCancel, language, &cancel)]),
    ])
}

pub fn daily_tip(language: Language, text: &str, source: &str) -> Html {
    let said = Phrase::DailyTip { text }.html(language);
    let source = Phrase::DailyTipSource { source }.html(language);
    said.append(&Html::text("\n\n")).append(&source)
}

/// The button under a broadcast.
pub fn broadcast_keyboard(language: Language) -> Keyboard {
    let press = Action::Set(SettingChange::BroadcastsReply(false));
    Keyboard::rows([row([button(Phrase::ButtonBroadcastsOff, language, &press)])])
}

/// How a broadcast ended: recipients who received it, failures and how many of these stopped the
/// bot; unknown deliveries, and recipients not written to.
pub fn broadcast_report(
    language: Language,
    done: bool,
    (sent, failed, closed): (u64, u64, u64),
    (unknown, left): (u64, u64),
) -> Html {
    let report = Phrase::BroadcastReport { sent, failed, closed, unknown };
    let report = report.html(language);
    if done {
        return report;
    }
    let stopped = Phrase::BroadcastStopped { left }.html(language);
    stopped.append(&Html::text("\n")).append(&report)
}
