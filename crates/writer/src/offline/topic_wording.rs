//! [`TopicWording`]: the user's topic as it appears in texts.
//!
//! The topic always keeps the user's own words: as a headline, or in quotation marks, where Russian
//! needs no grammatical case.

use domain::{Brief, Language};

use crate::shorten::shorten;

/// A topic, prepared for slides.
#[derive(Debug, Clone)]
pub(super) struct TopicWording {
    pub(super) headline: String,
    /// The topic in quotation marks, short enough for use in a sentence.
    pub(super) quoted: String,
    pub(super) language: Language,
    /// The total number of slides.
    pub(super) slides: usize,
    /// The host of the page that the text comes from.
    pub(super) link_host: Option<String>,
    topic: String,
}

const HEADLINE_CHARS: usize = 80;
const QUOTED_CHARS: usize = 44;
const HASHTAG_WORDS: usize = 5;
const HASHTAG_CHARS: usize = 30;

impl TopicWording {
    pub(super) fn of(brief: &Brief) -> Self {
        let topic = brief.topic.as_str();
        let bare = topic.trim_end_matches(['.', ',', ';', ':']).trim_end();
        let bare = if bare.is_empty() { topic } else { bare };
        Self {
            headline: shorten(&capitalised(bare), HEADLINE_CHARS),
            quoted: quoted(&shorten(bare, QUOTED_CHARS), brief.language.interface()),
            language: brief.language.interface(),
            slides: usize::from(brief.slides.get()),
            link_host: brief.link.as_ref().map(|link| link.host().to_owned()),
            topic: topic.to_owned(),
        }
    }

    /// A hash (FNV-1a) of topic and language, used to choose between equivalent wordings.
    pub(super) fn seed(&self) -> u64 {
        let bytes = self.topic.bytes().chain(self.language.name().bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// One of `choices`, by the hash; another `salt` gives another choice.
    pub(super) fn pick<'a, T>(&self, choices: &'a [T], salt: u64) -> &'a T {
        let mixed = (self.seed() ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)).rotate_left(29);
        let mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33;
        let at = usize::try_from(mixed).unwrap_or_default() % choices.len();
        &choices[at]
    }

    /// Same as [`TopicWording::pick`], for texts.
    pub(super) fn phrase(&self, choices: &[&'static str], salt: u64) -> &'static str {
        let phrase: &&'static str = self.pick(choices, salt);
        phrase
    }

    /// The topic as one hashtag («рецептборща»), if it is short enough.
    pub(super) fn hashtag(&self) -> Option<String> {
        let words = knowledge::words(&self.topic);
        let words: Vec<String> = words.map(|word| word.text.to_lowercase()).collect();
        let joined: String = words.concat();
        let plain =
            joined.chars().all(char::is_alphanumeric) && joined.chars().any(char::is_alphabetic);
        let short = words.len() <= HASHTAG_WORDS && joined.chars().count() <= HASHTAG_CHARS;
        (plain && short && joined.chars().count() > 1).then_some(joined)
    }
}

/// Capitalizes the first letter, unless the word has a capital letter already ("iOS").
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next();
    let second_is_capital = text.chars().nth(1).is_some_and(char::is_uppercase);
    match first {
        Some(first) if first.is_lowercase() && !second_is_capital => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// Adds quotation marks; marks inside become the inner kind.
fn quoted(text: &str, language: Language) -> String {
    let ([open, close], [inner_open, inner_close]) = match language {
        Language::Ru => (['«', '»'], ['„', '“']),
        Language::En => (['“', '”'], ['‘', '’']),
    };
    let mut out = String::from(open);
    let mut opened = false;
    for c in text.chars() {
        match c {
            '«' | '„' => out.push(inner_open),
            '»' | '”' => out.push(inner_close),
            '"' | '“' => {
                opened = !opened;
                out.push(if opened { inner_open } else { inner_close });
            }
            _ => out.push(c),
        }
    }
    out.push(close);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Topic;

    fn subject(topic: &str, language: Language) -> TopicWording {
        TopicWording::of(&Brief {
            topic: Topic::parse(topic).unwrap(),
            text: None,
            link: None,
            voice: None,
            titled: false,
            language_from_source: false,
            language: language.into(),
            slides: domain::SlideCount::default(),
            theme: domain::ThemeId::default(),
            format: "4x5".parse().unwrap(),
            image: "jpeg".parse().unwrap(),
            questions: false,
        })
    }

    #[test]
    fn headline_keeps_the_topics_words() {
        let headline = |t: &str| subject(t, Language::Ru).headline;
        assert_eq!(headline("принципы VIBECODING."), "Принципы VIBECODING");
        assert_eq!(headline("iOS без боли"), "iOS без боли");
        assert_eq!(headline("Почему?"), "Почему?");
        assert!(headline(&"очень длинная тема ".repeat(15)).chars().count() <= 80);
    }

    #[test]
    fn nested_quotation_marks_become_inner_ones() {
        let ru = |t: &str| subject(t, Language::Ru).quoted;
        assert_eq!(ru("роман «Идиот»"), "«роман „Идиот“»");
        assert_eq!(ru("\"Идиот\" как роман"), "«„Идиот“ как роман»");
        let en = subject("the “best” tea", Language::En).quoted;
        assert_eq!(en, "“the ‘best’ tea”");
    }

    #[test]
    fn only_short_topics_become_hashtags() {
        let tag = |t: &str| subject(t, Language::Ru).hashtag();
        assert_eq!(tag("Рецепт борща"), Some("рецептборща".to_owned()));
        assert_eq!(tag("42"), None);
        assert_eq!(tag("одно два три четыре пять шесть семь восемь"), None);
    }
}
