//! A carousel as one ZIP of pictures, caption and alternative texts, for users who post by hand.

use std::io::{Cursor, Write as _};

use domain::ImageKind;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The contents of a ZIP.
#[derive(Debug, Clone, Copy)]
pub struct Bundle<'a> {
    /// The encoded pictures, in order.
    pub pictures: &'a [&'a [u8]],
    /// The encoding of the pictures.
    pub image: ImageKind,
    /// The text to paste under the post.
    pub caption: &'a str,
    /// The alternative text of each picture, in the order of the pictures.
    pub alts: &'a [String],
    pub pdf: Option<&'a [u8]>,
}

/// Why the ZIP could not be written: out of memory, or a bug.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("ZIP: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("ZIP: {0}")]
    Io(#[from] std::io::Error),
}

/// Packs files into one ZIP under their names, without compression: most are pictures, and a user's
/// texts are small.
pub fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, BundleError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, contents) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(contents)?;
    }
    Ok(zip.finish()?.into_inner())
}

impl Bundle<'_> {
    /// The ZIP: `slide-01.jpg` and so on, `caption.txt`, `alt-texts.txt`, `carousel.pdf`. Nothing
    /// is compressed, because the pictures already are. Entries have no date, so the same carousel
    /// gives the same bytes.
    ///
    /// # Errors
    /// [`BundleError`]; no user input causes it.
    pub fn zip(&self) -> Result<Vec<u8>, BundleError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut add = |name: &str, bytes: &[u8]| -> Result<(), BundleError> {
            zip.start_file(name, options)?;
            zip.write_all(bytes)?;
            Ok(())
        };
        for (i, picture) in self.pictures.iter().enumerate() {
            let name = slide_name(i, self.image);
            add(&name, picture)?;
        }
        add("caption.txt", self.caption.as_bytes())?;
        add("alt-texts.txt", self.alt_texts().as_bytes())?;
        if let Some(pdf) = self.pdf {
            add("carousel.pdf", pdf)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    fn alt_texts(&self) -> String {
        let mut texts = String::new();
        for (i, alt) in self.alts.iter().enumerate() {
            texts += &format!("{}\n{alt}\n\n", slide_name(i, self.image));
        }
        texts
    }
}

fn slide_name(index: usize, image: ImageKind) -> String {
    format!("slide-{:02}.{}", index + 1, image.extension())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn zip_has_all_files_with_sortable_names() {
        let bundle = Bundle {
            pictures: &[&[1; 4], &[2; 4]],
            image: ImageKind::Jpeg,
            caption: "Подпись\n\n#тесты",
            alts: &["Обложка".to_owned(), "Итог".to_owned()],
            pdf: Some(b"%PDF"),
        };
        let bytes = bundle.zip().unwrap();
        assert_eq!(bytes, bundle.zip().unwrap());
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut text = Vec::new();
            zip.by_name(name).unwrap().read_to_end(&mut text).unwrap();
            text
        };
        assert_eq!(read("slide-02.jpg"), [2; 4]);
        assert_eq!(read("caption.txt"), "Подпись\n\n#тесты".as_bytes());
        let alts = "slide-01.jpg\nОбложка\n\nslide-02.jpg\nИтог\n\n";
        assert_eq!(read("alt-texts.txt"), alts.as_bytes());
        assert_eq!(read("carousel.pdf"), b"%PDF");
    }
}
