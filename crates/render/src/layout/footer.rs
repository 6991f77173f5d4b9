//! The footer of a page: the brand, and the hint to the next slide.

use peniko::kurbo::{Circle, Point, Rect, RoundedRect, Vec2};

use super::{
    ornament::arrow,
    page_frame::{LayoutInput, label, line},
    scene_writer::SceneWriter,
    texts,
};
use crate::{
    scene::Op,
    slide_refusal::SlideRefusal,
    text::{Ink, Paragraph, TextShaper},
    theme::{KickerStyle, NextHintStyle, ProgressIndicator, TextRole},
};

/// Side of the brand's picture, in pixels.
const PICTURE: f64 = 72.0;

/// Length of an arrow without a button, in pixels.
const ARROW: f64 = 46.0;

pub(super) fn draw_footer(
    stage: &mut SceneWriter<'_>,
    page: &LayoutInput<'_>,
    setter: &mut TextShaper,
) -> Result<(), SlideRefusal> {
    let footer = page.frame.footer;
    if page.theme.layout.kicker == KickerStyle::Ruled {
        stage.hairline(Rect::new(footer.x0, footer.y0 - 10.0, footer.x1, footer.y0 - 8.0));
    }
    let right = next_hint(stage, page, setter);
    let left = picture(stage, page);
    brand_text(stage, page, (left, right), setter)
}

/// Draws the brand's picture; returns where the free part of the footer begins.
fn picture(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>) -> f64 {
    let footer = page.frame.footer;
    let Some(avatar) = &page.brand.avatar else {
        return footer.x0;
    };
    let top = footer.center().y - PICTURE / 2.0;
    let rect = Rect::new(footer.x0, top, footer.x0 + PICTURE, top + PICTURE);
    let radius = PICTURE / 2.0;
    stage
        .scene
        .ops
        .push(Op::Image { image: avatar.picture(), shape: RoundedRect::from_rect(rect, radius) });
    let ring = Circle::new(rect.center(), radius - 1.0);
    stage.scene.stroke(ring, 2.0, stage.palette.ink.0.with_alpha(0.28));
    rect.x1 + 20.0
}

/// Name above handle, or one of them, or the page number.
fn brand_text(
    stage: &mut SceneWriter<'_>,
    page: &LayoutInput<'_>,
    (left, right): (f64, f64),
    setter: &mut TextShaper,
) -> Result<(), SlideRefusal> {
    let (name, handle) = (&page.brand.name, &page.brand.handle);
    let counted = page.theme.layout.progress == ProgressIndicator::Count;
    let count = || format!("{} / {}", page.place.index() + 1, page.place.total());
    let lines: Vec<(&str, String, Ink)> = match (name, handle) {
        (Some(name), Some(handle)) => {
            vec![("name", name.clone(), Ink::Title), ("handle", handle.clone(), Ink::Muted)]
        }
        (Some(name), None) => vec![("name", name.clone(), Ink::Title)],
        (None, Some(handle)) => vec![("handle", handle.clone(), Ink::Muted)],
        (None, None) if counted => Vec::new(),
        (None, None) => vec![("count", count(), Ink::Muted)],
    };
    let mut set = Vec::with_capacity(lines.len());
    for (what, words, ink) in &lines {
        set.push((*what, line_to_fit(page, (what, words), *ink, right - left, setter)?));
    }
    let widest = set.iter().map(|(_, text)| f64::from(text.width()));
    let widest = widest.fold(0.0, f64::max);
    let footer = page.frame.footer;
    stage.text_on_background.push(Rect::new(footer.x0, footer.y0, left + widest, footer.y1));
    let gap = 20.0;
    let center = page.frame.footer.center().y;
    let heights: f64 = set.iter().map(|(_, text)| f64::from(text.height())).sum();
    #[expect(clippy::cast_precision_loss, reason = "one or two lines")]
    let mut top = center - (heights + gap * (set.len().max(1) - 1) as f64) / 2.0;
    for (what, text) in &set {
        stage.text(what, text, Point::new(left, top));
        top += f64::from(text.height()) + gap;
    }
    Ok(())
}

