//! [`Press`]: a carousel as files for people who post by hand: a PDF and a ZIP, out of what is stored.
//!
//! Knows no destination: whoever delivers, into a folder or into a chat, gets the same bytes for the
//! same revision. Claims nothing and writes nothing down.

use std::{fmt::Display, sync::Arc};

use ::render::{Brand, Bundle, Look, PdfError, Place, Renderer};
use domain::{
    BlobKey, Brief, CarouselId, Draft, UserId, alt_text,
    record::{BlobRecord, BrandRecord},
};
use storage::{Blobs, Database, carousels, settings};

use crate::{error::Error, render::brand};

/// What the PDF is called wherever it is delivered.
pub(crate) const PDF: &str = "carousel.pdf";

/// What the ZIP is called wherever it is delivered.
pub(crate) const ZIP: &str = "carousel.zip";

/// Makes files.
#[derive(Clone)]
pub(crate) struct Press {
    db: Database,
    blobs: Blobs,
    renderer: Renderer,
}

/// A revision of a carousel as it is stored, judged, and its pictures.
pub(crate) struct Stored {
    pub(crate) brief: Brief,
    pub(crate) draft: Draft,
    /// Who wrote it.
    pub(crate) provider: String,
    /// The shape of its story.
    pub(crate) frame: String,
    /// The pictures' files under the names that they are delivered under, in order.
    pub(crate) pictures: Vec<(String, bytes::Bytes)>,
    user: UserId,
    /// Where the pictures are stored.
    keys: Vec<BlobRecord>,
}

/// What a press makes.
pub(crate) struct Files {
    /// A page for each slide.
    pub(crate) pdf: Vec<u8>,
    /// Pictures, caption, alternative texts and the PDF.
    pub(crate) zip: Vec<u8>,
}

impl Press {
    /// A press over these stores; the renderer should be one that draws the way the render pool does.
    pub(crate) fn new(db: Database, blobs: Blobs, renderer: Renderer) -> Self {
        Self {
            db,
            blobs,
            renderer,
        }
    }

    /// Reads a revision of a carousel, and `pictures` of it.
    ///
    /// # Errors
    /// [`Error::Missing`] where the revision or a picture is not stored: a picture can be drawn again.
    pub(crate) async fn read(
        &self,
        id: &CarouselId,
        revision: u32,
        pictures: &[BlobRecord],
    ) -> Result<Stored, Error> {
        let reader = self.db.read();
        let carousel = carousels::find(&reader, id).await?;
        let saved = carousels::draft(&reader, id, revision).await?;
        let (Some(carousel), Some(saved)) = (carousel, saved) else {
            return Err(Error::Missing(format!(
                "revision {revision} of {id} is not stored"
            )));
        };
        let wrong = |e: &dyn Display| Error::Input(format!("what is stored for {id}: {e}"));
        let draft = Draft::try_from(&saved.draft).map_err(|e| wrong(&e))?;
        let mut brief = carousel.brief;
        if let Some(theme) = carousels::theme_of(&reader, id, revision).await? {
            brief.theme = theme;
        }
        let brief = Brief::try_from(&brief).map_err(|e| wrong(&e))?;
        let mut files = Vec::with_capacity(pictures.len());
        for (i, picture) in pictures.iter().enumerate() {
            let key = BlobKey::parse(&picture.key).map_err(|e| wrong(&e))?;
            let name = format!("slide-{:02}.{}", i + 1, brief.image.extension());
            files.push((name, self.blobs.get(&key).await?));
        }
        Ok(Stored {
            brief,
            draft,
            provider: saved.provider,
            frame: saved.analysis.frame,
            pictures: files,
            user: carousel.user,
            keys: pictures.to_vec(),
        })
    }

    /// Makes the files: about 30 ms of one core for each slide.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when a store is away, or for want of memory.
    pub(crate) async fn print(&self, stored: &Arc<Stored>) -> Result<Files, Error> {
        let look = self.look(stored).await?;
        let (renderer, stored) = (self.renderer.clone(), Arc::clone(stored));
        let printing = tokio::task::spawn_blocking(move || {
            let pdf = pdf(&renderer, &stored, look.as_ref()).map_err(broken)?;
            let zip = zip(&stored, &pdf)?;
            Ok(Files { pdf, zip })
        });
        printing.await.map_err(broken)?
    }

    /// The look that the pictures have; nothing where they would look otherwise by now, because the
    /// brand was changed in between, or what draws. A PDF must show what the pictures show.
    async fn look(&self, stored: &Stored) -> Result<Option<Look>, Error> {
        let record = settings::brand_of(&self.db.read(), &stored.user).await?;
        let record = BrandRecord::from(&record);
        let brand = brand::of(&self.blobs, Some(&record)).await?;
        let look = look(&stored.brief, brand);
        for (recipe, picture) in recipes(&self.renderer, stored, &look).zip(&stored.keys) {
            let noted = self.blobs.noted(&recipe).await?;
            if noted.is_none_or(|noted| noted.key != picture.key) {
                return Ok(None);
            }
        }
        Ok(Some(look))
    }
}

fn look(brief: &Brief, brand: Brand) -> Look {
    Look {
        theme: brief.theme.clone(),
        format: brief.format,
        language: brief.language,
        brand,
    }
}

