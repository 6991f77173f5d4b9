//! The light of a [`Nebula`]: turbulence that wraps around with the background, distorted by more
//! turbulence, which makes filaments instead of blobs.

use super::{
    brush::hash,
    view::{Light, mix, wave},
};
use crate::theme::Nebula;

/// Colour and density at a point; `around` is the background's width in slides, `tall` a slide's
/// height over its width.
pub(super) fn light_at(
    nebula: &Nebula,
    (u, v): (f32, f32),
    (around, tall): (f32, f32),
) -> (Light, f32) {
    let middle = nebula.base + nebula.sway * wave(u, around, 1, 0.13 + as_phase(nebula.seed));
    let off = (v - middle) / nebula.spread;
    let band = (-off * off * 1.3).exp();
    if band < 0.02 {
        return ([0.0; 3], 0.0);
    }
    let knots = f32::from(nebula.scale);
    let (x, y, period) = (u * knots, v * tall * knots, around * knots);
    let bend = |seed| fractal(x, y, period, nebula.seed ^ seed, 3) - 0.5;
    let (bent_x, bent_y) = (x + 1.5 * bend(0x51), y + 1.5 * bend(0xa7));
    let dense = fractal(bent_x, bent_y, period, nebula.seed, 5);
    // Filaments: bright where the turbulence is near its mean.
    let crease = 1.0 - (fractal(bent_x, bent_y, period, nebula.seed ^ 0x77, 4) * 2.0 - 1.0).abs();
    let body = ((dense - 0.34) * 2.1).clamp(0.0, 1.0);
    let level = (0.7 * body + 0.5 * body * crease.powi(3)).clamp(0.0, 1.0);
    let [thin, half, thick] = nebula.color.map(|color| color.levels());
    let color = if level < 0.5 {
        mix(thin, half, level * 2.0)
    } else {
        mix(half, thick, level * 2.0 - 1.0)
    };
    (color, nebula.strength * band * level)
}

fn as_phase(seed: u32) -> f32 {
    f32::from(u16::try_from(seed % 97).unwrap_or(0)) / 97.0
}

/// Noise of several octaves, 0..1, with period `period` in x.
fn fractal(x: f32, y: f32, period: f32, seed: u32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut scale) = (0.0, 0.5, 1.0);
    for octave in 0..octaves {
        sum += weight * smooth(x * scale, y * scale, period * scale, seed.wrapping_add(octave));
        weight *= 0.5;
        scale *= 2.0;
    }
    sum / (1.0 - weight * 2.0).max(0.5)
}

/// Noise of one octave: random values at integers, interpolated smoothly.
#[expect(clippy::cast_possible_truncation, reason = "a few hundred knots")]
fn smooth(x: f32, y: f32, period: f32, seed: u32) -> f32 {
    let (column, row, period) = (x.floor(), y.floor(), period.round().max(1.0) as i32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (right, down) = (ease(x - column), ease(y - row));
    let knot =
        |dx: i32, dy: i32| hash((column as i32 + dx).rem_euclid(period), row as i32 + dy, seed);
    let upper = knot(0, 0) + (knot(1, 0) - knot(0, 0)) * right;
    let lower = knot(0, 1) + (knot(1, 1) - knot(0, 1)) * right;
    upper + (lower - upper) * down
}
