//! [`Renderer`]: draws slides into files.
//!
//! Constant data (fonts, themes) is shared. Each drawing thread takes an [`DrawBuffers`], which has all
//! buffers that drawing writes to. Backgrounds are painted once and shared.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use domain::{ContentLanguage, Format, ImageKind, Slide, ThemeId};

use crate::{
    backend::{Backend, BackendKind, Unavailable},
    background,
    background_probe::BackgroundProbe,
    cache_key,
    canvas::Canvas,
    encode::encode,
    layout::{self, LayoutInput},
    pdf::{PdfError, PdfPage, PdfWriter},
    picture::{Picture, Pixels},
    quality_gate,
    render_options::{RenderOptions, SlidePosition},
    scene::{Op, Scene},
    slide_refusal::SlideRefusal,
    text::{FontError, Fonts, TextShaper},
    theme::{Skin, SkinKind, Theme, ThemeError, ThemeRegistry},
};

/// Maximum number of cached backgrounds. A background is up to 8 MB; a carousel has one theme and
/// format, and a theme has as many backgrounds as its picture is slides wide.
const BACKGROUNDS_CACHED: usize = 4;

#[derive(Debug, Clone, Default)]
pub struct RendererConfig {
    /// A folder of fonts for scripts that the built-in ones lack.
    pub font_dir: Option<PathBuf>,
    pub backend: BackendKind,
}

/// Why a renderer could not be created.
#[derive(Debug, thiserror::Error)]
pub enum RendererSetupError {
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
pub struct Renderer(Arc<RendererShared>);

struct RendererShared {
    fonts: Arc<Fonts>,
    theme_registry: ThemeRegistry,
    backend: BackendKind,
    buffers: Mutex<Vec<DrawBuffers>>,
    backgrounds: Mutex<VecDeque<(BackgroundKey, BackgroundSlot)>>,
}

/// The key of a painted background: theme, skin, format and window.
type BackgroundKey = (ThemeId, SkinKind, Format, u8);

type BackgroundSlot = Arc<OnceLock<Arc<PaintedBackground>>>;

/// A painted background, sharp and as seen through the theme's panels.
struct PaintedBackground {
    sharp: Canvas,
    frost: Canvas,
}

/// The buffers of one drawing thread, kept for reuse.
struct DrawBuffers {
    shaper: TextShaper,
    backend: Box<dyn Backend>,
    canvas: Canvas,
    rows: Vec<u8>,
}

impl Renderer {
    /// Loads fonts and themes, which takes some tens of milliseconds.
    ///
    /// # Errors
    /// [`RendererSetupError`] if a font of the folder, a theme or the back end can't be used.
    pub fn new(options: &RendererConfig) -> Result<Self, RendererSetupError> {
        // Fails here and not at the first slide.
        options.backend.make()?;
        Ok(Self(Arc::new(RendererShared {
            fonts: Arc::new(Fonts::load(options.font_dir.as_deref())?),
            theme_registry: ThemeRegistry::built_in()?,
            backend: options.backend,
            buffers: Mutex::new(Vec::new()),
            backgrounds: Mutex::new(VecDeque::new()),
        })))
    }

    /// The theme names in the order in which to offer them; the first is the default.
    pub fn themes(&self) -> impl Iterator<Item = &ThemeId> {
        self.0.theme_registry.names()
    }

    pub fn backend(&self) -> BackendKind {
        self.0.backend
    }

    /// The first character of `text` that no font has; a text with such a character can't be drawn.
    pub fn missing_character(&self, text: &str) -> Option<char> {
        self.0.fonts.missing_character(text)
    }

    /// Draws a slide: about 10 ms of one core. Blocks the thread.
    ///
    /// # Errors
    /// [`SlideRefusal`] names the broken rule, the measured value and the limit. It is deterministic:
    /// shorten the text, or choose other options.
    pub fn draw(
        &self,
        slide: &Slide,
        place: SlidePosition,
        look: &RenderOptions,
        image: ImageKind,
    ) -> Result<Picture, SlideRefusal> {
        let theme = self.0.theme(&look.theme)?;
        self.0.check_characters(slide, look)?;
        self.with_buffers(|easel| self.0.draw(easel, slide, place, (look, theme), image))
    }

    /// Checks whether a slide can be drawn, without drawing it: lays it out and applies every rule
    /// of the quality gate except the file size. About 1 ms.
    ///
    /// # Errors
    /// As for [`Renderer::draw`].
    pub fn check(
        &self,
        slide: &Slide,
        place: SlidePosition,
        look: &RenderOptions,
    ) -> Result<(), SlideRefusal> {
        let theme = self.0.theme(&look.theme)?;
        self.0.check_characters(slide, look)?;
        self.with_buffers(|easel| {
            self.0.checked_scene(easel, slide, place, (look, theme)).map(drop)
        })
    }

