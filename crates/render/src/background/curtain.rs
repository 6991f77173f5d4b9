//! The light of a [`Curtain`], an aurora: a thin layer of light seen from below, sharp at its lower
//! edge, fading upwards, folded into rays.

use super::view::{Light, fade, mix, wave};
use crate::theme::Curtain;

/// How fast the light ends below the edge, in slide heights.
const EDGE: f32 = 0.032;

/// A curtain at one column of pixels: its values are constant along the column.
pub(super) struct CurtainColumn {
    color: [Light; 3],
    strength: f32,
    edge: f32,
    /// The height of the light, in slide heights.
    rise: f32,
    /// How much darker it is between its rays.
    dull: f32,
}

impl CurtainColumn {
    /// The fold at `u`, in slide widths; `around` is the background's width in slides.
    pub(super) fn of(curtain: &Curtain, u: f32, around: f32) -> Self {
        let rays = rays(curtain, u, around);
        Self {
            color: curtain.color.map(|color| color.levels()),
            strength: curtain.strength * patch(curtain, u, around),
            edge: edge(curtain, u, around),
            rise: curtain.rise * (0.62 + 0.38 * rays),
            dull: 0.55 * (1.0 - rays),
        }
    }

    /// Colour and density at `v`, in slide heights.
    #[inline(always)]
    pub(super) fn light_at(&self, v: f32) -> (Light, f32) {
        let [near, middle, far] = self.color;
        let above = self.edge - v;
        let (height, depth) = (above.max(0.0) / self.rise, above.min(0.0) / EDGE);
        let color = mix(near, middle, (height * 2.0).min(1.0));
        let color = mix(color, far, (height * 2.0 - 1.0).clamp(0.0, 1.0));
        // Rays are strongest in the middle, blend at the edge and disappear at the top.
        let folds = 1.0 - self.dull * (height * 4.0).min(1.0);
        let thin = (1.0 - height * 0.55).max(0.0);
        let share = self.strength * folds * thin * fade(-2.1 * height - depth * depth);
        (color, share)
    }
}

/// The position of the lower edge, in slide heights from the top.
fn edge(curtain: &Curtain, u: f32, around: f32) -> f32 {
    let (slow, fast) = curtain.waves;
    let phase = curtain.phase;
    let sway = 0.68 * wave(u, around, slow, phase) + 0.32 * wave(u, around, fast, phase * 1.7);
    curtain.base + curtain.sway * sway
}

/// Brightness along the curtain, 0..1, so that it varies.
fn patch(curtain: &Curtain, u: f32, around: f32) -> f32 {
    let slow = wave(u, around, curtain.waves.0, curtain.phase + 0.32);
    let fast = wave(u, around, curtain.waves.1 + 1, curtain.phase * 2.3);
    (0.62 + 0.28 * slow + 0.18 * fast).clamp(0.12, 1.0)
}

/// Ray brightness, 0..1: a sum of waves of several widths, so that rays differ.
fn rays(curtain: &Curtain, u: f32, around: f32) -> f32 {
    let fine = wave(u, around, curtain.rays, 0.0);
    let coarse = wave(u, around, curtain.rays / 3 + 1, 0.4);
    let drift = wave(u, around, curtain.waves.1, 0.15);
    (0.5 + 0.22 * fine * (0.6 + 0.4 * drift) + 0.30 * coarse).clamp(0.0, 1.0)
}
