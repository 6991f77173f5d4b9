//! The texture of paper: grain, soft spots and a few fibres.

use super::{brush, brush::hash};
use crate::canvas::Canvas;

/// Fibres per slide.
const FIBRES: u16 = 260;

/// Varies the canvas by about `strength` levels.
pub(super) fn add_texture(canvas: &mut Canvas, strength: f32, window: usize) {
    let seed = u32::try_from(window).unwrap_or(0) * 7 + 3;
    grains(canvas, strength, seed);
    let (width, height) = (f32::from(canvas.width()), f32::from(canvas.height()));
    for i in 0..FIBRES {
        let random = |n: u32| hash(i.into(), 0, seed * 31 + n);
        let (x, y) = (random(1) * width, random(2) * height);
        let (turn, length) = (random(3) * std::f32::consts::PI, 5.0 + 12.0 * random(4));
        let (sin, cos) = turn.sin_cos();
        let light = if random(5) > 0.45 { 255.0 } else { 90.0 };
        let dense = strength * 0.022 * random(6);
        brush::blend_area(canvas, brush::around((x, y), (length, length)), |px, py| {
            let (dx, dy) = (px - x, py - y);
            let along = dx * cos + dy * sin;
            let bend = along * along / (length * 2.4);
            let across = dy * cos - dx * sin - bend;
            let body =
                (0.9 - across.abs()).clamp(0.0, 1.0) * (length - along.abs()).clamp(0.0, 1.0);
            ([light; 3], body * dense)
        });
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "levels are clamped by the cast itself, coordinates are of a slide"
)]
fn grains(canvas: &mut Canvas, strength: f32, seed: u32) {
    let width = usize::from(canvas.width());
    for (y, row) in canvas.pixels_mut().chunks_exact_mut(width * 4).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let fine = hash(x as i32, y as i32, seed) - 0.5;
            let coarse = hash(x as i32 / 3, y as i32 / 2, seed ^ 9) - 0.5;
            let shift = (0.55 * fine + 0.75 * coarse) * strength;
            for level in &mut pixel[..3] {
                *level = (f32::from(*level) + shift + 0.5) as u8;
            }
        }
    }
}
