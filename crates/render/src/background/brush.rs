//! Blends the details of a background into pixels: a colour and a density for every pixel of a box.

use super::view::{Light, as_f32};
use crate::canvas::Canvas;

/// A box in pixels: left, top, right, bottom.
pub(super) type Area = (f32, f32, f32, f32);

/// The box around a point.
pub(super) fn around((x, y): (f32, f32), (wide, high): (f32, f32)) -> Area {
    (x - wide, y - high, x + wide, y + high)
}

/// The whole canvas.
pub(super) fn all(canvas: &Canvas) -> Area {
    (0.0, 0.0, f32::from(canvas.width()), f32::from(canvas.height()))
}

/// Blends the colour and density that `ask` returns for each pixel's centre over every pixel of
/// `area` on the canvas.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the canvas; levels are clamped by the cast itself"
)]
pub(super) fn blend_area(
    canvas: &mut Canvas,
    (left, top, right, bottom): Area,
    mut ask: impl FnMut(f32, f32) -> (Light, f32),
) {
    let (width, height) = (f32::from(canvas.width()), f32::from(canvas.height()));
    let columns = left.clamp(0.0, width) as usize..right.ceil().clamp(0.0, width) as usize;
    let rows = top.clamp(0.0, height) as usize..bottom.ceil().clamp(0.0, height) as usize;
    let stride = usize::from(canvas.width()) * 4;
    for row in rows {
        let line = &mut canvas.pixels_mut()[row * stride..][..stride];
        for (column, pixel) in columns.clone().zip(line[columns.start * 4..].chunks_exact_mut(4)) {
            let (color, share) = ask(as_f32(column) + 0.5, as_f32(row) + 0.5);
            if share > 0.0 {
                for (level, color) in pixel.iter_mut().zip(color) {
                    let below = f32::from(*level);
                    *level = (below + (color - below) * share + 0.5) as u8;
                }
            }
        }
    }
}

/// A pseudo-random number of 0..1, determined by the arguments.
pub(super) fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut bits = x.cast_unsigned().wrapping_mul(0x9e37_79b1)
        ^ y.cast_unsigned().wrapping_mul(0x85eb_ca77)
        ^ seed.wrapping_mul(0xc2b2_ae3d);
    bits ^= bits >> 15;
    bits = bits.wrapping_mul(0x2c1b_3c6d);
    bits ^= bits >> 12;
    bits = bits.wrapping_mul(0x297a_2d39);
    bits ^= bits >> 15;
    as_f32((bits >> 8) as usize) / as_f32(1 << 24)
}
