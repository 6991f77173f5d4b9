//! Inline keyboards: buttons and their callback data.

use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use crate::bot_api_limits::CALLBACK_BYTES;

/// Rows of buttons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keyboard(Vec<Vec<InlineButton>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineButton {
    pub label: String,
    pub data: CallbackData,
}

/// Callback data of a button: 1 to [`CALLBACK_BYTES`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackData(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a button's data has 1 to {CALLBACK_BYTES} bytes, not {0}")]
pub struct CallbackError(usize);

impl CallbackData {
    /// # Errors
    ///
    /// [`CallbackError`] if it is empty or too long.
    pub fn new(data: impl Into<String>) -> Result<Self, CallbackError> {
        let data = data.into();
        if (1..=CALLBACK_BYTES).contains(&data.len()) {
            Ok(Self(data))
        } else {
            Err(CallbackError(data.len()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Keyboard {
    /// Drops empty rows.
    pub fn rows(rows: impl IntoIterator<Item = Vec<InlineButton>>) -> Self {
        Self(rows.into_iter().filter(|row| !row.is_empty()).collect())
    }

    /// All buttons, row by row.
    pub fn buttons(&self) -> impl Iterator<Item = &InlineButton> {
        self.0.iter().flatten()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn markup(&self) -> InlineKeyboardMarkup {
        let button = |b: &InlineButton| {
            InlineKeyboardButton::callback(b.label.clone(), b.data.as_str().to_owned())
        };
        InlineKeyboardMarkup::new(self.0.iter().map(|row| row.iter().map(button)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callback_data_has_1_to_64_bytes() {
        assert!(CallbackData::new("").is_err());
        assert!(CallbackData::new("x".repeat(64)).is_ok());
        assert_eq!(CallbackData::new("ж".repeat(33)), Err(CallbackError(66)));
    }
}
