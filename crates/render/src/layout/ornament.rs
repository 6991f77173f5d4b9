//! Draws graphics without text: rules, marks, shares, arrows.

use std::f64::consts::TAU;

use peniko::kurbo::{Arc, BezPath, Circle, Point, Rect, RoundedRect, Vec2};

use super::{node::Ornament, scene_writer::SceneWriter};
use crate::{
    brand::Avatar,
    scene::{Color, Op, Paint},
    text::Paragraph,
};

impl SceneWriter<'_> {
    pub(super) fn ornament(&mut self, what: &Ornament, text: Option<&Paragraph>, rect: Rect) {
        match what {
            Ornament::Rule => {
                let accent = self.accent(rect);
                let shape = RoundedRect::from_rect(rect, self.roundness(rect));
                self.scene.fill(shape, accent);
            }
            Ornament::SideLine => {
                let colors = self.palette.accent.map(|hex| hex.0);
                let shape = RoundedRect::from_rect(rect, self.roundness(rect));
                self.scene.fill(shape, Paint::down(rect, &colors));
            }
            Ornament::QuoteMark => {
                let accent = self.accent(rect);
                self.scene.fill(quote_mark(rect), accent);
            }
            Ornament::Marker(mark) => self.marker(*mark, text, rect),
            Ornament::Bar(share) => self.bar(*share, rect),
            Ornament::Blocks(share) => self.blocks(*share, rect),
            Ornament::Ring(share, words) => self.ring(*share, &words.name, text, rect),
            Ornament::WindowLights => self.lights(rect),
            Ornament::Face(avatar) => self.face(avatar, rect),
        }
    }

    /// Corner radius of small things: round if panels are round.
    pub(super) fn roundness(&self, rect: Rect) -> f64 {
        (rect.width().min(rect.height()) / 2.0).min(self.skin.panel.radius)
    }

    fn face(&mut self, avatar: &Avatar, rect: Rect) {
        let radius = rect.width() / 2.0;
        let shape = RoundedRect::from_rect(rect, radius);
        self.scene.ops.push(Op::Image { image: avatar.portrait(), shape });
        let ring = Circle::new(rect.center(), radius - 3.0);
        let accent = self.accent(rect);
        self.scene.stroke(ring, 6.0, accent);
    }

    /// The three lights of a window's head.
    fn lights(&mut self, rect: Rect) {
        let radius = rect.height() / 2.0;
        let colors = [(0xff, 0x6b, 0x6b), (0xff, 0xd1, 0x66), (0x5e, 0xe6, 0xa8)];
        for (x, (r, g, b)) in [0.0, 36.0, 72.0].into_iter().zip(colors) {
            let light = Circle::new((rect.x0 + radius + x, rect.center().y), radius);
            self.scene.fill(light, Color::from_rgb8(r, g, b));
        }
    }

    fn bar(&mut self, share: f64, rect: Rect) {
        let radius = self.roundness(rect);
        let empty = self.palette.ink.0.with_alpha(0.16);
        self.scene.fill(RoundedRect::from_rect(rect, radius), empty);
        let filled = (rect.width() * share).clamp(2.0 * radius, rect.width());
        let part = Rect::new(rect.x0, rect.y0, rect.x0 + filled, rect.y1);
        let accent = self.accent(part);
        self.scene.fill(RoundedRect::from_rect(part, radius), accent);
    }

    /// Ten blocks, the first ones filled.
    fn blocks(&mut self, share: f64, rect: Rect) {
        let gap = 12.0;
        let each = (rect.width() - 9.0 * gap) / 10.0;
        let (full, empty) = (self.accent(rect), self.palette.ink.0.with_alpha(0.16));
        for i in 0..10_u8 {
            let left = rect.x0 + f64::from(i) * (each + gap);
            let filled = (share * 10.0 - f64::from(i)).clamp(0.0, 1.0);
            let block = Rect::new(left, rect.y0, left + each, rect.y1);
            self.scene.fill(block, empty);
            if filled > 0.0 {
                let part = Rect::new(left, rect.y0, left + each * filled, rect.y1);
                self.scene.fill(part, full.clone());
            }
        }
    }

    /// A ring, filled clockwise from the top, with a text in it.
    fn ring(&mut self, share: f64, name: &str, text: Option<&Paragraph>, rect: Rect) {
        let width = rect.width() * 0.075;
        let radius = rect.width() / 2.0 - width / 2.0;
        let empty = self.palette.ink.0.with_alpha(0.14);
        self.scene.stroke(Circle::new(rect.center(), radius), width, empty);
        let arc = Arc::new(
            rect.center(),
            (radius, radius),
            -TAU / 4.0,
            TAU * share.clamp(0.004, 0.9999),
            0.0,
        );
        let mut whole = BezPath::new();
        whole.move_to(rect.center() - Vec2::new(0.0, radius));
        whole.extend(arc.append_iter(0.05));
        let accent = self.accent(rect);
        self.scene.stroke(whole, width, accent);
        if let Some(text) = text {
            let size = Vec2::new(text.width().into(), text.height().into());
            self.text(name, text, rect.center() - size / 2.0);
        }
    }
}

/// An arrow to the right, `length` long, its tip at `tip`.
pub(super) fn arrow(tip: Point, length: f64) -> BezPath {
    let head = length * 0.42;
    let mut path = BezPath::new();
    path.move_to(tip - Vec2::new(length, 0.0));
    path.line_to(tip);
    path.move_to(tip - Vec2::new(head, head));
    path.line_to(tip);
    path.line_to(tip - Vec2::new(head, -head));
    path
}

/// Two drops that lean to the right, in a rectangle of 150 × 112.
fn quote_mark(rect: Rect) -> BezPath {
    let mut path = BezPath::new();
    for left in [0.0, 82.0] {
        let at = |x: f64, y: f64| rect.origin() + Vec2::new(left + x, y);
        path.move_to(at(62.0, 0.0));
        path.curve_to(at(22.0, 14.0), at(0.0, 42.0), at(0.0, 78.0));
        path.curve_to(at(0.0, 98.0), at(14.0, 112.0), at(33.0, 112.0));
        path.curve_to(at(51.0, 112.0), at(65.0, 98.0), at(65.0, 80.0));
        path.curve_to(at(65.0, 62.0), at(52.0, 49.0), at(35.0, 48.0));
        path.curve_to(at(38.0, 36.0), at(48.0, 26.0), at(66.0, 18.0));
        path.close_path();
    }
    path
}