/// What each of the pictures would be drawn from now.
fn recipes<'a>(
    renderer: &'a Renderer,
    stored: &'a Stored,
    look: &'a Look,
) -> impl Iterator<Item = [u8; 32]> + 'a {
    let slides = stored.draft.slides();
    let recipe = |(slide, place)| renderer.recipe(slide, place, look, stored.brief.image);
    slides.iter().zip(Place::all(slides.len())).map(recipe)
}

/// With words that can be searched and copied where the pictures can be drawn again as they are, or
/// else out of the pictures.
fn pdf(renderer: &Renderer, stored: &Stored, look: Option<&Look>) -> Result<Vec<u8>, PdfError> {
    let brief = &stored.brief;
    let title = brief.topic.as_str();
    if let Some(look) = look {
        match renderer.pdf(stored.draft.slides(), look, title) {
            Ok(pdf) => return Ok(pdf),
            Err(error) => tracing::warn!(%error, "the PDF is made of pictures"),
        }
    }
    let made = (brief.image, brief.format);
    Renderer::pdf_of_pictures(&files(stored), made, brief.language, title)
}

fn zip(stored: &Stored, pdf: &[u8]) -> Result<Vec<u8>, Error> {
    let slides = stored.draft.slides();
    let alt = |(i, slide)| alt_text(slide, i + 1, slides.len(), stored.brief.language);
    let alts: Vec<String> = slides.iter().enumerate().map(alt).collect();
    let bundle = Bundle {
        pictures: &files(stored),
        image: stored.brief.image,
        caption: &stored.draft.post_text(),
        alts: &alts,
        pdf: Some(pdf),
    };
    bundle.zip().map_err(broken)
}

fn files(stored: &Stored) -> Vec<&[u8]> {
    stored.pictures.iter().map(|(_, bytes)| &**bytes).collect()
}

fn broken(error: impl Display) -> Error {
    Error::Unavailable {
        reason: format!("making files broke off: {error}"),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use domain::{Format, Handle, ImageKind, Language, SlideCount, ThemeId, Topic};
    use knowledge::Corpus;
    use storage::Options;

    use super::*;
    use crate::ai::offline;

    /// A press over stores of its own, and a carousel that was drawn for a user without a brand.
    async fn drawn(folder: &Path) -> (Press, Arc<Stored>) {
        let url = format!("sqlite://{}", folder.join("house.db").display());
        let db = Database::open(&url, &Options::default()).await.unwrap();
        let blobs = Blobs::open(&format!("file://{}", folder.display())).unwrap();
        let renderer = Renderer::new(&::render::Options::default()).unwrap();
        let brief = Brief {
            topic: Topic::parse("Почему тесты важны").unwrap(),
            text: None,
            link: None,
            voice: None,
            language: Language::Ru,
            slides: SlideCount::new(3).unwrap(),
            theme: ThemeId::default(),
            format: Format::Square,
            image: ImageKind::Jpeg,
        };
        let corpus = Corpus::embedded();
        let analysis = offline::analyse(corpus, &brief, None);
        let draft = offline::write(corpus, &brief, None, &analysis).unwrap();
        let look = look(&brief, Brand::default());
        let (mut pictures, mut keys) = (Vec::new(), Vec::new());
        for (slide, place) in draft.slides().iter().zip(Place::all(draft.slides().len())) {
            let drawn = renderer.draw(slide, place, &look, brief.image).unwrap();
            let key = blobs.put(drawn.bytes.clone(), "jpg").await.unwrap();
            let recipe = renderer.recipe(slide, place, &look, brief.image);
            blobs.remember(&recipe, &key).await.unwrap();
            pictures.push((key.key.clone(), drawn.bytes.into()));
            keys.push(key);
        }
        let stored = Stored {
            brief,
            draft,
            provider: "offline".to_owned(),
            frame: analysis.frame,
            pictures,
            user: UserId::local(),
            keys,
        };
        (Press::new(db, blobs, renderer), Arc::new(stored))
    }

    fn holds(file: &[u8], part: &[u8]) -> bool {
        file.windows(part.len()).any(|window| window == part)
    }

    #[tokio::test]
    async fn a_pdf_has_words_until_the_brand_changes_and_then_the_pictures_that_were_posted() {
        let folder = tempfile::tempdir().unwrap();
        let (press, stored) = drawn(folder.path()).await;
        let posted = |pdf: &[u8]| {
            let shown = |(_, picture): &&(String, bytes::Bytes)| holds(pdf, picture);
            stored.pictures.iter().filter(shown).count()
        };
        let before = press.print(&stored).await.unwrap().pdf;
        assert!(holds(&before, b"/Font") && posted(&before) == 0);
        let renamed = |tx| async move {
            let (user, at) = (UserId::local(), chrono::DateTime::UNIX_EPOCH);
            let handle = Handle::parse("@another").ok();
            settings::change_brand(&tx, &user, at, |brand| brand.handle = handle).await
        };
        press.db.write(renamed).await.unwrap();
        let after = press.print(&stored).await.unwrap().pdf;
        assert!(!holds(&after, b"/Font") && posted(&after) == 3);
    }
}
