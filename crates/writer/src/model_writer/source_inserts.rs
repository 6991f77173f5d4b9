//! Slides that we take from the material word for word: a quote, a number, code. A model would invent
//! them.

use document::{Block, Document, depends_on_previous, sentences};
use domain::{Brief, ContentLanguage, Language, LongText, SlideKind, record::SlideRecord};

use super::{prompt_material::PromptMaterial, slide_plan::Inserts, text_cleanup};
use crate::{
    offline::{StatedNumber, fitting_code},
    text_limits,
};

/// At most one slide of each kind.
#[derive(Debug, Default)]
pub(super) struct SourceInserts(Vec<(SlideKind, SlideRecord)>);

impl SourceInserts {
    /// What the user's text has; without a text, a quote of the notes.
    pub(super) fn of(brief: &Brief, text: Option<&LongText>, grounds: &PromptMaterial) -> Self {
        let language = brief.language;
        // A sentence in another language would be refused.
        let fits = |text: &str| text_cleanup::is_in_language(text, language);
        let document = text.map(|text| Document::parse(text.as_str()));
        let blocks = document.iter().flat_map(|document| &document.blocks);
        let own_quote = blocks.clone().find_map(|block| match block {
            Block::Quote(quote) => {
                let short = quote.text.chars().count() <= text_limits::QUOTE;
                let attributed = !quote.author.is_empty();
                (short && attributed && fits(&quote.text))
                    .then(|| (quote.text.clone(), quote.author.clone(), String::new()))
            }
            Block::Speech { speaker, text } => said_quote(speaker, text, &fits),
            Block::Heading(_)
            | Block::Paragraph(_)
            | Block::List(_)
            | Block::Code { .. }
            | Block::Table(_) => None,
        });
        // The quotes of the notes are Russian and English.
        let notes_fit = language.offline().is_some();
        let quote = own_quote.or_else(|| grounds.quotes().into_iter().next().filter(|_| notes_fit));
        let number = text.and_then(StatedNumber::of);
        let number = number.filter(|stated| fits(&stated.sentence)).or_else(|| {
            let language = language.offline()?;
            StatedNumber::of_table(document.as_ref()?, language)
        });
        let code = blocks.clone().find_map(|block| match block {
            Block::Code { language, code } => Some((language.clone(), fitting_code(code)?)),
            Block::Heading(_)
            | Block::Paragraph(_)
            | Block::List(_)
            | Block::Quote(_)
            | Block::Speech { .. }
            | Block::Table(_) => None,
        });
        let host = brief.link.as_ref().map(|link| link.host().to_owned());
        Self(
            [
                quote.map(quote_slide),
                number.map(|number| number_slide(number, host, brief.topic.as_str())),
                code.map(|code| code_slide(code, language)),
            ]
            .into_iter()
            .flatten()
            .collect(),
        )
    }

    pub(super) fn record(&self, kind: SlideKind) -> Option<&SlideRecord> {
        self.0.iter().find(|(own, _)| *own == kind).map(|(_, record)| record)
    }

    /// What the plan has to place.
    pub(super) fn plan(&self) -> Inserts {
        Inserts {
            quote: self.record(SlideKind::Quote).is_some(),
            number: self.record(SlideKind::Statistic).is_some(),
            code: self.record(SlideKind::Code).is_some(),
            versus: false,
        }
    }

    /// Their texts: addresses in them are allowed.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.0
            .iter()
            .flat_map(|(_, record)| [record.title.as_str(), &record.body, &record.attribution])
            .collect()
    }
}

/// What a named person says in a transcript, if it can stand alone.
fn said_quote(
    speaker: &str,
    text: &str,
    fits: &impl Fn(&str) -> bool,
) -> Option<(String, String, String)> {
    const CHARS: std::ops::RangeInclusive<usize> = 40..=text_limits::QUOTE;
    let stands = |sentence: &String| {
        CHARS.contains(&sentence.chars().count())
            && !sentence.ends_with('?')
            && !depends_on_previous(sentence)
            && fits(sentence)
    };
    let sentence = sentences(text).into_iter().find(stands).filter(|_| !speaker.is_empty())?;
    Some((sentence, speaker.to_owned(), String::new()))
}

fn slide(kind: SlideKind, emoji: &str) -> SlideRecord {
    SlideRecord { kind: kind.name().to_owned(), emoji: emoji.to_owned(), ..SlideRecord::default() }
}

fn quote_slide((text, author, note): (String, String, String)) -> (SlideKind, SlideRecord) {
    let kind = SlideKind::Quote;
    (kind, SlideRecord { body: text, attribution: author, note, ..slide(kind, "💬") })
}

/// The source is the page, or the title of the text if the carousel has another one.
fn number_slide(
    number: StatedNumber,
    host: Option<String>,
    topic: &str,
) -> (SlideKind, SlideRecord) {
    let kind = SlideKind::Statistic;
    let title = Some(number.source).filter(|title| title != topic);
    let source = host.or(title).unwrap_or_default();
    let (title, body) = (number.value, text_cleanup::tidy(&number.sentence, text_limits::BODY));
    (kind, SlideRecord { title, body, attribution: source, ..slide(kind, "📊") })
}

fn code_slide(
    (code_language, code): (String, String),
    language: ContentLanguage,
) -> (SlideKind, SlideRecord) {
    let kind = SlideKind::Code;
    let title = match language.offline() {
        Some(Language::Ru) => "Пример кода",
        Some(Language::En) => "The code",
        // The slide's own label is in the carousel's language.
        None => code_language.as_str(),
    };
    let title = if title.is_empty() { "</>" } else { title };
    (kind, SlideRecord { title: title.to_owned(), code, code_language, ..slide(kind, "💻") })
}
