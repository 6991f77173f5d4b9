//! [`Renderer`]: draws slides into files.
//!
//! Constant data (fonts, themes) is shared. Each drawing thread takes an [`Easel`], which has all
//! buffers that drawing writes to. Backgrounds are painted once and shared.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use domain::{Format, ImageKind, Language, Slide, ThemeId};

use crate::{
    backend::{Backend, BackendKind, Unavailable},
    canvas::Canvas,
    encode::encode,
    gate::{self, Refusal},
    ground,
    layout::{self, Page},
    look::{Look, Place},
    pdf::{PdfError, Printer, Sheet},
    picture::{Picture, Pixels},
    recipe,
    scene::{Op, Probe, Scene},
    text::{FontError, Fonts, Setter},
    theme::{Mood, Shelf, Skin, Theme, ThemeError},
};

/// Maximum number of cached backgrounds. A background is up to 8 MB; a carousel has one theme and
/// format, and a theme has as many backgrounds as its picture is slides wide.
const GROUNDS_KEPT: usize = 4;

/// The settings of a renderer.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A folder of fonts for scripts that the built-in ones lack.
    pub font_dir: Option<PathBuf>,
    pub backend: BackendKind,
}

/// Why a renderer could not be created.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Font(#[from] FontError),
    #[error(transparent)]
    Theme(#[from] ThemeError),
    #[error(transparent)]
    Backend(#[from] Unavailable),
}

/// Draws slides. Cheap to clone; clones share fonts, themes, backgrounds and buffers. Any number of
/// threads may draw at once, one slide each; the bytes do not depend on their number.
#[derive(Clone)]
pub struct Renderer(Arc<Studio>);

struct Studio {
    fonts: Arc<Fonts>,
    shelf: Shelf,
    backend: BackendKind,
    easels: Mutex<Vec<Easel>>,
    grounds: Mutex<VecDeque<(Key, Slot)>>,
}

/// The key of a painted background: theme, skin, format and window.
type Key = (ThemeId, Mood, Format, u8);

/// A background, once it is painted.
type Slot = Arc<OnceLock<Arc<Backdrop>>>;

/// A painted background, sharp and as seen through the theme's panels.
struct Backdrop {
    sharp: Canvas,
    frost: Canvas,
}

/// The buffers of one drawing thread, kept for reuse.
struct Easel {
    setter: Setter,
    backend: Box<dyn Backend>,
    canvas: Canvas,
    rows: Vec<u8>,
}

impl Renderer {
    /// Loads fonts and themes, which takes some tens of milliseconds.
    ///
    /// # Errors
    /// [`SetupError`] if a font of the folder, a theme or the back end can't be used.
    pub fn new(options: &Options) -> Result<Self, SetupError> {
        // Fails here and not at the first slide.
        options.backend.make()?;
        Ok(Self(Arc::new(Studio {
            fonts: Arc::new(Fonts::load(options.font_dir.as_deref())?),
            shelf: Shelf::built_in()?,
            backend: options.backend,
            easels: Mutex::new(Vec::new()),
            grounds: Mutex::new(VecDeque::new()),
        })))
    }

    /// The theme names in the order in which to offer them; the first is the default.
    pub fn themes(&self) -> impl Iterator<Item = &ThemeId> {
        self.0.shelf.names()
    }

    pub fn backend(&self) -> BackendKind {
        self.0.backend
    }

    /// The first character of `text` that no font has; a text with such a character can't be drawn.
    pub fn undrawable(&self, text: &str) -> Option<char> {
        self.0.fonts.undrawable(text)
    }

    /// Draws a slide: about 10 ms of one core. Blocks the thread.
    ///
    /// # Errors
    /// [`Refusal`] names the broken rule, the measured value and the limit. It is deterministic:
    /// shorten the text, or choose other options.
    pub fn draw(
        &self,
        slide: &Slide,
        place: Place,
        look: &Look,
        image: ImageKind,
    ) -> Result<Picture, Refusal> {
        let theme = self.0.theme(&look.theme)?;
        self.0.drawable(slide, look)?;
        self.with_easel(|easel| self.0.draw(easel, slide, place, (look, theme), image))
    }

    /// Checks whether a slide can be drawn, without drawing it: lays it out and applies every rule
    /// of the quality gate except the file size. About 1 ms.
    ///
    /// # Errors
    /// As for [`Renderer::draw`].
    pub fn judge(&self, slide: &Slide, place: Place, look: &Look) -> Result<(), Refusal> {
        let theme = self.0.theme(&look.theme)?;
        self.0.drawable(slide, look)?;
        self.with_easel(|easel| self.0.sight(easel, slide, place, (look, theme)).map(drop))
    }

    /// Draws a slide into `pixels`, which take the size of its format, without encoding.
    ///
    /// # Errors
    /// As for [`Renderer::draw`].
    pub fn paint(
        &self,
        slide: &Slide,
        place: Place,
        look: &Look,
        pixels: &mut Pixels,
    ) -> Result<(), Refusal> {
        let theme = self.0.theme(&look.theme)?;
        self.0.drawable(slide, look)?;
        self.with_easel(|easel| {
            let (scene, ground) = self.0.sight(easel, slide, place, (look, theme))?;
            show(&mut *easel.backend, &mut pixels.0, &ground, &scene.ops);
            Ok(())
        })
    }

    /// Frees the painted backgrounds, up to 32 MB. The next slides paint theirs again.
    pub fn forget_grounds(&self) {
        lock(&self.0.grounds).clear();
    }

    /// A carousel as a PDF with a page per slide and its texts as text. About 30 ms of one core per
    /// slide. `title` is the document's title.
    ///
    /// # Errors
    /// [`PdfError`], which names the refused slide.
    pub fn pdf(&self, slides: &[Slide], look: &Look, title: &str) -> Result<Vec<u8>, PdfError> {
        let mut printer = Printer::new(title, look.language);
        for (slide, place) in slides.iter().zip(Place::all(slides.len())) {
            let refused = |refusal| PdfError::Slide {
                index: place.index(),
                refusal,
            };
            let theme = self.0.theme(&look.theme).map_err(refused)?;
            self.0.drawable(slide, look).map_err(refused)?;
            let sheet = self.with_easel(|easel| self.0.sheet(easel, slide, place, (look, theme)));
            printer.print(sheet.map_err(refused)?)?;
        }
        printer.finish()
    }

    /// A PDF from pictures that were drawn before, for carousels that can't be drawn again
    /// identically: a page per picture, its text part of the picture.
    ///
    /// # Errors
    /// [`PdfError::Writing`] if a file is not a picture of that kind.
    pub fn pdf_of_pictures(
        pictures: &[&[u8]],
        (image, format): (ImageKind, Format),
        language: Language,
        title: &str,
    ) -> Result<Vec<u8>, PdfError> {
        let mut printer = Printer::new(title, language);
        let (width, height) = format.pixels();
        for picture in pictures {
            printer.print(Sheet {
                size: (width, height),
                behind: picture.to_vec(),
                image,
                words: Vec::new(),
            })?;
        }
        printer.finish()
    }

    fn with_easel<T>(&self, work: impl FnOnce(&mut Easel) -> T) -> T {
        let mut easel = self.0.take_easel();
        let done = work(&mut easel);
        // After a panic the easel is dropped, because the state of its buffers is unknown.
        lock(&self.0.easels).push(easel);
        done
    }

    /// The cache key: SHA-256 over everything the picture depends on: texts, place, theme file,
    /// format, language, brand, fonts, image kind, back end and [`crate::VERSION`]. Equal keys give
    /// equal bytes on processors with the same instruction set; between AVX-512 and plain SSE2,
    /// three pixels of a slide differ by one level.
    pub fn recipe(&self, slide: &Slide, place: Place, look: &Look, image: ImageKind) -> [u8; 32] {
        let theme = self.0.shelf.get(&look.theme).map(|theme| theme.digest);
        let made = (self.0.backend, theme, self.0.fonts.digest);
        recipe::digest(slide, place, look, image, made)
    }
}

impl Studio {
    fn theme(&self, id: &ThemeId) -> Result<&Arc<Theme>, Refusal> {
        self.shelf.get(id).ok_or_else(|| Refusal::UnknownTheme {
            theme: id.clone(),
            known: self
                .shelf
                .names()
                .map(ThemeId::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    fn drawable(&self, slide: &Slide, look: &Look) -> Result<(), Refusal> {
        let words = slide.content().words().into_iter();
        let mut all = words
            .chain(slide.emoji())
            .chain(look.brand.handle.as_deref())
            .chain(look.brand.name.as_deref());
        match all.find_map(|text| self.fonts.undrawable(text)) {
            Some(character) => Err(Refusal::NoGlyph { character }),
            None => Ok(()),
        }
    }

    fn take_easel(&self) -> Easel {
        lock(&self.easels).pop().unwrap_or_else(|| Easel {
            setter: Setter::new(&self.fonts),
            backend: self
                .backend
                .make()
                .expect("`Renderer::new` has created this back end before"),
            canvas: Canvas::filled(1, 1, [0; 3]),
            rows: Vec::new(),
        })
    }

    fn draw(
        &self,
        easel: &mut Easel,
        slide: &Slide,
        place: Place,
        (look, theme): (&Look, &Theme),
        image: ImageKind,
    ) -> Result<Picture, Refusal> {
        let (scene, ground) = self.sight(easel, slide, place, (look, theme))?;
        let Easel {
            backend, canvas, ..
        } = easel;
        show(&mut **backend, canvas, &ground, &scene.ops);
        let bytes = encode(&easel.canvas, image, &mut easel.rows)?;
        let (width, height) = (easel.canvas.width().into(), easel.canvas.height().into());
        gate::weigh(bytes.len(), (width, height), look.format)?;
        Ok(Picture {
            bytes,
            width,
            height,
        })
    }

    /// A slide for a PDF: its texts, and a picture of everything else.
    fn sheet(
        &self,
        easel: &mut Easel,
        slide: &Slide,
        place: Place,
        (look, theme): (&Look, &Theme),
    ) -> Result<Sheet, Refusal> {
        let (scene, ground) = self.sight(easel, slide, place, (look, theme))?;
        let (mut words, mut rest) = (Vec::new(), Vec::new());
        for op in scene.ops {
            match op {
                Op::Glyphs(run) if !run.in_color => words.push(run),
                other => rest.push(other),
            }
        }
        let Easel {
            backend, canvas, ..
        } = easel;
        show(&mut **backend, canvas, &ground, &rest);
        Ok(Sheet {
            size: look.format.pixels(),
            behind: encode(&easel.canvas, ImageKind::Jpeg, &mut easel.rows)?,
            image: ImageKind::Jpeg,
            words,
        })
    }

    /// A slide's checked scene, and its background.
    fn sight(
        &self,
        easel: &mut Easel,
        slide: &Slide,
        place: Place,
        (look, theme): (&Look, &Theme),
    ) -> Result<(Scene, Arc<Backdrop>), Refusal> {
        let page = Page::new(slide, place, look, theme);
        let ground = self.ground(theme, theme.mood(slide.kind()), look.format, place);
        let scene = compose(slide, &page, &ground, &mut easel.setter)?;
        Ok((scene, ground))
    }

    /// The background of a slide; painted if it is not cached. Painting happens in the background's
    /// own slot, not under the lock: threads wait only for the background they need.
    fn ground(&self, theme: &Theme, mood: Mood, format: Format, place: Place) -> Arc<Backdrop> {
        let skin = theme.skin(mood);
        let window = ground::window(&skin.ground, place.index());
        let slot = self.slot((theme.id.clone(), mood, format, window));
        let paint = || Arc::new(Backdrop::paint(skin, format, window));
        Arc::clone(slot.get_or_init(paint))
    }

    /// The slot of a background. A new one replaces the least recently used one.
    fn slot(&self, key: Key) -> Slot {
        let mut grounds = lock(&self.grounds);
        let found = grounds.iter().position(|(known, _)| *known == key);
        let entry = found
            .and_then(|at| grounds.remove(at))
            .unwrap_or_else(|| (key, Arc::default()));
        let slot = Arc::clone(&entry.1);
        grounds.push_back(entry);
        if grounds.len() > GROUNDS_KEPT {
            grounds.pop_front();
        }
        slot
    }
}

impl Backdrop {
    fn paint(skin: &Skin, format: Format, window: u8) -> Self {
        let sharp = ground::paint(&skin.ground, format, window);
        let frost = sharp.frosted(skin.panel.blur).filmed(skin.panel.veil.0);
        Self { sharp, frost }
    }
}

/// Draws a scene over a copy of its background.
fn show(backend: &mut dyn Backend, canvas: &mut Canvas, ground: &Backdrop, ops: &[Op]) {
    canvas.become_copy(&ground.sharp);
    backend.draw(canvas, &ground.frost, ops);
}

/// Lays a slide out and checks it.
fn compose(
    slide: &Slide,
    page: &Page<'_>,
    ground: &Backdrop,
    setter: &mut Setter,
) -> Result<Scene, Refusal> {
    let scene = layout::scene(slide, page, setter)?;
    let probe = Probe {
        ground: &ground.sharp,
        frost: &ground.frost,
        ops: &scene.ops,
    };
    gate::inspect(&scene, page.frame, probe)?;
    Ok(scene)
}

/// A poisoned lock means that a thread panicked while it held the lock; the data that these locks
/// guard stays consistent.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
