//! `cargo run -p writer --example offline -- "TOPIC" [ru|en] [slides] [FILE]`: prints a draft
//! that the offline provider writes. With FILE, it condenses the file's text.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use anyhow::Context as _;
use domain::{
    Brief, Draft, Format, ImageKind, Language, LongText, SlideCount, ThemeId, Topic,
    record::SlideRecord,
};
use knowledge::Corpus;
use writer::offline;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let topic = args.next().context("usage: offline TOPIC [ru|en] [slides] [FILE]")?;
    let language = match args.next() {
        Some(name) => name.parse()?,
        None => Language::detect(&topic),
    };
    let slides = match args.next() {
        Some(count) => count.parse()?,
        None => SlideCount::default(),
    };
    let text = match args.next() {
        Some(file) => Some(LongText::parse(&std::fs::read_to_string(file)?)?),
        None => None,
    };
    let brief = Brief {
        topic: Topic::parse(&topic)?,
        text: None,
        link: None,
        voice: None,
        titled: false,
        language_from_source: false,
        language: language.into(),
        slides,
        theme: ThemeId::default(),
        format: Format::ALL[0],
        image: ImageKind::ALL[0],
        questions: false,
    };
    let corpus = Corpus::embedded();
    let analysis = offline::analyse(corpus, &brief, text.as_ref())?;
    let draft = offline::write(corpus, &brief, text.as_ref(), &analysis)?;
    println!("frame {}, notes {:?}", analysis.frame, analysis.notes);
    print(&draft);
    Ok(())
}

fn print(draft: &Draft) {
    for (at, slide) in draft.slides().iter().enumerate() {
        let record = SlideRecord::from(slide);
        println!("\n{}  {}  {}  [{}]", at + 1, record.emoji, record.kind, record.note);
        println!("   {}", record.title);
        for item in &record.items {
            println!("   - {item}");
        }
        for side in [&record.before, &record.after].into_iter().flatten() {
            println!("   {}: {}", side.label, side.text);
        }
        for line in record.code.lines() {
            println!("   | {line}");
        }
        println!("   {} {}", record.body, record.attribution);
    }
    println!("\n---\n{}", draft.post_text());
}
