//! [`Fit`]: the fit level of a slide's texts, and the search for the right one.

/// Number of levels between a theme's largest sizes and gaps and its smallest.
const FIT_LEVELS: i8 = 14;

/// How many steps of the scale text may grow above a theme's largest size, on a slide that would
/// otherwise be three quarters empty.
const LIFT_STEPS: i8 = 5;

/// How much of its room a slide may fill while its text grows: empty space is part of the design.
const LIFTED_FILL: f64 = 0.72;

/// The fit level. Negative: short texts, which grow; 0: everything at its largest; maximum:
/// everything at its smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit(i8);

impl Fit {
    /// Everything at its largest.
    pub(crate) const NONE: Self = Self(0);

    /// How tight it is, 0 to 1.
    pub(crate) fn tightness(self) -> f32 {
        f32::from(self.0.max(0)) / f32::from(FIT_LEVELS)
    }

    /// How many steps of the scale text grows.
    pub(crate) fn lift(self) -> usize {
        usize::from(self.0.min(0).unsigned_abs())
    }

    /// Whether `height` fills `room` well at this level.
    fn fits(self, height: f64, room: f64) -> bool {
        height <= if self.0 < 0 { room * LIFTED_FILL } else { room }
    }
}

/// Finds the lowest level at which the result of `measure` fits `room`, by bisection: smaller text
/// never makes it higher.
///
/// # Errors
/// The height at the highest level, if even that does not fit.
pub(super) fn find_fit<T>(
    room: f64,
    height: impl Fn(&T) -> f64,
    mut measure: impl FnMut(Fit) -> T,
) -> Result<(Fit, T), f64> {
    let fits = |strain: Fit, made: &T| strain.fits(height(made), room);
    let start = measure(Fit::NONE);
    let (mut low, mut best) = if !fits(Fit::NONE, &start) {
        let full = (Fit(FIT_LEVELS), measure(Fit(FIT_LEVELS)));
        if !fits(full.0, &full.1) {
            return Err(height(&full.1));
        }
        (0, full)
    } else if Fit(-1).fits(height(&start), room) {
        (-LIFT_STEPS - 1, (Fit::NONE, start))
    } else {
        return Ok((Fit::NONE, start));
    };
    while best.0.0 - low > 1 {
        let middle = Fit(low + (best.0.0 - low) / 2);
        let made = measure(middle);
        if fits(middle, &made) {
            best = (middle, made);
        } else {
            low = middle.0;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level at which something fits that is 100 high at level 0 and gets 4 lower with each
    /// level.
    fn fitted_level(room: f64) -> Result<i8, f64> {
        let measure = |strain: Fit| 100.0 - 4.0 * f64::from(strain.0);
        find_fit(room, |height| *height, measure).map(|(strain, _)| strain.0)
    }

    #[test]
    fn relax_keeps_shrinks_or_grows_to_fit() {
        assert_eq!(fitted_level(100.0), Ok(0));
        assert_eq!(fitted_level(91.0), Ok(3));
        assert_eq!(fitted_level(44.0), Ok(14));
        assert_eq!(fitted_level(150.0), Ok(-2));
        assert_eq!(fitted_level(900.0), Ok(-5));
        assert_eq!(fitted_level(43.0), Err(44.0));
    }
}
