//! Finds the runs that a schedule would lose because the clock is put forward over their time, and
//! moves each to the first minute after the gap. Pure. Temporal skips such runs.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Timelike as _};
use chrono_tz::Tz;
use domain::{ScheduleDays, SubscriptionSchedule, Weekday};

/// How far ahead gaps are looked for. A schedule that stays unchanged for longer may lose one run a
/// year.
const DAYS: u64 = 10 * 366;

/// Cron expressions of the moved runs after `from`: minute, hour, day, month, day of the week, year.
pub(crate) fn moved_runs(schedule: SubscriptionSchedule, zone: Tz, from: NaiveDate) -> Vec<String> {
    let SubscriptionSchedule::At(days, time) = schedule else {
        return Vec::new();
    };
    let Some(time) = NaiveTime::from_hms_opt(time.hour().into(), time.minute().into(), 0) else {
        return Vec::new();
    };
    let dates = (0..DAYS).filter_map(|ahead| from.checked_add_days(Days::new(ahead)));
    let exists = |at| zone.from_local_datetime(&at).earliest().is_some();
    let skipped = dates.filter(|date| runs_on(days, *date)).map(|date| date.and_time(time));
    let moved = skipped.filter(|at| !exists(*at)).filter_map(|at| {
        // No gap is longer than a day.
        (1..=24 * 60).map(|minutes| at + TimeDelta::minutes(minutes)).find(|at| exists(*at))
    });
    moved
        .map(|at| {
            let (date, time) = (at.date(), at.time());
            format!(
                "{} {} {} {} * {}",
                time.minute(),
                time.hour(),
                date.day(),
                date.month(),
                date.year()
            )
        })
        .collect()
}

fn runs_on(days: ScheduleDays, date: NaiveDate) -> bool {
    match days {
        ScheduleDays::Weekly(days) => {
            let weekday = date.weekday().num_days_from_monday() as usize;
            Weekday::ALL.get(weekday).is_some_and(|day| days.contains(*day))
        }
        ScheduleDays::Monthly(day) => date.day() == u32::from(day.get()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_time_moves_to_the_first_minute_after_the_gap() {
        let from = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
        let of = |schedule: &str, zone: Tz| moved_runs(schedule.parse().unwrap(), zone, from);
        let berlin = of("daily 02:30", chrono_tz::Europe::Berlin);
        assert_eq!(berlin[..2], ["0 3 28 3 * 2027", "0 3 26 3 * 2028"]);
        assert_eq!(berlin.len(), 10);
        // Midnight does not exist on the day of the change.
        let beirut = of("weekly sun 00:00", chrono_tz::Asia::Beirut);
        assert_eq!(beirut[0], "0 1 28 3 * 2027");
        for (schedule, zone) in [
            ("daily 09:00", chrono_tz::Europe::Berlin),
            ("workdays 02:30", chrono_tz::Europe::Berlin),
            ("daily 02:30", chrono_tz::Europe::Moscow),
            ("hourly", chrono_tz::Europe::Berlin),
        ] {
            assert_eq!(of(schedule, zone), [""; 0], "{schedule} {zone}");
        }
    }
}
