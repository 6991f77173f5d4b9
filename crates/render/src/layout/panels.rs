//! Draws the surfaces under text: panels, tiles, buttons, pills, blocks, clouds.

use peniko::kurbo::{BezPath, Circle, Point, Rect, RoundedRect, Vec2};

use super::{
    node::{BLOCK_SHADOW, Glass, Surface},
    scene_writer::SceneWriter,
};
use crate::{
    scene::{Color, Op, Paint},
    theme::Trim,
};

/// Length of the corner lines of a viewfinder frame, in pixels.
const BRACKET: f64 = 46.0;

impl SceneWriter<'_> {
    pub(super) fn glass(&mut self, glass: Glass, rect: Rect) {
        let panel = &self.skin.panel;
        let share = match glass {
            Glass::Sheet => 1.0,
            Glass::Tile(_) | Glass::Chosen | Glass::Dark => 0.72,
        };
        let radius = (panel.radius * share).min(rect.width().min(rect.height()) / 2.0);
        let sheet = RoundedRect::from_rect(rect, radius);
        self.shadow(glass, sheet);
        match (glass, panel.code) {
            (Glass::Dark, Some(code)) => self.scene.fill(sheet, code.0),
            (Glass::Dark, None) => self.dark(sheet),
            (Glass::Sheet | Glass::Chosen, _) => self.tinted(sheet, 0),
            (Glass::Tile(turn), _) => self.tinted(sheet, turn),
        }
        self.border(glass, rect, radius);
        self.trim(glass, rect);
    }

    /// Veil and tint over the background, blurred or not.
    fn tinted(&mut self, sheet: RoundedRect, turn: usize) {
        let panel = &self.skin.panel;
        self.veiled(sheet, panel.veil.0);
        let [from, to] = panel.tint(turn).map(|hex| hex.0);
        self.film(sheet, from, to);
    }

    /// As [`Self::tinted`], darker on dark themes and less tinted: for code.
    fn dark(&mut self, sheet: RoundedRect) {
        let panel = &self.skin.panel;
        self.veiled(sheet, panel.veil.0);
        self.scene.fill(sheet, panel.veil.0.with_alpha(0.5));
        let [from, to] = panel.tint.map(|hex| hex.0.multiply_alpha(0.35));
        self.film(sheet, from, to);
    }

    fn veiled(&mut self, sheet: RoundedRect, veil: Color) {
        if self.skin.panel.is_frosted() {
            self.scene.ops.push(Op::Frost { sheet });
        } else if is_seen(veil) {
            self.scene.fill(sheet, veil);
        }
    }

    /// A gradient from the upper left to the lower right corner, unless it is invisible.
    fn film(&mut self, sheet: RoundedRect, from: Color, to: Color) {
        if !is_seen(from) && !is_seen(to) {
            return;
        }
        let paint = if from == to {
            Paint::Solid(from)
        } else {
            Paint::diagonal(sheet.rect(), &[from, to])
        };
        self.scene.fill(sheet, paint);
    }

    fn border(&mut self, glass: Glass, rect: Rect, radius: f64) {
        let panel = &self.skin.panel;
        if panel.is_bare() {
            self.upper_edge(glass, rect);
            return;
        }
        let plain = panel.border.map(|hex| hex.0);
        let (width, colors) = match glass {
            Glass::Sheet | Glass::Tile(_) | Glass::Dark => (panel.border_width, plain.to_vec()),
            Glass::Chosen if panel.border_width >= 4.0 => (panel.border_width, plain.to_vec()),
            Glass::Chosen => {
                ((panel.border_width * 2.0).max(4.0), self.palette.accent.map(|hex| hex.0).to_vec())
            }
        };
        if width > 0.0 && colors.iter().any(|color| is_seen(*color)) {
            let edge = rect.inset(-width / 2.0);
            let edge = RoundedRect::from_rect(edge, (radius - width / 2.0).max(0.0));
            self.scene.stroke(edge, width, Paint::diagonal(rect, &colors));
        }
    }

    /// The edge of an invisible panel: a line above it, thick for the emphasised one.
    fn upper_edge(&mut self, glass: Glass, rect: Rect) {
        match glass {
            Glass::Chosen => {
                let edge = Rect::new(rect.x0, rect.y0, rect.x1, rect.y0 + 8.0);
                let accent = self.accent(edge);
                self.scene.fill(edge, accent);
            }
            Glass::Tile(_) => {
                self.hairline(Rect::new(rect.x0, rect.y0, rect.x1, rect.y0 + 2.0));
            }
            Glass::Sheet | Glass::Dark => {}
        }
    }

    fn trim(&mut self, glass: Glass, rect: Rect) {
        match (self.skin.panel.trim, glass) {
            (Trim::Tape, Glass::Sheet | Glass::Dark) => self.tape(rect),
            (Trim::Window, Glass::Sheet | Glass::Dark) => self.title_bar(rect),
            (Trim::Rule, Glass::Sheet | Glass::Dark) => {
                self.hairline(Rect::new(rect.x0, rect.y0, rect.x1, rect.y0 + 2.0));
            }
            (Trim::Brackets, Glass::Sheet | Glass::Dark) => self.brackets(rect),
            (Trim::None | Trim::Tape | Trim::Window | Trim::Rule | Trim::Brackets, _) => {}
        }
    }

    /// A tape strip across the upper edge, slightly rotated.
    fn tape(&mut self, rect: Rect) {
        let color = self.palette.marker().0;
        let middle = Point::new(rect.x0 + rect.width() * 0.5, rect.y0 + 2.0);
        let (half, high) = (Vec2::from_angle(-0.035) * 105.0, Vec2::from_angle(1.536) * 23.0);
        let mut strip = BezPath::new();
        strip.move_to(middle - half - high);
        strip.line_to(middle + half - high);
        strip.line_to(middle + half + high);
        strip.line_to(middle - half + high);
        strip.close_path();
        self.scene.fill(strip, color.with_alpha(0.72));
    }

    /// A window's title bar: three lights above a line.
    fn title_bar(&mut self, rect: Rect) {
        let border = self.skin.panel.border[0].0;
        let line = Rect::new(rect.x0, rect.y0 + 62.0, rect.x1, rect.y0 + 64.0);
        self.scene.fill(line, border);
        for (i, x) in [34.0, 68.0, 102.0].into_iter().enumerate() {
            let light = Circle::new((rect.x0 + x, rect.y0 + 32.0), 10.0);
            self.scene.fill(light, self.palette.accent[i].0);
        }
    }

    /// Corner lines like those of a viewfinder.
    fn brackets(&mut self, rect: Rect) {
        let color = self.palette.accent[1].0;
        for (x, inward) in [(rect.x0, BRACKET), (rect.x1, -BRACKET)] {
            for (y, down) in [(rect.y0, BRACKET), (rect.y1, -BRACKET)] {
                let mut corner = BezPath::new();
                corner.move_to((x + inward, y));
                corner.line_to((x, y));
                corner.line_to((x, y + down));
                self.scene.stroke(corner, 6.0, color);
            }
        }
    }

    /// A panel in the accent colour: a button.
    pub(super) fn button(&mut self, rect: Rect) {
        let panel = &self.skin.panel;
        let radius = panel.button_radius.min(rect.height() / 2.0);
        let sheet = RoundedRect::from_rect(rect, radius);
        let hard = panel.shadow.is_hard();
        if hard {
            self.hard_shadow(sheet, Surface::Accent.shadow());
        } else if is_seen(panel.shadow.color.0) {
            let color = self.palette.accent[1].0.with_alpha(0.35);
            self.scene.ops.push(Op::Shadow { sheet, drop: 10.0, blur: 30.0, color });
        }
        let accent = self.accent(rect);
        self.scene.fill(sheet, accent);
        if hard {
            self.border(Glass::Tile(0), rect, radius);
        }
    }

    /// A flat block with the panel's edge.
    pub(super) fn block(&mut self, rect: Rect, color: Color) {
        let panel = &self.skin.panel;
        let radius = panel.radius.min(14.0);
        let sheet = RoundedRect::from_rect(rect, radius);
        if panel.shadow.is_hard() {
            self.hard_shadow(sheet, BLOCK_SHADOW);
        }
        self.scene.fill(sheet, color);
        self.border(Glass::Tile(0), rect, radius);
    }

    /// The soft shape that makes text on the bare background readable, in one or more layers.
    pub(super) fn cloud(&mut self, rect: Rect, layers: usize) {
        let (blur, color) = (54.0, self.skin.panel.cloud.0);
        self.text_on_background.push(rect);
        if !is_seen(color) {
            return;
        }
        let rect = rect.inflate(1.1 * blur, 1.1 * blur);
        let layer = || Op::Cloud { rect, blur, color };
        self.clouds.extend(std::iter::repeat_with(layer).take(layers));
    }

    fn shadow(&mut self, glass: Glass, sheet: RoundedRect) {
        let shadow = &self.skin.panel.shadow;
        let share = Surface::from(glass).shadow();
        let alpha = match glass {
            Glass::Sheet | Glass::Dark | Glass::Chosen => 1.0,
            Glass::Tile(_) => 0.8,
        };
        if shadow.is_hard() {
            self.hard_shadow(sheet, share);
            return;
        }
        let color = shadow.color.0.multiply_alpha(alpha);
        let (drop, blur) = (shadow.drop * share, shadow.blur * share);
        if is_seen(color) {
            self.scene.ops.push(Op::Shadow { sheet, drop, blur, color });
        }
    }

    /// A shadow without blur: the panel's shape, moved.
    fn hard_shadow(&mut self, sheet: RoundedRect, share: f64) {
        let shadow = &self.skin.panel.shadow;
        let way = Vec2::new(shadow.shift, shadow.drop) * share;
        if is_seen(shadow.color.0) && way != Vec2::ZERO {
            self.scene.fill(sheet + way, shadow.color.0);
        }
    }

    /// A small panel with round ends, for header and footer.
    pub(super) fn pill(&mut self, rect: Rect) {
        let sheet = RoundedRect::from_rect(rect, rect.height() / 2.0);
        self.tinted(sheet, 0);
        let border = Paint::diagonal(rect, &self.skin.panel.border.map(|hex| hex.0));
        let inner = RoundedRect::from_rect(rect.inset(-0.75), rect.height() / 2.0 - 0.75);
        self.scene.stroke(inner, 1.5, border);
    }

    /// A thin line across the width of `rect`.
    pub(super) fn hairline(&mut self, rect: Rect) {
        let color = self.palette.ink.0.with_alpha(0.22);
        self.scene.fill(rect, color);
    }
}

/// Whether the colour is visible at all.
fn is_seen(color: Color) -> bool {
    color.components[3] > 0.0
}
