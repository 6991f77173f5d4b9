//! The Skia back end, for builds with the feature `skia`: the same scenes through the library that
//! Chrome and Android draw with.
//!
//! It does only rasterisation and blending. Backgrounds, shapes, glyphs and positions come from the
//! same scene, and what [`fast_path`] draws is the same. So its pictures differ from the default
//! back end's only by anti-aliasing.

use std::collections::HashMap;

use peniko::{
    FontData,
    kurbo::{self, BezPath, PathEl, Rect, RoundedRect, Shape as _},
};
use skia_safe::{
    AlphaType, BlurStyle, ClipOp, Color4f, ColorType, Data, FilterMode, Font, FontArguments,
    FontHinting, FontMgr, Image, ImageInfo, MaskFilter, Matrix, MipmapMode, Paint as Pen,
    PaintJoin, PaintStyle, Path, PathBuilder, PixelGeometry, Point, SamplingOptions, Shader,
    SurfaceProps, SurfacePropsFlags, TileMode, Typeface,
    canvas::Canvas as Board,
    font::Edging,
    font_arguments::{VariationPosition, variation_position::Coordinate},
    gradient::{Colors, Gradient, Interpolation, shaders},
    images, surfaces,
};

use super::{Backend, fast_path};
use crate::{
    canvas::Canvas,
    scene::{Bitmap, Color, GlyphRun, Op, Paint, Shape},
};

/// Maximum distance between a path and its curve, in pixels.
const TOLERANCE: f64 = 0.05;

/// `None` stands for a font that Skia can't read.
#[derive(Default)]
pub(super) struct Skia {
    /// One per font of a file. Each holds a copy of the file, which its cuts share.
    plain: HashMap<FileFont, Option<Typeface>>,
    cuts: HashMap<Cut, Option<Typeface>>,
}

/// A font file's id and the index of a font in it.
type FileFont = (u64, u32);

/// A font and its position on the variation axes.
#[derive(PartialEq, Eq, Hash)]
struct Cut {
    font: FileFont,
    weight: u32,
    optical: u32,
}

impl Backend for Skia {
    fn draw(&mut self, canvas: &mut Canvas, frost: &Canvas, ops: &[Op]) {
        let ops = fast_path::draw_leading_ops(canvas, frost, ops);
        let frost = frost_shader(frost, canvas.width());
        let info = picture_info(canvas.width(), canvas.height(), AlphaType::Premul);
        let properties = surface_properties();
        let mut surface =
            surfaces::wrap_pixels(&info, canvas.pixels_mut(), None, Some(&properties))
                .expect("a canvas has four bytes per pixel");
        let board = surface.canvas();
        for op in ops {
            self.op(board, op, frost.as_ref());
        }
    }
}

impl Skia {
    fn op(&mut self, board: &Board, op: &Op, frost: Option<&Shader>) {
        match op {
            Op::Fill { shape, paint } => {
                board.draw_path(&outline(shape), &pen(paint));
            }
            Op::Stroke { shape, width, paint } => {
                board.draw_path(&outline(shape), pen(paint).stroked(*width));
            }
            Op::Shadow { sheet, drop, blur, color } => {
                board.save();
                board.clip_path(&rounded(*sheet), ClipOp::Difference, true);
                let below = sheet.rect() + kurbo::Vec2::new(0.0, *drop);
                soft(board, below, *blur, *color);
                board.restore();
            }
            Op::Cloud { rect, blur, color } => soft(board, *rect, *blur, *color),
            Op::Frost { sheet } => {
                let mut pen = Pen::default();
                pen.set_anti_alias(true).set_shader(frost.cloned());
                board.draw_path(&rounded(*sheet), &pen);
            }
            Op::Image { image, shape } => picture(board, image, *shape),
            Op::Halo { run, width } => self.glyphs(board, run, Some(*width)),
            Op::Glyphs(run) => self.glyphs(board, run, None),
        }
    }

