//! Tests of the public interface: picture sizes, equal bytes for equal cache keys, refusals with a
//! reason.

#[path = "../examples/gallery/samples.rs"]
mod samples;

use std::{collections::HashSet, fs};

use domain::{
    CoverKind, Format, ImageKind, Items, Language, Marker, Slide, SlideContent, SlideText, ThemeId,
};
use render::{
    Picture, RenderOptions, Renderer, RendererConfig, RendererSetupError, SlideBrand,
    SlidePosition, SlideRefusal,
};

fn renderer() -> Renderer {
    Renderer::new(&RendererConfig::default()).expect("built-in fonts and themes are valid")
}

fn look(format: Format, language: Language) -> RenderOptions {
    RenderOptions {
        theme: ThemeId::default(),
        format,
        language: language.into(),
        brand: SlideBrand { handle: Some("@name".into()), ..SlideBrand::default() },
    }
}

fn title(words: &str) -> Slide {
    Slide::new(SlideContent::title(SlideText::parse(words).expect("test texts are valid"), None))
}

fn first() -> SlidePosition {
    SlidePosition::new(0, 3).expect("0 is below 3")
}

#[test]
fn every_kind_theme_format_and_language_is_drawn() {
    let renderer = renderer();
    let themes: Vec<ThemeId> = renderer.themes().cloned().collect();
    assert_eq!(themes.first(), Some(&ThemeId::default()));
    for theme in themes {
        for (format, language) in
            Format::ALL.iter().flat_map(|f| Language::ALL.iter().map(move |l| (*f, *l)))
        {
            let look = RenderOptions { theme: theme.clone(), ..look(format, language) };
            let slides = samples::carousel(language);
            for (slide, place) in slides.iter().zip(SlidePosition::all(slides.len())) {
                let drawn = renderer.draw(slide, place, &look, ImageKind::Jpeg);
                let Picture { bytes, width, height } =
                    drawn.unwrap_or_else(|e| panic!("{theme} {format} {}: {e}", slide.kind()));
                assert_eq!((width, height), format.pixels());
                assert!(bytes.starts_with(&[0xff, 0xd8, 0xff]), "a JPEG");
                assert!(bytes.len() > 20_000, "{} bytes: an empty picture?", bytes.len());
            }
        }
    }
}

/// A large sign must not reach the header, which is brighter than the background.
#[test]
fn covers_with_large_signs_are_drawn() {
    let renderer = renderer();
    for (cover, title) in [
        (CoverKind::Question, "Rust or Go?"),
        (CoverKind::Question, "Why do our tests take a quarter of an hour?"),
        (CoverKind::Number, "×3.2: between Oslo and Bergen"),
        (CoverKind::Number, "12,345,678: visitors in total"),
    ] {
        let text = |words: &str| SlideText::parse(words).ok();
        let slide = Slide::new(SlideContent::Title {
            title: text(title).unwrap(),
            subtitle: text("What the figures show"),
            kicker: text("Visitors: Jan – Apr"),
            cover,
        });
        for theme in renderer.themes() {
            for format in Format::ALL {
                let look = RenderOptions { theme: theme.clone(), ..look(*format, Language::En) };
                let drawn = renderer.draw(&slide, first(), &look, ImageKind::Jpeg);
                assert!(drawn.is_ok(), "{title}, {theme}, {format}: {:?}", drawn.err());
            }
        }
    }
}

#[test]
fn other_languages_and_scripts_are_drawn() {
    let renderer = renderer();
    for (language, heading, body) in [
        ("uk", "Чому тести важливі", "Тести дають сміливість змінювати код щодня."),
        (
            "de",
            "Verantwortungsbereiche klar benennen",
            "Wer entscheidet, verantwortet das Ergebnis.",
        ),
        ("tr", "İyi isimler nasıl bulunur", "Işıklı bir isim, kodu açıklar."),
        ("cs", "Proč jsou testy důležité", "Bez nich je každá změna sázkou."),
        ("ar", "لماذا الاختبارات مهمة", "الاختبارات تمنحك الشجاعة لتغيير الشيفرة كل يوم."),
        ("he", "למה בדיקות חשובות", "בדיקות נותנות אומץ לשנות את הקוד בכל יום."),
    ] {
        let text = |words: &str| SlideText::parse(words).expect("test texts are valid");
        let items = Items::parse("items", &[body, heading]).unwrap();
        let slides = [
            Slide::new(SlideContent::title(text(heading), Some(text(body)))),
            Slide::new(SlideContent::Principle { title: text(heading), body: Some(text(body)) }),
            Slide::new(SlideContent::List { title: text(heading), items, marker: Marker::Checked }),
        ];
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("languages");
        fs::create_dir_all(&folder).unwrap();
        for theme in ["aurora", "terminal"] {
            let look = RenderOptions {
                theme: ThemeId::parse(theme).unwrap(),
                language: language.parse().unwrap(),
                ..look(Format::Portrait, Language::En)
            };
            for (slide, place) in slides.iter().zip(SlidePosition::all(slides.len())) {
                let drawn = renderer.draw(slide, place, &look, ImageKind::Jpeg);
                let drawn = drawn.unwrap_or_else(|e| panic!("{language} {theme}: {e}"));
                let file = format!("{language}-{theme}-{}.jpg", place.index() + 1);
                fs::write(folder.join(file), drawn.bytes).unwrap();
            }
        }
    }
}

#[test]
fn png_has_its_formats_size_and_srgb() {
    for format in Format::ALL {
        let look = look(*format, Language::En);
        let picture = renderer().draw(&title("Hello"), first(), &look, ImageKind::Png).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(&picture.bytes)).read_info().unwrap();
        let info = reader.info();
        assert_eq!((info.width, info.height), format.pixels());
        assert!(info.srgb.is_some());
    }
}

