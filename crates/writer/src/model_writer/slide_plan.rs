//! The plan of a carousel: each slide's kind and role by position. Code decides this, because small
//! models get it wrong. No slide asks the model for a number or a quote, because it would invent
//! them; we insert quotes and the user's numbers verbatim.

use domain::SlideKind;

use crate::story_frame::StoryFrame;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlannedSlide {
    pub(super) kind: SlideKind,
    /// Its purpose, stated in the prompt.
    pub(super) role: &'static str,
}

const OPENING: PlannedSlide = PlannedSlide {
    kind: SlideKind::Title,
    role: "the opening: a headline that makes people stop, and under it what they will get",
};
const ENDING: PlannedSlide = PlannedSlide {
    kind: SlideKind::Summary,
    role: "the ending: the line to remember, what to take along, and one thing to do next",
};
const QUOTE: PlannedSlide =
    PlannedSlide { kind: SlideKind::Quote, role: "somebody's words, which we put in ourselves" };

const NUMBER: PlannedSlide =
    PlannedSlide { kind: SlideKind::Statistic, role: "a number of the source, which we put in" };

const CODE: PlannedSlide =
    PlannedSlide { kind: SlideKind::Code, role: "code of the source, which we put in" };

const VERSUS: PlannedSlide = PlannedSlide {
    kind: SlideKind::Versus,
    role: "the two things of the topic, compared row by row, each row one aspect",
};

/// What we insert ourselves, if the material has it, and whether the topic names two things.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inserts {
    pub(super) quote: bool,
    pub(super) number: bool,
    pub(super) code: bool,
    pub(super) versus: bool,
}

/// Rank of the code, and the position after which it is placed.
const CODE_RANK: u8 = 4;
const CODE_AFTER: usize = 6;

/// Rank of the number, and the position after which it is placed.
const NUMBER_RANK: u8 = 3;
const NUMBER_AFTER: usize = 2;

/// Rank of the quote, and the position after which it is placed.
const QUOTE_RANK: u8 = 5;
const QUOTE_AFTER: usize = 4;

/// The slides of a carousel: opening, the highest-ranked slides of the frame in order, ending. It
/// includes a quote and a number only if they are available.
pub(super) fn parts(frame: StoryFrame, slides: usize, inserts: Inserts) -> Vec<PlannedSlide> {
    let mut story: Vec<(PlannedSlide, u8)> = story(frame)
        .iter()
        .map(|&(kind, rank, role)| (PlannedSlide { kind, role }, rank * 2))
        .collect();
    if let Some((slide, _)) = story.first_mut().filter(|_| inserts.versus) {
        *slide = VERSUS;
    }
    if inserts.code {
        story.insert(CODE_AFTER, (CODE, CODE_RANK * 2 - 1));
    }
    if inserts.quote {
        story.insert(QUOTE_AFTER, (QUOTE, QUOTE_RANK * 2 - 1));
    }
    if inserts.number {
        story.insert(NUMBER_AFTER, (NUMBER, NUMBER_RANK * 2 - 1));
    }
    let mut ranks: Vec<u8> = story.iter().map(|(_, rank)| *rank).collect();
    ranks.sort_unstable();
    let last = ranks.get(slides.saturating_sub(3)).copied().unwrap_or(u8::MAX);
    let chosen = story.into_iter().filter(|(_, rank)| *rank <= last);
    let middle = chosen.map(|(part, _)| part).take(slides.saturating_sub(2));
    [OPENING].into_iter().chain(middle).chain([ENDING]).collect()
}

/// The description of a frame for prompts.
pub(super) fn described(frame: StoryFrame) -> &'static str {
    match frame {
        StoryFrame::Principles => "several rules of equal weight",
        StoryFrame::Problem => "what hurts, why, and the way out",
        StoryFrame::BeforeAfter => "how it is without, how it is with, and how to get there",
        StoryFrame::Steps => "what to do, in order",
        StoryFrame::Myths => "what many believe, and what is so instead",
        StoryFrame::Checklist => "what to check, and why",
        StoryFrame::Story => "a familiar scene, a turn, and what is different since",
    }
}