    /// Draws a slide into `pixels`, which take the size of its format, without encoding.
    ///
    /// # Errors
    /// As for [`Renderer::draw`].
    pub fn draw_into(
        &self,
        slide: &Slide,
        place: SlidePosition,
        look: &RenderOptions,
        pixels: &mut Pixels,
    ) -> Result<(), SlideRefusal> {
        let theme = self.0.theme(&look.theme)?;
        self.0.check_characters(slide, look)?;
        self.with_buffers(|easel| {
            let (scene, ground) = self.0.checked_scene(easel, slide, place, (look, theme))?;
            draw_over_background(&mut *easel.backend, &mut pixels.0, &ground, &scene.ops);
            Ok(())
        })
    }

    /// Frees the painted backgrounds, up to 32 MB. The next slides paint theirs again.
    pub fn clear_backgrounds(&self) {
        lock(&self.0.backgrounds).clear();
    }

    /// A carousel as a PDF with a page per slide and its texts as text. About 30 ms of one core per
    /// slide. `title` is the document's title.
    ///
    /// # Errors
    /// [`PdfError`], which names the refused slide.
    pub fn pdf(
        &self,
        slides: &[Slide],
        look: &RenderOptions,
        title: &str,
    ) -> Result<Vec<u8>, PdfError> {
        let mut printer = PdfWriter::new(title, look.language);
        for (slide, place) in slides.iter().zip(SlidePosition::all(slides.len())) {
            let refused = |refusal| PdfError::Slide { index: place.index(), refusal };
            let theme = self.0.theme(&look.theme).map_err(refused)?;
            self.0.check_characters(slide, look).map_err(refused)?;
            let sheet =
                self.with_buffers(|easel| self.0.pdf_page(easel, slide, place, (look, theme)));
            printer.add_page(sheet.map_err(refused)?)?;
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
        language: ContentLanguage,
        title: &str,
    ) -> Result<Vec<u8>, PdfError> {
        let mut printer = PdfWriter::new(title, language);
        let (width, height) = format.pixels();
        for picture in pictures {
            printer.add_page(PdfPage {
                size: (width, height),
                behind: picture.to_vec(),
                image,
                words: Vec::new(),
            })?;
        }
        printer.finish()
    }

    fn with_buffers<T>(&self, work: impl FnOnce(&mut DrawBuffers) -> T) -> T {
        let mut easel = self.0.take_buffers();
        let done = work(&mut easel);
        // After a panic the easel is dropped, because the state of its buffers is unknown.
        lock(&self.0.buffers).push(easel);
        done
    }

    /// The cache key: SHA-256 over everything the picture depends on: texts, place, theme file,
    /// format, language, brand, fonts, image kind, back end and the key's version. Equal keys give equal bytes on processors with the same instruction set; between AVX-512 and plain SSE2,
    /// three pixels of a slide differ by one level.
    pub fn cache_key(
        &self,
        slide: &Slide,
        place: SlidePosition,
        look: &RenderOptions,
        image: ImageKind,
    ) -> [u8; 32] {
        let theme = self.0.theme_registry.get(&look.theme).map(|theme| theme.digest);
        let made = (self.0.backend, theme, self.0.fonts.digest);
        cache_key::digest(slide, place, look, image, made)
    }
}

impl RendererShared {
    fn theme(&self, id: &ThemeId) -> Result<&Arc<Theme>, SlideRefusal> {
        self.theme_registry.get(id).ok_or_else(|| SlideRefusal::UnknownTheme {
            theme: id.clone(),
            known: self.theme_registry.names().map(ThemeId::as_str).collect::<Vec<_>>().join(", "),
        })
    }

    fn check_characters(&self, slide: &Slide, look: &RenderOptions) -> Result<(), SlideRefusal> {
        let words = slide.content().words().into_iter();
        let mut all = words
            .chain(slide.emoji())
            .chain(look.brand.handle.as_deref())
            .chain(look.brand.name.as_deref());
        match all.find_map(|text| self.fonts.missing_character(text)) {
            Some(character) => Err(SlideRefusal::NoGlyph { character }),
            None => Ok(()),
        }
    }

    fn take_buffers(&self) -> DrawBuffers {
        lock(&self.buffers).pop().unwrap_or_else(|| DrawBuffers {
            shaper: TextShaper::new(&self.fonts),
            backend: self.backend.make().expect("`Renderer::new` has created this back end before"),
            canvas: Canvas::filled(1, 1, [0; 3]),
            rows: Vec::new(),
        })
    }

