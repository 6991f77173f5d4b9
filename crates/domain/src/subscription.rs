//! [`SubscriptionSchedule`]: how often a subscription is due, and in which [`TimeZone`].
//!
//! Temporal's schedules run it; this module only describes it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{BotId, named};

/// How often, and at what time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionSchedule {
    At(ScheduleDays, ClockTime),
    /// Every full hour.
    Hourly,
}

/// The days of a [`SubscriptionSchedule`] that has a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScheduleDays {
    Weekly(Weekdays),
    Monthly(MonthDay),
}

/// One to seven days of the week; bit 0 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

/// A day that every month has: 1 to 28.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MonthDay(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
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
        "“{0}” is not a cadence: write daily 09:30, workdays 09:30, weekly mon,wed 09:30, monthly \
         1 09:30 or hourly"
    )]
    Cadence(String),
    #[error("“{0}” is not a time zone: write it as Europe/Amsterdam")]
    TimeZone(String),
}

impl SubscriptionSchedule {
    /// Every day at this time.
    pub const fn daily(time: ClockTime) -> Self {
        Self::At(ScheduleDays::DAILY, time)
    }

    /// The cron expression for Temporal's schedules: minute, hour, day, month, day of the week.
    pub fn cron(self) -> String {
        let Self::At(days, time) = self else {
            return "0 * * * *".to_owned();
        };
        let (day, weekdays) = match days {
            ScheduleDays::DAILY => ("*".to_owned(), "*".to_owned()),
            ScheduleDays::WORKDAYS => ("*".to_owned(), "1-5".to_owned()),
            ScheduleDays::Weekly(days) => ("*".to_owned(), days.to_string()),
            ScheduleDays::Monthly(day) => (day.get().to_string(), "*".to_owned()),
        };
        format!("{} {} {day} * {weekdays}", time.minute, time.hour)
    }
}

impl ScheduleDays {
    pub const DAILY: Self = Self::Weekly(Weekdays(0b111_1111));
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self::Weekly(Weekdays(0b1_1111));

    pub const fn at(self, time: ClockTime) -> SubscriptionSchedule {
        SubscriptionSchedule::At(self, time)
    }
}

impl Weekdays {
    /// `None` without any day.
    pub fn new(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let bits = days.into_iter().fold(0, |bits, day| bits | 1 << day as u8);
        (bits != 0).then_some(Self(bits))
    }

    /// From Monday to Sunday.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL.iter().copied().filter(move |day| self.contains(*day))
    }

    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day as u8 != 0
    }
}

impl From<Weekday> for Weekdays {
    fn from(day: Weekday) -> Self {
        Self(1 << day as u8)
    }
}

impl MonthDay {
    /// `None` for a day that some months lack.
    pub const fn new(day: u8) -> Option<Self> {
        if day >= 1 && day <= 28 { Some(Self(day)) } else { None }
    }

    /// 1 to 28.
    pub const fn get(self) -> u8 {
        self.0
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
            Self::At(days, time) => write!(f, "{days} {time}"),
            Self::Hourly => f.write_str("hourly"),
        }
    }
}

impl FromStr for SubscriptionSchedule {
    type Err = SubscriptionScheduleError;

    fn from_str(text: &str) -> Result<Self, SubscriptionScheduleError> {
        if text == "hourly" {
            return Ok(Self::Hourly);
        }
        let refused = || SubscriptionScheduleError::Cadence(text.chars().take(80).collect());
        let (days, time) = text.rsplit_once(' ').ok_or_else(refused)?;
        Ok(Self::At(days.parse()?, time.parse()?))
    }
}

impl fmt::Display for ScheduleDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            &Self::DAILY => f.write_str("daily"),
            &Self::WORKDAYS => f.write_str("workdays"),
            Self::Weekly(days) => write!(f, "weekly {days}"),
            Self::Monthly(day) => write!(f, "monthly {}", day.get()),
        }
    }
}

impl FromStr for ScheduleDays {
    type Err = SubscriptionScheduleError;

    fn from_str(text: &str) -> Result<Self, SubscriptionScheduleError> {
        let days = match text.split_once(' ') {
            None if text == "daily" => Some(Self::DAILY),
            None if text == "workdays" => Some(Self::WORKDAYS),
            Some(("weekly", days)) => {
                let days: Result<Vec<Weekday>, _> = days.split(',').map(str::parse).collect();
                days.ok().and_then(Weekdays::new).map(Self::Weekly)
            }
            Some(("monthly", day)) => day.parse().ok().and_then(MonthDay::new).map(Self::Monthly),
            _ => None,
        };
        days.ok_or_else(|| SubscriptionScheduleError::Cadence(text.chars().take(80).collect()))
    }
}

/// The names, joined by commas.
impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Weekday::name).collect();
        f.write_str(&names.join(","))
    }
}

crate::text::wraps_text!(TimeZone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cadence_round_trips_as_text() {
        for text in [
            "daily 09:30",
            "workdays 00:00",
            "weekly sun 23:59",
            "weekly mon,wed 10:00",
            "monthly 28 10:00",
            "hourly",
        ] {
            assert_eq!(text.parse::<SubscriptionSchedule>().unwrap().to_string(), text);
        }
        assert_eq!(
            "daily 9:05".parse::<SubscriptionSchedule>().unwrap().to_string(),
            "daily 09:05"
        );
        for bad in [
            "",
            "daily",
            "daily 24:00",
            "daily 9:5",
            "weekly 09:00",
            "weekly mon, 09:00",
            "monthly 29 09:00",
            "hourly 09:00",
        ] {
            assert!(bad.parse::<SubscriptionSchedule>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_the_schedule_without_its_time() {
        let nine = ClockTime::new(9, 0).unwrap();
        for text in ["daily", "workdays", "weekly mon", "weekly tue,sat", "monthly 1"] {
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
            ("weekly mon,wed 10:00", "0 10 * * mon,wed"),
            ("monthly 1 10:00", "0 10 1 * *"),
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
