//! [`Fonts`]: the loaded fonts and the characters they have.
//!
//! Fonts come from dependencies and from a folder that the operator configures. System fonts are
//! never used, because a picture must not depend on the machine.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use parley::{
    FontContext, FontFamily, FontFamilyName,
    fontique::{Blob, Charmap, CharmapIndex, Collection, CollectionOptions, FontInfo},
};
use sha2::{Digest, Sha256};

use super::font_stack::FontStack;

const SANS: &str = "Inter Variable";
const SERIF: &str = "Libertinus Serif";
const MONO: &str = "JetBrains Mono";
const EMOJI: &str = "Noto Color Emoji";

/// For scripts that the other built-in fonts lack: Hebrew, Arabic, Armenian, Georgian, many
/// symbols.
const FALLBACK: &str = "DejaVu Sans";

pub(crate) struct Fonts {
    collection: Collection,
    faces: [FontFamily<'static>; 4],
    coverage: Vec<(Blob<u8>, CharmapIndex)>,
    /// SHA-256 over the fonts of the operator's folder.
    pub(crate) digest: [u8; 32],
}

/// Why fonts could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    #[error("fonts: can't read {path}: {error}")]
    Io { path: PathBuf, error: io::Error },
    /// The file has a font's extension but is not a font.
    #[error("fonts: {0} is not a readable TrueType or OpenType font")]
    NoFont(PathBuf),
    #[error("fonts: no .ttf, .otf or .ttc file in {0}")]
    Empty(PathBuf),
    #[error("fonts: can't read the built-in font “{0}”")]
    BuiltIn(&'static str),
}

impl Fonts {
    /// Loads the built-in fonts and those of `folder`, in the order of their names.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, FontError> {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut fonts = Self {
            collection: Collection::new(options),
            faces: std::array::from_fn(|_| FontFamily::named(SANS)),
            coverage: Vec::new(),
            digest: [0; 32],
        };
        for (name, data) in built_in() {
            let families = fonts.add(&Blob::new(Arc::new(data)));
            families.iter().any(|f| f == name).then_some(()).ok_or(FontError::BuiltIn(name))?;
        }
        let extra = folder.map_or(Ok(Vec::new()), |folder| fonts.add_folder(folder))?;
        fonts.faces = [
            family_stack(&[SANS], &extra),
            family_stack(&[SERIF, SANS], &extra),
            family_stack(&[MONO, SANS], &extra),
            FontFamily::named(EMOJI),
        ];
        Ok(fonts)
    }

    /// Registers a font file and returns its family names.
    fn add(&mut self, data: &Blob<u8>) -> Vec<String> {
        let mut names = Vec::new();
        for (family, infos) in self.collection.register_fonts(data.clone(), None) {
            let index = |info: &FontInfo| (data.clone(), info.charmap_index());
            self.coverage.extend(infos.iter().map(index));
            names.extend(self.collection.family_name(family).map(str::to_owned));
        }
        names
    }

    fn add_folder(&mut self, folder: &Path) -> Result<Vec<String>, FontError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error| FontError::Io { path, error }
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            files.push(entry.map_err(unreadable(folder))?.path());
        }
        files.retain(|path| is_font(path));
        files.sort();
        let (mut names, mut hasher) = (Vec::new(), Sha256::new());
        for path in &files {
            let data = fs::read(path).map_err(unreadable(path))?;
            hasher.update(Sha256::digest(&data));
            let families = self.add(&Blob::new(Arc::new(data)));
            if families.is_empty() {
                return Err(FontError::NoFont(path.clone()));
            }
            names.extend(families);
        }
        if names.is_empty() {
            return Err(FontError::Empty(folder.to_owned()));
        }
        self.digest = hasher.finalize().into();
        Ok(names)
    }

    /// The fonts to search for the characters of a text set in `face`.
    pub(crate) fn face(&self, face: FontStack) -> FontFamily<'static> {
        let [sans, serif, mono, emoji] = &self.faces;
        match face {
            FontStack::Sans => sans.clone(),
            FontStack::Serif => serif.clone(),
            FontStack::Mono => mono.clone(),
            FontStack::Emoji => emoji.clone(),
        }
    }

    /// A shaping context for one thread.
    pub(crate) fn context(&self) -> FontContext {
        FontContext {
            collection: self.collection.clone(),
            source_cache: parley::fontique::SourceCache::default(),
        }
    }

    /// The first character of `text` that no font has.
    pub(crate) fn missing_character(&self, text: &str) -> Option<char> {
        let maps: Vec<Charmap<'_>> =
            self.coverage.iter().filter_map(|(data, map)| map.charmap(data.as_ref())).collect();
        let drawable = |c: char| {
            is_invisible(c) || maps.iter().any(|map| map.map(c).is_some_and(|glyph| glyph != 0))
        };
        text.chars().find(|c| !drawable(*c))
    }
}

