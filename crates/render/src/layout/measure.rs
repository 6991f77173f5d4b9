//! From a tree of boxes to sizes: sets every text at a given strain and adds up the heights.

use peniko::kurbo::Size;

use super::node::{Beside, Gap, Kind, Listing, Node, Picture, Words};
use crate::{
    text::{Face, Ink, Paragraph, Rich, Setter, Style, Wrap, columns, fold},
    theme::{Align, Role, Theme},
};

/// Width of a character of code, in sizes (JetBrains Mono: 600 of 1000 units).
const CODE_ADVANCE: f32 = 0.6;

/// Width and height of an emoji, in sizes (Noto Color Emoji: 136 × 128 pixels at 109 per em).
pub(super) const EMOJI: (f64, f64) = (1.248, 1.174);

/// Sizes of an emoji. Its pictures are 109 pixels per em: beyond 140 they get soft.
const EMOJI_SIZES: [f32; 6] = [132.0, 109.0, 92.0, 76.0, 60.0, 44.0];

/// What measuring needs besides the tree.
pub(super) struct Rule<'a> {
    pub(super) theme: &'a Theme,
    pub(super) setter: &'a mut Setter,
    /// 0: everything at its largest; 1: everything at its smallest.
    pub(super) strain: f32,
}

/// A box with its natural size.
pub(super) struct Sized<'n> {
    pub(super) node: &'n Node,
    pub(super) size: Size,
    pub(super) text: Option<Paragraph>,
    pub(super) children: Vec<Sized<'n>>,
}

impl<'n> Sized<'n> {
    fn new(node: &'n Node, width: f64, height: f64, children: Vec<Self>) -> Self {
        Self {
            node,
            size: Size::new(width, height),
            text: None,
            children,
        }
    }

    fn text(node: &'n Node, text: Paragraph) -> Self {
        let size = Size::new(text.width().into(), text.height().into());
        Self {
            node,
            size,
            text: Some(text),
            children: Vec::new(),
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

/// How far lead and body begin below the top of a row that is `height` high.
pub(super) fn drops(by: Beside, lead: &Sized<'_>, body: &Sized<'_>, height: f64) -> (f64, f64) {
    // A lead without a height is as high as the row.
    let lead_height = if lead.size.height > 0.0 {
        lead.size.height
    } else {
        height
    };
    match by {
        Beside::Center => (
            (height - lead_height) / 2.0,
            (height - body.size.height) / 2.0,
        ),
        Beside::FirstLine => {
            let apart = (lead_height - body.first_caps()) / 2.0;
            ((-apart).max(0.0), apart.max(0.0))
        }
    }
}

impl Rule<'_> {
    /// The natural size of a box that may be `width` wide.
    pub(super) fn measure<'n>(&mut self, node: &'n Node, width: f64) -> Sized<'n> {
        match &node.kind {
            Kind::Text(words) => Sized::text(node, self.words(words, width)),
            Kind::Code(listing) => Sized::text(node, self.code(listing, width)),
            Kind::Emoji(picture) => self.emoji(node, picture),
            Kind::Ornament(ornament) => {
                let Size { width: own, height } = ornament.size();
                let own = if own > 0.0 { own } else { width };
                let mut sized = Sized::new(node, own, height, Vec::new());
                sized.text = ornament.words().map(|words| self.words(&words, own));
                sized
            }
            Kind::Stack { gap, children, .. } => self.stack(node, *gap, children, width),
            Kind::Row {
                gap,
                by,
                lead,
                body,
            } => self.row(node, (*gap, *by), (lead, body), width),
            Kind::Columns { gap, children } => self.columns(node, *gap, children, width),
            Kind::Panel {
                padding: (beside, above),
                child,
                ..
            } => {
                let (beside, above) = (beside.at(self.strain), above.at(self.strain));
                let child = self.measure(child, width - 2.0 * beside);
                let height = child.size.height + 2.0 * above;
                Sized::new(node, width, height, vec![child])
            }
        }
    }

