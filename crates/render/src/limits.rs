//! [`Limits`]: how long a text may be to fit its place, found by measuring, so that a writer can ask
//! for texts that fit instead of finding out.
//!
//! For each kind of slide all fields grow together, in the proportion in which people write them,
//! until the slide overflows, once with Russian prose and once with English; the shorter one counts.

mod samples;

use domain::{Content, Format, Language, Slide, SlideKind, limits::SLIDE_TEXT_CHARS};

use crate::{
    brand::Brand,
    gate::Refusal,
    layout::{self, Page},
    look::{Look, Place},
    text::Setter,
    theme::Theme,
};

/// Share of what fits that is promised: words break where they like.
const PROMISED: f64 = 0.86;

/// How often a length is halved in search of the longest that fits.
const STEPS: u32 = 7;

/// Items that a list is measured with: most have three to five.
const ITEMS: usize = 5;

/// How long texts may be on the slides of a theme in a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits(Vec<Limit>);

/// How long one text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// On which kind of slide.
    pub kind: SlideKind,
    /// Which field, as records name it: `title`, `body`, `steps`.
    pub field: &'static str,
    /// Characters that fit, all other fields of the slide being as long as they may be.
    pub chars: usize,
    /// Of how many such texts: 1, or for lists the number of items that was measured. Fewer may each
    /// be longer in proportion, more must be shorter.
    pub count: usize,
}

impl Limits {
    /// The limit of a field; nothing where a kind has no such field.
    pub fn get(&self, kind: SlideKind, field: &str) -> Option<Limit> {
        self.iter()
            .find(|limit| limit.kind == kind && limit.field == field)
    }

    /// All of them, kind by kind.
    pub fn iter(&self) -> impl Iterator<Item = Limit> + '_ {
        self.0.iter().copied()
    }

    /// Measures a theme in a format.
    pub(crate) fn measure(theme: &Theme, format: Format, setter: &mut Setter) -> Self {
        let mut limits = Vec::new();
        for kind in SlideKind::ALL {
            let longest = |language: Language, setter: &mut Setter| {
                longest(*kind, theme, (format, language), setter)
            };
            let scale = Language::ALL
                .iter()
                .map(|language| longest(*language, setter))
                .fold(f64::INFINITY, f64::min);
            limits.extend(samples::fields(*kind).iter().map(|field| Limit {
                kind: *kind,
                field: field.name,
                chars: field.chars(scale * PROMISED).min(SLIDE_TEXT_CHARS),
                count: field.count,
            }));
        }
        Self(limits)
    }
}

/// The largest scale at which a slide of this kind fits.
fn longest(
    kind: SlideKind,
    theme: &Theme,
    (format, language): (Format, Language),
    setter: &mut Setter,
) -> f64 {
    let look = Look {
        theme: theme.id.clone(),
        format,
        language,
        brand: Brand::default(),
    };
    let (mut fits, mut over) = (0.1, 4.0);
    for _ in 0..STEPS {
        let scale = (fits + over) / 2.0;
        let content = samples::content(kind, language, scale);
        if is_laid_out(content, theme, &look, setter).is_ok() {
            fits = scale;
        } else {
            over = scale;
        }
    }
    fits
}

fn is_laid_out(
    content: Content,
    theme: &Theme,
    look: &Look,
    setter: &mut Setter,
) -> Result<(), Refusal> {
    let slide = Slide::new(content);
    // Most slides have one, and it takes room.
    let slide = slide.clone().with_emoji("🧪").unwrap_or(slide);
    let place = Place::new(1, 7).expect("the second of seven");
    let page = Page::new(&slide, place, look, theme);
    layout::scene(&slide, &page, setter).map(drop)
}
