//! Chooses the sentences that get a slide: the best ones that have a headline of their own or give one to
//! their neighbour, then others as statements.

use std::collections::HashSet;

use document::depends_on_previous;
use knowledge::words;

use super::{
    sentence_forms::{has_own_headline, statement},
    sentences::{Sentence, TextParts},
};

/// A sentence repeats another one if it shares more than this part of its words.
const SHARED_WORDS: f32 = 0.5;

struct SentenceSelection<'a> {
    sentences: &'a [Sentence],
    taken: Vec<usize>,
    /// Taken, or shown below a taken one.
    used: HashSet<usize>,
    headings: HashSet<&'a str>,
}

/// Indices of sentences, the best first.
pub(super) fn by_score(sentences: &[Sentence]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.sort_by(|a, b| sentences[*b].score.total_cmp(&sentences[*a].score).then(a.cmp(b)));
    order
}

/// At most `wanted` sentences; none repeats another, and none is the explanation that another one
/// includes.
pub(super) fn select_sentences(parts: &TextParts, wanted: usize) -> Vec<usize> {
    let mut selection = SentenceSelection {
        sentences: &parts.sentences,
        taken: Vec::new(),
        used: HashSet::new(),
        headings: HashSet::new(),
    };
    for statements in [false, true] {
        for at in by_score(&parts.sentences) {
            if selection.taken.len() < wanted {
                selection.consider(at, statements);
            }
        }
    }
    if selection.taken.is_empty() {
        // Better a sentence that refers to another one than nothing.
        let is_statement = |at: &usize| !parts.sentences[*at].text.ends_with('?');
        selection.taken.extend(by_score(&parts.sentences).into_iter().find(is_statement));
    }
    selection.taken.truncate(wanted);
    selection.taken
}

impl<'a> SentenceSelection<'a> {
    fn consider(&mut self, at: usize, statements: bool) {
        let sentence = &self.sentences[at];
        if self.used.contains(&at) || self.repeats(at) {
            return;
        }
        let asks = sentence.text.ends_with('?');
        let explained = statement(sentence).is_some() && self.is_free(at + 1);
        let explains =
            at.checked_sub(1).filter(|before| self.is_free(*before) && !self.repeats(*before));
        let explains = explains
            .filter(|before| statement(&self.sentences[*before]) == Some(sentence.text.as_str()));
        let answers = explains.filter(|before| self.sentences[*before].text.ends_with('?'));
        if let Some(question) = answers {
            self.take(question, at);
        } else if !asks && has_own_headline(sentence) {
            self.take(at, at);
        } else if explained {
            self.take(at, at + 1);
        } else if asks {
            // A question without its answer says nothing.
        } else if let Some(before) = explains {
            self.take(before, at);
        } else if let Some(heading) =
            sentence.heading.as_deref().filter(|heading| !self.headings.contains(heading))
        {
            self.headings.insert(heading);
            self.take(at, at);
        } else if statements && !depends_on_previous(&sentence.text) {
            self.take(at, at);
        }
    }

    fn is_free(&self, at: usize) -> bool {
        at < self.sentences.len() && !self.used.contains(&at)
    }

    fn take(&mut self, at: usize, last: usize) {
        self.taken.push(at);
        self.used.extend(at..=last);
    }

    fn repeats(&self, at: usize) -> bool {
        let own = stems(&self.sentences[at].text);
        self.taken.iter().any(|other| {
            let others = stems(&self.sentences[*other].text);
            let common = own.iter().filter(|stem| others.contains(stem)).count();
            common as f32 > own.len() as f32 * SHARED_WORDS
        })
    }
}

fn stems(text: &str) -> Vec<String> {
    words(text).filter(|word| !knowledge::is_filler(word)).map(|word| word.stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::Document;

    fn selected(text: &str, wanted: usize) -> Vec<String> {
        let parts = TextParts::of(&Document::parse(text));
        let mut chosen = select_sentences(&parts, wanted);
        chosen.sort_unstable();
        chosen.into_iter().map(|at| parts.sentences[at].text.clone()).collect()
    }

    #[test]
    fn explanation_gets_no_slide_of_its_own() {
        let text =
            "Run slowly at the beginning. A talk in whole sentences must be possible all the time.";
        assert_eq!(selected(text, 5), ["Run slowly at the beginning."]);
    }

    #[test]
    fn question_needs_an_answer() {
        let talk = "Ann: Why does the report take forty minutes?\n\
                    Bob: It reads every order since January each time.\n\
                    Ann: What about the totals per day and per week?";
        let chosen = selected(talk, 5);
        assert!(
            chosen.contains(&"Why does the report take forty minutes?".to_owned()),
            "{chosen:?}"
        );
        assert!(!chosen.iter().any(|said| said.starts_with("What about")), "{chosen:?}");
    }
}
