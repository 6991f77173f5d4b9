//! Flat shapes on the background. They are part of the scene, not of the painted background,
//! because a shape that would overlap text on the bare background is left out.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use peniko::kurbo::{Affine, BezPath, Ellipse, Point, Rect, Shape as _, Vec2};

use super::{page_frame::LayoutInput, scene_writer::SceneWriter};
use crate::{
    scene::{Op, Shape},
    theme::{Figure, FigureKind},
};

/// Minimum distance between text and a shape, in pixels.
const CLEAR: f64 = 14.0;

/// Maximum distance between a path and its curve, in pixels.
const TOLERANCE: f64 = 0.1;

/// The shapes that this slide shows, back to front.
pub(super) fn visible(stage: &SceneWriter<'_>, page: &LayoutInput<'_>) -> Vec<Op> {
    let mut ops = Vec::new();
    for figure in &stage.skin.ground.shapes {
        let path = path(figure, page);
        let bounds = path.bounding_box().inflate(CLEAR, CLEAR);
        let slide = slide(page);
        let lies_under = |words: &Rect| words.overlaps(bounds);
        if bounds.overlaps(slide) && !stage.text_on_background.iter().any(lies_under) {
            draw(figure, &path, &mut ops);
        }
    }
    ops
}

fn draw(figure: &Figure, path: &BezPath, ops: &mut Vec<Op>) {
    if let Some(color) = figure.color {
        ops.push(Op::Fill { shape: Shape::Path(path.clone()), paint: color.0.into() });
    }
    if let (Some(color), true) = (figure.line_color, figure.line > 0.0) {
        ops.push(Op::Stroke {
            shape: Shape::Path(path.clone()),
            width: figure.line.into(),
            paint: color.0.into(),
        });
    }
}

fn slide(page: &LayoutInput<'_>) -> Rect {
    let (width, height) = page.format.pixels();
    Rect::new(0.0, 0.0, width.into(), height.into())
}

/// The outline at its position on this slide; the background wraps around.
fn path(figure: &Figure, page: &LayoutInput<'_>) -> BezPath {
    let slide = slide(page);
    let around = f64::from(page.skin.ground.slides);
    #[expect(clippy::cast_precision_loss, reason = "a carousel has few slides")]
    let away = f64::from(figure.at.0) - page.place.index() as f64 - 0.5;
    let near = (away + around / 2.0).rem_euclid(around) - around / 2.0 + 0.5;
    let center = Vec2::new(near * slide.width(), f64::from(figure.at.1) * slide.height());
    let size = (f64::from(figure.size.0) * slide.width(), f64::from(figure.size.1) * slide.width());
    let turn = f64::from(figure.tilt).to_radians();
    Affine::translate(center) * Affine::rotate(turn) * outline(figure.kind, size)
}

/// The outline around the origin, `wide` and `high` being half its size.
fn outline(kind: FigureKind, (wide, high): (f64, f64)) -> BezPath {
    match kind {
        FigureKind::Disc => Ellipse::new(Point::ORIGIN, (wide, high), 0.0).to_path(TOLERANCE),
        FigureKind::Box => Rect::new(-wide, -high, wide, high).to_path(TOLERANCE),
        FigureKind::Triangle => polygon([(0.0, -high), (wide, high), (-wide, high)]),
        FigureKind::Dome => {
            let arc = peniko::kurbo::Arc::new((0.0, high), (wide, 2.0 * high), PI, PI, 0.0);
            let mut dome = BezPath::new();
            dome.move_to((-wide, high));
            dome.extend(arc.append_iter(TOLERANCE));
            dome.close_path();
            dome
        }
        FigureKind::Cross => {
            let (arm, thick) = (wide, wide * 0.34);
            let quarter = [(thick, -arm), (thick, -thick), (arm, -thick)];
            let turned = (0..4).flat_map(|turn| {
                let (sin, cos) = (f64::from(turn) * FRAC_PI_2).sin_cos();
                quarter.map(|(x, y)| (x * cos - y * sin, x * sin + y * cos))
            });
            polygon(turned)
        }
        FigureKind::Burst => {
            let point = |i: i32| {
                let far = if i % 2 == 0 { wide } else { wide * 0.74 };
                let (sin, cos) = (f64::from(i) * TAU / 28.0).sin_cos();
                (cos * far, sin * far)
            };
            polygon((0..28).map(point))
        }
        FigureKind::Wave => wave(wide, high),
    }
}

/// A wavy band from left to right.
fn wave(wide: f64, high: f64) -> BezPath {
    let (step, thick) = (high * 1.6, high * 0.5);
    let mut crest: Vec<Point> = Vec::new();
    let mut x = -wide;
    while x <= wide {
        let up = if crest.len().is_multiple_of(2) { -0.5 } else { 0.5 };
        crest.push(Point::new(x, up * high));
        x += step;
    }
    let lower = crest.iter().rev().map(|p| (p.x, p.y + thick));
    let upper = crest.iter().map(|p| (p.x, p.y - thick));
    polygon(upper.chain(lower))
}

fn polygon(points: impl IntoIterator<Item = (f64, f64)>) -> BezPath {
    let mut path = BezPath::new();
    for (i, point) in points.into_iter().enumerate() {
        if i == 0 {
            path.move_to(point);
        } else {
            path.line_to(point);
        }
    }
    path.close_path();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_stay_within_their_size() {
        let kinds = [
            FigureKind::Disc,
            FigureKind::Box,
            FigureKind::Triangle,
            FigureKind::Dome,
            FigureKind::Cross,
            FigureKind::Burst,
            FigureKind::Wave,
        ];
        for kind in kinds {
            let bounds = outline(kind, (100.0, 100.0)).bounding_box();
            let room = Rect::new(-100.5, -100.5, 100.5, 100.5);
            assert_eq!(room.union(bounds), room, "{kind:?}: {bounds:?}");
            let middle = Rect::new(-25.0, -25.0, 25.0, 25.0);
            assert_eq!(middle.union(bounds), bounds, "{kind:?}: {bounds:?}");
        }
    }
}
