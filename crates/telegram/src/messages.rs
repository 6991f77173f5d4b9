//! Messages about a carousel and the buttons under them, shared by the gateway and the delivery
//! pool.

mod failures;

use domain::Language;

pub use failures::{after_failure, cancelled, failed, unanswered, unchanged};

use crate::{CallbackData, Html, InlineButton, Keyboard, Phrase, html};

/// The notice that shows a carousel's progress. The gateway sends it; the delivery pool finds it in
/// the ledger under this name and updates it.
pub const PROGRESS_NOTICE: &str = "status";

/// The notice that shows a draft for review; one per revision.
pub const DRAFT_NOTICE: &str = "draft";

/// Name of the setting for broadcasts.
pub const BROADCAST_SETTING: &str = "news";

/// What a button does, and for which carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackAction {
    /// Cancel the carousel.
    Cancel { carousel: String },
    /// Send again what may not have arrived.
    SendAgain {
        carousel: String,
        /// From 1.
        revision: u32,
        /// The generation that the press creates.
        generation: u32,
    },
    /// Make another carousel about the same topic.
    Again { carousel: String },
    /// Send the original files.
    Files { carousel: String },
    /// Send the caption in a form that is easy to copy.
    Caption { carousel: String },
    /// Write with the offline provider.
    Offline { carousel: String },
    /// Show another page of the history.
    History {
        /// From 1.
        page: u32,
    },
    /// Show the choices for this setting.
    Choose { setting: String },
    /// Save this value for this setting.
    Set { setting: String, value: String },
    /// Ask for a part of the brand, to be sent as a message.
    Brand {
        /// `handle`, `name` or `accent`.
        field: String,
    },
    /// Return to the settings.
    Settings,
    /// Choose a slide to edit.
    Edit { carousel: String },
    /// Edit this slide: send other text.
    Slide {
        carousel: String,
        /// From 1.
        slide: u32,
    },
    /// Edit this slide: send an instruction.
    Instruct {
        carousel: String,
        /// From 1.
        slide: u32,
    },
    /// Choose another theme.
    Themes { carousel: String },
    /// Draw it with this theme.
    ApplyTheme { carousel: String, theme: String },
    /// Write the carousel again.
    Rewrite { carousel: String },
    /// Send the album of a revision.
    SendAlbum {
        carousel: String,
        /// From 1.
        revision: u32,
    },
    /// Accept the draft and draw it.
    Draw { carousel: String },
    /// Drop the pending dialogue.
    Drop,
    /// Manage schedules.
    Schedule {
        /// The requested action, in the gateway's encoding.
        action: String,
    },
    /// Manage a broadcast.
    Broadcast {
        /// The requested action, in the gateway's encoding.
        what: String,
    },
    /// Delete all stored data of an account: the confirmation, with its expiry.
    Forget {
        /// The account that asked.
        account: i64,
        /// Expiry, in seconds since the Unix epoch.
        until: i64,
    },
}

impl CallbackAction {
    /// Encodes it as callback data; `None` if that is too long. Ids of carousels that were
    /// requested in a chat always fit.
    pub fn data(&self) -> Option<CallbackData> {
        let short = |id: &str| id.trim_start_matches("carousel-").to_owned();
        let text = match self {
            Self::Cancel { carousel } => format!("x:{}", short(carousel)),
            Self::SendAgain {
                carousel,
                revision,
                generation,
            } => format!("s{generation}r{revision}:{}", short(carousel)),
            Self::Again { carousel } => format!("a:{}", short(carousel)),
            Self::Files { carousel } => format!("f:{}", short(carousel)),
            Self::Caption { carousel } => format!("c:{}", short(carousel)),
            Self::Offline { carousel } => format!("o:{}", short(carousel)),
            Self::History { page } => format!("h:{page}"),
            Self::Choose { setting } => format!("p:{setting}"),
            Self::Set { setting, value } => format!("v:{setting}:{value}"),
            Self::Brand { field } => format!("b:{field}"),
            Self::Settings => "t:".to_owned(),
            Self::Edit { carousel } => format!("e:{}", short(carousel)),
            Self::Slide { carousel, slide } => format!("e{slide}:{}", short(carousel)),
            Self::Instruct { carousel, slide } => format!("i{slide}:{}", short(carousel)),
            Self::Themes { carousel } => format!("y:{}", short(carousel)),
            Self::ApplyTheme { carousel, theme } => format!("y{theme}:{}", short(carousel)),
            Self::Rewrite { carousel } => format!("w:{}", short(carousel)),
            Self::SendAlbum { carousel, revision } => format!("m{revision}:{}", short(carousel)),
            Self::Draw { carousel } => format!("g:{}", short(carousel)),
            Self::Drop => "d:".to_owned(),
            Self::Schedule { action: what } => format!("k:{what}"),
            Self::Broadcast { what } => format!("r:{what}"),
            Self::Forget { account, until } => format!("z:{account}:{until}"),
        };
        CallbackData::new(text).ok()
    }