/// A line, made smaller until it fits.
fn line_to_fit(
    page: &LayoutInput<'_>,
    (what, words): (&str, &str),
    ink: Ink,
    room: f64,
    setter: &mut TextShaper,
) -> Result<Paragraph, SlideRefusal> {
    let text = label(page, words, ink, room, setter);
    if text.lines() > 1 || f64::from(text.width()) > room {
        #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
        let needs = f64::from(text.width()) * text.lines() as f64;
        return Err(SlideRefusal::overflow(what, needs, room));
    }
    Ok(text)
}

/// The hint to the next slide: a text on the first, an arrow later, nothing on the last. Returns
/// where the free part of the footer ends.
fn next_hint(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>, setter: &mut TextShaper) -> f64 {
    let (footer, style) = (page.frame.footer, page.theme.layout.onward);
    if page.place.is_last() {
        footer.x1
    } else if page.place.is_first() {
        match style {
            NextHintStyle::Disc | NextHintStyle::Block => swipe_button(stage, page, setter),
            NextHintStyle::Plain => swipe_text(stage, page, setter),
        }
    } else {
        let side = footer.height();
        let rect =
            Rect::from_center_size((footer.x1 - side / 2.0, footer.center().y), (side, side));
        let ink = stage.palette.ink.0;
        match style {
            NextHintStyle::Disc => stage.pill(rect),
            NextHintStyle::Block => stage.block(rect, stage.palette.accent[0].0),
            NextHintStyle::Plain => {
                let tip = Point::new(footer.x1, footer.center().y);
                stage.scene.stroke(arrow(tip, ARROW), 4.0, ink);
                return footer.x1 - ARROW - 32.0;
            }
        }
        let ink = match style {
            NextHintStyle::Block => stage.palette.on_accent.0,
            NextHintStyle::Disc | NextHintStyle::Plain => ink,
        };
        let tip = rect.center() + Vec2::new(15.0, 0.0);
        stage.scene.stroke(arrow(tip, 30.0), 4.5, ink);
        rect.x0 - 32.0
    }
}

fn swipe_button(
    stage: &mut SceneWriter<'_>,
    page: &LayoutInput<'_>,
    setter: &mut TextShaper,
) -> f64 {
    let footer = page.frame.footer;
    let words = texts::swipe(page.language);
    let text = label(page, words, Ink::OnAccent, footer.width() / 2.0, setter);
    let (pad, gap, length) = (36.0, 18.0, 34.0);
    let gap = if words.is_empty() { 0.0 } else { gap };
    let width = f64::from(text.width()) + 2.0 * pad + gap + length;
    let pill = Rect::new(footer.x1 - width, footer.y0, footer.x1, footer.y1);
    stage.button(pill);
    let top = pill.center().y - f64::from(text.height()) / 2.0;
    if !words.is_empty() {
        stage.text("swipe", &text, Point::new(pill.x0 + pad, top));
    }
    let tip = Point::new(pill.x1 - pad, pill.center().y);
    let ink = stage.palette.on_accent.0;
    stage.scene.stroke(arrow(tip, length), 4.5, ink);
    pill.x0 - 32.0
}

/// The prompt to swipe with an arrow, without a button.
fn swipe_text(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>, setter: &mut TextShaper) -> f64 {
    let footer = page.frame.footer;
    let words = texts::swipe(page.language);
    let role = (TextRole::Label, Ink::Title);
    let text = line(page, words, role, footer.width() / 2.0, setter);
    let left = footer.x1 - ARROW - 22.0 - f64::from(text.width());
    stage.text_on_background.push(Rect::new(left, footer.y0, footer.x1, footer.y1));
    let top = footer.center().y - f64::from(text.height()) / 2.0;
    if !words.is_empty() {
        stage.text("swipe", &text, Point::new(left, top));
    }
    let tip = Point::new(footer.x1, footer.center().y);
    stage.scene.stroke(arrow(tip, ARROW), 4.0, stage.palette.ink.0);
    left - 32.0
}
