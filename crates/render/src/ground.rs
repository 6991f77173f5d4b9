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
    let mut light = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            // Points lie at the corners of cells, one cell of margin around the picture.
            light.push(view.light(as_f32(column * COARSE), as_f32(row * COARSE)));
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

    /// The light at a pixel of the slide.
    fn light(&self, x: f32, y: f32) -> Light {
        let u = self.left + x / as_f32(self.width);
        let v = y / as_f32(self.height);
        let mut light = self.base(v);
        for nebula in &self.ground.nebulae {
            let (color, share) = nebula::gas(nebula, (u, v), (self.around, self.tall()));
            light = screen(light, color, share);
        }
        for glow in &self.ground.glows {
            light = mix(light, glow.color.levels(), self.glow(glow, u, v));
        }
        for curtain in &self.ground.curtains {
            let (color, share) = curtain::shine(curtain, u, v, self.around);
            light = screen(light, color, share);
        }
        // Dimmed above and below only: to the left and right slides continue each other.
        let far = (v * 2.0 - 1.0).abs().min(1.0);
        let dim = 1.0 - self.ground.vignette * far * far * far;
        light.map(|level| level * dim)
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

    /// Share of a glow's colour at a point.
    fn glow(&self, glow: &Glow, u: f32, v: f32) -> f32 {
        // The nearest of its copies: the ground wraps around.
        let dx = (u - glow.at.0 + self.around * 1.5).rem_euclid(self.around) - self.around / 2.0;
        let dy = (v - glow.at.1) * as_f32(self.height) / as_f32(self.width);
        let (sin, cos) = (glow.tilt * PI / 180.0).sin_cos();
        let along = (dx * cos + dy * sin) / glow.size.0;
        let across = (dy * cos - dx * sin) / glow.size.1;
        glow.strength * (-1.6 * (along * along + across * across)).exp()
    }
}

/// Fills the canvas from coarse light: bilinear in between, dithered, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "levels are clamped to 0..255 by the cast itself"
)]
fn fill(canvas: &mut Canvas, light: &[Light], columns: usize, grain: f32) {
    let width = usize::from(canvas.width());
    for (y, row) in canvas.pixels_mut().chunks_exact_mut(width * 4).enumerate() {
        let down = as_f32(y % COARSE) / as_f32(COARSE);
        let upper = &light[(y / COARSE) * columns..][..columns];
        let lower = &light[(y / COARSE + 1) * columns..][..columns];
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let (cell, right) = (x / COARSE, as_f32(x % COARSE) / as_f32(COARSE));
            let top = mix(upper[cell], upper[cell + 1], right);
            let bottom = mix(lower[cell], lower[cell + 1], right);
            let noise = (dither(x, y) - 0.5) * grain + 0.5;
            for (level, value) in pixel.iter_mut().zip(mix(top, bottom, down)) {
                *level = (value + noise) as u8;
            }
        }
    }
}

/// Interleaved gradient noise, 0..1: spreads the error of rounding so evenly that it can't be seen
/// (Jimenez, "Next generation post processing in Call of Duty", 2014).
fn dither(x: usize, y: usize) -> f32 {
    let inner = (0.067_110_56 * as_f32(x) + 0.005_837_15 * as_f32(y)).fract();
    (52.982_918 * inner).fract()
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
                    let (a, b) = (left.light(1080.0, y), right.light(0.0, y));
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
