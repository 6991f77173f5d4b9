//! [`Face`]: which fonts a text is set in, and the measures of their letters.

use crate::theme::Font;

/// Which fonts a text is set in, the first that has a character winning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    /// Proportional, without serifs.
    Sans,
    /// Proportional, with serifs.
    Serif,
    /// Fixed width.
    Mono,
    /// Emoji in colour, where a character has a plain form too.
    Emoji,
}

/// Heights in sizes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heights {
    /// Of capital letters.
    pub(super) caps: f32,
    /// Of the tallest letters, accents included.
    pub(super) ascent: f32,
    /// How far letters hang below the base line.
    pub(super) descent: f32,
}

impl Face {
    /// The measures of its first font.
    pub(super) fn heights(self) -> Heights {
        let (caps, ascent, descent) = match self {
            // Emoji are placed by layout, which asks for the measures of text beside them.
            Self::Sans | Self::Emoji => (0.727, 0.969, 0.242),
            Self::Serif => (0.648, 0.894, 0.246),
            Self::Mono => (0.730, 1.020, 0.270),
        };
        Heights {
            caps,
            ascent,
            descent,
        }
    }
}

impl From<Font> for Face {
    fn from(font: Font) -> Self {
        match font {
            Font::Sans => Self::Sans,
            Font::Serif => Self::Serif,
            Font::Mono => Self::Mono,
        }
    }
}
