//! Lays out arbitrary bytes as a slide, for the fuzz target `layout` and the test of the same name.

use std::sync::LazyLock;

use domain::{
    CodeBlock, CoverKind, Format, Items, Language, Marker, Polarity, Side, Slide, SlideContent,
    SlideText, ThemeId, VersusRow, VersusRows,
    limits::{CODE_CHARS, SLIDE_TEXT_CHARS},
};
use render::{RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition, SlideRefusal};

static RENDERER: LazyLock<Renderer> = LazyLock::new(|| {
    Renderer::new(&RendererConfig::default()).expect("built-in fonts and themes are valid")
});

/// Lays out the slide that `bytes` describe: the first seven bytes choose kind, theme, format,
/// language, place and emoji; the rest are its texts, one per line. Returns whether the slide could
/// be drawn.
///
/// # Panics
/// If layout breaks a rule of the quality gate: a slide may be refused only for too much text or
/// for a script that no font has.
pub(crate) fn lay_out_bytes(bytes: &[u8]) -> bool {
    let Some(([kind, theme, format, language, index, total, emoji], words)) =
        bytes.split_first_chunk::<7>()
    else {
        return false;
    };
    let words = String::from_utf8_lossy(words);
    let Some(content) = content(*kind, &words) else {
        return false;
    };
    let themes: Vec<&ThemeId> = RENDERER.themes().collect();
    let look = RenderOptions {
        theme: themes[usize::from(*theme) % themes.len()].clone(),
        format: *pick(Format::ALL, *format),
        language: (*pick(Language::ALL, *language)).into(),
        brand: SlideBrand {
            handle: (emoji & 0x80 != 0).then(|| "@bible.vibe_coder".to_owned()),
            ..SlideBrand::default()
        },
    };
    let slide = Slide::new(content);
    let slide = match emoji % 4 {
        0 => slide,
        1 => slide.with_emoji("🚀").expect("one emoji"),
        2 => slide.with_emoji("👩🏽\u{200d}💻").expect("one emoji"),
        _ => slide.with_emoji("1\u{fe0f}\u{20e3}").expect("one emoji"),
    };
    let total = usize::from(*total % 10) + 1;
    let place =
        SlidePosition::new(usize::from(*index) % total, total).expect("smaller than the total");
    match RENDERER.check(&slide, place, &look) {
        Ok(()) => true,
        Err(SlideRefusal::Overflow { .. } | SlideRefusal::NoGlyph { .. }) => false,
        Err(refusal) => panic!("{refusal}\n{slide:?}\n{look:?} at {place:?}"),
    }
}

fn pick<T>(all: &[T], byte: u8) -> &T {
    &all[usize::from(byte) % all.len()]
}

/// The slide content of these texts, if they are valid.
fn content(kind: u8, words: &str) -> Option<SlideContent> {
    let mut lines = words.split('\n').map(|line| {
        let line: String = line.chars().take(SLIDE_TEXT_CHARS).collect();
        SlideText::parse(&line).ok()
    });
    let mut next = || lines.next().flatten();
    let (kind, more) = (kind % 11, kind / 11);
    Some(match kind {
        0 => SlideContent::Title {
            title: next()?,
            subtitle: next(),
            kicker: next(),
            cover: *pick(CoverKind::ALL, more),
        },
        1 => SlideContent::Principle { title: next()?, body: next() },
        2 => SlideContent::Concept { term: next()?, meaning: next()? },
        3 => SlideContent::Practice { title: next()?, steps: items(words)? },
        4 => SlideContent::Quote { text: next()?, author: next() },
        5 => SlideContent::List {
            title: next()?,
            items: items(words)?,
            marker: *pick(Marker::ALL, more),
        },
        6 => SlideContent::Statistic { value: next()?, label: next()?, source: next() },
        7 => SlideContent::Comparison {
            title: next()?,
            before: side(next()?, next()?),
            after: side(next()?, next()?),
            polarity: *pick(Polarity::ALL, more),
        },
        9 => SlideContent::Versus {
            title: next()?,
            names: [next()?, next()?],
            rows: VersusRows::new(vec![VersusRow { aspect: next()?, sides: [next()?, next()?] }])
                .ok()?,
        },
        8 => SlideContent::Code { title: next()?, remark: next(), code: code(words, more)? },
        _ => SlideContent::Summary { title: next()?, call_to_action: next(), points: items(words) },
    })
}

fn side(label: SlideText, text: SlideText) -> Side {
    Side { label, text }
}

/// The lines after the second.
fn items(words: &str) -> Option<Items> {
    let lines: Vec<SlideText> = words
        .split('\n')
        .skip(2)
        .filter_map(|line| {
            let line: String = line.chars().take(SLIDE_TEXT_CHARS).collect();
            SlideText::parse(&line).ok()
        })
        .collect();
    Items::parse("items", &lines).ok()
}

fn code(words: &str, more: u8) -> Option<CodeBlock> {
    let mut lines = words.splitn(3, '\n').skip(2);
    let code: String = lines.next()?.chars().take(CODE_CHARS).collect();
    let language = pick(&["rust", "python", "sql", "", "язык"], more);
    CodeBlock::parse(language, &code).ok()
}
