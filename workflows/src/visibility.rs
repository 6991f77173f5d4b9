//! Search attributes: the filters of the workflow list.

use temporalio_common::search_attributes::SearchAttributeKey;

/// The user who requested the carousel.
pub const USER: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselUser");
pub const THEME: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselTheme");
pub const LANGUAGE: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselLanguage");
/// `running`, then the outcome.
pub const OUTCOME: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselOutcome");

/// All of them, keywords. The first worker that starts registers them.
pub const ALL: [&str; 4] = ["CarouselUser", "CarouselTheme", "CarouselLanguage", "CarouselOutcome"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_search_attribute() {
        assert_eq!(ALL, [USER.name(), THEME.name(), LANGUAGE.name(), OUTCOME.name()]);
    }
}
