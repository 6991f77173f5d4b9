//! [`Ink`]: a colour by its purpose.

use super::markup::Token;
use crate::theme::Emphasis;

/// A colour by its purpose; the theme's palette defines it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ink {
    #[default]
    Title,
    /// Running text.
    Soft,
    /// Labels, sources, the handle.
    Muted,
    Accent,
    /// Titles on a wide marker stroke.
    Marked,
    /// Titles with a thick line below.
    Underlined,
    /// Text on the accent.
    OnAccent,
    /// "After".
    Good,
    /// "Before".
    Bad,
    /// Code without a token kind.
    Plain,
    Code(Token),
}

impl Ink {
    pub(super) fn stronger(self) -> Self {
        match self {
            Self::Soft | Self::Muted => Self::Title,
            other @ (Self::Title
            | Self::Accent
            | Self::Marked
            | Self::Underlined
            | Self::OnAccent
            | Self::Good
            | Self::Bad
            | Self::Plain
            | Self::Code(_)) => other,
        }
    }

    pub(super) fn accented(self, emphasis: Emphasis) -> Self {
        match (self, emphasis) {
            // It would be invisible on the accent, and where all text has the accent.
            (Self::OnAccent, _) => Self::OnAccent,
            (Self::Accent, _) => Self::Title,
            (_, Emphasis::Color | Emphasis::Italic) => Self::Accent,
            (_, Emphasis::Marker) => Self::Marked,
            (_, Emphasis::Line) => Self::Underlined,
        }
    }
}
