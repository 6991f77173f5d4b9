//! Layouts of title slides, one per kind of cover.

use domain::{CoverKind, SlideText};

use super::node_builder::{NodeBuilder, TILE, on_background, present};
use crate::{
    layout::node::{
        Gap, Glass, Justify, MarkerContent, Node, NodeKind, Ornament, RowAlign, TextNode,
    },
    text::{Ink, Wrap},
    theme::{TextRole, TitleSlideStyle},
};

/// The texts of a title slide.
pub(super) struct Cover<'a> {
    pub(super) title: &'a SlideText,
    pub(super) subtitle: Option<&'a SlideText>,
    pub(super) kicker: Option<&'a SlideText>,
    pub(super) kind: CoverKind,
}

impl NodeBuilder<'_> {
    /// A sign and the title, as large as fits, where the theme places them.
    pub(super) fn cover(&self, cover: &Cover<'_>) -> Node {
        let (sign, title) = self.sign_and_title(cover);
        let kicker =
            cover.kicker.map(|text| self.text("topic", text, TextRole::Action, Ink::Accent));
        let title = Node::stack(Gap::new(36.0, 22.0), present([kicker, Some(title)]));
        let title = on_background(title);
        let subtitle = cover.subtitle.map(|text| self.subtitle(text, cover.kind));
        let (space, words) = (Gap::new(64.0, 32.0), Gap::new(44.0, 24.0));
        match self.page.theme.layout.opening {
            TitleSlideStyle::Low => {
                let words = Node::stack(words, present([Some(title), subtitle]));
                let justify = if sign.is_some() { Justify::Between } else { Justify::End };
                Node::stack(space, present([sign, Some(words)])).justified(justify)
            }
            TitleSlideStyle::Middle => {
                let words = Node::stack(words, present([Some(title), subtitle]));
                Node::stack(space, present([sign, Some(words)])).justified(Justify::Center)
            }
            TitleSlideStyle::High => {
                // Large type needs more space above it than a panel does.
                let nothing = Node::stack(words, Vec::new());
                let title = Node::stack(Gap::new(40.0, 0.0), vec![nothing, title]);
                let foot = present([sign, subtitle]);
                let foot = (!foot.is_empty()).then(|| Node::stack(words, foot));
                Node::stack(space, present([Some(title), foot])).justified(Justify::Between)
            }
            TitleSlideStyle::Sheet => {
                let words = Node::stack(words, present([Some(title), subtitle]));
                self.sheet(present([sign, Some(words)]))
            }
        }
    }

    /// What stands out besides the words, and the title: the emoji, a large question mark, the
    /// number that the title begins with, or the author's picture.
    fn sign_and_title(&self, cover: &Cover<'_>) -> (Option<Node>, Node) {
        let title = || {
            let cursor = self.page.theme.layout.cursor.as_str();
            self.heading(cover.title, TextRole::Display, cursor)
        };
        match cover.kind {
            CoverKind::Question => {
                let mark = self.text_node("question mark", "?", TextRole::Number, Ink::Accent);
                (Some(large_sign(mark)), title())
            }
            CoverKind::Number => match figure(cover.title.as_str()) {
                Some((figure, rest)) => {
                    let figure = self.text_node("number", figure, TextRole::Number, Ink::Accent);
                    let rest = self.text_node("title", rest, TextRole::Headline, Ink::Title);
                    (Some(large_sign(figure)), NodeKind::Text(rest).into())
                }
                None => (self.badge(204.0), title()),
            },
            CoverKind::Face => (self.face().or_else(|| self.badge(204.0)), title()),
            CoverKind::Statement | CoverKind::Promise => (self.badge(204.0), title()),
        }
    }

    /// What the reader gets; a promise is on a tile of its own.
    fn subtitle(&self, text: &SlideText, kind: CoverKind) -> Node {
        if kind == CoverKind::Promise {
            let words = self.side_text("subtitle", text.as_str(), TextRole::Action, Ink::Title);
            let mark = Ornament::Marker(MarkerContent::Check);
            let row = Node::row(30.0, RowAlign::Center, mark, words);
            return Node::panel(Glass::Tile(0), TILE, row);
        }
        let mut words = self.text_node("subtitle", text.as_str(), TextRole::Lead, Ink::Soft);
        words.wrap = Wrap::Balanced;
        on_background(NodeKind::Text(words).into())
    }

    /// The author's picture with the name next to it; `None` without a picture.
    fn face(&self) -> Option<Node> {
        let brand = self.page.brand;
        let face = Node::from(Ornament::Face(brand.avatar.clone()?));
        let Some(name) = brand.name.as_deref().or(brand.handle.as_deref()) else {
            return Some(face);
        };
        let name = self.side_text("author", name, TextRole::Action, Ink::Title);
        Some(on_background(Node::row(36.0, RowAlign::Center, face, name)))
    }
}

/// A sign in large type, with the space above it that keeps its line box away from the header.
fn large_sign(sign: TextNode) -> Node {
    let nothing = Node::stack(Gap::new(0.0, 0.0), Vec::new());
    let sign = on_background(NodeKind::Text(sign).into());
    Node::stack(Gap::new(40.0, 24.0), vec![nothing, sign])
}

/// The number that a title begins with, with its unit, and the rest: “40%: how we did it”. A
/// no-break space is part of the number.
fn figure(title: &str) -> Option<(&str, &str)> {
    let (figure, rest) = title.split_once(' ')?;
    let figure = figure.trim_end_matches([':', '—', ',']);
    let digits = figure.chars().filter(char::is_ascii_digit).count();
    let short = figure.chars().count() <= FIGURE_CHARS;
    let rest = rest.trim_start_matches(['—', '–', ':', ' ']);
    (digits > 0 && short && !rest.is_empty()).then_some((figure.trim_matches('*'), rest))
}

/// Longest number that is drawn large, in characters.
const FIGURE_CHARS: usize = 12;

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn title_is_split_after_its_number() {
        assert_eq!(figure("-40%: how we did it"), Some(("-40%", "how we did it")));
        assert_eq!(figure("5\u{a0}млн человек"), Some(("5\u{a0}млн", "человек")));
        assert_eq!(figure("*7* rules of names"), Some(("7", "rules of names")));
        for plain in ["Why tests matter", "2026", "internationalization2 is long"] {
            assert_eq!(figure(plain), None, "{plain}");
        }
    }
}
