//! Builds replies with keyboards: settings, greeting, choices, history.

use domain::{
    Brand, Format, Language, ThemeId, UserSettings,
    limits::{SLIDES_MAX, SLIDES_MIN},
};
use storage::carousels::Carousel;
use telegram::{
    Html, InlineButton, Keyboard, Phrase,
    messages::{BROADCAST_SETTING, CallbackAction, button, labelled},
};

/// Carousels on one page of the history.
pub(super) const PAGE: u32 = 5;

/// A text and the keyboard under it.
pub(super) struct ReplyMessage {
    pub(super) text: Html,
    pub(super) keyboard: Keyboard,
}

impl From<Html> for ReplyMessage {
    fn from(text: Html) -> Self {
        let keyboard = Keyboard::default();
        Self { text, keyboard }
    }
}

/// A user's settings.
pub(super) struct SettingsView {
    pub(super) settings: UserSettings,
    pub(super) brand: Brand,
    /// The time of the daily tip as text, if it is on.
    pub(super) wisdom: Option<String>,
    pub(super) news: bool,
}

/// All settings, with a button for each.
pub(super) fn settings(language: Language, chosen: &SettingsView) -> ReplyMessage {
    let SettingsView {
        settings,
        brand,
        wisdom,
        news,
    } = chosen;
    let value =
        |value: Option<String>, none: Phrase<'_>| value.unwrap_or_else(|| none.plain(language));
    let auto = |given: Option<String>| value(given, Phrase::ValueAuto);
    let none = |given: Option<String>| value(given, Phrase::ValueNone);
    let theme = auto(settings.theme.as_ref().map(ToString::to_string));
    let format = auto(settings.format.map(|format| format.to_string()));
    let slides = auto(settings.slides.map(|slides| slides.get().to_string()));
    let handle = none(
        brand
            .handle
            .as_ref()
            .map(|handle| format!("@{}", handle.as_str())),
    );
    let name = none(brand.name.as_ref().map(|name| name.as_str().to_owned()));
    let accent = auto(brand.accent.map(|accent| accent.to_string()));
    let avatar = match brand.avatar {
        Some(_) => Phrase::ValueYes,
        None => Phrase::ValueNone,
    }
    .plain(language);
    let spoken = Phrase::LanguageName {
        language: language.name(),
    }
    .plain(language);
    let (review, documents) = (
        yes(settings.draft_review).plain(language),
        yes(settings.documents).plain(language),
    );
    let wisdom = value(wisdom.clone(), Phrase::ValueNo);
    let hears = yes(*news).plain(language);
    let lines = [
        Phrase::SettingLanguage { value: &spoken },
        Phrase::SettingTheme { value: &theme },
        Phrase::SettingFormat { value: &format },
        Phrase::SettingSlides { value: &slides },
        Phrase::SettingReview { value: &review },
        Phrase::SettingDocuments { value: &documents },
        Phrase::SettingDailyTip { value: &wisdom },
        Phrase::SettingBroadcasts { value: &hears },
        Phrase::SettingHandle { value: &handle },
        Phrase::SettingName { value: &name },
        Phrase::SettingAccent { value: &accent },
        Phrase::SettingAvatar { value: &avatar },
    ];
    let mut text = Phrase::Settings.html(language).append(&Html::text("\n"));
    for line in lines {
        text = text.append(&Html::text("\n")).append(&line.html(language));
    }
    let choose = |phrase, setting: &str| {
        let setting = setting.to_owned();
        button(phrase, language, &CallbackAction::Choose { setting })
    };
    let toggle = |phrase: Phrase<'_>, setting: &str, on: bool| {
        let (setting, value) = (setting.to_owned(), if on { "no" } else { "yes" }.to_owned());
        button(phrase, language, &CallbackAction::Set { setting, value })
    };
    let ask = |phrase, field: &str| {
        let field = field.to_owned();
        button(phrase, language, &CallbackAction::Brand { field })
    };
    let keyboard = Keyboard::rows([
        row([
            choose(Phrase::ButtonLanguage, "language"),
            choose(Phrase::ButtonTheme, "theme"),
        ]),
        row([
            choose(Phrase::ButtonFormat, "format"),
            choose(Phrase::ButtonSlides, "slides"),
        ]),
        row([
            choose(Phrase::ButtonDailyTip, "wisdom"),
            toggle(Phrase::ButtonBroadcasts, BROADCAST_SETTING, *news),
        ]),
        row([
            toggle(Phrase::ButtonReview, "review", settings.draft_review),
            toggle(Phrase::ButtonDocuments, "documents", settings.documents),
        ]),
        row([
            ask(Phrase::ButtonHandle, "handle"),
            ask(Phrase::ButtonName, "name"),
            ask(Phrase::ButtonAccent, "accent"),
            ask(Phrase::ButtonAvatar, "avatar"),
        ]),
    ]);
    ReplyMessage { text, keyboard }
}

