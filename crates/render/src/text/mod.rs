//! Text to glyphs: fonts, emphasis, typography, line breaking, code.
//!
//! Owns everything between a string and a [`Paragraph`] of known size. Layout places paragraphs on
//! the page.

mod emoji;
mod face;
mod fold;
mod fonts;
mod highlight;
mod hyphens;
mod lines;
mod markup;
mod paragraph;
mod setter;
mod typography;

pub(crate) use face::Face;
pub(crate) use fold::{columns, fold};
pub use fonts::FontError;
pub(crate) use fonts::Fonts;
pub(crate) use highlight::{Token, highlight};
pub(crate) use markup::{Rich, Span, Tone};
pub(crate) use paragraph::Paragraph;
pub(crate) use setter::{Setter, Style, Wrap};
pub(crate) use typography::tidy;

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
    /// A token of code.
    Code(Token),
}

impl Ink {
    /// The ink of bold text.
    fn stronger(self) -> Self {
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

    /// The ink of emphasised text.
    fn accented(self, emphasis: Emphasis) -> Self {
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
