//! Layouts of practice and list slides.

use domain::{Items, Marker, SlideText};

use super::node_builder::{NodeBuilder, SHEET, TILE, on_background};
use crate::{
    layout::node::{
        Gap, Glass, Justify, MarkerContent, Node, NodeKind, Ornament, RowAlign, RowSeparator,
    },
    text::Ink,
    theme::{ListStyle, TextRole},
};

impl NodeBuilder<'_> {
    /// Steps on one panel, connected by a line; or between hairlines.
    pub(super) fn practice(&self, title: &SlideText, steps: &Items) -> Node {
        let row = |(i, text): (usize, &str)| {
            let mark = Ornament::Marker(MarkerContent::Number(i + 1));
            self.row(mark, RowAlign::FirstLine, format!("step {}", i + 1), text)
        };
        let rows: Vec<Node> = steps.iter().enumerate().map(row).collect();
        let between = match self.page.theme.layout.list {
            ListStyle::Tiles | ListStyle::Sheet => RowSeparator::Connector,
            ListStyle::Rows => RowSeparator::Hairline,
        };
        let justify = if rows.len() > 1 { Justify::Between } else { Justify::Center };
        let rows = Node::stack(Gap::new(52.0, 16.0), rows).justified(justify).with(between);
        let sheet = Node::panel(Glass::Sheet, SHEET, rows).growing(1.0);
        Node::stack(Gap::new(42.0, 20.0), vec![self.head(title), sheet])
    }

    /// A tile or a row per item.
    pub(super) fn list(&self, title: &SlideText, items: &Items, marker: Marker) -> Node {
        let row = |(i, text): (usize, &str), by: RowAlign| {
            let mark = Ornament::Marker(match marker {
                Marker::Numbered => MarkerContent::Number(i + 1),
                Marker::Checked => MarkerContent::Check,
                Marker::Dotted => MarkerContent::Dot,
            });
            self.row(mark, by, format!("item {}", i + 1), text)
        };
        let things = items.iter().enumerate();
        let things = match self.page.theme.layout.list {
            ListStyle::Tiles => {
                let tile = |(i, text)| {
                    let row = row((i, text), RowAlign::Center);
                    Node::panel(Glass::Tile(i), TILE, row).growing(1.0)
                };
                Node::stack(Gap::new(24.0, 14.0), things.map(tile).collect())
            }
            ListStyle::Rows | ListStyle::Sheet => {
                let rows = things.map(|thing| row(thing, RowAlign::FirstLine)).collect();
                let rows = Node::stack(Gap::new(64.0, 26.0), rows)
                    .justified(Self::spread(items))
                    .with(RowSeparator::Hairline);
                Node::panel(Glass::Sheet, SHEET, rows)
            }
        };
        let things = things.growing(1.0);
        Node::stack(Gap::new(40.0, 20.0), vec![self.head(title), things])
    }

    /// With two or three rows, the free height is not spread between them.
    fn spread(items: &Items) -> Justify {
        if items.len() > 3 { Justify::Between } else { Justify::Center }
    }

    /// A marker with a text next to it.
    pub(super) fn row(&self, mark: Ornament, by: RowAlign, name: String, text: &str) -> Node {
        let words = self.text_node(name, text, TextRole::Item, Ink::Title);
        Node::row(30.0, by, mark, NodeKind::Text(words).into())
    }

    /// A title with the emoji next to it, or above it if titles are centred.
    pub(super) fn head(&self, title: &SlideText) -> Node {
        let title = self.title(title);
        match self.badge(132.0) {
            None => on_background(title),
            Some(badge) if self.centered() => {
                Node::stack(Gap::new(30.0, 18.0), vec![badge, on_background(title)])
            }
            Some(badge) => on_background(Node::row(36.0, RowAlign::Center, badge, title)),
        }
    }
}
