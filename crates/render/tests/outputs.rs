//! What leaves besides pictures: PDFs, and the limits that a writer asks for.

#[path = "../examples/gallery/samples.rs"]
mod samples;

use domain::{Content, Format, Language, Slide, SlideKind, Text, ThemeId};
use render::{BackendKind, Brand, Look, Options, PdfError, Place, Refusal, Renderer};

fn renderer() -> Renderer {
    Renderer::new(&Options::default()).expect("what is built in can be loaded")
}

fn look(theme: &str) -> Look {
    Look {
        theme: ThemeId::parse(theme).expect("a test's theme has a name"),
        format: Format::Portrait,
        language: Language::Ru,
        brand: Brand {
            handle: Some("@name".into()),
            ..Brand::default()
        },
    }
}

#[test]
fn a_pdf_has_a_page_for_each_slide_and_is_the_same_bytes_again() {
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
fn a_pdf_names_the_slide_that_was_refused() {
    let mut slides = samples::carousel(Language::Ru);
    slides[2] = Slide::new(Content::Principle {
        title: Text::parse(&"слово ".repeat(90)).unwrap(),
        body: Text::parse(&"слово ".repeat(90)).unwrap(),
    });
    let error = renderer().pdf(&slides, &look("aurora"), "t").unwrap_err();
    assert!(matches!(error, PdfError::Slide { index: 2, .. }), "{error}");
    assert!(error.to_string().starts_with("slide 3: text overflow"));
}

#[test]
fn texts_as_long_as_the_limits_say_fit() {
    let renderer = renderer();
    for theme in ["aurora", "editorial", "terminal"] {
        let look = look(theme);
        let limits = renderer.limits(&look.theme, look.format).unwrap();
        let title = limits.get(SlideKind::Principle, "title").unwrap().chars;
        let body = limits.get(SlideKind::Principle, "body").unwrap().chars;
        assert!((20..400).contains(&title) && (80..600).contains(&body), "{title} {body}");
        for words in ["тест код ", "ответственность проверки ", "и снова о том же "] {
            let cut = |chars| {
                let long: String = words.chars().cycle().take(chars).collect();
                Text::parse(&long).unwrap()
            };
            let slide = Slide::new(Content::Principle {
                title: cut(title),
                body: cut(body),
            });
            let fits = renderer.check(&slide, Place::new(1, 7).unwrap(), &look);
            assert!(fits.is_ok(), "{theme}, {words}: {fits:?}");
        }
    }
}

#[test]
fn limits_are_there_for_every_kind_and_shorter_on_a_square() {
    let renderer = renderer();
    let theme = ThemeId::default();
    let tall = renderer.limits(&theme, Format::Story).unwrap();
    let square = renderer.limits(&theme, Format::Square).unwrap();
    for kind in SlideKind::ALL {
        assert!(tall.iter().any(|limit| limit.kind == *kind), "{kind}");
    }
    for limit in square.iter() {
        let high = tall.get(limit.kind, limit.field).unwrap();
        assert!(high.chars >= limit.chars, "{} {}", limit.kind, limit.field);
    }
    let nowhere = ThemeId::parse("nowhere").unwrap();
    let refused = renderer.limits(&nowhere, Format::Square).unwrap_err();
    assert!(matches!(refused, Refusal::UnknownTheme { .. }));
}

#[test]
fn a_back_end_that_is_not_there_is_refused_at_once() {
    assert_eq!(renderer().backend(), BackendKind::Cpu);
    let unknown = "gpu".parse::<BackendKind>().unwrap_err().to_string();
    assert_eq!(unknown, "unknown back end “gpu”: choose one of cpu, skia");
    if !BackendKind::Skia.is_available() {
        let options = Options {
            backend: BackendKind::Skia,
            ..Options::default()
        };
        let refused = Renderer::new(&options).err().unwrap().to_string();
        assert!(refused.contains("--features skia"), "{refused}");
    }
}
