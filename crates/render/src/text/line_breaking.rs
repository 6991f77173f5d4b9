//! Line breaking beyond the greedy algorithm.

use parley::{BreakReason, Layout};

use super::ink::Ink;

/// Breaks again at the narrowest width that keeps the number of lines; returns that width.
pub(super) fn balance(layout: &mut Layout<Ink>, width: f32) -> f32 {
    let lines = layout.len();
    let forced = breaks_words(layout);
    if lines < 2 {
        return width;
    }
    let (mut low, mut high) = (layout.calculate_content_widths().min.min(width), width);
    while high - low > 4.0 {
        let middle = (low + high) / 2.0;
        layout.break_all_lines(Some(middle));
        if layout.len() > lines || (breaks_words(layout) && !forced) {
            low = middle;
        } else {
            high = middle;
        }
    }
    layout.break_all_lines(Some(high));
    high
}

/// Breaks again, slightly narrower, if the last line is very short; returns the width.
pub(super) fn pretty(layout: &mut Layout<Ink>, width: f32) -> f32 {
    let lines = layout.len();
    let stub = |layout: &Layout<Ink>| {
        let last = layout.lines().last().map_or(0.0, |line| line.metrics().advance);
        last < width * 0.3
    };
    if lines < 2 || !stub(layout) || breaks_words(layout) {
        return width;
    }
    for share in [0.97, 0.94, 0.91, 0.88, 0.85, 0.82] {
        layout.break_all_lines(Some(width * share));
        if layout.len() > lines || breaks_words(layout) {
            break;
        }
        if !stub(layout) {
            return width * share;
        }
    }
    layout.break_all_lines(Some(width));
    width
}

/// Whether a line ends inside a word.
pub(super) fn breaks_words(layout: &Layout<Ink>) -> bool {
    layout.lines().any(|line| line.break_reason() == BreakReason::Emergency)
}
