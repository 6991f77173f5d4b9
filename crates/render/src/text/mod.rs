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
mod ink;
mod line_breaking;
mod markup;
mod paragraph;
mod shaper;
mod typography;

pub(crate) use code_wrap::{columns, wrap_code};
pub(crate) use font_stack::FontStack;
pub use fonts::FontError;
pub(crate) use fonts::Fonts;
pub(crate) use highlight::highlight;
pub(crate) use ink::Ink;
pub(crate) use markup::{RichText, Token};
pub(crate) use paragraph::{Paragraph, TextStyle, Wrap};
pub(crate) use shaper::TextShaper;
pub(crate) use typography::tie_words;
