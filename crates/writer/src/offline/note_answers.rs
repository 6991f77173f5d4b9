//! Answers and daily tips from the notes, quoted verbatim. A day and a user always get the same
//! tip; a question that the notes do not cover gets no answer.

use domain::{Language, record::Citation};
use knowledge::{Corpus, KnowledgeNote, Maxim};

use crate::provider::{DailyTipSubject, ProviderAnswer, ProviderDailyTip, QuestionInput};

/// Most notes in an answer.
const NOTES: usize = 2;

/// One daily tip in six is a maxim.
const MAXIM_EVERY: u64 = 6;

/// The category of maxims in events.
const MAXIM: &str = "maxim";

/// Quotes the best notes on a question; empty if none covers it.
pub(super) fn answer(corpus: &Corpus, question: &QuestionInput) -> ProviderAnswer {
    let hits = corpus.search(&question.words, question.language, NOTES);
    let best = hits.first().map_or(0.0, |hit| hit.score);
    // A second note is used only if its score is at least half of the best one.
    let good = hits.iter().filter(|hit| hit.score * 2.0 >= best);
    let notes: Vec<&KnowledgeNote> = good.map(|hit| hit.note).collect();
    let mut paragraphs: Vec<String> = notes
        .iter()
        .map(|note| {
            let words = note.wording(question.language);
            format!("{} {}", words.idea, words.why)
        })
        .collect();
    if let Some(first) = notes.first() {
        let words = first.wording(question.language);
        let steps: Vec<String> = words.practices.iter().map(|step| format!("• {step}")).collect();
        paragraphs.push(format!("{}:\n{}", words.how, steps.join("\n")));
    }
    ProviderAnswer {
        text: paragraphs.join("\n\n"),
        citations: notes
            .iter()
            .map(|note| Citation {
                note: note.id.clone(),
                title: note.wording(question.language).title.clone(),
            })
            .collect(),
    }
}

/// The daily tip: a note's key sentence, or a maxim.
pub(super) fn daily_tip(corpus: &Corpus, day: &DailyTipSubject) -> ProviderDailyTip {
    let chance = day_hash(day);
    if chance.is_multiple_of(MAXIM_EVERY) {
        let maxims = corpus.maxims();
        return of_maxim(pick(maxims, chance / MAXIM_EVERY), day.language);
    }
    let note = note_of_day(corpus, day);
    let words = note.wording(day.language);
    ProviderDailyTip {
        text: format!("{} {}\n\n{}", note.emoji, words.takeaway, words.idea),
        category: note.tags.first().cloned().unwrap_or_default(),
        source: source_of(note, day.language),
    }
}

pub(crate) fn note_of_day<'a>(corpus: &'a Corpus, day: &DailyTipSubject) -> &'a KnowledgeNote {
    pick(corpus.notes(), day_hash(day))
}

pub(crate) fn source_of(note: &KnowledgeNote, language: Language) -> String {
    let title = &note.wording(language).title;
    match language {
        Language::Ru => format!("наша заметка «{title}»"),
        Language::En => format!("our note “{title}”"),
    }
}

fn of_maxim(maxim: &Maxim, language: Language) -> ProviderDailyTip {
    let words = maxim.wording(language);
    let (open, close) = match language {
        Language::Ru => ('«', '»'),
        Language::En => ('“', '”'),
    };
    ProviderDailyTip {
        text: format!(
            "{}\n{}\n\n{open}{}{close}\n\n{}",
            maxim.devanagari, maxim.roman, words.meaning, words.thought
        ),
        category: MAXIM.to_owned(),
        source: words.source.clone(),
    }
}

/// Picks from a non-empty list.
fn pick<T>(list: &[T], chance: u64) -> &T {
    let count = u64::try_from(list.len()).unwrap_or(u64::MAX).max(1);
    let at = usize::try_from(chance % count).unwrap_or_default();
    &list[at]
}

/// A hash of day and user (FNV-1a: the same on every machine and in every version).
fn day_hash(day: &DailyTipSubject) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in day.day.bytes().chain([0]).chain(day.user.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // FNV's low bits alone are poorly distributed.
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn day(day: u32, user: &str, language: Language) -> DailyTipSubject {
        DailyTipSubject { language, user: user.to_owned(), day: format!("2026-11-{day:02}") }
    }

    #[test]
    fn daily_tip_depends_on_the_day() {
        let corpus = Corpus::embedded();
        let of = |d, user, language| daily_tip(corpus, &day(d, user, language));
        assert_eq!(of(1, "a", Language::Ru), of(1, "a", Language::Ru));
        let month: BTreeSet<String> = (1..=30).map(|d| of(d, "a", Language::En).text).collect();
        assert!(month.len() >= 20, "{}", month.len());
        let categories: BTreeSet<String> =
            (1..=30).map(|d| of(d, "a", Language::En).category).collect();
        assert!(categories.contains(MAXIM) && categories.len() > 5, "{categories:?}");
    }

    #[test]
    fn answer_quotes_matching_notes_only() {
        let ask = |words: &str, language| {
            let words = words.to_owned();
            answer(Corpus::embedded(), &QuestionInput { words, language })
        };
        let told = ask("Зачем нужны тесты?", Language::Ru);
        assert!(told.text.contains("Тест"), "{}", told.text);
        assert!(told.citations.iter().any(|c| c.note.contains("test")));
        assert_eq!(ask("How do I cook borscht?", Language::En), ProviderAnswer::default());
    }
}
