//! The results for people: a page with all slides side by side, and the table in the docs.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Context as _;
use domain::{Draft, ImageKind, Language};
use render::{RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition};

use super::{HarnessWriter, WriteOutcome, WriteResult};

/// Draws all drafts into `folder` and writes `index.html` there. Returns the number of slides.
pub(super) fn draw(results: &[WriteResult], folder: &Path) -> anyhow::Result<usize> {
    fs::create_dir_all(folder)?;
    remove_slides(folder)?;
    let renderer = Renderer::new(&RendererConfig::default())?;
    let themes: Vec<_> = renderer.themes().cloned().collect();
    let mut html = String::from(
        "<!DOCTYPE html><meta charset=\"utf-8\"><title>Writing</title>\
         <style>body{font:16px sans-serif}img{width:240px;margin:2px}</style>\n",
    );
    let mut count = 0;
    for (at, result) in results.iter().enumerate() {
        writeln!(html, "<p>{at}. {}</p>", escaped(&line(result)))?;
        let WriteOutcome::Written { draft, .. } = &result.outcome else { continue };
        let options = RenderOptions {
            theme: themes[at % themes.len()].clone(),
            format: domain::Format::Portrait,
            language: result.input.language.into(),
            brand: SlideBrand::default(),
        };
        for (name, bytes) in pictures(&renderer, draft, &options)
            .with_context(|| line(result))?
            .into_iter()
            .enumerate()
        {
            let file = format!("{at:03}-{name}.jpg");
            fs::write(folder.join(&file), bytes)?;
            write!(html, "<img src=\"{file}\">")?;
            count += 1;
        }
        writeln!(html, "<pre>{}</pre>", escaped(&draft.post_text()))?;
    }
    fs::write(folder.join("index.html"), html)?;
    Ok(count)
}

/// Removes the slides of the last run, which may have been more.
fn remove_slides(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let number = name.strip_suffix(".jpg").and_then(|name| name.split_once('-'));
        let is_slide = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
        if number.is_some_and(|(draft, slide)| is_slide(draft) && is_slide(slide)) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn pictures(
    renderer: &Renderer,
    draft: &Draft,
    options: &RenderOptions,
) -> anyhow::Result<Vec<Vec<u8>>> {
    let slides = draft.slides();
    let places = SlidePosition::all(slides.len());
    let drawn = slides.iter().zip(places).map(|(slide, place)| {
        let picture = renderer.draw(slide, place, options, ImageKind::Jpeg);
        picture.map(|picture| picture.bytes.to_vec()).map_err(|e| anyhow::anyhow!("{e}"))
    });
    drawn.collect()
}

/// One result in one line.
pub(super) fn line(result: &WriteResult) -> String {
    let input = result.input;
    let begun: String = input.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begun: String = begun.chars().take(40).collect();
    let language = match input.language {
        Language::Ru => "ru",
        Language::En => "en",
    };
    let name = format!("{}, {}, {language}: {begun}", result.writer.name(), input.format.name());
    match &result.outcome {
        WriteOutcome::Written { faults, .. } if faults.is_empty() => format!("{name}: good"),
        WriteOutcome::Written { faults, .. } => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            format!("{name}: {}", faults.join("; "))
        }
        WriteOutcome::Refused(reason) => format!("{name}: refused: {reason}"),
        WriteOutcome::Failed(reason) => format!("{name}: failed: {reason}"),
    }
}

/// Where a person's judgement begins in the report.
const JUDGEMENT: &str = "\n## Judgement";

/// Writes the table of results to `file`, and keeps the judgement that a person wrote below it.
pub(super) fn write_report(results: &[WriteResult], file: &Path) -> std::io::Result<()> {
    let old = fs::read_to_string(file).unwrap_or_default();
    let judgement = old.find(JUDGEMENT).map_or("", |at| &old[at..]);
    fs::write(file, report(results) + judgement)
}

fn report(results: &[WriteResult]) -> String {
    let mut out = String::from(
        "# Writing\n\nWritten by `cargo run -p e2e -- write`, which writes 60 fixed inputs with each \
         writer, checks the drafts in code\n(language, coverage, repetition, cut titles, markup, \
         numbers that the text does not contain, hook, call to action), and\ndraws them side by side \
         (`target/writing/index.html`). The checks do not say whether a carousel is worth posting.\n\n\
         | writer | inputs | without a fault | refused, as it should be |\n|---|---|---|---|\n",
    );
    for writer in HarnessWriter::ALL {
        let inputs = results.iter().filter(|result| result.writer == writer).count();
        if inputs == 0 {
            continue;
        }
        let own = || results.iter().filter(|result| result.writer == writer && result.is_good());
        let refused =
            own().filter(|result| matches!(result.outcome, WriteOutcome::Refused(_))).count();
        let good = own().count() - refused;
        out.push_str(&format!("| {} | {} | {good} | {refused} |\n", writer.name(), inputs));
    }
    let wrong: Vec<&WriteResult> = results.iter().filter(|result| !result.is_good()).collect();
    if !wrong.is_empty() {
        out.push_str("\nWhat the checks found:\n\n");
        for result in wrong {
            out.push_str(&format!("- {}\n", line(result)));
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
