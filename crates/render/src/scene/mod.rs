//! [`Scene`]: a slide as a display list. Layout writes it, the quality gate checks it, back ends
//! draw it.
//!
//! Has shapes, paints and glyphs, in pixels from the top left corner. Does not depend on slides,
//! themes or a drawing library (`kurbo` and `peniko` are geometry and paint types, not renderers).

pub(crate) mod color;
mod soft_edge;

use std::sync::Arc;

use peniko::{
    FontData,
    kurbo::{self, BezPath, Circle, Point, Rect, RoundedRect},
};

pub(crate) use color::Color;
pub(crate) use soft_edge::{SOFT_REACH, density, density_along};

/// What is drawn over a theme's background, back to front, with data for the quality gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    /// The display list.
    pub(crate) ops: Vec<Op>,
    /// Texts and pictures that must not be cut or covered, for the quality gate.
    pub(crate) parts: Vec<ScenePart>,
}

/// One drawing operation.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Fill {
        shape: Shape,
        paint: Paint,
    },
    /// Draws the outline of a shape.
    Stroke {
        shape: Shape,
        /// Width of the line in pixels, half of it on either side.
        width: f64,
        paint: Paint,
    },
    /// The shadow of a panel, around it but not under it, because a panel may be translucent.
    Shadow {
        sheet: RoundedRect,
        /// How far down the shadow is moved, in pixels.
        drop: f64,
        /// Standard deviation of its blur, in pixels.
        blur: f64,
        color: Color,
    },
    /// A rectangle with soft edges, which makes text on the bare background readable.
    Cloud {
        /// Inside, the density is at least half of the maximum.
        rect: Rect,
        /// Standard deviation of its edge, in pixels.
        blur: f64,
        /// The colour at maximum density.
        color: Color,
    },
    /// A frosted glass panel: the blurred and veiled background behind it. It shows only the
    /// background, not other ops.
    Frost {
        sheet: RoundedRect,
    },
    /// A picture, scaled to its shape.
    Image {
        image: Arc<Bitmap>,
        shape: RoundedRect,
    },
    /// The outlines of glyphs, drawn with a wide pen: a glow around them.
    Halo {
        /// The glyphs, with the paint of the glow.
        run: GlyphRun,
        /// Width of the pen in pixels, half of it outside.
        width: f64,
    },
    Glyphs(GlyphRun),
}

/// A picture: RGBA, not premultiplied, in sRGB, rows from the top.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bitmap {
    /// In pixels.
    pub(crate) width: u16,
    /// In pixels.
    pub(crate) height: u16,
    /// Four bytes per pixel.
    pub(crate) pixels: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Rect(Rect),
    Rounded(RoundedRect),
    Circle(Circle),
    Path(BezPath),
}

/// What a shape is filled with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Paint {
    Solid(Color),
    /// A gradient along a line. Stop positions rise from 0 to 1.
    Linear {
        /// Position 0.
        from: Point,
        /// Position 1.
        to: Point,
        /// Position and colour.
        stops: Vec<(f32, Color)>,
    },
    /// A gradient from a centre outwards.
    Radial {
        /// Position 0.
        center: Point,
        /// Distance of position 1 from the centre, in pixels.
        radius: f64,
        /// Position and colour.
        stops: Vec<(f32, Color)>,
    },
}

/// Glyphs of one font at one size.
#[derive(Debug, Clone)]
pub(crate) struct GlyphRun {
    pub(crate) font: FontData,
    /// In pixels per em.
    pub(crate) size: f32,
    /// Position on the font's variation axes, normalised, as 2.14 fixed-point numbers.
    pub(crate) coords: Vec<i16>,
    /// The position in the font's own units (weight and optical size), for consumers that do not
    /// take normalised ones. Unused for fonts without these axes.
    pub(crate) weight: f32,
    pub(crate) optical: f32,
    pub(crate) glyphs: Vec<Glyph>,
    /// The text that the run is part of, for copying from a PDF.
    pub(crate) source: Arc<str>,
    /// The fill of outlines; colour glyphs have their own colours.
    pub(crate) paint: Paint,
    /// Whether its glyphs are bitmaps: emoji.
    pub(crate) in_color: bool,
}

/// One glyph, at its origin on the base line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    /// The glyph's index in the font.
    pub(crate) id: u32,
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// The bytes of the run's source that it stands for.
    pub(crate) words: TextRange,
}

