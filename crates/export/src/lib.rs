//! [`Exporter`]: exports a stored carousel as a PDF and a ZIP.
//!
//! It is independent of the destination: a folder, a chat and the API get the same bytes for the same
//! revision. It claims and records nothing.

mod brand;

use std::{fmt::Display, sync::Arc};

use domain::{
    BlobKey, Brief, CarouselId, Draft, LongText, UserId, alt_text,
    record::{BlobRecord, BrandRecord},
};
use render::{Bundle, PdfError, RenderOptions, Renderer, SlideBrand, SlidePosition};
use sha2::{Digest as _, Sha256};
use storage::{Blobs, Database, StorageError, carousels, settings};

pub use brand::resolve_brand;

/// File name of the PDF at every destination.
pub const PDF: &str = "carousel.pdf";

/// File name of the ZIP at every destination.
pub const ZIP: &str = "carousel.zip";

/// Why a carousel was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("revision {revision} of {carousel} is not stored")]
    NotStored { carousel: CarouselId, revision: u32 },
    /// What is stored is invalid.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Memory is short, perhaps.
    #[error("the export of files failed: {0}")]
    Failed(String),
}

pub type Result<T, E = ExportError> = std::result::Result<T, E>;

#[derive(Clone)]
pub struct Exporter {
    db: Database,
    blobs: Blobs,
    renderer: Renderer,
}

/// A stored and validated revision of a carousel, with its pictures.
pub struct LoadedRevision {
    pub brief: Brief,
    pub draft: Draft,
    pub provider: String,
    pub frame: String,
    /// The text that was condensed, if it is still stored.
    pub source: Option<LongText>,
    /// File names and contents of the pictures, in order.
    pub pictures: Vec<(String, bytes::Bytes)>,
    user: UserId,
    /// Blob records of the pictures.
    keys: Vec<BlobRecord>,
}

/// How the files of a revision are made.
pub struct ExportPlan {
    renderer: Renderer,
    stored: Arc<LoadedRevision>,
    /// `None` if the PDF is made from the pictures.
    look: Option<RenderOptions>,
}

pub struct ExportedFiles {
    /// One page per slide.
    pub pdf: Vec<u8>,
    /// Pictures, caption, alternative texts and the PDF.
    pub zip: Vec<u8>,
}

impl Exporter {
    /// `renderer` should have the same options as the render pool's.
    pub fn new(db: Database, blobs: Blobs, renderer: Renderer) -> Self {
        Self { db, blobs, renderer }
    }

    /// Reads a revision of a carousel and its pictures.
    ///
    /// # Errors
    ///
    /// [`ExportError::NotStored`] if the revision is not stored, [`ExportError::Storage`] if a picture is missing: it
    /// can be rendered again.
    pub async fn read(
        &self,
        id: &CarouselId,
        revision: u32,
        pictures: &[BlobRecord],
    ) -> Result<LoadedRevision> {
        let reader = self.db.read();
        let carousel = carousels::find(&reader, id).await?;
        let saved = carousels::find_draft(&reader, id, revision).await?;
        let (Some(carousel), Some(saved)) = (carousel, saved) else {
            return Err(ExportError::NotStored { carousel: id.clone(), revision });
        };
        let wrong = |e: &dyn Display| ExportError::Invalid(format!("what is stored for {id}: {e}"));
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

    /// Decides how the files are made.
    ///
    /// # Errors
    ///
    /// [`ExportError::Storage`] if a store is down.
    pub async fn plan(&self, stored: &Arc<LoadedRevision>) -> Result<ExportPlan> {
        let look = self.look(stored).await?;
        Ok(ExportPlan { renderer: self.renderer.clone(), stored: Arc::clone(stored), look })
    }

    /// Makes the files.
    ///
    /// # Errors
    ///
    /// [`ExportError::Storage`] if a store is down, [`ExportError::Failed`] if memory is short.
    pub async fn export(&self, stored: &Arc<LoadedRevision>) -> Result<ExportedFiles> {
        self.plan(stored).await?.make().await
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

impl ExportPlan {
    /// A digest of all that the files are made of: files with the same digest have the same bytes.
    pub fn digest(&self) -> [u8; 32] {
        let stored = &self.stored;
        let mut digest = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION"));
        let texts = [stored.brief.topic.as_str(), &stored.draft.post_text()];
        let alts = alts(stored);
        let keys = stored.keys.iter().map(|picture| picture.key.as_str());
        for part in texts.into_iter().chain(alts.iter().map(String::as_str)).chain(keys) {
            digest.update(part);
            digest.update([0]);
        }
        if let Some(look) = &self.look {
            cache_keys(&self.renderer, stored, look).for_each(|key| digest.update(key));
        }
        digest.finalize().into()
    }

    /// Makes the files: about 30 ms of one core per slide.
    ///
    /// # Errors
    ///
    /// [`ExportError::Failed`] if memory is short.
    pub async fn make(self) -> Result<ExportedFiles> {
        let printing = tokio::task::spawn_blocking(move || {
            let pdf = pdf(&self.renderer, &self.stored, self.look.as_ref()).map_err(task_failed)?;
            let zip = zip(&self.stored, &pdf)?;
            Ok(ExportedFiles { pdf, zip })
        });
        printing.await.map_err(task_failed)?
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
    let bundle = Bundle {
        pictures: &files(stored),
        image: stored.brief.image,
        caption: &stored.draft.post_text(),
        alts: &alts(stored),
        pdf: Some(pdf),
    };
    bundle.zip().map_err(task_failed)
}

/// The alternative texts of the pictures.
fn alts(stored: &LoadedRevision) -> Vec<String> {
    let slides = stored.draft.slides();
    let alt = |(i, slide)| alt_text(slide, i + 1, slides.len(), stored.brief.language);
    slides.iter().enumerate().map(alt).collect()
}

fn files(stored: &LoadedRevision) -> Vec<&[u8]> {
    stored.pictures.iter().map(|(_, bytes)| &**bytes).collect()
}

fn task_failed(error: impl Display) -> ExportError {
    ExportError::Failed(error.to_string())
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
        let renderer = Renderer::new(&render::RendererConfig::default()).unwrap();
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
        let tag = press.plan(&stored).await.unwrap().digest();
        assert_eq!(press.plan(&stored).await.unwrap().digest(), tag);
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
        assert_ne!(press.plan(&stored).await.unwrap().digest(), tag);
    }
}
