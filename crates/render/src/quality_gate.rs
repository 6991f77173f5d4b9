//! The quality gate: checks scenes and files. A [`SlideRefusal`] names the broken rule, the measured
//! value and the limit.
//!
//! It checks scenes, not pixels, so that a slide that breaks a rule is refused before it is drawn.
//! The tests compare the background that the scene reports with drawn pixels.

use domain::{Format, limits::PICTURE_BYTES};
use peniko::kurbo::Rect;

use crate::{
    background_probe::BackgroundProbe,
    layout::PageFrame,
    legibility::{CONTRAST_LARGE, CONTRAST_TEXT, TEXT_PX_MIN, is_large},
    scene::{PartTypography, Scene, ScenePart},
    slide_refusal::{SlideRefusal, whole_pixels},
    theme::{contrast, luminance},
};

/// Tolerance for rounding at edges, in pixels.
const ROUNDING_TOLERANCE: f64 = 1.0;

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
        return Err(SlideRefusal::WrongSize { width, height, format });
    }
    if bytes > PICTURE_BYTES {
        return Err(SlideRefusal::TooManyBytes { bytes });
    }
    Ok(())
}

fn check_safe_area(part: &ScenePart, safe: Rect) -> Result<(), SlideRefusal> {
    let rect = part.rect;
    let beyond = [safe.x0 - rect.x0, safe.y0 - rect.y0, rect.x1 - safe.x1, rect.y1 - safe.y1];
    let by = beyond.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if by > ROUNDING_TOLERANCE {
        return Err(SlideRefusal::OutsideSafeArea {
            part: part.name.clone(),
            by: whole_pixels(by),
        });
    }
    Ok(())
}

fn check_text_size(part: &ScenePart, setting: &PartTypography) -> Result<(), SlideRefusal> {
    if setting.size < TEXT_PX_MIN {
        return Err(SlideRefusal::TooSmall { part: part.name.clone(), size: setting.size });
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
        let ratio = if crossed { 1.0 } else { contrast(ink, dark).min(contrast(ink, light)) };
        if ratio < limit {
            return Err(SlideRefusal::Contrast { part: part.name.clone(), ratio, limit });
        }
    }
    Ok(())
}

fn check_overlap(first: &ScenePart, second: &ScenePart) -> Result<(), SlideRefusal> {
    let common = first.rect.intersect(second.rect);
    let by = common.width().min(common.height());
    if by > ROUNDING_TOLERANCE {
        let (first, second) = (first.name.clone(), second.name.clone());
        return Err(SlideRefusal::Overlap { first, second, by: whole_pixels(by) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{canvas::Canvas, scene::Color};

    /// A scene of one white text on black that breaks no rule.
    fn good() -> Scene {
        let words = PartTypography { size: 40.0, weight: 400.0, inks: vec![Color::WHITE.into()] };
        let rect = Rect::new(100.0, 100.0, 600.0, 160.0);
        let part = ScenePart { name: "title".to_owned(), rect, words: Some(words) };
        Scene { ops: Vec::new(), parts: vec![part] }
    }

    fn said(scene: &Scene) -> String {
        let ground = Canvas::filled(1080, 1350, [0; 3]);
        let frost = Canvas::filled(270, 338, [0; 3]);
        let probe = BackgroundProbe { ground: &ground, frost: &frost, ops: &scene.ops };
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
        scene.parts.push(ScenePart { name: "emoji".to_owned(), rect, words: None });
        assert_eq!(said(&scene), "title and emoji overlap by 10 px");
    }

    #[test]
    fn low_contrast_is_refused_for_small_text() {
        let mut scene = good();
        words(&mut scene).inks = vec![Color::from_rgb8(0x66, 0x66, 0x66).into()];
        assert_eq!(said(&scene), "contrast of title: 3.66, at least 4.5 is needed");
        words(&mut scene).size = 80.0;
        assert_eq!(said(&scene), "");
    }

    #[test]
    fn text_on_a_light_shape_is_refused() {
        let mut scene = good();
        scene.fill(Rect::new(500.0, 0.0, 700.0, 700.0), Color::WHITE);
        assert_eq!(said(&scene), "contrast of title: 1.00, at least 4.5 is needed");
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
