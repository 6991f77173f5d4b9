//! [`Skin`]: the colours and surfaces of a slide: palette, ground and panels. A theme has one, and
//! may have a second for the kinds of slide that shall stand out.

use serde::Deserialize;

use super::{Ground, Hex};

/// What a slide is painted with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skin {
    pub(crate) palette: Palette,
    pub(crate) ground: Ground,
    pub(crate) panel: Panel,
}

/// Colours of what is written.
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
    /// What stands on the accent.
    pub(crate) on_accent: Hex,
    /// What lies behind marked words, where emphasis is a marker or a line; the accent when there is
    /// none.
    pub(crate) marker: Option<Hex>,
    /// "After", check marks.
    pub(crate) good: Hex,
    /// "Before".
    pub(crate) bad: Hex,
    /// Code.
    pub(crate) code: CodeColors,
}

/// Colours of code.
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

/// A sheet that words lie on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panel {
    /// Radius of the corners in pixels.
    pub(crate) radius: f64,
    /// Radius of a button's corners in pixels: one line makes a pill, three must not lose theirs.
    #[serde(default = "pill")]
    pub(crate) button_radius: f64,
    /// Laid over the blurred ground first: makes the words readable whatever is behind.
    pub(crate) veil: Hex,
    /// Then this gradient, from the top left to the bottom right corner.
    pub(crate) tint: [Hex; 2],
    /// Colours of tiles that stand below each other, in turn, instead of the tint.
    #[serde(default)]
    pub(crate) tiles: Vec<Hex>,
    /// What code lies on, instead of veil and tint.
    pub(crate) code: Option<Hex>,
    /// The edge, as a gradient in the same direction.
    pub(crate) border: [Hex; 2],
    /// Width of the edge in pixels.
    pub(crate) border_width: f64,
    /// Standard deviation, in pixels, of the blur that the ground is seen through; 0: the panel does
    /// not blur what is behind it.
    pub(crate) blur: f32,
    pub(crate) shadow: Shadow,
    /// What quiets the ground behind words that lie on it, where it is densest.
    pub(crate) cloud: Hex,
    /// Share of the usual space between the edge of a sheet and its words, 0..1; 0 where sheets
    /// can't be seen.
    #[serde(default = "whole")]
    pub(crate) padding: f64,
    /// What is fastened to a sheet.
    #[serde(default)]
    pub(crate) trim: Trim,
}

/// What is fastened to a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trim {
    #[default]
    None,
    /// A strip of adhesive tape across the upper edge.
    Tape,
    /// The bar of a window.
    Window,
    /// A hairline along the upper edge.
    Rule,
    /// Corners like those of a viewfinder.
    Brackets,
}

/// The shadow around a panel. Without a blur it is hard, and as large as the panel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shadow {
    pub(crate) color: Hex,
    /// Standard deviation in pixels.
    pub(crate) blur: f64,
    /// How far it falls, in pixels.
    pub(crate) drop: f64,
    /// How far it falls to the right, in pixels.
    #[serde(default)]
    pub(crate) shift: f64,
}

impl Shadow {
    /// Whether it has edges, like the sheet that throws it.
    pub(crate) fn is_hard(&self) -> bool {
        self.blur == 0.0
    }

    /// How far a `share` of it reaches below its sheet with an edge that words must keep from, in
    /// pixels: a soft one fades before it meets any.
    pub(crate) fn below(&self, share: f64) -> f64 {
        if self.is_hard() && self.color.0.components[3] > 0.0 {
            self.drop * share
        } else {
            0.0
        }
    }
}

impl Palette {
    /// Every colour of words that lie on sheets or on the ground.
    pub(crate) fn inks(&self) -> impl Iterator<Item = (&'static str, Hex)> {
        let Self {
            ink,
            soft,
            muted,
            good,
            bad,
            ..
        } = *self;
        [
            ("ink", ink),
            ("soft", soft),
            ("muted", muted),
            ("good", good),
            ("bad", bad),
        ]
        .into_iter()
    }

    /// The marker's colour.
    pub(crate) fn marker(&self) -> Hex {
        self.marker.unwrap_or(self.accent[1])
    }

    /// Whether it writes light on dark.
    pub(crate) fn is_dark(&self) -> bool {
        super::luminance(self.ink.levels()) > 0.4
    }
}

impl CodeColors {
    /// All of them.
    pub(crate) fn all(&self) -> [Hex; 6] {
        [
            self.plain,
            self.keyword,
            self.string,
            self.number,
            self.comment,
            self.call,
        ]
    }
}

impl Panel {
    /// Whether the ground is seen through it, blurred.
    pub(crate) fn is_frosted(&self) -> bool {
        self.blur > 0.0
    }

    /// Whether nothing of it can be seen.
    pub(crate) fn is_bare(&self) -> bool {
        self.padding == 0.0
    }

    /// The tint of the `turn`-th of several tiles.
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
