//! Owns [`SettingChange`] and its text form, a setting's name and a value, which both rows and
//! callback data have.

use domain::{ClockTime, Format, Language, SlideCount, ThemeId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SettingRecord", into = "SettingRecord")]
pub enum SettingChange {
    Language(Language),
    Theme(ThemeId),
    Format(Format),
    Slides(SlideCount),
    /// Whether the user reviews drafts.
    Review(bool),
    /// Whether the images are also sent as files.
    Documents(bool),
    /// The time of the daily tip; `None` turns it off.
    DailyTip(Option<ClockTime>),
    /// Whether the user receives broadcasts: from the settings.
    Broadcasts(bool),
    /// The same from a button under another message, which must stay unchanged.
    BroadcastsReply(bool),
}

/// The text form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SettingRecord {
    setting: String,
    value: String,
}

#[derive(Debug, thiserror::Error)]
#[error("no setting “{setting}” has a value “{value}”")]
pub(super) struct UnknownSetting {
    setting: String,
    value: String,
}

const LANGUAGE: &str = "language";
const THEME: &str = "theme";
const FORMAT: &str = "format";
const SLIDES: &str = "slides";
const REVIEW: &str = "review";
const DOCUMENTS: &str = "documents";
const DAILY_TIP: &str = "wisdom";
const BROADCASTS: &str = "news";

const YES: &str = "yes";
const NO: &str = "no";
const OFF: &str = "off";
const START: &str = "start";
const STOP: &str = "stop";

impl From<SettingChange> for SettingRecord {
    fn from(change: SettingChange) -> Self {
        let yes = |on: bool| if on { YES } else { NO }.to_owned();
        let (setting, value) = match change {
            SettingChange::Language(language) => (LANGUAGE, language.to_string()),
            SettingChange::Theme(theme) => (THEME, theme.to_string()),
            SettingChange::Format(format) => (FORMAT, format.to_string()),
            SettingChange::Slides(count) => (SLIDES, count.to_string()),
            SettingChange::Review(on) => (REVIEW, yes(on)),
            SettingChange::Documents(on) => (DOCUMENTS, yes(on)),
            SettingChange::DailyTip(Some(time)) => (DAILY_TIP, time.to_string()),
            SettingChange::DailyTip(None) => (DAILY_TIP, OFF.to_owned()),
            SettingChange::Broadcasts(on) => (BROADCASTS, yes(on)),
            SettingChange::BroadcastsReply(on) => {
                (BROADCASTS, if on { START } else { STOP }.to_owned())
            }
        };
        let setting = setting.to_owned();
        Self { setting, value }
    }
}

impl TryFrom<SettingRecord> for SettingChange {
    type Error = UnknownSetting;

    fn try_from(record: SettingRecord) -> Result<Self, UnknownSetting> {
        let SettingRecord { setting, value } = record;
        let change = Self::parse(&setting, &value);
        change.ok_or(UnknownSetting { setting, value })
    }
}

impl SettingChange {
    /// `<setting>:<value>`.
    pub(super) fn data(&self) -> String {
        let SettingRecord { setting, value } = self.clone().into();
        format!("{setting}:{value}")
    }

    pub(super) fn parse(setting: &str, value: &str) -> Option<Self> {
        let yes = || match value {
            YES => Some(true),
            NO => Some(false),
            _ => None,
        };
        match (setting, value) {
            (LANGUAGE, _) => value.parse().ok().map(Self::Language),
            (THEME, _) => value.parse().ok().map(Self::Theme),
            (FORMAT, _) => value.parse().ok().map(Self::Format),
            (SLIDES, _) => value.parse().ok().map(Self::Slides),
            (REVIEW, _) => yes().map(Self::Review),
            (DOCUMENTS, _) => yes().map(Self::Documents),
            (DAILY_TIP, OFF) => Some(Self::DailyTip(None)),
            (DAILY_TIP, _) => value.parse().ok().map(|time| Self::DailyTip(Some(time))),
            (BROADCASTS, START) => Some(Self::BroadcastsReply(true)),
            (BROADCASTS, STOP) => Some(Self::BroadcastsReply(false)),
            (BROADCASTS, _) => yes().map(Self::Broadcasts),
            _ => None,
        }
    }
}
