//! Prints how long the offline writer needs for a text of 20,000 characters:
//! `cargo run --release -p writer --example condense_time`.

use std::time::Instant;

use domain::{
    Brief, Format, ImageKind, Language, LongText, SlideCount, ThemeId, limits::TEXT_CHARS,
};
use knowledge::Corpus;
use writer::offline;

const RUNS: u32 = 20;

#[expect(clippy::print_stdout, reason = "output for a person")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words = (0..).map(|n| {
        let heading = if n % 9 == 0 { format!("\n\n## Section {n}\n\n") } else { String::new() };
        format!(
            "{heading}Sentence {n} says that team {} ships {} parts a week. ",
            n % 13,
            n * 7 % 31
        )
    });
    let mut text = String::new();
    for sentence in words {
        if text.len() + sentence.len() > TEXT_CHARS {
            break;
        }
        text.push_str(&sentence);
    }
    let text = LongText::parse(&text)?;
    let brief = Brief {
        topic: document::headline_of(&text),
        text: None,
        link: None,
        voice: None,
        titled: false,
        language_from_source: false,
        language: Language::En.into(),
        slides: SlideCount::default(),
        theme: ThemeId::default(),
        format: Format::Portrait,
        image: ImageKind::Jpeg,
        questions: false,
    };
    let corpus = Corpus::embedded();
    let mut millis: Vec<f64> = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let analysis = offline::analyse(corpus, &brief, Some(&text))?;
        offline::write(corpus, &brief, Some(&text), &analysis)?;
        millis.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    millis.sort_by(f64::total_cmp);
    let chars = text.as_str().chars().count();
    println!(
        "{chars} characters: median {:.1} ms, slowest {:.1} ms",
        millis[millis.len() / 2],
        millis[millis.len() - 1]
    );
    Ok(())
}
