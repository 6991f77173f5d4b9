//! [`Arrangement`]: proportions of a page, and which of the variants that layout knows a theme
//! takes. Names what there is to choose from; what each looks like is layout's business.

use serde::Deserialize;

/// Proportions of the page, and how its pieces look.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arrangement {
    /// Margin on the left and right, in pixels.
    pub(crate) margin: f64,
    /// Where titles stand.
    pub(crate) align: Align,
    /// Where the words of the opening stand.
    #[serde(default)]
    pub(crate) opening: Opening,
    /// What the emoji stands on.
    #[serde(default)]
    pub(crate) badge: Badge,
    /// What stands before steps and items.
    #[serde(default)]
    pub(crate) marker: MarkerStyle,
    /// What names the kind of a slide.
    #[serde(default)]
    pub(crate) kicker: Kicker,
    /// What tells where in the carousel we are.
    #[serde(default)]
    pub(crate) progress: Progress,
    /// What leads to the next slide.
    #[serde(default)]
    pub(crate) onward: Onward,
    /// How lists are shown.
    #[serde(default)]
    pub(crate) list: ListStyle,
    /// How a share is shown.
    #[serde(default)]
    pub(crate) share: ShareStyle,
    /// How a quotation begins.
    #[serde(default)]
    pub(crate) quote: QuoteStyle,
    /// How a term and its meaning stand.
    #[serde(default)]
    pub(crate) concept: ConceptStyle,
    /// How before and after stand.
    #[serde(default)]
    pub(crate) comparison: ComparisonStyle,
    /// What stands before titles, in the accent colour: a prompt, say.
    #[serde(default)]
    pub(crate) prompt: String,
    /// What stands after the title of the opening, in the accent colour: a cursor, say.
    #[serde(default)]
    pub(crate) cursor: String,
}

impl Arrangement {
    /// Whether a line separates the head of the page from its body.
    pub(crate) fn is_lined(&self) -> bool {
        self.kicker == Kicker::Ruled || self.progress == Progress::Line
    }
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

/// Where the words of the opening stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Opening {
    /// The emoji high up, the words at the foot.
    #[default]
    Low,
    /// All of it in the middle.
    Middle,
    /// The title on top, the rest at the foot.
    High,
    /// On a sheet.
    Sheet,
}

/// What the emoji stands on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Badge {
    /// A lit tile of the panel's make.
    #[default]
    Tile,
    /// A disc of the accent, faint.
    Disc,
    /// A flat square of the accent with the panel's edge.
    Block,
    /// Nothing.
    Bare,
}

/// What stands before steps and items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MarkerStyle {
    /// A disc of the accent with the number on it.
    #[default]
    Disc,
    /// A square of the accent with the panel's edge.
    Square,
    /// The number alone, large.
    Plain,
    /// As a terminal writes: [1], [x].
    Brackets,
    /// A ring with the number in it.
    Ring,
}

/// What names the kind of a slide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kicker {
    /// Words on a pill of the panel's make.
    #[default]
    Pill,
    /// Words on a block of the accent.
    Block,
    /// Words alone.
    Plain,
    /// Words over a hairline across the page.
    Ruled,
    /// Words after a dollar sign.
    Prompt,
    /// The slide's number, large, and the words.
    Number,
}

/// What tells where in the carousel we are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Progress {
    /// Dots, ours longer.
    #[default]
    Dots,
    /// Squares, filled up to ours.
    Blocks,
    /// A line, filled up to ours.
    Line,
    /// 3/10.
    Count,
}

/// What leads to the next slide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Onward {
    /// An arrow on a disc; a button on the first slide.
    #[default]
    Disc,
    /// An arrow on a square; a square button on the first slide.
    Block,
    /// An arrow alone; words and an arrow on the first slide.
    Plain,
}

/// How lists are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListStyle {
    /// A tile for each.
    #[default]
    Tiles,
    /// Rows between hairlines.
    Rows,
    /// Rows on one sheet.
    Sheet,
}

/// How a share is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ShareStyle {
    /// A bar, filled in part.
    #[default]
    Bar,
    /// Ten blocks, some filled.
    Blocks,
    /// A ring around nothing, filled in part.
    Ring,
}

/// How a quotation begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QuoteStyle {
    /// With a large quotation mark on a sheet.
    #[default]
    Mark,
    /// With a thick line at its side.
    Edge,
    /// On the bare ground, with a quotation mark.
    Bare,
}

/// How a term and its meaning stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConceptStyle {
    /// The term on the ground, its meaning on a sheet at the foot.
    #[default]
    Sheet,
    /// Like an entry in a dictionary: both together, a line between.
    Entry,
}

/// How before and after stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ComparisonStyle {
    /// Below each other; on a square beside each other if their words allow it.
    #[default]
    Stacked,
    /// Beside each other if their words allow it.
    Columns,
}
