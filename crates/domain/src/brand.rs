//! [`Brand`]: the author's handle, name, colour and picture.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    BlobKey,
    limits::{BRAND_NAME_CHARS, HANDLE_CHARS},
    text::{TextError, bounded, fold},
};

/// The author's marks on a carousel; every part is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brand {
    /// The handle that the slides show.
    pub handle: Option<Handle>,
    pub name: Option<BrandName>,
    /// Replaces the theme's accent colour.
    pub accent: Option<Accent>,
    /// The author's picture.
    pub avatar: Option<BlobKey>,
}

/// A social network name without `@`: Latin letters, digits, `_` and `.`, at most [`HANDLE_CHARS`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(String);

/// A display name: one line, at most [`BRAND_NAME_CHARS`] characters, so that it fits under a
/// slide.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BrandName(String);

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Accent([u8; 3]);

/// Why a value can't be part of a brand. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrandError {
    #[error(
        "“{0}” is not a handle: use Latin letters, digits, “_” and “.”, \
         at most {HANDLE_CHARS}"
    )]
    Handle(String),
    #[error("name: {0}")]
    Name(TextError),
    #[error("“{0}” is not a colour: write it as #RRGGBB, such as #ff8800")]
    Accent(String),
}

/// The stored form of a [`Brand`]; an empty string is a missing part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BrandRecord {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub handle: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `#rrggbb`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub accent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub avatar: String,
}

impl Handle {
    /// Reads a handle, with or without `@`.
    ///
    /// # Errors
    /// [`BrandError::Handle`] if it is empty, too long or has another character.
    pub fn parse(raw: &str) -> Result<Self, BrandError> {
        let handle = raw.trim().trim_start_matches('@');
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.');
        if (1..=HANDLE_CHARS).contains(&handle.len()) && handle.bytes().all(allowed) {
            Ok(Self(handle.to_owned()))
        } else {
            Err(BrandError::Handle(raw.chars().take(80).collect()))
        }
    }

    /// Without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BrandName {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`BrandError::Name`] if the result is empty or too long.
    pub fn parse(raw: &str) -> Result<Self, BrandError> {
        bounded(fold(raw), BRAND_NAME_CHARS).map(Self).map_err(BrandError::Name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Accent {
    pub const fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// Reads `#rrggbb`, with or without `#`, in any case.
    ///
    /// # Errors
    /// [`BrandError::Accent`] for any other notation.
    pub fn parse(raw: &str) -> Result<Self, BrandError> {
        let refused = || BrandError::Accent(raw.chars().take(80).collect());
        let hex = raw.trim().trim_start_matches('#');
        if hex.len() != 6 || !hex.bytes().all(|c| c.is_ascii_hexdigit()) {
            return Err(refused());
        }
        let number = u32::from_str_radix(hex, 16).map_err(|_| refused())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl From<[u8; 3]> for Accent {
    fn from(rgb: [u8; 3]) -> Self {
        Self(rgb)
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl From<&Brand> for BrandRecord {
    fn from(brand: &Brand) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            handle: text(brand.handle.as_ref().map(Handle::as_str)),
            name: text(brand.name.as_ref().map(BrandName::as_str)),
            accent: brand.accent.map(|a| a.to_string()).unwrap_or_default(),
            avatar: text(brand.avatar.as_ref().map(BlobKey::as_str)),
        }
    }
}

/// A stored part that is no longer valid counts as missing, so that an old choice never blocks a
/// user.
impl From<&BrandRecord> for Brand {
    fn from(record: &BrandRecord) -> Self {
        Self {
            handle: Handle::parse(&record.handle).ok(),
            name: BrandName::parse(&record.name).ok(),
            accent: Accent::parse(&record.accent).ok(),
            avatar: BlobKey::parse(&record.avatar).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brand_round_trips_through_record() {
        let brand = Brand {
            handle: Some(Handle::parse("@bible.vibe_coder").unwrap()),
            name: Some(BrandName::parse(" Вайб  Кодер ").unwrap()),
            accent: Some(Accent::parse("FF8800").unwrap()),
            avatar: Some(BlobKey::new(&[7; 32], "jpg").unwrap()),
        };
        let record = BrandRecord::from(&brand);
        assert_eq!(record.name, "Вайб Кодер");
        assert_eq!(record.accent, "#ff8800");
        assert_eq!(Brand::from(&record), brand);
        assert_eq!(Brand::from(&BrandRecord::default()), Brand::default());
    }

    #[test]
    fn invalid_handle_or_colour_is_rejected() {
        for bad in ["", "@", "a b", "ваня", "a/../b", &"x".repeat(31)] {
            assert!(Handle::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "#fff", "#ff88zz", "red", "+12345"] {
            let said = Accent::parse(bad).unwrap_err().to_string();
            assert!(said.contains("#RRGGBB"), "{said}");
        }
    }
}
