//! Tests of PDFs and of the available back ends.

#[path = "../examples/gallery/samples.rs"]
mod samples;

use domain::{Format, Language, Slide, SlideContent, SlideText, ThemeId};
use render::{BackendKind, PdfError, RenderOptions, Renderer, RendererConfig, SlideBrand};

fn renderer() -> Renderer {
    Renderer::new(&RendererConfig::default()).expect("built-in fonts and themes are valid")
}

fn look(theme: &str) -> RenderOptions {
    RenderOptions {
        theme: ThemeId::parse(theme).expect("test theme names are valid"),
        format: Format::Portrait,
        language: Language::Ru.into(),
        brand: SlideBrand { handle: Some("@name".into()), ..SlideBrand::default() },
    }
}

#[test]
fn pdf_has_a_page_per_slide_and_stable_bytes() {
    let renderer = renderer();
    let slides = samples::carousel(Language::Ru);
    let pdf = renderer.pdf(&slides, &look("editorial"), "Тесты").unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let pages = pdf.windows(10).filter(|w| w == b"/Type/Page").count();
    let pages = pages + pdf.windows(11).filter(|w| w == b"/Type /Page").count();
    assert!(pages > slides.len(), "{pages} pages and page trees");
    let again = renderer.pdf(&slides, &look("editorial"), "Тесты").unwrap();
    assert!(pdf == again);
}

#[test]
fn pdf_error_names_the_refused_slide() {
    let mut slides = samples::carousel(Language::Ru);
    slides[2] = Slide::new(SlideContent::Principle {
        title: SlideText::parse(&"слово ".repeat(90)).unwrap(),
        body: SlideText::parse(&"слово ".repeat(90)).ok(),
    });
    let error = renderer().pdf(&slides, &look("aurora"), "t").unwrap_err();
    assert!(matches!(error, PdfError::Slide { index: 2, .. }), "{error}");
    assert!(error.to_string().starts_with("slide 3: text overflow"));
}

#[test]
fn unavailable_back_end_is_refused_at_creation() {
    assert_eq!(renderer().backend(), BackendKind::Cpu);
    let unknown = "gpu".parse::<BackendKind>().unwrap_err().to_string();
    assert_eq!(unknown, "unknown back end “gpu”: choose one of cpu, skia");
    if !BackendKind::Skia.is_available() {
        let options = RendererConfig { backend: BackendKind::Skia, ..RendererConfig::default() };
        let refused = Renderer::new(&options).err().unwrap().to_string();
        assert!(refused.contains("--features skia"), "{refused}");
    }
}
