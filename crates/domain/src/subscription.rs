//! [`SubscriptionSchedule`]: how often a subscription is due, and in which [`TimeZone`].
//!
//! Temporal's schedules run it; this module only describes it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    BotId,
    format::{UnknownName, named},
};

/// How often, and at what time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionSchedule {
    Daily(ClockTime),
    /// Monday to Friday.
    Workdays(ClockTime),
    Weekly(Weekday, ClockTime),
    /// Every full hour.
    Hourly,
}

/// The days of a [`SubscriptionSchedule`] that has a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScheduleDays {
    Daily,
    /// Monday to Friday.
    Workdays,
    Weekly(Weekday),
}

/// Why a subscription is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// The person paused it.
    Person,
    /// The person has no access, or had none when it was due.
    Access,
    /// The bot can't write to the chat.
    ChatClosed,
}

named!(PauseReason, "reason for a pause", {
    Person => "person",
    Access => "access",
    ChatClosed => "chat-closed",
});

/// A time of day, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClockTime {
    hour: u8,
    minute: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

named!(Weekday, "day of the week", {
    Mon => "mon",
    Tue => "tue",
    Wed => "wed",
    Thu => "thu",
    Fri => "fri",
    Sat => "sat",
    Sun => "sun",
});

/// The name of a time zone in the IANA database, such as `Europe/Amsterdam`. Only the syntax is
/// checked: this crate has no time zone database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimeZone(String);

/// A bot, a time of day and a time zone: all daily tips of one slot are sent by one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DailyTipTime {
    pub bot: BotId,
    pub time: ClockTime,
    pub zone: TimeZone,
}

/// Why a text is not a valid cadence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionScheduleError {
    #[error("“{0}” is not a time of day: write it as 09:30")]
    Time(String),
    #[error(
        "“{0}” is not a cadence: write daily 09:30, workdays 09:30, weekly mon 09:30 or hourly"
    )]
    Cadence(String),
    #[error("“{0}” is not a time zone: write it as Europe/Amsterdam")]
    TimeZone(String),
}

impl SubscriptionSchedule {
    /// The cron expression for Temporal's schedules: minute, hour, day, month, day of the week.
    pub fn cron(self) -> String {
        let at = |time: ClockTime, days: &str| format!("{} {} * * {days}", time.minute, time.hour);
        match self {
            Self::Daily(time) => at(time, "*"),
            Self::Workdays(time) => at(time, "1-5"),
            Self::Weekly(day, time) => at(time, day.name()),
            Self::Hourly => "0 * * * *".to_owned(),
        }
    }
}

impl ScheduleDays {
    /// The schedule at this time of these days.
    pub const fn at(self, time: ClockTime) -> SubscriptionSchedule {
        match self {
            Self::Daily => SubscriptionSchedule::Daily(time),
            Self::Workdays => SubscriptionSchedule::Workdays(time),
            Self::Weekly(day) => SubscriptionSchedule::Weekly(day, time),
        }
    }
}

impl ClockTime {
    /// `None` above 23:59.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { hour, minute }) } else { None }
    }

    /// 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }
}

impl DailyTipTime {
    /// A unique name of characters that ids allow: `81-0900-Europe.Amsterdam`.
    pub fn name(&self) -> String {
        let Self { bot, time, zone } = self;
        let zone = zone.as_str().replace('/', ".").replace('+', "p");
        format!("{bot}-{:02}{:02}-{zone}", time.hour(), time.minute())
    }
}

