//! [`Exporter`]: exports a stored carousel as a PDF and a ZIP.
//!
//! It is independent of the destination: a folder and a chat get the same bytes for the same
//! revision. It claims and records nothing.

use std::{fmt::Display, sync::Arc};

use ::render::{Bundle, PdfError, RenderOptions, Renderer, SlideBrand, SlidePosition};
use domain::{
    BlobKey, Brief, CarouselId, Draft, LongText, UserId, alt_text,
    record::{BlobRecord, BrandRecord},
};
use storage::{Blobs, Database, carousels, settings};

use crate::{
    activity_failure::{ActivityFailure, Result},
    render::brand,
};

/// File name of the PDF at every destination.
pub(crate) const PDF: &str = "carousel.pdf";

/// File name of the ZIP at every destination.
pub(crate) const ZIP: &str = "carousel.zip";

#[derive(Clone)]
pub(crate) struct Exporter {
    db: Database,
    blobs: Blobs,
    renderer: Renderer,
}

/// A stored and validated revision of a carousel, with its pictures.
pub(crate) struct LoadedRevision {
    pub(crate) brief: Brief,
    pub(crate) draft: Draft,
    pub(crate) provider: String,
    pub(crate) frame: String,
    /// The text that was condensed, if it is still stored.
    pub(crate) source: Option<LongText>,
    /// File names and contents of the pictures, in order.
    pub(crate) pictures: Vec<(String, bytes::Bytes)>,
    user: UserId,
    /// Blob records of the pictures.
    keys: Vec<BlobRecord>,
}

pub(crate) struct ExportedFiles {
    /// One page per slide.
    pub(crate) pdf: Vec<u8>,
    /// Pictures, caption, alternative texts and the PDF.
    pub(crate) zip: Vec<u8>,
}

impl Exporter {
    /// `renderer` should have the same options as the render pool's.
    pub(crate) fn new(db: Database, blobs: Blobs, renderer: Renderer) -> Self {
        Self { db, blobs, renderer }
    }

    /// Reads a revision of a carousel and its pictures.
    ///
    /// # Errors
    ///
    /// [`ActivityFailure::Missing`] if the revision or a picture is not stored: a picture can be rendered
    /// again.
    pub(crate) async fn read(
        &self,
        id: &CarouselId,
        revision: u32,
        pictures: &[BlobRecord],
    ) -> Result<LoadedRevision> {
        let reader = self.db.read();
        let carousel = carousels::find(&reader, id).await?;
        let saved = carousels::find_draft(&reader, id, revision).await?;
        let (Some(carousel), Some(saved)) = (carousel, saved) else {
            return Err(ActivityFailure::Missing(format!(
                "revision {revision} of {id} is not stored"
            )));
        };
        let wrong =
            |e: &dyn Display| ActivityFailure::Input(format!("what is stored for {id}: {e}"));
        let draft = Draft::try_from(&saved.draft).map_err(|e| wrong(&e))?;
        let mut brief = carousel.brief;
        if let Some(theme) = carousels::revision_theme(&reader, id, revision).await? {
            brief.theme = theme;
        }
        let brief = Brief::try_from(&brief).map_err(|e| wrong(&e))?;
        let mut files = Vec::with_capacity(pictures.len());
        for (i, picture) in pictures.iter().enumerate() {
            let key = BlobKey::parse(&picture.key).map_err(|e| wrong(&e))?;
            let name = format!("slide-{:02}.{}", i + 1, brief.image.extension());
            files.push((name, self.blobs.get(&key).await?));
        }
        let source = match &brief.text {
            Some(key) => self.blobs.get(key).await.ok(),
            None => None,
        };
        let source = source.and_then(|text| LongText::parse(&String::from_utf8_lossy(&text)).ok());
        Ok(LoadedRevision {
            brief,
            source,
            draft,
            provider: saved.provider,
            frame: saved.analysis.frame,
            pictures: files,
            user: carousel.user,
            keys: pictures.to_vec(),
        })
    }

    /// Makes the files: about 30 ms of one core per slide.
    ///
    /// # Errors
    ///
    /// [`ActivityFailure::Unavailable`] if a store is down or memory is short.
    pub(crate) async fn export(&self, stored: &Arc<LoadedRevision>) -> Result<ExportedFiles> {
        let look = self.look(stored).await?;
        let (renderer, stored) = (self.renderer.clone(), Arc::clone(stored));
        let printing = tokio::task::spawn_blocking(move || {
            let pdf = pdf(&renderer, &stored, look.as_ref()).map_err(task_failed)?;
            let zip = zip(&stored, &pdf)?;
            Ok(ExportedFiles { pdf, zip })
        });
        printing.await.map_err(task_failed)?
    }

    /// The theme and brand of the pictures; `None` if they would be drawn differently now, because
    /// the brand or the renderer changed since. The PDF must look like the pictures.
    async fn look(&self, stored: &LoadedRevision) -> Result<Option<RenderOptions>> {
        let record = settings::brand_of(&self.db.read(), &stored.user).await?;
        let record = BrandRecord::from(&record);
        let brand = brand::resolve_brand(&self.blobs, Some(&record)).await?;
        let look = look(&stored.brief, brand);
        for (recipe, picture) in cache_keys(&self.renderer, stored, &look).zip(&stored.keys) {
            let noted = self.blobs.cache_entry(&recipe).await?;
            if noted.is_none_or(|noted| noted.key != picture.key) {
                return Ok(None);
            }
        }
        Ok(Some(look))
    }
}

