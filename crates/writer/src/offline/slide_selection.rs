//! [`CandidateSlide`] and [`SlideSelection`]: candidate slides, and the choice among them.
//!
//! Ensures that a carousel has the requested number of slides, repeats no text, and that every
//! slide has an emoji and an alternative text. The callers decide about content.

use std::collections::HashSet;

use domain::{
    Polarity, Slide, SlideContent, SlideError, SlideKind, SlideText,
    record::{SideRecord, SlideRecord, VersusRowRecord},
};

use super::{offline_error::OfflineError, topic_wording::TopicWording};
use crate::cover::{CoverContext, CoverProposal};

/// A candidate slide. Pieces are in story order; the rank decides which are taken if not all fit.
#[derive(Debug, Clone)]
pub(super) struct CandidateSlide {
    slide: Slide,
    /// 1 is taken first.
    rank: u8,
    /// Sentences of the source text that it uses, in any form: each is used once.
    sources: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct SlideExtras<'a> {
    pub(super) emoji: &'a str,
    /// The id of the note that the text comes from; empty if none.
    pub(super) note: &'a str,
}

impl CandidateSlide {
    fn new(dress: SlideExtras<'_>, record: SlideRecord) -> Result<Self, SlideError> {
        let record =
            SlideRecord { emoji: dress.emoji.to_owned(), note: dress.note.to_owned(), ..record };
        Ok(Self { slide: Slide::try_from(&record)?, rank: 1, sources: Vec::new() })
    }

