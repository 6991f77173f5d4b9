//! Parses the text after `/schedule` into a [`ScheduleAction`], in both languages. Pure.

use domain::{ClockTime, MonthDay, ScheduleDays, SubscriptionSchedule, Weekday, Weekdays};
use telegram::action::ScheduleAction;

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
    if let Some(rest) = strip_word(said, &HOURLY) {
        return make(SubscriptionSchedule::Hourly, rest);
    }
    let scheduled = days(said).and_then(|(days, rest)| {
        let rest = strip_word(rest, &["at", "в"]).unwrap_or(rest);
        let (time, topic) = time(rest)?;
        Some(make(days.at(time), topic))
    });
    scheduled.unwrap_or_else(refused)
}

fn make(cadence: SubscriptionSchedule, topic: &str) -> ScheduleAction {
    let topic = topic.trim();
    ScheduleAction::Make { cadence, topic: (!topic.is_empty()).then(|| topic.to_owned()) }
}

const HOURLY: [&str; 4] = ["hourly", "every hour", "каждый час", "ежечасно"];
const DAILY: [&str; 4] = ["daily", "every day", "каждый день", "ежедневно"];
const WORKDAYS: [&str; 6] =
    ["workdays", "on workdays", "weekdays", "on weekdays", "по будням", "будни"];
const WEEKEND: [&str; 4] = ["weekends", "on weekends", "по выходным", "выходные"];
const MONTHLY: [&str; 5] = ["monthly", "every month", "ежемесячно", "каждый месяц", "раз в месяц"];
const WEEKLY: [&str; 12] = [
    "weekly on",
    "weekly",
    "every week on",
    "every",
    "on",
    "еженедельно по",
    "еженедельно",
    "каждую неделю",
    "каждый",
    "каждую",
    "каждое",
    "по",
];

/// The days, and the text after them.
fn days(said: &str) -> Option<(ScheduleDays, &str)> {
    if let Some(rest) = strip_word(said, &DAILY) {
        return Some((ScheduleDays::DAILY, rest));
    }
    if let Some(rest) = strip_word(said, &WORKDAYS) {
        return Some((ScheduleDays::WORKDAYS, rest));
    }
    if let Some(rest) = strip_word(said, &WEEKEND) {
        let days = Weekdays::new([Weekday::Sat, Weekday::Sun])?;
        return Some((ScheduleDays::Weekly(days), rest));
    }
    if let Some(rest) = strip_word(said, &MONTHLY) {
        return month_day(rest);
    }
    weekdays(strip_word(said, &WEEKLY).unwrap_or(said))
}

/// The day of the month: `1`, `on the 1st`, `1 числа`.
fn month_day(said: &str) -> Option<(ScheduleDays, &str)> {
    let said = strip_word(said, &["on the", "on day", "on"]).unwrap_or(said);
    let (day, rest) = first_word(said);
    let digits = day.trim_end_matches(|c: char| !c.is_ascii_digit());
    if !["", "st", "nd", "rd", "th", ".", "-го"].contains(&&day[digits.len()..]) {
        return None;
    }
    let day = MonthDay::new(digits.parse().ok()?)?;
    let rest = strip_word(rest, &["числа", "число", "day"]).unwrap_or(rest);
    Some((ScheduleDays::Monthly(day), rest))
}

/// A list of weekdays: `mon,wed`, `mon - fri`, `понедельникам и средам`.
fn weekdays(said: &str) -> Option<(ScheduleDays, &str)> {
    let mut days = Vec::new();
    let mut rest = said;
    loop {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(day) = weekday(name) else { break };
        days.push(day);
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix(['-', '–', '—']) {
            let after = after.trim_start();
            let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            days.extend(from_to(day, weekday(name)?));
            rest = after.trim_start();
        }
        let next = rest.strip_prefix(',').map(str::trim_start);
        rest = next.or_else(|| strip_word(rest, &["and", "и"])).unwrap_or(rest);
    }
    Some((ScheduleDays::Weekly(Weekdays::new(days)?), rest))
}

/// The days from one to another, both included, also over the end of a week.
fn from_to(first: Weekday, last: Weekday) -> impl Iterator<Item = Weekday> {
    let mut over = false;
    Weekday::ALL.iter().copied().cycle().skip_while(move |day| *day != first).take_while(
        move |day| {
            let inside = !over;
            over = *day == last;
            inside
        },
    )
}

