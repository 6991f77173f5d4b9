//! Paints a theme's ground: sky, glows, curtains and stars, as pixels.
//!
//! Done here and not by a back end for two reasons: dark gradients band unless they are dithered
//! before they are rounded to 8 bits, which no drawing library does; and every back end starts from
//! the same ground, to the byte. Light is computed at a quarter of the size, which loses nothing
//! of shapes this soft, and once per theme, format and window: the result is cached.

mod brush;
mod curtain;
mod horizon;
mod nebula;
mod paper;
mod pattern;
mod planet;
mod stars;

use std::f32::consts::{PI, TAU};

use domain::Format;

use crate::{
    canvas::Canvas,
    theme::{Glow, Ground, Hex},
};
use curtain::Fold;

/// How many pixels one computed point covers in each direction.
const COARSE: usize = 4;

/// Red, green, blue in levels of 0..255, before rounding.
type Light = [f32; 3];

/// Which part of the ground a slide sees: the first slide sees window 0, and after
/// [`Ground::slides`] slides the picture comes round again.
pub(crate) fn window(ground: &Ground, index: usize) -> u8 {
    u8::try_from(index % usize::from(ground.slides)).unwrap_or(0)
}

/// Paints one window of the ground.
pub(crate) fn paint(ground: &Ground, format: Format, window: u8) -> Canvas {
    let (width, height) = format.pixels();
    let view = View::new(ground, width, height, window);
    let (columns, rows) = (view.width / COARSE + 2, view.height / COARSE + 2);
    let mut light = vec![[0.0; 3]; columns * rows];
    // Points lie at the corners of cells, one cell of margin around the picture.
    let v = |row| as_f32(row * COARSE) / as_f32(view.height);
    let bases: Vec<Light> = (0..rows).map(|row| view.base(v(row))).collect();
    for column in 0..columns {
        let upright = view.upright(as_f32(column * COARSE));
        for (row, base) in bases.iter().enumerate() {
            light[row * columns + column] = upright.light(v(row), *base);
        }
    }
    let mut canvas = Canvas::filled(narrow(width), narrow(height), [0; 3]);
    fill(&mut canvas, &light, columns, ground.grain);
    view.details(&mut canvas);
    canvas
}

/// One window on a ground, with its measures.
struct View<'a> {
    ground: &'a Ground,
    width: usize,
    height: usize,
    /// Its number.
    window: usize,
    /// Its left edge, in slide widths.
    left: f32,
    /// Width of the whole ground, in slide widths.
    around: f32,
}

impl<'a> View<'a> {
    fn new(ground: &'a Ground, width: u32, height: u32, window: u8) -> Self {
        Self {
            ground,
            width: usize::from(narrow(width)),
            height: usize::from(narrow(height)),
            window: usize::from(window),
            left: f32::from(window),
            around: f32::from(ground.slides),
        }
    }

    /// All that the pixels of a column have in common.
    fn upright(&self, x: f32) -> Upright<'_> {
        let u = self.left + x / as_f32(self.width);
        let Ground {
            glows, curtains, ..
        } = self.ground;
        Upright {
            view: self,
            u,
            glows: glows.iter().map(|glow| self.beam(glow, u)).collect(),
            folds: curtains
                .iter()
                .map(|curtain| Fold::of(curtain, u, self.around))
                .collect(),
        }
    }

    /// The flat colour of this window, or else the sky.
    fn base(&self, v: f32) -> Light {
        let floors = &self.ground.floors;
        match floors.get(self.window % floors.len().max(1)) {
            Some(floor) => floor.levels(),
            None => sky(&self.ground.sky, v),
        }
    }

    /// Height over width.
    fn tall(&self) -> f32 {
        as_f32(self.height) / as_f32(self.width)
    }

    /// Paints what has edges, at full size, back to front.
    fn details(&self, canvas: &mut Canvas) {
        if let Some(stars) = &self.ground.stars {
            stars::paint(self, canvas, stars);
        }
        for planet in &self.ground.planets {
            planet::paint(self, canvas, planet);
        }
        if let Some(horizon) = &self.ground.horizon {
            horizon::paint(self, canvas, horizon);
        }
        for pattern in &self.ground.patterns {
            pattern::paint(self, canvas, pattern);
        }
        if self.ground.fibre > 0.0 {
            paper::roughen(canvas, self.ground.fibre, self.window);
        }
    }

    /// Where a point of the ground is on the slide, in pixels: at its nearest copy, since the ground
    /// wraps around.
    fn place(&self, (u, v): (f32, f32)) -> (f32, f32) {
        let away = u - self.left - 0.5;
        let near = (away + self.around * 1.5).rem_euclid(self.around) - self.around / 2.0;
        ((near + 0.5) * as_f32(self.width), v * as_f32(self.height))
    }

    /// A glow, seen from a column.
    fn beam(&self, glow: &Glow, u: f32) -> Beam {
        // The nearest of its copies: the ground wraps around.
        let dx = (u - glow.at.0 + self.around * 1.5).rem_euclid(self.around) - self.around / 2.0;
        let (sin, cos) = (glow.tilt * PI / 180.0).sin_cos();
        Beam {
            color: glow.color.levels(),
            strength: glow.strength,
            height: glow.at.1,
            along: (dx * cos / glow.size.0, sin / glow.size.0),
            across: (-dx * sin / glow.size.1, cos / glow.size.1),
        }
    }
}

