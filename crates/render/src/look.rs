//! What a slide is drawn for: [`Place`] and [`Look`].

use domain::{Format, Language, ThemeId};

use crate::brand::Brand;

/// Which slide of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    index: usize,
    total: usize,
}

impl Place {
    /// Slide `index`, counted from 0, of `total`; nothing when there is no such slide.
    pub fn new(index: usize, total: usize) -> Option<Self> {
        (index < total).then_some(Self { index, total })
    }

    /// The places of a carousel of `total` slides, in order.
    pub fn all(total: usize) -> impl Iterator<Item = Self> {
        (0..total).map(move |index| Self { index, total })
    }

    /// Its number, from 0.
    pub fn index(self) -> usize {
        self.index
    }

    /// How many slides there are, at least one.
    pub fn total(self) -> usize {
        self.total
    }

    /// Whether nothing comes before it.
    pub(crate) fn is_first(self) -> bool {
        self.index == 0
    }

    /// Whether nothing comes after it.
    pub(crate) fn is_last(self) -> bool {
        self.index + 1 == self.total
    }
}

/// How a carousel looks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Look {
    /// The theme.
    pub theme: ThemeId,
    /// Shape and size of the pictures.
    pub format: Format,
    /// Language of the words: line breaking, and the renderer's own few words.
    pub language: Language,
    /// Whose carousel it is.
    pub brand: Brand,
}
