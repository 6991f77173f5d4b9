//! Stars; a few bright ones have rays.

use super::{
    brush,
    view::{BackgroundView, as_f32},
};
use crate::{canvas::Canvas, theme::Stars};

/// A star: position in slide widths and heights, radius in pixels, brightness 0..1.
#[derive(Clone, Copy)]
struct Star {
    at: (f32, f32),
    radius: f32,
    bright: f32,
}

/// Brightness limit by height: text without a panel is at the top and the bottom.
fn brightness_limit(v: f32) -> f32 {
    ((v.min(1.0 - v) - 0.06) / 0.08).clamp(0.0, 1.0)
}

pub(super) fn paint(view: &BackgroundView<'_>, canvas: &mut Canvas, stars: &Stars) {
    let color = stars.color.levels();
    for (i, star) in scatter(stars, view.ground.slides).enumerate() {
        let shy = brightness_limit(star.at.1);
        let (x, y) = view.place(star.at);
        if i < usize::from(stars.flares) {
            let reach = 26.0 + 10.0 * star.radius;
            brush::blend_area(canvas, brush::around((x, y), (reach, reach)), |px, py| {
                (color, shy * flare(px - x, py - y, star))
            });
        }
        brush::blend_area(canvas, brush::around((x, y), (5.0, 5.0)), |px, py| {
            let far = (px - x).hypot(py - y) / star.radius;
            (color, (shy * 0.8 + 0.2) * star.bright * (-far * far).exp())
        });
    }
}

/// Brightness of a star with four rays and a halo.
fn flare(dx: f32, dy: f32, star: Star) -> f32 {
    let far = dx.hypot(dy) / (6.0 * star.radius);
    let ray = |along: f32, across: f32| {
        let thin = (-across * across / 1.4).exp();
        thin * (-along.abs() / (7.0 * star.radius)).exp()
    };
    let halo = 0.35 * (-far * far * 1.4).exp();
    ((ray(dx, dy) + ray(dy, dx)) * 0.75 + halo).min(1.0)
}

/// Positions of the stars, from a fixed generator, so that every machine paints the same sky.
fn scatter(stars: &Stars, slides: u8) -> impl Iterator<Item = Star> {
    let mut state = 0x9e37_79b9_u32;
    let mut random = move || {
        // xorshift32 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        as_f32((state >> 8) as usize) / as_f32(1 << 24)
    };
    let (below, slides, flares) = (stars.below, f32::from(slides), stars.flares);
    (0..stars.count).map(move |i| {
        let (u, depth, size) = (random() * slides, random(), random());
        let faint = Star {
            at: (u, below * depth.powf(1.6)),
            radius: 0.9 + 1.1 * size.powi(6),
            bright: (0.14 + 0.5 * size * size) * (1.0 - 0.7 * depth),
        };
        if i < flares {
            return Star { radius: 1.6 + 1.2 * size, bright: 0.95, ..faint };
        }
        faint
    })
}
