//! [`Scene`]: a slide as a display list. Layout writes it, the gate judges it, back ends draw it.
//!
//! Knows shapes, paints and glyphs, in pixels from the top left corner; knows nothing of slides,
//! themes or any drawing library (`kurbo` and `peniko` are vocabulary, not renderers).

mod probe;
mod soft;

use std::sync::Arc;

use peniko::{
    FontData,
    color::{AlphaColor, Srgb},
    kurbo::{self, BezPath, Circle, Point, Rect, RoundedRect},
};

pub(crate) use probe::Probe;
pub(crate) use soft::{SOFT_REACH, along, density};

/// A colour with alpha, not premultiplied, in sRGB.
pub(crate) type Color = AlphaColor<Srgb>;

/// What is drawn over a theme's ground, back to front, and what it means.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    /// The display list.
    pub(crate) ops: Vec<Op>,
    /// The words and pictures in it that must not be cut or covered, for the gate.
    pub(crate) parts: Vec<Part>,
}

/// One thing to draw.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// The inside of a shape.
    Fill {
        /// The shape.
        shape: Shape,
        /// What it is filled with.
        paint: Paint,
    },
    /// The outline of a shape.
    Stroke {
        /// The shape.
        shape: Shape,
        /// Width of the line, in pixels, half of it on either side.
        width: f64,
        /// What the line is drawn with.
        paint: Paint,
    },
    /// The shadow of a sheet, around it but not under it: a sheet may be translucent.
    Shadow {
        /// The sheet.
        sheet: RoundedRect,
        /// How far down the shadow falls, in pixels.
        drop: f64,
        /// Standard deviation of its blur, in pixels.
        blur: f64,
        /// Its colour.
        color: Color,
    },
    /// A rectangle without edges, like a cloud: quiets the ground behind words that lie on it.
    Cloud {
        /// Where it is at least half as dense as in its middle.
        rect: Rect,
        /// Standard deviation of its edge, in pixels.
        blur: f64,
        /// Its colour where it is densest.
        color: Color,
    },
    /// A sheet of frosted glass: the ground behind it, blurred and veiled. Sees the ground, not
    /// other ops.
    Frost {
        /// The sheet.
        sheet: RoundedRect,
    },
    /// A picture, as large as the shape it is seen in.
    Image {
        /// The picture.
        image: Arc<Bitmap>,
        /// Where it is, and how round.
        shape: RoundedRect,
    },
    /// The outlines of glyphs, drawn with a broad pen: light around them.
    Halo {
        /// The glyphs, painted as the light is.
        run: GlyphRun,
        /// Width of the pen in pixels, half of it outside.
        width: f64,
    },
    /// A run of glyphs of one font.
    Glyphs(GlyphRun),
}

/// A picture of its own: RGBA, not premultiplied, in sRGB, rows from the top.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bitmap {
    /// Width in pixels.
    pub(crate) width: u16,
    /// Height in pixels.
    pub(crate) height: u16,
    /// Four bytes for each pixel.
    pub(crate) pixels: Vec<u8>,
}

/// A shape.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// A rectangle.
    Rect(Rect),
    /// A rectangle with round corners.
    Rounded(RoundedRect),
    /// A circle.
    Circle(Circle),
    /// Any path.
    Path(BezPath),
}

/// What a shape is filled with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Paint {
    /// One colour.
    Solid(Color),
    /// A gradient along a line. Positions of the stops rise from 0 to 1.
    Linear {
        /// Where position 0 is.
        from: Point,
        /// Where position 1 is.
        to: Point,
        /// Position and colour.
        stops: Vec<(f32, Color)>,
    },
    /// A gradient from a centre outwards.
    Radial {
        /// Where position 0 is.
        center: Point,
        /// How far from it position 1 is, in pixels.
        radius: f64,
        /// Position and colour.
        stops: Vec<(f32, Color)>,
    },
}

