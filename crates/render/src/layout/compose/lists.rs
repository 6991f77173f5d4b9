//! Slides of several things: practice and list.

use domain::{Items, Marker, Text};

use super::{Pen, SHEET, TILE, on_ground};
use crate::{
    layout::node::{Beside, Gap, Glass, Justify, Kind, Node, Ornament},
    text::Ink,
    theme::Role,
};

impl Pen<'_> {
    /// Steps on one sheet, hanging on a line.
    pub(super) fn practice(&self, title: &Text, steps: &Items) -> Node {
        let row = |(i, text): (usize, &str)| {
            let words = self.words(format!("step {}", i + 1), text, Role::Item, Ink::Title);
            Node::row(
                32.0,
                Beside::FirstLine,
                Ornament::Numeral(i + 1),
                Kind::Text(words).into(),
            )
        };
        let rows = steps.iter().enumerate().map(row).collect();
        let justify = if steps.len() > 1 {
            Justify::Between
        } else {
            Justify::Center
        };
        let rows = Node::stack(Gap::new(52.0, 16.0), rows)
            .justified(justify)
            .threaded();
        let sheet = Node::panel(Glass::Sheet, SHEET, rows).growing(1.0);
        Node::stack(Gap::new(42.0, 20.0), vec![self.head(title), sheet])
    }

    /// A tile for each thing.
    pub(super) fn list(&self, title: &Text, items: &Items, marker: Marker) -> Node {
        let tile = |(i, text): (usize, &str)| {
            let lead = match marker {
                Marker::Numbered => Ornament::Numeral(i + 1),
                Marker::Checked => Ornament::Check,
                Marker::Dotted => Ornament::Dot,
            };
            let words = self.words(format!("item {}", i + 1), text, Role::Item, Ink::Title);
            let row = Node::row(30.0, Beside::Center, lead, Kind::Text(words).into());
            Node::panel(Glass::Tile, TILE, row).growing(1.0)
        };
        let tiles = items.iter().enumerate().map(tile).collect();
        let tiles = Node::stack(Gap::new(24.0, 14.0), tiles).growing(1.0);
        Node::stack(Gap::new(40.0, 20.0), vec![self.head(title), tiles])
    }

    /// A title with the emoji beside it, or above it where titles stand in the middle.
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
