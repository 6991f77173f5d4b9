//! Draws clouds, shadows, frosted glass and panel gradients without a drawing library, straight
//! into the pixels. A scene begins with the largest of them, and a general library takes five times
//! as long for each.
//!
//! All arithmetic is in integers, so every processor gives the same bytes.

use std::ops::Range;

use peniko::kurbo::{Point, Rect, RoundedRect, Vec2};

use crate::{
    canvas::{BLUR_SCALE, Canvas},
    scene::{Color, Op, Paint, SOFT_REACH, Shape, density_along},
    simd::with_simd,
};

/// Pixels that share one colour of a gradient.
const BLOCK: usize = 8;

/// Shortest gradient that is drawn in blocks, in pixels: in shorter ones the blocks would be
/// visible.
const BLOCK_GRADIENT_MIN_PX: f64 = 600.0;

/// Draws the leading ops that this module can draw; returns the rest.
pub(super) fn draw_leading_ops<'o>(canvas: &mut Canvas, frost: &Canvas, ops: &'o [Op]) -> &'o [Op] {
    let drawn = ops.iter().take_while(|op| {
        with_simd(
            #[inline(always)]
            || draw(canvas, frost, op),
        )
    });
    &ops[drawn.count()..]
}

/// Draws `op` and returns true, if this module can draw it.
#[inline(always)]
fn draw(canvas: &mut Canvas, frost: &Canvas, op: &Op) -> bool {
    match op {
        Op::Cloud { rect, blur, color } => {
            soft(canvas, (*rect, *blur), *color, None);
            true
        }
        Op::Shadow { sheet, drop, blur, color } => {
            PanelMask::new(*sheet, canvas).is_some_and(|mask| {
                let rect = sheet.rect() + Vec2::new(0.0, *drop);
                soft(canvas, (rect, *blur), *color, Some(&mask));
                true
            })
        }
        Op::Frost { sheet } => PanelMask::new(*sheet, canvas).is_some_and(|mask| {
            draw_frost(canvas, frost, &mask);
            true
        }),
        Op::Fill { shape, paint } => {
            let sheet = match shape {
                Shape::Rect(rect) => RoundedRect::from_rect(*rect, 0.0),
                Shape::Rounded(sheet) => *sheet,
                Shape::Circle(_) | Shape::Path(_) => return false,
            };
            match (PanelGradient::new(paint), PanelMask::new(sheet, canvas)) {
                (Some(film), Some(mask)) => {
                    blend_gradient(canvas, &film, &mask);
                    true
                }
                (_, _) => false,
            }
        }
        Op::Stroke { .. } | Op::Image { .. } | Op::Halo { .. } | Op::Glyphs(_) => false,
    }
}

/// The pixels that a panel covers, with partial coverage at its edge.
struct PanelMask {
    rect: Rect,
    radius: f64,
    columns: Range<usize>,
    rows: Range<usize>,
}

impl PanelMask {
    /// The mask of a panel; `None` if its corners have different radii.
    fn new(sheet: RoundedRect, canvas: &Canvas) -> Option<Self> {
        let rect = sheet.rect();
        let within = |from: f64, to: f64, size: u16| {
            let size = f64::from(size);
            whole(from.floor().clamp(0.0, size))..whole(to.ceil().clamp(0.0, size))
        };
        Some(Self {
            rect,
            radius: sheet.radii().as_single_radius()?,
            columns: within(rect.x0, rect.x1, canvas.width()),
            rows: within(rect.y0, rect.y1, canvas.height()),
        })
    }

    /// The vertical distance of a row from the corners' centres; `None` between them.
    fn past_corner(&self, y: f64) -> Option<f64> {
        let (top, bottom) = (self.rect.y0 + self.radius, self.rect.y1 - self.radius);
        (y < top).then_some(top - y).or_else(|| (y > bottom).then_some(y - bottom))
    }

    /// The columns of a row that are covered completely.
    fn solid(&self, row: usize) -> Range<usize> {
        let y = at(row) + 0.5;
        if y - 0.5 < self.rect.y0 || y + 0.5 > self.rect.y1 {
            return self.columns.start..self.columns.start;
        }
        let inset = match self.past_corner(y) {
            None => 0.0,
            Some(far) => {
                let reach = (self.radius - 0.5).max(0.0);
                self.radius - (reach * reach - far * far).max(0.0).sqrt()
            }
        };
        // In a corner a pixel counts by its centre, elsewhere by its edges.
        let half = if inset > 0.0 { 0.5 } else { 0.0 };
        let from = (self.rect.x0 + inset - half).ceil();
        let to = (self.rect.x1 - inset + half).floor();
        let from = whole(from.max(0.0)).max(self.columns.start);
        from..whole(to.max(0.0)).min(self.columns.end).max(from)
    }