    /// A headline with running text: a title, principle, concept, or summary without
    /// points.
    pub(super) fn plain(
        kind: &str,
        dress: SlideExtras<'_>,
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

    /// A headline with items: a practice, or a list with this marker.
    pub(super) fn listed<S: AsRef<str>>(
        kind: &str,
        dress: SlideExtras<'_>,
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

    pub(super) fn quote(
        dress: SlideExtras<'_>,
        text: &str,
        author: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: "quote".to_owned(),
            body: text.to_owned(),
            attribution: author.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    /// A value with the text that says what it is.
    pub(super) fn statistic(
        dress: SlideExtras<'_>,
        value: &str,
        label: &str,
        source: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: "statistic".to_owned(),
            title: value.to_owned(),
            body: label.to_owned(),
            attribution: source.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    /// Two sides, each a label and its text.
    pub(super) fn comparison(
        dress: SlideExtras<'_>,
        title: &str,
        [before, after]: [(&str, &str); 2],
        polarity: Polarity,
    ) -> Result<Self, SlideError> {
        let side = |(label, text): (&str, &str)| {
            Some(SideRecord { label: label.to_owned(), text: text.to_owned() })
        };
        let record = SlideRecord {
            kind: "comparison".to_owned(),
            title: title.to_owned(),
            before: side(before),
            after: side(after),
            polarity: polarity.name().to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    /// Two things row by row: the aspect, then what each thing says to it.
    pub(super) fn versus(
        dress: SlideExtras<'_>,
        title: &str,
        names: [&str; 2],
        rows: &[[String; 3]],
    ) -> Result<Self, SlideError> {
        let side = |label: &str| Some(SideRecord { label: label.to_owned(), text: String::new() });
        let row = |[aspect, first, second]: [String; 3]| VersusRowRecord { aspect, first, second };
        let record = SlideRecord {
            kind: "versus".to_owned(),
            title: title.to_owned(),
            before: side(names[0]),
            after: side(names[1]),
            rows: rows.iter().cloned().map(row).collect(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    pub(super) fn code(
        dress: SlideExtras<'_>,
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

    /// The last slide: headline, takeaways (may be empty), call to action.
    pub(super) fn summary<S: AsRef<str>>(
        dress: SlideExtras<'_>,
        title: &str,
        points: &[S],
        call: &str,
    ) -> Result<Self, SlideError> {
        let record = SlideRecord {
            kind: "summary".to_owned(),
            title: title.to_owned(),
            items: points.iter().map(|point| point.as_ref().to_owned()).collect(),
            body: call.to_owned(),
            ..SlideRecord::default()
        };
        Self::new(dress, record)
    }

    #[must_use]
    pub(super) fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Marks the sentences of the source text that it uses.
    #[must_use]
    pub(super) fn from(self, sources: &[&str]) -> Self {
        let sources = sources.iter().map(|text| same(text)).collect();
        Self { sources, ..self }
    }

    /// The title slide of the best proposal; the other slides are `body` and `summary`.
    pub(super) fn into_cover(
        self,
        subject: &TopicWording,
        mut proposals: Vec<CoverProposal>,
        body: &[Self],
        summary: &Self,
    ) -> Result<Self, SlideError> {
        let others = || body.iter().chain([summary]);
        let deck: Vec<&str> = others().flat_map(|slide| slide.slide.content().words()).collect();
        // A text is on one slide only, also as a part of another one.
        let repeats = |text: &str| {
            let whole = same(text);
            !text.is_empty() && deck.iter().any(|other| other.to_lowercase().contains(&whole))
        };
        proposals.retain(|proposal| !repeats(&proposal.headline) && !repeats(&proposal.subtitle));
        let context = CoverContext { topic: &subject.headline, deck: &deck };
        let Some(best) = context.best(proposals) else { return Ok(self) };
        let record = context.accented(context.record(&best));
        let (emoji, note) = (self.slide.emoji(), self.slide.note());
        let extras =
            SlideExtras { emoji: emoji.unwrap_or_default(), note: note.unwrap_or_default() };
        Self::new(extras, record)
    }

    /// Whether one of its texts is this one, apart from case and punctuation.
    pub(super) fn says(&self, text: &str) -> bool {
        !text.is_empty() && self.unique_texts().contains(&same(text))
    }

    pub(super) fn note(&self) -> Option<&str> {
        self.slide.note()
    }

    pub(super) fn kind(&self) -> SlideKind {
        self.slide.kind()
    }

    /// Texts that no other slide may repeat. The labels of a comparison's sides may repeat.
    fn unique_texts(&self) -> Vec<String> {
        let content = self.slide.content();
        let words = match content {
            SlideContent::Comparison { title, before, after, polarity: _ } => {
                vec![title.as_str(), before.text.as_str(), after.text.as_str()]
            }
            SlideContent::Title { .. }
            | SlideContent::Principle { .. }
            | SlideContent::Concept { .. }
            | SlideContent::Practice { .. }
            | SlideContent::List { .. }
            | SlideContent::Code { .. }
            | SlideContent::Summary { .. } => content.words(),
            // One person may say several things.
            SlideContent::Quote { text, author: _ } => vec![text.as_str()],
            // Several numbers have one source, and cells may repeat.
            SlideContent::Statistic { value, label, source: _ } => {
                vec![value.as_str(), label.as_str()]
            }
            SlideContent::Versus { title, names: _, rows } => {
                let cells = rows.iter().flat_map(|row| [&row.aspect, &row.sides[0], &row.sides[1]]);
                let cells: Vec<&str> = cells.map(SlideText::as_str).collect();
                return vec![same(title.as_str()), same(&cells.join("|"))];
            }
        };
        words.into_iter().map(same).collect()
    }
}

/// The texts and sentences that are used already.
#[derive(Debug, Default)]
pub(super) struct SlideSelection {
    used_texts: HashSet<String>,
    used_sentences: HashSet<String>,
}

impl SlideSelection {
    /// A deck that starts with `title` and does not repeat its texts.
    pub(super) fn starting_with(title: &CandidateSlide) -> Self {
        let mut deck = Self::default();
        deck.claim(title);
        deck
    }

    /// Takes `piece` unless one of its texts is used already.
    fn claim(&mut self, piece: &CandidateSlide) -> bool {
        let words = piece.unique_texts();
        let unique: HashSet<&String> = words.iter().collect();
        let fresh = unique.len() == words.len()
            && words.iter().all(|text| !self.used_texts.contains(text))
            && piece.sources.iter().all(|text| !self.used_sentences.contains(text));
        if fresh {
            self.used_texts.extend(words);
            self.used_sentences.extend(piece.sources.iter().cloned());
        }
        fresh
    }

    /// Whether `text` is used already, apart from case and punctuation.
    pub(super) fn contains(&self, text: &str) -> bool {
        let text = same(text);
        self.used_texts.contains(&text) || self.used_sentences.contains(&text)
    }

    /// The `wanted` best pieces without repetition, in story order.
    pub(super) fn choose(
        &mut self,
        pieces: Vec<CandidateSlide>,
        wanted: usize,
    ) -> Vec<CandidateSlide> {
        let mut by_rank: Vec<usize> = (0..pieces.len()).collect();
        by_rank.sort_by_key(|at| pieces[*at].rank);
        let mut taken = HashSet::new();
        for at in by_rank {
            if taken.len() < wanted && self.claim(&pieces[at]) {
                taken.insert(at);
            }
        }
        let numbered = pieces.into_iter().enumerate();
        numbered.filter(|(at, _)| taken.contains(at)).map(|(_, piece)| piece).collect()
    }
}

/// The final slides: `title`, `body`, `summary`.
pub(super) fn finish(
    wanted: usize,
    title: CandidateSlide,
    body: Vec<CandidateSlide>,
    summary: CandidateSlide,
) -> Result<Vec<Slide>, OfflineError> {
    let wanted = wanted.saturating_sub(2);
    if body.len() != wanted {
        let found = body.len();
        return Err(OfflineError::TooLittle { wanted, found });
    }
    let all: Vec<CandidateSlide> = [vec![title], body, vec![summary]].concat();
    Ok(all.into_iter().map(|piece| piece.slide).collect())
}

/// A normal form for comparing texts.
fn same(text: &str) -> String {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    let kept = if bare.is_empty() { text } else { bare };
    kept.to_lowercase()
}
