//! [`Canvas`]: opaque pixels, and the operations on them that all back ends share.

use crate::{scene::color::Color, simd::with_simd};

/// Opaque RGBA pixels in sRGB, 8 bits per channel, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    width: u16,
    height: u16,
    pixels: Vec<u8>,
}

/// Size ratio between a canvas and its blurred copy: a blurred picture has no detail to lose.
pub(crate) const BLUR_SCALE: usize = 4;

impl Canvas {
    pub(crate) fn filled(width: u16, height: u16, [r, g, b]: [u8; 3]) -> Self {
        let count = usize::from(width) * usize::from(height);
        let pixels = [r, g, b, 255].repeat(count);
        Self { width, height, pixels }
    }

    /// A canvas with unset pixels.
    pub(crate) fn blank(width: u16, height: u16) -> Self {
        Self { width, height, pixels: vec![0; usize::from(width) * usize::from(height) * 4] }
    }

    pub(crate) fn width(&self) -> u16 {
        self.width
    }

    pub(crate) fn height(&self) -> u16 {
        self.height
    }

    /// Red, green, blue, alpha of every pixel.
    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Alpha must stay 255.
    pub(crate) fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// Copies `other` into the memory that this canvas already has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        (self.width, self.height) = (other.width, other.height);
        self.pixels.clear();
        self.pixels.extend_from_slice(&other.pixels);
    }

    /// The colour at a point, in levels of 0..255; outside the canvas, the nearest pixel's.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the canvas first"
    )]
    pub(crate) fn at(&self, x: f64, y: f64) -> [f32; 3] {
        let column = x.clamp(0.0, f64::from(self.width - 1)) as usize;
        let row = y.clamp(0.0, f64::from(self.height - 1)) as usize;
        let start = (row * usize::from(self.width) + column) * 4;
        std::array::from_fn(|channel| f32::from(self.pixels[start + channel]))
    }

    /// For a reduced copy of `original`: its pixels per pixel of the original.
    pub(crate) fn scale_from(&self, original: &Self) -> f64 {
        f64::from(self.width) / f64::from(original.width)
    }

    /// A blurred copy, a quarter as wide and high. `deviation` is in pixels of the original; three
    /// box blurs approximate a Gaussian within 3 %.
    pub(crate) fn blurred_copy(&self, deviation: f32) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a small constant")]
        let radii = box_radii(deviation / BLUR_SCALE as f32);
        with_simd(
            #[inline(always)]
            || self.downscaled().blurred(radii).transposed().blurred(radii).transposed(),
        )
    }

    /// The canvas with a colour blended over it.
    pub(crate) fn tinted(mut self, film: Color) -> Self {
        with_simd(
            #[inline(always)]
            || self.tint(film),
        );
        self
    }

    #[inline(always)]
    fn tint(&mut self, film: Color) {
        let [r, g, b, alpha] = film.components;
        let film = [r, g, b].map(|level| level * 255.0 * alpha + 0.5);
        for pixel in self.pixels.chunks_exact_mut(4) {
            for (level, film) in pixel.iter_mut().zip(film) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between two levels"
                )]
                let mixed = (f32::from(*level) * (1.0 - alpha) + film) as u8;
                *level = mixed;
            }
        }
    }

    #[inline(always)]
    fn downscaled(&self) -> Self {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let (columns, rows) = (width.div_ceil(BLUR_SCALE), height.div_ceil(BLUR_SCALE));
        let mut pixels = vec![255; columns * rows * 4];
        let mut sums = vec![0_u16; width * 4];
        for (row, to) in pixels.chunks_exact_mut(columns * 4).enumerate() {
            let high = (height - row * BLUR_SCALE).min(BLUR_SCALE);
            sums.fill(0);
            let lines = &self.pixels[row * BLUR_SCALE * width * 4..][..high * width * 4];
            for line in lines.chunks_exact(width * 4) {
                for (sum, level) in sums.iter_mut().zip(line) {
                    *sum += u16::from(*level);
                }
            }
            for (pixel, cell) in to.chunks_exact_mut(4).zip(sums.chunks(BLUR_SCALE * 4)) {
                let count = narrow(cell.len() / 4 * high);
                for (channel, level) in pixel.iter_mut().enumerate() {
                    let sum: u16 = cell.iter().skip(channel).step_by(4).sum();
                    *level = clamp_level((sum + count / 2) / count);
                }
            }
        }
        Self { width: narrow(columns), height: narrow(rows), pixels }
    }

    /// Blurred vertically by three running means with these radii; edge rows are repeated outside.
    #[inline(always)]
    fn blurred(mut self, radii: [usize; 3]) -> Self {
        let stride = usize::from(self.width) * 4;
        let mut other = vec![0; self.pixels.len()];
        for radius in radii {
            blur(&self.pixels, &mut other, stride, radius);
            std::mem::swap(&mut self.pixels, &mut other);
        }
        self
    }

    /// Transposes rows and columns.
    #[inline(always)]
    fn transposed(self) -> Self {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let (from, _) = self.pixels.as_chunks::<4>();
        let mut pixels = vec![0; self.pixels.len()];
        for (x, row) in pixels.chunks_exact_mut(height * 4).enumerate() {
            let (row, _) = row.as_chunks_mut::<4>();
            for (to, from) in row.iter_mut().zip(from[x..].iter().step_by(width)) {
                *to = *from;
            }
        }
        Self { width: self.height, height: self.width, pixels }
    }
}

