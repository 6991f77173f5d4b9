//! Text to glyphs: fonts, emphasis, typography, line breaking, code.
//!
//! Owns everything between a string and a [`Paragraph`] of known size. Layout places paragraphs on
//! the page.

mod code_wrap;
mod emoji;
mod font_stack;
mod fonts;
mod highlight;
mod hyphenation;
mod line_breaking;
mod markup;
mod paragraph;
mod shaper;
mod typography;

pub(crate) use code_wrap::{columns, wrap_code};
pub(crate) use font_stack::FontStack;
pub use fonts::FontError;
pub(crate) use fonts::Fonts;
pub(crate) use highlight::{Token, highlight};
pub(crate) use markup::{EmphasisKind, EmphasisSpan, RichText};
pub(crate) use paragraph::Paragraph;
pub(crate) use shaper::{TextShaper, TextStyle, Wrap};
pub(crate) use typography::tie_words;

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
