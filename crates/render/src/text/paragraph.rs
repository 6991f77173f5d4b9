//! [`Paragraph`]: words that are shaped and broken into lines; and the [`Setter`] that makes them.

use std::{borrow::Cow, sync::Arc};

use parley::{
    Alignment, AlignmentOptions, BreakReason, FontContext, FontFeature, FontFeatures,
    FontVariation, FontVariations, FontWeight, Layout, LayoutContext, LineHeight, OverflowWrap,
    PositionedLayoutItem, StyleProperty, setting::Tag,
};
use peniko::kurbo::{Point, Rect};

use super::{Face, Fonts, Ink, Rich, Tone, emoji};
use crate::{
    scene::{Glyph, GlyphRun, Paint},
    theme::{Align, RoleSpec},
};

/// Height of capital letters, ascenders and descenders, in sizes (Inter; the others are close).
const CAPS: f32 = 0.727;
const ASCENT: f32 = 0.969;
const DESCENT: f32 = 0.242;

/// Points of a phone's screen per pixel of a slide: what optical sizes are meant for.
const POINTS_PER_PIXEL: f32 = 390.0 / 1080.0;

/// How the lines of a text are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// All about equally long: titles.
    Balanced,
    /// As long as can be, without a last line of one word: running text.
    Pretty,
    /// One line, smaller if need be; where that is not enough, like a title.
    Single,
    /// As they are: code.
    Kept,
}

/// How a text is set.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    /// Weight, leading, tracking.
    pub(crate) spec: RoleSpec,
    /// The sizes it may have, the best first; never empty.
    pub(crate) sizes: Vec<f32>,
    /// Its fonts.
    pub(crate) face: Face,
    /// Its colour, where no emphasis says otherwise.
    pub(crate) ink: Ink,
    /// Where its lines stand.
    pub(crate) align: Align,
    /// How they are chosen.
    pub(crate) wrap: Wrap,
}

/// Words, set. Its top is the top of the first line's capitals, its bottom the last base line:
/// what the eye takes for the edges of a text.
pub(crate) struct Paragraph {
    layout: Layout<Ink>,
    size: f32,
    weight: f32,
    shift: f32,
    /// How far its glyphs reach above the first line's capitals and below the last base line.
    reach: (f32, f32),
}

/// Shapes words. One per thread.
pub(crate) struct Setter {
    fonts: Arc<Fonts>,
    context: FontContext,
    layouts: LayoutContext<Ink>,
}

impl Setter {
    /// A setter that sets in `fonts`.
    pub(crate) fn new(fonts: &Arc<Fonts>) -> Self {
        Self {
            fonts: Arc::clone(fonts),
            context: fonts.context(),
            layouts: LayoutContext::new(),
        }
    }

    /// Sets a text no wider than `width`, at the first of its sizes at which no word breaks. Where
    /// a word is too long for all of them, it breaks.
    pub(crate) fn set(&mut self, rich: &Rich, style: &Style, width: f32) -> Paragraph {
        let size = style.sizes.first().copied().unwrap_or(style.spec.min);
        let mut layout = self.shape(rich, style, size);
        let widths = layout.calculate_content_widths();
        let needs = match style.wrap {
            Wrap::Single => widths.max,
            Wrap::Balanced | Wrap::Pretty | Wrap::Kept => widths.min,
        };
        let fitting = |needs: f32| {
            style
                .sizes
                .iter()
                .copied()
                .find(|s| needs * s / size <= width)
        };
        let smaller = fitting(needs)
            .or_else(|| fitting(widths.min))
            .unwrap_or(size);
        if smaller < size {
            layout = self.shape(rich, style, smaller);
        }
        Paragraph::broken(layout, &rich.text, style, (smaller, width))
    }

    fn shape(&mut self, rich: &Rich, style: &Style, size: f32) -> Layout<Ink> {
        use StyleProperty as Set;
        let (spec, fonts) = (&style.spec, Arc::clone(&self.fonts));
        let text = &rich.text;
        let mut build = self
            .layouts
            .ranged_builder(&mut self.context, text, 1.0, false);
        let optical = (size * POINTS_PER_PIXEL).clamp(14.0, 32.0);
        let axes = [FontVariation::new(Tag::new(b"opsz"), optical)];
        build.push_default(Set::FontFamily(fonts.face(style.face)));
        build.push_default(Set::FontSize(size));
        build.push_default(Set::FontWeight(FontWeight::new(spec.weight)));
        build.push_default(Set::FontVariations(FontVariations::from(&axes)));
        build.push_default(Set::LineHeight(LineHeight::FontSizeRelative(spec.leading)));
        build.push_default(Set::LetterSpacing(spec.tracking * size));
        build.push_default(Set::OverflowWrap(OverflowWrap::BreakWord));
        build.push_default(Set::Brush(style.ink));
        if style.face == Face::Mono {
            build.push_default(Set::FontFeatures(letters_only()));
        }
        for span in &rich.spans {
            for property in emphasis(span.tone, style, &fonts) {
                build.push(property, span.range.clone());
            }
        }
        for range in emoji::marked(text) {
            build.push(Set::FontFamily(fonts.face(Face::Emoji)), range);
        }
        build.build(text)
    }
}

/// What makes a piece of a text stand out.
fn emphasis(tone: Tone, style: &Style, fonts: &Fonts) -> Vec<StyleProperty<'static, Ink>> {
    let (weight, ink) = (style.spec.weight, style.ink);
    match tone {
        Tone::Bold => vec![
            StyleProperty::FontWeight(FontWeight::new((weight + 260.0).min(800.0).max(weight))),
            StyleProperty::Brush(ink.stronger()),
        ],
        Tone::Accent => vec![StyleProperty::Brush(ink.accented())],
        Tone::Code => vec![
            StyleProperty::FontFamily(fonts.face(Face::Mono)),
            StyleProperty::FontFeatures(letters_only()),
            StyleProperty::Brush(ink.accented()),
        ],
        Tone::Token(token) => vec![StyleProperty::Brush(Ink::Code(token))],
    }
}

