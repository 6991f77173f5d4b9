//! [`Theme`]: what a theme file says, read and checked; and the [`Shelf`] of those that are built
//! in.
//!
//! Owns the meaning of every key in `themes/*.toml`. Places nothing and paints nothing: layout and
//! ground read the values.

mod color;
mod problem;
mod roles;

use std::sync::Arc;

use domain::ThemeId;
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub(crate) use color::{Hex, contrast, luminance};
pub use problem::ThemeError;
pub(crate) use roles::{Role, RoleSpec, Type};

/// The themes that are built in, in the order in which they are offered. A new theme is a file
/// beside these and a line here.
const BUILT_IN: &[&str] = &[
    include_str!("../../themes/aurora.toml"),
    include_str!("../../themes/dawn.toml"),
];

/// A theme: palette, ground, panels, proportions and type. Everything in it has been checked.
#[derive(Debug)]
pub(crate) struct Theme {
    /// Its name.
    pub(crate) id: ThemeId,
    /// SHA-256 of its file: another file is another picture.
    pub(crate) digest: [u8; 32],
    pub(crate) palette: Palette,
    pub(crate) ground: Ground,
    pub(crate) panel: Panel,
    pub(crate) layout: Proportions,
    pub(crate) type_: Type,
}

/// The file, key by key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    palette: Palette,
    ground: Ground,
    panel: Panel,
    layout: Proportions,
    #[serde(rename = "type")]
    type_: Type,
}

/// Colours of what is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Palette {
    /// Titles.
    pub(crate) ink: Hex,
    /// Running text.
    pub(crate) soft: Hex,
    /// Labels, sources, the handle.
    pub(crate) muted: Hex,
    /// The accent, as the stops of a gradient from left to right.
    pub(crate) accent: [Hex; 3],
    /// What stands on the accent.
    pub(crate) on_accent: Hex,
    /// "After", check marks.
    pub(crate) good: Hex,
    /// "Before".
    pub(crate) bad: Hex,
    /// Code.
    pub(crate) code: CodeColors,
}

/// Colours of code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeColors {
    pub(crate) plain: Hex,
    pub(crate) keyword: Hex,
    pub(crate) string: Hex,
    pub(crate) number: Hex,
    pub(crate) comment: Hex,
    pub(crate) call: Hex,
}

/// What lies behind everything: one picture, [`Ground::slides`] wide, that wraps around.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ground {
    /// Its width in slides; after so many slides it repeats.
    pub(crate) slides: u8,
    /// Vertical gradient from the top: position 0..1, colour.
    pub(crate) sky: Vec<(f32, Hex)>,
    /// Width of the dither in levels of 255: breaks the bands of a dark gradient.
    pub(crate) grain: f32,
    /// Points of light.
    pub(crate) stars: Option<Stars>,
    /// Soft ellipses of light.
    #[serde(default)]
    pub(crate) glows: Vec<Glow>,
    /// Curtains of light.
    #[serde(default)]
    pub(crate) curtains: Vec<Curtain>,
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

/// A sheet that words lie on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panel {
    /// Radius of the corners in pixels.
    pub(crate) radius: f64,
    /// Laid over the blurred ground first: makes the words readable whatever is behind.
    pub(crate) veil: Hex,
    /// Then this gradient, from the top left to the bottom right corner.
    pub(crate) tint: [Hex; 2],
    /// The edge, as a gradient in the same direction.
    pub(crate) border: [Hex; 2],
    /// Width of the edge in pixels.
    pub(crate) border_width: f64,
    /// Standard deviation, in pixels, of the blur that the ground is seen through.
    pub(crate) blur: f32,
    pub(crate) shadow: Shadow,
    /// What quiets the ground behind words that lie on it, where it is densest.
    pub(crate) cloud: Hex,
}

/// The shadow around a panel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shadow {
    pub(crate) color: Hex,
    /// Standard deviation in pixels.
    pub(crate) blur: f64,
    /// How far it falls, in pixels.
    pub(crate) drop: f64,
}

/// Proportions of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proportions {
    /// Margin on the left and right, in pixels.
    pub(crate) margin: f64,
    /// Where titles stand.
    pub(crate) align: Align,
}

/// Where the lines of a text stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Align {
    /// At the start: left, or right for right-to-left scripts.
    Start,
    /// In the middle.
    Center,
}

impl Theme {
    /// Reads and checks a theme file.
    ///
    /// # Errors
    /// [`ThemeError`] names the theme, the key and what is wrong with it.
    pub(crate) fn parse(source: &str) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(source).map_err(|e| ThemeError::syntax(source, &e))?;
        let id = ThemeId::parse(&file.id).map_err(|e| ThemeError::new(&file.id, "id", e))?;
        problem::check(&file).map_err(|(key, what)| ThemeError::new(&file.id, key, what))?;
        Ok(Self {
            id,
            digest: Sha256::digest(source).into(),
            palette: file.palette,
            ground: file.ground,
            panel: file.panel,
            layout: file.layout,
            type_: file.type_,
        })
    }
}

/// The themes that can be drawn.
#[derive(Debug)]
pub(crate) struct Shelf(Vec<Arc<Theme>>);

impl Shelf {
    /// The built-in themes.
    ///
    /// # Errors
    /// [`ThemeError`] when one of them is wrong.
    pub(crate) fn built_in() -> Result<Self, ThemeError> {
        let themes = BUILT_IN
            .iter()
            .map(|source| Theme::parse(source).map(Arc::new));
        Ok(Self(themes.collect::<Result<_, _>>()?))
    }

    /// Their names, in the order in which they are offered.
    pub(crate) fn names(&self) -> impl Iterator<Item = &ThemeId> {
        self.0.iter().map(|theme| &theme.id)
    }

    /// The theme of that name.
    pub(crate) fn get(&self, id: &ThemeId) -> Option<&Arc<Theme>> {
        self.0.iter().find(|theme| theme.id == *id)
    }
}
