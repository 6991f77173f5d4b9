//! Adapts a theme's palette to a brand's accent colour, adjusted so that it stays readable on the
//! theme.

use domain::Accent;
use peniko::color::{AlphaColor, Oklch, OpaqueColor, Srgb};

use crate::theme::{Hex, Palette, luminance};

/// Lightness difference (Oklab) between the colour and each end of the gradient.
const SPREAD: f32 = 0.05;

impl Palette {
    /// The palette with the brand's colour as its accent. The lightness is adjusted until the
    /// colour is as readable as the accent that the theme was checked with.
    pub(crate) fn with_accent(mut self, accent: Accent) -> Self {
        let lights = self.accent.map(|hex| luminance(hex.levels()));
        let dark = self.is_dark();
        let limit = if dark {
            lights.into_iter().fold(f32::INFINITY, f32::min)
        } else {
            lights.into_iter().fold(0.0, f32::max)
        };
        let [r, g, b] = accent.rgb();
        let own = AlphaColor::<Srgb>::from_rgba8(r, g, b, 255).discard_alpha().convert::<Oklch>();
        let flat = lights.windows(2).all(|pair| pair[0] == pair[1]);
        let spread = if flat { 0.0 } else { SPREAD };
        self.accent =
            [spread, 0.0, -spread].map(|shift| adjust_to_limit(own, shift, (dark, limit)));
        self.marker = self.marker.map(|marker| marker_in_hue(marker, own));
        self
    }
}

/// Shifts the lightness by `shift`, and then moves it away from the background until the luminance
/// is beyond `limit`.
fn adjust_to_limit(color: OpaqueColor<Oklch>, shift: f32, (dark, limit): (bool, f32)) -> Hex {
    let [lightness, chroma, hue] = color.components;
    let end = if dark { 1.0 } else { 0.0 };
    let good = |hex: Hex| {
        let light = luminance(hex.levels());
        if dark { light >= limit } else { light <= limit }
    };
    let start = (lightness + shift).clamp(0.0, 1.0);
    for step in 0..=64_u8 {
        let share = f32::from(step) / 64.0;
        let lightness = start + (end - start) * share;
        // Very light and very dark colours can have less chroma.
        let hex = to_srgb([lightness, chroma * (1.0 - share * share), hue]);
        if good(hex) {
            return hex;
        }
    }
    to_srgb([end, 0.0, hue])
}

/// A marker with the theme's lightness and the brand's hue.
fn marker_in_hue(marker: Hex, own: OpaqueColor<Oklch>) -> Hex {
    let theme = marker.0.discard_alpha().convert::<Oklch>();
    let [lightness, chroma, _] = theme.components;
    let tinted = to_srgb([lightness, chroma.min(own.components[1] + 0.02), own.components[2]]);
    // Equal lightness can differ in luminance by hue, so the luminance stays near the checked one.
    if (luminance(tinted.levels()) - luminance(marker.levels())).abs() < 0.12 {
        tinted
    } else {
        marker
    }
}

/// The nearest sRGB colour: inside the gamut, in whole levels.
fn to_srgb(components: [f32; 3]) -> Hex {
    let color = OpaqueColor::<Oklch>::new(components).convert::<Srgb>();
    let [r, g, b] = color.components.map(|level| level.clamp(0.0, 1.0));
    let rounded = AlphaColor::<Srgb>::new([r, g, b, 1.0]).to_rgba8();
    Hex(AlphaColor::from_rgba8(rounded.r, rounded.g, rounded.b, 255))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{SkinKind, ThemeRegistry, contrast};

    #[test]
    fn any_accent_is_as_readable_as_the_original() {
        let shelf = ThemeRegistry::built_in().unwrap();
        let themes = shelf.names().map(|name| shelf.get(name).unwrap());
        for theme in themes {
            for mood in theme.skin_kinds() {
                let palette = theme.skin(mood).palette;
                for rgb in ["#000000", "#FFFFFF", "#808080", "#FF0000", "#FFE600", "#1B1F8A"] {
                    let branded = palette.with_accent(Accent::parse(rgb).unwrap());
                    let on = luminance(branded.on_accent.levels());
                    for stop in branded.accent {
                        let ratio = contrast(luminance(stop.levels()), on);
                        assert!(ratio >= 4.5, "{} {rgb}: {ratio}", theme.id);
                    }
                }
            }
        }
    }

    #[test]
    fn readable_accent_stays_unchanged() {
        let shelf = ThemeRegistry::built_in().unwrap();
        let theme = shelf.get(&domain::ThemeId::default()).unwrap();
        let light = Accent::parse("#BFFFE0").unwrap();
        let branded = theme.skin(SkinKind::Main).palette.with_accent(light);
        let [_, middle, _] = branded.accent;
        let drawn = middle.0.to_rgba8();
        let near = |a: u8, b: u8| a.abs_diff(b) <= 1;
        assert!(near(drawn.r, 0xbf) && near(drawn.g, 0xff) && near(drawn.b, 0xe0));
    }
}
