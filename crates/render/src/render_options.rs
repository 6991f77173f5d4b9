//! [`SlidePosition`] and [`RenderOptions`]: the position of a slide in its carousel, and the render options.

use domain::{ContentLanguage, Format, ThemeId};

use crate::brand::SlideBrand;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlidePosition {
    index: usize,
    total: usize,
}

impl SlidePosition {
    /// Slide `index`, counted from 0, of `total`; `None` if `index` is not below `total`.
    pub fn new(index: usize, total: usize) -> Option<Self> {
        (index < total).then_some(Self { index, total })
    }

    /// The places of a carousel of `total` slides, in order.
    pub fn all(total: usize) -> impl Iterator<Item = Self> {
        (0..total).map(move |index| Self { index, total })
    }

    /// From 0.
    pub fn index(self) -> usize {
        self.index
    }

    /// At least one.
    pub fn total(self) -> usize {
        self.total
    }

    pub(crate) fn is_first(self) -> bool {
        self.index == 0
    }

    pub(crate) fn is_last(self) -> bool {
        self.index + 1 == self.total
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RenderOptions {
    pub theme: ThemeId,
    pub format: Format,
    /// The language of the texts: for line breaking and the renderer's own texts.
    pub language: ContentLanguage,
    /// The author's marks.
    pub brand: SlideBrand,
}
