//! From sizes to places: walks a measured tree with the room there is, deals out what is left over,
//! and writes the scene.

use peniko::kurbo::{Point, Rect, RoundedRect};

use super::{
    measure::{EMOJI, Sized, drops},
    node::{Beside, Gap, Glass, Justify, Kind, Surface},
    strain::Strain,
};
use crate::{
    scene::{Color, GlyphRun, Op, Paint, Part, Scene, Setting},
    text::{Ink, Paragraph, Token},
    theme::{Align, Theme},
};

/// Where a scene is being written.
pub(super) struct Stage<'a> {
    pub(super) theme: &'a Theme,
    /// What lies on the ground under everything: no cloud may cover a word.
    pub(super) clouds: Vec<Op>,
    pub(super) scene: Scene,
    pub(super) strain: Strain,
}

impl<'a> Stage<'a> {
    /// An empty stage.
    pub(super) fn new(theme: &'a Theme, strain: Strain) -> Self {
        Self {
            theme,
            clouds: Vec::new(),
            scene: Scene::default(),
            strain,
        }
    }

    /// The scene that was written.
    pub(super) fn finish(mut self) -> Scene {
        self.scene.ops.splice(..0, self.clouds);
        self.scene
    }

    /// Places a box, as high as `room` or as its own height, whichever is more.
    pub(super) fn place(&mut self, sized: &Sized<'_>, room: Rect) {
        match (&sized.node.kind, &sized.text) {
            (Kind::Text(words), Some(text)) => self.text(&words.name, text, room.origin()),
            (Kind::Code(_), Some(text)) => self.text("code", text, room.origin()),
            (Kind::Emoji(_), Some(text)) => self.emoji(text, self.anchored(sized, room)),
            (Kind::Ornament(ornament), text) => {
                let room = self.anchored(sized, room);
                self.ornament(ornament, text.as_ref(), room);
            }
            (
                Kind::Stack {
                    justify, thread, ..
                },
                _,
            ) => {
                let rooms = deal(sized, *justify, room);
                if *thread {
                    self.thread(sized, &rooms);
                }
                for (child, room) in sized.children.iter().zip(rooms) {
                    self.place(child, room);
                }
            }
            (Kind::Row { gap, by, .. }, _) => self.row(sized, *gap, *by, room),
            (Kind::Columns { gap, .. }, _) => self.columns(sized, *gap, room),
            (
                Kind::Panel {
                    surface, padding, ..
                },
                _,
            ) => {
                self.sheet(sized, *surface, *padding, room);
            }
            // Measuring gives every text its paragraph.
            (Kind::Text(_) | Kind::Code(_) | Kind::Emoji(_), None) => {}
        }
    }

