//! Draws every theme with every kind of slide into one contact sheet, and single slides into a
//! folder: `cargo run -p render --example gallery -- gallery.png [--format 4x5] [--slides DIR]
//! [--time]`.

mod samples;

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use domain::{Format, ImageKind, Language};
use render::{Brand, Look, Options, Picture, Place, Renderer};

/// Width of a slide on the sheet, and the space around it, in pixels.
const THUMB: usize = 360;
const GAP: usize = 24;
const COLUMNS: usize = 5;

type Failure = Box<dyn std::error::Error>;

struct Arguments {
    sheet: PathBuf,
    format: Format,
    slides: Option<PathBuf>,
    time: bool,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("gallery: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, Failure> {
    let mut given = std::env::args().skip(1);
    let mut arguments = Arguments {
        sheet: "gallery.png".into(),
        format: Format::Portrait,
        slides: None,
        time: false,
    };
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--format" => arguments.format = given.next().unwrap_or_default().parse()?,
            "--slides" => arguments.slides = given.next().map(PathBuf::from),
            "--time" => arguments.time = true,
            sheet => arguments.sheet = sheet.into(),
        }
    }
    Ok(arguments)
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let renderer = Renderer::new(&Options::default())?;
    let mut thumbs = Vec::new();
    for theme in renderer.themes() {
        for language in [Language::Ru, Language::En] {
            let look = Look {
                theme: theme.clone(),
                format: arguments.format,
                language,
                brand: Brand {
                    handle: Some("@bible.vibecoder".to_owned()),
                    ..Brand::default()
                },
            };
            let slides = samples::carousel(language);
            for (slide, place) in slides.iter().zip(Place::all(slides.len())) {
                let name = format!(
                    "{theme}-{}-{:02}-{}",
                    language,
                    place.index() + 1,
                    slide.kind()
                );
                match renderer.draw(slide, place, &look, ImageKind::Png) {
                    Ok(picture) => {
                        if let Some(folder) = &arguments.slides {
                            fs::create_dir_all(folder)?;
                            fs::write(folder.join(format!("{name}.png")), &picture.bytes)?;
                        }
                        thumbs.push(thumb(&picture)?);
                    }
                    Err(refusal) => say(&format!("{name}: {refusal}")),
                }
            }
            if arguments.time {
                time(&renderer, &look, language);
            }
        }
    }
    fs::write(&arguments.sheet, contact_sheet(&thumbs)?)?;
    Ok(())
}

/// Prints how long a slide keeps a core busy, its ground being painted already.
fn time(renderer: &Renderer, look: &Look, language: Language) {
    let slides = samples::carousel(language);
    for image in [ImageKind::Jpeg, ImageKind::Png] {
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..12 {
            // A carousel at a time: Linux counts in ticks of some milliseconds.
            let start = busy();
            for (slide, place) in slides.iter().zip(Place::all(slides.len())) {
                let drawn = renderer.draw(slide, place, look, image);
                drop(std::hint::black_box(drawn));
            }
            let count = u32::try_from(slides.len()).unwrap_or(u32::MAX);
            times.push((busy() - start).as_secs_f64() * 1e3 / f64::from(count));
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        say(&format!(
            "{} {language} {image}: median {median:.1} ms a slide",
            look.theme
        ));
    }
}

/// Time that this thread was on a core, where Linux tells, or else the time of day.
fn busy() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(
        || std::time::UNIX_EPOCH.elapsed().unwrap_or_default(),
        Duration::from_nanos,
    )
}

/// A slide, small: rows of RGB pixels, and how many a row has.
struct Thumb {
    pixels: Vec<[u8; 3]>,
    height: usize,
}

/// Decodes a picture and averages its pixels down.
fn thumb(picture: &Picture) -> Result<Thumb, Failure> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(&picture.bytes)).read_info()?;
    let mut rgb = vec![0; reader.output_buffer_size().ok_or("a picture too large")?];
    reader.next_frame(&mut rgb)?;
    let width = usize::try_from(picture.width)?;
    let step = width / THUMB;
    let height = usize::try_from(picture.height)? / step;
    let mut pixels = Vec::with_capacity(THUMB * height);
    for y in 0..height {
        for x in 0..THUMB {
            let mut sum = [0_usize; 3];
            for at in
                (0..step * step).map(|i| ((y * step + i / step) * width + x * step + i % step) * 3)
            {
                sum = std::array::from_fn(|c| sum[c] + usize::from(rgb[at + c]));
            }
            pixels.push(sum.map(|s| u8::try_from(s / (step * step)).unwrap_or(u8::MAX)));
        }
    }
    Ok(Thumb { pixels, height })
}

fn contact_sheet(thumbs: &[Thumb]) -> Result<Vec<u8>, Failure> {
    let cell = thumbs.iter().map(|thumb| thumb.height).max().unwrap_or(1);
    let rows = thumbs.len().div_ceil(COLUMNS);
    let (width, height) = (COLUMNS * (THUMB + GAP) + GAP, rows * (cell + GAP) + GAP);
    let mut sheet = vec![[236_u8, 237, 241]; width * height];
    for (i, thumb) in thumbs.iter().enumerate() {
        let left = GAP + (i % COLUMNS) * (THUMB + GAP);
        let top = GAP + (i / COLUMNS) * (cell + GAP);
        for (y, row) in thumb.pixels.chunks_exact(THUMB).enumerate() {
            sheet[(top + y) * width + left..][..THUMB].copy_from_slice(row);
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()?
        .write_image_data(sheet.as_flattened())?;
    Ok(file)
}

#[expect(clippy::print_stderr, reason = "a program talks to its user")]
fn say(what: &str) {
    eprintln!("{what}");
}
