//! Layouts of principle, concept, quote and summary slides.

use domain::{Items, SlideText};

use super::node_builder::{NodeBuilder, SHEET, on_background, present};
use crate::{
    layout::node::{
        Gap, Glass, Justify, MarkerContent, Node, NodeKind, Ornament, RowAlign, RowSeparator,
        Surface,
    },
    text::{Ink, Wrap},
    theme::{Align, ConceptStyle, ListStyle, QuoteStyle, TextRole},
};

/// Longest statement in the type of headlines, in characters.
const HEADLINE_CHARS: usize = 100;

impl NodeBuilder<'_> {
    /// One panel: the emoji in its upper corner, rule and reason at the bottom. A statement without a
    /// reason is as large as fits.
    pub(super) fn principle(&self, title: &SlideText, body: Option<&SlideText>) -> Node {
        let is_long = title.as_str().chars().count() > HEADLINE_CHARS;
        let headline = match body {
            None if is_long => self.text("title", title, TextRole::Quote, Ink::Title),
            _ => self.title(title),
        };
        let body = body.map(|body| self.text("body", body, TextRole::Lead, Ink::Soft));
        let words = match body {
            Some(body) => vec![headline, Ornament::Rule.into(), body],
            None => vec![Ornament::Rule.into(), headline],
        };
        let words = Node::stack(Gap::new(48.0, 28.0), words);
        let inside = present([self.badge(176.0), Some(words)]);
        self.sheet(inside)
    }

    /// The term on the background and its meaning on a panel below, or both like a dictionary
    /// entry.
    pub(super) fn concept(&self, term: &SlideText, meaning: &SlideText) -> Node {
        let term = self.text("term", term, TextRole::Term, Ink::Title);
        let words = self.side_text("meaning", meaning.as_str(), TextRole::Lead, Ink::Title);
        match self.page.theme.layout.concept {
            ConceptStyle::Sheet => {
                let head = present([self.badge(176.0), Some(on_background(term))]);
                let head =
                    Node::stack(Gap::new(56.0, 30.0), head).justified(Justify::End).growing(1.0);
                let edged = Node::row(36.0, RowAlign::Center, Ornament::SideLine, words);
                let sheet = Node::panel(Glass::Sheet, SHEET, edged);
                Node::stack(Gap::new(64.0, 36.0), vec![head, sheet])
            }
            ConceptStyle::Entry => {
                let entry = vec![term, Ornament::Rule.into(), words];
                let entry = Node::stack(Gap::new(52.0, 28.0), entry);
                self.sheet(present([self.badge(176.0), Some(entry)]))
            }
        }
    }

    /// The quotation mark, the text and the author.
    pub(super) fn quote(&self, text: &SlideText, author: Option<&SlideText>) -> Node {
        let words = self.text("quote", text, TextRole::Quote, Ink::Title);
        let author = author.map(|author| self.author(author));
        let gap = Gap::new(64.0, 36.0);
        match self.page.theme.layout.quote {
            QuoteStyle::Mark => {
                let inside = present([Some(Ornament::QuoteMark.into()), Some(words), author]);
                let inside = Node::stack(gap, inside).justified(Justify::Between);
                Node::panel(Glass::Sheet, SHEET, inside).growing(1.0)
            }
            QuoteStyle::Edge => {
                let said = Node::stack(gap, present([Some(words), author]));
                let row = Node::row(48.0, RowAlign::Center, Ornament::SideLine, said);
                Node::stack(gap, vec![on_background(row)]).justified(Justify::Center)
            }
            QuoteStyle::Bare => {
                let mark = Ornament::QuoteMark.into();
                let words = on_background(words);
                let said = present([Some(mark), Some(words), author.map(on_background)]);
                Node::stack(gap, said).justified(Justify::Center)
            }
        }
    }

    /// The author, after a short line.
    fn author(&self, author: &SlideText) -> Node {
        if self.centered() {
            let mut name = self.text_node("author", author.as_str(), TextRole::Item, Ink::Soft);
            name.align = Align::Center;
            let signed = vec![Ornament::Rule.into(), NodeKind::Text(name).into()];
            return Node::stack(Gap::new(34.0, 22.0), signed);
        }
        let name = self.side_text("author", author.as_str(), TextRole::Item, Ink::Soft);
        Node::row(28.0, RowAlign::FirstLine, Ornament::Rule, name)
    }

    /// The main points and the call to action.
    pub(super) fn summary(
        &self,
        title: &SlideText,
        points: Option<&Items>,
        action: Option<&SlideText>,
    ) -> Node {
        let head = match points {
            Some(_) => self.head(title),
            None => {
                let title = self.heading(title, TextRole::Display, "");
                let head = present([self.badge(156.0), Some(on_background(title))]);
                Node::stack(Gap::new(44.0, 24.0), head).justified(Justify::Center).growing(1.0)
            }
        };
        let points = points.map(|points| {
            let row = |(i, text): (usize, &str)| {
                let mark = Ornament::Marker(MarkerContent::Check);
                self.row(mark, RowAlign::FirstLine, format!("point {}", i + 1), text)
            };
            let rows = points.iter().enumerate().map(row).collect();
            let between = match self.page.theme.layout.list {
                ListStyle::Tiles => RowSeparator::Nothing,
                ListStyle::Rows | ListStyle::Sheet => RowSeparator::Hairline,
            };
            let gap = match between {
                RowSeparator::Nothing | RowSeparator::Connector => Gap::new(40.0, 18.0),
                RowSeparator::Hairline => Gap::new(64.0, 28.0),
            };
            // With two rows, the free height is not spread between them.
            let justify = match points.len() {
                0..3 => Justify::Center,
                _ => Justify::Between,
            };
            let rows = Node::stack(gap, rows).justified(justify).with(between);
            Node::panel(Glass::Sheet, SHEET, rows).growing(1.0)
        });
        let action = action.map(|text| {
            let mut words =
                self.text_node("call to action", text.as_str(), TextRole::Action, Ink::OnAccent);
            (words.align, words.wrap) = (Align::Center, Wrap::Balanced);
            let pad = (Gap::new(48.0, 40.0), Gap::new(44.0, 32.0));
            Node::panel(Surface::Accent, pad, NodeKind::Text(words).into())
        });
        // An invisible panel does not separate its last point from the button.
        let gap = if self.page.skin.panel.is_bare() {
            Gap::new(84.0, 28.0)
        } else {
            Gap::new(40.0, 20.0)
        };
        Node::stack(gap, present([Some(head), points, action])).justified(Justify::Center)
    }

    /// A panel as high as the page, its first child at the top, its last at the bottom.
    pub(super) fn sheet(&self, inside: Vec<Node>) -> Node {
        let justify = if inside.len() > 1 { Justify::Between } else { Justify::Center };
        let inside = Node::stack(Gap::new(56.0, 28.0), inside).justified(justify);
        Node::panel(Glass::Sheet, SHEET, inside).growing(1.0)
    }
}
