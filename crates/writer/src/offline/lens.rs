//! [`Lens`]: a set of questions for any topic, loaded from `lenses/*.toml`.
//!
//! Parses the files and states their rules. A lens names the topic (`{topic}`, in quotation marks,
//! so that no grammatical case is needed) and asserts nothing about it.

use std::sync::LazyLock;

use domain::{Language, Polarity};
use serde::Deserialize;

/// A way to explore a topic, in one language.
#[derive(Debug, Deserialize)]
pub(super) struct Lens {
    #[serde(skip)]
    pub(super) emoji: String,
    /// Below the topic, on the first slide.
    pub(super) subtitle: String,
    /// What the carousel says, in one sentence.
    pub(super) angle: String,
    /// The last slide: headline, takeaways, call to action.
    pub(super) last: String,
    pub(super) points: [String; 3],
    pub(super) call: String,
    /// In story order.
    pub(super) beats: Vec<RankedBeat>,
}

/// A beat and its rank: 1 is taken first.
#[derive(Debug, Deserialize)]
pub(super) struct RankedBeat {
    pub(super) rank: u8,
    #[serde(flatten)]
    pub(super) beat: Beat,
}

/// The content of one slide of a lens.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Beat {
    Thought {
        title: String,
        body: String,
    },
    Term {
        term: String,
        meaning: String,
    },
    Steps {
        title: String,
        items: Vec<String>,
    },
    Questions {
        title: String,
        items: Vec<String>,
    },
    Check {
        title: String,
        items: Vec<String>,
    },
    /// Two labels, each with its text.
    Sides {
        title: String,
        sides: [[String; 2]; 2],
        #[serde(default = "neutral")]
        polarity: Polarity,
    },
}

const fn neutral() -> Polarity {
    Polarity::Neutral
}

/// A file of `lenses/`.
#[derive(Debug, Deserialize)]
struct LensFile {
    emoji: String,
    ru: Lens,
    en: Lens,
}

/// The lenses of each language.
static LENS_SETS: LazyLock<[Vec<Lens>; 2]> = LazyLock::new(|| {
    let mut sets = [Vec::new(), Vec::new()];
    for text in FILES {
        let pair: LensFile = toml::from_str(text).expect("a test parses every lens");
        for (set, mut lens) in sets.iter_mut().zip([pair.ru, pair.en]) {
            lens.emoji.clone_from(&pair.emoji);
            set.push(lens);
        }
    }
    sets
});

const FILES: [&str; 6] = [
    include_str!("lenses/beginner.toml"),
    include_str!("lenses/doubt.toml"),
    include_str!("lenses/experiment.toml"),
    include_str!("lenses/explain.toml"),
    include_str!("lenses/map.toml"),
    include_str!("lenses/week.toml"),
];

pub(super) fn for_topics(language: Language) -> &'static [Lens] {
    let [ru, en] = &*LENS_SETS;
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use domain::limits::SLIDES_MAX;

    #[test]
    fn lenses_fill_longest_carousel_and_name_topic_first() {
        for language in Language::ALL.iter().copied() {
            let topics = for_topics(language);
            assert_eq!(topics.len(), FILES.len());
            for lens in topics {
                let ranks: HashSet<u8> = lens.beats.iter().map(|beat| beat.rank).collect();
                assert!(lens.beats.len() + 2 >= usize::from(SLIDES_MAX), "{}", lens.last);
                assert_eq!(ranks.len(), lens.beats.len(), "{}", lens.last);
            }
            for lens in topics {
                let first = lens.beats.iter().find(|beat| beat.rank == 1).unwrap();
                let named =
                    matches!(&first.beat, Beat::Thought { body, .. } if body.contains("{topic}"));
                assert!(named && lens.call.contains("{topic}"), "{}", lens.last);
            }
        }
    }
}