fn look(brief: &Brief, brand: SlideBrand) -> RenderOptions {
    RenderOptions {
        theme: brief.theme.clone(),
        format: brief.format,
        language: brief.language,
        brand,
    }
}

/// The cache keys that the pictures would have now.
fn cache_keys<'a>(
    renderer: &'a Renderer,
    stored: &'a LoadedRevision,
    look: &'a RenderOptions,
) -> impl Iterator<Item = [u8; 32]> + 'a {
    let slides = stored.draft.slides();
    let recipe = |(slide, place)| renderer.cache_key(slide, place, look, stored.brief.image);
    slides.iter().zip(SlidePosition::all(slides.len())).map(recipe)
}

/// With searchable text if the pictures can be drawn again unchanged; otherwise from the pictures.
fn pdf(
    renderer: &Renderer,
    stored: &LoadedRevision,
    look: Option<&RenderOptions>,
) -> Result<Vec<u8>, PdfError> {
    let brief = &stored.brief;
    let title = brief.topic.as_str();
    if let Some(look) = look {
        match renderer.pdf(stored.draft.slides(), look, title) {
            Ok(pdf) => return Ok(pdf),
            Err(error) => {
                tracing::warn!(%error, "the PDF has no searchable text");
            }
        }
    }
    let made = (brief.image, brief.format);
    Renderer::pdf_of_pictures(&files(stored), made, brief.language, title)
}

fn zip(stored: &LoadedRevision, pdf: &[u8]) -> Result<Vec<u8>> {
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
    bundle.zip().map_err(task_failed)
}

fn files(stored: &LoadedRevision) -> Vec<&[u8]> {
    stored.pictures.iter().map(|(_, bytes)| &**bytes).collect()
}

fn task_failed(error: impl Display) -> ActivityFailure {
    ActivityFailure::Unavailable {
        reason: format!("the export of files failed: {error}"),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use domain::{Format, Handle, ImageKind, Language, SlideCount, ThemeId, Topic};
    use knowledge::Corpus;
    use storage::DatabaseOptions;

    use super::*;
    use writer::offline;

    /// Files over new stores, and a rendered carousel of a user without a brand.
    async fn drawn(folder: &Path) -> (Exporter, Arc<LoadedRevision>) {
        let url = format!("sqlite://{}", folder.join("house.db").display());
        let db = Database::open(&url, &DatabaseOptions::default()).await.unwrap();
        let blobs = Blobs::open(&format!("file://{}", folder.display())).unwrap();
        let renderer = Renderer::new(&::render::RendererConfig::default()).unwrap();
        let brief = Brief {
            topic: Topic::parse("Почему тесты важны").unwrap(),
            text: None,
            link: None,
            voice: None,
            titled: false,
            language_from_source: false,
            language: Language::Ru.into(),
            slides: SlideCount::new(3).unwrap(),
            theme: ThemeId::default(),
            format: Format::Square,
            image: ImageKind::Jpeg,
            questions: false,
        };
        let corpus = Corpus::embedded();
        let analysis = offline::analyse(corpus, &brief, None).unwrap();
        let draft = offline::write(corpus, &brief, None, &analysis).unwrap();
        let look = look(&brief, SlideBrand::default());
        let (mut pictures, mut keys) = (Vec::new(), Vec::new());
        for (slide, place) in draft.slides().iter().zip(SlidePosition::all(draft.slides().len())) {
            let drawn = renderer.draw(slide, place, &look, brief.image).unwrap();
            let key = blobs.put(drawn.bytes.clone(), "jpg").await.unwrap();
            let recipe = renderer.cache_key(slide, place, &look, brief.image);
            blobs.cache_picture(&recipe, &key).await.unwrap();
            pictures.push((key.key.clone(), drawn.bytes.into()));
            keys.push(key);
        }
        let stored = LoadedRevision {
            brief,
            draft,
            provider: "offline".to_owned(),
            frame: analysis.frame,
            source: None,
            pictures,
            user: UserId::local(),
            keys,
        };
        (Exporter::new(db, blobs, renderer), Arc::new(stored))
    }

    fn holds(file: &[u8], part: &[u8]) -> bool {
        file.windows(part.len()).any(|window| window == part)
    }

    #[tokio::test]
    async fn pdf_falls_back_to_pictures_after_brand_change() {
        let folder = tempfile::tempdir().unwrap();
        let (press, stored) = drawn(folder.path()).await;
        let posted = |pdf: &[u8]| {
            let shown = |(_, picture): &&(String, bytes::Bytes)| holds(pdf, picture);
            stored.pictures.iter().filter(shown).count()
        };
        let before = press.export(&stored).await.unwrap().pdf;
        assert!(holds(&before, b"/Font") && posted(&before) == 0);
        let renamed = |tx| async move {
            let (user, at) = (UserId::local(), chrono::DateTime::UNIX_EPOCH);
            let handle = Handle::parse("@another").ok();
            settings::change_brand(&tx, &user, at, |brand| brand.handle = handle).await
        };
        press.db.write(renamed).await.unwrap();
        let after = press.export(&stored).await.unwrap().pdf;
        assert!(!holds(&after, b"/Font") && posted(&after) == 3);
    }
}