/// A column of a view.
struct Upright<'a> {
    view: &'a View<'a>,
    u: f32,
    glows: Vec<Beam>,
    folds: Vec<Fold<'a>>,
}

/// A glow, seen from a column: how far from its middle a point is along it and across it, in its own
/// half axes, as a share that the column gives and a share for each unit of height.
struct Beam {
    color: Light,
    strength: f32,
    height: f32,
    along: (f32, f32),
    across: (f32, f32),
}

/// From here on an exponential is darker than a level can tell.
const DARK: f32 = -12.0;

impl Upright<'_> {
    /// The light at v, in slide heights, over what is there without any.
    fn light(&self, v: f32, base: Light) -> Light {
        let (view, mut light) = (self.view, base);
        for nebula in &view.ground.nebulae {
            let (color, share) = nebula::gas(nebula, (self.u, v), (view.around, view.tall()));
            light = screen(light, color, share);
        }
        for beam in &self.glows {
            light = mix(
                light,
                beam.color,
                beam.share((v - beam.height) * view.tall()),
            );
        }
        for fold in &self.folds {
            let (color, share) = fold.shine(v);
            light = screen(light, color, share);
        }
        // Dimmed above and below only: to the left and right slides continue each other.
        let far = (v * 2.0 - 1.0).abs().min(1.0);
        let dim = 1.0 - view.ground.vignette * far * far * far;
        light.map(|level| level * dim)
    }
}

impl Beam {
    /// Share of its colour at a height, in slide widths from its middle.
    fn share(&self, dy: f32) -> f32 {
        let along = self.along.0 + dy * self.along.1;
        let across = self.across.0 + dy * self.across.1;
        let power = -1.6 * (along * along + across * across);
        if power < DARK {
            return 0.0;
        }
        self.strength * power.exp()
    }
}

/// Fills the canvas from coarse light: bilinear in between, dithered, rounded. In 128ths of a level:
/// small integers are quick, and the same on every processor.
fn fill(canvas: &mut Canvas, light: &[Light], columns: usize, grain: f32) {
    let width = usize::from(canvas.width());
    let mut fine = vec![[0_i16; 4]; columns];
    let mut noise = vec![0_i16; width.next_multiple_of(COARSE)];
    let mut line = vec![0_u8; noise.len() * 4];
    for (y, row) in canvas.pixels_mut().chunks_exact_mut(width * 4).enumerate() {
        let down = as_f32(y % COARSE) / as_f32(COARSE);
        let upper = &light[(y / COARSE) * columns..][..columns];
        let lower = &light[(y / COARSE + 1) * columns..][..columns];
        for ((fine, upper), lower) in fine.iter_mut().zip(upper).zip(lower) {
            let [r, g, b] = mix(*upper, *lower, down).map(|level| fixed(level.min(255.0)));
            *fine = [r, g, b, 0];
        }
        let mut place = down_by(y);
        for noise in &mut noise {
            *noise = both(dither(place), fixed(grain)) + ROUNDED;
            place = place.wrapping_add(RIGHT);
        }
        let (pixels, _) = line.as_chunks_mut::<{ 4 * COARSE }>();
        let (noise, _) = noise.as_chunks::<COARSE>();
        for ((pixels, ends), noise) in pixels.iter_mut().zip(fine.windows(2)).zip(noise) {
            *pixels = between(&ends[0], &ends[1], noise);
        }
        row.copy_from_slice(&line[..width * 4]);
    }
}