/// A byte range of a text; the end is exclusive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRange {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A text or picture that must be completely visible.
#[derive(Debug, Clone)]
pub(crate) struct ScenePart {
    /// The name in errors: "title", "step 2".
    pub(crate) name: String,
    /// Everything it covers, including ascenders and descenders.
    pub(crate) rect: Rect,
    /// The type of its text; `None` for an emoji.
    pub(crate) words: Option<PartTypography>,
}

/// The type of a part's text, for the rules of the quality gate.
#[derive(Debug, Clone)]
pub(crate) struct PartTypography {
    /// Size of its smallest text, in pixels.
    pub(crate) size: f32,
    /// Weight of its font, 100..900.
    pub(crate) weight: f32,
    /// Every paint that its text uses.
    pub(crate) inks: Vec<Paint>,
}

impl Scene {
    pub(crate) fn fill(&mut self, shape: impl Into<Shape>, paint: impl Into<Paint>) {
        self.ops.push(Op::Fill { shape: shape.into(), paint: paint.into() });
    }

    pub(crate) fn stroke(&mut self, shape: impl Into<Shape>, width: f64, paint: impl Into<Paint>) {
        self.ops.push(Op::Stroke { shape: shape.into(), width, paint: paint.into() });
    }
}

impl Shape {
    pub(crate) fn bounds(&self) -> Rect {
        match self {
            Self::Rect(rect) => *rect,
            Self::Rounded(rect) => rect.rect(),
            Self::Circle(circle) => kurbo::Shape::bounding_box(circle),
            Self::Path(path) => kurbo::Shape::bounding_box(path),
        }
    }

    /// Whether a point is inside.
    pub(crate) fn contains(&self, point: Point) -> bool {
        match self {
            Self::Rect(rect) => rect.contains(point),
            Self::Rounded(rect) => kurbo::Shape::contains(rect, point),
            Self::Circle(circle) => kurbo::Shape::contains(circle, point),
            Self::Path(path) => kurbo::Shape::contains(path, point),
        }
    }
}

impl Paint {
    /// A gradient over a rectangle from left to right, its stops evenly spaced.
    pub(crate) fn across(rect: Rect, colors: &[Color]) -> Self {
        Self::along(Point::new(rect.x0, rect.y0), Point::new(rect.x1, rect.y0), colors)
    }

    /// A gradient over a rectangle from top to bottom, its stops evenly spaced.
    pub(crate) fn down(rect: Rect, colors: &[Color]) -> Self {
        Self::along(rect.origin(), Point::new(rect.x0, rect.y1), colors)
    }

    /// A gradient over a rectangle from its top left to its bottom right corner.
    pub(crate) fn diagonal(rect: Rect, colors: &[Color]) -> Self {
        Self::along(rect.origin(), Point::new(rect.x1, rect.y1), colors)
    }

    /// The paint with its alpha multiplied by `share`.
    pub(crate) fn faded(&self, share: f32) -> Self {
        let fade = |stops: &[(f32, Color)]| {
            let stop = |(at, color): &(f32, Color)| (*at, color.multiply_alpha(share));
            stops.iter().map(stop).collect()
        };
        match self {
            Self::Solid(color) => Self::Solid(color.multiply_alpha(share)),
            Self::Linear { from, to, stops } => {
                Self::Linear { from: *from, to: *to, stops: fade(stops) }
            }
            Self::Radial { center, radius, stops } => {
                Self::Radial { center: *center, radius: *radius, stops: fade(stops) }
            }
        }
    }

    fn along(from: Point, to: Point, colors: &[Color]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a handful of colours")]
        let position = |i: usize| i as f32 / (colors.len().max(2) - 1) as f32;
        let stops = colors.iter().enumerate().map(|(i, color)| (position(i), *color)).collect();
        Self::Linear { from, to, stops }
    }
}

impl From<Color> for Paint {
    fn from(color: Color) -> Self {
        Self::Solid(color)
    }
}

impl From<Rect> for Shape {
    fn from(rect: Rect) -> Self {
        Self::Rect(rect)
    }
}

impl From<RoundedRect> for Shape {
    fn from(rect: RoundedRect) -> Self {
        Self::Rounded(rect)
    }
}

impl From<Circle> for Shape {
    fn from(circle: Circle) -> Self {
        Self::Circle(circle)
    }
}

impl From<BezPath> for Shape {
    fn from(path: BezPath) -> Self {
        Self::Path(path)
    }
}
