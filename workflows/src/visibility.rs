//! Search attributes: what an operator can filter the workflow list by.

use temporalio_common::search_attributes::SearchAttributeKey;

/// Who asked.
pub const USER: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselUser");
/// The theme.
pub const THEME: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselTheme");
/// The language.
pub const LANGUAGE: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselLanguage");
/// `running`, then how it ended.
pub const OUTCOME: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselOutcome");

/// All of them: keywords, registered by whoever starts first.
pub const ALL: [&str; 4] = [
    "CarouselUser",
    "CarouselTheme",
    "CarouselLanguage",
    "CarouselOutcome",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_all() {
        assert_eq!(
            ALL,
            [USER.name(), THEME.name(), LANGUAGE.name(), OUTCOME.name()]
        );
    }
}