/// Glyphs of one font at one size.
#[derive(Debug, Clone)]
pub(crate) struct GlyphRun {
    /// The font's file.
    pub(crate) font: FontData,
    /// Size in pixels per em.
    pub(crate) size: f32,
    /// Position on the font's variation axes, normalised, as 2.14 fixed-point numbers.
    pub(crate) coords: Vec<i16>,
    /// The same in the font's own units, for what does not take them normalised: weight and optical
    /// size; fonts without these axes have no use for them.
    pub(crate) weight: f32,
    pub(crate) optical: f32,
    /// Which glyphs, where.
    pub(crate) glyphs: Vec<Glyph>,
    /// The text that it is part of: what a reader copies.
    pub(crate) source: Arc<str>,
    /// What outlines are filled with; colour glyphs bring their own colours.
    pub(crate) paint: Paint,
    /// Whether its glyphs are pictures: emoji.
    pub(crate) in_color: bool,
}

/// One glyph, at its origin on the base line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    /// Its number in the font.
    pub(crate) id: u32,
    /// X of its origin.
    pub(crate) x: f32,
    /// Y of its origin.
    pub(crate) y: f32,
    /// What it stands for: bytes of the run's source.
    pub(crate) words: Span,
}

/// Bytes of a text, from the first to the one after the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Words or a picture that must be seen whole.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// What it is, for an error: "title", "step 2".
    pub(crate) name: String,
    /// All that it covers, ascenders and descenders included.
    pub(crate) rect: Rect,
    /// How its words are set; nothing for an emoji.
    pub(crate) words: Option<Setting>,
}

/// How the words of a part are set, for the rules of the gate.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Size of its smallest text, in pixels.
    pub(crate) size: f32,
    /// Weight of its font, 100..900.
    pub(crate) weight: f32,
    /// Everything that its words are painted with.
    pub(crate) inks: Vec<Paint>,
}

impl Scene {
    /// Adds a fill.
    pub(crate) fn fill(&mut self, shape: impl Into<Shape>, paint: impl Into<Paint>) {
        self.ops.push(Op::Fill {
            shape: shape.into(),
            paint: paint.into(),
        });
    }

    /// Adds an outline.
    pub(crate) fn stroke(&mut self, shape: impl Into<Shape>, width: f64, paint: impl Into<Paint>) {
        self.ops.push(Op::Stroke {
            shape: shape.into(),
            width,
            paint: paint.into(),
        });
    }
}

impl Shape {
    /// The smallest rectangle around it.
    pub(crate) fn bounds(&self) -> Rect {
        match self {
            Self::Rect(rect) => *rect,
            Self::Rounded(rect) => rect.rect(),
            Self::Circle(circle) => kurbo::Shape::bounding_box(circle),
            Self::Path(path) => kurbo::Shape::bounding_box(path),
        }
    }

    /// Whether a point lies inside.
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
        Self::along(
            Point::new(rect.x0, rect.y0),
            Point::new(rect.x1, rect.y0),
            colors,
        )
    }

    /// A gradient over a rectangle from top to bottom, its stops evenly spaced.
    pub(crate) fn down(rect: Rect, colors: &[Color]) -> Self {
        Self::along(rect.origin(), Point::new(rect.x0, rect.y1), colors)
    }

    /// A gradient over a rectangle from its top left to its bottom right corner.
    pub(crate) fn diagonal(rect: Rect, colors: &[Color]) -> Self {
        Self::along(rect.origin(), Point::new(rect.x1, rect.y1), colors)
    }

    /// The same, fainter.
    pub(crate) fn faded(&self, share: f32) -> Self {
        let fade = |stops: &[(f32, Color)]| {
            let stop = |(at, color): &(f32, Color)| (*at, color.multiply_alpha(share));
            stops.iter().map(stop).collect()
        };
        match self {
            Self::Solid(color) => Self::Solid(color.multiply_alpha(share)),
            Self::Linear { from, to, stops } => Self::Linear {
                from: *from,
                to: *to,
                stops: fade(stops),
            },
            Self::Radial {
                center,
                radius,
                stops,
            } => Self::Radial {
                center: *center,
                radius: *radius,
                stops: fade(stops),
            },
        }
    }

    fn along(from: Point, to: Point, colors: &[Color]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a handful of colours")]
        let position = |i: usize| i as f32 / (colors.len().max(2) - 1) as f32;
        let stops = colors
            .iter()
            .enumerate()
            .map(|(i, color)| (position(i), *color))
            .collect();
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
