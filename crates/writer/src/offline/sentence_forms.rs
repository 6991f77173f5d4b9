//! The forms that a sentence of the user's text can take on a slide.
//!
//! The sentence's structure decides: a definition, a heading with its explanation, or a short
//! statement with the next sentence as its explanation. Otherwise the sentence is a quote, or
//! stands under a heading that states its position in the text.

use domain::SlideError;

use super::{
    sentence_structure::{capitalised, definition, depends_on_previous},
    sentences::Sentence,
    slide_selection::{CandidateSlide, SlideExtras},
};
use crate::shorten::shorten;

/// Longest running text and headline of such a slide, in characters.
pub(super) const BODY_CHARS: usize = 190;
pub(super) const TITLE_CHARS: usize = 60;

/// The forms of `sentence`, the best first; the last one always works. All use the sentence, so at
/// most one is taken. `unfolded` allows the next sentence below this one; `heading` is the fallback
/// heading.
pub(super) fn forms(
    sentence: &Sentence,
    unfolded: bool,
    heading: Option<&str>,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let text = shorten(&sentence.text, BODY_CHARS);
    let whole = [sentence.text.as_str()];
    let mut forms = Vec::new();
    if let Some((term, meaning)) = definition(&sentence.text) {
        let meaning = shorten(&meaning, BODY_CHARS);
        forms.push(CandidateSlide::plain("concept", dress("📖"), &term, &meaning)?.from(&whole));
    } else if let Some((title, body)) = heading_and_text(&sentence.text) {
        let body = shorten(&body, BODY_CHARS);
        forms.push(CandidateSlide::plain("principle", dress("💡"), &title, &body)?.from(&whole));
    } else if let Some(next) = statement(sentence).filter(|_| unfolded) {
        let title = sentence.text.trim_end_matches('.');
        let body = shorten(next, BODY_CHARS);
        let both = [sentence.text.as_str(), next];
        forms.push(CandidateSlide::plain("principle", dress("💡"), title, &body)?.from(&both));
    }
    for heading in [sentence.heading.as_deref(), heading].into_iter().flatten() {
        forms.push(CandidateSlide::plain("principle", dress("💡"), heading, &text)?.from(&whole));
    }
    forms.push(CandidateSlide::quote(dress("💬"), &text, "")?.from(&whole));
    Ok(forms)
}

fn dress(emoji: &str) -> SlideExtras<'_> {
    SlideExtras { emoji, note: "" }
}

/// Recognizes «Заголовок: пояснение».
fn heading_and_text(text: &str) -> Option<(String, String)> {
    let (title, body) = text.split_once(": ")?;
    let fits = (8..=TITLE_CHARS).contains(&title.chars().count()) && title.contains(' ');
    let clean = !title.contains(['«', '“', '"', '(', ',']) && !body.starts_with(['«', '“', '"']);
    (fits && clean && !depends_on_previous(title) && body.chars().count() >= 20)
        .then(|| (title.to_owned(), capitalised(body)))
}

/// The next sentence, if this one is short enough to be its headline.
pub(super) fn statement(sentence: &Sentence) -> Option<&str> {
    let short =
        sentence.text.chars().count() <= TITLE_CHARS && !depends_on_previous(&sentence.text);
    let plain = sentence.text.ends_with('.') && definition(&sentence.text).is_none();
    let next = sentence.next.as_deref()?;
    (short && plain && next.chars().count() >= 40).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heading_before_colon_must_stand_alone() {
        assert!(heading_and_text("Главный урок простой: начинать надо с вопроса.").is_some());
        assert!(heading_and_text("Он сказал тихо: начинать надо с вопроса.").is_none());
        assert!(heading_and_text("Мастер сказал: «Начинать надо с вопроса».").is_none());
    }
}
