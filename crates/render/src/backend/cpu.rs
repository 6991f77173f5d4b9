//! The default back end: `vello_cpu` on one thread, for the ops that [`fast_path`] can't draw. It
//! needs only crates from the registry.

use std::sync::Arc;

use peniko::{
    Extend, Fill, Gradient, ImageBrush, ImageQuality, ImageSampler,
    kurbo::{Affine, BezPath, Join, Rect, RoundedRect, Shape as _, Stroke, Vec2},
};
use vello_cpu::{
    ImageSource, PaintType, Pixmap, PixmapMut, RasterizerSettings, RenderContext, Resources,
    TargetInit,
};

use super::{Backend, fast_path};
use crate::{
    canvas::Canvas,
    scene::{Bitmap, Color, GlyphRun, Op, Paint, SOFT_REACH, Shape, density_along},
};

/// Maximum distance between a curve and its approximation, in pixels.
const TOLERANCE: f64 = 0.05;

/// Slide pixels per pixel of a soft rectangle's image, in each direction.
const SOFT_CELL: f64 = 8.0;

pub(super) struct Cpu {
    context: RenderContext,
    resources: Resources,
}

impl Cpu {
    pub(super) fn new() -> Self {
        Self { context: RenderContext::new(1, 1), resources: Resources::new() }
    }

    fn op(&mut self, op: &Op, area: Rect, frost: &Arc<Pixmap>) {
        match op {
            Op::Fill { shape, paint } => {
                self.context.set_paint(paint_type(paint));
                match shape {
                    Shape::Rect(rect) => self.context.fill_rect(rect),
                    Shape::Rounded(_) | Shape::Circle(_) | Shape::Path(_) => {
                        self.context.fill_path(&path(shape));
                    }
                }
            }
            Op::Stroke { shape, width, paint } => {
                self.context.set_paint(paint_type(paint));
                self.context.set_stroke(Stroke::new(*width));
                self.context.stroke_path(&path(shape));
            }
            Op::Shadow { sheet, drop, blur, color } => {
                self.shadow(*sheet, *drop, *blur, *color, area);
            }
            Op::Cloud { rect, blur, color } => self.soft(*rect, *blur, *color),
            Op::Frost { sheet } => self.frost(*sheet, area, frost),
            Op::Image { image, shape } => self.picture(image, *shape),
            Op::Halo { run, width } => {
                self.context.set_stroke(Stroke::new(*width).with_join(Join::Round));
                self.glyphs(run, true);
            }
            Op::Glyphs(run) => self.glyphs(run, false),
        }
    }

    fn shadow(&mut self, sheet: RoundedRect, drop: f64, blur: f64, color: Color, area: Rect) {
        let mut around: BezPath = area.to_path(TOLERANCE);
        around.extend(sheet.to_path(TOLERANCE));
        self.context.set_fill_rule(Fill::EvenOdd);
        self.context.push_clip_path(&around);
        self.context.set_fill_rule(Fill::NonZero);
        self.soft(sheet.rect() + Vec2::new(0.0, drop), blur, color);
        self.context.pop_clip();
    }

    /// Fills a rectangle with soft edges. It is drawn at an eighth of the size and enlarged, which
    /// looks the same for soft shapes. The blurred rectangle of `vello_cpu` computes three powers
    /// per pixel, half the time of a slide.
    fn soft(&mut self, rect: Rect, blur: f64, color: Color) {
        let reach = rect.inflate(SOFT_REACH * blur, SOFT_REACH * blur);
        let cells = |length: f64| (length / SOFT_CELL).ceil().clamp(1.0, 2_000.0);
        let (columns, rows) = (cells(reach.width()), cells(reach.height()));
        let middle = |start: f64, cell: u16| start + (f64::from(cell) + 0.5) * SOFT_CELL;
        let (columns, rows) = (to_u16(columns), to_u16(rows));
        let column = |x| density_along(rect.x0, rect.x1, blur, middle(reach.x0, x));
        let across: Vec<f64> = (0..columns).map(column).collect();
        let mut image = Pixmap::new(columns, rows);
        let mut pixels = image.data_mut().iter_mut();
        for row in 0..rows {
            let share = density_along(rect.y0, rect.y1, blur, middle(reach.y0, row));
            for (across, pixel) in across.iter().zip(pixels.by_ref()) {
                let alpha = color.components[3] * narrow(share * across);
                *pixel = color.with_alpha(alpha).premultiply().to_rgba8();
            }
        }
        let place = Affine::translate(reach.origin().to_vec2()) * Affine::scale(SOFT_CELL);
        self.image(&Arc::new(image), place);
        self.context.fill_rect(&reach);
        self.context.reset_paint_transform();
    }

    /// Sets an image as the paint.
    fn image(&mut self, image: &Arc<Pixmap>, place: Affine) {
        self.context.set_paint_transform(place);
        self.context.set_paint(ImageBrush {
            image: ImageSource::Pixmap(Arc::clone(image)),
            sampler: ImageSampler {
                x_extend: Extend::Pad,
                y_extend: Extend::Pad,
                quality: ImageQuality::Medium,
                alpha: 1.0,
            },
        });
    }

    fn frost(&mut self, sheet: RoundedRect, area: Rect, frost: &Arc<Pixmap>) {
        self.image(frost, Affine::scale(area.width() / f64::from(frost.width())));
        self.context.fill_path(&sheet.to_path(TOLERANCE));
        self.context.reset_paint_transform();
    }

