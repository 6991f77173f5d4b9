//! Carousels that condense the user's own long text.
//!
//! Selects the sentences and their form on a slide. Sentences are selected and shortened but not
//! rewritten. A note on the same subject gets a slide of its own in a long carousel. A text that is
//! too short for the requested slides gets fewer: nothing is repeated or made up.

use document::{Block, Document, depends_on_previous};
use domain::{CoverKind, Draft, LongText, SlideError, SlideKind, record::AnalysisRecord};
use knowledge::Corpus;

use super::{
    caption,
    fixed_texts::FixedTexts,
    insert_slides,
    offline_error::OfflineError,
    selected_notes::SelectedNotes,
    sentence_forms::{AllowedForms, BODY_CHARS, TITLE_CHARS, forms, measured_value},
    sentence_selection::{by_score, select_sentences},
    sentences::{Sentence, TextInsert, TextParts, keywords},
    slide_selection::{self, CandidateSlide, SlideExtras, SlideSelection},
    table_slides,
    table_wording::WordedFinding,
    topic_wording::TopicWording,
};
use crate::{cover::CoverProposal, shorten::shorten};

const FRAME: &str = "digest";
const POINT_CHARS: usize = 100;

/// Longest last sentence that is the title of the last slide, in characters.
const CLOSING_CHARS: usize = 75;

/// Most sentences that are proposed as a title.
const HOOKS: usize = 4;

/// Most slides of one carousel that show a number.
const STATISTICS_MAX: usize = 2;

/// Most slides of one carousel that quote a speaker although another form fits.
const SPEECH_QUOTES_MAX: usize = 2;

/// How many slides of an insert say the same under different headings.
const ALTERNATIVES: usize = 2;

/// Ranks of slides, the most important first.
const SENTENCES: u8 = 1;
const INSERTS: u8 = 1;
const SPARE_INSERTS: u8 = 2;
const NOTES: u8 = 3;
/// The rank of slides that only fill up.
const SPARE_SENTENCES: u8 = 40;

pub(super) fn analyse(
    subject: &TopicWording,
    text: &LongText,
    grounds: Option<&SelectedNotes<'_>>,
) -> AnalysisRecord {
    let document = Document::parse(text.as_str());
    let parts = TextParts::of(&document);
    let voice = FixedTexts::of(subject.language);
    let best = by_score(&parts.sentences).into_iter();
    let best = best.map(|at| shorten(&parts.sentences[at].text, BODY_CHARS));
    let findings = WordedFinding::all(&document, subject.language);
    let principles = best.chain(findings.into_iter().map(|finding| finding.line)).take(3);
    let notes = grounds.map(SelectedNotes::all).unwrap_or_default();
    AnalysisRecord {
        title: subject.headline.clone(),
        audience: voice.readers.to_owned(),
        angle: voice.digest_angle.to_owned(),
        frame: FRAME.to_owned(),
        principles: principles.collect(),
        keywords: keywords(text.as_str(), 8),
        notes: notes.into_iter().map(|note| note.id.clone()).collect(),
        ..AnalysisRecord::default()
    }
}

pub(super) fn write(
    subject: &TopicWording,
    corpus: &Corpus,
    text: &LongText,
    grounds: Option<&SelectedNotes<'_>>,
) -> Result<Draft, OfflineError> {
    let voice = FixedTexts::of(subject.language);
    let document = Document::parse(text.as_str());
    let mut parts = parts_beyond_title(subject, &document);
    // Of a text without sentences, such as a table, the findings are the content.
    let findings = match parts.sentences.is_empty() {
        true => WordedFinding::all(&document, subject.language),
        false => Vec::new(),
    };
    let subtitle = match findings.is_empty() {
        true => subject.phrase(&voice.digest_subtitles, 6),
        false => voice.digest_table_subtitle,
    };
    let title = CandidateSlide::plain("title", plain("📄"), &subject.headline, subtitle)?;
    let mut deck = SlideSelection::starting_with(&title);
    let wanted = subject.slides.saturating_sub(2);
    let hook = take_hook(&mut parts);
    // The last sentence ends the carousel, if it is short enough for a headline and not the only one.
    let is_only = parts.sentences.len() < 2 && parts.inserts.is_empty();
    let last = parts.sentences.pop_if(|last| !is_only && is_closing(last));
    let closing = last.map(|last| last.text);
    if let Some(before) = parts.sentences.last_mut().filter(|_| closing.is_some()) {
        before.next = None;
    }
    let chosen = select_sentences(&parts, sentences_among(wanted, &parts, grounds.is_some()));
    let mut pieces = text_slides(subject, &parts, &chosen, inserts_among(wanted, &parts))?;
    pieces.extend(note_slides(subject, grounds)?);
    let body = deck.choose(pieces, wanted);
    let summary = match findings.is_empty() {
        true => summary(subject, &parts, closing.as_deref(), &deck)?,
        false => findings_summary(subject, &findings, &deck)?,
    };
    if body.is_empty() {
        return Err(OfflineError::TooShort);
    }
    let own = compared(&parts).map(|names| either(&names, voice)).or(hook);
    let mut proposals = match own {
        Some(title) => vec![CoverProposal::said(&title, subtitle)],
        None => proposals(subject, &parts, &deck, subtitle),
    };
    // The first finding is the strongest one.
    proposals.extend(findings.first().map(|finding| {
        let headline = format!("{}: {}", finding.value.replace(' ', "\u{a0}"), finding.title);
        CoverProposal::said(&headline, subtitle).of_kind(CoverKind::Number)
    }));
    let title = title.into_cover(subject, proposals, &body, &summary)?;
    let slides = slide_selection::finish(body.len() + 2, title, body, summary)?;
    let about = grounds.map(SelectedNotes::all).unwrap_or_default();
    let tags = caption::note_hashtags(corpus, subject.language, &about);
    let general = voice.digest_hashtags.map(str::to_owned);
    let tags = tags.into_iter().chain(subject.hashtag()).chain(general);
    Ok(Draft::new(
        slides,
        caption::caption(&paragraphs(subject, &parts, &findings))?,
        caption::hashtags(tags)?,
    )?)
}