fn yes(on: bool) -> Phrase<'static> {
    if on {
        Phrase::ValueYes
    } else {
        Phrase::ValueNo
    }
}

/// The greeting; `asks` adds the question whether the user wants broadcasts.
pub(super) fn greeting(language: Language, asks: bool) -> ReplyMessage {
    let press = CallbackAction::Set {
        setting: BROADCAST_SETTING.to_owned(),
        value: "start".to_owned(),
    };
    let news = button(Phrase::ButtonBroadcastsOn, language, &press);
    ReplyMessage {
        text: Phrase::Greeting.html(language),
        keyboard: Keyboard::rows([row([news.filter(|_| asks)])]),
    }
}

/// The choices for one setting; `None` if there is no such setting.
pub(super) fn choices(
    language: Language,
    setting: &str,
    themes: &[String],
) -> Option<ReplyMessage> {
    let (text, values): (Phrase<'_>, Vec<(String, String)>) = match setting {
        "language" => {
            let named = |language: Language| {
                let name = language.name();
                (
                    name.to_owned(),
                    Phrase::LanguageName { language: name }.plain(language),
                )
            };
            (
                Phrase::ChooseLanguage,
                Language::ALL.iter().copied().map(named).collect(),
            )
        }
        "theme" => {
            let same = |theme: &String| (theme.clone(), theme.clone());
            (Phrase::ChooseTheme, themes.iter().map(same).collect())
        }
        "format" => {
            let same = |format: &Format| (format.to_string(), format.to_string());
            (Phrase::ChooseFormat, Format::ALL.iter().map(same).collect())
        }
        "slides" => {
            let number = |n: u8| (n.to_string(), n.to_string());
            (
                Phrase::ChooseSlides,
                (SLIDES_MIN..=SLIDES_MAX).map(number).collect(),
            )
        }
        _ => return None,
    };
    let pressed = |(value, label): (String, String)| {
        let setting = setting.to_owned();
        labelled(label, &CallbackAction::Set { setting, value })
    };
    let buttons: Vec<InlineButton> = values.into_iter().filter_map(pressed).collect();
    let mut rows: Vec<Vec<InlineButton>> =
        buttons.chunks(4).map(<[InlineButton]>::to_vec).collect();
    rows.push(row([button(
        Phrase::ButtonBack,
        language,
        &CallbackAction::Settings,
    )]));
    Some(ReplyMessage {
        text: text.html(language),
        keyboard: Keyboard::rows(rows),
    })
}

/// A page of carousels, each with its buttons.
pub(super) fn history(
    language: Language,
    page: u32,
    found: &[Carousel],
    more: bool,
) -> ReplyMessage {
    if found.is_empty() {
        return Phrase::HistoryEmpty.html(language).into();
    }
    let mut text = Phrase::History.html(language).append(&Html::text("\n"));
    let mut rows = Vec::new();
    let first = (page - 1) * PAGE + 1;
    for (n, carousel) in (first..).zip(found) {
        let outcome = carousel
            .state
            .outcome()
            .map_or("", |outcome| outcome.name());
        let outcome = Phrase::OutcomeName { outcome }.plain(language);
        let when = carousel.created_at.format("%Y-%m-%d %H:%M").to_string();
        let line = Phrase::HistoryLine {
            n: u64::from(n),
            topic: &carousel.brief.topic,
            outcome: &outcome,
            when: &when,
        };
        text = text.append(&Html::text("\n")).append(&line.html(language));
        let id = || carousel.id.as_str().to_owned();
        let label = |phrase: Phrase<'_>| format!("{n}. {}", phrase.plain(language));
        rows.push(row([
            labelled(
                label(Phrase::ButtonAgain),
                &CallbackAction::Again { carousel: id() },
            ),
            labelled(
                label(Phrase::ButtonFiles),
                &CallbackAction::Files { carousel: id() },
            ),
        ]));
    }
    let newer = button(
        Phrase::ButtonNewer,
        language,
        &CallbackAction::History { page: page - 1 },
    );
    let older = button(
        Phrase::ButtonOlder,
        language,
        &CallbackAction::History { page: page + 1 },
    );
    rows.push(row([newer.filter(|_| page > 1), older.filter(|_| more)]));
    ReplyMessage {
        text,
        keyboard: Keyboard::rows(rows),
    }
}

/// The user's theme, or the default.
pub(super) fn theme_of(settings: &UserSettings) -> ThemeId {
    settings.theme.clone().unwrap_or_default()
}

fn row<const N: usize>(buttons: [Option<InlineButton>; N]) -> Vec<InlineButton> {
    buttons.into_iter().flatten().collect()
}
