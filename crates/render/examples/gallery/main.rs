//! Draws every theme with every kind of slide into one contact sheet, a row per theme: `cargo run
//! -p render --example gallery -- gallery.jpg`. `--theme NAME` draws one theme, larger; `--slides
//! DIR` stores every slide, `--pdf DIR` every carousel, `--covers` draws the kinds of covers instead;
//! `--avatar FILE` sets the author's picture; `--language`, `--format` and `--backend`
//! set the options, and `--time` prints the time per slide.

mod covers;
mod samples;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use domain::{Format, ImageKind, Language, Slide};
use libjpeg_turbo_rs::{PixelFormat, Subsampling, compress};
use render::{
    Avatar, BackendKind, Picture, RenderOptions, Renderer, RendererConfig, SlideBrand,
    SlidePosition,
};

/// Space between slides, in pixels, and slides per row.
const GAP: usize = 20;
const COLUMNS: usize = 11;

type Failure = Box<dyn std::error::Error>;

struct Arguments {
    sheet: PathBuf,
    format: Format,
    language: Language,
    backend: BackendKind,
    theme: Option<String>,
    slides: Option<PathBuf>,
    pdf: Option<PathBuf>,
    time: bool,
    covers: bool,
    avatar: Option<PathBuf>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&format!("gallery: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, Failure> {
    let mut given = std::env::args().skip(1);
    let mut arguments = Arguments {
        sheet: "gallery.jpg".into(),
        format: Format::Portrait,
        language: Language::Ru,
        backend: BackendKind::default(),
        theme: None,
        slides: None,
        pdf: None,
        time: false,
        covers: false,
        avatar: None,
    };
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--format" => arguments.format = value()?.parse()?,
            "--language" => arguments.language = value()?.parse()?,
            "--backend" => arguments.backend = value()?.parse()?,
            "--theme" => arguments.theme = Some(value()?),
            "--slides" => arguments.slides = Some(value()?.into()),
            "--pdf" => arguments.pdf = Some(value()?.into()),
            "--time" => arguments.time = true,
            "--covers" => arguments.covers = true,
            "--avatar" => arguments.avatar = Some(value()?.into()),
            unknown if unknown.starts_with('-') => {
                return Err(format!("no option {unknown}").into());
            }
            sheet => arguments.sheet = sheet.into(),
        }
    }
    Ok(arguments)
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let renderer =
        Renderer::new(&RendererConfig { backend: arguments.backend, ..RendererConfig::default() })?;
    let wanted = |name: &str| arguments.theme.as_deref().is_none_or(|theme| theme == name);
    let slides = match arguments.covers {
        true => covers::covers(arguments.language),
        false => samples::carousel(arguments.language),
    };
    let avatar = arguments.avatar.as_deref().map(fs::read).transpose()?;
    let avatar = avatar.map(|file| Avatar::decode(&file)).transpose()?;
    let mut thumbs = Vec::new();
    for theme in renderer.themes().filter(|theme| wanted(theme.as_str())) {
        let look = RenderOptions {
            theme: theme.clone(),
            format: arguments.format,
            language: arguments.language.into(),
            brand: SlideBrand {
                handle: Some("@bible.vibecoder".to_owned()),
                avatar: avatar.clone(),
                ..SlideBrand::default()
            },
        };
        draw(&renderer, &slides, &look, arguments, &mut thumbs)?;
        if let Some(folder) = &arguments.pdf {
            let pdf = renderer.pdf(&slides, &look, theme.as_str())?;
            keep(folder, &format!("{theme}.pdf"), &pdf)?;
        }
        if arguments.time {
            time(&renderer, &slides, &look);
        }
    }
    if thumbs.is_empty() {
        return Err("no such theme".into());
    }
    let columns = if arguments.theme.is_some() { 5 } else { COLUMNS };
    contact_sheet(&thumbs, columns, &arguments.sheet)
}

