//! The forms that a sentence of the user's text can take on a slide.
//!
//! The sentence's structure decides: a number with a unit, a definition, a heading with its
//! explanation, a short statement or a question with the next sentence below it, or a main clause with
//! the rest below it. What a named person says is a quote. Any other sentence is a statement of its
//! own.

use document::{Document, capitalised, depends_on_previous};
use domain::{Language, LongText, SlideError};

use super::{
    sentence_structure::{clauses, definition, listed},
    sentences::{Sentence, TextParts},
    slide_selection::{CandidateSlide, SlideExtras},
    table_slides::VALUE_CHARS,
    table_wording::WordedFinding,
};
use crate::shorten::shorten;

/// Longest running text and headline of such a slide, in characters.
pub(super) const BODY_CHARS: usize = 190;
pub(super) const TITLE_CHARS: usize = 60;

/// Longest question above its answer, in characters.
const QUESTION_CHARS: usize = 75;

/// Shortest explanation below a headline, in characters.
const EXPLANATION_CHARS: usize = 25;

/// Which forms a sentence may take.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AllowedForms<'a> {
    /// A number, with the text's name as its source.
    pub(super) statistic: Option<&'a str>,
    /// A quote of the person who says it, before the forms of prose.
    pub(super) quote: bool,
    /// The next sentence below this one.
    pub(super) unfolded: bool,
    /// A statement although it refers to the sentence before it.
    pub(super) dependent: bool,
}

/// The forms of `sentence`, the best first. All use the sentence, so at most one is taken. None of a
/// question without an answer.
pub(super) fn forms(
    sentence: &Sentence,
    allowed: AllowedForms<'_>,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let text = shorten(&sentence.text, BODY_CHARS);
    let whole = [sentence.text.as_str()];
    let mut forms = Vec::new();
    if let Some((value, source)) = measured_value(&sentence.text).zip(allowed.statistic) {
        let slide = CandidateSlide::statistic(dress("📊"), &value, &text, source)?;
        forms.push(slide.from(&whole));
    }
    let next = statement(sentence).filter(|_| allowed.unfolded);
    if sentence.text.ends_with('?') {
        let slide = next.map(|answer| {
            let said = match sentence.answers.as_str() {
                "" => answer.to_owned(),
                speaker => format!("{speaker}: {answer}"),
            };
            headed(&sentence.text, &said, &[&sentence.text, answer])
        });
        forms.extend(slide.transpose()?);
        return Ok(forms);
    }
    let is_said = !sentence.speaker.is_empty();
    if !is_said || !allowed.quote {
        forms.extend(prose_forms(sentence, next)?);
    }
    if is_said {
        let quote = CandidateSlide::quote(dress("💬"), &text, &sentence.speaker)?;
        forms.push(quote.from(&whole));
    } else if allowed.dependent || !depends_on_previous(&text) {
        let statement = match text.strip_suffix('.') {
            Some(bare) if !bare.contains(". ") && !bare.ends_with('.') => bare,
            _ => &text,
        };
        forms.push(CandidateSlide::plain("principle", dress("💡"), statement, "")?.from(&whole));
    }
    Ok(forms)
}

/// The forms with a headline of the text itself.
fn prose_forms(sentence: &Sentence, next: Option<&str>) -> Result<Vec<CandidateSlide>, SlideError> {
    let text = sentence.text.as_str();
    let mut forms = Vec::new();
    if let Some((term, meaning)) = definition(text) {
        let meaning = shorten(&meaning, BODY_CHARS);
        forms.push(CandidateSlide::plain("concept", dress("📖"), &term, &meaning)?.from(&[text]));
    } else if let Some((title, body)) = heading_and_text(text) {
        forms.push(headed(&title, &body, &[text])?);
    } else if let Some(next) = next {
        forms.push(headed(text.trim_end_matches('.'), next, &[text, next])?);
    }
    if let Some(heading) = &sentence.heading {
        forms.push(headed(heading, text, &[text])?);
    }
    if let Some((title, rest)) = clauses(text) {
        forms.push(headed(&title, &rest, &[text])?);
    }
    Ok(forms)
}

/// A headline with running text, made of these sentences.
fn headed(title: &str, body: &str, sources: &[&str]) -> Result<CandidateSlide, SlideError> {
    let body = shorten(body, BODY_CHARS);
    Ok(CandidateSlide::plain("principle", dress("💡"), title, &body)?.from(sources))
}

/// Whether a sentence needs no other sentence on its slide.
pub(super) fn has_own_headline(sentence: &Sentence) -> bool {
    let text = &sentence.text;
    (!sentence.speaker.is_empty() && !depends_on_previous(text))
        || measured_value(text).is_some()
        || definition(text).is_some()
        || heading_and_text(text).is_some()
        || clauses(text).is_some()
}

fn dress(emoji: &str) -> SlideExtras<'_> {
    SlideExtras { emoji, note: "" }
}

/// A number with its unit that a text states, and the sentence with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedNumber {
    pub(crate) value: String,
    pub(crate) sentence: String,
    /// The title that the text states; empty if it states none.
    pub(crate) source: String,
}

