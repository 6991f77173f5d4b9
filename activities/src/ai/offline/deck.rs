//! [`Piece`] and [`Deck`]: candidate slides, and the choice among them.
//!
//! Owns that a carousel has exactly as many slides as were asked for, says nothing twice and gives
//! every slide its emoji and its words for those who can't see it. What a slide says is decided by
//! who makes the pieces.

use std::collections::HashSet;

use domain::{
    Content, Slide, SlideError, SlideKind,
    record::{SideRecord, SlideRecord},
};

use super::Error;

/// A slide that might be in the carousel. Pieces stand in the order of the story; which of them
/// are taken, when there is not room for all, the rank decides.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    slide: Slide,
    /// 1 is the most wanted.
    rank: u8,
    /// Sentences of a text that it is made from, in whatever form: each is used once.
    sources: Vec<String>,
}

/// What stands on a slide beside its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dress<'a> {
    pub(super) emoji: &'a str,
    /// The id of the note that the words come from, empty when from none.
    pub(super) note: &'a str,
}

impl Piece {
    fn new(dress: Dress<'_>, record: SlideRecord) -> Result<Self, SlideError> {
        let record = SlideRecord {
            emoji: dress.emoji.to_owned(),
            note: dress.note.to_owned(),
            ..record
        };
        Ok(Self {
            slide: Slide::try_from(&record)?,
            rank: 1,
            sources: Vec::new(),
        })
    }

    /// Headline and running text: a title, principle, concept or summary without points.
    pub(super) fn plain(
        kind: &str,
        dress: Dress<'_>,
        title: &str,
        body: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: kind.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    /// Headline and items: a practice, or a list with this marker.
    pub(super) fn listed<S: AsRef<str>>(
        kind: &str,
        dress: Dress<'_>,
        title: &str,
        items: &[S],
        marker: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: kind.to_owned(),
            title: title.to_owned(),
            items: items.iter().map(|item| item.as_ref().to_owned()).collect(),
            marker: marker.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    pub(super) fn quote(dress: Dress<'_>, text: &str, author: &str) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: "quote".to_owned(),
            body: text.to_owned(),
            attribution: author.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    /// Two sides, each a label and its text.
    pub(super) fn comparison(
        dress: Dress<'_>,
        title: &str,
        [before, after]: [(&str, &str); 2],
    ) -> Result<Self, SlideError> {
        let side = |(label, text): (&str, &str)| {
            Some(SideRecord {
                label: label.to_owned(),
                text: text.to_owned(),
            })
        };
        let record = SlideRecord {
            kind: "comparison".to_owned(),
            title: title.to_owned(),
            before: side(before),
            after: side(after),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    pub(super) fn code(
        dress: Dress<'_>,
        title: &str,
        (language, code): (&str, &str),
        remark: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: "code".to_owned(),
            title: title.to_owned(),
            code: code.to_owned(),
            code_language: language.to_owned(),
            body: remark.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    /// The ending: the last word, what to take along (may be empty), what to do next.
    pub(super) fn summary<S: AsRef<str>>(
        dress: Dress<'_>,
        title: &str,
        points: &[S],
        call: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: "summary".to_owned(),
            title: title.to_owned(),
            items: points
                .iter()
                .map(|point| point.as_ref().to_owned())
                .collect(),
            body: call.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    #[must_use]
    pub(super) fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Made from these sentences of the user's text.
    #[must_use]
    pub(super) fn from(self, sources: &[&str]) -> Self {
        let sources = sources.iter().map(|text| same(text)).collect();
        Self { sources, ..self }
    }

    /// The note it comes from.
    pub(super) fn note(&self) -> Option<&str> {
        self.slide.note()
    }

    /// Whether it is a headline with running text.
    pub(super) fn is_principle(&self) -> bool {
        self.slide.kind() == SlideKind::Principle
    }

    /// Its words that must stand nowhere else. The names of a comparison's sides may: they are
    /// signposts.
    fn said(&self) -> Vec<String> {
        let content = self.slide.content();
        let words = match content {
            Content::Comparison {
                title,
                before,
                after,
            } => vec![title.as_str(), before.text.as_str(), after.text.as_str()],
            Content::Title { .. }
            | Content::Principle { .. }
            | Content::Concept { .. }
            | Content::Practice { .. }
            | Content::Quote { .. }
            | Content::List { .. }
            | Content::Statistic { .. }
            | Content::Code { .. }
            | Content::Summary { .. } => content.words(),
        };
        words.into_iter().map(same).collect()
    }
}

/// What has been said already, and the pieces that say it.
#[derive(Debug, Default)]
pub(super) struct Deck {
    said: HashSet<String>,
    used: HashSet<String>,
}

impl Deck {
    /// A deck that begins with `title`; nothing it says is said again.
    pub(super) fn opened_by(title: &Piece) -> Self {
        let mut deck = Self::default();
        deck.claim(title);
        deck
    }

    /// Takes `piece` unless some of it has been said already.
    fn claim(&mut self, piece: &Piece) -> bool {
        let words = piece.said();
        let unique: HashSet<&String> = words.iter().collect();
        let fresh = unique.len() == words.len()
            && words.iter().all(|text| !self.said.contains(text))
            && piece.sources.iter().all(|text| !self.used.contains(text));
        if fresh {
            self.said.extend(words);
            self.used.extend(piece.sources.iter().cloned());
        }
        fresh
    }

    /// Whether `text` has been said, in whatever form.
    pub(super) fn has_said(&self, text: &str) -> bool {
        let text = same(text);
        self.said.contains(&text) || self.used.contains(&text)
    }

    /// The `wanted` best of `pieces` that say nothing twice, in the order they came in.
    pub(super) fn choose(&mut self, pieces: Vec<Piece>, wanted: usize) -> Vec<Piece> {
        let mut by_rank: Vec<usize> = (0..pieces.len()).collect();
        by_rank.sort_by_key(|at| pieces[*at].rank);
        let mut taken = HashSet::new();
        for at in by_rank {
            if taken.len() < wanted && self.claim(&pieces[at]) {
                taken.insert(at);
            }
        }
        let numbered = pieces.into_iter().enumerate();
        numbered
            .filter(|(at, _)| taken.contains(at))
            .map(|(_, piece)| piece)
            .collect()
    }
}

/// The finished slides: `title`, `body`, `summary`.
pub(super) fn finish(
    wanted: usize,
    title: Piece,
    body: Vec<Piece>,
    summary: Piece,
) -> Result<Vec<Slide>, Error> {
    let wanted = wanted.saturating_sub(2);
    if body.len() != wanted {
        let found = body.len();
        return Err(Error::TooLittle { wanted, found });
    }
    let all: Vec<Piece> = [vec![title], body, vec![summary]].concat();
    Ok(all.into_iter().map(|piece| piece.slide).collect())
}

/// Texts that a reader would call the same.
fn same(text: &str) -> String {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    let kept = if bare.is_empty() { text } else { bare };
    kept.to_lowercase()
}
