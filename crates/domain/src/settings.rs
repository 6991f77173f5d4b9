//! [`Settings`]: what a user wants unless they say otherwise.

use serde::{Deserialize, Serialize};

use crate::{Format, Language, SlideCount, ThemeId, TimeZone};

/// What a user wants unless they say otherwise; `None` leaves it to us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The language that carousels are written in; the topic's own where none is chosen.
    pub language: Option<Language>,
    /// The look.
    pub theme: Option<ThemeId>,
    /// The shape.
    pub format: Option<Format>,
    /// How many slides.
    pub slides: Option<SlideCount>,
    /// Whether the draft is shown before it is drawn.
    pub draft_review: bool,
    /// Whether the slides are sent as files too, unspoilt by Telegram.
    pub documents: bool,
    /// Whether a piece of wisdom comes every day.
    pub daily_wisdom: bool,
    /// By which clock what comes by itself comes.
    pub time_zone: Option<TimeZone>,
}

/// [`Settings`] as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsRecord {
    /// A [`Language`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// A theme's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub theme: String,
    /// A [`Format`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// How many slides; 0 where none is chosen.
    pub slides: u8,
    /// See [`Settings::draft_review`].
    pub draft_review: bool,
    /// See [`Settings::documents`].
    pub documents: bool,
    /// See [`Settings::daily_wisdom`].
    pub daily_wisdom: bool,
    /// A [`TimeZone`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
}

impl Settings {
    /// The names of the settings in which the two differ: for the event that says so.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        // Taken apart, so that a new setting can't be forgotten here.
        let Self {
            language,
            theme,
            format,
            slides,
            draft_review,
            documents,
            daily_wisdom,
            time_zone,
        } = self;
        let fields = [
            ("language", *language != other.language),
            ("theme", *theme != other.theme),
            ("format", *format != other.format),
            ("slides", *slides != other.slides),
            ("draft_review", *draft_review != other.draft_review),
            ("documents", *documents != other.documents),
            ("daily_wisdom", *daily_wisdom != other.daily_wisdom),
            ("time_zone", *time_zone != other.time_zone),
        ];
        let differing = fields.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }
}

impl From<&Settings> for SettingsRecord {
    fn from(settings: &Settings) -> Self {
        let theme = settings.theme.as_ref().map(ThemeId::as_str);
        Self {
            language: settings.language.map_or("", Language::name).to_owned(),
            theme: theme.unwrap_or_default().to_owned(),
            format: settings.format.map_or("", Format::name).to_owned(),
            slides: settings.slides.map_or(0, SlideCount::get),
            draft_review: settings.draft_review,
            documents: settings.documents,
            daily_wisdom: settings.daily_wisdom,
            time_zone: (settings.time_zone.as_ref())
                .map_or("", TimeZone::as_str)
                .to_owned(),
        }
    }
}

/// A choice that is no longer offered, a theme that was taken out for instance, counts as none:
/// nobody is locked out by what they once chose.
impl From<&SettingsRecord> for Settings {
    fn from(record: &SettingsRecord) -> Self {
        Self {
            language: record.language.parse().ok(),
            theme: ThemeId::parse(&record.theme).ok(),
            format: record.format.parse().ok(),
            slides: SlideCount::new(record.slides).ok(),
            draft_review: record.draft_review,
            documents: record.documents,
            daily_wisdom: record.daily_wisdom,
            time_zone: TimeZone::parse(&record.time_zone).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen() -> Settings {
        Settings {
            language: Some(Language::Ru),
            theme: Some(ThemeId::default()),
            format: Some(Format::Square),
            slides: Some(SlideCount::default()),
            draft_review: true,
            documents: true,
            daily_wisdom: true,
            time_zone: Some(TimeZone::utc()),
        }
    }

    #[test]
    fn settings_survive_the_way_there_and_back() {
        for settings in [Settings::default(), chosen()] {
            let record = SettingsRecord::from(&settings);
            let json = serde_json::to_string(&record).unwrap();
            let read: SettingsRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(Settings::from(&read), settings);
        }
    }

    #[test]
    fn a_choice_that_is_no_longer_offered_counts_as_none() {
        let json = r#"{"language":"eo","theme":"A B","slides":99,"draft_review":true,"mood":1}"#;
        let settings = Settings::from(&serde_json::from_str::<SettingsRecord>(json).unwrap());
        let wanted = Settings {
            draft_review: true,
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
    }

    #[test]
    fn every_setting_that_differs_is_named() {
        assert_eq!(Settings::default().differences(&chosen()).len(), 8);
        assert_eq!(chosen().differences(&chosen()), Vec::<&str>::new());
    }
}
