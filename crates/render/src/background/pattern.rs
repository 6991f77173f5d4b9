//! Regular lines and dots, anti-aliased, continuous from slide to slide.

use super::{
    brush,
    view::{BackgroundView, as_f32},
};
use crate::{
    canvas::Canvas,
    theme::{Pattern, PatternKind},
};

/// Paints the pattern over the whole slide.
pub(super) fn paint(view: &BackgroundView<'_>, canvas: &mut Canvas, pattern: &Pattern) {
    let color = pattern.color.levels();
    let [.., alpha] = pattern.color.0.components;
    let (step, half) = (pattern.step, pattern.size / 2.0);
    let before = as_f32(view.window * view.width);
    // Distance to the nearest line; lines are at half steps.
    let away = |at: f32| (at.rem_euclid(step) - step / 2.0).abs();
    let line = |at: f32| (half - away(at) + 0.5).clamp(0.0, 1.0);
    brush::blend_area(canvas, brush::all(canvas), |x, y| {
        let x = x + before;
        let share = match pattern.kind {
            PatternKind::Dots => (half - away(x).hypot(away(y)) + 0.5).clamp(0.0, 1.0),
            PatternKind::Grid => line(x).max(line(y)),
            PatternKind::Rules => line(y),
            PatternKind::Columns => line(x),
            PatternKind::Stripes => line((x + y) * std::f32::consts::FRAC_1_SQRT_2),
        };
        (color, share * alpha)
    });
}
