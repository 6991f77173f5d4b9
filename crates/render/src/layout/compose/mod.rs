//! One layout per kind of slide.

mod figures;
mod lists;
mod statements;

use domain::{Content, Format, Slide, Text};

use super::{
    Page,
    node::{Gap, Kind, Node, Picture, Surface, Words},
};
use crate::{
    text::{Face, Ink, Rich, Wrap, tidy},
    theme::{Align, Role},
};

/// The node tree of a slide.
pub(super) fn tree(slide: &Slide, page: &Page<'_>) -> Node {
    let pen = Pen {
        page,
        emoji: slide.emoji(),
    };
    match slide.content() {
        Content::Title { title, subtitle } => pen.opening(title, subtitle.as_ref()),
        Content::Principle { title, body } => pen.principle(title, body),
        Content::Concept { term, meaning } => pen.concept(term, meaning),
        Content::Practice { title, steps } => pen.practice(title, steps),
        Content::Quote { text, author } => pen.quote(text, author.as_ref()),
        Content::List {
            title,
            items,
            marker,
        } => pen.list(title, items, *marker),
        Content::Statistic {
            value,
            label,
            source,
        } => pen.statistic(value, label, source.as_ref()),
        Content::Comparison {
            title,
            before,
            after,
        } => pen.comparison(title, before, after),
        Content::Code {
            title,
            code,
            remark,
        } => pen.code(title, code, remark.as_ref()),
        Content::Summary {
            title,
            points,
            call_to_action,
        } => pen.summary(title, points.as_ref(), call_to_action.as_ref()),
    }
}

/// Helpers to build node trees for one page.
struct Pen<'a> {
    page: &'a Page<'a>,
    emoji: Option<&'a str>,
}

/// Padding of a sheet: left and right, then top and bottom.
const SHEET: (Gap, Gap) = (Gap::new(64.0, 48.0), Gap::new(68.0, 34.0));

/// Padding of a tile.
const TILE: (Gap, Gap) = (Gap::new(36.0, 28.0), Gap::new(34.0, 14.0));

impl Pen<'_> {
    /// A text with its name, role and colour.
    fn words(&self, name: impl Into<String>, text: &str, role: Role, ink: Ink) -> Words {
        let align = match role {
            Role::Body | Role::Item | Role::Code => Align::Start,
            Role::Display
            | Role::Headline
            | Role::Term
            | Role::Quote
            | Role::Number
            | Role::Lead
            | Role::Action
            | Role::Label => self.page.theme.layout.align,
        };
        let wrap = match role {
            Role::Display | Role::Headline | Role::Term | Role::Quote | Role::Action => {
                Wrap::Balanced
            }
            Role::Number => Wrap::Single,
            Role::Lead if align == Align::Center => Wrap::Balanced,
            Role::Lead | Role::Body | Role::Item | Role::Label | Role::Code => Wrap::Pretty,
        };
        let spec = self.page.theme.type_.spec(role);
        let rich = |text: &str| {
            let rich = Rich::parse(text);
            if spec.upper { rich.upper() } else { rich }
        };
        Words {
            name: name.into(),
            tidy: rich(&tidy(text, self.page.language)),
            loose: rich(text),
            role,
            face: Face::from(spec.font),
            ink,
            align,
            wrap,
        }
    }

    fn text(&self, name: impl Into<String>, text: &Text, role: Role, ink: Ink) -> Node {
        Kind::Text(self.words(name, text.as_str(), role, ink)).into()
    }

    /// A text next to something: aligned to it, independent of the theme's title alignment.
    fn beside(&self, name: impl Into<String>, text: &str, role: Role, ink: Ink) -> Node {
        let mut words = self.words(name, text, role, ink);
        words.align = Align::Start;
        Kind::Text(words).into()
    }

    /// Whether the theme centres its titles.
    fn centered(&self) -> bool {
        self.page.theme.layout.align == Align::Center
    }

    fn title(&self, text: &Text) -> Node {
        self.heading(text, Role::Headline, "")
    }

    /// A title with the theme's prefix and with `after` behind it.
    fn heading(&self, text: &Text, role: Role, after: &str) -> Node {
        let mut words = self.words("title", text.as_str(), role, Ink::Title);
        let before = self.page.theme.layout.prompt.as_str();
        words.tidy = words.tidy.between(before, after);
        words.loose = words.loose.between(before, after);
        Kind::Text(words).into()
    }

    /// The slide's emoji on a tile, `tile` pixels wide on a 4x5 slide.
    fn badge(&self, tile: f64) -> Option<Node> {
        let tile = tile
            * if self.page.is(Format::Square) {
                0.84
            } else {
                1.0
            };
        let emoji = self.emoji?.to_owned();
        let badge = self.page.theme.layout.badge;
        Some(Kind::Emoji(Picture { emoji, tile, badge }).into())
    }
}

/// A node on the bare background.
fn on_ground(node: Node) -> Node {
    let none = Gap::new(0.0, 0.0);
    let grow = node.grow;
    Node::panel(Surface::Cloud, (none, none), node).growing(grow)
}

/// The nodes that are present.
fn present<const N: usize>(nodes: [Option<Node>; N]) -> Vec<Node> {
    nodes.into_iter().flatten().collect()
}
