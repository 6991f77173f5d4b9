//! [`Node`]: a composition as a tree of nodes, before sizes are known.
//!
//! A composition defines only the order and nesting; [`super::measure`] computes the sizes, and
//! [`super::place`] the positions. There are few node kinds on purpose: a new slide kind or layout
//! variant should need a tree, not new arithmetic.

use peniko::kurbo::Size;

use super::fit::Fit;
use crate::{
    brand::Avatar,
    text::{FontStack, Ink, RichText, Wrap},
    theme::{Align, BadgeStyle, MarkerStyle, TextRole},
};

/// The share of the theme's shadow that a block has.
pub(super) const BLOCK_SHADOW: f64 = 0.55;

/// A node, and its share of the free height.
#[derive(Debug)]
pub(crate) struct Node {
    pub(super) kind: NodeKind,
    /// Share of the free height, relative to its neighbours; 0: none.
    pub(super) grow: f64,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    Text(TextNode),
    Code(CodeNode),
    Emoji(EmojiNode),
    Ornament(Ornament),
    Stack { gap: Gap, justify: Justify, between: RowSeparator, children: Vec<Node> },
    Row { gap: f64, by: RowAlign, lead: Box<Node>, body: Box<Node> },
    Columns { gap: f64, children: Vec<Node> },
    Panel { surface: Surface, padding: (Gap, Gap), child: Box<Node> },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextNode {
    /// The name in errors.
    pub(super) name: String,
    /// The text with non-breaking spaces from [`tied`].
    pub(super) tied: RichText,
    /// The original text, for columns that are too narrow for the tied one.
    pub(super) untied: RichText,
    pub(super) role: TextRole,
    pub(super) face: FontStack,
    pub(super) ink: Ink,
    pub(super) align: Align,
    pub(super) wrap: Wrap,
}

#[derive(Debug)]
pub(crate) struct CodeNode {
    pub(super) code: RichText,
}

#[derive(Debug)]
pub(crate) struct EmojiNode {
    pub(super) emoji: String,
    /// Size of its badge, in pixels; the emoji covers about two thirds of it, or all of it without
    /// a badge.
    pub(super) tile: f64,
    /// The shape behind it.
    pub(super) badge: BadgeStyle,
}

/// A distance that shrinks when space is short, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gap {
    pub(super) max: f64,
    pub(super) min: f64,
}

/// How much faster gaps shrink than type.
const GAP_SHRINK_FACTOR: f32 = 1.3;

/// How a stack uses free height when no child grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Justify {
    Start,
    Center,
    End,
    Between,
}

/// What is drawn between the rows of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowSeparator {
    Nothing,
    /// A line between the markers.
    Connector,
    Hairline,
}

/// Vertical alignment of the two parts of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowAlign {
    /// Centres aligned.
    Center,
    /// The lead aligned with the first line of the body.
    FirstLine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Glass(Glass),
    /// The accent: a button.
    Accent,
    /// No panel; a cloud quiets the background.
    Cloud,
}

/// The kind of glass panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glass {
    /// The theme's panel.
    Sheet,
    /// A smaller, lower panel; its index among several.
    Tile(usize),
    /// A tile that is emphasised over its neighbours.
    Chosen,
    /// A tile for code.
    Dark,
}

impl Surface {
    /// The share of the theme's shadow; smaller panels have less.
    pub(super) const fn shadow(self) -> f64 {
        match self {
            Self::Glass(Glass::Sheet | Glass::Chosen | Glass::Dark) | Self::Accent => 1.0,
            Self::Glass(Glass::Tile(_)) => 0.55,
            Self::Cloud => 0.0,
        }
    }
}

impl From<Glass> for Surface {
    fn from(glass: Glass) -> Self {
        Self::Glass(glass)
    }
}

/// A graphic without text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ornament {
    /// A short thick line in the accent colour.
    Rule,
    /// A large opening quotation mark.
    QuoteMark,
    /// The marker before a step or an item.
    Marker(MarkerContent),
    /// A bar, filled to a share of 0..1.
    Bar(f64),
    /// Ten blocks, filled to a share.
    Blocks(f64),
    /// A ring, filled to a share, with a text in it.
    Ring(f64, Box<TextNode>),
    WindowLights,
    /// The author's picture, in a circle.
    Face(Avatar),
    /// A vertical line next to a text, as high as the text.
    SideLine,
}

/// The marker before a step or an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkerContent {
    Number(usize),
    Check,
    Cross,
    Dot,
}

