//! The cache key of a picture: [`digest`], a SHA-256 over everything that the picture depends on.
//! Equal keys mean equal bytes, so a key can name a blob, and a slide is not drawn again if
//! its blob exists.

use domain::{Accent, ImageKind, Items, Marker, Side, Slide, SlideContent, SlideText};
use sha2::{Digest, Sha256};

use crate::{
    backend::BackendKind,
    brand::SlideBrand,
    render_options::{RenderOptions, SlidePosition},
};

/// Part of every cache key: raised when the same input draws other bytes.
const CACHE_KEY_VERSION: usize = 5;

/// Hashes fields with their lengths, so that different sequences of fields never give the same
/// input.
struct CacheKeyHasher(Sha256);

impl CacheKeyHasher {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn number(&mut self, number: usize) -> &mut Self {
        self.bytes(&(number as u64).to_le_bytes())
    }

    fn option(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.number(1).text(text),
            None => self.number(0),
        }
    }

    fn brand(&mut self, brand: &SlideBrand) -> &mut Self {
        let SlideBrand { handle, name, avatar, accent } = brand;
        self.option(handle.as_deref())
            .option(name.as_deref())
            .bytes(avatar.as_ref().map_or(&[], |avatar| avatar.digest().as_slice()))
            .bytes(&accent.map(Accent::rgb).map_or_else(Vec::new, Vec::from))
    }

    fn items(&mut self, items: Option<&Items>) -> &mut Self {
        self.number(items.map_or(0, Items::len));
        for item in items.into_iter().flat_map(Items::iter) {
            self.text(item);
        }
        self
    }

    fn side(&mut self, side: &Side) -> &mut Self {
        self.text(side.label.as_str()).text(side.text.as_str())
    }

    fn content(&mut self, content: &SlideContent) -> &mut Self {
        let words = |text: &Option<SlideText>| text.as_ref().map(|text| text.as_str().to_owned());
        self.text(content.kind().name());
        match content {
            SlideContent::Title { title, subtitle, kicker, cover } => self
                .text(title.as_str())
                .option(words(subtitle).as_deref())
                .option(words(kicker).as_deref())
                .text(cover.name()),
            SlideContent::Principle { title, body } => {
                self.text(title.as_str()).option(words(body).as_deref())
            }
            SlideContent::Concept { term, meaning } => {
                self.text(term.as_str()).text(meaning.as_str())
            }
            SlideContent::Practice { title, steps } => self.text(title.as_str()).items(Some(steps)),
            SlideContent::Quote { text, author } => {
                self.text(text.as_str()).option(words(author).as_deref())
            }
            SlideContent::List { title, items, marker } => {
                self.text(title.as_str()).items(Some(items)).text(Marker::name(*marker))
            }
            SlideContent::Statistic { value, label, source } => {
                self.text(value.as_str()).text(label.as_str()).option(words(source).as_deref())
            }
            SlideContent::Comparison { title, before, after, polarity } => {
                self.text(title.as_str()).side(before).side(after).text(polarity.name())
            }
            SlideContent::Versus { title, names, rows } => {
                self.text(title.as_str()).text(names[0].as_str()).text(names[1].as_str());
                for row in rows.iter() {
                    let [first, second] = &row.sides;
                    self.text(row.aspect.as_str()).text(first.as_str()).text(second.as_str());
                }
                self.number(rows.iter().count())
            }
            SlideContent::Code { title, code, remark } => self
                .text(title.as_str())
                .text(code.language())
                .text(code.code())
                .option(words(remark).as_deref()),
            SlideContent::Summary { title, points, call_to_action } => self
                .text(title.as_str())
                .items(points.as_ref())
                .option(words(call_to_action).as_deref()),
        }
    }
}

/// The cache key of a picture. `theme` and `fonts` are the digests of the theme's file and of the
/// operator's fonts; `None` for an unknown theme.
pub(crate) fn digest(
    slide: &Slide,
    place: SlidePosition,
    look: &RenderOptions,
    image: ImageKind,
    (backend, theme, fonts): (BackendKind, Option<[u8; 32]>, [u8; 32]),
) -> [u8; 32] {
    let mut recipe = CacheKeyHasher(Sha256::new());
    recipe
        .text("bible-vibecoder slide")
        .number(CACHE_KEY_VERSION)
        .text(backend.cache_name())
        .bytes(&fonts)
        .text(look.theme.as_str())
        .bytes(theme.as_ref().map_or(&[], |digest| digest.as_slice()))
        .text(look.format.name())
        .text(look.language.name())
        .brand(&look.brand)
        .text(image.name())
        .number(place.index())
        .number(place.total())
        .option(slide.emoji())
        .content(slide.content());
    recipe.0.finalize().into()
}
