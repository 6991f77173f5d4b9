//! A sample of three slides, which shows themes before a carousel exists.

use domain::{Format, Items, Language, Slide, SlideContent, SlideText, ThemeId};
use render::{RenderOptions, SlideBrand};
use telegram::Phrase;

/// How the sample is drawn.
pub(crate) fn options(theme: ThemeId, language: Language) -> RenderOptions {
    RenderOptions {
        theme,
        format: Format::Portrait,
        language: language.into(),
        brand: SlideBrand::default(),
    }
}

/// The slides of the sample; `None` if a phrase is not a valid text of a slide, which a test
/// excludes.
pub(crate) fn slides(language: Language) -> Option<Vec<Slide>> {
    let text = |phrase: Phrase<'_>| SlideText::parse(&phrase.plain(language)).ok();
    let points = [Phrase::SamplePointOne, Phrase::SamplePointTwo, Phrase::SamplePointThree];
    let points = points.map(|point| point.plain(language));
    Some(vec![
        Slide::new(SlideContent::title(text(Phrase::StarterNames)?, text(Phrase::SampleSubtitle))),
        Slide::new(SlideContent::Principle {
            title: text(Phrase::SampleRule)?,
            body: text(Phrase::SampleReason),
        }),
        Slide::new(SlideContent::Summary {
            title: text(Phrase::SampleSummary)?,
            points: Items::parse("points", &points).ok(),
            call_to_action: text(Phrase::SampleCall),
        }),
    ])
}

#[cfg(test)]
mod tests {
    use render::{Renderer, RendererConfig, SlidePosition};

    use super::*;

    #[test]
    fn sample_is_drawn_in_both_languages_and_all_themes() {
        let renderer = Renderer::new(&RendererConfig::default()).unwrap();
        for language in Language::ALL {
            let slides = slides(*language).unwrap();
            for theme in renderer.themes() {
                let options = options(theme.clone(), *language);
                for (slide, place) in slides.iter().zip(SlidePosition::all(slides.len())) {
                    renderer.check(slide, place, &options).unwrap();
                }
            }
        }
    }
}
