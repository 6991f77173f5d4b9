//! [`StoryFrame`]: the structure of a carousel's story, and the choice of one by a topic's wording.

use knowledge::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoryFrame {
    /// Several rules of equal weight.
    Principles,
    Problem,
    /// The situation without and with the subject.
    BeforeAfter,
    /// Instructions in order.
    Steps,
    /// Common beliefs and the facts.
    Myths,
    /// Points to check.
    Checklist,
    /// A usual day, a change, a new day.
    Story,
}

/// Words that select a frame, in any grammatical form; the first match wins: «как мы» selects a
/// story, «как» selects steps.
const CUES: [(StoryFrame, &str); 10] = [
    (StoryFrame::Story, "история, story, journey"),
    (StoryFrame::Story, "как мы, how we, как я, how I, наш опыт, мой опыт"),
    (StoryFrame::Myths, "миф, заблуждение, антипаттерн, myth, misconception, antipattern"),
    (StoryFrame::Checklist, "чек-лист, чеклист, список, checklist"),
    (
        StoryFrame::Principles,
        "принцип, правило, закон, заповедь, основы, совет, приём, лайфхак, урок, идея, principle, \
         rule, law, basics, tip, best practices, lessons, ideas",
    ),
    (StoryFrame::BeforeAfter, "до и после, против, разница, before and after, vs, versus"),
    (StoryFrame::Problem, "почему, зачем, проблема, когда не, why, problem, when not"),
    (StoryFrame::Steps, "пошагово, шаг, гайд, руководство, step, guide"),
    (StoryFrame::Steps, "как, how to, how do"),
    (StoryFrame::Problem, "что такое, what is"),
];

impl StoryFrame {
    pub(crate) const ALL: [Self; 7] = [
        Self::Principles,
        Self::Problem,
        Self::BeforeAfter,
        Self::Steps,
        Self::Myths,
        Self::Checklist,
        Self::Story,
    ];

    /// The frame that the topic's wording selects; otherwise one by `seed`.
    pub(crate) fn choose(topic: &str, seed: u64) -> Self {
        Self::asked_for(topic).unwrap_or_else(|| Self::by_chance(seed))
    }

    /// The frame that the topic's wording selects, if any.
    pub(crate) fn asked_for(topic: &str) -> Option<Self> {
        let stems = |text: &str| words(text).map(|word| word.stem).collect::<Vec<_>>();
        let topic = stems(topic);
        let asked = |cue: &str| {
            let cue = stems(cue);
            topic.windows(cue.len()).any(|part| part == cue)
        };
        let by_words = CUES.iter().find(|(_, cues)| cues.split(", ").any(asked));
        by_words.map(|(frame, _)| *frame)
    }

    /// Whether a topic names two things to compare: “Rust vs Go”, «Монолит против микросервисов».
    pub(crate) fn names_two_things(topic: &str) -> bool {
        let words: Vec<String> = words(topic).map(|word| word.text.to_lowercase()).collect();
        let sign =
            words.iter().position(|word| matches!(word.as_str(), "vs" | "versus" | "против"));
        sign.is_some_and(|at| at > 0 && at + 1 < words.len())
    }

    fn by_chance(seed: u64) -> Self {
        const FREE: [StoryFrame; 5] = [
            StoryFrame::Problem,
            StoryFrame::BeforeAfter,
            StoryFrame::Steps,
            StoryFrame::Myths,
            StoryFrame::Story,
        ];
        let at = usize::try_from((seed >> 17) % 5).unwrap_or_default();
        FREE[at]
    }

    /// The next frame, for a rewrite; repeated calls visit all frames.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|frame| *frame == self);
        Self::ALL[(at.unwrap_or_default() + 1) % Self::ALL.len()]
    }

    /// The name in an analysis.
    pub fn name(self) -> &'static str {
        match self {
            Self::Principles => "principles",
            Self::Problem => "problem-solution",
            Self::BeforeAfter => "before-after",
            Self::Steps => "steps",
            Self::Myths => "myths",
            Self::Checklist => "checklist",
            Self::Story => "story",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|frame| frame.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_wording_selects_the_frame() {
        for (topic, frame) in [
            ("принципы VIBECODING", StoryFrame::Principles),
            ("Почему тесты важны", StoryFrame::Problem),
            ("How to name things", StoryFrame::Steps),
            ("Как мы перестали бояться релизов", StoryFrame::Story),
            ("Мифы о рефакторинге", StoryFrame::Myths),
            ("Чек-лист перед релизом", StoryFrame::Checklist),
            ("Монолит против микросервисов", StoryFrame::BeforeAfter),
        ] {
            assert_eq!(StoryFrame::choose(topic, 0), frame, "{topic}");
        }
    }

    #[test]
    fn two_things_stand_around_a_word() {
        for (topic, two) in [
            ("Rust vs Go for a startup", true),
            ("Монолит против микросервисов", true),
            ("Против микросервисов", false),
            ("Why tests matter", false),
        ] {
            assert_eq!(StoryFrame::names_two_things(topic), two, "{topic}");
        }
    }

    #[test]
    fn frame_names_round_trip() {
        for frame in StoryFrame::ALL {
            assert_eq!(StoryFrame::parse(frame.name()), Some(frame));
        }
    }
}