    fn draw(
        &self,
        easel: &mut DrawBuffers,
        slide: &Slide,
        place: SlidePosition,
        (look, theme): (&RenderOptions, &Theme),
        image: ImageKind,
    ) -> Result<Picture, SlideRefusal> {
        let (scene, ground) = self.checked_scene(easel, slide, place, (look, theme))?;
        let DrawBuffers { backend, canvas, .. } = easel;
        draw_over_background(&mut **backend, canvas, &ground, &scene.ops);
        let bytes = encode(&easel.canvas, image, &mut easel.rows)?;
        let (width, height) = (easel.canvas.width().into(), easel.canvas.height().into());
        quality_gate::check_file(bytes.len(), (width, height), look.format)?;
        Ok(Picture { bytes, width, height })
    }

    /// A slide for a PDF: its texts, and a picture of everything else.
    fn pdf_page(
        &self,
        easel: &mut DrawBuffers,
        slide: &Slide,
        place: SlidePosition,
        (look, theme): (&RenderOptions, &Theme),
    ) -> Result<PdfPage, SlideRefusal> {
        let (scene, ground) = self.checked_scene(easel, slide, place, (look, theme))?;
        let (mut words, mut rest) = (Vec::new(), Vec::new());
        for op in scene.ops {
            match op {
                Op::Glyphs(run) if !run.in_color => words.push(run),
                other => rest.push(other),
            }
        }
        let DrawBuffers { backend, canvas, .. } = easel;
        draw_over_background(&mut **backend, canvas, &ground, &rest);
        Ok(PdfPage {
            size: look.format.pixels(),
            behind: encode(&easel.canvas, ImageKind::Jpeg, &mut easel.rows)?,
            image: ImageKind::Jpeg,
            words,
        })
    }

    /// A slide's checked scene, and its background.
    fn checked_scene(
        &self,
        easel: &mut DrawBuffers,
        slide: &Slide,
        place: SlidePosition,
        (look, theme): (&RenderOptions, &Theme),
    ) -> Result<(Scene, Arc<PaintedBackground>), SlideRefusal> {
        let page = LayoutInput::new(slide, place, look, theme);
        let ground = self.background(theme, theme.skin_kind(slide.kind()), look.format, place);
        let scene = compose(slide, &page, &ground, &mut easel.shaper)?;
        Ok((scene, ground))
    }

    /// The background of a slide; painted if it is not cached. Painting happens in the background's
    /// own slot, not under the lock: threads wait only for the background they need.
    fn background(
        &self,
        theme: &Theme,
        mood: SkinKind,
        format: Format,
        place: SlidePosition,
    ) -> Arc<PaintedBackground> {
        let skin = theme.skin(mood);
        let window = background::window(&skin.ground, place.index());
        let slot = self.background_slot((theme.id.clone(), mood, format, window));
        let paint = || Arc::new(PaintedBackground::paint(skin, format, window));
        Arc::clone(slot.get_or_init(paint))
    }

    /// The slot of a background. A new one replaces the least recently used one.
    fn background_slot(&self, key: BackgroundKey) -> BackgroundSlot {
        let mut grounds = lock(&self.backgrounds);
        let found = grounds.iter().position(|(known, _)| *known == key);
        let entry =
            found.and_then(|at| grounds.remove(at)).unwrap_or_else(|| (key, Arc::default()));
        let slot = Arc::clone(&entry.1);
        grounds.push_back(entry);
        if grounds.len() > BACKGROUNDS_CACHED {
            grounds.pop_front();
        }
        slot
    }
}

impl PaintedBackground {
    fn paint(skin: &Skin, format: Format, window: u8) -> Self {
        let sharp = background::paint(&skin.ground, format, window);
        let frost = sharp.blurred_copy(skin.panel.blur).tinted(skin.panel.veil.0);
        Self { sharp, frost }
    }
}

fn draw_over_background(
    backend: &mut dyn Backend,
    canvas: &mut Canvas,
    ground: &PaintedBackground,
    ops: &[Op],
) {
    canvas.copy_from(&ground.sharp);
    backend.draw(canvas, &ground.frost, ops);
}

/// Lays a slide out and checks it.
fn compose(
    slide: &Slide,
    page: &LayoutInput<'_>,
    ground: &PaintedBackground,
    setter: &mut TextShaper,
) -> Result<Scene, SlideRefusal> {
    setter.set_language(page.language);
    let scene = layout::scene(slide, page, setter)?;
    let probe = BackgroundProbe { ground: &ground.sharp, frost: &ground.frost, ops: &scene.ops };
    quality_gate::check_scene(&scene, page.frame, probe)?;
    Ok(scene)
}

/// A poisoned lock means that a thread panicked while it held the lock; the data that these locks
/// guard stays consistent.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
