//! [`Faults`]: what is wrong with a reply, in words for the model that is to mend it.

use std::fmt;

/// Most faults that are told: a reply with more is told to begin again by their number alone.
const TOLD: usize = 20;

/// What is wrong with a reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    /// One.
    pub(super) fn of(fault: impl Into<String>) -> Self {
        Self(vec![fault.into()])
    }

    /// Notes one.
    pub(super) fn add(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns `value` unless something is wrong.
    pub(super) fn unless_any<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// The first so many, in a line.
    pub(super) fn first(&self, count: usize) -> String {
        let named: Vec<&str> = self.0.iter().take(count).map(String::as_str).collect();
        let more = self.0.len().saturating_sub(count);
        match more {
            0 => named.join("; "),
            more => format!("{}; and {more} more", named.join("; ")),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(TOLD) {
            writeln!(f, "- {fault}")?;
        }
        Ok(())
    }
}
