//! Our renderer for `bench/peers`: reads requests from stdin, one per line. `CASE COUNT` draws
//! COUNT slides and answers `ok`; `memory` answers with the peak memory in kB. With `--fonts DIR`
//! it writes its fonts to DIR, for the other renderers, and exits.

use std::{
    error::Error,
    fs,
    io::{BufRead as _, Write as _, stdin, stdout},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use domain::{Format, ImageKind, Language, Slide, SlideContent, SlideText, ThemeId};
use render::{Pixels, RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition};

/// The texts that all renderers draw: emoji, title and body of a slide per line.
const WORDS: &str = include_str!("../../../bench/peers/words.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    if let (Some("--fonts"), Some(folder)) = (given.next().as_deref(), given.next()) {
        let folder = Path::new(&folder);
        fs::write(folder.join("Inter.ttf"), damascene_fonts_inter::INTER_VARIABLE)?;
        fs::write(folder.join("Emoji.ttf"), damascene_fonts_emoji::NOTO_COLOR_EMOJI)?;
        return Ok(());
    }
    let mut desk = PeerRenderer::new()?;
    for line in stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ') {
            Some((case, count)) => {
                desk.run(case, count.parse()?)?;
                "ok".to_owned()
            }
            None => peak_memory(),
        };
        let mut out = stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

/// Peak memory of this process in kB, as Linux reports it.
fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = line.unwrap_or_default().trim().trim_end_matches(" kB");
    digits.to_owned()
}

struct PeerRenderer {
    renderer: Renderer,
    slides: Vec<Slide>,
    look: RenderOptions,
    pixels: Pixels,
    turn: usize,
}

impl PeerRenderer {
    fn new() -> Result<Self, Box<dyn Error>> {
        let slide = |line: &str| -> Result<Slide, Box<dyn Error>> {
            let mut words = line.split('|');
            let mut next = || words.next().unwrap_or_default();
            let (emoji, title, body) =
                (next(), SlideText::parse(next())?, SlideText::parse(next())?);
            Ok(Slide::new(SlideContent::Principle { title, body: Some(body) }).with_emoji(emoji)?)
        };
        Ok(Self {
            renderer: Renderer::new(&RendererConfig::default())?,
            slides: WORDS.lines().map(slide).collect::<Result<_, _>>()?,
            look: RenderOptions {
                theme: ThemeId::parse("aurora")?,
                format: Format::Portrait,
                language: Language::Ru.into(),
                brand: SlideBrand { handle: Some("@name".to_owned()), ..SlideBrand::default() },
            },
            pixels: Pixels::default(),
            turn: 0,
        })
    }

    fn run(&mut self, case: &str, count: usize) -> Result<(), Box<dyn Error>> {
        for _ in 0..count {
            self.turn += 1;
            let at = self.turn % self.slides.len();
            let (what, ground) = case.split_once('-').unwrap_or((case, "cached"));
            if ground == "fresh" {
                self.renderer.clear_backgrounds();
            }
            match what {
                "draw" => self.paint(at)?,
                "jpeg" => self.draw(at, ImageKind::Jpeg)?,
                "png" => self.draw(at, ImageKind::Png)?,
                "carousel" => self.carousel(2)?,
                "floor" => self.floor(),
                unknown => return Err(format!("no case {unknown}").into()),
            }
        }
        Ok(())
    }

    fn place(&self, at: usize) -> SlidePosition {
        SlidePosition::new(at, self.slides.len()).expect("the index is below the total")
    }

    fn paint(&mut self, at: usize) -> Result<(), Box<dyn Error>> {
        let place = self.place(at);
        let slide = &self.slides[at];
        self.renderer.draw_into(slide, place, &self.look, &mut self.pixels)?;
        Ok(())
    }

    fn draw(&self, at: usize, image: ImageKind) -> Result<(), Box<dyn Error>> {
        let (slide, place) = (&self.slides[at], self.place(at));
        std::hint::black_box(self.renderer.draw(slide, place, &self.look, image)?);
        Ok(())
    }

    /// All ten slides and their backgrounds, a slide per thread.
    fn carousel(&self, threads: usize) -> Result<(), Box<dyn Error>> {
        self.renderer.clear_backgrounds();
        let next = AtomicUsize::new(0);
        let work = || {
            let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < 10);
            std::iter::from_fn(take)
                .try_for_each(|at| self.draw(at, ImageKind::Jpeg).map_err(|e| e.to_string()))
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().expect("drawing threads do not panic"))
        })?;
        Ok(())
    }

    /// A lower bound for any renderer: copies the background and blends one colour over the two
    /// thirds of it that the panel covers.
    fn floor(&mut self) {
        let (from, mut to) = (self.pixels.rgba(), Vec::with_capacity(self.pixels.rgba().len()));
        to.extend_from_slice(from);
        let film = [0x9d_u16, 0xb4, 0xff, 0xff];
        let sheet = to.len() / 6..to.len() * 5 / 6;
        for pixel in to[sheet].chunks_exact_mut(4) {
            for (level, film) in pixel.iter_mut().zip(film) {
                *level = ((u16::from(*level) * 200 + film * 55) >> 8).to_le_bytes()[0];
            }
        }
        std::hint::black_box(to);
    }
}
