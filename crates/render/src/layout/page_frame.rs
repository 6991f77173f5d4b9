//! [`LayoutInput`]; [`PageFrame`], the regions of a page (safe area, header, body, footer); and the
//! style of its small texts.

use domain::{ContentLanguage, Format, Slide};
use peniko::kurbo::Rect;

use crate::{
    brand::SlideBrand,
    render_options::{RenderOptions, SlidePosition},
    text::{FontStack, Ink, Paragraph, RichText, TextShaper, TextStyle, Wrap},
    theme::{Align, Emphasis, Palette, Skin, TextRole, Theme},
};

/// Height at a story's top and bottom that Instagram covers with its controls, in pixels.
const STORY_COVERED: f64 = 250.0;

/// Minimum distance of text from an edge, in pixels: profile grids crop, phones have round corners.
const EDGE: f64 = 44.0;

const HEADER: f64 = 60.0;
const FOOTER: f64 = 76.0;

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

#[derive(Debug, Clone, Copy)]
pub(crate) struct LayoutInput<'a> {
    pub(crate) theme: &'a Theme,
    pub(crate) skin: &'a Skin,
    /// The skin's palette, with the brand's accent if there is one.
    pub(crate) palette: Palette,
    pub(crate) format: Format,
    pub(crate) frame: PageFrame,
    pub(crate) place: SlidePosition,
    pub(crate) language: ContentLanguage,
    pub(crate) brand: &'a SlideBrand,
}

impl<'a> LayoutInput<'a> {
    pub(crate) fn new(
        slide: &Slide,
        place: SlidePosition,
        look: &'a RenderOptions,
        theme: &'a Theme,
    ) -> Self {
        let skin = theme.skin(theme.skin_kind(slide.kind()));
        let accent = look.brand.accent;
        Self {
            theme,
            skin,
            palette: accent.map_or(skin.palette, |accent| skin.palette.with_accent(accent)),
            format: look.format,
            frame: PageFrame::new(look.format, theme.layout.margin, theme.layout.is_lined()),
            place,
            language: look.language,
            brand: &look.brand,
        }
    }

    pub(super) fn is(&self, format: Format) -> bool {
        self.format == format
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
    let rich = if spec.upper { rich.upper(page.language) } else { rich };
    setter.shape_to_width(&rich, &style, room)
}
