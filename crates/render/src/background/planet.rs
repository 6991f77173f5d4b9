//! A [`Planet`]: a ball lit from one side, with its atmosphere and its ring.

use super::{
    brush,
    view::{BackgroundView, Light, as_f32, mix},
};
use crate::{
    canvas::Canvas,
    theme::{Planet, Ring},
};

/// Height over width of a ring.
const RING_FLATNESS: f32 = 0.3;

pub(super) fn paint(view: &BackgroundView<'_>, canvas: &mut Canvas, planet: &Planet) {
    let center = view.place(planet.at);
    let radius = planet.radius * as_f32(view.width);
    if let Some(air) = planet.air {
        let (color, reach) = (air.levels(), radius * 1.7);
        brush::blend_area(canvas, brush::around(center, (reach, reach)), |x, y| {
            let above = ((x - center.0).hypot(y - center.1) - radius).max(0.0) / radius;
            (color, 0.5 * (-above * 7.0).exp() * (1.0 - above / 0.7).max(0.0))
        });
    }
    if let Some(ring) = &planet.ring {
        paint_ring(canvas, ring, (center, radius), false);
    }
    let reach = radius + 1.0;
    brush::blend_area(canvas, brush::around(center, (reach, reach)), |x, y| {
        let (dx, dy) = ((x - center.0) / radius, (y - center.1) / radius);
        let edge = (radius - radius * dx.hypot(dy) + 0.5).clamp(0.0, 1.0);
        (shade(planet, dx, dy), edge)
    });
    if let Some(ring) = &planet.ring {
        paint_ring(canvas, ring, (center, radius), true);
    }
}

/// The colour of the ball at a point, in radii from its centre.
fn shade(planet: &Planet, dx: f32, dy: f32) -> Light {
    let (sin, cos) = planet.light.to_radians().sin_cos();
    let toward = (1.0 - dx * dx - dy * dy).max(0.0).sqrt();
    let lit = (dx * sin - dy * cos) * 0.82 + toward * 0.42;
    let [bright, middle, dark] = planet.color.map(|color| color.levels());
    let light = if lit > 0.35 {
        mix(middle, bright, ((lit - 0.35) / 0.6).min(1.0))
    } else {
        mix(dark, middle, ((lit + 0.35) / 0.7).clamp(0.0, 1.0))
    };
    // The atmosphere lights the rim.
    let rim = (1.0 - toward).powi(4) * (lit + 0.45).clamp(0.0, 1.0) * 0.5;
    mix(light, bright, rim)
}

/// Half of a ring: behind the ball or in front of it.
fn paint_ring(canvas: &mut Canvas, ring: &Ring, (center, radius): ((f32, f32), f32), front: bool) {
    let (inner, outer) = (ring.radii.0 * radius, ring.radii.1 * radius);
    let (sin, cos) = ring.tilt.to_radians().sin_cos();
    let color = ring.color.levels();
    let [.., alpha] = ring.color.0.components;
    brush::blend_area(canvas, brush::around(center, (outer, outer)), |x, y| {
        let (dx, dy) = (x - center.0, y - center.1);
        let along = dx * cos + dy * sin;
        let across = (dy * cos - dx * sin) / RING_FLATNESS;
        if (across > 0.0) != front {
            return (color, 0.0);
        }
        let far = along.hypot(across);
        let inside = (far - inner).clamp(0.0, 1.0) * (outer - far).clamp(0.0, 1.0);
        let t = (far - inner) / (outer - inner);
        // Gaps between the bands of the ring.
        let bands = 0.62 + 0.38 * (t * 23.0).sin() * (t * 61.0).cos();
        (color, inside * alpha * bands * (1.0 - 0.5 * t))
    });
}