/// The pixels from one point to the next.
fn between(left: &[i16; 4], right: &[i16; 4], noise: &[i16; COARSE]) -> [u8; 4 * COARSE] {
    const WAY: [i16; COARSE] = [0, 1, 2, 3];
    std::array::from_fn(|i| {
        let (pixel, channel) = (i / 4, i % 4);
        let step = (right[channel] - left[channel]) >> 2;
        let value = (left[channel] + step * WAY[pixel]).saturating_add(noise[pixel]);
        let opaque = if channel == 3 { 255 } else { 0 };
        (value.max(0) >> 7).to_le_bytes()[0] | opaque
    })
}

/// A level in 128ths.
#[expect(clippy::cast_possible_truncation, reason = "a level is below 256")]
fn fixed(level: f32) -> i16 {
    (level * 128.0) as i32 as i16
}

/// Half a level, in 128ths: what is added before the rest is dropped.
const ROUNDED: i16 = 64;

/// What one pixel to the right adds to a place, and one further down: 0.06711056 and 0.00583715, in
/// 2^32ths.
const RIGHT: u32 = 288_237_660;
const DOWN: u32 = 25_070_368;

/// The place where a row begins.
fn down_by(y: usize) -> u32 {
    u32::try_from(y).unwrap_or_default().wrapping_mul(DOWN)
}

/// Interleaved gradient noise, -32768 to 32767: spreads the error of rounding so evenly that it can't
/// be seen (Jimenez, "Next generation post processing in Call of Duty", 2014). The fraction of
/// 52.982918 times a place; integers that overflow are fractions.
fn dither(place: u32) -> i16 {
    let [_, _, low, high] = (place >> 16).wrapping_mul(3_472_289).to_le_bytes();
    i16::from_le_bytes([low, high ^ 0x80])
}

/// The product of two numbers, without its lower 16 bits.
fn both(one: i16, other: i16) -> i16 {
    let [_, _, low, high] = (i32::from(one) * i32::from(other)).to_le_bytes();
    i16::from_le_bytes([low, high])
}

fn sky(stops: &[(f32, Hex)], v: f32) -> Light {
    let after = stops
        .iter()
        .position(|(at, _)| *at >= v)
        .unwrap_or(stops.len() - 1)
        .max(1);
    let ((from, upper), (to, lower)) = (stops[after - 1], stops[after]);
    let t = ((v - from) / (to - from)).clamp(0.0, 1.0);
    // Eased, or the eye finds the stops.
    mix(upper.levels(), lower.levels(), (1.0 - (t * PI).cos()) / 2.0)
}

fn mix(a: Light, b: Light, share: f32) -> Light {
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * share)
}

/// Light upon light: it adds up, but never beyond white.
fn screen(below: Light, top: Light, share: f32) -> Light {
    std::array::from_fn(|c| below[c] + top[c] * share * (1.0 - below[c] / 255.0))
}

/// A wave of whole periods over the ground, -1..1.
fn wave(u: f32, around: f32, periods: u8, phase: f32) -> f32 {
    (TAU * (u / around * f32::from(periods) + phase)).sin()
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a slide")]
fn as_f32(pixels: usize) -> f32 {
    pixels as f32
}

fn narrow(pixels: u32) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Shelf;

    /// Every ground of one picture: floors change from slide to slide on purpose.
    fn grounds(shelf: &Shelf) -> impl Iterator<Item = &Ground> {
        let themes = shelf.names().map(|name| &**shelf.get(name).unwrap());
        let skins = themes.flat_map(|theme| theme.moods().map(|mood| theme.skin(mood)));
        skins
            .map(|skin| &skin.ground)
            .filter(|ground| ground.floors.is_empty())
    }

    #[test]
    fn what_leaves_on_the_right_enters_on_the_left() {
        let shelf = Shelf::built_in().unwrap();
        for ground in grounds(&shelf) {
            for window in 0..ground.slides {
                let left = View::new(ground, 1080, 1080, window);
                let right = View::new(ground, 1080, 1080, (window + 1) % ground.slides);
                for y in [0.0, 300.0, 540.0, 1000.0] {
                    let v = y / 1080.0;
                    let (a, b) = (
                        left.upright(1080.0).light(v, left.base(v)),
                        right.upright(0.0).light(v, right.base(v)),
                    );
                    assert!(
                        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.6),
                        "{a:?} {b:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_same_ground_is_the_same_bytes() {
        let shelf = Shelf::built_in().unwrap();
        let ground = grounds(&shelf).next().unwrap();
        assert!(paint(ground, Format::Square, 1) == paint(ground, Format::Square, 1));
        assert!(paint(ground, Format::Square, 1) != paint(ground, Format::Square, 2));
    }
}
