//! Owns the time zones of schedules: how people name them, how they are shown, and the local time
//! in them. Pure.

use std::str::FromStr as _;

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::{Language, TimeZone};

/// Time zones that have a button. The user can type any other one.
pub(super) const ZONES: [&str; 12] = [
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

/// Cities by their Russian names; the time zone database has only English ones.
const RUSSIAN_CITIES: [(&str, &str); 20] = [
    ("москва", "Europe/Moscow"),
    ("санкт-петербург", "Europe/Moscow"),
    ("калининград", "Europe/Kaliningrad"),
    ("самара", "Europe/Samara"),
    ("екатеринбург", "Asia/Yekaterinburg"),
    ("омск", "Asia/Omsk"),
    ("новосибирск", "Asia/Novosibirsk"),
    ("красноярск", "Asia/Krasnoyarsk"),
    ("иркутск", "Asia/Irkutsk"),
    ("якутск", "Asia/Yakutsk"),
    ("владивосток", "Asia/Vladivostok"),
    ("минск", "Europe/Minsk"),
    ("киев", "Europe/Kiev"),
    ("алматы", "Asia/Almaty"),
    ("ташкент", "Asia/Tashkent"),
    ("тбилиси", "Asia/Tbilisi"),
    ("ереван", "Asia/Yerevan"),
    ("баку", "Asia/Baku"),
    ("берлин", "Europe/Berlin"),
    ("лондон", "Europe/London"),
];

/// The default time zone.
pub(super) fn default_zone(language: Language) -> TimeZone {
    let name = match language {
        Language::Ru => "Europe/Moscow",
        Language::En => "UTC",
    };
    TimeZone::parse(name).unwrap_or_else(|_| TimeZone::utc())
}

/// Why a text is no time zone that schedules can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ZoneRefusal {
    Unknown,
    /// No zone has a fixed offset of half an hour; cities do.
    HalfHour,
}

/// A time zone by its offset (`UTC+3`, `мск+2`), its IANA name, or a city: `Moscow`, `Москва`.
///
/// # Errors
/// [`ZoneRefusal`].
pub(super) fn zone(said: &str) -> Result<TimeZone, ZoneRefusal> {
    let said = said.trim();
    let name = match (offset(said), said.to_lowercase().as_str()) {
        (Some(minutes), _) if minutes % 60 != 0 => return Err(ZoneRefusal::HalfHour),
        (Some(0), _) => "UTC".to_owned(),
        // The signs in IANA's names are inverted.
        (Some(minutes), _) => format!("Etc/GMT{:+}", -minutes / 60),
        (None, "мск" | "msk") => "Europe/Moscow".to_owned(),
        (None, _) => named_zone(said).ok_or(ZoneRefusal::Unknown)?,
    };
    TimeZone::parse(&name).map_err(|_| ZoneRefusal::Unknown)
}

fn named_zone(said: &str) -> Option<String> {
    let lower = said.to_lowercase();
    if let Some((_, zone)) = RUSSIAN_CITIES.iter().find(|(city, _)| *city == lower) {
        return Some((*zone).to_owned());
    }
    let said = said.replace(' ', "_");
    let exact = chrono_tz::Tz::from_str(&said).ok();
    let city = |zone: &&chrono_tz::Tz| {
        let name = zone.name();
        let city = name.rsplit('/').next().unwrap_or(name);
        // The last part of `Etc/GMT+3` has the wrong sign.
        let city = city.eq_ignore_ascii_case(&said) && !name.starts_with("Etc/");
        city || name.eq_ignore_ascii_case(&said)
    };
    let found = exact.or_else(|| chrono_tz::TZ_VARIANTS.iter().find(city).copied());
    found.map(|zone| zone.name().to_owned())
}

