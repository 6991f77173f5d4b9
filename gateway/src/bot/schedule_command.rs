//! Parses the text after `/schedule` into a [`ScheduleAction`], in both languages. Pure.

use std::str::FromStr as _;

use domain::{Language, ScheduleDays, SubscriptionSchedule, TimeZone, Weekday};
use telegram::action::ScheduleAction;

/// Time zones that have a button. The user can type any other one.
pub const ZONES: [&str; 12] = [
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Novosibirsk",
    "Asia/Vladivostok",
    "Asia/Almaty",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "UTC",
];

/// The default time zone.
pub fn default_zone(language: Language) -> TimeZone {
    let name = match language {
        Language::Ru => "Europe/Moscow",
        Language::En => "UTC",
    };
    TimeZone::parse(name).unwrap_or_else(|_| TimeZone::utc())
}

/// A time zone by its IANA name or the last part of it: `Moscow`.
pub fn zone(said: &str) -> Option<TimeZone> {
    let said = said.trim().replace(' ', "_");
    let exact = chrono_tz::Tz::from_str(&said).ok();
    let city = |zone: &&chrono_tz::Tz| {
        let name = zone.name();
        let city = name.rsplit('/').next().unwrap_or(name);
        city.eq_ignore_ascii_case(&said) || name.eq_ignore_ascii_case(&said)
    };
    let found = exact.or_else(|| chrono_tz::TZ_VARIANTS.iter().find(city).copied());
    TimeZone::parse(found?.name()).ok()
}

/// Parses the text after `/schedule`.
pub fn parse_text(said: &str) -> ScheduleAction {
    let said = said.trim();
    let refused = || ScheduleAction::Refuse { said: said.chars().take(80).collect() };
    if said.is_empty() {
        return ScheduleAction::Show;
    }
    if let Some(name) = strip_word(said, &["zone", "timezone", "пояс", "часовой пояс", "зона"])
    {
        let name = name.to_owned();
        return if name.is_empty() { ScheduleAction::Zones } else { ScheduleAction::Zone { name } };
    }
    let Some((days, rest)) = days(said) else {
        return refused();
    };
    let (cadence, topic) = match days {
        Repetition::Hourly => (SubscriptionSchedule::Hourly, rest),
        Repetition::At(days) => {
            let rest = strip_word(rest, &["at", "в"]).unwrap_or(rest);
            let (time, topic) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let time = if time.contains(':') { time.to_owned() } else { format!("{time}:00") };
            match time.parse() {
                Ok(time) => (days.at(time), topic),
                Err(_) => return refused(),
            }
        }
    };
    let topic = topic.trim();
    ScheduleAction::Make { cadence, topic: (!topic.is_empty()).then(|| topic.to_owned()) }
}

enum Repetition {
    Hourly,
    At(ScheduleDays),
}

/// The days, and the text after them.
fn days(said: &str) -> Option<(Repetition, &str)> {
    const HOURLY: [&str; 4] = ["hourly", "every hour", "каждый час", "ежечасно"];
    const DAILY: [&str; 4] = ["daily", "every day", "каждый день", "ежедневно"];
    const WORKDAYS: [&str; 5] = ["workdays", "weekdays", "по будням", "будни", "в будни"];
    if let Some(rest) = strip_word(said, &HOURLY) {
        return Some((Repetition::Hourly, rest));
    }
    if let Some(rest) = strip_word(said, &DAILY) {
        return Some((Repetition::At(ScheduleDays::Daily), rest));
    }
    if let Some(rest) = strip_word(said, &WORKDAYS) {
        return Some((Repetition::At(ScheduleDays::Workdays), rest));
    }
    let weekly = ["weekly", "every week", "every", "еженедельно", "каждую неделю", "on", "по"];
    let said = strip_word(said, &weekly).unwrap_or(said);
    let (day, rest) = said.split_once(char::is_whitespace)?;
    let day = weekday(day)?;
    let days = Repetition::At(ScheduleDays::Weekly(day));
    Some((days, rest.trim_start()))
}

