//! Builds replies with keyboards: settings, greeting, choices, history.

use domain::{
    Brand, BrandField, Brief, Format, Language, Outcome, SettingMenu, SlideCount, ThemeId,
    TimeZone, UserSettings,
    limits::{SLIDES_MAX, SLIDES_MIN},
};
use storage::carousels::Carousel;
use telegram::{
    Html, InlineButton, Keyboard, Phrase,
    action::{Action, SettingChange, StarterTopic},
    messages::{self, button, labelled, weekday_time},
};

use super::{
    handle::{COVERS_IN_A_ROW, starter_phrase},
    time_zones,
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

pub(super) fn settings(language: Language, chosen: &SettingsView) -> ReplyMessage {
    let SettingsView { settings, brand, wisdom, news } = chosen;
    let value =
        |value: Option<String>, none: Phrase<'_>| value.unwrap_or_else(|| none.plain(language));
    let auto = |given: Option<String>| value(given, Phrase::ValueAuto);
    let none = |given: Option<String>| value(given, Phrase::ValueNone);
    let theme = auto(settings.theme.as_ref().map(ToString::to_string));
    let format = auto(settings.format.map(|format| format.to_string()));
    let slides = auto(settings.slides.map(|slides| slides.get().to_string()));
    let handle = none(brand.handle.as_ref().map(|handle| format!("@{}", handle.as_str())));
    let name = none(brand.name.as_ref().map(|name| name.as_str().to_owned()));
    let accent = auto(brand.accent.map(|accent| accent.to_string()));
    let avatar = match brand.avatar {
        Some(_) => Phrase::ValueYes,
        None => Phrase::ValueNone,
    }
    .plain(language);
    let spoken = Phrase::LanguageName { language: language.name() }.plain(language);
    let (review, documents) =
        (yes(settings.draft_review).plain(language), yes(settings.documents).plain(language));
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
    let choose = |phrase, setting| {
        let setting = Some(setting);
        button(phrase, language, &Action::Settings { setting })
    };
    let set = |phrase, change| button(phrase, language, &Action::Set(change));
    let ask = |phrase, field| button(phrase, language, &Action::AskBrand { field });
    let keyboard = Keyboard::rows([
        row([
            choose(Phrase::ButtonLanguage, SettingMenu::Language),
            choose(Phrase::ButtonTheme, SettingMenu::Theme),
        ]),
        row([
            choose(Phrase::ButtonFormat, SettingMenu::Format),
            choose(Phrase::ButtonSlides, SettingMenu::Slides),
        ]),
        row([
            choose(Phrase::ButtonDailyTip, SettingMenu::DailyTip),
            set(Phrase::ButtonBroadcasts, SettingChange::Broadcasts(!news)),
        ]),
        row([
            set(Phrase::ButtonReview, SettingChange::Review(!settings.draft_review)),
            set(Phrase::ButtonDocuments, SettingChange::Documents(!settings.documents)),
        ]),
        row([
            ask(Phrase::ButtonHandle, BrandField::Handle),
            ask(Phrase::ButtonName, BrandField::Name),
            ask(Phrase::ButtonAccent, BrandField::Accent),
            ask(Phrase::ButtonAvatar, BrandField::Avatar),
        ]),
    ]);
    ReplyMessage { text, keyboard }
}

fn yes(on: bool) -> Phrase<'static> {
    if on { Phrase::ValueYes } else { Phrase::ValueNo }
}

/// The commands for administrators.
pub(super) fn admin_help(language: Language) -> Html {
    let access = Phrase::BanHelp.html(language);
    Phrase::AdminHelp.html(language).append(&Html::text("\n")).append(&access)
}

/// The greeting, with topics to begin with; `listens` is 1 if recordings are transcribed, `asks` adds
/// the question whether the user wants broadcasts.
pub(super) fn greeting(language: Language, listens: u64, asks: bool) -> ReplyMessage {
    let suggested = StarterTopic::ALL.iter().map(|topic| {
        let press = Action::Starter { topic: *topic };
        row([button(starter_phrase(*topic), language, &press)])
    });
    let press = Action::Set(SettingChange::BroadcastsReply(true));
    let news = button(Phrase::ButtonBroadcastsOn, language, &press);
    ReplyMessage {
        text: Phrase::Greeting { listens }.html(language),
        keyboard: Keyboard::rows(suggested.chain([row([news.filter(|_| asks)])])),
    }
}