/// Code is read letter by letter: no arrow where somebody typed a minus and a greater-than.
fn letters_only() -> FontFeatures<'static> {
    const OFF: &[FontFeature] = &[
        FontFeature::new(Tag::new(b"calt"), 0),
        FontFeature::new(Tag::new(b"liga"), 0),
    ];
    FontFeatures::List(Cow::Borrowed(OFF))
}

impl Paragraph {
    fn broken(
        mut layout: Layout<Ink>,
        text: &str,
        style: &Style,
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
        let line = |at: usize| layout.get(at).map_or("", |line| &text[line.text_range()]);
        let above = if is_flat(line(0)) { 0.0 } else { ASCENT - CAPS };
        let below = if is_flat(line(layout.len().saturating_sub(1))) {
            0.02
        } else {
            DESCENT
        };
        let reach = (above * size, below * size);
        Self {
            layout,
            size,
            weight: style.spec.weight,
            shift,
            reach,
        }
    }

    /// Its size, in pixels per em.
    pub(crate) fn size(&self) -> f32 {
        self.size
    }

    /// The weight of its font.
    pub(crate) fn weight(&self) -> f32 {
        self.weight
    }

    /// How many lines it has.
    pub(crate) fn lines(&self) -> usize {
        self.layout.len()
    }

    /// Whether a word had to be broken.
    pub(crate) fn breaks_words(&self) -> bool {
        breaks_words(&self.layout)
    }

    /// Width of its longest line.
    pub(crate) fn width(&self) -> f32 {
        self.layout.width()
    }

    /// From the top of the first line's capitals to the last base line.
    pub(crate) fn height(&self) -> f32 {
        let last = self.layout.last_baseline().unwrap_or(0.0);
        last - self.first_baseline() + self.caps()
    }

    /// Height of its capitals.
    pub(crate) fn caps(&self) -> f32 {
        CAPS * self.size
    }

    /// How far it reaches above its top and below its bottom.
    pub(crate) fn reach(&self) -> (f64, f64) {
        (self.reach.0.into(), self.reach.1.into())
    }

    /// All that it covers when its top left corner is at `origin`, ascenders and descenders too.
    pub(crate) fn cover(&self, origin: Point) -> Rect {
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

    /// Its glyphs, when its top left corner is at `origin`. `paint` is asked what to paint an ink
    /// with, over the rectangle that a run of it covers.
    pub(crate) fn runs(&self, origin: Point, paint: impl Fn(Ink, Rect) -> Paint) -> Vec<GlyphRun> {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a slide")]
        let (left, top) = (
            origin.x as f32 + self.shift,
            (origin.y as f32 + self.caps()).round() - self.first_baseline(),
        );
        let mut runs = Vec::new();
        for item in self.layout.lines().flat_map(|line| line.items()) {
            let PositionedLayoutItem::GlyphRun(run) = item else {
                continue;
            };
            let (x, y) = (
                f64::from(left + run.offset()),
                f64::from(top + run.baseline()),
            );
            let extent = Rect::new(
                x,
                y - f64::from(self.caps()),
                x + f64::from(run.advance()),
                y,
            );
            let glyph = |g: parley::Glyph| Glyph {
                id: g.id,
                x: left + g.x,
                y: top + g.y,
            };
            runs.push(GlyphRun {
                font: run.run().font().clone(),
                size: run.run().font_size(),
                coords: bytemuck::cast_slice(run.run().normalized_coords()).to_vec(),
                glyphs: run.positioned_glyphs().map(glyph).collect(),
                paint: paint(run.style().brush, extent),
            });
        }
        runs
    }

    fn first_baseline(&self) -> f32 {
        self.layout.first_baseline().unwrap_or(0.0)
    }
}

/// Breaks again, at the narrowest width that makes no more lines; returns that width.
fn balance(layout: &mut Layout<Ink>, width: f32) -> f32 {
    let lines = layout.len();
    let forced = breaks_words(layout);
    if lines < 2 {
        return width;
    }
    let (mut low, mut high) = (layout.calculate_content_widths().min.min(width), width);
    while high - low > 4.0 {
        let middle = (low + high) / 2.0;
        layout.break_all_lines(Some(middle));
        if layout.len() > lines || (breaks_words(layout) && !forced) {
            low = middle;
        } else {
            high = middle;
        }
    }
    layout.break_all_lines(Some(high));
    high
}

/// Breaks again, a little narrower, where the last line would be a stub; returns the width.
fn pretty(layout: &mut Layout<Ink>, width: f32) -> f32 {
    let lines = layout.len();
    let stub = |layout: &Layout<Ink>| {
        let last = layout
            .lines()
            .last()
            .map_or(0.0, |line| line.metrics().advance);
        last < width * 0.3
    };
    if lines < 2 || !stub(layout) || breaks_words(layout) {
        return width;
    }
    for share in [0.97, 0.94, 0.91, 0.88, 0.85, 0.82] {
        layout.break_all_lines(Some(width * share));
        if layout.len() > lines || breaks_words(layout) {
            break;
        }
        if !stub(layout) {
            return width * share;
        }
    }
    layout.break_all_lines(Some(width));
    width
}

/// Whether a line has neither ascenders nor descenders: large numbers and what is beside them.
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

fn breaks_words(layout: &Layout<Ink>) -> bool {
    layout
        .lines()
        .any(|line| line.break_reason() == BreakReason::Emergency)
}
