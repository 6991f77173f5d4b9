//! [`TextStyle`], and [`Paragraph`]: text that is shaped and broken into lines.

use std::sync::Arc;

use parley::{Alignment, AlignmentOptions, Layout, PositionedLayoutItem};
use peniko::kurbo::{Point, Rect};

use super::{
    font_stack::{FontMetrics, FontStack},
    ink::Ink,
    line_breaking::{balance, breaks_words, pretty},
};
use crate::{
    scene::{Glyph, GlyphRun, Paint, TextRange},
    theme::{Align, Emphasis, RoleSpec},
};

/// Points on a phone's screen per pixel of a slide: the unit of optical sizes.
const POINTS_PER_PIXEL: f32 = 390.0 / 1080.0;

/// Length of the emoji font's file, which identifies it among the fonts.
const EMOJI_BYTES: usize = damascene_fonts_emoji::NOTO_COLOR_EMOJI.len();

/// The empty share of a line above which dividing a word is worth it.
const MIN_GAP_SHARE: f32 = 0.32;

/// How the lines of a text are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// All lines about equally long: titles.
    Balanced,
    /// Greedy, but without a last line of one word: running text.
    Pretty,
    /// One line, in a smaller size if necessary; if that is not enough, as [`Self::Balanced`].
    Single,
    /// Only the text's own line breaks: code.
    Kept,
}

#[derive(Debug, Clone)]
pub(crate) struct TextStyle {
    /// Weight, leading, tracking.
    pub(crate) spec: RoleSpec,
    /// The possible sizes, the preferred one first; never empty.
    pub(crate) sizes: Vec<f32>,
    pub(crate) face: FontStack,
    /// The colour of text without emphasis.
    pub(crate) ink: Ink,
    pub(crate) align: Align,
    pub(crate) wrap: Wrap,
    /// How emphasised text stands out.
    pub(crate) emphasis: Emphasis,
}

impl Wrap {
    /// Whether words may be divided.
    pub(super) fn may_hyphenate(self) -> bool {
        match self {
            Self::Balanced | Self::Pretty => true,
            Self::Single | Self::Kept => false,
        }
    }
}

/// A shaped text. Its top is the top of the first line's capitals, its bottom the last base line:
/// the visual edges of a text.
pub(crate) struct Paragraph {
    layout: Layout<Ink>,
    source: Arc<str>,
    size: f32,
    weight: f32,
    heights: FontMetrics,
    wrap: Wrap,
    shift: f32,
    /// How far its glyphs extend above the first line's capitals and below the last base line.
    reach: (f32, f32),
}

/// The optical axis position for a size (Inter's axis goes from 14 to 32 points).
pub(super) fn optical_size(size: f32) -> f32 {
    (size * POINTS_PER_PIXEL).clamp(14.0, 32.0)
}

impl Paragraph {
    pub(super) fn broken(
        mut layout: Layout<Ink>,
        text: &str,
        style: &TextStyle,
        (size, width): (f32, f32),
    ) -> Self {
        layout.break_all_lines(Some(width));
        let narrow = match style.wrap {
            Wrap::Balanced | Wrap::Single => balance(&mut layout, width),
            Wrap::Pretty => pretty(&mut layout, width),
            Wrap::Kept => width,
        };
        let (alignment, shift) = match style.align {
            Align::Start if layout.is_rtl() => (Alignment::Start, width - narrow),
            Align::Start => (Alignment::Start, 0.0),
            Align::Center => (Alignment::Center, (width - narrow) / 2.0),
        };
        layout.align(alignment, AlignmentOptions::default());
        let line =
            |at: usize| layout.get(at).and_then(|line| text.get(line.text_range())).unwrap_or("");
        let heights = style.face.heights();
        let above = if is_flat(line(0)) { 0.0 } else { heights.ascent - heights.caps };
        let below =
            if is_flat(line(layout.len().saturating_sub(1))) { 0.02 } else { heights.descent };
        let reach = (above * size, below * size);
        Self {
            layout,
            source: text.into(),
            size,
            weight: style.spec.weight,
            heights,
            wrap: style.wrap,
            shift,
            reach,
        }
    }

    /// In pixels per em.
    pub(crate) fn size(&self) -> f32 {
        self.size
    }

    /// The weight of its font.
    pub(crate) fn weight(&self) -> f32 {
        self.weight
    }

    /// The number of its lines.
    pub(crate) fn lines(&self) -> usize {
        self.layout.len()
    }

    /// Whether a line ends inside a word.
    pub(crate) fn breaks_words(&self) -> bool {
        breaks_words(&self.layout)
    }

    /// Width of its longest line.
    pub(crate) fn width(&self) -> f32 {
        self.layout.width()
    }

    /// Distance from the column's left edge to its longest line: 0 except for centred or
    /// right-to-left text.
    pub(crate) fn left(&self) -> f64 {
        self.bounds(Point::ORIGIN).x0.max(0.0)
    }

    /// From the top of the first line's capitals to the last base line.
    pub(crate) fn height(&self) -> f32 {
        let last = self.layout.last_baseline().unwrap_or(0.0);
        last - self.first_baseline() + self.caps()
    }

    /// Height of its capitals.
    pub(crate) fn caps(&self) -> f32 {
        self.heights.caps * self.size
    }

    /// How far it extends above its top and below its bottom.
    pub(crate) fn reach(&self) -> (f64, f64) {
        (self.reach.0.into(), self.reach.1.into())
    }