/// Title slides that the text yields: its title, its short sentences and questions that no slide
/// has, and its title with a share that it states.
fn proposals(
    subject: &TopicWording,
    parts: &TextParts,
    deck: &SlideSelection,
    subtitle: &str,
) -> Vec<CoverProposal> {
    let mut proposals = vec![CoverProposal::said(&subject.headline, subtitle)];
    let short = |sentence: &&Sentence| {
        let text = &sentence.text;
        let fits = text.chars().count() <= TITLE_CHARS && !text.contains(['"', '«', '“']);
        fits && !depends_on_previous(text) && !deck.contains(text)
    };
    // A topic that is a sentence itself is no name of the text.
    if parts.is_titled {
        let hooks = by_score(&parts.sentences).into_iter().map(|at| &parts.sentences[at]);
        let hooks = hooks.filter(short).take(HOOKS).map(|sentence| {
            let text = sentence.text.trim_end_matches('.');
            CoverProposal::said(text, subtitle)
        });
        proposals.extend(hooks);
    }
    let shares = parts.sentences.iter().filter_map(|sentence| measured_value(&sentence.text));
    let is_name = parts.is_titled && !subject.headline.contains(|c: char| c.is_ascii_digit());
    let share = shares.filter(|value| value.contains(['%', '×'])).find(|value| {
        let fits = value.chars().count() + subject.headline.chars().count() < TITLE_CHARS;
        fits && is_name
    });
    if let Some(value) = share {
        let headline = format!("{}: {}", value.replace(' ', "\u{a0}"), subject.headline);
        proposals.push(CoverProposal::said(&headline, subtitle).of_kind(CoverKind::Number));
    }
    proposals
}

/// The two things that a text without sentences compares.
fn compared(parts: &TextParts) -> Option<[String; 2]> {
    match parts.inserts.as_slice() {
        [TextInsert { block: Block::Table(table), .. }] if parts.sentences.is_empty() => {
            table_slides::versus(table).map(|(names, _)| names)
        }
        _ => None,
    }
}

/// “Rust or Go?”
fn either([first, second]: &[String; 2], voice: &FixedTexts) -> String {
    voice.either.replace("{first}", first).replace("{second}", second)
}

/// Removes the sentence of a conversation that makes the best title, if the conversation names its topic
/// and has enough others.
fn take_hook(parts: &mut TextParts) -> Option<String> {
    const HOOK_CHARS: std::ops::RangeInclusive<usize> = 20..=80;
    const LEAST_SENTENCES: usize = 4;
    if !parts.is_titled || !parts.is_speech || parts.sentences.len() < LEAST_SENTENCES {
        return None;
    }
    let hooks = by_score(&parts.sentences).into_iter().find(|at| {
        let text = &parts.sentences[*at].text;
        let fits = HOOK_CHARS.contains(&text.chars().count());
        fits && !text.ends_with('?') && !depends_on_previous(text)
    });
    let hook = parts.sentences.remove(hooks?).text;
    for sentence in &mut parts.sentences {
        sentence.next.take_if(|next| *next == hook);
    }
    Some(hook.trim_end_matches('.').to_owned())
}

