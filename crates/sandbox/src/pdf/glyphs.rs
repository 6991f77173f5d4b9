//! The characters of the pages with their places, in the order in which the file draws them.

use std::collections::HashSet;

use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, RenderContent, SoftMask,
    font::{Glyph, GlyphRun},
    hayro_cmap::BfString,
    hayro_syntax::{Pdf, page::Page},
    interpret_page,
    kurbo::{Affine, BezPath, Point, Rect},
};

/// Most characters that are read: ten times what a carousel uses.
const MAX_CHARS: usize = 200_000;

/// A character, or a ligature. Coordinates are in points from the page's top left corner.
#[derive(Debug, Clone)]
pub(super) struct PlacedChar {
    pub(super) text: String,
    pub(super) x: f64,
    /// The baseline.
    pub(super) y: f64,
    /// The advance width.
    pub(super) width: f64,
    /// The font size.
    pub(super) size: f64,
    pub(super) font: FontTraits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct FontTraits {
    pub(super) bold: bool,
    pub(super) monospaced: bool,
}

#[derive(Debug)]
pub(super) struct PageChars {
    pub(super) chars: Vec<PlacedChar>,
    pub(super) height: f64,
}

#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) pages: Vec<PageChars>,
    /// Characters whose letters the file does not name.
    pub(super) unreadable: usize,
}

impl Pages {
    pub(super) fn readable_letters(&self) -> usize {
        let chars = self.pages.iter().flat_map(|page| &page.chars);
        chars.filter(|one| one.text.contains(char::is_alphanumeric)).count()
    }

    pub(super) fn heights(&self) -> Vec<f64> {
        self.pages.iter().map(|page| page.height).collect()
    }
}

/// Reads at most `most` pages.
pub(super) fn pages(pdf: &Pdf, most: usize) -> Pages {
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings {
        render_content: RenderContent::PAGE,
        ..InterpreterSettings::default()
    };
    let mut found = Pages::default();
    let mut left = MAX_CHARS;
    for page in pdf.pages().iter().take(most) {
        let mut reader = GlyphReader { left, ..GlyphReader::default() };
        read_page(page, pdf, &cache, &settings, &mut reader);
        left = reader.left;
        let (_, height) = page.render_dimensions();
        found.pages.push(PageChars { chars: reader.chars, height: height.into() });
        found.unreadable += reader.unreadable;
        if left == 0 {
            break;
        }
    }
    found
}

fn read_page<'a>(
    page: &Page<'a>,
    pdf: &'a Pdf,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
    reader: &mut GlyphReader,
) {
    let [a, b, c, d, e, f] = page.initial_transform(true).as_coeffs();
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, width.into(), height.into());
    let start = Affine::new([a, b, c, d, e, f]);
    let mut context = Context::new(start, area, cache, pdf.xref(), settings.clone());
    interpret_page(page, &mut context, reader);
}

/// A device that draws nothing and keeps the characters.
#[derive(Debug, Default)]
struct GlyphReader {
    chars: Vec<PlacedChar>,
    /// Places of characters: some programs draw a character twice to make it bold.
    drawn: HashSet<(i64, i64, String)>,
    unreadable: usize,
    left: usize,
}

impl GlyphReader {
    fn take(&mut self, glyph: &Glyph<'_>, place: Affine, font: FontTraits) {
        /// Sides of a glyph's box, in its own units.
        const EM: f64 = 1_000.0;
        let [a, b, c, d, _, _] = place.as_coeffs();
        let (across, size) = (a * EM, c.hypot(d) * EM);
        // Rotated text is a stamp, a watermark, or the label of an axis.
        let is_upright = a > 0.0 && b.abs() < a * 0.1;
        if !is_upright || !(1.0..=400.0).contains(&size) || self.left == 0 {
            return;
        }
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => String::new(),
        };
        if !text.chars().all(is_readable) || text.is_empty() {
            self.unreadable += 1;
            return;
        }
        let Point { x, y } = place * Point::ORIGIN;
        let width = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(_) => None,
        };
        let width = f64::from(width.unwrap_or(500.0)) / EM * across;
        #[expect(clippy::cast_possible_truncation, reason = "a place on a page; saturates")]
        let key = ((x / 1.5).round() as i64, (y / 1.5).round() as i64, text.clone());
        if !text.trim().is_empty() && !self.drawn.insert(key) {
            return;
        }
        self.left -= 1;
        self.chars.push(PlacedChar { text, x, y, width, size, font });
    }
}

/// Characters of private use are symbols of the font.
fn is_readable(c: char) -> bool {
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    !private && c != '\u{fffd}' && (!c.is_control() || c.is_whitespace())
}

fn traits(glyph: &Glyph<'_>) -> FontTraits {
    let Glyph::Outline(outline) = glyph else {
        return FontTraits::default();
    };
    let Some(font) = outline.font_data() else {
        return FontTraits::default();
    };
    let name = font.postscript_name.unwrap_or_default().to_lowercase();
    FontTraits {
        bold: font.weight.is_some_and(|weight| weight >= 600) || name.contains("bold"),
        monospaced: font.is_monospace || name.contains("mono") || name.contains("courier"),
    }
}

impl<'a> Device<'a> for GlyphReader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        // A run has one font.
        let font = run.glyphs().first().map(|glyph| traits(glyph)).unwrap_or_default();
        for glyph in run.glyphs() {
            self.take(glyph, props.transform * glyph.transform(), font);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {}
}
