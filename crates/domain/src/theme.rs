//! [`ThemeId`]: a theme's name. Which themes exist only the renderer knows.

use std::fmt;

/// The name of a theme: 1 to 32 lower-case letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ThemeId(String);

impl ThemeId {
    /// Reads a theme's name.
    ///
    /// # Errors
    /// [`crate::IdError`] when it can't be the name of any theme.
    pub fn parse(name: &str) -> Result<Self, crate::IdError> {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if (1..=32).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err(crate::IdError {
                what: "theme",
                id: name.chars().take(80).collect(),
                why: "a theme's name is 1 to 32 lower-case letters, digits and dashes",
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ThemeId {
    fn default() -> Self {
        Self("aurora".to_owned())
    }
}

impl fmt::Display for ThemeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
