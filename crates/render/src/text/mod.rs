//! Words to glyphs: fonts, emphasis, typography, line breaking, code.
//!
//! Owns everything between a string and a [`Paragraph`] of known size. Where a paragraph goes on
//! the page is layout's business.

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

/// A colour by what it is for; the theme knows which one that is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Titles.
    #[default]
    Title,
    /// Running text.
    Soft,
    /// Labels, sources, the handle.
    Muted,
    /// The accent.
    Accent,
    /// Titles, marked with a broad marker.
    Marked,
    /// Titles, with a thick line below.
    Underlined,
    /// What stands on the accent.
    OnAccent,
    /// "After".
    Good,
    /// "Before".
    Bad,
    /// Code that is nothing in particular.
    Plain,
    /// A token of code.
    Code(Token),
}

impl Ink {
    /// What bold words are set in.
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

    /// What emphasized words are set in.
    fn accented(self, emphasis: Emphasis) -> Self {
        match (self, emphasis) {
            // On the accent itself, and where everything is in it, it would not be seen.
            (Self::OnAccent, _) => Self::OnAccent,
            (Self::Accent, _) => Self::Title,
            (_, Emphasis::Color | Emphasis::Italic) => Self::Accent,
            (_, Emphasis::Marker) => Self::Marked,
            (_, Emphasis::Line) => Self::Underlined,
        }
    }
}
