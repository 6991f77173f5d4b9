//! [`BackgroundView`]: the window of a background that is painted; and the arithmetic of its light.

use std::f32::consts::{LN_2, LOG2_E, PI, TAU};

use crate::theme::{Background, Hex};

/// Red, green, blue in levels of 0..255, before rounding.
pub(super) type Light = [f32; 3];

/// One window of a background, with its sizes.
pub(super) struct BackgroundView<'a> {
    pub(super) ground: &'a Background,
    pub(super) width: usize,
    pub(super) height: usize,
    /// The window's number.
    pub(super) window: usize,
    /// The left edge, in slide widths.
    pub(super) left: f32,
    /// Width of the whole background, in slide widths.
    pub(super) width_in_slides: f32,
}

impl<'a> BackgroundView<'a> {
    pub(super) fn new(ground: &'a Background, (width, height): (u32, u32), window: u8) -> Self {
        let side = |pixels| usize::try_from(pixels).unwrap_or(usize::MAX);
        Self {
            ground,
            width: side(width),
            height: side(height),
            window: usize::from(window),
            left: f32::from(window),
            width_in_slides: f32::from(ground.slides),
        }
    }

    /// The window's flat colour if there is one, else the sky.
    pub(super) fn base(&self, v: f32) -> Light {
        let floors = &self.ground.floors;
        match floors.get(self.window % floors.len().max(1)) {
            Some(floor) => floor.levels(),
            None => sky(&self.ground.sky, v),
        }
    }

    /// Height over width.
    pub(super) fn tall(&self) -> f32 {
        as_f32(self.height) / as_f32(self.width)
    }

    /// The pixel position of a background point on the slide, at its nearest copy, because the
    /// background wraps around.
    pub(super) fn place(&self, (u, v): (f32, f32)) -> (f32, f32) {
        let away = u - self.left - 0.5;
        let near = (away + self.width_in_slides * 1.5).rem_euclid(self.width_in_slides)
            - self.width_in_slides / 2.0;
        ((near + 0.5) * as_f32(self.width), v * as_f32(self.height))
    }
}

fn sky(stops: &[(f32, Hex)], v: f32) -> Light {
    let after = stops.iter().position(|(at, _)| *at >= v).unwrap_or(stops.len() - 1).max(1);
    let ((from, upper), (to, lower)) = (stops[after - 1], stops[after]);
    let t = ((v - from) / (to - from)).clamp(0.0, 1.0);
    // Eased, because linear gradients show their stops.
    mix(upper.levels(), lower.levels(), (1.0 - (t * PI).cos()) / 2.0)
}

#[inline(always)]
pub(super) fn mix(a: Light, b: Light, share: f32) -> Light {
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * share)
}

/// Adds light to light, limited to white.
#[inline(always)]
pub(super) fn add_light(below: Light, top: Light, share: f32) -> Light {
    std::array::from_fn(|c| below[c] + top[c] * share * (1.0 - below[c] / 255.0))
}

/// A wave with whole periods over the background, -1..1.
pub(super) fn wave(u: f32, around: f32, periods: u8, phase: f32) -> f32 {
    (TAU * (u / around * f32::from(periods) + phase)).sin()
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a slide")]
pub(super) fn as_f32(pixels: usize) -> f32 {
    pixels as f32
}

/// The exponential of a number that is at most 0, precise to 1e-5; 0 where the result is invisible.
/// Our own implementation, because system libraries differ in the last bits.
#[inline(always)]
pub(super) fn fade(power: f32) -> f32 {
    const DARK: f32 = -12.0;
    /// Adding it to a small float puts the nearest integer into the lowest bits.
    const ROUND_MAGIC: f32 = 12_582_912.0;
    let power = power.max(DARK);
    let shifted = power * LOG2_E + ROUND_MAGIC;
    let rest = power * LOG2_E - (shifted - ROUND_MAGIC);
    // Two to the power of the rest, at most a half: the first terms of its series.
    let series = [0.001_333_4, 0.009_618_1, 0.055_504_1, 0.240_226_5, LN_2];
    let near = series.iter().fold(0.0, |sum, factor| (sum + factor) * rest) + 1.0;
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if power > DARK { near * scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fade_approximates_the_exponential() {
        for i in 0..12_000_u16 {
            let power = f32::from(i) / -1_000.0;
            let expected = power.exp();
            let error = (fade(power) - expected).abs() / expected;
            assert!(error < 1e-5, "{error} at {power}");
        }
        assert_eq!([-12.0, -1e9, f32::NEG_INFINITY].map(fade), [0.0; 3]);
    }
}
