//! The quality gate: rules for scenes and files, and [`SlideRefusal`], which names the broken rule, the
//! measured value and the limit.
//!
//! It checks scenes, not pixels, so that a slide that breaks a rule is refused before it is drawn.
//! The tests compare the background that the scene reports with drawn pixels.

use domain::{Format, ThemeId, limits::PICTURE_BYTES};
use peniko::kurbo::Rect;

use crate::{
    encode::EncodeError,
    layout::PageFrame,
    scene::{BackgroundProbe, PartTypography, Scene, ScenePart},
    theme::{contrast, luminance},
};

/// Smallest text, in pixels: about 10 points where a phone shows 1080 pixels as 390 points.
pub(crate) const TEXT_PX_MIN: f32 = 28.0;

/// Minimum contrast of text (WCAG 2.2, success criterion 1.4.3).
pub(crate) const CONTRAST_TEXT: f32 = 4.5;

/// Minimum contrast of large text (WCAG 2.2, success criterion 1.4.3).
pub(crate) const CONTRAST_LARGE: f32 = 3.0;

/// Large text: 24 CSS pixels, or 18.66 in bold (WCAG 2.2). A phone shows 1080 pixels as 390.
const LARGE_PX: f32 = 66.0;
const LARGE_BOLD_PX: f32 = 52.0;

/// Tolerance for rounding at edges, in pixels.
const ROUNDING_TOLERANCE: f64 = 1.0;

/// Why a slide was not drawn. Lengths are in pixels of the picture unless stated otherwise.
#[derive(Debug, thiserror::Error)]
pub enum SlideRefusal {
    #[error("there is no theme “{theme}”: choose one of {known}")]
    UnknownTheme {
        theme: ThemeId,
        /// The known themes, joined by commas.
        known: String,
    },
    /// No font has this character.
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
        /// The space it needs.
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
    /// A text is too small for a phone.
    #[error("{part} is {size} px, at least {TEXT_PX_MIN} px is needed")]
    TooSmall {
        /// The text's name.
        part: String,
        size: f32,
    },
    /// The picture's size is not that of its format.
    #[error("the picture is {width}×{height} px, {format} is {} px", size(*.format))]
    WrongSize {
        width: u32,
        height: u32,
        format: Format,
    },
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
        Self::Overflow {
            what: what.to_owned(),
            needs: pixels(needs),
            has: pixels(has),
        }
    }
}

/// Whether the lower contrast limit for large text applies.
pub(crate) fn is_large(size: f32, weight: f32) -> bool {
    size >= LARGE_PX || (size >= LARGE_BOLD_PX && weight >= 700.0)
}

/// Checks a scene before it is drawn.
pub(crate) fn check_scene(
    scene: &Scene,
    frame: PageFrame,
    probe: BackgroundProbe<'_>,
) -> Result<(), SlideRefusal> {
    for part in &scene.parts {
        check_safe_area(part, frame.safe)?;
        if let Some(setting) = &part.words {
            check_text_size(part, setting)?;
            check_contrast(part, setting, probe)?;
        }
    }
    for (i, first) in scene.parts.iter().enumerate() {
        for second in &scene.parts[i + 1..] {
            check_overlap(first, second)?;
        }
    }
    Ok(())
}

/// Checks a picture's size and an encoded file's length.
pub(crate) fn check_file(
    bytes: usize,
    (width, height): (u32, u32),
    format: Format,
) -> Result<(), SlideRefusal> {
    if (width, height) != format.pixels() {
        return Err(SlideRefusal::WrongSize {
            width,
            height,
            format,
        });
    }
    if bytes > PICTURE_BYTES {
        return Err(SlideRefusal::TooManyBytes { bytes });
    }
    Ok(())
}

fn check_safe_area(part: &ScenePart, safe: Rect) -> Result<(), SlideRefusal> {
    let rect = part.rect;
    let beyond = [
        safe.x0 - rect.x0,
        safe.y0 - rect.y0,
        rect.x1 - safe.x1,
        rect.y1 - safe.y1,
    ];
    let by = beyond.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if by > ROUNDING_TOLERANCE {
        return Err(SlideRefusal::OutsideSafeArea {
            part: part.name.clone(),
            by: pixels(by),
        });
    }
    Ok(())
}

fn check_text_size(part: &ScenePart, setting: &PartTypography) -> Result<(), SlideRefusal> {
    if setting.size < TEXT_PX_MIN {
        return Err(SlideRefusal::TooSmall {
            part: part.name.clone(),
            size: setting.size,
        });
    }
    Ok(())
}

