//! [`Frame`]: the page around a composition: safe area, header, footer, and what stands in them.

use domain::{Format, SlideKind};
use peniko::kurbo::{Circle, Point, Rect, RoundedRect, Vec2};

use super::{Page, copy, ornament::arrow, place::Stage};
use crate::{
    gate::Refusal,
    text::{Face, Ink, Paragraph, Rich, Setter, Style, Wrap},
    theme::{Align, Role},
};

/// Instagram covers this much of a story's top and bottom with its own controls, in pixels.
const STORY_COVERED: f64 = 250.0;

/// No text comes closer to an edge than this, in pixels: profile grids crop, phones round.
const EDGE: f64 = 44.0;

const HEADER: f64 = 60.0;
const FOOTER: f64 = 76.0;

/// Where things may stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// Where text may be.
    pub(crate) safe: Rect,
    pub(super) header: Rect,
    pub(super) body: Rect,
    pub(super) footer: Rect,
}

impl Frame {
    /// The frame of a format, with this margin left and right.
    pub(crate) fn new(format: Format, margin: f64) -> Self {
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
        Self {
            safe: Rect::new(EDGE, inset, width - EDGE, height - inset),
            header: Rect::new(left, top, right, top + HEADER),
            body: Rect::new(left, top + HEADER + gap, right, bottom - FOOTER - gap * 0.9),
            footer: Rect::new(left, bottom - FOOTER, right, bottom),
        }
    }
}

#[cfg(test)]
impl Frame {
    /// Where the handle stands.
    pub(crate) fn footer(self) -> Rect {
        self.footer
    }
}

/// Draws header and footer.
pub(super) fn furnish(
    stage: &mut Stage<'_>,
    page: &Page<'_>,
    kind: SlideKind,
    setter: &mut Setter,
) -> Result<(), Refusal> {
    let frame = page.frame;
    kicker(stage, page, kind, setter);
    dots(stage, page);
    let right = onward(stage, page, setter);
    let words = match &page.brand.handle {
        Some(handle) => handle.clone(),
        None => format!("{} / {}", page.place.index() + 1, page.place.total()),
    };
    let room = right - frame.footer.x0;
    let text = label(page, &words, Ink::Muted, room, setter);
    if text.lines() > 1 || f64::from(text.width()) > room {
        let needs = f64::from(text.width()) * text.lines() as f64;
        return Err(Refusal::overflow("handle", needs, room));
    }
    let top = frame.footer.center().y - f64::from(text.height()) / 2.0;
    stage.text("handle", &text, Point::new(frame.footer.x0, top));
    Ok(())
}

/// The kind of the slide, in a pill.
fn kicker(stage: &mut Stage<'_>, page: &Page<'_>, kind: SlideKind, setter: &mut Setter) {
    let header = page.frame.header;
    let words = copy::kicker(kind, page.place.total(), page.language);
    let text = label(page, &words, Ink::Soft, header.width() / 2.0, setter);
    let pad = 28.0;
    let width = f64::from(text.width()) + 2.0 * pad;
    let pill = Rect::new(header.x0, header.y0, header.x0 + width, header.y1);
    stage.pill(pill);
    let top = pill.center().y - f64::from(text.height()) / 2.0;
    stage.text("kicker", &text, Point::new(pill.x0 + pad, top));
}

/// Where in the carousel we are.
fn dots(stage: &mut Stage<'_>, page: &Page<'_>) {
    let (small, long, gap) = (12.0, 44.0, 12.0);
    let total = page.place.total();
    let header = page.frame.header;
    #[expect(clippy::cast_precision_loss, reason = "a carousel has few slides")]
    let width = long + (total - 1) as f64 * (small + gap);
    let mut left = header.x1 - width;
    let rest = stage.theme.palette.ink.0.with_alpha(0.34);
    for index in 0..total {
        let here = index == page.place.index();
        let length = if here { long } else { small };
        let y = header.center().y;
        let rect = Rect::new(left, y - small / 2.0, left + length, y + small / 2.0);
        let dot = RoundedRect::from_rect(rect, small / 2.0);
        if here {
            let accent = stage.accent(rect);
            stage.scene.fill(dot, accent);
        } else {
            stage.scene.fill(dot, rest);
        }
        left += length + gap;
    }
}

/// What leads to the next slide: in words on the first, an arrow later, nothing on the last.
/// Returns where the footer is free up to.
fn onward(stage: &mut Stage<'_>, page: &Page<'_>, setter: &mut Setter) -> f64 {
    let footer = page.frame.footer;
    if page.place.is_last() {
        return footer.x1;
    }
    if !page.place.is_first() {
        let disc = Circle::new(
            (footer.x1 - footer.height() / 2.0, footer.center().y),
            footer.height() / 2.0,
        );
        let rect = Rect::from_center_size(disc.center, (footer.height(), footer.height()));
        stage.pill(rect);
        let ink = stage.theme.palette.ink.0;
        stage
            .scene
            .stroke(arrow(disc.center + Vec2::new(15.0, 0.0), 30.0), 4.5, ink);
        return rect.x0 - 32.0;
    }
    let words = copy::swipe(page.language);
    let text = label(page, words, Ink::OnAccent, footer.width() / 2.0, setter);
    let (pad, gap, length) = (36.0, 18.0, 34.0);
    let width = f64::from(text.width()) + 2.0 * pad + gap + length;
    let pill = Rect::new(footer.x1 - width, footer.y0, footer.x1, footer.y1);
    stage.button(pill);
    let top = pill.center().y - f64::from(text.height()) / 2.0;
    stage.text("swipe", &text, Point::new(pill.x0 + pad, top));
    let tip = Point::new(pill.x1 - pad, pill.center().y);
    let ink = stage.theme.palette.on_accent.0;
    stage.scene.stroke(arrow(tip, length), 4.5, ink);
    pill.x0 - 32.0
}

/// A line of small text.
fn label(page: &Page<'_>, words: &str, ink: Ink, room: f64, setter: &mut Setter) -> Paragraph {
    let type_ = &page.theme.type_;
    let style = Style {
        spec: type_.spec(Role::Label),
        sizes: type_.sizes(Role::Label, 0),
        face: Face::Sans,
        ink,
        align: Align::Start,
        wrap: Wrap::Single,
    };
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
    let room = room as f32;
    setter.set(&Rich::plain(words), &style, room)
}
