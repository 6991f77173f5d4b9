//! Measures a node tree: sets every text at a given fit level and adds up the heights.

use std::collections::HashMap;

use peniko::kurbo::Size;

use super::{
    fit::Fit,
    node::{
        BLOCK_SHADOW, CodeNode, EmojiNode, Gap, Glass, Node, NodeKind, Ornament, RowAlign, Surface,
        TextNode,
    },
};
use crate::{
    legibility::is_large,
    text::{FontStack, Ink, Paragraph, RichText, TextShaper, TextStyle, Wrap, columns, wrap_code},
    theme::{Align, BadgeStyle, Emphasis, RoleSpec, Skin, TextRole, Theme, Trim},
};

/// Width of a character of code, in em (JetBrains Mono: 600 of 1000 units).
const CODE_ADVANCE: f32 = 0.6;

/// Width and height of an emoji, in em (Noto Color Emoji: 136 × 128 pixels at 109 per em).
pub(super) const EMOJI: (f64, f64) = (1.248, 1.174);

/// Sizes of an emoji, in pixels. Its bitmaps have 109 pixels per em and look blurred above 140.
const EMOJI_SIZES: [f32; 6] = [132.0, 109.0, 92.0, 76.0, 60.0, 44.0];

/// The inputs of measuring, except the tree.
pub(super) struct Measurer<'a> {
    pub(super) theme: &'a Theme,
    pub(super) skin: &'a Skin,
    pub(super) setter: &'a mut TextShaper,
    pub(super) strain: Fit,
    /// The largest size that every text of a role can have, so that texts of one role have the same
    /// size.
    pub(super) caps: RoleSizeCaps,
}

/// The largest size of some roles, in pixels.
pub(super) type RoleSizeCaps = HashMap<TextRole, f32>;

/// A node with its natural size.
pub(super) struct MeasuredNode<'n> {
    pub(super) node: &'n Node,
    pub(super) size: Size,
    /// How far it extends above its top and below its bottom: a text ends at its base line, and its
    /// descenders extend below; a panel ends at its edge, and a hard shadow extends below.
    pub(super) reach: (f64, f64),
    pub(super) text: Option<Paragraph>,
    pub(super) children: Vec<MeasuredNode<'n>>,
    /// The distances between its children, if it is a stack.
    pub(super) gaps: Vec<f64>,
}

/// Minimum distance between the glyphs of two texts, in pixels.
pub(super) const CLEAR: f64 = 4.0;

impl<'n> MeasuredNode<'n> {
    fn new(node: &'n Node, width: f64, height: f64, children: Vec<Self>) -> Self {
        let reach = (0.0, 0.0);
        let size = Size::new(width, height);
        Self { node, size, reach, text: None, children, gaps: Vec::new() }
    }

    fn text(node: &'n Node, text: Paragraph) -> Self {
        let mut sized = Self::new(node, text.width().into(), text.height().into(), Vec::new());
        sized.reach = text.reach();
        sized.text = Some(text);
        sized
    }

    fn with_children_reach(mut self) -> Self {
        let farthest = |side: fn(&Self) -> f64| self.children.iter().map(side).fold(0.0, f64::max);
        self.reach = (farthest(|child| child.reach.0), farthest(|child| child.reach.1));
        self
    }

    pub(super) fn is_large(&self) -> bool {
        let own = self.text.as_ref().is_none_or(|text| is_large(text.size(), text.weight()));
        own && self.children.iter().all(Self::is_large)
    }

    /// Its visible horizontal range from its left edge: right-to-left text is at the right of its
    /// column.
    pub(super) fn span(&self) -> (f64, f64) {
        let wider = |one: (f64, f64), two: (f64, f64)| (one.0.min(two.0), one.1.max(two.1));
        match (&self.node.kind, &self.text, self.children.as_slice()) {
            (NodeKind::Text(_), Some(text), _) => {
                let left = text.left();
                (left, left + self.size.width)
            }
            (NodeKind::Stack { .. }, _, [first, rest @ ..]) => {
                rest.iter().map(Self::span).fold(first.span(), wider)
            }
            (NodeKind::Row { gap, .. }, _, [lead, body]) => {
                let (left, right) = body.span();
                let beside = lead.size.width + gap;
                wider(lead.span(), (beside + left, beside + right))
            }
            _ => (0.0, self.size.width),
        }
    }

    /// Height of the capitals of its first line; 0 without one.
    pub(super) fn first_caps(&self) -> f64 {
        match (&self.text, self.children.first()) {
            (Some(text), _) => text.caps().into(),
            (None, Some(child)) => child.first_caps(),
            (None, None) => 0.0,
        }
    }
}

/// Vertical offsets of lead and body in a row of this height.
pub(super) fn row_offsets(
    by: RowAlign,
    lead: &MeasuredNode<'_>,
    body: &MeasuredNode<'_>,
    height: f64,
) -> (f64, f64) {
    // A lead without a height is as high as the row.
    let lead_height = if lead.size.height > 0.0 { lead.size.height } else { height };
    match by {
        RowAlign::Center => ((height - lead_height) / 2.0, (height - body.size.height) / 2.0),
        RowAlign::FirstLine => {
            let apart = (lead_height - body.first_caps()) / 2.0;
            ((-apart).max(0.0), apart.max(0.0))
        }
    }
}