/// Draws a carousel, and adds its slides to the sheet.
fn draw(
    renderer: &Renderer,
    slides: &[Slide],
    look: &RenderOptions,
    arguments: &Arguments,
    thumbs: &mut Vec<Thumb>,
) -> Result<(), Failure> {
    // Six slides of 180 pixels are as wide as one of 1080.
    let step = if arguments.theme.is_some() { 3 } else { 6 };
    for (slide, place) in slides.iter().zip(SlidePosition::all(slides.len())) {
        let (theme, number) = (&look.theme, place.index() + 1);
        let name = format!("{theme}-{}-{number:02}-{}", look.language, slide.kind());
        match renderer.draw(slide, place, look, ImageKind::Png) {
            Ok(picture) => {
                if let Some(folder) = &arguments.slides {
                    keep(folder, &format!("{name}.png"), &picture.bytes)?;
                }
                thumbs.push(thumb(&picture, step)?);
            }
            Err(refusal) => print_error(&format!("{name}: {refusal}")),
        }
    }
    Ok(())
}

fn keep(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join(name), bytes)?)
}

/// Prints the processor time of a slide with a painted background.
fn time(renderer: &Renderer, slides: &[Slide], look: &RenderOptions) {
    for image in [ImageKind::Jpeg, ImageKind::Png] {
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..12 {
            // Measures a whole carousel, because Linux counts in ticks of some milliseconds.
            let start = processor_time();
            for (slide, place) in slides.iter().zip(SlidePosition::all(slides.len())) {
                let drawn = renderer.draw(slide, place, look, image);
                drop(std::hint::black_box(drawn));
            }
            let count = u32::try_from(slides.len()).unwrap_or(u32::MAX);
            times.push((processor_time() - start).as_secs_f64() * 1e3 / f64::from(count));
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let backend = renderer.backend();
        print_error(&format!("{} {backend} {image}: median {median:.1} ms a slide", look.theme));
    }
}

/// Processor time of this thread, if Linux reports it; otherwise wall time.
fn processor_time() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds
        .map_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap_or_default(), Duration::from_nanos)
}

/// A reduced slide: rows of RGB pixels.
struct Thumb {
    pixels: Vec<[u8; 3]>,
    width: usize,
    height: usize,
}

/// Decodes a picture and averages each square of `step` × `step` pixels.
fn thumb(picture: &Picture, step: usize) -> Result<Thumb, Failure> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(&picture.bytes)).read_info()?;
    let mut rgb = vec![0; reader.output_buffer_size().ok_or("a picture too large")?];
    reader.next_frame(&mut rgb)?;
    let row = usize::try_from(picture.width)?;
    let (width, height) = (row / step, usize::try_from(picture.height)? / step);
    let mut pixels = Vec::with_capacity(width * height);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let mut sum = [0_usize; 3];
        for i in 0..step * step {
            let at = ((y * step + i / step) * row + x * step + i % step) * 3;
            sum = std::array::from_fn(|c| sum[c] + usize::from(rgb[at + c]));
        }
        pixels.push(sum.map(|s| u8::try_from(s / (step * step)).unwrap_or(u8::MAX)));
    }
    Ok(Thumb { pixels, width, height })
}

fn contact_sheet(thumbs: &[Thumb], columns: usize, file: &Path) -> Result<(), Failure> {
    let cell = |side: fn(&Thumb) -> usize| thumbs.iter().map(side).max().unwrap_or(1) + GAP;
    let (across, down) = (cell(|thumb| thumb.width), cell(|thumb| thumb.height));
    let rows = thumbs.len().div_ceil(columns);
    let (width, height) = (columns * across + GAP, rows * down + GAP);
    let mut sheet = vec![[236_u8, 237, 241]; width * height];
    for (i, thumb) in thumbs.iter().enumerate() {
        let (left, top) = (GAP + (i % columns) * across, GAP + (i / columns) * down);
        for (y, row) in thumb.pixels.chunks_exact(thumb.width).enumerate() {
            sheet[(top + y) * width + left..][..thumb.width].copy_from_slice(row);
        }
    }
    let rgb = sheet.as_flattened();
    let jpeg = compress(rgb, width, height, PixelFormat::Rgb, 86, Subsampling::S420)?;
    Ok(fs::write(file, jpeg)?)
}

#[expect(clippy::print_stderr, reason = "a command line program prints its errors")]
fn print_error(what: &str) {
    eprintln!("{what}");
}
