//! Golden tests: small pictures of every theme with every kind of slide in every format, compared
//! with accepted ones. Every back end of this build must match them.
//!
//! A picture that differs is stored next to the golden one in `target/tmp/golden`. After a review,
//! accept it with `ACCEPT_GOLDEN=1 cargo test -p render --test golden`.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

#[path = "../examples/gallery/samples.rs"]
mod samples;

use std::{env, fs, io::Cursor, path::PathBuf};

use domain::{Format, ImageKind, Language, ThemeId};
use libjpeg_turbo_rs::{PixelFormat, Subsampling};
use render::{
    BackendKind, Picture, RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition,
};
use zune_jpeg::{JpegDecoder, zune_core::bytestream::ZCursor};

/// Pixels of a slide per pixel of its small picture, along each side.
const STEP: usize = 9;

/// Pixels of a small picture that are compared as one, along each side: edges may move slightly.
const BLOCK: usize = 5;

/// Maximum difference of one block, and of all blocks on average, in levels of 0 to 255.
const TOLERANCE: (f64, f64) = (14.0, 1.6);

/// Small pictures in a row: rows of RGB.
#[derive(Clone, PartialEq)]
struct Strip {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

#[test]
fn portraits_match_golden_pictures() {
    compare(Format::Portrait);
}

#[test]
fn squares_match_golden_pictures() {
    compare(Format::Square);
}

#[test]
fn stories_match_golden_pictures() {
    compare(Format::Story);
}

#[test]
fn comparison_reports_only_visible_changes() {
    let grey = |level: u8| Strip { width: 20, height: 20, rgb: vec![level; 20 * 20 * 3] };
    assert!(difference(&grey(100), &grey(101)).is_none());
    assert!(difference(&grey(100), &grey(103)).is_some(), "all of it");
    let mut spot = grey(100);
    for y in 10..15 {
        spot.rgb[(y * 20 + 10) * 3..][..15].fill(130);
    }
    assert!(difference(&grey(100), &spot).is_some(), "one place");
}

/// Draws every theme in this format and compares it with the stored picture.
fn compare(format: Format) {
    let mut complaints = Vec::new();
    for backend in BackendKind::ALL.iter().filter(|kind| kind.is_available()) {
        let renderer =
            Renderer::new(&RendererConfig { backend: *backend, ..RendererConfig::default() })
                .unwrap();
        for theme in renderer.themes() {
            let drawn = strip(&renderer, theme, format);
            let name = format!("{theme}-{format}.jpg");
            if env::var_os("ACCEPT_GOLDEN").is_some() && *backend == BackendKind::default() {
                fs::create_dir_all(golden()).unwrap();
                fs::write(golden().join(&name), jpeg(&drawn)).unwrap();
            }
            let stored = fs::read(golden().join(&name));
            let wrong = match &stored {
                Ok(file) => difference(&read(file), &drawn),
                Err(e) => Some(e.to_string()),
            };
            if let Some(wrong) = wrong {
                let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("golden");
                fs::create_dir_all(&folder).unwrap();
                let seen = folder.join(format!("{backend}-{name}"));
                fs::write(&seen, jpeg(&drawn)).unwrap();
                complaints.push(format!("{backend} {name}: {wrong}; see {}", seen.display()));
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{}\nlook at them, then accept with ACCEPT_GOLDEN=1",
        complaints.join("\n")
    );
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A description of a visible difference; `None` if there is none.
fn difference(golden: &Strip, drawn: &Strip) -> Option<String> {
    if (golden.width, golden.height) != (drawn.width, drawn.height) {
        return Some(format!(
            "{}×{} px and not {}×{} px",
            drawn.width, drawn.height, golden.width, golden.height
        ));
    }
    let (mut sum, mut count, mut worst) = (0.0, 0.0, (0.0, 0, 0));
    for y in (0..golden.height).step_by(BLOCK) {
        for x in (0..golden.width).step_by(BLOCK) {
            let (one, other) = (golden.block(x, y), drawn.block(x, y));
            let far = (0..3).map(|c| (one[c] - other[c]).abs()).fold(0.0, f64::max);
            sum += far;
            count += 1.0;
            if far > worst.0 {
                worst = (far, x, y);
            }
        }
    }
    let (far, x, y) = worst;
    (far > TOLERANCE.0 || sum / count > TOLERANCE.1).then(|| {
        let slide = x / (1080 / STEP) + 1;
        let (x, y) = (x % (1080 / STEP) * STEP, y * STEP);
        format!("{far:.1} levels at ({x}, {y}) of slide {slide}, {:.2} on average", sum / count)
    })
}

impl Strip {
    /// The mean colour of a block.
    fn block(&self, left: usize, top: usize) -> [f64; 3] {
        let (mut sum, mut count) = ([0_u32; 3], 0_u32);
        for y in top..(top + BLOCK).min(self.height) {
            for x in left..(left + BLOCK).min(self.width) {
                let at = (y * self.width + x) * 3;
                sum = std::array::from_fn(|c| sum[c] + u32::from(self.rgb[at + c]));
                count += 1;
            }
        }
        sum.map(|level| f64::from(level) / f64::from(count))
    }
}

/// A carousel as a strip of small pictures.
fn strip(renderer: &Renderer, theme: &ThemeId, format: Format) -> Strip {
    let look = RenderOptions {
        theme: theme.clone(),
        format,
        language: Language::Ru.into(),
        brand: SlideBrand { handle: Some("@bible.vibecoder".to_owned()), ..SlideBrand::default() },
    };
    let slides = samples::carousel(look.language.interface());
    let small: Vec<Strip> = slides
        .iter()
        .zip(SlidePosition::all(slides.len()))
        .map(|(slide, place)| {
            let drawn = renderer.draw(slide, place, &look, ImageKind::Png);
            small(&drawn.unwrap_or_else(|e| panic!("{theme} {format} {}: {e}", slide.kind())))
        })
        .collect();
    let height = small[0].height;
    let rows = (0..height).flat_map(|y| {
        let row = move |slide: &Strip| slide.rgb[y * slide.width * 3..][..slide.width * 3].to_vec();
        small.iter().flat_map(row).collect::<Vec<u8>>()
    });
    Strip { width: small.iter().map(|slide| slide.width).sum(), height, rgb: rows.collect() }
}

/// A slide with each square of pixels averaged.
fn small(picture: &Picture) -> Strip {
    let decoder = png::Decoder::new(Cursor::new(&picture.bytes));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let side = |length: u32| usize::try_from(length).unwrap() / STEP;
    let (width, height) = (side(picture.width), side(picture.height));
    let across = width * STEP * 3;
    let mut rgb = Vec::with_capacity(width * height * 3);
    for band in pixels.chunks_exact(across * STEP) {
        let mut sums = vec![0_usize; width * 3];
        for row in band.chunks_exact(across) {
            for (at, level) in row.iter().enumerate() {
                sums[at / (3 * STEP) * 3 + at % 3] += usize::from(*level);
            }
        }
        rgb.extend(sums.iter().map(|sum| u8::try_from(sum / (STEP * STEP)).unwrap()));
    }
    Strip { width, height, rgb }
}

fn jpeg(strip: &Strip) -> Vec<u8> {
    let (width, height) = (strip.width, strip.height);
    let (layout, sampling) = (PixelFormat::Rgb, Subsampling::S444);
    libjpeg_turbo_rs::compress(&strip.rgb, width, height, layout, 92, sampling).unwrap()
}

fn read(file: &[u8]) -> Strip {
    let mut decoder = JpegDecoder::new(ZCursor::new(file));
    let rgb = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    Strip { width, height, rgb }
}