#[test]
fn bytes_do_not_depend_on_the_thread_count() {
    let slides = samples::carousel(Language::Ru);
    let look = look(Format::Square, Language::Ru);
    let draw = |renderer: &Renderer, i: usize| {
        let place = SlidePosition::new(i, slides.len()).unwrap();
        renderer.draw(&slides[i], place, &look, ImageKind::Png).unwrap()
    };
    let alone = renderer();
    let one: Vec<Picture> = (0..slides.len()).map(|i| draw(&alone, i)).collect();
    let shared = renderer();
    let many: Vec<Picture> = std::thread::scope(|scope| {
        let (shared, draw) = (&shared, &draw);
        let threads: Vec<_> = (0..4)
            .map(|n| {
                scope.spawn(move || {
                    // Each in another order, so that reused buffers hold other content.
                    let order = (0..slides_of(n)).map(|i| (i * 3 + n) % 11);
                    order.map(|i| (i, draw(shared, i))).collect::<Vec<_>>()
                })
            })
            .collect();
        let mut drawn: Vec<_> =
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        drawn.sort_by_key(|(i, _)| *i);
        drawn.dedup_by_key(|(i, _)| *i);
        drawn.into_iter().map(|(_, picture)| picture).collect()
    });
    assert!(one == many);
}

/// Every thread draws all eleven.
fn slides_of(_thread: usize) -> usize {
    11
}

#[test]
fn cache_key_changes_with_every_input() {
    let renderer = renderer();
    let look = look(Format::Portrait, Language::Ru);
    let slide = title("Тест");
    let recipe = |slide: &Slide, place: SlidePosition, look: &RenderOptions| {
        renderer.cache_key(slide, place, look, ImageKind::Jpeg)
    };
    let other_theme = ThemeId::parse("dawn").unwrap();
    let nobody = RenderOptions { brand: SlideBrand::default(), ..look.clone() };
    let recipes = [
        recipe(&slide, first(), &look),
        recipe(&title("Тесты"), first(), &look),
        recipe(&slide.clone().with_emoji("🧪").unwrap(), first(), &look),
        recipe(&slide, SlidePosition::new(1, 3).unwrap(), &look),
        recipe(&slide, SlidePosition::new(0, 4).unwrap(), &look),
        recipe(&slide, first(), &RenderOptions { theme: other_theme, ..look.clone() }),
        recipe(&slide, first(), &RenderOptions { format: Format::Square, ..look.clone() }),
        recipe(&slide, first(), &RenderOptions { language: Language::En.into(), ..look.clone() }),
        recipe(&slide, first(), &nobody),
        renderer.cache_key(&slide, first(), &look, ImageKind::Png),
    ];
    assert_eq!(recipes.iter().collect::<HashSet<_>>().len(), recipes.len());
    assert_eq!(recipe(&slide, first(), &look), recipes[0]);
    // Data that is not drawn is not part of the key.
    assert_eq!(recipe(&slide.with_alt("words"), first(), &look), recipes[0]);
}

#[test]
fn undrawable_slide_is_refused_with_a_reason() {
    let renderer = renderer();
    let look = look(Format::Square, Language::Ru);
    let refusal = |slide: &Slide, look: &RenderOptions| {
        renderer.draw(slide, first(), look, ImageKind::Jpeg).unwrap_err()
    };
    let nowhere = RenderOptions { theme: ThemeId::parse("nowhere").unwrap(), ..look.clone() };
    let said = refusal(&title("a"), &nowhere).to_string();
    let expected = "there is no theme “nowhere”: choose one of aurora, galaxy, dawn";
    assert!(said.starts_with(expected), "{said}");
    assert_eq!(renderer.missing_character("тест שלום"), None);
    assert_eq!(renderer.missing_character("тест नमस्ते"), Some('न'));
    let hindi = refusal(&title("тест नमस्ते"), &look);
    assert_eq!(hindi.to_string(), "no glyph for U+0928 “न” in any font");
    let endless = Slide::new(SlideContent::Principle {
        title: SlideText::parse(&"слово ".repeat(90)).unwrap(),
        body: SlideText::parse(&"слово ".repeat(99)).ok(),
    });
    let overflow = refusal(&endless, &look);
    assert!(matches!(overflow, SlideRefusal::Overflow { .. }), "{overflow}");
    assert!(overflow.to_string().starts_with("text overflow: needs "), "{overflow}");
    let shouting = RenderOptions {
        brand: SlideBrand { handle: Some("@".repeat(80)), ..SlideBrand::default() },
        ..look
    };
    assert!(refusal(&title("a"), &shouting).to_string().starts_with("handle overflow: needs "));
}

#[test]
fn folder_font_draws_missing_characters() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        RendererConfig { font_dir: Some(folder.path().to_owned()), ..RendererConfig::default() };
    assert!(matches!(Renderer::new(&options), Err(RendererSetupError::Font(_))));
    // Any font shows that the folder is read and is part of cache keys.
    fs::write(folder.path().join("more.ttf"), damascene_fonts_inter::INTER_VARIABLE_ITALIC)
        .unwrap();
    let more = Renderer::new(&options).unwrap();
    let look = look(Format::Square, Language::En);
    let recipe =
        |renderer: &Renderer| renderer.cache_key(&title("a"), first(), &look, ImageKind::Png);
    assert_ne!(recipe(&more), recipe(&renderer()));
    assert!(more.draw(&title("Hello"), first(), &look, ImageKind::Png).is_ok());
}

#[test]
fn renderer_is_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    shared(&renderer());
}
