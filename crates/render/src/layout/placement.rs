//! Places a measured tree: walks it with the space there is, distributes the free height, and
//! writes the scene.

use peniko::kurbo::{Rect, RoundedRect};

use super::{
    measure::{MeasuredNode, padding, row_offsets, trim_height},
    node::{Gap, Justify, NodeKind, Ornament, RowAlign, RowSeparator, Surface},
    scene_writer::SceneWriter,
};
use crate::theme::{Align, MarkerStyle};

impl SceneWriter<'_> {
    /// Places a node in the height of `room` or its own height, whichever is larger.
    pub(super) fn place(&mut self, sized: &MeasuredNode<'_>, room: Rect) {
        match (&sized.node.kind, &sized.text) {
            (NodeKind::Text(words), Some(text)) => self.text(&words.name, text, room.origin()),
            (NodeKind::Code(_), Some(text)) => self.text("code", text, room.origin()),
            (NodeKind::Emoji(picture), Some(text)) => {
                let room = self.anchored(sized, room);
                self.emoji(text, picture.badge, room);
            }
            (NodeKind::Ornament(ornament), text) => {
                let room = match ornament {
                    Ornament::Ring(..) => centered(sized, room),
                    Ornament::Rule
                    | Ornament::QuoteMark
                    | Ornament::Marker(_)
                    | Ornament::Bar(_)
                    | Ornament::Blocks(_)
                    | Ornament::WindowLights
                    | Ornament::Face(_)
                    | Ornament::SideLine => self.anchored(sized, room),
                };
                self.ornament(ornament, text.as_ref(), room);
            }
            (NodeKind::Stack { justify, between, .. }, _) => {
                let rooms = child_rects(sized, *justify, room);
                match between {
                    RowSeparator::Nothing => {}
                    RowSeparator::Connector => self.connectors(sized, &rooms),
                    RowSeparator::Hairline => self.hairlines(&rooms),
                }
                for (child, room) in sized.children.iter().zip(rooms) {
                    self.place(child, room);
                }
            }
            (NodeKind::Row { gap, by, .. }, _) => self.row(sized, *gap, *by, room),
            (NodeKind::Columns { gap, .. }, _) => self.columns(sized, *gap, room),
            (NodeKind::Panel { surface, padding, .. }, _) => {
                self.sheet(sized, *surface, *padding, room);
            }
            // Measuring gives every text its paragraph.
            (NodeKind::Text(_) | NodeKind::Code(_) | NodeKind::Emoji(_), None) => {}
        }
    }

    fn columns(&mut self, sized: &MeasuredNode<'_>, gap: f64, room: Rect) {
        #[expect(clippy::cast_precision_loss, reason = "a handful of children")]
        let count = sized.children.len().max(1) as f64;
        let each = (room.width() - gap * (count - 1.0)) / count;
        let mut left = room.x0;
        for child in &sized.children {
            self.place(child, Rect::new(left, room.y0, left + each, room.y1));
            left += each + gap;
        }
    }

    fn sheet(
        &mut self,
        sized: &MeasuredNode<'_>,
        surface: Surface,
        (beside, above): (Gap, Gap),
        room: Rect,
    ) {
        let [child] = sized.children.as_slice() else {
            return;
        };
        match surface {
            Surface::Cloud => {
                let mut rect = room;
                rect.y0 -= sized.reach.0;
                if self.theme.layout.align == Align::Start {
                    // The cloud is only as wide as the text.
                    let (left, right) = child.span();
                    (rect.x0, rect.x1) = (room.x0 + left, room.x0 + right);
                }
                // Small text needs more contrast than large text.
                self.cloud(rect, if child.is_large() { 1 } else { 2 });
            }
            Surface::Glass(glass) => self.glass(glass, room),
            Surface::Accent => self.button(room),
        }
        let share = padding(self.skin, surface);
        let (beside, above) = (beside.at(self.strain) * share.0, above.at(self.strain) * share.1);
        let mut inside = room.inset((-beside, -above));
        inside.y0 += trim_height(self.skin, surface);
        self.place(child, inside);
    }

    fn row(&mut self, sized: &MeasuredNode<'_>, gap: f64, by: RowAlign, room: Rect) {
        let [lead, body] = sized.children.as_slice() else {
            return;
        };
        // A row has the height of its content, centred in its room.
        let own = sized.size.height;
        let top = room.y0 + (room.height() - own).max(0.0) / 2.0;
        let (lead_drop, body_drop) = row_offsets(by, lead, body, own);
        let (lead_top, body_top) = (top + lead_drop, top + body_drop);
        let lead_height = if lead.size.height > 0.0 { lead.size.height } else { own };
        let split = room.x0 + lead.size.width;
        self.place(lead, Rect::new(room.x0, lead_top, split, lead_top + lead_height));
        let body_bottom = body_top + body.size.height;
        self.place(body, Rect::new(split + gap, body_top, room.x1, body_bottom));
    }

    /// A line from each row's marker to the next one's.
    fn connectors(&mut self, sized: &MeasuredNode<'_>, rooms: &[Rect]) {
        match self.theme.layout.marker {
            MarkerStyle::Disc | MarkerStyle::Square | MarkerStyle::Ring => {}
            // Numbers without a shape have no edge to connect.
            MarkerStyle::Plain | MarkerStyle::Brackets => return,
        }
        let color = self.palette.muted.0.with_alpha(0.4);
        let rows: Vec<_> = sized.children.iter().zip(rooms).collect();
        for pair in rows.windows(2) {
            let [(row, room), (next, below)] = pair else {
                continue;
            };
            let ([lead, _], [next_lead, _]) = (row.children.as_slice(), next.children.as_slice())
            else {
                continue;
            };
            let slack = |row: &MeasuredNode<'_>, room: &Rect| {
                (room.height() - row.size.height).max(0.0) / 2.0
            };
            let x = room.x0 + lead.size.width / 2.0;
            let from = room.y0 + slack(row, room) + lead.size.height + 10.0;
            let to = below.y0 + slack(next, below) - 10.0;
            debug_assert!(next_lead.size.width > 0.0);
            if to > from {
                let line = Rect::new(x - 1.5, from, x + 1.5, to);
                self.scene.fill(RoundedRect::from_rect(line, 1.5), color);
            }
        }
    }

    /// A line halfway between each row and the next.
    fn hairlines(&mut self, rooms: &[Rect]) {
        for pair in rooms.windows(2) {
            let y = f64::midpoint(pair[0].y1, pair[1].y0).round();
            self.hairline(Rect::new(pair[0].x0, y - 1.0, pair[0].x1, y + 1.0));
        }
    }

    /// A rectangle of the node's own size in its room, at the theme's alignment.
    fn anchored(&self, sized: &MeasuredNode<'_>, room: Rect) -> Rect {
        let height = if sized.size.height > 0.0 { sized.size.height } else { room.height() };
        match self.theme.layout.align {
            Align::Start => {
                Rect::new(room.x0, room.y0, room.x0 + sized.size.width, room.y0 + height)
            }
            Align::Center => centered(sized, room),
        }
    }
}

