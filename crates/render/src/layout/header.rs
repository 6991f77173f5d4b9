//! The header of a page: the kind of slide, and the progress in the carousel.

use domain::SlideKind;
use peniko::kurbo::{Point, Rect, RoundedRect};

use super::{
    page_frame::{LayoutInput, label, line},
    scene_writer::SceneWriter,
    texts,
};
use crate::{
    text::{Ink, TextShaper},
    theme::{KickerStyle, ProgressIndicator, TextRole},
};

pub(super) fn draw_header(
    stage: &mut SceneWriter<'_>,
    page: &LayoutInput<'_>,
    kind: SlideKind,
    setter: &mut TextShaper,
) {
    kicker(stage, page, kind, setter);
    match page.theme.layout.progress {
        ProgressIndicator::Dots => dots(stage, page, true),
        ProgressIndicator::Blocks => dots(stage, page, false),
        ProgressIndicator::Line => progress_line(stage, page),
        ProgressIndicator::Count => count(stage, page, setter),
    }
}

/// The kind of the slide, in the theme's style.
fn kicker(
    stage: &mut SceneWriter<'_>,
    page: &LayoutInput<'_>,
    kind: SlideKind,
    setter: &mut TextShaper,
) {
    let header = page.frame.header;
    let words = texts::kicker(kind, page.place, page.language);
    let style = page.theme.layout.kicker;
    let (words, ink, pad) = match style {
        KickerStyle::Pill => (words, Ink::Soft, 28.0),
        KickerStyle::Block => (words, Ink::OnAccent, 24.0),
        KickerStyle::Plain => (words, Ink::Muted, 0.0),
        KickerStyle::Ruled => (words, Ink::Soft, 0.0),
        KickerStyle::Number => (words, Ink::Soft, 0.0),
        KickerStyle::Prompt => (format!("$ {}", words.to_lowercase()), Ink::Accent, 0.0),
    };
    let text = label(page, &words, ink, header.width() / 2.0, setter);
    let width = f64::from(text.width()) + 2.0 * pad;
    let plate = Rect::new(header.x0, header.y0, header.x0 + width, header.y1);
    let mut left = plate.x0 + pad;
    match style {
        KickerStyle::Pill => stage.pill(plate),
        KickerStyle::Block => stage.block(plate, stage.palette.accent[0].0),
        KickerStyle::Ruled => {
            stage.hairline(Rect::new(header.x0, header.y1, header.x1, header.y1 + 2.0));
        }
        KickerStyle::Number => left += number(stage, page, setter),
        KickerStyle::Plain | KickerStyle::Prompt => {}
    }
    stage.text_on_background.push(Rect::new(
        header.x0,
        plate.y0,
        left + f64::from(text.width()),
        plate.y1,
    ));
    let top = plate.center().y - f64::from(text.height()) / 2.0;
    stage.text("kicker", &text, Point::new(left, top));
}

/// The slide's number, large; returns its width.
fn number(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>, setter: &mut TextShaper) -> f64 {
    let header = page.frame.header;
    let words = format!("{:02}", page.place.index() + 1);
    let role = (TextRole::Action, Ink::Accent);
    let text = line(page, &words, role, header.width() / 4.0, setter);
    let top = header.center().y - f64::from(text.height()) / 2.0;
    stage.text("number", &text, Point::new(header.x0, top));
    f64::from(text.width()) + 24.0
}

/// A row of dots with the current one longer, or of squares filled up to the current one.
fn dots(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>, round: bool) {
    let (small, long, gap) = if round { (12.0, 44.0, 12.0) } else { (18.0, 18.0, 9.0) };
    let (index, total) = (page.place.index(), page.place.total());
    let header = page.frame.header;
    #[expect(clippy::cast_precision_loss, reason = "a carousel has few slides")]
    let width = long + (total - 1) as f64 * (small + gap);
    let mut left = header.x1 - width;
    let rest = stage.palette.ink.0.with_alpha(if round { 0.34 } else { 0.2 });
    for at in 0..total {
        let length = if at == index { long } else { small };
        let y = header.center().y;
        let rect = Rect::new(left, y - small / 2.0, left + length, y + small / 2.0);
        let dot = RoundedRect::from_rect(rect, if round { small / 2.0 } else { 0.0 });
        if at == index || (!round && at < index) {
            let accent = stage.accent(rect);
            stage.scene.fill(dot, accent);
        } else {
            stage.scene.fill(dot, rest);
        }
        left += length + gap;
    }
}

/// A line across the page, filled up to the current slide.
fn progress_line(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>) {
    let header = page.frame.header;
    let y = header.y1 + 6.0;
    let line = Rect::new(header.x0, y, header.x1, y + 4.0);
    stage.scene.fill(line, stage.palette.ink.0.with_alpha(0.14));
    #[expect(clippy::cast_precision_loss, reason = "a carousel has few slides")]
    let share = (page.place.index() + 1) as f64 / page.place.total() as f64;
    let done = Rect::new(line.x0, line.y0, line.x0 + line.width() * share, line.y1);
    let accent = stage.accent(done);
    stage.scene.fill(done, accent);
}

/// "3/10".
fn count(stage: &mut SceneWriter<'_>, page: &LayoutInput<'_>, setter: &mut TextShaper) {
    let header = page.frame.header;
    let words = format!("{}\u{2009}/\u{2009}{}", page.place.index() + 1, page.place.total());
    let text = label(page, &words, Ink::Muted, header.width() / 3.0, setter);
    let top = header.center().y - f64::from(text.height()) / 2.0;
    let left = header.x1 - f64::from(text.width());
    stage.text_on_background.push(Rect::new(left, header.y0, header.x1, header.y1));
    stage.text("count", &text, Point::new(left, top));
}