/// A weekday by the beginning of its name, in either language.
fn weekday(said: &str) -> Option<Weekday> {
    use Weekday as W;
    const STEMS: [(&str, W); 21] = [
        ("mon", W::Mon),
        ("tue", W::Tue),
        ("wed", W::Wed),
        ("thu", W::Thu),
        ("fri", W::Fri),
        ("sat", W::Sat),
        ("sun", W::Sun),
        ("понедельник", W::Mon),
        ("вторник", W::Tue),
        ("сред", W::Wed),
        ("четверг", W::Thu),
        ("пятниц", W::Fri),
        ("суббот", W::Sat),
        ("воскресень", W::Sun),
        ("пн", W::Mon),
        ("вт", W::Tue),
        ("ср", W::Wed),
        ("чт", W::Thu),
        ("пт", W::Fri),
        ("сб", W::Sat),
        ("вс", W::Sun),
    ];
    let said = said.to_lowercase();
    let stem = STEMS.iter().find(|(stem, _)| said.starts_with(stem));
    stem.map(|(_, day)| *day)
}

/// The text after one of these words, case-insensitive; `None` if it begins with none of them.
fn strip_word<'a>(said: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| {
        let mut rest = said.chars();
        for expected in word.chars() {
            let found = rest.next()?;
            if !found.to_lowercase().eq(expected.to_lowercase()) {
                return None;
            }
        }
        let rest = rest.as_str();
        let ends = rest.chars().next().is_none_or(char::is_whitespace);
        ends.then(|| rest.trim_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(cadence: &str, topic: &str) -> ScheduleAction {
        ScheduleAction::Make {
            cadence: cadence.parse().unwrap(),
            topic: (!topic.is_empty()).then(|| topic.to_owned()),
        }
    }

    #[test]
    fn schedules_are_parsed_in_both_languages() {
        for (said, asked) in [
            ("daily 09:00 Clean code", make("daily 09:00", "Clean code")),
            ("every day at 9 Clean code", make("daily 09:00", "Clean code")),
            ("каждый день в 9:30 Чистый код", make("daily 09:30", "Чистый код")),
            ("workdays 08:30", make("workdays 08:30", "")),
            ("По будням 18:00", make("workdays 18:00", "")),
            ("weekly mon 10:00 Refactoring", make("weekly mon 10:00", "Refactoring")),
            ("every Friday at 10:00 Tests", make("weekly fri 10:00", "Tests")),
            ("по понедельникам в 10:00 Рефакторинг", make("weekly mon 10:00", "Рефакторинг")),
            ("вс 11:00", make("weekly sun 11:00", "")),
            ("hourly Thoughts about tests", make("hourly", "Thoughts about tests")),
            ("каждый час", make("hourly", "")),
        ] {
            assert_eq!(parse_text(said), asked, "{said}");
        }
        assert_eq!(parse_text("  "), ScheduleAction::Show);
        assert_eq!(parse_text("zone"), ScheduleAction::Zones);
        for said in ["tomorrow", "daily", "daily 25:00", "daily noon Tests", "weekly 10:00"] {
            assert!(matches!(parse_text(said), ScheduleAction::Refuse { .. }), "{said}");
        }
    }

    #[test]
    fn only_existing_time_zones_are_accepted() {
        let named = |said: &str| zone(said).map(|zone| zone.to_string());
        assert_eq!(named("Europe/Paris").as_deref(), Some("Europe/Paris"));
        assert_eq!(named("europe/paris").as_deref(), Some("Europe/Paris"));
        assert_eq!(named("New York").as_deref(), Some("America/New_York"));
        assert_eq!(named("Mars/Phobos"), None);
        assert!(ZONES.iter().all(|name| named(name).as_deref() == Some(*name)));
    }

    #[test]
    fn time_zones_have_distinct_slots_and_valid_ids() {
        let mut names = std::collections::BTreeSet::new();
        for zone in chrono_tz::TZ_VARIANTS {
            let slot = domain::DailyTipTime {
                bot: domain::BotId::new(12_345_678_901),
                time: domain::ClockTime::new(8, 0).unwrap(),
                zone: TimeZone::parse(zone.name()).unwrap(),
            };
            let due = format!("thoughts-{}-2026-11-24T080000Z", slot.name());
            assert!(domain::BroadcastId::parse(&due).is_ok(), "{due}");
            assert!(names.insert(slot.name()), "{due}");
        }
    }
}