impl StatedNumber {
    /// The first one in a sentence that can stand alone on a slide.
    pub(crate) fn of(text: &LongText) -> Option<Self> {
        let parts = TextParts::of(&Document::parse(text.as_str()));
        let source = parts.source;
        parts.sentences.into_iter().find_map(|sentence| {
            let value = measured_value(&sentence.text)?;
            Some(Self { value, sentence: sentence.text, source: source.clone() })
        })
    }

    /// What the tables of a text show most clearly.
    pub(crate) fn of_table(document: &Document, language: Language) -> Option<Self> {
        let findings = WordedFinding::all(document, language).into_iter();
        let mut short = findings.filter(|finding| finding.value.chars().count() <= VALUE_CHARS);
        let source = document.title.clone().unwrap_or_default();
        short.next().map(|found| Self { value: found.value, sentence: found.label, source })
    }
}

/// The only number with a unit in a short sentence, with its sign and unit: `-40%`, `$29.90`,
/// `5 млн`.
pub(super) fn measured_value(text: &str) -> Option<String> {
    const SENTENCE_CHARS: usize = 140;
    const SCALES: &str = "тысяч тыс млн миллионов млрд миллиардов thousand million billion k";
    let words: Vec<&str> = text.split_whitespace().collect();
    let measured = words.iter().enumerate().filter_map(|(at, word)| {
        let value = word.trim_matches(['(', ')', '«', '»', '“', '”', ',', ';', ':', '!', '?', '.']);
        if !value.contains(|c: char| c.is_ascii_digit()) || value.contains(char::is_alphabetic) {
            return None;
        }
        let next = words.get(at + 1).map(|next| next.trim_end_matches(['.', ',']));
        let scaled = next.filter(|next| listed(SCALES, &next.to_lowercase()));
        let degrees = next.filter(|next| next.starts_with('°'));
        match scaled.or(degrees) {
            Some(unit) => Some(format!("{value} {unit}")),
            None => value.contains(['%', '$', '€', '₽', '£', '°', '×']).then(|| value.to_owned()),
        }
    });
    let values: Vec<String> = measured.collect();
    let [value] = values.as_slice() else { return None };
    let fits = value.chars().count() <= VALUE_CHARS && text.chars().count() <= SENTENCE_CHARS;
    fits.then(|| value.clone())
}

/// Recognizes «Заголовок: пояснение».
fn heading_and_text(text: &str) -> Option<(String, String)> {
    let (title, body) = text.split_once(": ")?;
    let fits = (8..=TITLE_CHARS).contains(&title.chars().count()) && title.contains(' ');
    let clean = !title.contains(['«', '“', '"', '(', ',']) && !body.starts_with(['«', '“', '"']);
    (fits && clean && !depends_on_previous(title) && body.chars().count() >= 20)
        .then(|| (title.to_owned(), capitalised(body)))
}

/// The next sentence, if this one is short enough to be its headline; the answer to a question.
pub(super) fn statement(sentence: &Sentence) -> Option<&str> {
    let most = if sentence.text.ends_with('?') { QUESTION_CHARS } else { TITLE_CHARS };
    let short = sentence.text.chars().count() <= most && !depends_on_previous(&sentence.text);
    let plain = sentence.text.ends_with(['.', '?']) && definition(&sentence.text).is_none();
    let next = sentence.next.as_deref()?;
    (short && plain && next.chars().count() >= EXPLANATION_CHARS).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_with_unit_is_a_statistic() {
        let value = |text: &str| measured_value(text);
        assert_eq!(value("Build time fell by -40% in a week.").as_deref(), Some("-40%"));
        assert_eq!(value("Price: $29.90 for a year of work.").as_deref(), Some("$29.90"));
        assert_eq!(value("Ночью было –5 °C, и озеро замёрзло.").as_deref(), Some("–5 °C"));
        assert_eq!(value("Пришло 5 млн. человек за год.").as_deref(), Some("5 млн"));
        assert_eq!(value("In 2024 we hired 12 people."), None, "no unit");
        assert_eq!(value("It rose from 10% to 20% in a year."), None, "two numbers");
    }

    #[test]
    fn stated_number_keeps_its_sentence() {
        let number = |text: &str| StatedNumber::of(&LongText::parse(text).unwrap());
        let found = number("We hired 12 people. Build time fell by -40% within one week.").unwrap();
        assert_eq!(found.value, "-40%");
        assert_eq!(found.sentence, "Build time fell by -40% within one week.");
        assert_eq!(number("In 2024 we hired 12 people for the new office."), None);
    }

    #[test]
    fn heading_before_colon_must_stand_alone() {
        assert!(heading_and_text("Главный урок простой: начинать надо с вопроса.").is_some());
        assert!(heading_and_text("Он сказал тихо: начинать надо с вопроса.").is_none());
        assert!(heading_and_text("Мастер сказал: «Начинать надо с вопроса».").is_none());
    }
}