    fn glyphs(&mut self, board: &Board, run: &GlyphRun, outline: Option<f64>) {
        let Some(typeface) = self.typeface(run) else {
            return;
        };
        let mut font = Font::from_typeface(typeface, run.size);
        font.set_edging(Edging::AntiAlias)
            .set_subpixel(true)
            .set_baseline_snap(false)
            .set_hinting(FontHinting::None)
            .set_linear_metrics(true);
        let ids: Vec<u16> =
            run.glyphs.iter().map(|glyph| u16::try_from(glyph.id).unwrap_or(0)).collect();
        let places: Vec<Point> = run.glyphs.iter().map(|g| Point::new(g.x, g.y)).collect();
        let mut pen = pen(&run.paint);
        if let Some(width) = outline {
            pen.stroked(width);
        }
        board.draw_glyphs_at(&ids, places.as_slice(), Point::default(), &font, &pen);
    }

    /// The font of a run; `None` for a font that Skia can't read.
    fn typeface(&mut self, run: &GlyphRun) -> Option<Typeface> {
        let font = (run.font.data.id(), run.font.index);
        let plain = self.plain.entry(font).or_insert_with(|| load(&run.font)).as_ref()?;
        let cut = Cut { font, weight: run.weight.to_bits(), optical: run.optical.to_bits() };
        let typeface =
            self.cuts.entry(cut).or_insert_with(|| cut_of(plain, run.weight, run.optical));
        typeface.clone()
    }
}

/// Without Skia's contrast and gamma, which make light text bolder and dark text thinner.
fn surface_properties() -> SurfaceProps {
    let (contrast, gamma) = (0.0, 1.0);
    let flags = SurfacePropsFlags::default();
    SurfaceProps::new_with_text_properties(flags, PixelGeometry::Unknown, contrast, gamma)
}

fn load(font: &FontData) -> Option<Typeface> {
    let manager = FontMgr::custom_empty().unwrap_or_default();
    manager.new_from_data(Data::new_copy(font.data.as_ref()), font.index)
}

/// The typeface at this position; a font without axes is used unchanged.
fn cut_of(plain: &Typeface, weight: f32, optical: f32) -> Option<Typeface> {
    if plain.variation_design_parameters().is_none_or(|axes| axes.is_empty()) {
        return Some(plain.clone());
    }
    let place = [
        Coordinate { axis: Coordinate::wght, value: weight },
        Coordinate { axis: Coordinate::opsz, value: optical },
    ];
    let position = VariationPosition { coordinates: &place };
    let arguments = FontArguments::new().set_variation_design_position(position);
    plain.clone_with_arguments(&arguments)
}

/// Shapes that can be drawn as outlines.
trait Stroked {
    fn stroked(&mut self, width: f64) -> &Self;
}

impl Stroked for Pen {
    fn stroked(&mut self, width: f64) -> &Self {
        self.set_style(PaintStyle::Stroke)
            .set_stroke_width(narrow(width))
            .set_stroke_join(PaintJoin::Round)
            .set_stroke_cap(skia_safe::PaintCap::Round)
    }
}

fn pen(paint: &Paint) -> Pen {
    let mut pen = Pen::default();
    pen.set_anti_alias(true);
    match paint {
        Paint::Solid(color) => {
            pen.set_color4f(color4f(*color), None);
        }
        Paint::Linear { from, to, stops } => {
            let shader = gradient(stops, |gradient| {
                shaders::linear_gradient((point(*from), point(*to)), gradient, None)
            });
            pen.set_shader(shader);
        }
        Paint::Radial { center, radius, stops } => {
            let shader = gradient(stops, |gradient| {
                shaders::radial_gradient((point(*center), narrow(*radius)), gradient, None)
            });
            pen.set_shader(shader);
        }
    }
    pen
}

