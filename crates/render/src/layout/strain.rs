//! [`Strain`]: the fit level of a slide's texts, and the search for the right one.

/// Number of levels between a theme's largest sizes and gaps and its smallest.
const TIGHT_STEPS: i8 = 14;

/// How many steps of the scale text may grow above a theme's largest size, on a slide that would
/// otherwise be three quarters empty.
const LIFT_STEPS: i8 = 5;

/// How much of its room a slide may fill while its text grows: empty space is part of the design.
const LIFTED_FILL: f64 = 0.72;

/// The fit level. Negative: short texts, which grow; 0: everything at its largest; maximum:
/// everything at its smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Strain(i8);

impl Strain {
    /// Everything at its largest.
    pub(crate) const NONE: Self = Self(0);

    /// How tight it is, 0 to 1.
    pub(crate) fn tightness(self) -> f32 {
        f32::from(self.0.max(0)) / f32::from(TIGHT_STEPS)
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
pub(super) fn relax<T>(
    room: f64,
    height: impl Fn(&T) -> f64,
    mut measure: impl FnMut(Strain) -> T,
) -> Result<(Strain, T), f64> {
    let fits = |strain: Strain, made: &T| strain.fits(height(made), room);
    let start = measure(Strain::NONE);
    let (mut low, mut best) = if !fits(Strain::NONE, &start) {
        let full = (Strain(TIGHT_STEPS), measure(Strain(TIGHT_STEPS)));
        if !fits(full.0, &full.1) {
            return Err(height(&full.1));
        }
        (0, full)
    } else if Strain(-1).fits(height(&start), room) {
        (-LIFT_STEPS - 1, (Strain::NONE, start))
    } else {
        return Ok((Strain::NONE, start));
    };
    while best.0.0 - low > 1 {
        let middle = Strain(low + (best.0.0 - low) / 2);
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
    fn settled(room: f64) -> Result<i8, f64> {
        let measure = |strain: Strain| 100.0 - 4.0 * f64::from(strain.0);
        relax(room, |height| *height, measure).map(|(strain, _)| strain.0)
    }

    #[test]
    fn relax_keeps_shrinks_or_grows_to_fit() {
        assert_eq!(settled(100.0), Ok(0));
        assert_eq!(settled(91.0), Ok(3));
        assert_eq!(settled(44.0), Ok(14));
        assert_eq!(settled(150.0), Ok(-2));
        assert_eq!(settled(900.0), Ok(-5));
        assert_eq!(settled(43.0), Err(44.0));
    }
}
