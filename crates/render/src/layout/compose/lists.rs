//! Layouts of practice and list slides.

use domain::{Items, Marker, Text};

use super::{Pen, SHEET, TILE, on_ground};
use crate::{
    layout::node::{Beside, Between, Gap, Glass, Justify, Kind, Mark, Node, Ornament},
    text::Ink,
    theme::{ListStyle, Role},
};

impl Pen<'_> {
    /// Steps on one panel, connected by a line; or between hairlines.
    pub(super) fn practice(&self, title: &Text, steps: &Items) -> Node {
        let row = |(i, text): (usize, &str)| {
            let mark = Ornament::Marker(Mark::Number(i + 1));
            self.row(mark, Beside::FirstLine, format!("step {}", i + 1), text)
        };
        let rows: Vec<Node> = steps.iter().enumerate().map(row).collect();
        let between = match self.page.theme.layout.list {
            ListStyle::Tiles | ListStyle::Sheet => Between::Thread,
            ListStyle::Rows => Between::Hairline,
        };
        let justify = if rows.len() > 1 {
            Justify::Between
        } else {
            Justify::Center
        };
        let rows = Node::stack(Gap::new(52.0, 16.0), rows)
            .justified(justify)
            .with(between);
        let sheet = Node::panel(Glass::Sheet, SHEET, rows).growing(1.0);
        Node::stack(Gap::new(42.0, 20.0), vec![self.head(title), sheet])
    }

    /// A tile or a row per item.
    pub(super) fn list(&self, title: &Text, items: &Items, marker: Marker) -> Node {
        let row = |(i, text): (usize, &str), by: Beside| {
            let mark = Ornament::Marker(match marker {
                Marker::Numbered => Mark::Number(i + 1),
                Marker::Checked => Mark::Check,
                Marker::Dotted => Mark::Dot,
            });
            self.row(mark, by, format!("item {}", i + 1), text)
        };
        let things = items.iter().enumerate();
        let things = match self.page.theme.layout.list {
            ListStyle::Tiles => {
                let tile = |(i, text)| {
                    let row = row((i, text), Beside::Center);
                    Node::panel(Glass::Tile(i), TILE, row).growing(1.0)
                };
                Node::stack(Gap::new(24.0, 14.0), things.map(tile).collect())
            }
            ListStyle::Rows | ListStyle::Sheet => {
                let rows = things.map(|thing| row(thing, Beside::FirstLine)).collect();
                let rows = Node::stack(Gap::new(64.0, 26.0), rows)
                    .justified(Self::spread(items))
                    .with(Between::Hairline);
                Node::panel(Glass::Sheet, SHEET, rows)
            }
        };
        let things = things.growing(1.0);
        Node::stack(Gap::new(40.0, 20.0), vec![self.head(title), things])
    }

    /// With two or three rows, the free height is not spread between them.
    fn spread(items: &Items) -> Justify {
        if items.len() > 3 {
            Justify::Between
        } else {
            Justify::Center
        }
    }

    /// A marker with a text next to it.
    pub(super) fn row(&self, mark: Ornament, by: Beside, name: String, text: &str) -> Node {
        let words = self.words(name, text, Role::Item, Ink::Title);
        Node::row(30.0, by, mark, Kind::Text(words).into())
    }

    /// A title with the emoji next to it, or above it if titles are centred.
    pub(super) fn head(&self, title: &Text) -> Node {
        let title = self.title(title);
        match self.badge(132.0) {
            None => on_ground(title),
            Some(badge) if self.centered() => {
                Node::stack(Gap::new(30.0, 18.0), vec![badge, on_ground(title)])
            }
            Some(badge) => on_ground(Node::row(36.0, Beside::Center, badge, title)),
        }
    }
}
