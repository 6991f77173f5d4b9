//! [`PageFrame`]: the regions of a page (safe area, header, body, footer), and the style of its small
//! texts.

use domain::Format;
use peniko::kurbo::Rect;

use super::LayoutInput;
use crate::{
    text::{FontStack, Ink, Paragraph, RichText, TextShaper, TextStyle, Wrap},
    theme::{Align, Emphasis, TextRole},
};

/// Height at a story's top and bottom that Instagram covers with its controls, in pixels.
const STORY_COVERED: f64 = 250.0;

/// Minimum distance of text from an edge, in pixels: profile grids crop, phones have round corners.
const EDGE: f64 = 44.0;

const HEADER: f64 = 60.0;
const FOOTER: f64 = 76.0;

/// The regions of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageFrame {
    /// Text must stay inside.
    pub(crate) safe: Rect,
    pub(super) header: Rect,
    pub(super) body: Rect,
    pub(super) footer: Rect,
}

impl PageFrame {
    /// The frame of a format with this margin left and right.
    ///
    /// `lined`: whether a line separates the header from the body.
    pub(crate) fn new(format: Format, margin: f64, lined: bool) -> Self {
        let (width, height) = format.pixels();
        let (width, height) = (f64::from(width), f64::from(height));
        let (covered, pad, gap) = match format {
            Format::Portrait => (0.0, 76.0, 44.0),
            Format::Square => (0.0, 64.0, 34.0),
            Format::Story => (STORY_COVERED, 14.0, 56.0),
        };
        let (left, right) = (margin, width - margin);
        let (top, bottom) = (covered + pad, height - covered - pad);
        let inset = covered.max(EDGE);
        let below_line = if lined { 18.0 } else { 0.0 };
        Self {
            safe: Rect::new(EDGE, inset, width - EDGE, height - inset),
            header: Rect::new(left, top, right, top + HEADER),
            body: Rect::new(
                left,
                top + HEADER + gap + below_line,
                right,
                bottom - FOOTER - gap * 0.9,
            ),
            footer: Rect::new(left, bottom - FOOTER, right, bottom),
        }
    }
}

#[cfg(test)]
impl PageFrame {
    /// The region of the kicker.
    pub(crate) fn header(self) -> Rect {
        self.header
    }

    /// The region of the handle.
    pub(crate) fn footer(self) -> Rect {
        self.footer
    }
}

/// A line of small text.
pub(super) fn label(
    page: &LayoutInput<'_>,
    words: &str,
    ink: Ink,
    room: f64,
    setter: &mut TextShaper,
) -> Paragraph {
    line(page, words, (TextRole::Label, ink), room, setter)
}

/// A line of text of a role.
pub(super) fn line(
    page: &LayoutInput<'_>,
    words: &str,
    (role, ink): (TextRole, Ink),
    room: f64,
    setter: &mut TextShaper,
) -> Paragraph {
    let type_ = &page.theme.type_;
    let spec = type_.spec(role);
    let style = TextStyle {
        spec,
        sizes: type_.sizes(role, 0),
        face: FontStack::from(spec.font),
        ink,
        align: Align::Start,
        wrap: Wrap::Single,
        emphasis: Emphasis::Color,
    };
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
    let room = room as f32;
    let rich = RichText::plain(words);
    let rich = if spec.upper { rich.upper() } else { rich };
    setter.shape_to_width(&rich, &style, room)
}