impl TimeZone {
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    ///
    ///
    /// # Errors
    /// [`SubscriptionScheduleError::TimeZone`] if no time zone can have this name.
    pub fn parse(name: &str) -> Result<Self, SubscriptionScheduleError> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'+' | b'/');
        let starts = name.bytes().next().is_some_and(|c| c.is_ascii_alphabetic());
        if starts && name.len() <= 64 && name.bytes().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err(SubscriptionScheduleError::TimeZone(name.chars().take(80).collect()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for ClockTime {
    type Err = SubscriptionScheduleError;

    fn from_str(text: &str) -> Result<Self, SubscriptionScheduleError> {
        let read = |(hour, minute): (&str, &str)| {
            let digits =
                |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|c| c.is_ascii_digit());
            let whole = digits(hour) && digits(minute) && minute.len() == 2;
            whole.then(|| Self::new(hour.parse().ok()?, minute.parse().ok()?))?
        };
        let time = text.trim().split_once(':').and_then(read);
        time.ok_or_else(|| SubscriptionScheduleError::Time(text.chars().take(80).collect()))
    }
}

impl fmt::Display for SubscriptionSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily(time) => write!(f, "daily {time}"),
            Self::Workdays(time) => write!(f, "workdays {time}"),
            Self::Weekly(day, time) => write!(f, "weekly {day} {time}"),
            Self::Hourly => f.write_str("hourly"),
        }
    }
}

impl FromStr for SubscriptionSchedule {
    type Err = SubscriptionScheduleError;

    fn from_str(text: &str) -> Result<Self, SubscriptionScheduleError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let refused = || SubscriptionScheduleError::Cadence(text.chars().take(80).collect());
        match words.as_slice() {
            ["daily", time] => Ok(Self::Daily(time.parse()?)),
            ["workdays", time] => Ok(Self::Workdays(time.parse()?)),
            ["weekly", day, time] => {
                Ok(Self::Weekly(day.parse().map_err(|_| refused())?, time.parse()?))
            }
            ["hourly"] => Ok(Self::Hourly),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for ScheduleDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily => f.write_str("daily"),
            Self::Workdays => f.write_str("workdays"),
            Self::Weekly(day) => write!(f, "weekly {day}"),
        }
    }
}

impl FromStr for ScheduleDays {
    type Err = SubscriptionScheduleError;

    fn from_str(text: &str) -> Result<Self, SubscriptionScheduleError> {
        let refused = || SubscriptionScheduleError::Cadence(text.chars().take(80).collect());
        match text.split_once(' ') {
            None if text == "daily" => Ok(Self::Daily),
            None if text == "workdays" => Ok(Self::Workdays),
            Some(("weekly", day)) => day.parse().map(Self::Weekly).map_err(|_| refused()),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cadence_round_trips_as_text() {
        for text in ["daily 09:30", "workdays 00:00", "weekly sun 23:59", "hourly"] {
            assert_eq!(text.parse::<SubscriptionSchedule>().unwrap().to_string(), text);
        }
        assert_eq!(
            "daily 9:05".parse::<SubscriptionSchedule>().unwrap().to_string(),
            "daily 09:05"
        );
        for bad in ["", "daily", "daily 24:00", "daily 9:5", "weekly 09:00", "hourly 09:00"] {
            assert!(bad.parse::<SubscriptionSchedule>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_the_schedule_without_its_time() {
        let nine = ClockTime::new(9, 0).unwrap();
        for text in ["daily", "workdays", "weekly mon"] {
            let days: ScheduleDays = text.parse().unwrap();
            assert_eq!(days.to_string(), text);
            assert_eq!(days.at(nine).to_string(), format!("{text} 09:00"));
        }
        for bad in ["", "hourly", "weekly", "weekly 09:00", "daily 09:00"] {
            assert!(bad.parse::<ScheduleDays>().is_err(), "{bad}");
        }
    }

    #[test]
    fn cadence_becomes_cron_expression() {
        for (text, cron) in [
            ("daily 09:30", "30 9 * * *"),
            ("workdays 00:05", "5 0 * * 1-5"),
            ("weekly sun 23:59", "59 23 * * sun"),
            ("hourly", "0 * * * *"),
        ] {
            assert_eq!(text.parse::<SubscriptionSchedule>().unwrap().cron(), cron);
        }
    }

    #[test]
    fn time_zone_checks_name_syntax() {
        for good in ["UTC", "Europe/Amsterdam", "America/Argentina/Buenos_Aires", "Etc/GMT+3"] {
            assert_eq!(TimeZone::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "/etc/passwd", "Europe/../Rome", "+03:00", "Мск"] {
            assert!(TimeZone::parse(bad).is_err(), "{bad}");
        }
    }
}