fn gradient(
    stops: &[(f32, Color)],
    shader: impl FnOnce(&Gradient<'_>) -> Option<Shader>,
) -> Option<Shader> {
    let colors: Vec<Color4f> = stops.iter().map(|(_, color)| color4f(*color)).collect();
    let places: Vec<f32> = stops.iter().map(|(at, _)| *at).collect();
    let colors = Colors::new(&colors, Some(&places), TileMode::Clamp, None);
    shader(&Gradient::new(colors, Interpolation::default()))
}

/// Draws a rectangle with soft edges.
fn soft(board: &Board, rect: Rect, blur: f64, color: Color) {
    let mut pen = Pen::default();
    pen.set_anti_alias(true).set_color4f(color4f(color), None).set_mask_filter(MaskFilter::blur(
        BlurStyle::Normal,
        narrow(blur),
        true,
    ));
    board.draw_path(&path(&rect.to_path(TOLERANCE)), &pen);
}

/// The small blurred background as a shader of the slide's size.
fn frost_shader(frost: &Canvas, width: u16) -> Option<Shader> {
    let image = image(frost.width(), frost.height(), frost.pixels(), AlphaType::Premul)?;
    let scale = f32::from(width) / f32::from(frost.width());
    let place = Matrix::scale((scale, scale));
    image.to_shader((TileMode::Clamp, TileMode::Clamp), smooth(), &place)
}

fn picture(board: &Board, bitmap: &Bitmap, shape: RoundedRect) {
    let Some(image) = image(bitmap.width, bitmap.height, &bitmap.pixels, AlphaType::Unpremul)
    else {
        return;
    };
    let rect = shape.rect();
    let scale = narrow(rect.width()) / f32::from(bitmap.width);
    let mut place = Matrix::scale((scale, scale));
    place.post_translate((narrow(rect.x0), narrow(rect.y0)));
    let mut pen = Pen::default();
    pen.set_anti_alias(true).set_shader(image.to_shader(
        (TileMode::Clamp, TileMode::Clamp),
        smooth(),
        &place,
    ));
    board.draw_path(&rounded(shape), &pen);
}

fn image(width: u16, height: u16, pixels: &[u8], alpha: AlphaType) -> Option<Image> {
    let info = picture_info(width, height, alpha);
    let rows = usize::from(width) * 4;
    images::raster_from_data(&info, Data::new_copy(pixels), rows)
}

fn picture_info(width: u16, height: u16, alpha: AlphaType) -> ImageInfo {
    let size = (i32::from(width), i32::from(height));
    ImageInfo::new(size, ColorType::RGBA8888, alpha, None)
}

fn smooth() -> SamplingOptions {
    SamplingOptions::new(FilterMode::Linear, MipmapMode::None)
}

fn outline(shape: &Shape) -> Path {
    match shape {
        Shape::Rect(rect) => path(&rect.to_path(TOLERANCE)),
        Shape::Rounded(rect) => rounded(*rect),
        Shape::Circle(circle) => path(&circle.to_path(TOLERANCE)),
        Shape::Path(bezier) => path(bezier),
    }
}

fn rounded(rect: RoundedRect) -> Path {
    path(&rect.to_path(TOLERANCE))
}

fn path(bezier: &BezPath) -> Path {
    let mut path = PathBuilder::new();
    for element in bezier.elements() {
        match element {
            PathEl::MoveTo(to) => path.move_to(point(*to)),
            PathEl::LineTo(to) => path.line_to(point(*to)),
            PathEl::QuadTo(by, to) => path.quad_to(point(*by), point(*to)),
            PathEl::CurveTo(one, two, to) => path.cubic_to(point(*one), point(*two), point(*to)),
            PathEl::ClosePath => path.close(),
        };
    }
    path.detach()
}

fn color4f(color: Color) -> Color4f {
    let [r, g, b, a] = color.components;
    Color4f::new(r, g, b, a)
}

fn point(at: kurbo::Point) -> Point {
    Point::new(narrow(at.x), narrow(at.y))
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
fn narrow(pixels: f64) -> f32 {
    pixels as f32
}
