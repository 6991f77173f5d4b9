//! Reads a user's text in any usual format (prose, Markdown, a transcript, subtitles, a table) into
//! one [`Document`]: a title and blocks.
//!
//! Pure: the same text gives the same document, and every text gives one. It changes no words: it
//! removes markup, time stamps and the hesitations of speech. The caller decides what to do with
//! the blocks. It also detects the language of a text.

mod attributed_quote;
mod encoding;
mod language;
mod markdown;
mod normalized_lines;
mod sentence;
mod source_report;
mod speech;
mod table;
mod table_findings;
mod tex;
mod transcript;

use std::borrow::Cow;

use domain::{LongText, Topic};

pub use attributed_quote::AttributedQuote;
pub use encoding::decode;
pub use language::{is_other_language, shown_language};
pub use markdown::slide_markup;
pub use sentence::{capitalised, depends_on_previous, sentences, uncapitalised};
pub use source_report::{SectionUse, source_report};
pub use table::DataTable;
pub use table_findings::{TableFinding, TablePoint};

/// A text, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The title that the text states: in its front matter, or as its first heading.
    pub title: Option<String>,
    pub blocks: Vec<Block>,
}

/// A part of a document. Texts are plain: without markup, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
    Quote(AttributedQuote),
    /// What a person says in a transcript or chat.
    Speech {
        /// Empty if the transcript has only a role.
        speaker: String,
        text: String,
    },
    Code {
        /// As the fence names it; empty if it does not.
        language: String,
        /// Several lines, with their indentation.
        code: String,
    },
    Table(DataTable),
}

impl Document {
    pub fn parse(text: &str) -> Self {
        if let Some(blocks) = transcript::subtitles(text) {
            return Self { title: None, blocks };
        }
        if let Some(table) = DataTable::parse(text) {
            let title = Some(table.title());
            return Self { title, blocks: vec![Block::Table(table)] };
        }
        if let Some((title, blocks)) = transcript::utterances(text) {
            return Self { title, blocks };
        }
        let (title, blocks) = markdown::parse(text);
        Self { title, blocks }
    }

    /// The topic to show: the title, else the first sentence, cut at the end of a word. `None` if
    /// no block has words.
    pub fn headline(&self) -> Option<Topic> {
        let texts = self.blocks.iter().filter_map(Block::first_text);
        let title = self.title.as_deref().map(Cow::Borrowed);
        let said = transcript::headline(&self.blocks).map(Cow::Owned);
        let mut candidates = title.into_iter().chain(said).chain(texts);
        candidates.find_map(|text| headline(&text))
    }

    /// The text without markup, for people and models: headings with `#`, items with `-`, tables as
    /// rows. Code is fenced.
    pub fn to_text(&self) -> String {
        let mut parts = Vec::new();
        if let Some(title) = &self.title {
            parts.push(format!("# {title}"));
        }
        parts.extend(self.blocks.iter().map(Block::to_text));
        parts.join("\n\n")
    }
}

impl Block {
    fn first_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Heading(text) | Self::Paragraph(text) | Self::Speech { text, .. } => {
                Some(text.into())
            }
            Self::Quote(quote) => Some(quote.text.as_str().into()),
            Self::List(items) => items.first().map(Into::into),
            Self::Table(table) => Some(table.title().into()),
            Self::Code { .. } => None,
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Heading(text) => format!("## {text}"),
            Self::Paragraph(text) => text.clone(),
            Self::List(items) => {
                let lines = items.iter().map(|item| format!("- {item}"));
                lines.collect::<Vec<_>>().join("\n")
            }
            Self::Quote(quote) => format!("> {} — {}", quote.text, quote.author),
            Self::Speech { speaker, text } if speaker.is_empty() => text.clone(),
            Self::Speech { speaker, text } => format!("{speaker}: {text}"),
            Self::Code { language, code } => format!("```{language}\n{code}\n```"),
            Self::Table(table) => table.to_text(),
        }
    }
}

/// The topic to show for a user's text; the beginning of the text if the document has no words.
pub fn headline_of(text: &LongText) -> Topic {
    let document = Document::parse(text.as_str());
    document.headline().unwrap_or_else(|| text.headline())
}

/// The first sentence of a text; `None` if it has no words.
fn headline(text: &str) -> Option<Topic> {
    LongText::parse(text).ok().map(|text| text.headline())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        headline_of(&LongText::parse(text).unwrap()).as_str().to_owned()
    }

    #[test]
    fn headline_is_the_title_or_the_first_sentence() {
        assert_eq!(shown("Тесты дают смелость. Дальше текст."), "Тесты дают смелость");
        assert_eq!(shown("---\n\nHow to name things\nand more"), "How to name things and more");
        assert_eq!(shown("---\nTitle: \"Как мы росли\"\n---\n\nТекст."), "Как мы росли");
        assert_eq!(shown("# Пять языков, одна идея\n\nТекст."), "Пять языков, одна идея");
        assert_eq!(shown("Version 2.0 is out. It is fast."), "Version 2.0 is out");
        assert!(shown(&"word ".repeat(100)).ends_with("word…"));
    }

    #[test]
    fn pictures_and_code_are_no_headline() {
        assert_eq!(shown("![Схема](https://x.y/z.png)\n\nКак это работает."), "Как это работает");
        assert_eq!(shown("```rust\nfn main() {}\n```\n\nA program."), "A program");
    }

    #[test]
    fn greetings_are_no_headline_and_tables_have_one() {
        let show = "Host: So, um, welcome to the show.\nAnn: Thank you. Small teams ship faster.\n\
                    Host: Why?\nAnn: They talk less about work.";
        assert_eq!(shown(show), "Small teams ship faster");
        let chat = "[10:15] Аня: Ну, здравствуйте, коллеги.\n[10:16] Аня: Отчёт опять долгий.\n\
                    [10:17] Борис: Он читает всё с января.";
        assert_eq!(shown(chat), "Отчёт опять долгий");
        assert_eq!(shown("| | Rust | Go |\n|---|---|---|\n| Speed | high | good |"), "Rust / Go");
    }

    #[test]
    fn text_without_words_has_a_headline() {
        assert_eq!(shown("```\nlet x = 1;\n```"), "let x = 1;");
    }

    proptest! {
        #[test]
        fn every_text_gives_a_document(raw in "(\\PC|[\\n\\t#*>|`$_\\-: ,;0-9\\[\\]]){0,400}") {
            let document = Document::parse(&raw);
            for block in &document.blocks {
                let one_line = !matches!(block, Block::Code { .. } | Block::Table(_) | Block::List(_));
                prop_assert!(!one_line || !block.to_text().contains('\n'), "{:?}", block);
            }
            let _ = document.to_text();
        }

        #[test]
        fn every_text_has_a_headline(raw in "\\PC{1,400}") {
            if let Ok(text) = LongText::parse(&raw) {
                let head = headline_of(&text);
                prop_assert!(Topic::parse(head.as_str()).is_ok(), "{:?}", head);
            }
        }
    }
}