/// Minutes east of UTC, -12 to +14 hours: `UTC+3`, `GMT-5:30`, `+0300`, `мск+2`.
fn offset(said: &str) -> Option<i32> {
    const BASES: [(&str, i32); 5] = [("utc", 0), ("gmt", 0), ("мск", 180), ("msk", 180), ("", 0)];
    let said = said.to_lowercase().replace(' ', "").replace(['−', '–'], "-");
    let (base, rest) =
        BASES.iter().find_map(|(name, base)| Some((*base, said.strip_prefix(name)?)))?;
    let sign = match rest.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits = &rest[1..];
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |digits: &str| {
        let number: u8 = digits.parse().ok()?;
        digits.bytes().all(|c| c.is_ascii_digit()).then_some(i32::from(number))
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    let east = base + sign * (60 * hours + minutes);
    (-12 * 60..=14 * 60).contains(&east).then_some(east)
}

/// A time zone as people write it: `UTC+3` for IANA's `Etc/GMT-3`.
pub(super) fn zone_label(zone: &TimeZone) -> String {
    let west = zone.as_str().strip_prefix("Etc/GMT").and_then(|west| west.parse::<i32>().ok());
    match west {
        Some(0) => "UTC".to_owned(),
        Some(west) => format!("UTC{:+}", -west),
        None => zone.as_str().to_owned(),
    }
}

/// A moment on the clocks of a zone. A newer gateway may have stored a zone that this one does not
/// know; then in UTC.
pub(super) fn local(at: DateTime<Utc>, zone: &TimeZone) -> NaiveDateTime {
    let zone: chrono_tz::Tz = zone.as_str().parse().unwrap_or(chrono_tz::UTC);
    at.with_timezone(&zone).naive_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_existing_time_zones_are_accepted() {
        let named = |said: &str| zone(said).map(|zone| zone.to_string()).ok();
        assert_eq!(named("Europe/Paris").as_deref(), Some("Europe/Paris"));
        assert_eq!(named("europe/paris").as_deref(), Some("Europe/Paris"));
        assert_eq!(named("New York").as_deref(), Some("America/New_York"));
        assert_eq!(named("мск").as_deref(), Some("Europe/Moscow"));
        assert_eq!(named("Москва").as_deref(), Some("Europe/Moscow"));
        assert!(ZONES.iter().all(|name| named(name).as_deref() == Some(*name)));
        for (city, name) in RUSSIAN_CITIES {
            assert_eq!(named(city).as_deref(), Some(name), "{city}");
            assert!(name.parse::<chrono_tz::Tz>().is_ok(), "{name}");
        }
        for said in ["Mars/Phobos", "UTC+15", "GMT-13", "UTC+3:75", "UTC+-3", "+"] {
            assert_eq!(zone(said), Err(ZoneRefusal::Unknown), "{said}");
        }
    }

    #[test]
    fn offsets_keep_their_sign() {
        for (said, name, label) in [
            ("GMT+3", "Etc/GMT-3", "UTC+3"),
            ("UTC+3", "Etc/GMT-3", "UTC+3"),
            ("utc +03:00", "Etc/GMT-3", "UTC+3"),
            ("+0300", "Etc/GMT-3", "UTC+3"),
            ("GMT−5", "Etc/GMT+5", "UTC-5"),
            ("мск+2", "Etc/GMT-5", "UTC+5"),
            ("UTC-0", "UTC", "UTC"),
            ("Etc/GMT+3", "Etc/GMT+3", "UTC-3"),
            ("Moscow", "Europe/Moscow", "Europe/Moscow"),
        ] {
            let zone = zone(said).unwrap();
            assert_eq!((zone.as_str(), zone_label(&zone).as_str()), (name, label), "{said}");
            assert!(zone.as_str().parse::<chrono_tz::Tz>().is_ok(), "{said}");
        }
        for said in ["UTC+5:30", "gmt-0330", "+05:45"] {
            assert_eq!(zone(said), Err(ZoneRefusal::HalfHour), "{said}");
        }
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
