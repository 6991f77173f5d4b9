//! [`ReplyErrors`]: the errors of a reply, described for the model that repairs it.

use std::fmt;

use domain::ContentLanguage;

/// Most errors listed in a repair request; of a longer list the request states only the number.
const LISTED_ERRORS: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ReplyErrors {
    errors: Vec<String>,
    is_wrong_language: bool,
}

impl ReplyErrors {
    pub(super) fn of(fault: impl Into<String>) -> Self {
        Self { errors: vec![fault.into()], is_wrong_language: false }
    }

    pub(super) fn add(&mut self, fault: impl Into<String>) {
        self.errors.push(fault.into());
    }

    /// Adds the error that `what` is in another language.
    pub(super) fn add_wrong_language(&mut self, what: &str, language: ContentLanguage) {
        self.is_wrong_language = true;
        self.add(format!("{what} is not written in {}", language.english_name()));
    }

    pub(super) fn is_wrong_language(&self) -> bool {
        self.is_wrong_language
    }

    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Returns `value` if there are no errors.
    pub(super) fn unless_any<T>(self, value: T) -> Result<T, Self> {
        if self.errors.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The first `count` errors, in one line.
    pub(super) fn first(&self, count: usize) -> String {
        let named: Vec<&str> = self.errors.iter().take(count).map(String::as_str).collect();
        let more = self.errors.len().saturating_sub(count);
        match more {
            0 => named.join("; "),
            more => format!("{}; and {more} more", named.join("; ")),
        }
    }
}

impl fmt::Display for ReplyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.errors.iter().take(LISTED_ERRORS) {
            writeln!(f, "- {fault}")?;
        }
        Ok(())
    }
}
