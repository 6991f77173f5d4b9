//! [`ReplyErrors`]: the errors of a reply, described for the model that repairs it.

use std::fmt;

/// Most errors listed in a repair request; of a longer list the request states only the number.
const LISTED_ERRORS: usize = 20;

/// Errors of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ReplyErrors(Vec<String>);

impl ReplyErrors {
    pub(super) fn of(fault: impl Into<String>) -> Self {
        Self(vec![fault.into()])
    }

    pub(super) fn add(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns `value` if there are no errors.
    pub(super) fn unless_any<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The first `count` errors, in one line.
    pub(super) fn first(&self, count: usize) -> String {
        let named: Vec<&str> = self.0.iter().take(count).map(String::as_str).collect();
        let more = self.0.len().saturating_sub(count);
        match more {
            0 => named.join("; "),
            more => format!("{}; and {more} more", named.join("; ")),
        }
    }
}

impl fmt::Display for ReplyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(LISTED_ERRORS) {
            writeln!(f, "- {fault}")?;
        }
        Ok(())
    }
}