    fn stack<'n>(
        &mut self,
        node: &'n Node,
        gap: Gap,
        children: &'n [Node],
        width: f64,
    ) -> Sized<'n> {
        let children: Vec<_> = children
            .iter()
            .map(|child| self.measure(child, width))
            .collect();
        let heights: f64 = children.iter().map(|child| child.size.height).sum();
        #[expect(clippy::cast_precision_loss, reason = "a handful of children")]
        let gaps = gap.at(self.strain) * children.len().saturating_sub(1) as f64;
        let widest = children
            .iter()
            .map(|child| child.size.width)
            .fold(0.0, f64::max);
        Sized::new(node, widest, heights + gaps, children)
    }

    fn row<'n>(
        &mut self,
        node: &'n Node,
        (gap, by): (f64, Beside),
        (lead, body): (&'n Node, &'n Node),
        width: f64,
    ) -> Sized<'n> {
        let lead = self.measure(lead, width);
        let body = self.measure(body, width - lead.size.width - gap);
        let highest = lead.size.height.max(body.size.height);
        let (lead_drop, body_drop) = drops(by, &lead, &body, highest);
        let height = (lead_drop + lead.size.height).max(body_drop + body.size.height);
        Sized::new(
            node,
            lead.size.width + gap + body.size.width,
            height,
            vec![lead, body],
        )
    }

    fn columns<'n>(
        &mut self,
        node: &'n Node,
        gap: f64,
        children: &'n [Node],
        width: f64,
    ) -> Sized<'n> {
        #[expect(clippy::cast_precision_loss, reason = "a handful of children")]
        let count = children.len().max(1) as f64;
        let each = (width - gap * (count - 1.0)) / count;
        let children: Vec<_> = children
            .iter()
            .map(|child| self.measure(child, each))
            .collect();
        let highest = children
            .iter()
            .map(|child| child.size.height)
            .fold(0.0, f64::max);
        Sized::new(node, width, highest, children)
    }

    fn emoji<'n>(&mut self, node: &'n Node, picture: &Picture) -> Sized<'n> {
        let mut spec = self.theme.type_.spec(Role::Label);
        (spec.tracking, spec.leading) = (0.0, 1.2);
        let inner = picture.tile * 0.72;
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
        let room = inner as f32;
        let fits = |size: &f32| f64::from(*size) * EMOJI.0 <= inner;
        let style = Style {
            spec,
            sizes: EMOJI_SIZES.into_iter().filter(fits).collect(),
            face: Face::Emoji,
            ink: Ink::Title,
            align: Align::Start,
            wrap: Wrap::Single,
        };
        let text = self.setter.set(&Rich::plain(&picture.emoji), &style, room);
        let mut sized = Sized::text(node, text);
        sized.size = Size::new(picture.tile, picture.tile);
        sized
    }

    fn words(&mut self, words: &Words, width: f64) -> Paragraph {
        let size = self.theme.type_.size(words.role, self.strain);
        let style = Style {
            spec: self.theme.type_.spec(words.role),
            sizes: self
                .theme
                .type_
                .sizes(words.role)
                .filter(|s| *s <= size)
                .collect(),
            face: words.face,
            ink: words.ink,
            align: words.align,
            wrap: words.wrap,
        };
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
        let width = width as f32;
        let tidy = self.setter.set(&words.tidy, &style, width);
        if tidy.size() >= size && !tidy.breaks_words() {
            return tidy;
        }
        // Ties made a word too long for the column: better a preposition at a line's end than
        // small type, if that is what it takes.
        let loose = self.setter.set(&words.loose, &style, width);
        if loose.size() > tidy.size() || tidy.breaks_words() {
            loose
        } else {
            tidy
        }
    }

    fn code(&mut self, listing: &Listing, width: f64) -> Paragraph {
        let type_ = &self.theme.type_;
        let start = type_.size(Role::Code, self.strain);
        let sizes: Vec<f32> = type_.sizes(Role::Code).filter(|s| *s <= start).collect();
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
        let size = size.or(sizes.last().copied()).unwrap_or(start);
        let style = Style {
            spec: type_.spec(Role::Code),
            sizes: vec![size],
            face: Face::Mono,
            ink: Ink::Plain,
            align: Align::Start,
            wrap: Wrap::Kept,
        };
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
        let width = width as f32;
        self.setter
            .set(&fold(&listing.code, room(size)), &style, width)
    }
}
