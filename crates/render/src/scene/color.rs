//! [`Color`]: the colour of shapes and glyphs.

use peniko::color::{AlphaColor, Srgb};

/// A colour with alpha, not premultiplied, in sRGB.
pub(crate) type Color = AlphaColor<Srgb>;