/// How many of `wanted` slides are for sentences: up to two thirds are for lists, quotes, code and
/// tables of the text, and longer carousels have one or two slides from notes.
fn sentences_among(wanted: usize, parts: &TextParts, noted: bool) -> usize {
    let notes = if noted { notes_among(wanted) } else { 0 };
    wanted - inserts_among(wanted, parts) - notes
}

fn inserts_among(wanted: usize, parts: &TextParts) -> usize {
    parts.inserts.len().min(wanted * 2 / 3)
}

/// How many of `wanted` slides are for a note on the same subject.
fn notes_among(wanted: usize) -> usize {
    match wanted {
        0..6 => 0,
        6 | 7 => 1,
        _ => 2,
    }
}

fn is_closing(sentence: &Sentence) -> bool {
    let fits = sentence.text.chars().count() <= CLOSING_CHARS;
    fits && sentence.speaker.is_empty()
        && !depends_on_previous(&sentence.text)
        && !sentence.text.ends_with('?')
}

fn plain(emoji: &str) -> SlideExtras<'_> {
    SlideExtras { emoji, note: "" }
}

/// The text's parts, without the sentence that is the title.
fn parts_beyond_title(subject: &TopicWording, document: &Document) -> TextParts {
    let letters = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    let title = letters(&subject.headline);
    let mut parts = TextParts::of(document);
    // A title that is much shorter than a sentence is only its first words.
    let repeats = |sentence: &Sentence| {
        let said = letters(&sentence.text);
        let is_cut = subject.headline.ends_with('…') || said.len() <= 2 * title.len();
        said.starts_with(&title) && is_cut
    };
    for insert in &mut parts.inserts {
        // The title of a list without a heading is its first item.
        if let Block::List(items) = &mut insert.block
            && items.len() > 2
        {
            items.retain(|item| letters(item) != title);
        }
        insert.at -= parts.sentences[..insert.at].iter().filter(|s| repeats(s)).count();
    }
    let (repeated, sentences): (Vec<Sentence>, Vec<Sentence>) =
        std::mem::take(&mut parts.sentences).into_iter().partition(repeats);
    parts.sentences = sentences;
    if parts.sentences.is_empty() && parts.inserts.is_empty() {
        // A text of one long sentence: the title is only its beginning.
        let is_longer = |s: &Sentence| letters(&s.text).len() > title.len();
        parts.sentences.extend(repeated.into_iter().find(is_longer));
    }
    if let Some(host) = &subject.link_host {
        parts.source.clone_from(host);
    } else if letters(&parts.source) == title {
        // The cover names it already.
        parts.source.clear();
    }
    parts
}

/// All slides that the text yields, in its order: the selected sentences and the first `inserts` of
/// the other parts, and the rest as filler.
fn text_slides(
    subject: &TopicWording,
    parts: &TextParts,
    chosen: &[usize],
    inserts: usize,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let mut pieces = Vec::new();
    let (mut statistics, mut quotes) = (0, 0);
    for (at, sentence) in parts.sentences.iter().enumerate() {
        pieces.extend(insert_slides_at(subject, parts, inserts, |place| place == at)?);
        if !chosen.contains(&at) {
            pieces.extend(ranked(forms(sentence, AllowedForms::default())?, SPARE_SENTENCES));
            continue;
        }
        let allowed = AllowedForms {
            statistic: (statistics < STATISTICS_MAX).then_some(parts.source.as_str()),
            quote: quotes < SPEECH_QUOTES_MAX,
            unfolded: !chosen.contains(&(at + 1)),
            dependent: true,
        };
        let forms = forms(sentence, allowed)?;
        let kind = forms.first().map(CandidateSlide::kind);
        statistics += usize::from(kind == Some(SlideKind::Statistic));
        quotes += usize::from(kind == Some(SlideKind::Quote));
        pieces.extend(ranked(forms, SENTENCES));
    }
    let end = parts.sentences.len();
    pieces.extend(insert_slides_at(subject, parts, inserts, |place| place >= end)?);
    Ok(pieces)
}

/// The slides of the parts at these places; one slide of each of the first `wanted` parts is as
/// important as a selected sentence.
fn insert_slides_at(
    subject: &TopicWording,
    parts: &TextParts,
    wanted: usize,
    is_here: impl Fn(usize) -> bool,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let mut pieces = Vec::new();
    for (number, insert) in parts.inserts.iter().enumerate() {
        if !is_here(insert.at) {
            continue;
        }
        let slides =
            insert_slides::slides(insert, subject.language, &parts.source)?.into_iter().enumerate();
        pieces.extend(slides.map(|(at, slide)| {
            // The slides of a table with numbers say different things.
            let most = match &insert.block {
                Block::Table(table) if !table.findings().is_empty() => 1,
                _ => ALTERNATIVES,
            };
            let best = at < most && number < wanted;
            slide.ranked(if best { INSERTS } else { SPARE_INSERTS })
        }));
    }
    Ok(pieces)
}

