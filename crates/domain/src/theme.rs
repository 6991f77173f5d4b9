//! [`ThemeId`]: a theme's name. The renderer knows which themes exist.

/// A theme's name: 1 to 32 lower-case letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ThemeId(String);

impl ThemeId {
    ///
    ///
    /// # Errors
    /// [`crate::IdError`] if no theme can have this name.
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
}

impl std::str::FromStr for ThemeId {
    type Err = crate::IdError;

    fn from_str(name: &str) -> Result<Self, crate::IdError> {
        Self::parse(name)
    }
}

impl Default for ThemeId {
    fn default() -> Self {
        Self("aurora".to_owned())
    }
}

crate::text::wraps_text!(ThemeId);