    /// The covered share of a pixel, in 256ths.
    fn share(&self, column: usize, row: usize) -> u16 {
        let (left, top) = (at(column), at(row));
        let (x, y) = (left + 0.5, top + 0.5);
        let beside = [self.rect.x0 + self.radius - x, x - (self.rect.x1 - self.radius)];
        let beside = beside.into_iter().find(|far| *far > 0.0);
        let share = match (beside, self.past_corner(y)) {
            (Some(across), Some(down)) => self.radius + 0.5 - across.hypot(down),
            (_, _) => {
                let wide = (left + 1.0).min(self.rect.x1) - left.max(self.rect.x0);
                let high = (top + 1.0).min(self.rect.y1) - top.max(self.rect.y0);
                wide.clamp(0.0, 1.0) * high.clamp(0.0, 1.0)
            }
        };
        weight(share)
    }

    /// The columns of a row that are covered partly.
    fn edges(&self, row: usize) -> impl Iterator<Item = usize> + use<> {
        let solid = self.solid(row);
        (self.columns.start..solid.start).chain(solid.end..self.columns.end)
    }
}

/// A colour to blend over pixels: what it adds to each channel, in 256ths of a level, and the share
/// of the old pixel that stays, in 256ths.
#[derive(Clone, Copy)]
struct BlendColor {
    adds: [u16; 4],
    leaves: u16,
}

impl BlendColor {
    fn new(color: Color) -> Self {
        let covers = weight(color.components[3].into());
        let color = color.to_rgba8();
        let adds = [color.r, color.g, color.b, 255].map(|level| u16::from(level) * covers + 128);
        Self { adds, leaves: 256 - covers }
    }

    /// Blends over `pixels`, with full coverage.
    #[inline(always)]
    fn blend_over(self, pixels: &mut [u8]) {
        let adds: [u16; 32] = std::array::from_fn(|i| self.adds[i % 4]);
        let mut blocks = pixels.chunks_exact_mut(32);
        for block in &mut blocks {
            for (level, add) in block.iter_mut().zip(adds) {
                *level = to_level(u16::from(*level) * self.leaves + add);
            }
        }
        for (level, add) in blocks.into_remainder().iter_mut().zip(adds) {
            *level = to_level(u16::from(*level) * self.leaves + add);
        }
    }

    /// Blends over one pixel with coverage `share`, in 256ths.
    #[inline(always)]
    fn blend_share(self, pixel: &mut [u8], share: u16) {
        for (level, add) in pixel.iter_mut().zip(self.adds) {
            let under = u16::from(*level);
            let over = to_level(under * self.leaves + add);
            *level = blend(under, over.into(), share);
        }
    }
}

/// The fill of a panel, one colour per block of pixels.
enum PanelGradient {
    Plain(BlendColor),
    Ramp {
        from: Point,
        /// The change of the gradient's position per pixel to the right and down.
        step: Vec2,
        coats: Vec<BlendColor>,
    },
}

impl PanelGradient {
    /// Number of colours of a gradient.
    const STEPS: u16 = 256;

    fn new(paint: &Paint) -> Option<Self> {
        match paint {
            Paint::Solid(color) => Some(Self::Plain(BlendColor::new(*color))),
            Paint::Linear { from, to, .. } if from.distance(*to) >= BLOCK_GRADIENT_MIN_PX => {
                let line = *to - *from;
                let coat = |i| {
                    let t = f64::from(i) / f64::from(Self::STEPS - 1);
                    BlendColor::new(paint.at(*from + line * t))
                };
                Some(Self::Ramp {
                    from: *from,
                    step: line / line.hypot2(),
                    coats: (0..Self::STEPS).map(coat).collect(),
                })
            }
            Paint::Linear { .. } | Paint::Radial { .. } => None,
        }
    }

    fn coat(&self, column: usize, row: usize) -> BlendColor {
        match self {
            Self::Plain(coat) => *coat,
            Self::Ramp { from, step, coats } => {
                let t = (Point::new(at(column) + 0.5, at(row) + 0.5) - *from).dot(*step);
                coats[whole(t.clamp(0.0, 1.0) * f64::from(Self::STEPS - 1))]
            }
        }
    }
}

