//! Draws what is not words: panels, markers, rules, marks, arrows.

use peniko::kurbo::{BezPath, Circle, Point, Rect, RoundedRect, Vec2};

use super::{
    node::{Glass, Ornament},
    place::Stage,
};
use crate::{
    scene::{Color, Op, Paint},
    text::Paragraph,
};

/// Largest radius of a button's corners, in pixels: one line makes a pill, three must not lose their
/// corners.
const BUTTON_RADIUS: f64 = 64.0;

impl Stage<'_> {
    /// A sheet of glass.
    pub(super) fn glass(&mut self, glass: Glass, rect: Rect) {
        let panel = &self.theme.panel;
        let share = match glass {
            Glass::Sheet => 1.0,
            Glass::Tile | Glass::Chosen | Glass::Dark => 0.72,
        };
        let radius = (panel.radius * share).min(rect.width().min(rect.height()) / 2.0);
        let sheet = RoundedRect::from_rect(rect, radius);
        self.shadow(glass, sheet);
        self.scene.ops.push(Op::Frost { sheet });
        let tint = panel.tint.map(|hex| match glass {
            Glass::Sheet | Glass::Tile | Glass::Chosen => hex.0,
            Glass::Dark => hex.0.multiply_alpha(0.35),
        });
        if glass == Glass::Dark {
            self.scene.fill(sheet, panel.veil.0.with_alpha(0.5));
        }
        self.scene.fill(sheet, Paint::diagonal(rect, &tint));
        let (width, colors) = match glass {
            Glass::Sheet | Glass::Tile | Glass::Dark => (panel.border_width, &panel.border[..]),
            Glass::Chosen => (panel.border_width * 2.0, &self.theme.palette.accent[..]),
        };
        if width > 0.0 {
            let colors: Vec<Color> = colors.iter().map(|hex| hex.0).collect();
            let edge = rect.inset(-width / 2.0);
            let edge = RoundedRect::from_rect(edge, (radius - width / 2.0).max(0.0));
            self.scene
                .stroke(edge, width, Paint::diagonal(rect, &colors));
        }
    }

    /// A sheet of the accent, glowing.
    pub(super) fn button(&mut self, rect: Rect) {
        let sheet = RoundedRect::from_rect(rect, BUTTON_RADIUS.min(rect.height() / 2.0));
        let color = self.theme.palette.accent[1].0.with_alpha(0.35);
        self.scene.ops.push(Op::Shadow {
            sheet,
            drop: 10.0,
            blur: 30.0,
            color,
        });
        let accent = self.accent(rect);
        self.scene.fill(sheet, accent);
    }

    /// What makes words on the bare ground readable, in one or more layers.
    pub(super) fn cloud(&mut self, rect: Rect, layers: usize) {
        let (blur, color) = (54.0, self.theme.panel.cloud.0);
        let rect = rect.inflate(1.1 * blur, 1.1 * blur);
        let layer = || Op::Cloud { rect, blur, color };
        self.clouds
            .extend(std::iter::repeat_with(layer).take(layers));
    }

    fn shadow(&mut self, glass: Glass, sheet: RoundedRect) {
        let shadow = &self.theme.panel.shadow;
        let (share, alpha) = match glass {
            Glass::Sheet | Glass::Dark | Glass::Chosen => (1.0, 1.0),
            Glass::Tile => (0.55, 0.8),
        };
        let color = shadow.color.0.multiply_alpha(alpha);
        let (drop, blur) = (shadow.drop * share, shadow.blur * share);
        if blur > 0.0 && color.components[3] > 0.0 {
            self.scene.ops.push(Op::Shadow {
                sheet,
                drop,
                blur,
                color,
            });
        }
    }

    /// A small sheet with round ends, for the furniture of the page.
    pub(super) fn pill(&mut self, rect: Rect) {
        let sheet = RoundedRect::from_rect(rect, rect.height() / 2.0);
        let panel = &self.theme.panel;
        let border = Paint::diagonal(rect, &panel.border.map(|hex| hex.0));
        let tint = Paint::diagonal(rect, &panel.tint.map(|hex| hex.0));
        self.scene.ops.push(Op::Frost { sheet });
        self.scene.fill(sheet, tint);
        let inner = RoundedRect::from_rect(rect.inset(-0.75), rect.height() / 2.0 - 0.75);
        self.scene.stroke(inner, 1.5, border);
    }

    /// Draws an ornament.
    pub(super) fn ornament(&mut self, what: &Ornament, text: Option<&Paragraph>, rect: Rect) {
        let (center, width) = (rect.center(), rect.width());
        let (good, bad) = (self.theme.palette.good.0, self.theme.palette.bad.0);
        let accent = self.accent(rect);
        let round = RoundedRect::from_rect(rect, width.min(rect.height()) / 2.0);
        match what {
            Ornament::Rule | Ornament::Dot => self.scene.fill(round, accent),
            Ornament::Edge => {
                let colors = self.theme.palette.accent.map(|hex| hex.0);
                self.scene.fill(round, Paint::down(rect, &colors));
            }
            Ornament::QuoteMark => self.scene.fill(quote_mark(rect), accent),
            Ornament::Numeral(_) => self.numeral(text, rect),
            Ornament::Check => self.medal(rect, good, check(center, width)),
            Ornament::Cross => self.medal(rect, bad, cross(center, width)),
            Ornament::Bar(share) => self.bar(*share, rect),
            Ornament::Lights => self.lights(rect),
        }
    }

    /// The three lights at the head of a window.
    fn lights(&mut self, rect: Rect) {
        let radius = rect.height() / 2.0;
        let colors = [(0xff, 0x6b, 0x6b), (0xff, 0xd1, 0x66), (0x5e, 0xe6, 0xa8)];
        for (x, (r, g, b)) in [0.0, 36.0, 72.0].into_iter().zip(colors) {
            let light = Circle::new((rect.x0 + radius + x, rect.center().y), radius);
            self.scene.fill(light, Color::from_rgb8(r, g, b));
        }
    }

    /// A number on a disc of the accent.
    fn numeral(&mut self, text: Option<&Paragraph>, rect: Rect) {
        let accent = self.accent(rect);
        self.scene
            .fill(Circle::new(rect.center(), rect.width() / 2.0), accent);
        let Some(text) = text else { return };
        let size = Vec2::new(text.width().into(), text.height().into());
        self.text("number", text, rect.center() - size / 2.0);
    }

    /// A sign in a ring, both of one colour.
    fn medal(&mut self, rect: Rect, color: Color, sign: BezPath) {
        let disc = Circle::new(rect.center(), rect.width() / 2.0 - 2.0);
        self.scene.fill(disc, color.with_alpha(0.16));
        self.scene
            .stroke(disc, rect.width() * 0.047, color.with_alpha(0.75));
        self.scene.stroke(sign, rect.width() * 0.094, color);
    }

    fn bar(&mut self, share: f64, rect: Rect) {
        let radius = rect.height() / 2.0;
        let empty = self.theme.palette.ink.0.with_alpha(0.16);
        self.scene.fill(RoundedRect::from_rect(rect, radius), empty);
        let filled = (rect.width() * share).clamp(2.0 * radius, rect.width());
        let part = Rect::new(rect.x0, rect.y0, rect.x0 + filled, rect.y1);
        let accent = self.accent(part);
        self.scene
            .fill(RoundedRect::from_rect(part, radius), accent);
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

fn check(center: Point, size: f64) -> BezPath {
    let mut path = BezPath::new();
    path.move_to(center + Vec2::new(-0.205, 0.015) * size);
    path.line_to(center + Vec2::new(-0.065, 0.165) * size);
    path.line_to(center + Vec2::new(0.21, -0.15) * size);
    path
}

fn cross(center: Point, size: f64) -> BezPath {
    let mut path = BezPath::new();
    let arm = size * 0.165;
    for (from, to) in [((-arm, -arm), (arm, arm)), ((arm, -arm), (-arm, arm))] {
        path.move_to(center + Vec2::from(from));
        path.line_to(center + Vec2::from(to));
    }
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