fn ranked(pieces: Vec<CandidateSlide>, rank: u8) -> impl Iterator<Item = CandidateSlide> {
    pieces.into_iter().map(move |piece| piece.ranked(rank))
}

/// Slides from a note on the same subject, for a long carousel.
fn note_slides(
    subject: &TopicWording,
    grounds: Option<&SelectedNotes<'_>>,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let Some(grounds) = grounds else {
        return Ok(vec![]);
    };
    let note = grounds.best;
    let w = note.wording(subject.language);
    let dress = |emoji| SlideExtras { emoji, note: &note.id };
    let idea = CandidateSlide::plain("principle", dress("🌱"), &w.title, &w.idea)?;
    let steps = CandidateSlide::listed("practice", dress("🛠️"), &w.how, &w.practices, "")?;
    let mut slides = match notes_among(subject.slides.saturating_sub(2)) {
        0 => vec![],
        1 => vec![steps],
        _ => vec![idea, steps],
    };
    for slide in &mut slides {
        *slide = slide.clone().ranked(NOTES);
    }
    Ok(slides)
}

/// The text's last sentence, if it is short enough, and short unused sentences.
fn summary(
    subject: &TopicWording,
    parts: &TextParts,
    closing: Option<&str>,
    deck: &SlideSelection,
) -> Result<CandidateSlide, SlideError> {
    const POINTS: usize = 3;
    let voice = FixedTexts::of(subject.language);
    let fits = |s: &Sentence| {
        s.text.chars().count() <= POINT_CHARS
            && !depends_on_previous(&s.text)
            && !s.text.ends_with('?')
    };
    let mut points: Vec<usize> = Vec::new();
    for at in by_score(&parts.sentences) {
        let sentence = &parts.sentences[at];
        let new = !deck.contains(&sentence.text)
            && points.iter().all(|other| parts.sentences[*other].text != sentence.text);
        if points.len() < POINTS && fits(sentence) && new {
            points.push(at);
        }
    }
    points.sort_unstable();
    let points: Vec<&str> = points.iter().map(|at| parts.sentences[*at].text.as_str()).collect();
    let points = if points.len() > 1 { points } else { Vec::new() };
    let ending = subject.phrase(&voice.digest_ending, 7);
    match closing {
        Some(last) => {
            let last = last.trim_end_matches('.');
            CandidateSlide::summary(plain("📌"), last, &points, voice.digest_call)
        }
        // A heading without points says nothing.
        None if points.is_empty() => {
            let is_choice = compared(parts).is_some();
            let question = if is_choice { voice.digest_choice } else { voice.digest_question };
            CandidateSlide::summary(plain("📌"), question, &points, voice.digest_comment)
        }
        None => CandidateSlide::summary(plain("📌"), ending, &points, voice.digest_call),
    }
}

/// The findings that no slide shows, then others.
fn findings_summary(
    subject: &TopicWording,
    findings: &[WordedFinding],
    deck: &SlideSelection,
) -> Result<CandidateSlide, SlideError> {
    const POINTS: usize = 3;
    let voice = FixedTexts::of(subject.language);
    let (shown, new): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| deck.contains(&finding.label));
    let lines = new.into_iter().chain(shown).map(|finding| finding.line.as_str());
    let lines = lines.filter(|line| line.chars().count() <= POINT_CHARS);
    let points: Vec<&str> = lines.take(POINTS).collect();
    let ending = subject.phrase(&voice.digest_ending, 7);
    CandidateSlide::summary(plain("📌"), ending, &points, voice.save.trim_end_matches('.'))
}

fn paragraphs(
    subject: &TopicWording,
    parts: &TextParts,
    findings: &[WordedFinding],
) -> Vec<String> {
    const QUOTED: usize = 3;
    let voice = FixedTexts::of(subject.language);
    if let Some((first, others)) = findings.split_first() {
        let others = others.iter().take(QUOTED).map(|finding| caption::sentence(&finding.line));
        return vec![
            format!("📊 {}", caption::sentence(&first.line)),
            others.collect::<Vec<_>>().join(" "),
            voice.save.to_owned(),
        ];
    }
    let mut best: Vec<usize> = by_score(&parts.sentences).into_iter().take(QUOTED).collect();
    best.sort_unstable();
    let texts: Vec<&str> = best.iter().map(|at| parts.sentences[*at].text.as_str()).collect();
    vec![
        format!("📄 {}", caption::sentence(&subject.headline)),
        texts.join(" "),
        caption::sentence(voice.digest_call),
    ]
}
