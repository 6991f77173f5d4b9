//! [`FontStack`]: the font stack of a text, and the vertical metrics of its letters.

use crate::theme::Font;

/// The font stack of a text; the first font that has a character is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FontStack {
    /// Proportional, without serifs.
    Sans,
    /// Proportional, with serifs.
    Serif,
    /// Fixed width.
    Mono,
    /// Colour emoji, also for characters with a text form.
    Emoji,
}

/// Vertical metrics, in em.
#[derive(Debug, Clone, Copy)]
pub(super) struct FontMetrics {
    /// Height of capitals.
    pub(super) caps: f32,
    /// Height of the tallest letters, with accents.
    pub(super) ascent: f32,
    /// Depth of letters below the base line.
    pub(super) descent: f32,
}

impl FontStack {
    pub(super) fn heights(self) -> FontMetrics {
        let (caps, ascent, descent) = match self {
            // Layout places emoji and needs the metrics of the text next to them.
            Self::Sans | Self::Emoji => (0.727, 0.969, 0.242),
            Self::Serif => (0.648, 0.894, 0.246),
            Self::Mono => (0.730, 1.020, 0.270),
        };
        FontMetrics { caps, ascent, descent }
    }
}

impl From<Font> for FontStack {
    fn from(font: Font) -> Self {
        match font {
            Font::Sans => Self::Sans,
            Font::Serif => Self::Serif,
            Font::Mono => Self::Mono,
        }
    }
}
