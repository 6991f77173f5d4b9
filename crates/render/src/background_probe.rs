//! [`BackgroundProbe`]: computes the colour behind text at a point, without drawing.
//!
//! The quality gate uses it for contrast: text over glass over a gradient has no single background
//! colour, so its contrast is the lowest over all colours behind it.

use peniko::kurbo::{Point, Rect, Shape as _};

use crate::{
    canvas::Canvas,
    scene::{Color, Op, Paint, SOFT_REACH, density},
    theme::luminance,
};

/// Distance between sampled points, in pixels.
const STEP: f64 = 24.0;

/// The background, sharp and blurred, and the ops drawn over it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackgroundProbe<'a> {
    pub(crate) ground: &'a Canvas,
    /// The background behind frosted glass; a smaller canvas.
    pub(crate) frost: &'a Canvas,
    /// The display list.
    pub(crate) ops: &'a [Op],
}

impl BackgroundProbe<'_> {
    /// The lowest and the highest luminance behind `rect`, without glyphs.
    pub(crate) fn luminance_range(&self, rect: Rect) -> (f32, f32) {
        let near = |op: &&Op| op.reach().is_some_and(|reach| reach.overlaps(rect));
        let ops: Vec<&Op> = self.ops.iter().filter(near).collect();
        let mut range = (f32::INFINITY, f32::NEG_INFINITY);
        let (columns, rows) = (steps(rect.width()), steps(rect.height()));
        for row in 0..=rows {
            for column in 0..=columns {
                let x = rect.x0 + rect.width() * f64::from(column) / f64::from(columns);
                let y = rect.y0 + rect.height() * f64::from(row) / f64::from(rows);
                let light = luminance(self.color(&ops, Point::new(x, y)));
                range = (range.0.min(light), range.1.max(light));
            }
        }
        range
    }

    /// The colour at a point, in levels of 0..255.
    fn color(&self, ops: &[&Op], at: Point) -> [f32; 3] {
        let mut color = self.ground.at(at.x, at.y);
        for op in ops {
            match op {
                Op::Fill { shape, paint } => {
                    if shape.contains(at) {
                        color = over(color, paint.at(at));
                    }
                }
                Op::Frost { sheet } => {
                    if sheet.contains(at) {
                        let scale = self.frost.scale_from(self.ground);
                        color = self.frost.at(at.x * scale, at.y * scale);
                    }
                }
                Op::Cloud { rect, blur, color: cloud } => {
                    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
                    let share = density(*rect, *blur, at) as f32;
                    color = over(color, cloud.multiply_alpha(share));
                }
                // Lines are thinner than text, a shadow is outside its panel, no text is on a
                // picture, and glyphs are the text itself.
                Op::Stroke { .. }
                | Op::Shadow { .. }
                | Op::Image { .. }
                | Op::Halo { .. }
                | Op::Glyphs(_) => {}
            }
        }
        color
    }
}

impl Op {
    /// The area where it may change the background; `None` if it can't.
    fn reach(&self) -> Option<Rect> {
        match self {
            Self::Fill { shape, .. } => Some(shape.bounds()),
            Self::Frost { sheet } => Some(sheet.rect()),
            Self::Cloud { rect, blur, .. } => {
                Some(rect.inflate(SOFT_REACH * blur, SOFT_REACH * blur))
            }
            Self::Stroke { .. }
            | Self::Shadow { .. }
            | Self::Image { .. }
            | Self::Halo { .. }
            | Self::Glyphs(_) => None,
        }
    }
}

impl Paint {
    pub(crate) fn at(&self, point: Point) -> Color {
        match self {
            Self::Solid(color) => *color,
            Self::Linear { from, to, stops } => {
                let line = *to - *from;
                let t = (point - *from).dot(line) / line.hypot2().max(1e-9);
                ramp(stops, t)
            }
            Self::Radial { center, radius, stops } => {
                ramp(stops, point.distance(*center) / radius.max(1e-9))
            }
        }
    }

    /// Every colour it contains.
    pub(crate) fn colors(&self) -> impl Iterator<Item = Color> + '_ {
        let (solid, stops) = match self {
            Self::Solid(color) => (Some(*color), [].as_slice()),
            Self::Linear { stops, .. } | Self::Radial { stops, .. } => (None, stops.as_slice()),
        };
        solid.into_iter().chain(stops.iter().map(|(_, color)| *color))
    }
}

fn ramp(stops: &[(f32, Color)], t: f64) -> Color {
    #[expect(clippy::cast_possible_truncation, reason = "a position between 0 and 1")]
    let t = t.clamp(0.0, 1.0) as f32;
    let after = stops.iter().position(|(at, _)| *at >= t);
    match (after, stops) {
        (_, []) => Color::TRANSPARENT,
        (None, [.., (_, last)]) => *last,
        (Some(0), [(_, first), ..]) => *first,
        (Some(i), _) => {
            let ((t0, c0), (t1, c1)) = (stops[i - 1], stops[i]);
            c0.lerp_rect(c1, (t - t0) / (t1 - t0).max(1e-6))
        }
    }
}

/// `color` seen through `top`.
fn over(color: [f32; 3], top: Color) -> [f32; 3] {
    let [r, g, b, alpha] = top.components;
    let top = [r, g, b].map(|c| c * 255.0);
    std::array::from_fn(|i| color[i] + (top[i] - color[i]) * alpha)
}

fn steps(length: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length on a slide, never negative, divided by a constant"
    )]
    let steps = (length / STEP).ceil() as u32;
    steps.clamp(1, 200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    #[test]
    fn range_covers_only_colours_behind_the_text() {
        let ground = Canvas::filled(100, 100, [0, 0, 0]);
        let frost = Canvas::filled(25, 25, [0, 0, 0]);
        let mut scene = Scene::default();
        scene.fill(Rect::new(50.0, 0.0, 100.0, 100.0), Color::WHITE.with_alpha(0.5));
        let probe = BackgroundProbe { ground: &ground, frost: &frost, ops: &scene.ops };
        assert_eq!(probe.luminance_range(Rect::new(0.0, 0.0, 40.0, 40.0)), (0.0, 0.0));
        let (dark, light) = probe.luminance_range(Rect::new(0.0, 0.0, 100.0, 40.0));
        assert!(dark == 0.0 && (light - luminance([128.0; 3])).abs() < 1e-4);
    }
}
