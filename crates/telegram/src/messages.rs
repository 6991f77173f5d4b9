//! Messages about a carousel and the buttons under them, shared by the gateway and the delivery
//! pool.

mod failures;

use domain::{AccountId, CarouselId, Language};

pub use failures::{after_failure, cancelled, failed, unanswered, unchanged};

use crate::{
    Html, InlineButton, Keyboard, Phrase,
    action::{Action, DeletionConfirmation, SettingChange},
    html,
};

/// The notice that shows a carousel's progress. The gateway sends it; the delivery pool finds it in
/// the ledger under this name and updates it.
pub const PROGRESS_NOTICE: &str = "status";

/// The notice that shows a draft for review; one per revision.
pub const DRAFT_NOTICE: &str = "draft";

/// `None` if the callback data is too long.
pub fn button(phrase: Phrase<'_>, language: Language, action: &Action) -> Option<InlineButton> {
    labelled(phrase.plain(language), action)
}

/// Same, for a label that is not one of our phrases.
pub fn labelled(label: String, action: &Action) -> Option<InlineButton> {
    let data = action.data()?;
    Some(InlineButton { label, data })
}

fn row<const N: usize>(buttons: [Option<InlineButton>; N]) -> Vec<InlineButton> {
    buttons.into_iter().flatten().collect()
}

/// The first reply; `ahead` counts the requests that are queued before this one.
pub fn accepted(language: Language, topic: &str, slides: u64, ahead: u64) -> Html {
    match ahead {
        0 => Phrase::Accepted { topic, slides },
        ahead => Phrase::AcceptedBehind { topic, ahead },
    }
    .html(language)
}

/// The progress text of a stage.
pub fn stage(language: Language, stage: &str, topic: &str) -> Html {
    match stage {
        "drawing" => Phrase::StageDrawing { topic },
        _ => Phrase::StageWriting { topic },
    }
    .html(language)
}

/// The button under a progress message.
pub fn progress_keyboard(language: Language, carousel: &CarouselId) -> Keyboard {
    let cancel = Action::Cancel { carousel: Some(carousel.clone()) };
    let cancel = button(Phrase::ButtonCancel, language, &cancel);
    Keyboard::rows([row([cancel])])
}

/// The text under an album.
pub fn ready(language: Language) -> Html {
    Phrase::Ready.html(language)
}

/// The buttons under an album.
pub fn album_keyboard(language: Language, carousel: &CarouselId) -> Keyboard {
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
    Keyboard::rows([
        row([
            button(Phrase::ButtonEdit, language, &edit),
            button(Phrase::ButtonStyle, language, &looks),
            button(Phrase::ButtonRewrite, language, &rewrite),
        ]),
        row([
            button(Phrase::ButtonFiles, language, &files),
            button(Phrase::ButtonCaption, language, &caption),
        ]),
        row([button(Phrase::ButtonAgain, language, &again)]),
    ])
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

/// The text for an album with an unknown delivery.
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

/// The buttons under [`slide_edited`].
pub fn edited_keyboard(language: Language, carousel: &CarouselId, revision: u32) -> Keyboard {
    let id = || carousel.clone();
    let send = Action::SendAlbum { carousel: id(), revision };
    let edit = Action::EditMenu { carousel: id() };
    Keyboard::rows([
        row([button(Phrase::ButtonSendAlbum, language, &send)]),
        row([button(Phrase::ButtonEditMore, language, &edit)]),
    ])
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

/// A daily tip and its source.
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
