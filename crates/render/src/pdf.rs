//! Writes a carousel as a PDF with a page per slide, which LinkedIn shows as a document.
//!
//! Texts are PDF text from the same layout as the pictures, so that they are sharp and can be
//! searched and copied. Everything behind them (backgrounds, glass, shadows, emoji) is one picture
//! per page, because PDF has no frosted glass.

use std::{collections::HashMap, sync::Arc};

use domain::{ContentLanguage, ImageKind};
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    geom::{Point, Size, Transform},
    image::Image,
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, LinearGradient, RadialGradient, SpreadMethod, Stop},
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph, Tag},
};

use crate::{
    encode::EncodeError,
    scene::{Color, GlyphRun, Paint},
    slide_refusal::SlideRefusal,
};

/// PDF points per pixel of a slide: a page 540 points wide has the size of a postcard.
const SCALE: f32 = 0.5;

/// Why the PDF could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("slide {}: {refusal}", index + 1)]
    Slide {
        /// From 0.
        index: usize,
        refusal: SlideRefusal,
    },
    /// A page's picture could not be encoded.
    #[error(transparent)]
    Encoding(#[from] EncodeError),
    /// The PDF writer failed: a bug, or a font that forbids embedding.
    #[error("PDF: {0}")]
    Writing(String),
}

/// A page: its background picture and its texts.
pub(crate) struct PdfPage {
    /// Width and height in pixels.
    pub(crate) size: (u32, u32),
    /// The encoded background picture.
    pub(crate) behind: Vec<u8>,
    /// The encoding of `behind`.
    pub(crate) image: ImageKind,
    pub(crate) words: Vec<GlyphRun>,
}

/// Writes pages into a PDF document.
pub(crate) struct PdfWriter {
    document: Document,
    fonts: HashMap<(u64, u32, u32, u32), Option<Font>>,
}

impl PdfWriter {
    /// An empty document with this title.
    pub(crate) fn new(title: &str, language: ContentLanguage) -> Self {
        let settings =
            SerializeSettings { compress_content_streams: true, ..SerializeSettings::default() };
        let mut document = Document::new_with(settings);
        // No date, so that the same carousel gives the same bytes.
        document.set_metadata(
            Metadata::new()
                .title(title.to_owned())
                .language(language.name().to_owned())
                .creator("Bible VibeCoder".to_owned()),
        );
        Self { document, fonts: HashMap::new() }
    }

    pub(crate) fn add_page(&mut self, sheet: PdfPage) -> Result<(), PdfError> {
        #[expect(clippy::cast_precision_loss, reason = "pixels of a slide")]
        let (width, height) = (sheet.size.0 as f32, sheet.size.1 as f32);
        let settings = PageSettings::from_wh(width * SCALE, height * SCALE)
            .ok_or_else(|| PdfError::Writing("a slide without a size".to_owned()))?;
        let image = match sheet.image {
            ImageKind::Jpeg => Image::from_jpeg(sheet.behind.into(), true),
            ImageKind::Png => Image::from_png(sheet.behind.into(), true),
        };
        let image = image.map_err(PdfError::Writing)?;
        let size = Size::from_wh(width, height)
            .ok_or_else(|| PdfError::Writing("a slide without a size".to_owned()))?;
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(SCALE, SCALE));
        surface.draw_image(image, size);
        for run in &sheet.words {
            let font = font(&mut self.fonts, run)?;
            write(&mut surface, run, font);
        }
        surface.pop();
        surface.finish();
        page.finish();
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, PdfError> {
        self.document.finish().map_err(|error| PdfError::Writing(format!("{error:?}")))
    }
}

/// The font of a run, at its position on the variation axes.
fn font(
    fonts: &mut HashMap<(u64, u32, u32, u32), Option<Font>>,
    run: &GlyphRun,
) -> Result<Font, PdfError> {
    let key = (run.font.data.id(), run.font.index, run.weight.to_bits(), run.optical.to_bits());
    let load = || {
        let data: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(run.font.data.clone());
        let place = [(Tag::new(b"wght"), run.weight), (Tag::new(b"opsz"), run.optical)];
        let axes = if run.coords.is_empty() { &[][..] } else { &place };
        Font::new_variable(data.into(), run.font.index, axes)
    };
    fonts
        .entry(key)
        .or_insert_with(load)
        .clone()
        .ok_or_else(|| PdfError::Writing("a font can't be embedded".to_owned()))
}

/// Writes a run: each glyph at its position from layout, with the text that it stands for.
fn write(surface: &mut Surface<'_>, run: &GlyphRun, font: Font) {
    let Some(first) = run.glyphs.first() else {
        return;
    };
    let nexts = run.glyphs.iter().skip(1).map(|next| next.x);
    let nexts = nexts.chain(run.glyphs.last().map(|last| last.x));
    let glyphs: Vec<KrillaGlyph> = run
        .glyphs
        .iter()
        .zip(nexts)
        .map(|(glyph, next)| {
            let range = glyph.words.start as usize..glyph.words.end as usize;
            let advance = (next - glyph.x) / run.size;
            let raised = (glyph.y - first.y) / run.size;
            KrillaGlyph::new(GlyphId::new(glyph.id), advance, 0.0, raised, 0.0, range, None)
        })
        .collect();
    surface.set_fill(Some(fill(&run.paint)));
    let start = Point::from_xy(first.x, first.y);
    surface.draw_glyphs(start, &glyphs, font, &run.source, run.size, false);
}

fn fill(paint: &Paint) -> Fill {
    let whole = |paint: krilla::paint::Paint, opacity| Fill { paint, opacity, ..Fill::default() };
    match paint {
        Paint::Solid(color) => whole(rgb_of(*color).into(), alpha(*color)),
        Paint::Linear { from, to, stops } => {
            let gradient = LinearGradient {
                x1: narrow(from.x),
                y1: narrow(from.y),
                x2: narrow(to.x),
                y2: narrow(to.y),
                transform: Transform::default(),
                spread_method: SpreadMethod::Pad,
                stops: stops.iter().map(stop).collect(),
                anti_alias: true,
            };
            whole(gradient.into(), NormalizedF32::ONE)
        }
        Paint::Radial { center, radius, stops } => {
            let (x, y) = (narrow(center.x), narrow(center.y));
            let gradient = RadialGradient {
                fx: x,
                fy: y,
                fr: 0.0,
                cx: x,
                cy: y,
                cr: narrow(*radius),
                transform: Transform::default(),
                spread_method: SpreadMethod::Pad,
                stops: stops.iter().map(stop).collect(),
                anti_alias: true,
            };
            whole(gradient.into(), NormalizedF32::ONE)
        }
    }
}

fn stop((at, color): &(f32, Color)) -> Stop {
    Stop {
        offset: NormalizedF32::new(*at).unwrap_or(NormalizedF32::ZERO),
        color: rgb_of(*color).into(),
        opacity: alpha(*color),
    }
}

fn rgb_of(color: Color) -> rgb::Color {
    let color = color.to_rgba8();
    rgb::Color::new(color.r, color.g, color.b)
}

fn alpha(color: Color) -> NormalizedF32 {
    NormalizedF32::new(color.components[3]).unwrap_or(NormalizedF32::ONE)
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
fn narrow(pixels: f64) -> f32 {
    pixels as f32
}
