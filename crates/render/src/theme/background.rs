//! [`Background`]: the background section of a theme file.

use serde::Deserialize;

use super::color::Hex;

/// The background: one picture, [`Background::slides`] wide, that wraps around.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Background {
    /// Its width in slides; after that many slides it repeats.
    pub(crate) slides: u8,
    /// Vertical gradient from the top: position 0..1, colour.
    pub(crate) sky: Vec<(f32, Hex)>,
    /// A flat colour for each slide in turn, instead of the sky.
    #[serde(default)]
    pub(crate) floors: Vec<Hex>,
    /// Strength of the dither in levels of 255: prevents bands in dark gradients.
    pub(crate) grain: f32,
    /// Strength of the paper texture, in levels of 255.
    #[serde(default)]
    pub(crate) fibre: f32,
    /// How much darker the top and bottom are, 0..1.
    #[serde(default)]
    pub(crate) vignette: f32,
    pub(crate) stars: Option<Stars>,
    #[serde(default)]
    pub(crate) glows: Vec<Glow>,
    #[serde(default)]
    pub(crate) curtains: Vec<Curtain>,
    #[serde(default)]
    pub(crate) nebulae: Vec<Nebula>,
    #[serde(default)]
    pub(crate) planets: Vec<Planet>,
    #[serde(default)]
    pub(crate) patterns: Vec<Pattern>,
    #[serde(default)]
    pub(crate) shapes: Vec<Figure>,
    pub(crate) horizon: Option<Horizon>,
}

/// Stars, fewer towards the bottom.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stars {
    /// The number over the whole width.
    pub(crate) count: u16,
    pub(crate) color: Hex,
    /// The lowest position, 0 (top) to 1 (bottom).
    pub(crate) below: f32,
    /// How many of them have rays.
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

/// A curtain of light above a wavy line: sharp at the bottom, fading upwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Curtain {
    /// Its lower edge, in slide heights from the top.
    pub(crate) base: f32,
    /// Amplitude of the edge's waves, in slide heights.
    pub(crate) sway: f32,
    /// Waves of the edge over the whole width; integers, so that the picture wraps.
    pub(crate) waves: (u8, u8),
    /// Phase of the waves, 0..1.
    pub(crate) phase: f32,
    /// Height of the light, in slide heights.
    pub(crate) rise: f32,
    /// Colours from the edge upwards.
    pub(crate) color: [Hex; 3],
    /// Share of its colour at its brightest, 0..1.
    pub(crate) strength: f32,
    /// Rays over the whole width.
    pub(crate) rays: u8,
}

/// A band of gas across the whole background, distorted by turbulence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nebula {
    /// Its middle, in slide heights from the top.
    pub(crate) base: f32,
    /// Amplitude of its middle's waves, in slide heights.
    pub(crate) sway: f32,
    /// Half its height, in slide heights.
    pub(crate) spread: f32,
    /// Noise cells of the coarsest turbulence per slide width.
    pub(crate) scale: u8,
    /// The seed of the turbulence.
    pub(crate) seed: u32,
    /// Colours from the thin edge to the dense middle.
    pub(crate) color: [Hex; 3],
    /// Share of its colour at its densest, 0..1.
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
    /// Direction of the light source, in degrees clockwise from above.
    pub(crate) light: f32,
    /// Colour of its atmosphere.
    pub(crate) air: Option<Hex>,
    pub(crate) ring: Option<Ring>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ring {
    /// Inner and outer radius, in the planet's radii.
    pub(crate) radii: (f32, f32),
    /// Rotation in degrees, clockwise.
    pub(crate) tilt: f32,
    pub(crate) color: Hex,
}

/// Regular lines or dots. A step that divides 1080 continues from slide to slide.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PatternKind {
    /// Dots in a square grid.
    Dots,
    /// Horizontal and vertical lines.
    Grid,
    /// Horizontal lines.
    Rules,
    /// Diagonal lines that rise to the right.
    Stripes,
    /// Vertical lines.
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
    /// Fill colour; none for only an outline.
    pub(crate) color: Option<Hex>,
    /// Width of the outline in pixels, half of it on either side.
    #[serde(default)]
    pub(crate) line: f32,
    /// Colour of the outline.
    pub(crate) line_color: Option<Hex>,
}

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
    /// A star with twelve points.
    Burst,
    /// A wavy band.
    Wave,
}

/// A plane in perspective, with suns above it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Horizon {
    /// Its height, in slide heights from the top.
    pub(crate) at: f32,
    /// Colour of its lines.
    pub(crate) line: Hex,
    /// Lines towards the viewer, per slide width at the horizon.
    pub(crate) lines: u8,
    /// X position of each sun, in slide widths.
    pub(crate) suns: Vec<f32>,
    /// Radius of a sun in slide widths.
    pub(crate) radius: f32,
    /// Colours of a sun from the top down.
    pub(crate) sun: [Hex; 2],
}