impl Ornament {
    /// Width and height in pixels; a width of 0 takes all there is, a height of 0 the height of its
    /// neighbour.
    pub(super) fn size(&self, style: MarkerStyle, strain: Fit) -> Size {
        let medal = Gap::new(64.0, 50.0).at(strain);
        let ring = Gap::new(620.0, 270.0).at(strain);
        let face = Gap::new(260.0, 160.0).at(strain);
        match self {
            Self::Rule => Size::new(112.0, 10.0),
            Self::QuoteMark => Size::new(150.0, 112.0),
            Self::Marker(MarkerContent::Dot) if style != MarkerStyle::Brackets => {
                Size::new(20.0, 20.0)
            }
            Self::Marker(_) => match style {
                MarkerStyle::Disc | MarkerStyle::Square | MarkerStyle::Ring => {
                    Size::new(medal, medal)
                }
                MarkerStyle::Plain => Size::new(58.0, 40.0),
                MarkerStyle::Brackets => Size::new(76.0, 30.0),
            },
            Self::Bar(_) => Size::new(0.0, 28.0),
            Self::Blocks(_) => Size::new(0.0, 44.0),
            Self::Ring(..) => Size::new(ring, ring),
            Self::WindowLights => Size::new(96.0, 22.0),
            Self::Face(_) => Size::new(face, face),
            Self::SideLine => Size::new(8.0, 0.0),
        }
    }

    /// The text on it, and the share of its width that the text may take.
    pub(super) fn words(&self, style: MarkerStyle) -> Option<(TextNode, f64)> {
        match self {
            Self::Marker(mark) => mark.words(style).map(|words| (words, 1.0)),
            Self::Ring(_, words) => Some((TextNode::clone(words), 0.72)),
            Self::Rule
            | Self::QuoteMark
            | Self::Bar(_)
            | Self::Blocks(_)
            | Self::WindowLights
            | Self::Face(_)
            | Self::SideLine => None,
        }
    }
}

impl MarkerContent {
    fn words(self, style: MarkerStyle) -> Option<TextNode> {
        use MarkerStyle::{Brackets, Disc, Plain, Ring, Square};
        let (text, role, ink) = match (self, style) {
            (Self::Number(number), Disc | Square) => {
                (number.to_string(), TextRole::Label, Ink::OnAccent)
            }
            (Self::Number(number), Ring) => (number.to_string(), TextRole::Label, Ink::Accent),
            (Self::Number(number), Plain) => (number.to_string(), TextRole::Lead, Ink::Accent),
            (Self::Number(number), Brackets) => {
                (format!("[{number}]"), TextRole::Item, Ink::Accent)
            }
            (Self::Check, Brackets) => ("[x]".to_owned(), TextRole::Item, Ink::Good),
            (Self::Cross, Brackets) => ("[-]".to_owned(), TextRole::Item, Ink::Bad),
            (Self::Dot, Brackets) => ("[*]".to_owned(), TextRole::Item, Ink::Accent),
            (Self::Check | Self::Cross | Self::Dot, Disc | Square | Plain | Ring) => return None,
        };
        Some(TextNode {
            name: "number".to_owned(),
            tied: RichText::plain(&text),
            untied: RichText::plain(&text),
            role,
            face: FontStack::Sans,
            ink,
            align: Align::Start,
            wrap: Wrap::Single,
        })
    }
}

impl Gap {
    /// `roomy` when there is space, `tight` when there is none.
    pub(super) const fn new(max: f64, min: f64) -> Self {
        Self { max, min }
    }

    /// Its size at this fit level. Gaps shrink before type does.
    pub(super) fn at(self, strain: Fit) -> f64 {
        let tightness = f64::from(strain.tightness() * GAP_SHRINK_FACTOR).min(1.0);
        self.max + (self.min - self.max) * tightness
    }
}

impl From<NodeKind> for Node {
    fn from(kind: NodeKind) -> Self {
        Self { kind, grow: 0.0 }
    }
}

impl From<Ornament> for Node {
    fn from(ornament: Ornament) -> Self {
        NodeKind::Ornament(ornament).into()
    }
}

impl Node {
    /// Children below each other.
    pub(super) fn stack(gap: Gap, children: Vec<Self>) -> Self {
        NodeKind::Stack { gap, justify: Justify::Start, between: RowSeparator::Nothing, children }
            .into()
    }

    /// A lead and a body in one row.
    pub(super) fn row(gap: f64, by: RowAlign, lead: impl Into<Self>, body: Self) -> Self {
        NodeKind::Row { gap, by, lead: Box::new(lead.into()), body: Box::new(body) }.into()
    }

    /// Children in columns of equal width and height.
    pub(super) fn columns(gap: f64, children: Vec<Self>) -> Self {
        NodeKind::Columns { gap, children }.into()
    }

    /// A panel with a child; padding left and right, then top and bottom.
    pub(super) fn panel(surface: impl Into<Surface>, padding: (Gap, Gap), child: Self) -> Self {
        let (surface, child) = (surface.into(), Box::new(child));
        NodeKind::Panel { surface, padding, child }.into()
    }

    /// Gives the node a share of the free height.
    pub(super) fn growing(mut self, grow: f64) -> Self {
        self.grow = grow;
        self
    }

    /// Sets how a stack uses free height.
    pub(super) fn justified(mut self, to: Justify) -> Self {
        if let NodeKind::Stack { justify, .. } = &mut self.kind {
            *justify = to;
        }
        self
    }

    /// Draws `what` between the rows of a stack.
    pub(super) fn with(mut self, what: RowSeparator) -> Self {
        if let NodeKind::Stack { between, .. } = &mut self.kind {
            *between = what;
        }
        self
    }
}
