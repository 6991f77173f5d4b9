//! A plane in perspective that ends at the horizon, and the suns above it.

use super::{
    brush,
    view::{BackgroundView, as_f32, mix},
};
use crate::{canvas::Canvas, theme::Horizon};

/// Horizontal lines from the horizon to the lower edge.
const ACROSS: f32 = 9.0;

/// Gaps in a sun, from its middle down.
const GAPS: f32 = 5.0;

/// Paints suns, then the plane.
pub(super) fn paint(view: &BackgroundView<'_>, canvas: &mut Canvas, horizon: &Horizon) {
    let (width, height) = (as_f32(view.width), as_f32(view.height));
    let level = horizon.at * height;
    for sun in &horizon.suns {
        let (x, _) = view.place((*sun, 0.0));
        paint_sun(canvas, horizon, (x, level), horizon.radius * width);
    }
    let color = horizon.line.levels();
    let [.., alpha] = horizon.line.0.components;
    let deep = height - level;
    brush::blend_area(canvas, (0.0, level - 2.0, width, height), |x, y| {
        let down = y - level;
        let glow = 0.7 * (-down.abs() / 2.2).exp();
        if down <= 0.0 {
            return (color, glow * alpha);
        }
        // The distance of a point of the plane, and how much of the plane one pixel covers.
        let near = down / deep;
        let away = 1.0 / near;
        let row = ACROSS / 2.0 * away.ln();
        let rows = (row - row.round()).abs() * down / (ACROSS / 2.0);
        // Lines lead to the middle of every slide and meet the next slide's lines at the edge.
        let wide = (0.3 + near) * width;
        let column = (x - width / 2.0) / wide * f32::from(horizon.lines);
        let columns = (column - column.round()).abs() * wide / f32::from(horizon.lines);
        let line = |pixels: f32| (1.6 - pixels).clamp(0.0, 1.0);
        let fade = (near * 2.4).min(1.0) * 0.75 + 0.1;
        (color, (line(rows).max(line(columns)) * fade).max(glow) * alpha)
    });
}

fn paint_sun(canvas: &mut Canvas, horizon: &Horizon, (x, level): (f32, f32), radius: f32) {
    let middle = level - radius * 0.62;
    let [top, foot] = horizon.sun.map(|color| color.levels());
    let halo = radius * 1.9;
    brush::blend_area(canvas, (x - halo, middle - halo, x + halo, level), |px, py| {
        let far = (px - x).hypot(py - middle) / radius;
        (top, 0.30 * (-(far - 1.0).max(0.0) * 3.4).exp() * (1.0 - far / 1.9).max(0.0))
    });
    let area = (x - radius - 1.0, middle - radius - 1.0, x + radius + 1.0, level);
    brush::blend_area(canvas, area, |px, py| {
        let edge = (radius - (px - x).hypot(py - middle) + 0.5).clamp(0.0, 1.0);
        let t = (py - (middle - radius)) / (2.0 * radius);
        let below = (py - middle) / radius;
        // Gaps grow towards the bottom.
        let slit = (below * GAPS * 1.6).fract();
        let open = if below > 0.0 && slit < 0.12 + 0.34 * below { 0.0 } else { 1.0 };
        (mix(top, foot, t.clamp(0.0, 1.0)), edge * open)
    });
}