    /// Everything it covers with its top left corner at `origin`, including ascenders and
    /// descenders.
    pub(crate) fn bounds(&self, origin: Point) -> Rect {
        let metrics = || self.layout.lines().map(|line| *line.metrics());
        let left = metrics().map(|m| m.offset).fold(f32::INFINITY, f32::min);
        let right = metrics()
            .map(|m| m.offset + m.advance - m.hanging_advance)
            .fold(f32::NEG_INFINITY, f32::max);
        let (above, below) = (self.reach.0, self.height() + self.reach.1);
        let x = |x: f32| origin.x + f64::from(self.shift + x);
        let y = |y: f32| origin.y + f64::from(y);
        Rect::new(x(left), y(-above), x(right), y(below))
    }

    /// Its glyphs, with its top left corner at `origin`. `paint` gives the paint of an ink for the
    /// rectangle that a run covers.
    pub(crate) fn runs(
        &self,
        origin: Point,
        mut paint: impl FnMut(Ink, Rect) -> Paint,
    ) -> Vec<GlyphRun> {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
        let (left, top) = (
            origin.x as f32 + self.shift,
            (origin.y as f32 + self.caps()).round() - self.first_baseline(),
        );
        let mut runs = Vec::new();
        for line in self.layout.lines() {
            // A line's runs come glyph by glyph in the order of their clusters.
            let mut words = line.runs().flat_map(|run| glyph_words(&run));
            for item in line.items() {
                let PositionedLayoutItem::GlyphRun(run) = item else {
                    continue;
                };
                let glyph = |g: parley::Glyph| Glyph {
                    id: g.id,
                    x: left + g.x,
                    y: top + g.y,
                    words: words.next().unwrap_or(TextRange { start: 0, end: 0 }),
                };
                let glyphs = run.positioned_glyphs().map(glyph).collect();
                let extent = self.extent(&run, (left, top));
                runs.push(self.run(&run, glyphs, paint(run.style().brush, extent)));
            }
        }
        runs
    }

    /// The area of a run, from its base line to the top of its capitals.
    fn extent(&self, run: &parley::GlyphRun<'_, Ink>, (left, top): (f32, f32)) -> Rect {
        let (x, y) = (f64::from(left + run.offset()), f64::from(top + run.baseline()));
        let (width, caps) = (f64::from(run.advance()), f64::from(self.caps()));
        Rect::new(x, y - caps, x + width, y)
    }

    fn run(&self, run: &parley::GlyphRun<'_, Ink>, glyphs: Vec<Glyph>, paint: Paint) -> GlyphRun {
        let shaped = run.run();
        GlyphRun {
            font: shaped.font().clone(),
            size: shaped.font_size(),
            weight: shaped.font_attrs().weight.value(),
            optical: optical_size(shaped.font_size()),
            coords: bytemuck::cast_slice(shaped.normalized_coords()).to_vec(),
            glyphs,
            source: Arc::clone(&self.source),
            paint,
            in_color: shaped.font().data.len() == EMOJI_BYTES,
        }
    }

    /// Whether lines end far from the edge, or inside a word.
    pub(super) fn is_ragged(&self, width: f32) -> bool {
        match self.wrap {
            Wrap::Balanced => self.breaks_words(),
            Wrap::Pretty => self.breaks_words() || self.largest_gap(width) > MIN_GAP_SHARE,
            Wrap::Single | Wrap::Kept => false,
        }
    }

    /// Whether hyphenation improved the text: no broken word any more, fewer lines, or a smaller
    /// gap.
    pub(super) fn improves_on(&self, plain: &Self, width: f32) -> bool {
        if self.breaks_words() != plain.breaks_words() {
            return plain.breaks_words();
        }
        self.lines() < plain.lines()
            || (self.lines() == plain.lines()
                && self.largest_gap(width) < plain.largest_gap(width) - 0.08)
    }

    /// The largest gap at the end of a line except the last, as a share of the width.
    fn largest_gap(&self, width: f32) -> f32 {
        let before_last = self.lines().saturating_sub(1);
        let gaps = self.layout.lines().take(before_last).map(|line| {
            let metrics = line.metrics();
            1.0 - (metrics.advance - metrics.hanging_advance) / width
        });
        gaps.fold(0.0, f32::max)
    }

    fn first_baseline(&self) -> f32 {
        self.layout.first_baseline().unwrap_or(0.0)
    }
}

/// The text of each glyph of a run, in drawing order.
fn glyph_words(run: &parley::Run<'_, Ink>) -> Vec<TextRange> {
    let mut words: Vec<TextRange> = Vec::new();
    for cluster in run.visual_clusters() {
        let range = cluster.text_range();
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = TextRange { start: place(range.start), end: place(range.end) };
        if cluster.is_ligature_continuation()
            && let Some(last) = words.last_mut()
        {
            last.start = last.start.min(span.start);
            last.end = last.end.max(span.end);
        }
        words.extend(cluster.glyphs().map(|_| span));
    }
    words
}

/// Whether a line has neither ascenders nor descenders: large numbers and signs.
fn is_flat(line: &str) -> bool {
    let flat = |c: char| match c {
        ' ' | '\u{a0}' | '\u{202f}' | '%' | '×' | '+' | '.' | '−' | '–' | '₽' | '€' => {
            true
        }
        'Q' => false,
        _ => c.is_ascii_digit() || c.is_ascii_uppercase(),
    };
    line.trim_end().chars().all(flat)
}