/// A weekday by its name in either language.
fn weekday(said: &str) -> Option<Weekday> {
    use Weekday as W;
    const NAMES: [(W, &[&str]); 7] = [
        (W::Mon, &["mon", "monday", "mondays", "пн", "понедельник", "понедельникам"]),
        (W::Tue, &["tue", "tues", "tuesday", "tuesdays", "вт", "вторник", "вторникам"]),
        (W::Wed, &["wed", "wednesday", "wednesdays", "ср", "среда", "среду", "средам"]),
        (W::Thu, &["thu", "thur", "thurs", "thursday", "thursdays", "чт", "четверг", "четвергам"]),
        (W::Fri, &["fri", "friday", "fridays", "пт", "пятница", "пятницу", "пятницам"]),
        (W::Sat, &["sat", "saturday", "saturdays", "сб", "суббота", "субботу", "субботам"]),
        (W::Sun, &["sun", "sunday", "sundays", "вс", "воскресенье", "воскресеньям"]),
    ];
    let said = said.to_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&said.as_str())).map(|(day, _)| *day)
}

/// A time of day, and the text after it: `9`, `09:30`, `9.30`, `9 pm`, `9 утра`.
fn time(said: &str) -> Option<(ClockTime, &str)> {
    let (word, mut rest) = first_word(said);
    let word = word.trim_end_matches(',');
    let digits = word.trim_end_matches(char::is_alphabetic);
    let mut half = &word[digits.len()..];
    let (next, after) = first_word(rest);
    if half.is_empty() && half_of_day(next).is_some() {
        (half, rest) = (next, after);
    }
    let digits = digits.replace('.', ":");
    let full = if digits.contains(':') { digits } else { format!("{digits}:00") };
    let time: ClockTime = full.parse().ok()?;
    let hour = match half {
        "" => time.hour(),
        half => match half_of_day(half)? {
            DayHalf::Whole => time.hour(),
            _ if !(1..=12).contains(&time.hour()) => return None,
            DayHalf::Morning => time.hour() % 12,
            DayHalf::Afternoon => time.hour() % 12 + 12,
        },
    };
    Some((ClockTime::new(hour, time.minute())?, rest))
}

enum DayHalf {
    Morning,
    Afternoon,
    /// The hour is one of 24.
    Whole,
}

/// The half of the day that a word after a number names. Russian words are compared in lower case
/// only, because a topic may begin with one.
fn half_of_day(word: &str) -> Option<DayHalf> {
    Some(match word {
        "am" | "AM" | "утра" | "ночи" => DayHalf::Morning,
        "pm" | "PM" | "дня" | "вечера" => DayHalf::Afternoon,
        "h" | "ч" | "часов" => DayHalf::Whole,
        _ => return None,
    })
}

fn first_word(said: &str) -> (&str, &str) {
    let (word, rest) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    (word, rest.trim_start())
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
            ("каждый понедельник в 9 Чистый код", make("weekly mon 09:00", "Чистый код")),
            ("каждую среду и пятницу 18.30", make("weekly wed,fri 18:30", "")),
            ("каждое воскресенье в 11", make("weekly sun 11:00", "")),
            ("daily 9.30 Tests", make("daily 09:30", "Tests")),
            ("mon,wed 10:00 Tests", make("weekly mon,wed 10:00", "Tests")),
            ("mon-fri 10:00", make("workdays 10:00", "")),
            ("every Monday and Wednesday at 9 pm", make("weekly mon,wed 21:00", "")),
            ("sat – mon 8:15, Rest", make("weekly mon,sat,sun 08:15", "Rest")),
            ("weekends 11am", make("weekly sat,sun 11:00", "")),
            ("пн,ср 10:00", make("weekly mon,wed 10:00", "")),
            ("по понедельникам и средам в 10", make("weekly mon,wed 10:00", "")),
            ("будни 9 утра Тесты", make("workdays 09:00", "Тесты")),
            ("вт - чт 9 Час пик", make("weekly tue,wed,thu 09:00", "Час пик")),
            ("monthly 1 10:00 x", make("monthly 1 10:00", "x")),
            ("every month on the 15th at 9", make("monthly 15 09:00", "")),
            ("каждый месяц 1-го числа в 10:00", make("monthly 1 10:00", "")),
            ("hourly Thoughts about tests", make("hourly", "Thoughts about tests")),
            ("каждый час", make("hourly", "")),
        ] {
            assert_eq!(parse_text(said), asked, "{said}");
        }
        assert_eq!(parse_text("  "), ScheduleAction::Show);
        assert_eq!(parse_text("zone"), ScheduleAction::Zones);
        for said in [
            "tomorrow",
            "daily",
            "daily 25:00",
            "daily noon Tests",
            "daily 13 pm",
            "weekly 10:00",
            "month 10:00",
            "sunny 10:00",
            "средний 10:00",
            "mon-10:00",
            "monthly 10:00",
            "monthly 31 10:00 x",
            "monthly mon 10:00",
        ] {
            assert!(matches!(parse_text(said), ScheduleAction::Refuse { .. }), "{said}");
        }
    }
}
