//! [`Hex`]: a colour as theme files write it, and the computation of contrast.

use std::sync::LazyLock;

use peniko::color::{AlphaColor, Srgb};
use serde::{Deserialize, Deserializer, de::Error as _};

/// A colour in sRGB: `#RRGGBB` or `#RRGGBBAA`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hex(pub(crate) AlphaColor<Srgb>);

impl Hex {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.is_ascii() {
            return None;
        }
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let alpha = match digits.len() {
            6 => 255,
            8 => byte(6)?,
            _ => return None,
        };
        Some(Self(AlphaColor::from_rgba8(byte(0)?, byte(2)?, byte(4)?, alpha)))
    }

    /// Red, green, blue in levels of 0..255.
    pub(crate) fn levels(self) -> [f32; 3] {
        let [r, g, b, _] = self.0.components;
        [r * 255.0, g * 255.0, b * 255.0]
    }

    pub(crate) fn is_opaque(self) -> bool {
        self.0.components[3] >= 1.0
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("“{text}” is not a colour: write #RRGGBB or #RRGGBBAA"))
        })
    }
}

/// Relative luminance of an opaque colour given in levels of 0..255 (WCAG 2.2).
pub(crate) fn luminance(levels: [f32; 3]) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..255 by the cast itself"
    )]
    let [r, g, b] = levels.map(|level| LINEAR[usize::from((level + 0.5) as u8)]);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Linear light per channel level: a table, because the quality gate reads thousands of values per
/// slide.
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    let mut level = 0.0_f32;
    std::array::from_fn(|_| {
        let c = level / 255.0;
        level += 1.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
});

/// Contrast ratio of two luminances, 1 to 21 (WCAG 2.2).
pub(crate) fn contrast(a: f32, b: f32) -> f32 {
    let (light, dark) = if a > b { (a, b) } else { (b, a) };
    (light + 0.05) / (dark + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_parse_with_and_without_alpha() {
        assert_eq!(Hex::parse("#FF8000").unwrap().levels(), [255.0, 128.0, 0.0]);
        assert!(!Hex::parse("#FF800080").unwrap().is_opaque());
        for bad in ["FF8000", "#FF80", "#GG8000", "#ФФ80", ""] {
            assert_eq!(Hex::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn black_on_white_has_the_highest_contrast() {
        assert!((contrast(luminance([0.0; 3]), luminance([255.0; 3])) - 21.0).abs() < 0.01);
    }
}
