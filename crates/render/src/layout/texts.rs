//! The renderer's own texts, in every supported language.

use domain::{Language, SlideKind};

/// The label above a slide of this kind.
pub(super) fn kicker(kind: SlideKind, total: usize, language: Language) -> String {
    let word = match (language, kind) {
        (_, SlideKind::Title) => return slides(total, language),
        (Language::Ru, SlideKind::Principle) => "Принцип",
        (Language::Ru, SlideKind::Concept) => "Понятие",
        (Language::Ru, SlideKind::Practice) => "Практика",
        (Language::Ru, SlideKind::Quote) => "Цитата",
        (Language::Ru, SlideKind::List) => "По пунктам",
        (Language::Ru, SlideKind::Statistic) => "В цифрах",
        (Language::Ru, SlideKind::Comparison) => "Сравнение",
        (Language::Ru, SlideKind::Code) => "Код",
        (Language::Ru, SlideKind::Summary) => "Главное",
        (Language::En, SlideKind::Principle) => "Principle",
        (Language::En, SlideKind::Concept) => "Concept",
        (Language::En, SlideKind::Practice) => "Practice",
        (Language::En, SlideKind::Quote) => "Quote",
        (Language::En, SlideKind::List) => "Point by point",
        (Language::En, SlideKind::Statistic) => "In numbers",
        (Language::En, SlideKind::Comparison) => "Comparison",
        (Language::En, SlideKind::Code) => "Code",
        (Language::En, SlideKind::Summary) => "Takeaway",
    };
    word.to_owned()
}

/// The prompt to swipe to the next slide.
pub(super) fn swipe(language: Language) -> &'static str {
    match language {
        Language::Ru => "Листай",
        Language::En => "Swipe",
    }
}

/// "7 slides".
fn slides(total: usize, language: Language) -> String {
    let noun = match language {
        Language::En if total == 1 => "slide",
        Language::En => "slides",
        Language::Ru => match (total % 10, total % 100) {
            (_, 11..=14) => "слайдов",
            (1, _) => "слайд",
            (2..=4, _) => "слайда",
            _ => "слайдов",
        },
    };
    format!("{total}\u{a0}{noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slide_counts_follow_plural_rules() {
        let said = |total, language| slides(total, language).replace('\u{a0}', " ");
        assert_eq!(said(3, Language::Ru), "3 слайда");
        assert_eq!(said(7, Language::Ru), "7 слайдов");
        assert_eq!(said(11, Language::Ru), "11 слайдов");
        assert_eq!(said(1, Language::En), "1 slide");
    }
}
