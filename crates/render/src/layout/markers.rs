//! Draws the markers before steps and items, in the theme's style.

use peniko::kurbo::{BezPath, Circle, Point, Rect, RoundedRect, Vec2};

use super::{node::MarkerContent, scene_writer::SceneWriter};
use crate::{scene::Color, text::Paragraph, theme::MarkerStyle};

impl SceneWriter<'_> {
    pub(super) fn marker(&mut self, mark: MarkerContent, text: Option<&Paragraph>, rect: Rect) {
        let style = self.theme.layout.marker;
        match (style, text) {
            (MarkerStyle::Plain | MarkerStyle::Brackets, Some(text)) => {
                // Left-aligned, so that numbers of one and two digits end at the same place.
                let top = rect.center().y - f64::from(text.height()) / 2.0;
                self.text("number", text, Point::new(rect.x0, top));
            }
            (MarkerStyle::Brackets, None) => {}
            (_, Some(text)) => {
                self.marker_shape(style, rect);
                let size = Vec2::new(text.width().into(), text.height().into());
                self.text("number", text, rect.center() - size / 2.0);
            }
            (_, None) => self.sign(mark, style, rect),
        }
    }

    /// The shape behind a number.
    fn marker_shape(&mut self, style: MarkerStyle, rect: Rect) {
        match style {
            MarkerStyle::Square => self.block(rect, self.palette.accent[0].0),
            MarkerStyle::Ring => {
                let disc = Circle::new(rect.center(), rect.width() / 2.0 - 2.0);
                let accent = self.accent(rect);
                self.scene.stroke(disc, 3.5, accent);
            }
            MarkerStyle::Disc | MarkerStyle::Plain | MarkerStyle::Brackets => {
                let accent = self.accent(rect);
                self.scene.fill(Circle::new(rect.center(), rect.width() / 2.0), accent);
            }
        }
    }

    fn sign(&mut self, mark: MarkerContent, style: MarkerStyle, rect: Rect) {
        let (center, size) = (rect.center(), rect.width());
        let (good, bad) = (self.palette.good.0, self.palette.bad.0);
        match mark {
            MarkerContent::Check => self.sign_in_shape(style, rect, good, check(center, size)),
            MarkerContent::Cross => self.sign_in_shape(style, rect, bad, cross(center, size)),
            MarkerContent::Dot | MarkerContent::Number(_) => {
                let accent = self.accent(rect);
                let square = matches!(style, MarkerStyle::Square);
                let radius = if square { 0.0 } else { rect.height() / 2.0 };
                let dot = Rect::from_center_size(
                    center,
                    (rect.height().min(20.0), rect.height().min(20.0)),
                );
                self.scene.fill(RoundedRect::from_rect(dot, radius), accent);
            }
        }
    }

    fn sign_in_shape(&mut self, style: MarkerStyle, rect: Rect, color: Color, sign: BezPath) {
        let size = rect.width();
        match style {
            MarkerStyle::Disc | MarkerStyle::Ring => {
                let disc = Circle::new(rect.center(), size / 2.0 - 2.0);
                self.scene.fill(disc, color.with_alpha(0.16));
                self.scene.stroke(disc, size * 0.047, color.with_alpha(0.75));
                self.scene.stroke(sign, size * 0.094, color);
            }
            MarkerStyle::Square => {
                let paper = self.palette.on_accent.0;
                self.block(rect, self.palette.accent[0].0);
                self.scene.stroke(sign, size * 0.12, paper);
            }
            MarkerStyle::Plain | MarkerStyle::Brackets => {
                self.scene.stroke(sign, size * 0.105, color);
            }
        }
    }
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