/// A rectangle of the node's own size, centred in its room.
fn centered(sized: &MeasuredNode<'_>, room: Rect) -> Rect {
    let height = if sized.size.height > 0.0 { sized.size.height } else { room.height() };
    let left = room.x0 + (room.width() - sized.size.width).max(0.0) / 2.0;
    Rect::new(left, room.y0, left + sized.size.width, room.y0 + height)
}

/// The rooms of a stack's children.
fn child_rects(sized: &MeasuredNode<'_>, justify: Justify, room: Rect) -> Vec<Rect> {
    let left_over = (room.height() - sized.size.height).max(0.0);
    let shares: f64 = sized.children.iter().map(|child| child.node.grow).sum();
    #[expect(clippy::cast_precision_loss, reason = "a handful of children")]
    let between = sized.gaps.len() as f64;
    let (before, extra) = match justify {
        _ if shares > 0.0 => (0.0, 0.0),
        Justify::Start => (0.0, 0.0),
        Justify::Center => (left_over / 2.0, 0.0),
        Justify::End => (left_over, 0.0),
        Justify::Between if between > 0.0 => (0.0, left_over / between),
        Justify::Between => (left_over / 2.0, 0.0),
    };
    let mut top = room.y0 + before;
    let gaps = sized.gaps.iter().copied().chain([0.0]);
    let child_room = |(child, gap): (&MeasuredNode<'_>, f64)| {
        let grown = if shares > 0.0 { left_over * child.node.grow / shares } else { 0.0 };
        let bottom = top + child.size.height + grown;
        let rect = Rect::new(room.x0, top, room.x1, bottom);
        top = bottom + gap + extra;
        rect
    };
    sized.children.iter().zip(gaps).map(child_room).collect()
}
