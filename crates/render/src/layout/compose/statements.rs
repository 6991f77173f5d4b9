//! Slides that say one thing: title, principle, concept, quote, summary.

use domain::{Items, Text};

use super::{Pen, SHEET, on_ground, present};
use crate::{
    layout::node::{Beside, Gap, Glass, Justify, Kind, Node, Ornament, Surface},
    text::{Ink, Wrap},
    theme::{Align, Role},
};

impl Pen<'_> {
    /// The sky, the emoji high up, the hook at the bottom, as large as it goes.
    pub(super) fn opening(&self, title: &Text, subtitle: Option<&Text>) -> Node {
        let subtitle = subtitle.map(|text| {
            let mut words = self.words("subtitle", text.as_str(), Role::Lead, Ink::Soft);
            words.wrap = Wrap::Balanced;
            on_ground(Kind::Text(words).into())
        });
        let title = on_ground(self.text("title", title, Role::Display, Ink::Title));
        let words = Node::stack(Gap::new(44.0, 24.0), present([Some(title), subtitle]));
        let whole = present([self.badge(204.0), Some(words)]);
        let justify = if whole.len() > 1 {
            Justify::Between
        } else {
            Justify::End
        };
        Node::stack(Gap::new(64.0, 32.0), whole).justified(justify)
    }

    /// One sheet: the emoji in its upper corner, rule and reason at its foot.
    pub(super) fn principle(&self, title: &Text, body: &Text) -> Node {
        let words = vec![
            self.title(title),
            Ornament::Rule.into(),
            self.text("body", body, Role::Lead, Ink::Soft),
        ];
        let words = Node::stack(Gap::new(48.0, 28.0), words);
        let inside = present([self.badge(176.0), Some(words)]);
        self.sheet(inside)
    }

    /// The term in the sky, its meaning on a sheet below.
    pub(super) fn concept(&self, term: &Text, meaning: &Text) -> Node {
        let head = present([
            self.badge(176.0),
            Some(on_ground(self.text("term", term, Role::Term, Ink::Title))),
        ]);
        let head = Node::stack(Gap::new(56.0, 30.0), head)
            .justified(Justify::End)
            .growing(1.0);
        let meaning = self.beside("meaning", meaning.as_str(), Role::Lead, Ink::Title);
        let edged = Node::row(36.0, Beside::Center, Ornament::Edge, meaning);
        let sheet = Node::panel(Glass::Sheet, SHEET, edged);
        Node::stack(Gap::new(64.0, 36.0), vec![head, sheet])
    }

    /// The mark, the words, and who said them.
    pub(super) fn quote(&self, text: &Text, author: Option<&Text>) -> Node {
        let words = self.text("quote", text, Role::Quote, Ink::Title);
        let author = author.map(|author| {
            if self.centered() {
                let mut name = self.words("author", author.as_str(), Role::Item, Ink::Soft);
                name.align = Align::Center;
                let signed = vec![Ornament::Rule.into(), Kind::Text(name).into()];
                return Node::stack(Gap::new(34.0, 22.0), signed);
            }
            let name = self.beside("author", author.as_str(), Role::Item, Ink::Soft);
            Node::row(28.0, Beside::FirstLine, Ornament::Rule, name)
        });
        let inside = present([Some(Ornament::QuoteMark.into()), Some(words), author]);
        let inside = Node::stack(Gap::new(64.0, 36.0), inside).justified(Justify::Between);
        Node::panel(Glass::Sheet, SHEET, inside).growing(1.0)
    }

    /// What to take along, and what to do next.
    pub(super) fn summary(
        &self,
        title: &Text,
        points: Option<&Items>,
        action: Option<&Text>,
    ) -> Node {
        let head = match points {
            Some(_) => self.head(title),
            None => {
                let title = self.text("title", title, Role::Display, Ink::Title);
                let head = present([self.badge(156.0), Some(on_ground(title))]);
                Node::stack(Gap::new(44.0, 24.0), head)
                    .justified(Justify::Center)
                    .growing(1.0)
            }
        };
        let points = points.map(|points| {
            let row = |(i, text): (usize, &str)| {
                let words = self.words(format!("point {}", i + 1), text, Role::Item, Ink::Title);
                Node::row(
                    28.0,
                    Beside::FirstLine,
                    Ornament::Check,
                    Kind::Text(words).into(),
                )
            };
            let rows = points.iter().enumerate().map(row).collect();
            let rows = Node::stack(Gap::new(40.0, 18.0), rows).justified(Justify::Center);
            Node::panel(Glass::Sheet, SHEET, rows).growing(1.0)
        });
        let action = action.map(|text| {
            let mut words =
                self.words("call to action", text.as_str(), Role::Action, Ink::OnAccent);
            (words.align, words.wrap) = (Align::Center, Wrap::Balanced);
            let pad = (Gap::new(48.0, 40.0), Gap::new(44.0, 32.0));
            Node::panel(Surface::Accent, pad, Kind::Text(words).into())
        });
        Node::stack(Gap::new(40.0, 20.0), present([Some(head), points, action]))
            .justified(Justify::Center)
    }

    /// A sheet as high as the page, its first child at the top, its last at the foot.
    fn sheet(&self, inside: Vec<Node>) -> Node {
        let justify = if inside.len() > 1 {
            Justify::Between
        } else {
            Justify::Center
        };
        let inside = Node::stack(Gap::new(56.0, 28.0), inside).justified(justify);
        Node::panel(Glass::Sheet, SHEET, inside).growing(1.0)
    }
}
