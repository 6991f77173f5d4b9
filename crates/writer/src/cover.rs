//! The title slide: proposals for it, the choice of the best one in code, and the word that is drawn
//! in the accent colour. Both writers use it.

use std::collections::{HashMap, HashSet};

use domain::{CoverKind, record::SlideRecord};
use knowledge::{Word, is_filler, words};

use crate::shorten::shorten;

/// Longest topic above a title, in characters.
const KICKER_CHARS: usize = 60;

/// Lengths of a title that is read at a glance, and of one that is still readable, in characters.
const GOOD_CHARS: std::ops::RangeInclusive<usize> = 18..=70;
const MOST_CHARS: usize = 100;

/// A title that contains one of these says nothing.
const CLICHES: [&str; 26] = [
    "всё, что нужно знать",
    "все, что нужно знать",
    "в современном мире",
    "секреты успеха",
    "главный секрет",
    "изменит вашу жизнь",
    "изменит твою жизнь",
    "вы не поверите",
    "ты не поверишь",
    "полный гид",
    "полное руководство",
    "на новый уровень",
    "раскройте потенциал",
    "раскрой потенциал",
    "ultimate guide",
    "complete guide",
    "game changer",
    "game-changer",
    "unlock the power",
    "unlock your",
    "you won’t believe",
    "you won't believe",
    "everything you need to know",
    "in today’s world",
    "in today's world",
    "to the next level",
];

/// Words that show that the author speaks of themselves.
const PERSONAL: [&str; 20] = [
    "я", "мы", "мой", "моя", "моё", "мои", "наш", "наша", "наше", "наши", "мне", "нам", "нас", "i",
    "we", "my", "our", "me", "us", "ours",
];

/// A title slide that a writer proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CoverProposal {
    pub(crate) kind: CoverKind,
    pub(crate) headline: String,
    /// What the reader gets; may be empty.
    pub(crate) subtitle: String,
}

/// What proposals are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoverContext<'a> {
    pub(crate) topic: &'a str,
    /// The texts of the other slides.
    pub(crate) deck: &'a [&'a str],
}

impl CoverProposal {
    /// A question if it ends with a question mark, else a statement.
    pub(crate) fn said(headline: &str, subtitle: &str) -> Self {
        let kind = match headline.ends_with('?') {
            true => CoverKind::Question,
            false => CoverKind::Statement,
        };
        Self { kind, headline: headline.to_owned(), subtitle: subtitle.to_owned() }
    }

    pub(crate) fn of_kind(self, kind: CoverKind) -> Self {
        Self { kind, ..self }
    }
}

impl CoverContext<'_> {
    /// The best proposal; the first one if none is good.
    pub(crate) fn best(&self, proposals: Vec<CoverProposal>) -> Option<CoverProposal> {
        let scored = proposals.iter().enumerate();
        let scored = scored.filter_map(|(at, proposal)| Some((at, self.score(proposal)?)));
        // The earlier one of equals.
        let best = scored.fold(None, |best: Option<(usize, f32)>, (at, score)| match best {
            Some((_, most)) if most >= score => best,
            Some(_) | None => Some((at, score)),
        });
        proposals.into_iter().nth(best.map_or(0, |(at, _)| at))
    }

    /// How good a proposal is: its length, how concrete it is, and whether the deck is about it.
    /// `None` if it is a cliché or has a number that no slide has.
    pub(crate) fn score(&self, proposal: &CoverProposal) -> Option<f32> {
        let headline = &proposal.headline;
        let lower = headline.to_lowercase();
        let chars = headline.chars().count();
        if chars > MOST_CHARS || CLICHES.iter().any(|cliche| lower.contains(cliche)) {
            return None;
        }
        let known = format!("{} {}", self.topic, self.deck.join(" "));
        let known_numbers = numbers(&known);
        if !numbers(headline).is_subset(&known_numbers) {
            return None;
        }
        let (said, known) = (subjects(headline), subjects(&known));
        let common = said.intersection(&known).count() as f32;
        // A title without any word of the slides may be about something else.
        let truth = if common > 0.0 { common / said.len() as f32 } else { -1.0 };
        let length = match chars {
            _ if GOOD_CHARS.contains(&chars) => 1.0,
            0..18 => 0.4,
            _ => 0.5,
        };
        let all = words(headline).count().max(1) as f32;
        let concrete = 0.5 * said.len() as f32 / all;
        let topic = subjects(self.topic);
        // The topic is already above the title.
        let repeats = if said.is_subset(&topic) { 0.8 } else { 0.0 };
        let kind = match proposal.kind {
            CoverKind::Statement => 0.0,
            CoverKind::Question | CoverKind::Promise => 0.1,
            CoverKind::Face => 0.2,
            CoverKind::Number => 0.9,
        };
        Some(truth + length + concrete + kind - repeats)
    }

    /// The title slide of a proposal. A personal statement shows the author.
    pub(crate) fn record(&self, proposal: &CoverProposal) -> SlideRecord {
        let kind = match proposal.kind {
            CoverKind::Statement if is_personal(self.topic) => CoverKind::Face,
            kind => kind,
        };
        let record = SlideRecord {
            kind: "title".to_owned(),
            title: proposal.headline.clone(),
            body: proposal.subtitle.clone(),
            attribution: self.kicker(&proposal.headline),
            ..SlideRecord::default()
        };
        match kind {
            CoverKind::Statement => record,
            CoverKind::Question | CoverKind::Number | CoverKind::Promise | CoverKind::Face => {
                SlideRecord { cover: kind.name().to_owned(), ..record }
            }
        }
    }

    /// The topic, unless the title contains it.
    fn kicker(&self, headline: &str) -> String {
        let topic = self.topic.trim_end_matches(['.', ',', ';', ':']).trim_end();
        if headline.to_lowercase().contains(&topic.to_lowercase()) {
            return String::new();
        }
        shorten(topic, KICKER_CHARS)
    }

    /// The title with one word between the marks of the accent colour: a number, else the word that
    /// the slides use most. A title of one word, or with marks of its own, stays as it is.
    pub(crate) fn accented(&self, record: SlideRecord) -> SlideRecord {
        let title = &record.title;
        let has_number_sign = record.cover == CoverKind::Number.name();
        if title.contains(['*', '`']) || has_number_sign || words(title).nth(1).is_none() {
            return record;
        }
        let mut counts: HashMap<String, usize> = HashMap::new();
        for word in self.deck.iter().flat_map(|text| words(text)) {
            *counts.entry(word.stem).or_default() += 1;
        }
        let weight = |word: &Word<'_>| {
            let count = counts.get(&word.stem).copied().unwrap_or(0).min(9);
            let number = word.text.chars().all(|c| c.is_ascii_digit());
            (number, count, word.text.chars().count())
        };
        let candidates = title.split_whitespace().filter_map(|token| {
            let core = token.trim_matches(|c: char| !c.is_alphanumeric());
            let word = words(core).find(|word| !is_filler(word))?;
            let long = core.chars().count() > 2 || core.chars().all(|c| c.is_ascii_digit());
            long.then(|| (weight(&word), token, core))
        });
        let best = candidates.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((_, token, core)) = best else { return record };
        let marked = token.replacen(core, &format!("*{core}*"), 1);
        let mut done = false;
        let tokens = title.split(' ').map(|part| {
            let here = !done && part == token;
            done |= here;
            if here { marked.as_str() } else { part }
        });
        let title = tokens.collect::<Vec<_>>().join(" ");
        SlideRecord { title, ..record }
    }
}

