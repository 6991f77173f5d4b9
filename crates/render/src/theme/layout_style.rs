//! [`LayoutStyle`]: page proportions and layout variants of a theme. This module names the
//! variants; layout draws them.

use serde::Deserialize;

/// Page proportions and layout variants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LayoutStyle {
    /// Margin on the left and right, in pixels.
    pub(crate) margin: f64,
    /// Alignment of titles.
    pub(crate) align: Align,
    /// Position of the title slide's texts.
    #[serde(default)]
    pub(crate) opening: TitleSlideStyle,
    /// The shape behind the emoji.
    #[serde(default)]
    pub(crate) badge: BadgeStyle,
    /// The marker before steps and items.
    #[serde(default)]
    pub(crate) marker: MarkerStyle,
    /// The label for the kind of slide.
    #[serde(default)]
    pub(crate) kicker: KickerStyle,
    /// The progress indicator.
    #[serde(default)]
    pub(crate) progress: ProgressIndicator,
    /// The hint to the next slide.
    #[serde(default)]
    pub(crate) onward: NextHintStyle,
    #[serde(default)]
    pub(crate) list: ListStyle,
    #[serde(default)]
    pub(crate) share: ShareStyle,
    #[serde(default)]
    pub(crate) quote: QuoteStyle,
    #[serde(default)]
    pub(crate) concept: ConceptStyle,
    #[serde(default)]
    pub(crate) comparison: ComparisonStyle,
    /// Prefix of titles, in the accent colour, such as a shell prompt.
    #[serde(default)]
    pub(crate) prompt: String,
    /// Suffix of the title slide's title, in the accent colour, such as a cursor.
    #[serde(default)]
    pub(crate) cursor: String,
}

impl LayoutStyle {
    /// Whether a line separates the header from the body.
    pub(crate) fn is_lined(&self) -> bool {
        self.kicker == KickerStyle::Ruled || self.progress == ProgressIndicator::Line
    }
}

/// Text alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Align {
    /// At the start: left, or right for right-to-left scripts.
    Start,
    Center,
}

/// Position of the title slide's texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TitleSlideStyle {
    /// The emoji near the top, the texts at the bottom.
    #[default]
    Low,
    /// Everything centred vertically.
    Middle,
    /// The title at the top, the rest at the bottom.
    High,
    /// On a panel.
    Sheet,
}

/// The shape behind the emoji.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BadgeStyle {
    /// A lit tile in the panel's style.
    #[default]
    Tile,
    /// A translucent disc of the accent.
    Disc,
    /// A flat square of the accent with the panel's edge.
    Block,
    /// No shape.
    Bare,
}

/// The marker before steps and items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MarkerStyle {
    /// A disc of the accent with the number on it.
    #[default]
    Disc,
    /// A square of the accent with the panel's edge.
    Square,
    /// Only the number, large.
    Plain,
    /// As in a terminal: [1], [x].
    Brackets,
    /// A ring with the number in it.
    Ring,
}

/// The label for the kind of slide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KickerStyle {
    /// Text on a pill in the panel's style.
    #[default]
    Pill,
    /// Text on a block of the accent.
    Block,
    /// Only text.
    Plain,
    /// Text above a hairline across the page.
    Ruled,
    /// Text after a dollar sign.
    Prompt,
    /// The slide's number, large, and text.
    Number,
}

/// The progress indicator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProgressIndicator {
    /// Dots; the current one is longer.
    #[default]
    Dots,
    /// Squares, filled up to the current one.
    Blocks,
    /// A line, filled up to the current slide.
    Line,
    /// 3/10.
    Count,
}

/// The hint to the next slide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NextHintStyle {
    /// An arrow on a disc; a button on the first slide.
    #[default]
    Disc,
    /// An arrow on a square; a square button on the first slide.
    Block,
    /// Only an arrow; text and an arrow on the first slide.
    Plain,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListStyle {
    /// A tile per item.
    #[default]
    Tiles,
    /// Rows between hairlines.
    Rows,
    /// Rows on one panel.
    Sheet,
}

/// How a share is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ShareStyle {
    /// A partly filled bar.
    #[default]
    Bar,
    /// Ten blocks, some filled.
    Blocks,
    /// A partly filled ring.
    Ring,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QuoteStyle {
    /// A large quotation mark on a panel.
    #[default]
    Mark,
    /// A thick line at its side.
    Edge,
    /// A quotation mark on the bare background.
    Bare,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConceptStyle {
    /// The term on the background, its meaning on a panel at the bottom.
    #[default]
    Sheet,
    /// Like a dictionary entry: both together, a line between.
    Entry,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ComparisonStyle {
    /// Stacked; on a square format in two columns if the texts are short.
    #[default]
    Stacked,
    /// In two columns if the texts are short.
    Columns,
}
