//! Benchmarks of each step of drawing: `cargo bench -p render`. For a comparison with other
//! renderers see `bench/peers`.

#[path = "../examples/gallery/samples.rs"]
mod samples;

use std::sync::atomic::{AtomicUsize, Ordering};

use divan::{Bencher, black_box};
use domain::{Format, ImageKind, Language, Slide, ThemeId};
use render::{Pixels, RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition};

/// A glass theme, a flat one, and one with text only.
const THEMES: [&str; 3] = ["aurora", "brutal", "minimal"];

const KINDS: [ImageKind; 2] = [ImageKind::Jpeg, ImageKind::Png];

fn main() {
    divan::main();
}

/// A renderer with painted backgrounds, and the slides to draw.
struct DrawBench {
    renderer: Renderer,
    slides: Vec<Slide>,
    look: RenderOptions,
    pixels: Pixels,
}

impl DrawBench {
    fn new(theme: &str) -> Self {
        let mut desk = Self {
            renderer: Renderer::new(&RendererConfig::default())
                .expect("built-in fonts and themes are valid"),
            slides: samples::carousel(Language::Ru),
            look: RenderOptions {
                theme: ThemeId::parse(theme).expect("a built-in theme's name is valid"),
                format: Format::Portrait,
                language: Language::Ru.into(),
                brand: SlideBrand { handle: Some("@name".to_owned()), ..SlideBrand::default() },
            },
            pixels: Pixels::default(),
        };
        for at in 0..desk.slides.len() {
            desk.paint(at);
        }
        desk
    }

    fn place(&self, at: usize) -> SlidePosition {
        SlidePosition::new(at, self.slides.len()).expect("the index is below the total")
    }

    fn paint(&mut self, at: usize) {
        let place = self.place(at);
        self.renderer
            .draw_into(&self.slides[at], place, &self.look, &mut self.pixels)
            .expect("a sample can be drawn");
    }

    fn draw(&self, at: usize, image: ImageKind) -> Vec<u8> {
        let drawn = (self.renderer).draw(&self.slides[at], self.place(at), &self.look, image);
        drawn.expect("a sample can be drawn").bytes
    }
}

/// Lays a slide out and checks it.
#[divan::bench(args = THEMES)]
fn layout(bencher: Bencher<'_, '_>, theme: &str) {
    let desk = DrawBench::new(theme);
    bencher.bench(|| {
        let judged = (desk.renderer).check(&desk.slides[1], desk.place(1), &desk.look);
        judged.expect("a sample can be drawn");
    });
}

#[divan::bench(args = THEMES)]
fn draw(bencher: Bencher<'_, '_>, theme: &str) {
    let mut desk = DrawBench::new(theme);
    bencher.bench_local(|| desk.paint(1));
}

#[divan::bench(args = KINDS)]
fn encode(bencher: Bencher<'_, '_>, image: &ImageKind) {
    let mut desk = DrawBench::new(THEMES[0]);
    desk.paint(1);
    bencher.bench(|| desk.pixels.encode(black_box(*image)));
}

/// A whole slide with a cached background.
#[divan::bench(args = KINDS)]
fn slide(bencher: Bencher<'_, '_>, image: &ImageKind) {
    let desk = DrawBench::new(THEMES[0]);
    bencher.bench(|| desk.draw(1, *image));
}

/// A whole slide and its background.
#[divan::bench(args = KINDS)]
fn slide_and_ground(bencher: Bencher<'_, '_>, image: &ImageKind) {
    let desk = DrawBench::new(THEMES[0]);
    bencher.bench(|| {
        desk.renderer.clear_backgrounds();
        desk.draw(1, *image)
    });
}

/// Ten slides and their backgrounds, a slide per thread.
#[divan::bench(args = [1, 2], sample_count = 30)]
fn carousel(bencher: Bencher<'_, '_>, threads: usize) {
    let desk = DrawBench::new(THEMES[0]);
    bencher.bench(|| {
        desk.renderer.clear_backgrounds();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let at @ 0..10 = next.fetch_add(1, Ordering::Relaxed) {
                        black_box(desk.draw(at, ImageKind::Jpeg));
                    }
                });
            }
        });
    });
}
