//! Words to glyphs: fonts, emphasis, typography, line breaking, code.
//!
//! Owns everything between a string and a [`Paragraph`] of known size. Where a paragraph goes on
//! the page is layout's business.

mod emoji;
mod fold;
mod fonts;
mod highlight;
mod markup;
mod paragraph;
mod typography;

pub(crate) use fold::{columns, fold};
pub use fonts::FontError;
pub(crate) use fonts::{Face, Fonts};
pub(crate) use highlight::{Token, highlight};
pub(crate) use markup::{Rich, Span, Tone};
pub(crate) use paragraph::{Paragraph, Setter, Style, Wrap};
pub(crate) use typography::tidy;

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
            | Self::OnAccent
            | Self::Good
            | Self::Bad
            | Self::Plain
            | Self::Code(_)) => other,
        }
    }

    /// What words in the accent colour are set in.
    fn accented(self) -> Self {
        match self {
            // On the accent itself, and where everything is in it, it would not be seen.
            Self::OnAccent => Self::OnAccent,
            Self::Accent => Self::Title,
            Self::Title
            | Self::Soft
            | Self::Muted
            | Self::Good
            | Self::Bad
            | Self::Plain
            | Self::Code(_) => Self::Accent,
        }
    }
}
