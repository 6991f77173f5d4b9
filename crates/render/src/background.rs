//! Paints a theme's background (sky, glows, curtains, stars) as pixels.
//!
//! It is painted here and not by a back end for two reasons. Dark gradients show bands unless they
//! are dithered before they are rounded to 8 bits, and no drawing library does that. And every back
//! end starts from the same bytes. Light is computed at a quarter of the size, which is enough for
//! soft shapes, and once per theme, format and window: the result is cached.

mod brush;
mod column;
mod curtain;
mod horizon;
mod nebula;
mod paper;
mod pattern;
mod planet;
mod stars;
mod view;

use domain::Format;

use crate::{canvas::Canvas, simd::with_simd, theme::Background};
use column::{Column, ColumnLights, ColumnPoints};
use view::{BackgroundView, as_f32};

/// Pixels per computed point, in each direction.
const COARSE: usize = 4;

/// The part of the background that a slide sees: the first slide sees window 0, and after
/// [`Background::slides`] slides the background repeats.
pub(crate) fn window(ground: &Background, index: usize) -> u8 {
    u8::try_from(index % usize::from(ground.slides)).unwrap_or(0)
}

pub(crate) fn paint(ground: &Background, format: Format, window: u8) -> Canvas {
    let view = BackgroundView::new(ground, format.pixels(), window);
    let mut canvas = with_simd(
        #[inline(always)]
        || paint_soft_light(&view),
    );
    paint_details(&view, &mut canvas);
    canvas
}

/// Paints everything without edges.
#[inline(always)]
fn paint_soft_light(view: &BackgroundView<'_>) -> Canvas {
    // Points are at the corners of cells, with one cell of margin around the picture.
    let (columns, rows) = (view.width / COARSE + 2, view.height / COARSE + 2);
    let down = |row| as_f32(row * COARSE) / as_f32(view.height);
    let heights = ColumnPoints::new(view, (0..rows).map(down));
    let mut light = vec![[0.0; 4]; columns * rows];
    let mut column = Column::default();
    for x in 0..columns {
        let u = view.left + as_f32(x * COARSE) / as_f32(view.width);
        ColumnLights::new(view, u).light(&heights, &mut column);
        let [red, green, blue] = &column;
        for (((row, r), g), b) in light.chunks_exact_mut(columns).zip(red).zip(green).zip(blue) {
            row[x] = [*r, *g, *b, 0.0];
        }
    }
    let mut canvas = Canvas::blank(narrow(view.width), narrow(view.height));
    fill(&mut canvas, &light, columns, view.ground.grain);
    canvas
}

/// Paints what has edges, at full size, back to front.
fn paint_details(view: &BackgroundView<'_>, canvas: &mut Canvas) {
    if let Some(stars) = &view.ground.stars {
        stars::paint(view, canvas, stars);
    }
    for planet in &view.ground.planets {
        planet::paint(view, canvas, planet);
    }
    if let Some(horizon) = &view.ground.horizon {
        horizon::paint(view, canvas, horizon);
    }
    for pattern in &view.ground.patterns {
        pattern::paint(view, canvas, pattern);
    }
    if view.ground.fibre > 0.0 {
        paper::add_texture(canvas, view.ground.fibre, view.window);
    }
}