impl Measurer<'_> {
    /// The natural size of a node in at most `width`.
    pub(super) fn measure<'n>(&mut self, node: &'n Node, width: f64) -> MeasuredNode<'n> {
        match &node.kind {
            NodeKind::Text(words) => MeasuredNode::text(node, self.words(words, width)),
            NodeKind::Code(listing) => MeasuredNode::text(node, self.code(listing, width)),
            NodeKind::Emoji(picture) => self.emoji(node, picture),
            NodeKind::Ornament(ornament) => self.ornament(node, ornament, width),
            NodeKind::Stack { gap, children, .. } => self.stack(node, *gap, children, width),
            NodeKind::Row { gap, by, lead, body } => {
                self.row(node, (*gap, *by), (lead, body), width)
            }
            NodeKind::Columns { gap, children } => self.columns(node, *gap, children, width),
            NodeKind::Panel { surface, padding: (beside, above), child } => {
                let share = padding(self.skin, *surface);
                let (beside, above) =
                    (beside.at(self.strain) * share.0, above.at(self.strain) * share.1);
                let child = self.measure(child, width - 2.0 * beside);
                let height = child.size.height + 2.0 * above + trim_height(self.skin, *surface);
                let mut sized = MeasuredNode::new(node, width, height, vec![child]);
                match surface {
                    // A panel has room for descenders; text on the bare background ends at its base
                    // line.
                    Surface::Cloud => {
                        sized = sized.with_children_reach();
                        sized.size.height += std::mem::take(&mut sized.reach.1);
                    }
                    Surface::Glass(_) | Surface::Accent => {
                        sized.reach.1 = self.skin.panel.shadow.below(surface.shadow());
                    }
                }
                sized
            }
        }
    }

    fn ornament<'n>(
        &mut self,
        node: &'n Node,
        ornament: &Ornament,
        width: f64,
    ) -> MeasuredNode<'n> {
        let style = self.theme.layout.marker;
        let Size { width: own, height } = ornament.size(style, self.strain);
        let own = if own > 0.0 { own.min(width) } else { width };
        let mut sized = MeasuredNode::new(node, own, height, Vec::new());
        sized.text = ornament.words(style).map(|(mut words, share)| {
            words.face = self.theme.type_.spec(words.role).font.into();
            self.words(&words, own * share)
        });
        sized
    }

    fn stack<'n>(
        &mut self,
        node: &'n Node,
        gap: Gap,
        children: &'n [Node],
        width: f64,
    ) -> MeasuredNode<'n> {
        let children: Vec<_> = children.iter().map(|child| self.measure(child, width)).collect();
        let gap = gap.at(self.strain);
        let between =
            |pair: &[MeasuredNode<'_>]| gap.max(pair[0].reach.1 + pair[1].reach.0 + CLEAR);
        let gaps: Vec<f64> = children.windows(2).map(between).collect();
        let heights = children.iter().map(|child| child.size.height);
        let height = heights.chain(gaps.iter().copied()).sum();
        let widest = children.iter().map(|child| child.size.width).fold(0.0, f64::max);
        let above = children.first().map_or(0.0, |child| child.reach.0);
        let below = children.last().map_or(0.0, |child| child.reach.1);
        let mut sized = MeasuredNode::new(node, widest, height, children);
        (sized.reach, sized.gaps) = ((above, below), gaps);
        sized
    }

    fn row<'n>(
        &mut self,
        node: &'n Node,
        (gap, by): (f64, RowAlign),
        (lead, body): (&'n Node, &'n Node),
        width: f64,
    ) -> MeasuredNode<'n> {
        let lead = self.measure(lead, width);
        let body = self.measure(body, width - lead.size.width - gap);
        let highest = lead.size.height.max(body.size.height);
        let (lead_drop, body_drop) = row_offsets(by, &lead, &body, highest);
        let height = (lead_drop + lead.size.height).max(body_drop + body.size.height);
        let width = lead.size.width + gap + body.size.width;
        MeasuredNode::new(node, width, height, vec![lead, body]).with_children_reach()
    }

    fn columns<'n>(
        &mut self,
        node: &'n Node,
        gap: f64,
        children: &'n [Node],
        width: f64,
    ) -> MeasuredNode<'n> {
        #[expect(clippy::cast_precision_loss, reason = "a handful of children")]
        let count = children.len().max(1) as f64;
        let each = (width - gap * (count - 1.0)) / count;
        let children: Vec<_> = children.iter().map(|child| self.measure(child, each)).collect();
        let highest = children.iter().map(|child| child.size.height).fold(0.0, f64::max);
        MeasuredNode::new(node, width, highest, children).with_children_reach()
    }

    fn emoji<'n>(&mut self, node: &'n Node, picture: &EmojiNode) -> MeasuredNode<'n> {
        let mut spec = self.theme.type_.spec(TextRole::Label);
        (spec.tracking, spec.leading) = (0.0, 1.2);
        let inner = match picture.badge {
            BadgeStyle::Bare => picture.tile,
            BadgeStyle::Tile | BadgeStyle::Disc | BadgeStyle::Block => picture.tile * 0.72,
        };
        let fits = |size: &f32| f64::from(*size) * EMOJI.0 <= inner;
        let style = TextStyle {
            spec,
            sizes: EMOJI_SIZES.into_iter().filter(fits).collect(),
            face: FontStack::Emoji,
            ink: Ink::Title,
            align: Align::Start,
            wrap: Wrap::Single,
            emphasis: Emphasis::Color,
        };
        let text =
            self.setter.shape_to_width(&RichText::plain(&picture.emoji), &style, narrow(inner));
        // A picture without a badge has no space around it.
        let (width, height) = match picture.badge {
            BadgeStyle::Bare => {
                let size = f64::from(text.size());
                (f64::from(text.width()).max(size), size * EMOJI.1)
            }
            BadgeStyle::Tile | BadgeStyle::Disc | BadgeStyle::Block => (picture.tile, picture.tile),
        };
        let mut sized = MeasuredNode::new(node, width, height, Vec::new());
        sized.text = Some(text);
        sized.reach.1 = match picture.badge {
            BadgeStyle::Block => self.skin.panel.shadow.below(BLOCK_SHADOW),
            BadgeStyle::Tile => {
                (self.skin.panel.shadow).below(Surface::from(Glass::Tile(0)).shadow())
            }
            BadgeStyle::Disc | BadgeStyle::Bare => 0.0,
        };
        sized
    }

    /// The type of a role at this fit level; tight levels also reduce the leading.
    fn spec(&self, role: TextRole) -> RoleSpec {
        let mut spec = self.theme.type_.spec(role);
        spec.leading *= 1.0 - 0.1 * self.strain.tightness();
        spec
    }

    /// The sizes that a role may have at this fit level, the preferred one first.
    fn sizes(&self, role: TextRole) -> Vec<f32> {
        let (lift, tightness) = (self.strain.lift(), self.strain.tightness());
        self.theme.type_.sizes_at(role, lift, tightness)
    }

    fn words(&mut self, words: &TextNode, width: f64) -> Paragraph {
        let cap = self.caps.get(&words.role).copied().unwrap_or(f32::INFINITY);
        let mut sizes = self.sizes(words.role);
        sizes.retain(|size| *size <= cap);
        let size = sizes.first().copied().unwrap_or_default();
        let style = TextStyle {
            spec: self.spec(words.role),
            sizes,
            face: words.face,
            ink: words.ink,
            align: words.align,
            wrap: words.wrap,
            emphasis: self.theme.type_.emphasis,
        };
        let mut text = self.setter.shape_to_width(&words.tied, &style, narrow(width));
        if text.size() < size || text.breaks_words() {
            // Ties made a word too long for the column: a preposition at a line's end is better
            // than small type.
            let loose = self.setter.shape_to_width(&words.untied, &style, narrow(width));
            if loose.size() > text.size() || text.breaks_words() {
                text = loose;
            }
        }
        if text.size() < size && words.wrap != Wrap::Single {
            self.caps.insert(words.role, text.size());
        }
        text
    }

    fn code(&mut self, listing: &CodeNode, width: f64) -> Paragraph {
        let sizes = self.sizes(TextRole::Code);
        let longest = columns(&listing.code.text);
        let room = |size: f32| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few dozen columns"
            )]
            let columns = (width / f64::from(size * CODE_ADVANCE)) as usize;
            columns
        };
        let size = sizes.iter().copied().find(|size| room(*size) >= longest);
        let size = size.or(sizes.last().copied()).unwrap_or_default();
        let style = TextStyle {
            spec: self.spec(TextRole::Code),
            sizes: vec![size],
            face: FontStack::Mono,
            ink: Ink::Plain,
            align: Align::Start,
            wrap: Wrap::Kept,
            emphasis: Emphasis::Color,
        };
        self.setter.shape_to_width(&wrap_code(&listing.code, room(size)), &style, narrow(width))
    }
}

/// Factors of the padding of a panel, horizontal and vertical. Invisible panels need none at the
/// sides, and tiles among them little above.
pub(super) fn padding(skin: &Skin, surface: Surface) -> (f64, f64) {
    let share = skin.panel.padding;
    match surface {
        Surface::Glass(Glass::Dark) if skin.panel.code.is_some() => (1.0, 1.0),
        Surface::Glass(_) => (share, share.max(0.55)),
        Surface::Accent | Surface::Cloud => (1.0, 1.0),
    }
}

/// Height of the trim inside the upper edge of a panel, in pixels.
pub(super) fn trim_height(skin: &Skin, surface: Surface) -> f64 {
    match (skin.panel.trim, surface) {
        (Trim::Window, Surface::Glass(Glass::Sheet | Glass::Dark)) => 64.0,
        (
            Trim::None | Trim::Tape | Trim::Window | Trim::Rule | Trim::Brackets,
            Surface::Glass(_) | Surface::Accent | Surface::Cloud,
        ) => 0.0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
fn narrow(pixels: f64) -> f32 {
    pixels as f32
}
