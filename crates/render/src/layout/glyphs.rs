//! Adds texts to a scene: glyphs, and the effects behind or around them.

use peniko::kurbo::{BezPath, Point, Rect};

use super::{measure::EMOJI, node::Glass, scene_writer::SceneWriter};
use crate::{
    scene::{Color, GlyphRun, Op, Paint, PartTypography, ScenePart},
    text::{Ink, Paragraph, Token},
    theme::BadgeStyle,
};

/// Minimum size of text that glows, in themes with a halo, in pixels.
const GLOWING_PX: f32 = 56.0;

impl SceneWriter<'_> {
    /// Adds a text with its top left corner at `origin`.
    pub(super) fn text(&mut self, name: &str, text: &Paragraph, origin: Point) {
        let mut behind = Vec::new();
        let runs = text.runs(origin, |ink, extent| {
            if matches!(ink, Ink::Marked | Ink::Underlined) {
                behind.push((ink, extent));
            }
            self.ink(ink, extent)
        });
        let size = runs.iter().map(|run| run.size).fold(text.size(), f32::min);
        let mut inks: Vec<Paint> = Vec::new();
        for run in &runs {
            if !inks.contains(&run.paint) {
                inks.push(run.paint.clone());
            }
        }
        let words = Some(PartTypography { size, weight: text.weight(), inks });
        self.scene.parts.push(ScenePart {
            name: name.to_owned(),
            rect: text.bounds(origin),
            words,
        });
        for (ink, extent) in behind {
            self.stroke_behind(ink, extent, f64::from(text.size()));
        }
        if text.size() >= GLOWING_PX {
            self.glow(&runs);
        }
        self.glyphs(runs);
    }

    /// A marker stroke from below the base line to above the capitals, or a line under the text.
    fn stroke_behind(&mut self, ink: Ink, words: Rect, size: f64) {
        let color = self.palette.marker().0;
        if ink == Ink::Marked {
            let grown = words.inflate(0.07 * size, 0.0);
            let (y0, y1) = (words.y0 - 0.11 * size, words.y1 + 0.16 * size);
            self.scene.fill(Rect { y0, y1, ..grown }, color);
        } else {
            // It is a stroke and not a panel: the text is above it, so it does not affect the
            // contrast.
            let width = (0.09 * size).max(5.0);
            let y = words.y1 + 0.10 * size + width / 2.0;
            let mut line = BezPath::new();
            line.move_to((words.x0, y));
            line.line_to((words.x1, y));
            self.scene.stroke(line, width, color);
        }
    }

    /// Light around glyphs: their outlines, increasingly wide and faint.
    fn glow(&mut self, runs: &[GlyphRun]) {
        let Some(halo) = self.theme.type_.halo else {
            return;
        };
        for (width, alpha) in [(30.0, 0.07), (18.0, 0.10), (9.0, 0.16), (4.0, 0.30)] {
            for run in runs.iter().filter(|run| !run.in_color) {
                let color = match &run.paint {
                    // White text glows in the theme's halo colour.
                    Paint::Solid(_) => Paint::Solid(halo.0.with_alpha(alpha)),
                    gradient @ (Paint::Linear { .. } | Paint::Radial { .. }) => {
                        gradient.faded(alpha)
                    }
                };
                let run = GlyphRun { paint: color, ..run.clone() };
                self.scene.ops.push(Op::Halo { run, width });
            }
        }
    }

    /// Adds an emoji, centred on its badge.
    pub(super) fn emoji(&mut self, text: &Paragraph, badge: BadgeStyle, tile: Rect) {
        self.badge(badge, tile);
        let size = f64::from(text.size());
        let width = f64::from(text.width());
        // Emoji glyphs reach from 0.927 em above the base line to 0.247 em below it.
        let top = tile.center().y - EMOJI.1 * size / 2.0;
        let baseline = top + 0.927 * size;
        let origin = Point::new(tile.center().x - width / 2.0, baseline - f64::from(text.caps()));
        let runs = text.runs(origin, |ink, extent| self.ink(ink, extent));
        let rect = Rect::new(origin.x, top, origin.x + width, top + EMOJI.1 * size);
        self.scene.parts.push(ScenePart { name: "emoji".to_owned(), rect, words: None });
        self.glyphs(runs);
    }

    fn badge(&mut self, badge: BadgeStyle, tile: Rect) {
        let light = self.palette.accent[1].0;
        match badge {
            BadgeStyle::Tile => {
                self.glass(Glass::Tile(0), tile);
                self.scene.fill(tile.inset(-2.0), lit(tile, light));
            }
            BadgeStyle::Disc => {
                let disc = peniko::kurbo::Circle::new(tile.center(), tile.width() / 2.0);
                self.scene.fill(disc, light.with_alpha(0.16));
            }
            BadgeStyle::Block => self.block(tile, self.skin.panel.tint[0].0),
            BadgeStyle::Bare => {}
        }
    }

    /// The paint of an ink on this page, over `rect`.
    pub(super) fn ink(&self, ink: Ink, rect: Rect) -> Paint {
        let palette = &self.palette;
        let color: Color = match ink {
            Ink::Title | Ink::Marked | Ink::Underlined => palette.ink.0,
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

    /// The accent gradient over a rectangle.
    pub(super) fn accent(&self, rect: Rect) -> Paint {
        let [first, second, third] = self.palette.accent.map(|hex| hex.0);
        if first == second && second == third {
            return Paint::Solid(first);
        }
        Paint::across(rect, &[first, second, third])
    }

    /// Adds glyphs that belong to no text.
    pub(super) fn glyphs(&mut self, runs: Vec<GlyphRun>) {
        self.scene.ops.extend(runs.into_iter().map(Op::Glyphs));
    }
}

fn lit(tile: Rect, light: Color) -> Paint {
    Paint::Radial {
        center: tile.center(),
        radius: tile.width() * 0.56,
        stops: vec![
            (0.0, light.with_alpha(0.34)),
            (0.45, light.with_alpha(0.15)),
            (1.0, light.with_alpha(0.0)),
        ],
    }
}