fn narrow(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

fn clamp_level(level: u16) -> u8 {
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// Radii of three box blurs that approximate a Gaussian of this deviation (W3C, Filter Effects,
/// "feGaussianBlur").
fn box_radii(deviation: f32) -> [usize; 3] {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a theme's blur is at most 80 pixels"
    )]
    let width = (deviation * 3.0 * (2.0 * std::f32::consts::PI).sqrt() / 4.0 + 0.5) as usize;
    [width / 2, width / 2, width.saturating_sub(1) / 2]
}

/// Running means over `2 * radius + 1` rows of `stride` bytes.
#[inline(always)]
fn blur(from: &[u8], to: &mut [u8], stride: usize, radius: usize) {
    let last = from.len() / stride - 1;
    let row = |at: usize| &from[at.min(last) * stride..][..stride];
    // At most 81 rows of at most 255: a theme's blur is at most 80 pixels.
    let mut sums: Vec<u16> = vec![0; stride];
    for at in 0..=2 * radius {
        for (sum, level) in sums.iter_mut().zip(row(at.saturating_sub(radius))) {
            *sum += u16::from(*level);
        }
    }
    // Division by multiplication, exact for sums of this size.
    let count = u32::from(narrow(2 * radius + 1));
    let (half, share) = (count / 2, (1 << 22) / count + 1);
    for (at, to) in to.chunks_exact_mut(stride).enumerate() {
        let (enters, leaves) = (row(at + radius + 1), row(at.saturating_sub(radius)));
        let levels = enters.iter().zip(leaves);
        for ((to, sum), (enters, leaves)) in to.iter_mut().zip(&mut sums).zip(levels) {
            *to = (((u32::from(*sum) + half) * share) >> 22).to_le_bytes()[0];
            *sum = *sum + u16::from(*enters) - u16::from(*leaves);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_one_colour_changes_nothing() {
        let canvas = Canvas::filled(50, 30, [10, 120, 250]);
        let frost = canvas.blurred_copy(12.0);
        assert_eq!(frost, Canvas::filled(13, 8, [10, 120, 250]));
    }

    #[test]
    fn blur_turns_an_edge_into_a_slope() {
        let mut canvas = Canvas::filled(400, 8, [0, 0, 0]);
        for row in 0..8 {
            for x in 200..400 {
                canvas.pixels_mut()[(row * 400 + x) * 4..][..3].fill(255);
            }
        }
        let frost = canvas.blurred_copy(16.0);
        let level = |x: f64| frost.at(x, 1.0)[0];
        assert!(level(0.0) < 1.0 && level(99.0) > 254.0);
        assert!((1..100).all(|x| level(f64::from(x)) >= level(f64::from(x - 1))));
        assert!((100.0..160.0).contains(&level(50.0)));
    }
}