/// Fills the canvas from coarse light: bilinear interpolation, dither, rounding. In 128ths of a
/// level: small integers are fast and the same on every processor.
#[inline(always)]
fn fill(canvas: &mut Canvas, light: &[[f32; 4]], columns: usize, grain: f32) {
    let width = usize::from(canvas.width());
    let grain = fixed(grain);
    let mut fine = vec![[0_i16; 4]; columns];
    let mut noise = vec![[0_i16; 4]; width.next_multiple_of(COARSE)];
    for (y, row) in canvas.pixels_mut().chunks_exact_mut(width * 4).enumerate() {
        let down = as_f32(y % COARSE) / as_f32(COARSE);
        let upper = light[(y / COARSE) * columns..][..columns].as_flattened();
        let lower = light[(y / COARSE + 1) * columns..][..columns].as_flattened();
        let levels = fine.as_flattened_mut().iter_mut();
        for ((fine, upper), lower) in levels.zip(upper).zip(lower) {
            *fine = fixed(upper + (lower - upper) * down);
        }
        let start = down_by(y);
        for (x, noise) in (0_u32..).zip(&mut noise) {
            let place = start.wrapping_add(x.wrapping_mul(RIGHT));
            *noise = [mul_high(dither(place), grain) + ROUNDED; 4];
        }
        let (pixels, rest) = row.as_chunks_mut();
        let (noise, _) = noise.as_flattened().as_chunks();
        let mut last = [0; CELL];
        let pixels = pixels.iter_mut().chain(std::iter::once(&mut last));
        let ends = fine.iter().zip(&fine[1..]);
        for ((pixels, (left, right)), noise) in pixels.zip(ends).zip(noise) {
            between(*left, *right, noise, pixels);
        }
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// One cell of four-channel pixels: one register on every processor.
const CELL: usize = 4 * COARSE;

/// Interpolates the pixels from one point to the next.
#[inline(always)]
fn between(left: [i16; 4], right: [i16; 4], noise: &[i16; CELL], to: &mut [u8; CELL]) {
    const WAY: [i16; CELL] = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3];
    const OPAQUE: [u8; CELL] = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    let all = |[r, g, b, a]: [i16; 4]| [r, g, b, a, r, g, b, a, r, g, b, a, r, g, b, a];
    let (left, right) = (all(left), all(right));
    for i in 0..CELL {
        let step = (right[i] - left[i]) >> 2;
        let value = (left[i] + step * WAY[i]).saturating_add(noise[i]);
        to[i] = (value.max(0) >> 7).to_le_bytes()[0] | OPAQUE[i];
    }
}

/// A level in 128ths, at most 255.
#[inline(always)]
fn fixed(level: f32) -> i16 {
    // Adding it to a small float puts the nearest integer into the lowest bits.
    const ROUND: f32 = 8_388_608.0;
    let [low, high, ..] = (level.clamp(0.0, 255.0) * 128.0 + ROUND).to_bits().to_le_bytes();
    i16::from_le_bytes([low, high])
}

/// Half a level in 128ths, added before the fraction is dropped.
const ROUNDED: i16 = 64;

/// The change of the dither position per pixel to the right and down: 0.06711056 and 0.00583715, in
/// 2^32ths.
const RIGHT: u32 = 288_237_660;
const DOWN: u32 = 25_070_368;

/// The dither position at the start of a row.
fn down_by(y: usize) -> u32 {
    u32::try_from(y).unwrap_or_default().wrapping_mul(DOWN)
}

/// Interleaved gradient noise, -32768 to 32767: it spreads the rounding error so evenly that it is
/// invisible (Jimenez, "Next generation post processing in Call of Duty", 2014). The fraction of
/// 52.982918 times the position; integer overflow computes the fraction.
#[inline(always)]
fn dither(place: u32) -> i16 {
    /// Integer part and fraction, in 65536ths.
    const TIMES: (u16, u16) = (52, 64_417);
    let [_, _, low, high] = place.to_le_bytes();
    let place = u16::from_le_bytes([low, high]);
    let [_, _, low, high] = (u32::from(place) * u32::from(TIMES.1)).to_le_bytes();
    let fraction = place.wrapping_mul(TIMES.0).wrapping_add(u16::from_le_bytes([low, high]));
    (fraction ^ 0x8000).cast_signed()
}

/// The product of two numbers without its lower 16 bits.
#[inline(always)]
fn mul_high(one: i16, other: i16) -> i16 {
    let [_, _, low, high] = (i32::from(one) * i32::from(other)).to_le_bytes();
    i16::from_le_bytes([low, high])
}

fn narrow(pixels: usize) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::ThemeRegistry;

    /// The backgrounds that are one continuous picture; flat colours change from slide to
    /// slide on purpose.
    fn continuous_backgrounds(shelf: &ThemeRegistry) -> impl Iterator<Item = &Background> {
        let themes = shelf.names().map(|name| &**shelf.get(name).unwrap());
        let skins = themes.flat_map(|theme| theme.skin_kinds().map(|mood| theme.skin(mood)));
        skins.map(|skin| &skin.ground).filter(|ground| ground.floors.is_empty())
    }

    #[test]
    fn background_continues_on_the_next_slide() {
        let shelf = ThemeRegistry::built_in().unwrap();
        for ground in continuous_backgrounds(&shelf) {
            for window in 0..ground.slides {
                let next = (window + 1) % ground.slides;
                let [left, right] =
                    [window, next].map(|window| BackgroundView::new(ground, (1080, 1080), window));
                let light = |view: &BackgroundView<'_>, u| {
                    let heights = [0.0, 0.28, 0.5, 0.93];
                    let heights = ColumnPoints::new(view, heights.into_iter());
                    let mut column = Column::default();
                    ColumnLights::new(view, u).light(&heights, &mut column);
                    column.concat()
                };
                let (left, right) = (light(&left, left.left + 1.0), light(&right, right.left));
                assert!(
                    left.iter().zip(&right).all(|(a, b)| (a - b).abs() < 0.6),
                    "{left:?} {right:?}"
                );
            }
        }
    }

    #[test]
    fn all_vector_widths_paint_the_same_bytes() {
        let shelf = ThemeRegistry::built_in().unwrap();
        for ground in continuous_backgrounds(&shelf) {
            let view = BackgroundView::new(ground, Format::Square.pixels(), 0);
            let wide = with_simd(
                #[inline(always)]
                || paint_soft_light(&view),
            );
            assert!(paint_soft_light(&view) == wide);
        }
    }

    #[test]
    fn same_background_gives_the_same_bytes() {
        let shelf = ThemeRegistry::built_in().unwrap();
        let ground = continuous_backgrounds(&shelf).next().unwrap();
        assert!(paint(ground, Format::Square, 1) == paint(ground, Format::Square, 1));
        assert!(paint(ground, Format::Square, 1) != paint(ground, Format::Square, 2));
    }
}
