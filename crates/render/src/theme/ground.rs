//! [`Ground`]: what a theme file says about what lies behind everything.

use serde::Deserialize;

use super::Hex;

/// What lies behind everything: one picture, [`Ground::slides`] wide, that wraps around.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ground {
    /// Its width in slides; after so many slides it repeats.
    pub(crate) slides: u8,
    /// Vertical gradient from the top: position 0..1, colour.
    pub(crate) sky: Vec<(f32, Hex)>,
    /// A flat colour for each slide in turn, instead of the sky.
    #[serde(default)]
    pub(crate) floors: Vec<Hex>,
    /// Width of the dither in levels of 255: breaks the bands of a dark gradient.
    pub(crate) grain: f32,
    /// Unevenness of paper, in levels of 255.
    #[serde(default)]
    pub(crate) fibre: f32,
    /// How much darker the corners are, 0..1.
    #[serde(default)]
    pub(crate) vignette: f32,
    /// Points of light.
    pub(crate) stars: Option<Stars>,
    /// Soft ellipses of light.
    #[serde(default)]
    pub(crate) glows: Vec<Glow>,
    /// Curtains of light.
    #[serde(default)]
    pub(crate) curtains: Vec<Curtain>,
    /// Clouds of gas.
    #[serde(default)]
    pub(crate) nebulae: Vec<Nebula>,
    /// Balls lit from one side.
    #[serde(default)]
    pub(crate) planets: Vec<Planet>,
    /// Lines or dots in a regular order.
    #[serde(default)]
    pub(crate) patterns: Vec<Pattern>,
    /// Flat shapes, back to front.
    #[serde(default)]
    pub(crate) shapes: Vec<Figure>,
    /// A plane in perspective.
    pub(crate) horizon: Option<Horizon>,
}

/// Points of light, thinning out downwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stars {
    /// How many over the whole width.
    pub(crate) count: u16,
    pub(crate) color: Hex,
    /// Where the last ones are, 0 (top) to 1 (bottom).
    pub(crate) below: f32,
    /// How many of them are bright enough for rays.
    #[serde(default)]
    pub(crate) flares: u16,
}

/// A soft ellipse of light.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Glow {
    /// Centre: x in slide widths, y in slide heights.
    pub(crate) at: (f32, f32),
    /// Half axes in slide widths.
    pub(crate) size: (f32, f32),
    /// Rotation in degrees, clockwise.
    pub(crate) tilt: f32,
    pub(crate) color: Hex,
    /// Share of its colour at the centre, 0..1.
    pub(crate) strength: f32,
}

/// A curtain of light that hangs from a waving line: sharp below, fading upwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Curtain {
    /// Its lower edge, in slide heights from the top.
    pub(crate) base: f32,
    /// How far the edge sways, in slide heights.
    pub(crate) sway: f32,
    /// Waves of the edge over the whole width; whole numbers, so that the picture wraps.
    pub(crate) waves: (u8, u8),
    /// Where the waves begin, 0..1.
    pub(crate) phase: f32,
    /// How high the light rises, in slide heights.
    pub(crate) rise: f32,
    /// Colours from the edge upwards.
    pub(crate) color: [Hex; 3],
    /// Share of its colour at its brightest, 0..1.
    pub(crate) strength: f32,
    /// Rays over the whole width.
    pub(crate) rays: u8,
}

/// A band of glowing gas across the whole ground, torn by turbulence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nebula {
    /// Its middle, in slide heights from the top.
    pub(crate) base: f32,
    /// How far its middle sways, in slide heights.
    pub(crate) sway: f32,
    /// Half its height, in slide heights.
    pub(crate) spread: f32,
    /// Knots of the coarsest turbulence in a slide's width.
    pub(crate) scale: u8,
    /// Which turbulence: another number is another cloud.
    pub(crate) seed: u32,
    /// Colours from the thin edge to the dense middle.
    pub(crate) color: [Hex; 3],
    /// Share of its colour where it is densest, 0..1.
    pub(crate) strength: f32,
}

/// A ball lit from one side.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planet {
    /// Centre: x in slide widths, y in slide heights.
    pub(crate) at: (f32, f32),
    /// In slide widths.
    pub(crate) radius: f32,
    /// Lit side, middle, dark side.
    pub(crate) color: [Hex; 3],
    /// Where the light comes from, in degrees clockwise from above.
    pub(crate) light: f32,
    /// The air around it, where it has some.
    pub(crate) air: Option<Hex>,
    /// A ring around it: inner and outer radius in its own radii, tilt in degrees, colour.
    pub(crate) ring: Option<Ring>,
}

/// A planet's ring.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ring {
    /// Inner and outer radius, in the planet's radii.
    pub(crate) radii: (f32, f32),
    /// Rotation in degrees, clockwise.
    pub(crate) tilt: f32,
    pub(crate) color: Hex,
}

/// Lines or dots in a regular order. Steps that divide 1080 run on from slide to slide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    pub(crate) kind: PatternKind,
    /// Distance from one to the next, in pixels.
    pub(crate) step: f32,
    /// Width of a line, diameter of a dot, in pixels.
    pub(crate) size: f32,
    pub(crate) color: Hex,
}

/// What is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PatternKind {
    /// Dots in a square order.
    Dots,
    /// Lines both ways.
    Grid,
    /// Lines from left to right.
    Rules,
    /// Lines that rise to the right.
    Stripes,
    /// Lines downwards.
    Columns,
}

/// A flat shape.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    pub(crate) kind: FigureKind,
    /// Centre: x in slide widths, y in slide heights.
    pub(crate) at: (f32, f32),
    /// Half its width and height, in slide widths.
    pub(crate) size: (f32, f32),
    /// Rotation in degrees, clockwise.
    #[serde(default)]
    pub(crate) tilt: f32,
    /// Colour inside; nothing for an outline alone.
    pub(crate) color: Option<Hex>,
    /// Width of the outline in pixels, half of it on either side.
    #[serde(default)]
    pub(crate) line: f32,
    /// Colour of the outline.
    pub(crate) line_color: Option<Hex>,
}

/// Which shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FigureKind {
    /// An ellipse.
    Disc,
    /// A rectangle.
    Box,
    /// A triangle that points up.
    Triangle,
    /// The upper half of a disc.
    Dome,
    /// A plus sign.
    Cross,
    /// A star of twelve points.
    Burst,
    /// A waving band.
    Wave,
}

/// A plane in perspective, with a sun over it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Horizon {
    /// Where it is, in slide heights from the top.
    pub(crate) at: f32,
    /// Colour of its lines.
    pub(crate) line: Hex,
    /// Lines that lead away, in a slide's width at the horizon.
    pub(crate) lines: u8,
    /// The suns: x in slide widths, each over the horizon.
    pub(crate) suns: Vec<f32>,
    /// Radius of a sun in slide widths.
    pub(crate) radius: f32,
    /// Colours of a sun from the top down.
    pub(crate) sun: [Hex; 2],
}