#[inline(always)]
fn blend_gradient(canvas: &mut Canvas, film: &PanelGradient, mask: &PanelMask) {
    let width = usize::from(canvas.width());
    for row in mask.rows.clone() {
        let line = &mut canvas.pixels_mut()[row * width * 4..][..width * 4];
        let solid = mask.solid(row);
        match film {
            PanelGradient::Plain(coat) => {
                coat.blend_over(&mut line[solid.start * 4..solid.end * 4]);
            }
            PanelGradient::Ramp { .. } => {
                let pixels = &mut line[solid.start * 4..solid.end * 4];
                for (i, block) in pixels.chunks_mut(BLOCK * 4).enumerate() {
                    let middle = solid.start + i * BLOCK + BLOCK / 2;
                    film.coat(middle, row).blend_over(block);
                }
            }
        }
        for column in mask.edges(row) {
            let share = mask.share(column, row);
            film.coat(column, row).blend_share(&mut line[column * 4..][..4], share);
        }
    }
}

/// Draws the blurred background over a panel; `frost` is smaller than the canvas and is enlarged
/// here.
#[inline(always)]
fn draw_frost(canvas: &mut Canvas, frost: &Canvas, mask: &PanelMask) {
    let width = usize::from(canvas.width());
    let (columns, rows) = (usize::from(frost.width()), usize::from(frost.height()));
    let mut mixed = vec![0_u16; (columns + 2) * 4];
    let mut wide = vec![0_u8; (columns + 1) * BLUR_SCALE * 4];
    for row in mask.rows.clone() {
        // The position between the centres of two frost rows, in eighths.
        let (above, down) = eighths(row);
        let line = |at: usize| {
            let at = at.saturating_sub(1).min(rows - 1);
            &frost.pixels()[at * columns * 4..][..columns * 4]
        };
        let (upper, lower) = (line(above), line(above + 1));
        let up = 8 - down;
        for ((to, upper), lower) in mixed[4..].iter_mut().zip(upper).zip(lower) {
            *to = u16::from(*upper) * up + u16::from(*lower) * down;
        }
        mixed.copy_within(4..8, 0);
        mixed.copy_within(columns * 4..(columns + 1) * 4, (columns + 1) * 4);
        enlarge(&mixed, &mut wide);
        let solid = mask.solid(row);
        let line = &mut canvas.pixels_mut()[row * width * 4..][..width * 4];
        // The enlarged row begins half a frost pixel before the canvas.
        let wide = &wide[BLUR_SCALE / 2 * 4..];
        line[solid.start * 4..solid.end * 4].copy_from_slice(&wide[solid.start * 4..solid.end * 4]);
        for at in mask.edges(row) {
            let share = mask.share(at, row);
            let (to, from) = (&mut line[at * 4..][..4], &wide[at * 4..][..4]);
            for (level, over) in to.iter_mut().zip(from) {
                *level = blend((*level).into(), (*over).into(), share);
            }
        }
    }
}

/// The index (from 1) of the first of the two neighbours of pixel `at` on a canvas smaller by
/// [`BLUR_SCALE`], and the distance from it in eighths.
fn eighths(at: usize) -> (usize, u16) {
    let eighths = 2 * at + 1 + BLUR_SCALE;
    let rest = u16::try_from(eighths % (2 * BLUR_SCALE)).unwrap_or_default();
    (eighths / (2 * BLUR_SCALE), rest)
}

/// Interpolates [`BLUR_SCALE`] pixels between each source pixel, in eighths of a level, and the next.
#[inline(always)]
fn enlarge(from: &[u16], to: &mut [u8]) {
    // Four pixels of four channels: one register on every processor.
    const NEAR_WEIGHTS: [u16; 16] = [7, 7, 7, 7, 5, 5, 5, 5, 3, 3, 3, 3, 1, 1, 1, 1];
    const FAR_WEIGHTS: [u16; 16] = [1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5, 7, 7, 7, 7];
    let (from, _) = from.as_chunks::<4>();
    let (to, _) = to.as_chunks_mut::<16>();
    for ((left, right), to) in from.iter().zip(&from[1..]).zip(to) {
        let left: [u16; 16] =
            [*left, *left, *left, *left].as_flattened().try_into().unwrap_or([0; 16]);
        let right: [u16; 16] =
            [*right, *right, *right, *right].as_flattened().try_into().unwrap_or([0; 16]);
        for i in 0..16 {
            to[i] = ((left[i] * NEAR_WEIGHTS[i] + right[i] * FAR_WEIGHTS[i] + 32) >> 6)
                .to_le_bytes()[0];
        }
    }
}