    fn columns(&mut self, sized: &Sized<'_>, gap: f64, room: Rect) {
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
        sized: &Sized<'_>,
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
                    // No more of the sky than the words need.
                    rect.x1 = room.x0 + child.size.width;
                }
                // Small words need more contrast than large ones.
                self.cloud(rect, if child.is_large() { 1 } else { 2 });
            }
            Surface::Glass(glass) => self.glass(glass, room),
            Surface::Accent => self.button(room),
        }
        let (beside, above) = (beside.at(self.strain), above.at(self.strain));
        self.place(child, room.inset((-beside, -above)));
    }

    fn row(&mut self, sized: &Sized<'_>, gap: f64, by: Beside, room: Rect) {
        let [lead, body] = sized.children.as_slice() else {
            return;
        };
        // A row is as high as its content, in the middle of the room it got.
        let own = sized.size.height;
        let top = room.y0 + (room.height() - own).max(0.0) / 2.0;
        let (lead_drop, body_drop) = drops(by, lead, body, own);
        let (lead_top, body_top) = (top + lead_drop, top + body_drop);
        let lead_height = if lead.size.height > 0.0 {
            lead.size.height
        } else {
            own
        };
        let split = room.x0 + lead.size.width;
        self.place(
            lead,
            Rect::new(room.x0, lead_top, split, lead_top + lead_height),
        );
        let body_bottom = body_top + body.size.height;
        self.place(body, Rect::new(split + gap, body_top, room.x1, body_bottom));
    }

    /// A line from each row's lead to the next one's.
    fn thread(&mut self, sized: &Sized<'_>, rooms: &[Rect]) {
        let color = self.theme.palette.muted.0.with_alpha(0.4);
        let rows: Vec<_> = sized.children.iter().zip(rooms).collect();
        for pair in rows.windows(2) {
            let [(row, room), (next, below)] = pair else {
                continue;
            };
            let ([lead, _], [next_lead, _]) = (row.children.as_slice(), next.children.as_slice())
            else {
                continue;
            };
            let slack =
                |row: &Sized<'_>, room: &Rect| (room.height() - row.size.height).max(0.0) / 2.0;
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

    /// A box of its own size within its room, where the theme aligns things.
    fn anchored(&self, sized: &Sized<'_>, room: Rect) -> Rect {
        let height = if sized.size.height > 0.0 {
            sized.size.height
        } else {
            room.height()
        };
        let left = match self.theme.layout.align {
            Align::Start => room.x0,
            Align::Center => room.x0 + (room.width() - sized.size.width).max(0.0) / 2.0,
        };
        Rect::new(left, room.y0, left + sized.size.width, room.y0 + height)
    }

    /// Writes a text with its top left corner at `origin`.
    pub(super) fn text(&mut self, name: &str, text: &Paragraph, origin: Point) {
        let runs = text.runs(origin, |ink, extent| self.ink(ink, extent));
        let size = runs.iter().map(|run| run.size).fold(text.size(), f32::min);
        let mut inks: Vec<Paint> = Vec::new();
        for run in &runs {
            if !inks.contains(&run.paint) {
                inks.push(run.paint.clone());
            }
        }
        let words = Some(Setting {
            size,
            weight: text.weight(),
            inks,
        });
        self.scene.parts.push(Part {
            name: name.to_owned(),
            rect: text.cover(origin),
            words,
        });
        self.glyphs(runs);
    }

    /// Writes an emoji into the middle of its tile.
    fn emoji(&mut self, text: &Paragraph, tile: Rect) {
        self.glass(Glass::Tile, tile);
        let glow = self.theme.palette.accent[1].0;
        let lit = Paint::Radial {
            center: tile.center(),
            radius: tile.width() * 0.56,
            stops: vec![
                (0.0, glow.with_alpha(0.34)),
                (0.45, glow.with_alpha(0.15)),
                (1.0, glow.with_alpha(0.0)),
            ],
        };
        self.scene.fill(tile.inset(-2.0), lit);
        let size = f64::from(text.size());
        let width = f64::from(text.width());
        // Pictures reach from 0.927 above the base line to 0.247 below it.
        let top = tile.center().y - EMOJI.1 * size / 2.0;
        let baseline = top + 0.927 * size;
        let origin = Point::new(
            tile.center().x - width / 2.0,
            baseline - f64::from(text.caps()),
        );
        let runs = text.runs(origin, |ink, extent| self.ink(ink, extent));
        let rect = Rect::new(origin.x, top, origin.x + width, top + EMOJI.1 * size);
        self.scene.parts.push(Part {
            name: "emoji".to_owned(),
            rect,
            words: None,
        });
        self.scene.ops.extend(runs.into_iter().map(Op::Glyphs));
    }

    /// What an ink is painted with on this theme, over `rect`.
    pub(super) fn ink(&self, ink: Ink, rect: Rect) -> Paint {
        let palette = &self.theme.palette;
        let color: Color = match ink {
            Ink::Title => palette.ink.0,
            Ink::Soft => palette.soft.0,
            Ink::Muted => palette.muted.0,
            Ink::Accent => return self.accent(rect),
            Ink::OnAccent => palette.on_accent.0,
            Ink::Good => palette.good.0,
            Ink::Bad => palette.bad.0,
            Ink::Plain => palette.code.plain.0,
            Ink::Code(Token::Keyword) => palette.code.keyword.0,
            Ink::Code(Token::String) => palette.code.string.0,
            Ink::Code(Token::Number) => palette.code.number.0,
            Ink::Code(Token::Comment) => palette.code.comment.0,
            Ink::Code(Token::Call) => palette.code.call.0,
        };
        Paint::Solid(color)
    }

    /// The accent over a rectangle.
    pub(super) fn accent(&self, rect: Rect) -> Paint {
        Paint::across(rect, &self.theme.palette.accent.map(|hex| hex.0))
    }

    /// Writes glyphs that belong to an ornament.
    pub(super) fn glyphs(&mut self, runs: Vec<GlyphRun>) {
        self.scene.ops.extend(runs.into_iter().map(Op::Glyphs));
    }
}

/// The rooms of a stack's children.
fn deal(sized: &Sized<'_>, justify: Justify, room: Rect) -> Vec<Rect> {
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
    let child_room = |(child, gap): (&Sized<'_>, f64)| {
        let grown = if shares > 0.0 {
            left_over * child.node.grow / shares
        } else {
            0.0
        };
        let bottom = top + child.size.height + grown;
        let rect = Rect::new(room.x0, top, room.x1, bottom);
        top = bottom + gap + extra;
        rect
    };
    sized.children.iter().zip(gaps).map(child_room).collect()
}
