//! The limits of legible text: its size and its contrast. Themes and layout keep them, and the
//! quality gate checks them.

/// Smallest text, in pixels: about 10 points where a phone shows 1080 pixels as 390 points.
pub(crate) const TEXT_PX_MIN: f32 = 28.0;

/// Minimum contrast of text (WCAG 2.2, success criterion 1.4.3).
pub(crate) const CONTRAST_TEXT: f32 = 4.5;

/// Minimum contrast of large text (WCAG 2.2, success criterion 1.4.3).
pub(crate) const CONTRAST_LARGE: f32 = 3.0;

/// Large text: 24 CSS pixels, or 18.66 in bold (WCAG 2.2). A phone shows 1080 pixels as 390.
const LARGE_PX: f32 = 66.0;
const LARGE_BOLD_PX: f32 = 52.0;

/// Whether the lower contrast limit for large text applies.
pub(crate) fn is_large(size: f32, weight: f32) -> bool {
    size >= LARGE_PX || (size >= LARGE_BOLD_PX && weight >= 700.0)
}