/// Fills a rectangle that has soft edges, outside of `hole`.
#[inline(always)]
fn soft(canvas: &mut Canvas, (rect, blur): (Rect, f64), color: Color, hole: Option<&PanelMask>) {
    let reach = rect.inflate(SOFT_REACH * blur, SOFT_REACH * blur);
    let area = PanelMask::new(RoundedRect::from_rect(reach, 0.0), canvas)
        .expect("four corners without a radius are equal");
    let alpha = f64::from(color.components[3]);
    let color = color.to_rgba8();
    let levels = [color.r, color.g, color.b, 255].map(u16::from);
    // In 65536ths, so that the product of two shares keeps 256 steps; one value per channel, so
    // that the loop below works on plain numbers.
    let fine = |share: f64| u16::try_from(whole(share * 65_536.0)).unwrap_or(u16::MAX);
    let column = |x| [fine(density_along(rect.x0, rect.x1, blur, at(x) + 0.5)); 4];
    let across: Vec<[u16; 4]> = area.columns.clone().map(column).collect();
    let width = usize::from(canvas.width());
    for row in area.rows.clone() {
        let down = fine(alpha * density_along(rect.y0, rect.y1, blur, at(row) + 0.5));
        let line = &mut canvas.pixels_mut()[row * width * 4..][..width * 4];
        let hole = hole.filter(|hole| hole.rows.contains(&row));
        let clip = |column: usize| column.clamp(area.columns.start, area.columns.end);
        // The columns left and right of the hole; without a hole, all columns are in the left
        // range.
        let [from, to] = hole
            .map_or([area.columns.end; 2], |hole| [hole.columns.start, hole.columns.end].map(clip));
        for columns in [area.columns.start..from, to..area.columns.end] {
            let shares = across[columns.start - area.columns.start..].as_flattened();
            let pixels = &mut line[columns.start * 4..columns.end * 4];
            blend_product(pixels, shares, down, levels);
        }
        let Some(hole) = hole else { continue };
        for at in hole.edges(row).filter(|at| area.columns.contains(at)) {
            let [whole, ..] = across[at - area.columns.start];
            let share = (both(whole, down) * (256 - hole.share(at, row))) >> 8;
            for (level, over) in line[at * 4..][..4].iter_mut().zip(levels) {
                *level = blend((*level).into(), over, share);
            }
        }
    }
}

/// Blends a colour over pixels; each channel's share is the product of `across` and `down`.
#[inline(always)]
fn blend_product(pixels: &mut [u8], across: &[u16], down: u16, levels: [u16; 4]) {
    let over: [u16; 16] = std::array::from_fn(|i| levels[i % 4]);
    let (blocks, rest) = pixels.as_chunks_mut::<16>();
    let (shares, _) = across.as_chunks::<16>();
    for (block, shares) in blocks.iter_mut().zip(shares) {
        *block = std::array::from_fn(|i| blend(block[i].into(), over[i], both(shares[i], down)));
    }
    let shares = &across[blocks.len() * 16..];
    for ((level, over), across) in rest.iter_mut().zip(over).zip(shares) {
        *level = blend((*level).into(), over, both(*across, down));
    }
}

/// The product of two shares in 65536ths, in 256ths.
#[inline(always)]
fn both(across: u16, down: u16) -> u16 {
    let [_, _, low, high] = (u32::from(across) * u32::from(down)).to_le_bytes();
    u16::from_le_bytes([low, high]) >> 8
}

/// Blends the level `over` on `under`, with `share` in 256ths.
#[inline(always)]
fn blend(under: u16, over: u16, share: u16) -> u8 {
    to_level(under * (256 - share) + over * share + 128)
}

/// The upper byte: 256ths of levels to levels.
#[inline(always)]
fn to_level(fine: u16) -> u8 {
    fine.to_be_bytes()[0]
}