/// The fonts from dependencies, by the family that each must have.
fn built_in() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let serif = typst_assets::fonts().filter(|font| is_serif(font)).map(|font| (SERIF, font));
    [
        (SANS, damascene_fonts_inter::INTER_VARIABLE),
        (SANS, damascene_fonts_inter::INTER_VARIABLE_ITALIC),
        (MONO, damascene_fonts_jetbrains_mono::JETBRAINS_MONO_VARIABLE),
        (FALLBACK, dejavu::sans::regular()),
        (FALLBACK, dejavu::sans::bold()),
        (EMOJI, damascene_fonts_emoji::NOTO_COLOR_EMOJI),
    ]
    .into_iter()
    .chain(serif)
}

/// Finds Libertinus Serif among the fonts of its crate, which have no names there.
fn is_serif(font: &'static [u8]) -> bool {
    let mut shelf = Collection::new(CollectionOptions { shared: false, system_fonts: false });
    let families = shelf.register_fonts(Blob::new(Arc::new(font)), None);
    families.iter().any(|(family, _)| shelf.family_name(*family) == Some(SERIF))
}

/// Families in order of preference: `first`, the operator's, the fallback, emoji.
fn family_stack(first: &[&'static str], extra: &[String]) -> FontFamily<'static> {
    let ours = first.iter().map(|name| FontFamilyName::named(name));
    let theirs = extra.iter().map(|name| FontFamilyName::Named(name.clone().into()));
    let rest = [FALLBACK, EMOJI].map(FontFamilyName::named);
    FontFamily::List(ours.chain(theirs).chain(rest).collect())
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    matches!(extension.as_deref(), Some("ttf" | "otf" | "ttc"))
}

/// Characters that affect their neighbours and need no glyph (Unicode, "default ignorable").
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\n' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_fonts_cover_russian_english_and_emoji() {
        let fonts = Fonts::load(None).unwrap();
        let text = "Съешь ещё «этих» булок — 5 ₽ № 7… fn main() -> {} 👩🏽\u{200d}💻 ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3} 🇷🇺";
        assert_eq!(fonts.missing_character(text), None);
        assert_eq!(fonts.missing_character("привет שלום مرحبا"), None);
        assert_eq!(fonts.missing_character("привет नमस्ते"), Some('न'));
    }

    #[test]
    fn folder_without_fonts_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let load = || Fonts::load(Some(folder.path())).err().unwrap();
        assert!(matches!(load(), FontError::Empty(_)));
        fs::write(folder.path().join("broken.ttf"), b"not a font").unwrap();
        assert!(matches!(load(), FontError::NoFont(_)));
    }

    #[test]
    fn folder_fonts_change_the_digest() {
        let folder = tempfile::tempdir().unwrap();
        let font = damascene_fonts_inter::INTER_VARIABLE_ITALIC;
        fs::write(folder.path().join("a.ttf"), font).unwrap();
        let fonts = Fonts::load(Some(folder.path())).unwrap();
        assert_ne!(fonts.digest, Fonts::load(None).unwrap().digest);
    }
}