/// Whether the author of a topic speaks of themselves: “How we stopped fearing releases”.
fn is_personal(topic: &str) -> bool {
    words(topic).any(|word| PERSONAL.contains(&word.text.to_lowercase().as_str()))
}

/// The stems of the words that name something.
fn subjects(text: &str) -> HashSet<String> {
    words(text).filter(|word| !is_filler(word)).map(|word| word.stem).collect()
}

fn numbers(text: &str) -> HashSet<&str> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '.'));
    parts.map(|part| part.trim_matches([',', '.'])).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECK: [&str; 3] = [
        "A test says at once what broke",
        "Write one test for the bug of yesterday",
        "Two hours of checks became 8 minutes",
    ];

    fn context(topic: &str) -> CoverContext<'_> {
        CoverContext { topic, deck: &DECK }
    }

    fn best(headlines: &[&str]) -> String {
        let proposals = headlines.iter().map(|text| CoverProposal::said(text, "")).collect();
        context("Why tests matter").best(proposals).unwrap().headline
    }

    #[test]
    fn concrete_and_true_title_wins() {
        let hook = "It broke, and the test said so first";
        assert_eq!(best(&["Why tests matter", hook]), hook);
        assert_eq!(best(&["The ultimate guide to tests", hook]), hook);
        assert_eq!(best(&["Tests cut bugs by 73% in a year", hook]), hook, "no slide says so");
        assert_eq!(best(&["Our cat likes to sleep all day", hook]), hook);
        let number = "Two hours of checks, now 8 minutes";
        assert_eq!(best(&["Tests!", number]), number);
        assert_eq!(best(&["В современном мире без тестов никуда", hook]), hook);
    }

    #[test]
    fn topic_stands_above_other_titles_only() {
        let record = |title: &str| {
            let context = context("Why tests matter");
            context.record(&CoverProposal::said(title, "Four steps"))
        };
        assert_eq!(record("It broke on Friday?").attribution, "Why tests matter");
        assert_eq!(record("It broke on Friday?").cover, "question");
        assert_eq!(record("Why tests matter").attribution, "");
        assert_eq!(record("Why tests matter").cover, "");
    }

    #[test]
    fn story_of_the_author_shows_the_author() {
        let cover = |topic: &str| {
            let context = context(topic);
            context.record(&CoverProposal::said("A test says what broke", "")).cover
        };
        assert_eq!(cover("How we stopped fearing releases"), "face");
        assert_eq!(cover("Как мы перестали бояться релизов"), "face");
        assert_eq!(cover("Releases without fear"), "");
    }

    #[test]
    fn one_word_gets_the_accent() {
        let accented = |title: &str| {
            let record = SlideRecord { title: title.to_owned(), ..SlideRecord::default() };
            context("Why tests matter").accented(record).title
        };
        assert_eq!(
            accented("It broke, and the test said so first"),
            "It broke, and the *test* said so first"
        );
        assert_eq!(accented("Now 8 minutes"), "Now *8* minutes");
        assert_eq!(accented("Wait for a «test»?"), "Wait for a «*test*»?");
        for kept in ["Tests", "A *test* says it", "use `cargo test`"] {
            assert_eq!(accented(kept), kept);
        }
    }
}
