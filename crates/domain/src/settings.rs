//! [`UserSettings`]: a user's defaults for new carousels; and the settings and parts of the brand
//! that a chat asks for.

use serde::{Deserialize, Serialize};

use crate::{Format, Language, SlideCount, ThemeId, TimeZone, named};

/// A user's defaults; `None` means that the product chooses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserSettings {
    /// `None`: the language of the topic.
    pub language: Option<Language>,
    pub theme: Option<ThemeId>,
    pub format: Option<Format>,
    pub slides: Option<SlideCount>,
    /// Whether the user reviews the draft before it is drawn.
    pub draft_review: bool,
    /// Whether the slides are also sent as files, without Telegram's compression.
    pub documents: bool,
    /// Whether the user gets the daily tip.
    pub daily_tip: bool,
    /// The time zone of the user's schedules.
    pub time_zone: Option<TimeZone>,
}

/// A setting whose values are shown in a menu of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingMenu {
    Language,
    Theme,
    Format,
    Slides,
    DailyTip,
}

named!(SettingMenu, "setting", {
    Language => "language",
    Theme => "theme",
    Format => "format",
    Slides => "slides",
    DailyTip => "wisdom",
});

/// A part of the brand that the user sends as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrandField {
    /// The author's account name, `@name`.
    Handle,
    /// The author's display name.
    Name,
    Accent,
    /// The author's picture.
    Avatar,
}

named!(BrandField, "part of the brand", {
    Handle => "handle",
    Name => "name",
    Accent => "accent",
    Avatar => "avatar",
});

/// The stored form of [`UserSettings`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserSettingsRecord {
    /// A [`Language`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub theme: String,
    /// A [`Format`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// 0 if none is chosen.
    pub slides: u8,
    pub draft_review: bool,
    pub documents: bool,
    pub daily_wisdom: bool,
    /// A [`TimeZone`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
}

impl UserSettings {
    /// Names of the settings that differ, for the event about the change.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        // Destructured, so that a new setting does not compile until it is compared here.
        let Self {
            language,
            theme,
            format,
            slides,
            draft_review,
            documents,
            daily_tip: daily_wisdom,
            time_zone,
        } = self;
        let fields = [
            ("language", *language != other.language),
            ("theme", *theme != other.theme),
            ("format", *format != other.format),
            ("slides", *slides != other.slides),
            ("draft_review", *draft_review != other.draft_review),
            ("documents", *documents != other.documents),
            ("daily_wisdom", *daily_wisdom != other.daily_tip),
            ("time_zone", *time_zone != other.time_zone),
        ];
        let differing = fields.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }
}

impl From<&UserSettings> for UserSettingsRecord {
    fn from(settings: &UserSettings) -> Self {
        let theme = settings.theme.as_ref().map(ThemeId::as_str);
        Self {
            language: settings.language.map_or("", Language::name).to_owned(),
            theme: theme.unwrap_or_default().to_owned(),
            format: settings.format.map_or("", Format::name).to_owned(),
            slides: settings.slides.map_or(0, SlideCount::get),
            draft_review: settings.draft_review,
            documents: settings.documents,
            daily_wisdom: settings.daily_tip,
            time_zone: (settings.time_zone.as_ref()).map_or("", TimeZone::as_str).to_owned(),
        }
    }
}

/// A choice that is no longer offered, such as a removed theme, counts as none, so that an old
/// choice never blocks a user.
impl From<&UserSettingsRecord> for UserSettings {
    fn from(record: &UserSettingsRecord) -> Self {
        Self {
            language: record.language.parse().ok(),
            theme: ThemeId::parse(&record.theme).ok(),
            format: record.format.parse().ok(),
            slides: SlideCount::new(record.slides).ok(),
            draft_review: record.draft_review,
            documents: record.documents,
            daily_tip: record.daily_wisdom,
            time_zone: TimeZone::parse(&record.time_zone).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen() -> UserSettings {
        UserSettings {
            language: Some(Language::Ru),
            theme: Some(ThemeId::default()),
            format: Some(Format::Square),
            slides: Some(SlideCount::default()),
            draft_review: true,
            documents: true,
            daily_tip: true,
            time_zone: Some(TimeZone::utc()),
        }
    }

    #[test]
    fn settings_round_trip_through_record() {
        for settings in [UserSettings::default(), chosen()] {
            let record = UserSettingsRecord::from(&settings);
            let json = serde_json::to_string(&record).unwrap();
            let read: UserSettingsRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(UserSettings::from(&read), settings);
        }
    }

    #[test]
    fn removed_choice_counts_as_none() {
        let json = r#"{"language":"eo","theme":"A B","slides":99,"draft_review":true,"mood":1}"#;
        let settings =
            UserSettings::from(&serde_json::from_str::<UserSettingsRecord>(json).unwrap());
        let wanted = UserSettings { draft_review: true, ..UserSettings::default() };
        assert_eq!(settings, wanted);
    }

    #[test]
    fn differences_lists_every_changed_setting() {
        assert_eq!(UserSettings::default().differences(&chosen()).len(), 8);
        assert_eq!(chosen().differences(&chosen()), Vec::<&str>::new());
    }
}
