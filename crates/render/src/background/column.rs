//! The soft light of a background, one column of points at a time: values common to a column are
//! computed once, the rest in loops over plain numbers.

use std::f32::consts::PI;

use super::{
    curtain::CurtainColumn,
    nebula,
    view::{BackgroundView, Light, add_light, fade, mix},
};
use crate::theme::Glow;

/// Values that all columns share: heights, and the colour without light. All vectors have the same
/// length.
pub(super) struct ColumnPoints {
    /// In slide heights from the top.
    v: Vec<f32>,
    /// The sky or the flat colour: red, green, blue.
    base: [Vec<f32>; 3],
    /// The factor of the vignette.
    dim: Vec<f32>,
}

impl ColumnPoints {
    pub(super) fn new(view: &BackgroundView<'_>, v: impl Iterator<Item = f32>) -> Self {
        let v: Vec<f32> = v.collect();
        let lights: Vec<Light> = v.iter().map(|v| view.base(*v)).collect();
        let dim = |v: &f32| {
            // Darkened only at the top and the bottom, because slides continue to the left and
            // right.
            let far = (v * 2.0 - 1.0).abs().min(1.0);
            1.0 - view.ground.vignette * far * far * far
        };
        Self {
            base: std::array::from_fn(|c| lights.iter().map(|light| light[c]).collect()),
            dim: v.iter().map(dim).collect(),
            v,
        }
    }
}

/// A column of points: red, green and blue in levels of 0..255, from the top.
pub(super) type Column = [Vec<f32>; 3];

pub(super) struct ColumnLights<'a> {
    view: &'a BackgroundView<'a>,
    u: f32,
    glows: Vec<GlowColumn>,
    folds: Vec<CurtainColumn>,
}

impl<'a> ColumnLights<'a> {
    /// The column at `u`, in slide widths of the whole background.
    pub(super) fn new(view: &'a BackgroundView<'a>, u: f32) -> Self {
        let glows = view.ground.glows.iter();
        let curtains = view.ground.curtains.iter();
        Self {
            view,
            u,
            glows: glows.map(|glow| GlowColumn::new(view, glow, u)).collect(),
            folds: curtains
                .map(|curtain| CurtainColumn::of(curtain, u, view.width_in_slides))
                .collect(),
        }
    }

    /// Computes the column's light into `column`.
    #[inline(always)]
    pub(super) fn light(&self, heights: &ColumnPoints, column: &mut Column) {
        let v = &heights.v[..];
        for (levels, base) in column.iter_mut().zip(&heights.base) {
            levels.clear();
            levels.extend_from_slice(base);
        }
        for nebula in &self.view.ground.nebulae {
            each(column, v, |v, below| {
                let around = (self.view.width_in_slides, self.view.tall());
                let (color, share) = nebula::light_at(nebula, (self.u, v), around);
                add_light(below, color, share)
            });
        }
        for beam in &self.glows {
            each(
                column,
                v,
                #[inline(always)]
                |v, below| mix(below, beam.color, beam.share(v)),
            );
        }
        for fold in &self.folds {
            each(
                column,
                v,
                #[inline(always)]
                |v, below| {
                    let (color, share) = fold.light_at(v);
                    add_light(below, color, share)
                },
            );
        }
        for levels in column {
            for (level, dim) in levels.iter_mut().zip(&heights.dim) {
                *level *= dim;
            }
        }
    }
}

/// Replaces the light at every height by `light` of it.
#[inline(always)]
fn each([red, green, blue]: &mut Column, v: &[f32], light: impl Fn(f32, Light) -> Light) {
    for (((v, r), g), b) in v.iter().zip(red).zip(green).zip(blue) {
        [*r, *g, *b] = light(*v, [*r, *g, *b]);
    }
}

/// A glow at one column: the distance from its centre along its two half axes, as a part constant
/// in the column and a part per slide height.
struct GlowColumn {
    color: Light,
    strength: f32,
    along: (f32, f32),
    across: (f32, f32),
}

impl GlowColumn {
    fn new(view: &BackgroundView<'_>, glow: &Glow, u: f32) -> Self {
        // The nearest copy, because the background wraps around.
        let dx = (u - glow.at.0 + view.width_in_slides * 1.5).rem_euclid(view.width_in_slides)
            - view.width_in_slides / 2.0;
        let (sin, cos) = (glow.tilt * PI / 180.0).sin_cos();
        let line = |aside: f32, down: f32| {
            let down = down * view.tall();
            (aside - glow.at.1 * down, down)
        };
        Self {
            color: glow.color.levels(),
            strength: glow.strength,
            along: line(dx * cos / glow.size.0, sin / glow.size.0),
            across: line(-dx * sin / glow.size.1, cos / glow.size.1),
        }
    }

    /// Share of its colour at a height, in slide heights.
    #[inline(always)]
    fn share(&self, v: f32) -> f32 {
        let along = self.along.0 + v * self.along.1;
        let across = self.across.0 + v * self.across.1;
        self.strength * fade(-1.6 * (along * along + across * across))
    }
}
