//! [`density`]: the shape of soft edges, used by back ends, which draw shadows and clouds, and by
//! the quality gate, which computes colours behind them.

use peniko::kurbo::{Point, Rect};

/// How far a soft rectangle is visible beyond its edge, in standard deviations.
pub(crate) const SOFT_REACH: f64 = 2.8;

/// Density of a blurred rectangle at a point, 0..1. The two directions are independent, which makes
/// the corners round.
pub(crate) fn density(rect: Rect, blur: f64, at: Point) -> f64 {
    density_along(rect.x0, rect.x1, blur, at.x) * density_along(rect.y0, rect.y1, blur, at.y)
}

pub(crate) fn density_along(from: f64, to: f64, blur: f64, at: f64) -> f64 {
    normal((at - from) / blur) - normal((at - to) / blur)
}

/// The normal distribution function, in its logistic approximation: error below 0.01.
fn normal(x: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn density_is_half_at_the_edge() {
        let rect = Rect::new(0.0, 0.0, 1_000.0, 1_000.0);
        let at = |x: f64| density(rect, 20.0, Point::new(x, 500.0));
        assert!((at(500.0) - 1.0).abs() < 1e-6);
        assert!((at(0.0) - 0.5).abs() < 1e-6);
        assert!(at(-SOFT_REACH * 20.0) < 0.01);
    }
}
