//! [`Skin`]: colours and surfaces of a slide: palette, background and panels. A theme has one skin,
//! and may have a second for emphasised kinds of slides.

use serde::Deserialize;

use super::{
    background::Background,
    color::{Hex, luminance},
};

/// The colours and surfaces of a slide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skin {
    pub(crate) palette: Palette,
    pub(crate) ground: Background,
    pub(crate) panel: Panel,
}

/// The colours of text.
#[derive(Debug, Clone, Copy, Deserialize)]
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
    /// Text on the accent.
    pub(crate) on_accent: Hex,
    /// The stroke behind emphasised text, if emphasis is a marker or a line; default: the accent.
    pub(crate) marker: Option<Hex>,
    /// "After", check marks.
    pub(crate) good: Hex,
    /// "Before".
    pub(crate) bad: Hex,
    pub(crate) code: CodeColors,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeColors {
    pub(crate) plain: Hex,
    pub(crate) keyword: Hex,
    pub(crate) string: Hex,
    pub(crate) number: Hex,
    pub(crate) comment: Hex,
    pub(crate) call: Hex,
}

/// The surface behind text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panel {
    /// Radius of the corners in pixels.
    pub(crate) radius: f64,
    /// Corner radius of a button in pixels: a button of one line becomes a pill, one of three lines
    /// keeps its corners.
    #[serde(default = "pill")]
    pub(crate) button_radius: f64,
    /// The first layer over the blurred background: makes text readable on every background.
    pub(crate) veil: Hex,
    /// The second layer: a gradient from the top left to the bottom right corner.
    pub(crate) tint: [Hex; 2],
    /// Colours of stacked tiles, in turn, instead of the tint.
    #[serde(default)]
    pub(crate) tiles: Vec<Hex>,
    /// The surface behind code, instead of veil and tint.
    pub(crate) code: Option<Hex>,
    /// The edge, as a gradient in the same direction.
    pub(crate) border: [Hex; 2],
    /// Width of the edge in pixels.
    pub(crate) border_width: f64,
    /// Standard deviation of the background's blur behind the panel, in pixels; 0: no blur.
    pub(crate) blur: f32,
    pub(crate) shadow: Shadow,
    /// The colour, at its densest, of clouds behind text on the bare background.
    pub(crate) cloud: Hex,
    /// Factor of the usual padding, 0..1; 0 for invisible panels.
    #[serde(default = "whole")]
    pub(crate) padding: f64,
    #[serde(default)]
    pub(crate) trim: Trim,
}

/// The decoration of a panel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trim {
    #[default]
    None,
    /// A strip of adhesive tape across the upper edge.
    Tape,
    /// The title bar of a window.
    Window,
    /// A hairline along the upper edge.
    Rule,
    /// Corner lines like those of a viewfinder.
    Brackets,
}

/// The shadow of a panel. Without blur it is hard and has the panel's size.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shadow {
    pub(crate) color: Hex,
    /// Standard deviation in pixels.
    pub(crate) blur: f64,
    /// Offset downwards, in pixels.
    pub(crate) drop: f64,
    /// Offset to the right, in pixels.
    #[serde(default)]
    pub(crate) shift: f64,
}

impl Shadow {
    /// Whether it has sharp edges.
    pub(crate) fn is_hard(&self) -> bool {
        self.blur == 0.0
    }

    /// How far a `share` of it extends below its panel with an edge that text must avoid, in
    /// pixels; 0 for a soft one, which fades before it reaches text.
    pub(crate) fn below(&self, share: f64) -> f64 {
        if self.is_hard() && self.color.0.components[3] > 0.0 { self.drop * share } else { 0.0 }
    }
}

impl Palette {
    /// Every colour of text on panels or on the background.
    pub(crate) fn inks(&self) -> impl Iterator<Item = (&'static str, Hex)> {
        let Self { ink, soft, muted, good, bad, .. } = *self;
        [("ink", ink), ("soft", soft), ("muted", muted), ("good", good), ("bad", bad)].into_iter()
    }

    pub(crate) fn marker(&self) -> Hex {
        self.marker.unwrap_or(self.accent[1])
    }

    /// Whether its text is light on dark.
    pub(crate) fn is_dark(&self) -> bool {
        luminance(self.ink.levels()) > 0.4
    }
}

impl CodeColors {
    pub(crate) fn all(&self) -> [Hex; 6] {
        [self.plain, self.keyword, self.string, self.number, self.comment, self.call]
    }
}

impl Panel {
    /// Whether it shows the blurred background.
    pub(crate) fn is_frosted(&self) -> bool {
        self.blur > 0.0
    }

    /// Whether it is invisible.
    pub(crate) fn is_bare(&self) -> bool {
        self.padding == 0.0
    }

    /// The tint of tile number `turn` of several.
    pub(crate) fn tint(&self, turn: usize) -> [Hex; 2] {
        match self.tiles.len() {
            0 => self.tint,
            count => [self.tiles[turn % count]; 2],
        }
    }
}

fn pill() -> f64 {
    64.0
}

fn whole() -> f64 {
    1.0
}
