//! [`TextShaper`]: shapes text, chooses its size and decides about hyphenation.

use std::{borrow::Cow, sync::Arc};

use domain::ContentLanguage;
use parley::{
    FontContext, FontFeature, FontFeatures, FontStyle, FontVariation, FontVariations, FontWeight,
    Layout, LayoutContext, LineHeight, OverflowWrap, StyleProperty, setting::Tag,
};

use super::{
    emoji,
    font_stack::FontStack,
    fonts::Fonts,
    hyphenation,
    ink::Ink,
    line_breaking::breaks_words,
    markup::{EmphasisKind, RichText},
    paragraph::{Paragraph, TextStyle, Wrap, optical_size},
};
use crate::theme::Emphasis;

/// Width of a hyphen, in em: the maximum of the built-in fonts.
const HYPHEN: f32 = 0.62;

/// Shapes text; one per thread.
pub(crate) struct TextShaper {
    fonts: Arc<Fonts>,
    context: FontContext,
    layouts: LayoutContext<Ink>,
    /// For hyphenation.
    language: ContentLanguage,
}

impl TextShaper {
    pub(crate) fn new(fonts: &Arc<Fonts>) -> Self {
        Self {
            fonts: Arc::clone(fonts),
            context: fonts.context(),
            layouts: LayoutContext::new(),
            language: ContentLanguage::EN,
        }
    }

    /// Sets the language of the following texts.
    pub(crate) fn set_language(&mut self, language: ContentLanguage) {
        self.language = language;
    }

    /// Sets a text in at most `width`, at the first of its sizes at which no word breaks. If a word
    /// is too long at every size, it breaks.
    pub(crate) fn shape_to_width(
        &mut self,
        rich: &RichText,
        style: &TextStyle,
        width: f32,
    ) -> Paragraph {
        let size = style.sizes.first().copied().unwrap_or(style.spec.min);
        let mut layout = self.shape(rich, style, size);
        let widths = layout.calculate_content_widths();
        let needs = match style.wrap {
            Wrap::Single => widths.max,
            Wrap::Balanced | Wrap::Pretty | Wrap::Kept => widths.min,
        };
        let fitting = |needs: f32| style.sizes.iter().copied().find(|s| needs * s / size <= width);
        let smaller = fitting(needs).or_else(|| fitting(widths.min)).unwrap_or(size);
        if smaller < size {
            layout = self.shape(rich, style, smaller);
        }
        let plain = Paragraph::broken(layout, &rich.text, style, (smaller, width));
        if style.wrap.may_hyphenate() && plain.is_ragged(width) {
            return self.hyphenated(rich, style, (smaller, width), &plain).unwrap_or(plain);
        }
        plain
    }

    /// The text with hyphenation, if that saves a line or a gap; otherwise `None`.
    fn hyphenated(
        &mut self,
        rich: &RichText,
        style: &TextStyle,
        (size, width): (f32, f32),
        plain: &Paragraph,
    ) -> Option<Paragraph> {
        let soft = hyphenation::mark_divisions(rich, self.language)?;
        let mut layout = self.shape(&soft, style, size);
        // Reserves room for a hyphen on every line.
        layout.break_all_lines(Some(width - HYPHEN * size));
        if breaks_words(&layout) && !plain.breaks_words() {
            return None;
        }
        let ends: Vec<usize> = layout.lines().map(|line| line.text_range().end).collect();
        let hard = hyphenation::apply_divisions(&soft, &ends)?;
        let layout = self.shape(&hard, style, size);
        let divided = Paragraph::broken(layout, &hard.text, style, (size, width));
        divided.improves_on(plain, width).then_some(divided)
    }

    fn shape(&mut self, rich: &RichText, style: &TextStyle, size: f32) -> Layout<Ink> {
        use StyleProperty as Set;
        let (spec, fonts) = (&style.spec, Arc::clone(&self.fonts));
        let text = &rich.text;
        let mut build = self.layouts.ranged_builder(&mut self.context, text, 1.0, false);
        let style_of = |italic| {
            if italic { FontStyle::Italic } else { FontStyle::Normal }
        };
        let axes = [FontVariation::new(Tag::new(b"opsz"), optical_size(size))];
        build.push_default(Set::FontFamily(fonts.face(style.face)));
        build.push_default(Set::FontSize(size));
        build.push_default(Set::FontWeight(FontWeight::new(spec.weight)));
        build.push_default(Set::FontStyle(style_of(spec.italic)));
        build.push_default(Set::FontVariations(FontVariations::from(&axes)));
        build.push_default(Set::LineHeight(LineHeight::FontSizeRelative(spec.leading)));
        build.push_default(Set::LetterSpacing(spec.tracking * size));
        build.push_default(Set::OverflowWrap(OverflowWrap::BreakWord));
        build.push_default(Set::Brush(style.ink));
        if style.face == FontStack::Mono {
            build.push_default(Set::FontFeatures(without_ligatures()));
        }
        for span in &rich.spans {
            for property in emphasis(span.tone, style, &fonts) {
                build.push(property, span.range.clone());
            }
        }
        for range in emoji::marked(text) {
            build.push(Set::FontFamily(fonts.face(FontStack::Emoji)), range);
        }
        build.build(text)
    }
}

/// The style properties of an emphasised span.
fn emphasis(
    tone: EmphasisKind,
    style: &TextStyle,
    fonts: &Fonts,
) -> Vec<StyleProperty<'static, Ink>> {
    let (weight, ink) = (style.spec.weight, style.ink);
    match tone {
        EmphasisKind::Bold => vec![
            StyleProperty::FontWeight(FontWeight::new((weight + 260.0).min(800.0).max(weight))),
            StyleProperty::Brush(ink.stronger()),
        ],
        EmphasisKind::Accent if style.emphasis == Emphasis::Italic => vec![
            StyleProperty::FontStyle(FontStyle::Italic),
            StyleProperty::Brush(ink.accented(style.emphasis)),
        ],
        EmphasisKind::Accent => vec![StyleProperty::Brush(ink.accented(style.emphasis))],
        EmphasisKind::Code => vec![
            StyleProperty::FontFamily(fonts.face(FontStack::Mono)),
            StyleProperty::FontFeatures(without_ligatures()),
            StyleProperty::Brush(ink.accented(Emphasis::Color)),
        ],
        EmphasisKind::Token(token) => vec![StyleProperty::Brush(Ink::Code(token))],
    }
}

/// No ligatures in code: `->` stays two characters.
fn without_ligatures() -> FontFeatures<'static> {
    const OFF: &[FontFeature] =
        &[FontFeature::new(Tag::new(b"calt"), 0), FontFeature::new(Tag::new(b"liga"), 0)];
    FontFeatures::List(Cow::Borrowed(OFF))
}