fn check_contrast(
    part: &ScenePart,
    setting: &PartTypography,
    probe: BackgroundProbe<'_>,
) -> Result<(), SlideRefusal> {
    let large = is_large(setting.size, setting.weight);
    let limit = if large { CONTRAST_LARGE } else { CONTRAST_TEXT };
    let (dark, light) = probe.luminance_range(part.rect);
    for ink in setting.inks.iter().flat_map(|ink| ink.colors()) {
        let [r, g, b, _] = ink.components;
        let ink = luminance([r, g, b].map(|level| level * 255.0));
        // If the background's luminance range includes the text's own luminance, part of the text
        // is invisible.
        let crossed = (dark..=light).contains(&ink);
        let ratio = if crossed {
            1.0
        } else {
            contrast(ink, dark).min(contrast(ink, light))
        };
        if ratio < limit {
            return Err(SlideRefusal::Contrast {
                part: part.name.clone(),
                ratio,
                limit,
            });
        }
    }
    Ok(())
}

fn check_overlap(first: &ScenePart, second: &ScenePart) -> Result<(), SlideRefusal> {
    let common = first.rect.intersect(second.rect);
    let by = common.width().min(common.height());
    if by > ROUNDING_TOLERANCE {
        let (first, second) = (first.name.clone(), second.name.clone());
        return Err(SlideRefusal::Overlap {
            first,
            second,
            by: pixels(by),
        });
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturation is acceptable in an error message"
)]
fn pixels(length: f64) -> u32 {
    length.ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{canvas::Canvas, scene::Color};

    /// A scene of one white text on black that breaks no rule.
    fn good() -> Scene {
        let words = PartTypography {
            size: 40.0,
            weight: 400.0,
            inks: vec![Color::WHITE.into()],
        };
        let rect = Rect::new(100.0, 100.0, 600.0, 160.0);
        let part = ScenePart {
            name: "title".to_owned(),
            rect,
            words: Some(words),
        };
        Scene {
            ops: Vec::new(),
            parts: vec![part],
        }
    }

    fn said(scene: &Scene) -> String {
        let ground = Canvas::filled(1080, 1350, [0; 3]);
        let frost = Canvas::filled(270, 338, [0; 3]);
        let probe = BackgroundProbe {
            ground: &ground,
            frost: &frost,
            ops: &scene.ops,
        };
        let frame = PageFrame::new(Format::Portrait, 84.0, false);
        check_scene(scene, frame, probe)
            .map_or_else(|refusal| refusal.to_string(), |()| String::new())
    }

    fn words(scene: &mut Scene) -> &mut PartTypography {
        scene.parts[0].words.as_mut().unwrap()
    }

    #[test]
    fn valid_scene_passes() {
        assert_eq!(said(&good()), "");
    }

    #[test]
    fn text_near_the_edge_is_refused() {
        let mut scene = good();
        scene.parts[0].rect.x1 = 1070.0;
        assert_eq!(said(&scene), "title outside the safe area by 34 px");
    }

    #[test]
    fn small_text_is_refused() {
        let mut scene = good();
        words(&mut scene).size = 20.0;
        assert_eq!(said(&scene), "title is 20 px, at least 28 px is needed");
    }

    #[test]
    fn overlapping_parts_are_refused() {
        let mut scene = good();
        let rect = Rect::new(300.0, 150.0, 400.0, 300.0);
        scene.parts.push(ScenePart {
            name: "emoji".to_owned(),
            rect,
            words: None,
        });
        assert_eq!(said(&scene), "title and emoji overlap by 10 px");
    }

    #[test]
    fn low_contrast_is_refused_for_small_text() {
        let mut scene = good();
        words(&mut scene).inks = vec![Color::from_rgb8(0x66, 0x66, 0x66).into()];
        assert_eq!(
            said(&scene),
            "contrast of title: 3.66, at least 4.5 is needed"
        );
        words(&mut scene).size = 80.0;
        assert_eq!(said(&scene), "");
    }

    #[test]
    fn text_on_a_light_shape_is_refused() {
        let mut scene = good();
        scene.fill(Rect::new(500.0, 0.0, 700.0, 700.0), Color::WHITE);
        assert_eq!(
            said(&scene),
            "contrast of title: 1.00, at least 4.5 is needed"
        );
    }

    #[test]
    fn pictures_of_the_wrong_size_are_refused() {
        let weigh =
            |bytes, size| check_file(bytes, size, Format::Square).map_err(|e| e.to_string());
        assert_eq!(weigh(1, (1080, 1080)), Ok(()));
        assert_eq!(
            weigh(1, (1080, 1350)).unwrap_err(),
            "the picture is 1080×1350 px, 1x1 is 1080×1080 px"
        );
        assert_eq!(
            weigh(9_000_000, (1080, 1080)).unwrap_err(),
            "the file has 9000000 bytes, at most 8388608 are taken"
        );
    }

    #[test]
    fn missing_glyph_is_named() {
        let refusal = SlideRefusal::NoGlyph { character: 'ש' };
        assert_eq!(refusal.to_string(), "no glyph for U+05E9 “ש” in any font");
    }
}