/// What the bot understood of a request, in one line.
pub(super) fn understood(language: Language, brief: &Brief) -> Html {
    let look = (&brief.theme, brief.format);
    messages::choices(language, brief.slides.get().into(), look, brief.language)
}

pub(super) fn choose_language(language: Language) -> ReplyMessage {
    let choice = |one: &Language| {
        let label = Phrase::LanguageName { language: one.name() };
        (label.plain(*one), SettingChange::Language(*one))
    };
    let all = Language::ALL.iter().map(choice);
    choices(language, Phrase::ChooseLanguage, all, 4)
}

pub(super) fn choose_theme<'t>(
    language: Language,
    themes: impl Iterator<Item = &'t ThemeId>,
    current: &ThemeId,
) -> ReplyMessage {
    let choice =
        |theme: &ThemeId| (theme_label(theme, current), SettingChange::Theme(theme.clone()));
    choices(language, Phrase::ChooseTheme, themes.map(choice), COVERS_IN_A_ROW.into())
}

/// The name of a theme on a button, ticked if it is the current one.
pub(super) fn theme_label(theme: &ThemeId, current: &ThemeId) -> String {
    if theme == current { format!("✓ {theme}") } else { theme.to_string() }
}

pub(super) fn choose_format(language: Language) -> ReplyMessage {
    let choice = |format: &Format| (format.to_string(), SettingChange::Format(*format));
    choices(language, Phrase::ChooseFormat, Format::ALL.iter().map(choice), 4)
}

pub(super) fn choose_slides(language: Language) -> ReplyMessage {
    let choice = |count: SlideCount| (count.to_string(), SettingChange::Slides(count));
    let counts = (SLIDES_MIN..=SLIDES_MAX).filter_map(|count| SlideCount::new(count).ok());
    choices(language, Phrase::ChooseSlides, counts.map(choice), 4)
}

/// The labels and values of one setting.
fn choices(
    language: Language,
    text: Phrase<'_>,
    values: impl Iterator<Item = (String, SettingChange)>,
    in_a_row: usize,
) -> ReplyMessage {
    let pressed = |(label, change)| labelled(label, &Action::Set(change));
    let buttons: Vec<InlineButton> = values.filter_map(pressed).collect();
    let mut rows: Vec<Vec<InlineButton>> =
        buttons.chunks(in_a_row).map(<[InlineButton]>::to_vec).collect();
    let back = &Action::Settings { setting: None };
    rows.push(row([button(Phrase::ButtonBack, language, back)]));
    ReplyMessage { text: text.html(language), keyboard: Keyboard::rows(rows) }
}

/// A page of carousels, each with its buttons. Times are on the clocks of the zone.
pub(super) fn history(
    language: Language,
    zone: &TimeZone,
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
        let outcome = carousel.state.outcome().map_or("", |outcome| outcome.name());
        let outcome = Phrase::OutcomeName { outcome }.plain(language);
        let when = weekday_time(language, time_zones::local(carousel.created_at, zone));
        let line = Phrase::HistoryLine {
            n: u64::from(n),
            topic: &carousel.brief.topic,
            outcome: &outcome,
            when: &when,
        };
        text = text.append(&Html::text("\n")).append(&line.html(language));
        let id = || carousel.id.clone();
        let label = |phrase: Phrase<'_>| format!("{n}. {}", phrase.plain(language));
        let files = labelled(label(Phrase::ButtonFiles), &Action::Files { carousel: id() });
        let ended_without = [Some(Outcome::Failed), Some(Outcome::Cancelled)];
        let has_files = !ended_without.contains(&carousel.state.outcome());
        rows.push(row([
            labelled(label(Phrase::ButtonAgain), &Action::Again { carousel: id(), offline: false }),
            files.filter(|_| has_files),
        ]));
    }
    let newer = button(Phrase::ButtonNewer, language, &Action::History { page: page - 1 });
    let older = button(Phrase::ButtonOlder, language, &Action::History { page: page + 1 });
    rows.push(row([newer.filter(|_| page > 1), older.filter(|_| more)]));
    ReplyMessage { text, keyboard: Keyboard::rows(rows) }
}

/// The user's theme, or the default.
pub(super) fn theme_of(settings: &UserSettings) -> ThemeId {
    settings.theme.clone().unwrap_or_default()
}

fn row<const N: usize>(buttons: [Option<InlineButton>; N]) -> Vec<InlineButton> {
    buttons.into_iter().flatten().collect()
}
