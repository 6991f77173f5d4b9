//! Inline keyboards: buttons and their callback data.

use teloxide_core::types::{CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup};

use crate::{
    bot_api_limits::{CALLBACK_BYTES, COPY_TEXT_UNITS, LABEL_UNITS},
    units,
};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keyboard(Vec<Vec<InlineButton>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineButton {
    pub label: String,
    pub press: ButtonEffect,
}

/// What happens when a button is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ButtonEffect {
    /// The bot gets this data.
    Callback(CallbackData),
    /// The app copies this text; the bot gets nothing.
    Copy(CopyText),
}

/// A text that a button copies: 1 to [`COPY_TEXT_UNITS`] UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyText(String);

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

impl CopyText {
    /// `None` if the text is empty or too long for a button.
    pub fn new(text: &str) -> Option<Self> {
        (1..=COPY_TEXT_UNITS).contains(&units::units(text)).then(|| Self(text.to_owned()))
    }
}

impl Keyboard {
    /// Drops empty rows.
    pub fn rows(rows: impl IntoIterator<Item = Vec<InlineButton>>) -> Self {
        Self(rows.into_iter().filter(|row| !row.is_empty()).collect())
    }

    pub fn buttons(&self) -> impl Iterator<Item = &InlineButton> {
        self.0.iter().flatten()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn markup(&self) -> InlineKeyboardMarkup {
        let button = |b: &InlineButton| {
            let label = units::cut(&b.label, LABEL_UNITS);
            match &b.press {
                ButtonEffect::Callback(data) => {
                    InlineKeyboardButton::callback(label, data.as_str().to_owned())
                }
                ButtonEffect::Copy(CopyText(text)) => {
                    let copied = CopyTextButton { text: text.clone() };
                    InlineKeyboardButton::copy_text_button(label, copied)
                }
            }
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

    #[test]
    fn copied_text_has_1_to_256_units() {
        assert_eq!(CopyText::new(""), None);
        assert!(CopyText::new(&"ж".repeat(256)).is_some());
        assert_eq!(CopyText::new(&"👍".repeat(129)), None, "an emoji counts as two");
    }
}
