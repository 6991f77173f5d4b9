//! [`SlideRefusal`]: why a slide was not drawn. It names the broken rule, the measured value and the
//! limit.

use domain::{Format, ThemeId, limits::PICTURE_BYTES};

use crate::{encode::EncodeError, legibility::TEXT_PX_MIN};

/// Why a slide was not drawn. Lengths are in pixels of the picture unless stated otherwise.
#[derive(Debug, thiserror::Error)]
pub enum SlideRefusal {
    #[error("there is no theme “{theme}”: choose one of {known}")]
    UnknownTheme {
        theme: ThemeId,
        /// The known themes, joined by commas.
        known: String,
    },
    #[error("no glyph for U+{:04X} “{character}” in any font", u32::from(*.character))]
    NoGlyph {
        /// The first such character.
        character: char,
    },
    /// A text does not fit at its smallest size.
    #[error("{what} overflow: needs {needs} px, has {has} px")]
    Overflow {
        /// The text's name.
        what: String,
        needs: u32,
        /// The space there is.
        has: u32,
    },
    /// A part is where the platform's controls, a crop or the edge would cover it.
    #[error("{part} outside the safe area by {by} px")]
    OutsideSafeArea {
        part: String,
        /// How far.
        by: u32,
    },
    /// Two parts overlap.
    #[error("{first} and {second} overlap by {by} px")]
    Overlap {
        first: String,
        second: String,
        /// The smaller overlap of the two directions.
        by: u32,
    },
    /// A text is too similar to its background.
    #[error("contrast of {part}: {ratio:.2}, at least {limit} is needed")]
    Contrast {
        /// The text's name.
        part: String,
        /// The lowest contrast found, 1 to 21.
        ratio: f32,
        /// The minimum for its size.
        limit: f32,
    },
    #[error("{part} is {size} px, at least {TEXT_PX_MIN} px is needed")]
    TooSmall {
        /// The text's name.
        part: String,
        size: f32,
    },
    #[error("the picture is {width}×{height} px, {format} is {} px", size(*.format))]
    WrongSize { width: u32, height: u32, format: Format },
    /// The file is larger than Instagram accepts.
    #[error("the file has {bytes} bytes, at most {PICTURE_BYTES} are taken")]
    TooManyBytes { bytes: usize },
    #[error("encoding: {0}")]
    Encoding(#[from] EncodeError),
}

fn size(format: Format) -> String {
    let (width, height) = format.pixels();
    format!("{width}×{height}")
}

impl SlideRefusal {
    /// The refusal of a text that needs `needs` pixels but has `has`.
    pub(crate) fn overflow(what: &str, needs: f64, has: f64) -> Self {
        Self::Overflow { what: what.to_owned(), needs: whole_pixels(needs), has: whole_pixels(has) }
    }
}

/// A length for an error message, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturation is acceptable in an error message"
)]
pub(crate) fn whole_pixels(length: f64) -> u32 {
    length.ceil() as u32
}
