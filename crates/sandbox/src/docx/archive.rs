//! The parts of the archive. Sizes are checked while reading, not believed.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::unusable_input::UnusableInput;

/// Largest part that is read, unpacked.
const MAX_PART_BYTES: u64 = 24 * 1024 * 1024;
const MAX_PARTS: usize = 10_000;

/// The part with the text; a few programs use the second name.
const DOCUMENT: [&str; 2] = ["word/document.xml", "word/document2.xml"];

pub(super) struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, UnusableInput> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| UnusableInput::Damaged)?;
        if archive.len() > MAX_PARTS {
            return Err(UnusableInput::Damaged);
        }
        Ok(Self(archive))
    }

    /// The unpacked bytes of a part; `None` if there is none, or it is damaged or too large.
    pub(super) fn part(&mut self, name: &str) -> Option<Vec<u8>> {
        let part = self.0.by_name(name).ok()?;
        let mut bytes = Vec::new();
        let read = part.take(MAX_PART_BYTES + 1).read_to_end(&mut bytes).ok()?;
        (read as u64 <= MAX_PART_BYTES).then_some(bytes)
    }

    pub(super) fn document(&mut self) -> Result<Vec<u8>, UnusableInput> {
        let Some(name) = DOCUMENT.into_iter().find(|name| self.0.index_for_name(name).is_some())
        else {
            return Err(UnusableInput::NoDocument);
        };
        self.part(name).ok_or(UnusableInput::Damaged)
    }
}