    /// Decodes callback data; `None` if no button of ours has it. Does not check whether the
    /// carousel belongs to the user.
    pub fn parse(data: &str) -> Option<Self> {
        let (verb, rest) = data.split_once(':')?;
        let carousel = || format!("carousel-{rest}");
        Some(match verb {
            "x" => Self::Cancel {
                carousel: carousel(),
            },
            "a" => Self::Again {
                carousel: carousel(),
            },
            "f" => Self::Files {
                carousel: carousel(),
            },
            "c" => Self::Caption {
                carousel: carousel(),
            },
            "o" => Self::Offline {
                carousel: carousel(),
            },
            "h" => Self::History {
                page: rest.parse().ok()?,
            },
            "p" => Self::Choose {
                setting: rest.to_owned(),
            },
            "v" => {
                let (setting, value) = rest.split_once(':')?;
                Self::Set {
                    setting: setting.to_owned(),
                    value: value.to_owned(),
                }
            }
            "b" => Self::Brand {
                field: rest.to_owned(),
            },
            "t" => Self::Settings,
            "e" => Self::Edit {
                carousel: carousel(),
            },
            "y" => Self::Themes {
                carousel: carousel(),
            },
            "w" => Self::Rewrite {
                carousel: carousel(),
            },
            "g" => Self::Draw {
                carousel: carousel(),
            },
            "d" => Self::Drop,
            "k" => Self::Schedule {
                action: rest.to_owned(),
            },
            "r" => Self::Broadcast {
                what: rest.to_owned(),
            },
            "z" => {
                let (account, until) = rest.split_once(':')?;
                Self::Forget {
                    account: account.parse().ok()?,
                    until: until.parse().ok()?,
                }
            }
            _ => return Self::numbered(verb, carousel()),
        })
    }

    /// Decodes a verb with a number after its letter.
    fn numbered(verb: &str, carousel: String) -> Option<Self> {
        let (letter, rest) = verb.split_at_checked(1)?;
        Some(match letter {
            "s" => {
                let (generation, revision) = rest.split_once('r')?;
                Self::SendAgain {
                    carousel,
                    revision: revision.parse().ok()?,
                    generation: generation.parse().ok()?,
                }
            }
            "e" => Self::Slide {
                carousel,
                slide: rest.parse().ok()?,
            },
            "i" => Self::Instruct {
                carousel,
                slide: rest.parse().ok()?,
            },
            "m" => Self::SendAlbum {
                carousel,
                revision: rest.parse().ok()?,
            },
            "y" => Self::ApplyTheme {
                carousel,
                theme: rest.to_owned(),
            },
            _ => return None,
        })
    }
}

/// `None` if the callback data is too long.
pub fn button(
    phrase: Phrase<'_>,
    language: Language,
    press: &CallbackAction,
) -> Option<InlineButton> {
    labelled(phrase.plain(language), press)
}

/// Same, for a label that is not one of our phrases.
pub fn labelled(label: String, press: &CallbackAction) -> Option<InlineButton> {
    let data = press.data()?;
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
pub fn progress_keyboard(language: Language, carousel: &str) -> Keyboard {
    let carousel = carousel.to_owned();
    let cancel = button(
        Phrase::ButtonCancel,
        language,
        &CallbackAction::Cancel { carousel },
    );
    Keyboard::rows([row([cancel])])
}

/// The text under an album.
pub fn ready(language: Language) -> Html {
    Phrase::Ready.html(language)
}

/// The buttons under an album.
pub fn album_keyboard(language: Language, carousel: &str) -> Keyboard {
    let id = || carousel.to_owned();
    let (edit, looks, rewrite) = (
        CallbackAction::Edit { carousel: id() },
        CallbackAction::Themes { carousel: id() },
        CallbackAction::Rewrite { carousel: id() },
    );
    let (files, caption, again) = (
        CallbackAction::Files { carousel: id() },
        CallbackAction::Caption { carousel: id() },
        CallbackAction::Again { carousel: id() },
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
    Phrase::ForgetDone {
        carousels,
        schedules,
    }
    .html(language)
}

/// The button under the question whether to delete everything.
pub fn forget_keyboard(language: Language, account: i64, until: i64) -> Keyboard {
    let press = CallbackAction::Forget { account, until };
    Keyboard::rows([row([button(Phrase::ButtonForget, language, &press)])])
}

/// The text for an album with an unknown delivery.
pub fn delivery_unknown(language: Language) -> Html {
    Phrase::DeliveryUnknown.html(language)
}

/// The button under [`delivery_unknown`].
pub fn send_again_keyboard(
    language: Language,
    carousel: &str,
    revision: u32,
    generation: u32,
) -> Keyboard {
    let press = CallbackAction::SendAgain {
        carousel: carousel.to_owned(),
        revision,
        generation,
    };
    Keyboard::rows([row([button(Phrase::ButtonSendAgain, language, &press)])])
}

/// The text under a slide after an edit.
pub fn slide_edited(language: Language, slide: u64) -> Html {
    Phrase::SlideChanged { slide }.html(language)
}

/// The buttons under [`slide_edited`].
pub fn edited_keyboard(language: Language, carousel: &str, revision: u32) -> Keyboard {
    let id = || carousel.to_owned();
    let send = CallbackAction::SendAlbum {
        carousel: id(),
        revision,
    };
    let edit = CallbackAction::Edit { carousel: id() };
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
        text = text
            .append(&Html::text("\n\n"))
            .append(&line.html(language).bold());
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
pub fn outline_keyboard(language: Language, carousel: &str) -> Keyboard {
    let id = || carousel.to_owned();
    let (draw, edit) = (
        CallbackAction::Draw { carousel: id() },
        CallbackAction::Edit { carousel: id() },
    );
    let (rewrite, cancel) = (
        CallbackAction::Rewrite { carousel: id() },
        CallbackAction::Cancel { carousel: id() },
    );
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
    let press = CallbackAction::Set {
        setting: BROADCAST_SETTING.to_owned(),
        value: "stop".to_owned(),
    };
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
    let report = Phrase::BroadcastReport {
        sent,
        failed,
        closed,
        unknown,
    };
    let report = report.html(language);
    if done {
        return report;
    }
    let stopped = Phrase::BroadcastStopped { left }.html(language);
    stopped.append(&Html::text("\n")).append(&report)
}

#[cfg(test)]
mod tests;