/// Converts a share of 0..1 to 256ths.
fn weight(share: f64) -> u16 {
    u16::try_from(whole(share.clamp(0.0, 1.0) * 256.0 + 0.5)).unwrap_or(256)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels of a slide and shares, never negative"
)]
fn whole(length: f64) -> usize {
    length as usize
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a slide")]
fn at(pixel: usize) -> f64 {
    pixel as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::Cpu;

    /// A background with varied content, and its blurred copy.
    fn ground() -> (Canvas, Canvas) {
        let mut canvas = Canvas::filled(1080, 1350, [0; 3]);
        for (i, pixel) in canvas.pixels_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (i % 1080, i / 1080);
            let levels = [x * 255 / 1080, y * 255 / 1350, (x + y) / 10].map(|level| level % 256);
            for (to, level) in pixel.iter_mut().zip(levels) {
                *to = u8::try_from(level).unwrap();
            }
        }
        let frost = canvas.blurred_copy(30.0);
        (canvas, frost)
    }

    fn ops() -> Vec<Op> {
        let sheet = RoundedRect::new(84.0, 180.5, 996.0, 1200.25, 52.0);
        let [from, to] = [0x9db4_ff38_u32, 0x8f7b_ff14].map(|hex| {
            let [r, g, b, a] = hex.to_be_bytes();
            Color::from_rgba8(r, g, b, a)
        });
        let flat = Rect::new(-20.0, 1210.0, 400.0, 1300.0);
        vec![
            Op::Cloud {
                rect: Rect::new(50.0, 20.0, 700.0, 300.0),
                blur: 54.0,
                color: Color::from_rgba8(7, 12, 40, 160),
            },
            Op::Shadow { sheet, drop: 26.0, blur: 36.0, color: Color::from_rgba8(2, 4, 15, 140) },
            Op::Frost { sheet },
            Op::Fill {
                shape: Shape::Rounded(sheet),
                paint: Paint::diagonal(sheet.rect(), &[from, to]),
            },
            Op::Fill {
                shape: Shape::Rect(flat),
                paint: Color::from_rgba8(250, 200, 0, 255).into(),
            },
        ]
    }

    /// Direct drawing and the library give pictures that look the same.
    #[test]
    fn direct_drawing_matches_the_library() {
        for op in ops() {
            let (mut ours, frost) = ground();
            let mut theirs = ours.clone();
            assert!(draw_leading_ops(&mut ours, &frost, std::slice::from_ref(&op)).is_empty());
            Cpu::new().paint(&mut theirs, &frost, std::slice::from_ref(&op));
            let pairs = ours.pixels().iter().zip(theirs.pixels());
            let far = pairs.clone().map(|(a, b)| a.abs_diff(*b));
            let worst = far.clone().max().unwrap();
            let seen = far.filter(|far| *far > 3).count();
            // The two draw corners by different rules.
            assert!(worst <= 40 && seen < 600, "{worst}, {seen} of {op:?}");
        }
    }

    #[test]
    fn library_draws_the_remaining_ops() {
        let (mut canvas, frost) = ground();
        let mut ops = ops();
        ops.insert(
            2,
            Op::Stroke {
                shape: Shape::Rect(Rect::new(0.0, 0.0, 9.0, 9.0)),
                width: 2.0,
                paint: Color::WHITE.into(),
            },
        );
        assert_eq!(draw_leading_ops(&mut canvas, &frost, &ops).len(), 4);
    }

    #[test]
    fn mask_covers_the_area_of_its_panel() {
        let canvas = Canvas::filled(100, 100, [0; 3]);
        for (rect, radius, area) in [
            (Rect::new(10.0, 10.0, 20.0, 30.0), 0.0, 200.0),
            (Rect::new(10.25, 10.5, 20.75, 30.0), 0.0, 10.5 * 19.5),
            (Rect::new(20.0, 20.0, 80.0, 80.0), 30.0, 2_827.4),
            (Rect::new(-5.0, 90.0, 5.0, 120.0), 0.0, 50.0),
        ] {
            let mask = PanelMask::new(RoundedRect::from_rect(rect, radius), &canvas).unwrap();
            let covered: f64 = mask
                .rows
                .clone()
                .map(|row| {
                    let solid = at(mask.solid(row).len()) * 256.0;
                    let edges = mask.edges(row).map(|x| f64::from(mask.share(x, row)));
                    solid + edges.sum::<f64>()
                })
                .sum();
            let covered = covered / 256.0;
            assert!((covered - area).abs() < 0.01 * area + 1.0, "{covered} is not {area}");
        }
    }
}
