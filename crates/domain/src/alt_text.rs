//! Alternative text of slides, for screen readers.

use crate::{
    ContentLanguage, Language, Slide, SlideContent, SlideKind, limits::ALT_CHARS, slide::cut,
};

/// The alternative text of slide number `at` (from 1) of `of`: the text set on the slide, or a text
/// made from the slide's number, kind and words. At most [`ALT_CHARS`] characters.
///
/// It is computed where it is shown and never stored, because it repeats the slide's words.
pub fn alt_text(slide: &Slide, at: usize, of: usize, language: ContentLanguage) -> String {
    if let Some(own) = slide.alt() {
        return own.to_owned();
    }
    let kind = |language| kind_name(language, slide.kind());
    let mut text = match language.offline() {
        Some(Language::Ru) => format!("Слайд {at} из {of}, {}.", kind(Language::Ru)),
        Some(Language::En) => format!("Slide {at} of {of}, {}.", kind(Language::En)),
        // Numbers are read out in any language.
        None => format!("{at}/{of}."),
    };
    for words in slide.content().words() {
        text.push(' ');
        text.push_str(&without_emphasis(words));
        if is_side_label(slide.content(), words) {
            text.push(':');
        } else if !words.trim_end_matches(['”', '»', '"']).ends_with(['.', '!', '?', '…', ':'])
        {
            text.push('.');
        }
    }
    cut(&text, ALT_CHARS)
}

/// A text without the marks of emphasis (`**`, `*`, `` ` ``), which only a picture shows.
pub fn without_emphasis(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '*' | '`')).collect()
}

/// Whether `words` is a label such as "Before" or "Myth", which is joined to the text after it.
fn is_side_label(content: &SlideContent, words: &str) -> bool {
    match content {
        SlideContent::Comparison { before, after, .. } => {
            [before.label.as_str(), after.label.as_str()].contains(&words)
        }
        SlideContent::Title { .. }
        | SlideContent::Principle { .. }
        | SlideContent::Concept { .. }
        | SlideContent::Practice { .. }
        | SlideContent::Quote { .. }
        | SlideContent::List { .. }
        | SlideContent::Statistic { .. }
        | SlideContent::Versus { .. }
        | SlideContent::Code { .. }
        | SlideContent::Summary { .. } => false,
    }
}

fn kind_name(language: Language, kind: SlideKind) -> &'static str {
    let [ru, en] = match kind {
        SlideKind::Title => ["обложка", "cover"],
        SlideKind::Principle => ["мысль", "thought"],
        SlideKind::Concept => ["понятие", "term"],
        SlideKind::Practice => ["шаги", "steps"],
        SlideKind::Quote => ["цитата", "quote"],
        SlideKind::List => ["список", "list"],
        SlideKind::Statistic => ["число", "number"],
        SlideKind::Comparison => ["сравнение", "comparison"],
        SlideKind::Versus => ["сравнение", "comparison"],
        SlideKind::Code => ["код", "code"],
        SlideKind::Summary => ["итог", "summary"],
    };
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Polarity, Side, SlideText};

    fn text(words: &str) -> SlideText {
        SlideText::parse(words).unwrap()
    }

    #[test]
    fn alt_text_is_made_from_slide_words() {
        let side = |label: &str, words: &str| Side { label: text(label), text: text(words) };
        let slide = Slide::new(SlideContent::Comparison {
            title: text("Разница"),
            before: side("Было", "долго"),
            after: side("Стало", "«быстро!»"),
            polarity: Polarity::SecondBetter,
        });
        assert_eq!(
            alt_text(&slide, 2, 7, ContentLanguage::RU),
            "Слайд 2 из 7, сравнение. Разница. Было: долго. Стало: «быстро!»"
        );
    }

    #[test]
    fn set_alt_text_wins_over_generated_text() {
        let slide = Slide::new(SlideContent::title(text("a"), None));
        assert_eq!(alt_text(&slide, 1, 3, ContentLanguage::EN), "Slide 1 of 3, cover. a.");
        let slide = slide.with_alt("A  lighthouse");
        assert_eq!(alt_text(&slide, 1, 3, ContentLanguage::EN), "A lighthouse");
    }
}
