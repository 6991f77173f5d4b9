//! [`NodeBuilder`]: helpers to build the node tree of a page.

use domain::{Format, SlideText};

use crate::{
    layout::{
        node::{EmojiNode, Gap, Node, NodeKind, Surface, TextNode},
        page_frame::LayoutInput,
    },
    text::{FontStack, Ink, RichText, Wrap, tie_words},
    theme::{Align, TextRole},
};

pub(super) struct NodeBuilder<'a> {
    pub(super) page: &'a LayoutInput<'a>,
    pub(super) emoji: Option<&'a str>,
}

/// Padding of a sheet: left and right, then top and bottom.
pub(super) const SHEET: (Gap, Gap) = (Gap::new(64.0, 48.0), Gap::new(68.0, 34.0));

pub(super) const TILE: (Gap, Gap) = (Gap::new(36.0, 28.0), Gap::new(34.0, 14.0));

impl NodeBuilder<'_> {
    pub(super) fn text_node(
        &self,
        name: impl Into<String>,
        text: &str,
        role: TextRole,
        ink: Ink,
    ) -> TextNode {
        let align = match role {
            TextRole::Body | TextRole::Item | TextRole::Code => Align::Start,
            TextRole::Display
            | TextRole::Headline
            | TextRole::Term
            | TextRole::Quote
            | TextRole::Number
            | TextRole::Lead
            | TextRole::Action
            | TextRole::Label => self.page.theme.layout.align,
        };
        let wrap = match role {
            TextRole::Display
            | TextRole::Headline
            | TextRole::Term
            | TextRole::Quote
            | TextRole::Action => Wrap::Balanced,
            TextRole::Number => Wrap::Single,
            TextRole::Lead if align == Align::Center => Wrap::Balanced,
            TextRole::Lead | TextRole::Body | TextRole::Item | TextRole::Label | TextRole::Code => {
                Wrap::Pretty
            }
        };
        let spec = self.page.theme.type_.spec(role);
        let rich = |text: &str| {
            let rich = RichText::parse(text);
            if spec.upper { rich.upper(self.page.language) } else { rich }
        };
        TextNode {
            name: name.into(),
            tied: rich(&tie_words(text, self.page.language)),
            untied: rich(text),
            role,
            face: FontStack::from(spec.font),
            ink,
            align,
            wrap,
        }
    }

    pub(super) fn text(
        &self,
        name: impl Into<String>,
        text: &SlideText,
        role: TextRole,
        ink: Ink,
    ) -> Node {
        NodeKind::Text(self.text_node(name, text.as_str(), role, ink)).into()
    }

    /// A text next to something: aligned to it, independent of the theme's title alignment.
    pub(super) fn side_text(
        &self,
        name: impl Into<String>,
        text: &str,
        role: TextRole,
        ink: Ink,
    ) -> Node {
        let mut words = self.text_node(name, text, role, ink);
        words.align = Align::Start;
        NodeKind::Text(words).into()
    }

    /// Whether the theme centres its titles.
    pub(super) fn centered(&self) -> bool {
        self.page.theme.layout.align == Align::Center
    }

    pub(super) fn title(&self, text: &SlideText) -> Node {
        self.heading(text, TextRole::Headline, "")
    }

    /// A title with the theme's prefix and with `after` behind it.
    pub(super) fn heading(&self, text: &SlideText, role: TextRole, after: &str) -> Node {
        let mut words = self.text_node("title", text.as_str(), role, Ink::Title);
        let before = self.page.theme.layout.prompt.as_str();
        words.tied = words.tied.between(before, after);
        words.untied = words.untied.between(before, after);
        NodeKind::Text(words).into()
    }

    /// The slide's emoji on a tile, `tile` pixels wide on a 4x5 slide.
    pub(super) fn badge(&self, tile: f64) -> Option<Node> {
        let tile = tile * if self.page.is(Format::Square) { 0.84 } else { 1.0 };
        let emoji = self.emoji?.to_owned();
        let badge = self.page.theme.layout.badge;
        Some(NodeKind::Emoji(EmojiNode { emoji, tile, badge }).into())
    }
}

pub(super) fn on_background(node: Node) -> Node {
    let none = Gap::new(0.0, 0.0);
    let grow = node.grow;
    Node::panel(Surface::Cloud, (none, none), node).growing(grow)
}

pub(super) fn present<const N: usize>(nodes: [Option<Node>; N]) -> Vec<Node> {
    nodes.into_iter().flatten().collect()
}
