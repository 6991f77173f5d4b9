//! The texts of both languages are complete, fit Telegram's limits and say only what is true.

use std::collections::BTreeSet;

use super::*;
use crate::bot_api_limits::MESSAGE_UNITS;

fn texts(language: Language) -> &'static str {
    match language {
        Language::Ru => include_str!("../../texts/ru.ftl"),
        Language::En => include_str!("../../texts/en.ftl"),
    }
}

/// Every message of a file with the values that its text uses.
fn messages(language: Language) -> Vec<(String, BTreeSet<String>)> {
    let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in texts(language).lines() {
        if let Some((key, _)) = line.split_once(" =")
            && !line.starts_with([' ', '#'])
        {
            found.push((key.to_owned(), BTreeSet::new()));
        }
        for part in line.split('$').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric()).collect();
            if let Some((_, values)) = found.last_mut() {
                values.insert(name);
            }
        }
    }
    found
}

#[test]
fn languages_have_the_same_phrases_and_values() {
    for language in Language::ALL {
        let messages = messages(*language);
        let keys: Vec<&str> = messages.iter().map(|(key, _)| key.as_str()).collect();
        let declared: Vec<&str> = ALL.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, declared, "{language}: names, in the order of the declaration");
        for ((key, values), (_, fields)) in messages.iter().zip(ALL) {
            let fields: BTreeSet<String> = fields.iter().map(|f| (*f).to_owned()).collect();
            assert_eq!(values, &fields, "{language}: the values of {key}");
        }
    }
}

/// The text of each message as it is in the file, without its key and indentation.
fn sources(language: Language) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in texts(language).lines().filter(|line| !line.starts_with('#')) {
        match (line.split_once(" ="), found.last_mut()) {
            (Some((key, text)), _) if !line.starts_with(' ') => {
                found.push((key, text.trim().to_owned()));
            }
            (_, Some((_, text))) => *text = format!("{text}\n{}", line.trim()),
            (_, None) => {}
        }
    }
    found
}

/// Writes `target/phrases.txt`, for those who reread the texts.
#[test]
fn phrases_of_both_languages_are_listed_side_by_side() {
    let (english, russian) = (sources(Language::En), sources(Language::Ru));
    let mut list = String::new();
    for ((key, english), (other, russian)) in english.iter().zip(&russian) {
        assert_eq!(key, other, "a phrase exists in one language only");
        list += &format!("{key}\n{}\n{}\n\n", english.trim(), russian.trim());
    }
    assert_eq!((english.len(), russian.len()), (ALL.len(), ALL.len()));
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    std::fs::create_dir_all(target).unwrap();
    std::fs::write(format!("{target}/phrases.txt"), list).unwrap();
}

#[test]
fn recordings_are_offered_only_where_they_are_transcribed() {
    for (language, recording) in [(Language::En, "voice"), (Language::Ru, "голосовое")] {
        for (listens, offered) in [(0, false), (1, true)] {
            for phrase in [
                Phrase::Greeting { listens },
                Phrase::Help { listens },
                Phrase::NothingToRead { listens },
            ] {
                let text = phrase.plain(language);
                assert_eq!(text.contains(recording), offered, "{text}");
            }
        }
    }
}

#[test]
fn topic_markup_is_escaped() {
    let html = Phrase::Accepted { topic: "<b>x</b> { $y }" }.html(Language::En);
    assert_eq!(html.markup(), "Got it: “&lt;b&gt;x&lt;/b&gt; { $y }”.");
}

#[test]
fn numbers_select_plural_forms() {
    let said = |slides| Phrase::SlidesNow { slides }.plain(Language::Ru);
    assert!(said(1).contains("1 слайд:"));
    assert!(said(3).contains("3 слайда:"));
    assert!(said(7).contains("7 слайдов:"));
}

#[test]
fn usual_time_is_rounded_up() {
    let told = |millis| crate::messages::usual_time(Language::En, millis).markup().to_owned();
    for (millis, time) in [
        (0, "10 seconds"),
        (10_001, "20 seconds"),
        (50_000, "50 seconds"),
        (50_001, "a minute"),
        (60_001, "2 minutes"),
    ] {
        assert_eq!(told(millis), format!("It usually takes about {time}."), "{millis}");
    }
}

#[test]
fn report_omits_zero_counts() {
    let said = |failed, unknown| {
        let (sent, closed) = (3, failed);
        Phrase::BroadcastReport { sent, failed, closed, unknown }.plain(Language::En)
    };
    assert_eq!(said(0, 0), "The broadcast is over. Delivered: 3.");
    assert_eq!(
        said(2, 1),
        "The broadcast is over. Delivered: 3. Failed: 2, of these stopped the bot: 2. Not \
         confirmed: 1."
    );
}

#[test]
fn messages_and_button_labels_fit_telegrams_limits() {
    for language in Language::ALL {
        for (key, values) in messages(*language) {
            if !values.is_empty() {
                continue;
            }
            let pattern = bundle(*language).get_message(&key).unwrap().value().unwrap();
            let text = bundle(*language).format_pattern(pattern, None, &mut Vec::new());
            assert!(Html::from_markup(text.to_string()).units() <= MESSAGE_UNITS, "{key}");
            if key.starts_with("button-") {
                assert!(text.chars().count() <= 24 && !text.contains('<'), "{key}: {text}");
            }
        }
    }
}