/// The story of each frame in order: kind, rank (1 is taken first), role. It has as many slides as
/// the longest carousel without opening and ending.
#[rustfmt::skip] // One slide per line.
fn story(frame: StoryFrame) -> &'static [(SlideKind, u8, &'static str); 8] {
    use SlideKind::{Comparison, Concept, List, Practice, Principle};
    match frame {
        StoryFrame::Principles => &[
            (Principle, 1, "the most important rule, and why it holds"),
            (Principle, 2, "the second rule, and why it holds"),
            (Comparison, 3, "what it looks like when a rule is broken, and when it is kept"),
            (Principle, 4, "the third rule, and why it holds"),
            (Practice, 5, "how to begin today, step by step"),
            (Principle, 6, "a rule that is easily forgotten"),
            (List, 7, "how to tell that the rules are kept"),
            (Principle, 8, "when it is right to break a rule"),
        ],
        StoryFrame::Problem => &[
            (Principle, 1, "the problem, as the reader meets it"),
            (Concept, 6, "a term that explains it"),
            (Principle, 4, "why it happens"),
            (Comparison, 3, "how it is with the problem, and how it is once it is solved"),
            (Principle, 5, "the idea that solves it"),
            (Practice, 2, "what to do, step by step"),
            (List, 7, "signs that it works"),
            (Principle, 8, "what people get wrong about it"),
        ],
        StoryFrame::BeforeAfter => &[
            (Comparison, 1, "the whole situation, before and after"),
            (Principle, 2, "what made the difference"),
            (Concept, 6, "a term that explains it"),
            (Comparison, 5, "one concrete detail, before and after"),
            (Practice, 3, "how to get from one to the other, step by step"),
            (Principle, 4, "why it lasts"),
            (List, 7, "what to watch for on the way"),
            (Principle, 8, "what is hard about it"),
        ],
        StoryFrame::Steps => &[
            (Principle, 1, "why it is worth doing"),
            (List, 5, "what has to be there before the first step"),
            (Practice, 2, "the steps"),
            (Principle, 4, "the step that matters most"),
            (Comparison, 3, "the same thing done badly and done well"),
            (Practice, 7, "how to check the result, step by step"),
            (Concept, 6, "a term worth knowing here"),
            (Principle, 8, "what comes after the last step"),
        ],
        StoryFrame::Myths => &[
            (Comparison, 1, "what most people believe, and what is so instead"),
            (Principle, 2, "what follows from it"),
            (Comparison, 3, "another belief, and what is so instead"),
            (Concept, 6, "a term that is often misunderstood"),
            (Comparison, 4, "a third belief, and what is so instead"),
            (Practice, 5, "what to do instead, step by step"),
            (Principle, 7, "where the beliefs come from"),
            (List, 8, "how to recognise such beliefs"),
        ],
        StoryFrame::Checklist => &[
            (Principle, 1, "why a list helps here"),
            (List, 2, "the first things to check"),
            (Principle, 4, "the thing that is forgotten most often"),
            (List, 3, "the next things to check"),
            (Comparison, 6, "without the check and with it"),
            (List, 5, "the last things to check"),
            (Concept, 7, "a term worth knowing here"),
            (Practice, 8, "how to make the check a habit"),
        ],
        StoryFrame::Story => &[
            (Principle, 1, "a familiar scene, in which it goes wrong"),
            (Concept, 7, "a term for what went wrong"),
            (Principle, 3, "the moment that changed it"),
            (Comparison, 4, "a day before and a day after"),
            (Principle, 5, "what was learnt"),
            (Practice, 2, "what the reader can do in the same way"),
            (Principle, 6, "how it is today"),
            (List, 8, "what to watch for"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::limits::{SLIDES_MAX, SLIDES_MIN};

    #[test]
    fn plans_have_requested_length_and_no_monotony() {
        for frame in StoryFrame::ALL {
            for slides in usize::from(SLIDES_MIN)..=usize::from(SLIDES_MAX) {
                for bits in 0..16_u8 {
                    let has = |bit: u8| bits & bit != 0;
                    let (quote, number, code, versus) = (has(1), has(2), has(4), has(8));
                    let parts = parts(frame, slides, Inserts { quote, number, code, versus });
                    let kinds: Vec<SlideKind> = parts.iter().map(|part| part.kind).collect();
                    assert_eq!(kinds.len(), slides, "{frame:?}");
                    assert_eq!(kinds.first(), Some(&SlideKind::Title));
                    assert_eq!(kinds.last(), Some(&SlideKind::Summary));
                    let run = kinds.windows(3).find(|w| w[0] == w[1] && w[1] == w[2]);
                    assert_eq!(run, None, "{frame:?} {slides} {kinds:?}");
                    let count = |kind| kinds.iter().filter(|k| **k == kind).count();
                    let least = 7 + usize::from(number) + usize::from(code);
                    assert_eq!(count(SlideKind::Quote), usize::from(quote && slides >= least));
                    assert_eq!(count(SlideKind::Statistic), usize::from(number && slides >= 5));
                    let least = 6 + usize::from(number);
                    assert_eq!(count(SlideKind::Code), usize::from(code && slides >= least));
                }
            }
        }
    }
}
