//! The renderer's own texts on slides: those of the language's file, or neutral ones.

use domain::{ContentLanguage, SlideKind};

use crate::{SlidePosition, language_file::LanguageFile};

/// The label of a slide: its kind, or the number of slides on the title slide. Languages without a
/// file get the numbers alone.
pub(super) fn kicker(kind: SlideKind, place: SlidePosition, language: ContentLanguage) -> String {
    match LanguageFile::of(language) {
        Some(file) => file
            .kicker(kind)
            .map_or_else(|| file.slide_count(place.total()), |word| word.to_owned()),
        None => format!("{}\u{a0}/\u{a0}{}", place.index() + 1, place.total()),
    }
}

/// The prompt to swipe to the next slide; empty if only the arrow says it.
pub(super) fn swipe(language: ContentLanguage) -> &'static str {
    LanguageFile::of(language).map_or("", LanguageFile::swipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_without_a_file_get_neutral_labels() {
        let at = |index, total| SlidePosition::new(index, total).unwrap();
        let (ru, cs) = (ContentLanguage::RU, "cs".parse().unwrap());
        assert_eq!(kicker(SlideKind::Quote, at(2, 7), ru), "Цитата");
        assert_eq!(kicker(SlideKind::Title, at(0, 3), ru).replace('\u{a0}', " "), "3 слайда");
        assert_eq!(kicker(SlideKind::Quote, at(2, 7), cs).replace('\u{a0}', " "), "3 / 7");
        assert_eq!(swipe(cs), "");
    }
}
