//! Converts a user's brand to the renderer's form.

use domain::{BlobKey, BrandName, Handle, record::BrandRecord};
use render::{Avatar, SlideBrand};
use storage::Blobs;

use crate::{ExportError, Result};

/// The brand of a request, with its picture fetched and decoded.
///
/// # Errors
///
/// [`ExportError::Storage`] if the blob store is down.
pub async fn resolve_brand(blobs: &Blobs, record: Option<&BrandRecord>) -> Result<SlideBrand> {
    let Some(record) = record else {
        return Ok(SlideBrand::default());
    };
    let brand = domain::Brand::from(record);
    Ok(SlideBrand {
        handle: brand.handle.as_ref().map(with_at_sign),
        name: brand.name.as_ref().map(BrandName::as_str).map(str::to_owned),
        avatar: match &brand.avatar {
            Some(key) => avatar(blobs, key).await?,
            None => None,
        },
        accent: brand.accent,
    })
}

fn with_at_sign(handle: &Handle) -> String {
    format!("@{}", handle.as_str())
}

/// The picture; `None` if it is missing or can't be drawn. It was checked when the user sent it but
/// may have been replaced since; neither is a reason to fail the carousel.
async fn avatar(blobs: &Blobs, key: &BlobKey) -> Result<Option<Avatar>> {
    let file = match blobs.get(key).await {
        Ok(file) => file,
        Err(
            error @ (storage::StorageError::BlobMissing(_) | storage::StorageError::BlobCorrupt(_)),
        ) => {
            tracing::warn!(blob.key = key.as_str(), %error, "drawn without the brand's picture");
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let decoded = tokio::task::spawn_blocking(move || Avatar::decode(&file));
    let decoded =
        decoded.await.map_err(|e| ExportError::Failed(format!("the decoding task failed: {e}")))?;
    match decoded {
        Ok(avatar) => Ok(Some(avatar)),
        Err(error) => {
            tracing::warn!(blob.key = key.as_str(), %error, "drawn without the brand's picture");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob store in a new folder, and a brand record with the picture `file`.
    async fn branded(file: &[u8]) -> (tempfile::TempDir, Blobs, BrandRecord) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&format!("file://{}", folder.path().display())).unwrap();
        let avatar = blobs.put(file.to_vec(), "png").await.unwrap();
        let record = BrandRecord {
            handle: "bible.vibe_coder".to_owned(),
            name: "Вайб Кодер".to_owned(),
            accent: "#ff8800".to_owned(),
            avatar: avatar.key,
        };
        (folder, blobs, record)
    }

    /// A slide as a PNG, used as any valid picture.
    fn picture() -> Vec<u8> {
        let renderer = render::Renderer::new(&render::RendererConfig::default()).unwrap();
        let title = domain::SlideText::parse("Я").unwrap();
        let slide = domain::Slide::new(domain::SlideContent::title(title, None));
        let look = render::RenderOptions {
            theme: domain::ThemeId::default(),
            format: domain::Format::Square,
            language: domain::Language::Ru.into(),
            brand: SlideBrand::default(),
        };
        let place = render::SlidePosition::new(0, 1).unwrap();
        let drawn = renderer.draw(&slide, place, &look, domain::ImageKind::Png);
        drawn.unwrap().bytes
    }

    #[tokio::test]
    async fn all_parts_of_a_brand_are_converted() {
        let (_folder, blobs, record) = branded(&picture()).await;
        let brand = resolve_brand(&blobs, Some(&record)).await.unwrap();
        assert_eq!(brand.handle.as_deref(), Some("@bible.vibe_coder"));
        assert_eq!(brand.name.as_deref(), Some("Вайб Кодер"));
        assert_eq!(brand.accent.map(domain::Accent::rgb), Some([255, 136, 0]));
        assert!(brand.avatar.is_some());
        assert_eq!(resolve_brand(&blobs, None).await.unwrap(), SlideBrand::default());
    }

    #[tokio::test]
    async fn broken_or_missing_picture_is_left_out() {
        let (folder, blobs, record) = branded(b"no picture").await;
        let broken = resolve_brand(&blobs, Some(&record)).await.unwrap();
        std::fs::remove_dir_all(folder.path()).unwrap();
        let gone = resolve_brand(&blobs, Some(&record)).await.unwrap();
        for brand in [broken, gone] {
            assert!(brand.avatar.is_none() && brand.handle.is_some());
        }
    }
}