    fn picture(&mut self, image: &Bitmap, shape: RoundedRect) {
        let mut pixmap = Pixmap::new(image.width, image.height);
        for (to, from) in pixmap.data_mut().iter_mut().zip(image.pixels.chunks_exact(4)) {
            let color = Color::from_rgba8(from[0], from[1], from[2], from[3]);
            *to = color.premultiply().to_rgba8();
        }
        let rect = shape.rect();
        let scale = rect.width() / f64::from(image.width);
        let place = Affine::translate(rect.origin().to_vec2()) * Affine::scale(scale);
        self.image(&Arc::new(pixmap), place);
        self.context.fill_path(&shape.to_path(TOLERANCE));
        self.context.reset_paint_transform();
    }

    fn glyphs(&mut self, run: &GlyphRun, outline: bool) {
        self.context.set_paint(paint_type(&run.paint));
        let glyphs = run.glyphs.iter().map(|g| vello_cpu::Glyph { id: g.id, x: g.x, y: g.y });
        let run = self
            .context
            .glyph_run(&mut self.resources, &run.font)
            .font_size(run.size)
            .hint(false)
            .normalized_coords(bytemuck::cast_slice(&run.coords));
        let drawn = if outline { run.stroke_glyphs(glyphs) } else { run.fill_glyphs(glyphs) };
        // A glyph without an outline is a space: the quality gate has checked that every character
        // has a glyph.
        drawn.ok();
    }
}

impl Backend for Cpu {
    fn draw(&mut self, canvas: &mut Canvas, frost: &Canvas, ops: &[Op]) {
        let ops = fast_path::draw_leading_ops(canvas, frost, ops);
        self.paint(canvas, frost, ops);
    }
}

impl Cpu {
    /// Draws all ops with the library.
    pub(super) fn paint(&mut self, canvas: &mut Canvas, frost: &Canvas, ops: &[Op]) {
        let (width, height) = (canvas.width(), canvas.height());
        self.context.reset_and_resize(width, height);
        let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let frost = Arc::new(pixmap(frost));
        for op in ops {
            self.op(op, area, &frost);
        }
        self.context.flush();
        let settings = RasterizerSettings {
            target_init: TargetInit::SrcOver,
            ..RasterizerSettings::default()
        };
        let target = PixmapMut::new(width, height, canvas.pixels_mut())
            .expect("a canvas has four bytes per pixel");
        self.context.render_with(target, &mut self.resources, settings);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
fn narrow(pixels: f64) -> f32 {
    pixels as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn to_u16(cells: f64) -> u16 {
    cells as u16
}

fn pixmap(canvas: &Canvas) -> Pixmap {
    let mut pixmap = Pixmap::new(canvas.width(), canvas.height());
    pixmap.data_as_u8_slice_mut().copy_from_slice(canvas.pixels());
    pixmap.set_may_have_transparency(false);
    pixmap
}

fn path(shape: &Shape) -> BezPath {
    match shape {
        Shape::Rect(rect) => rect.to_path(TOLERANCE),
        Shape::Rounded(rect) => rect.to_path(TOLERANCE),
        Shape::Circle(circle) => circle.to_path(TOLERANCE),
        Shape::Path(path) => path.clone(),
    }
}

fn paint_type(paint: &Paint) -> PaintType {
    match paint {
        Paint::Solid(color) => (*color).into(),
        Paint::Linear { from, to, stops } => {
            Gradient::new_linear(*from, *to).with_stops(stops.as_slice()).into()
        }
        Paint::Radial { center, radius, stops } => {
            Gradient::new_radial(*center, narrow(*radius)).with_stops(stops.as_slice()).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use peniko::kurbo::Point;

    use super::*;
    use crate::scene::density;

    #[test]
    fn soft_rectangle_has_the_computed_density() {
        let (rect, blur) = (Rect::new(80.0, 60.0, 250.0, 140.0), 22.0);
        let mut canvas = Canvas::filled(330, 200, [0; 3]);
        let color = Color::from_rgba8(255, 255, 255, 204);
        let frost = Canvas::filled(1, 1, [0; 3]);
        Cpu::new().draw(&mut canvas, &frost, &[Op::Cloud { rect, blur, color }]);
        for (x, y) in (0..330).step_by(7).flat_map(|x| (0..200).step_by(7).map(move |y| (x, y))) {
            let (x, y) = (f64::from(x), f64::from(y));
            let expected = 204.0 * density(rect, blur, Point::new(x + 0.5, y + 0.5));
            let drawn = f64::from(canvas.at(x, y)[0]);
            assert!((drawn - expected).abs() < 4.0, "{drawn} is not {expected} at {x} {y}");
        }
    }

    #[test]
    fn shadow_is_not_drawn_under_its_panel() {
        let sheet = RoundedRect::new(50.0, 50.0, 150.0, 150.0, 20.0);
        let mut canvas = Canvas::filled(200, 220, [255; 3]);
        let frost = Canvas::filled(1, 1, [0; 3]);
        let shadow = Op::Shadow { sheet, drop: 20.0, blur: 10.0, color: Color::BLACK };
        Cpu::new().draw(&mut canvas, &frost, &[shadow]);
        assert_eq!(canvas.at(100.0, 100.0), [255.0; 3]);
        assert!(canvas.at(100.0, 155.0)[0] < 60.0);
        assert!(canvas.at(100.0, 20.0)[0] > 250.0);
    }
}
