//! Which sections of a text are on which slides of its carousel, and which are on none.

use std::collections::HashSet;

use domain::{LongText, Slide};

use crate::{Block, Document};

/// Longest title of a section without a heading, in characters.
const TITLE_CHARS: usize = 60;
/// Letters of a word that distinguish it from others: the rest is its grammatical form.
const STEM_CHARS: usize = 5;
/// Shortest word that says something, in characters.
const WORD_CHARS: usize = 4;
/// Fewest words of a slide's text that show where it comes from, and the share of them that the
/// section has.
const LEAST_WORDS: usize = 2;
const LEAST_SHARE: f64 = 0.5;

/// A section of a text: what stands under one heading, or a block of a text without headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionUse {
    /// The heading; else the first words.
    pub title: String,
    /// The numbers of its slides, from 1; empty if it was left out.
    pub slides: Vec<usize>,
}

/// The sections of a text, and the slides that show them. A slide belongs to the section that has
/// most of its words, so it works for sentences that a model has put in other words. The cover and
/// slides from notes belong to no section.
pub fn source_report(text: &LongText, slides: &[Slide]) -> Vec<SectionUse> {
    let sections = sections(&Document::parse(text.as_str()));
    let mut report: Vec<SectionUse> = sections
        .iter()
        .map(|section| SectionUse { title: section.title.clone(), slides: Vec::new() })
        .collect();
    let of_text = slides.iter().enumerate().skip(1).filter(|(_, slide)| slide.note().is_none());
    for (at, slide) in of_text {
        for shown in slide.content().words() {
            let Some(section) = best_section(&sections, shown) else { continue };
            let numbers = &mut report[section].slides;
            if numbers.last() != Some(&(at + 1)) {
                numbers.push(at + 1);
            }
        }
    }
    report
}

struct Section {
    title: String,
    words: HashSet<String>,
    /// A heading without text so far.
    is_empty: bool,
}

fn sections(document: &Document) -> Vec<Section> {
    let has_headings = document.blocks.iter().any(|block| matches!(block, Block::Heading(_)));
    let mut all: Vec<Section> = Vec::new();
    // Whether the last section is a heading's, to which the next blocks belong.
    let mut headed = false;
    for block in &document.blocks {
        let words = stems(&block.to_text());
        let is_heading = matches!(block, Block::Heading(_));
        match all.last_mut() {
            Some(section) if headed && !is_heading => {
                section.words.extend(words);
                section.is_empty = false;
            }
            _ => {
                all.push(Section { title: title(block), words, is_empty: is_heading });
                headed = has_headings;
            }
        }
    }
    all.retain(|section| !section.is_empty);
    all
}

fn title(block: &Block) -> String {
    let text = block.first_text().unwrap_or_default();
    let mut title = String::new();
    for word in text.split_whitespace() {
        if title.chars().count() + word.chars().count() >= TITLE_CHARS {
            title.push('…');
            break;
        }
        title.push_str(if title.is_empty() { "" } else { " " });
        title.push_str(word);
    }
    if title.is_empty() { "…".to_owned() } else { title }
}

/// The section that has most words of `shown`.
fn best_section(sections: &[Section], shown: &str) -> Option<usize> {
    let wanted = stems(shown);
    if wanted.len() < LEAST_WORDS {
        return None;
    }
    let share = |section: &Section| {
        wanted.intersection(&section.words).count() as f64 / wanted.len() as f64
    };
    let shares = sections.iter().map(share).enumerate();
    // Of equal ones, the first.
    let best = shares.rev().max_by(|(_, a), (_, b)| a.total_cmp(b));
    best.filter(|(_, share)| *share >= LEAST_SHARE).map(|(at, _)| at)
}

fn stems(text: &str) -> HashSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let said = words.filter(|word| {
        word.chars().count() >= WORD_CHARS || word.contains(|c: char| c.is_ascii_digit())
    });
    said.map(|word| word.to_lowercase().chars().take(STEM_CHARS).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::record::SlideRecord;

    const TEXT: &str = "# Builds\n\nA slow build breaks the thoughts of a whole team.\n\n\
                        ## Cache\n\nThe cache remembers what nobody has changed.\n\n- Clean it weekly\n\n\
                        ## Money\n\nHardware costs less than a month of waiting.";

    fn slide(kind: &str, title: &str, body: &str, note: &str) -> Slide {
        let record = SlideRecord {
            kind: kind.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            note: note.to_owned(),
            ..SlideRecord::default()
        };
        Slide::try_from(&record).unwrap()
    }

    fn report(text: &str, slides: &[Slide]) -> Vec<(String, Vec<usize>)> {
        let report = source_report(&LongText::parse(text).unwrap(), slides);
        report.into_iter().map(|section| (section.title, section.slides)).collect()
    }

    #[test]
    fn each_section_names_its_slides() {
        let slides = [
            slide("title", "Hardware costs money", "", ""),
            slide("principle", "Main point", "A slow build breaks a team’s thoughts", ""),
            slide(
                "principle",
                "Remember",
                "A cache that remembers unchanged things is cleaned weekly",
                "",
            ),
            slide("principle", "Hardware", "Hardware costs less than a month", "some-note"),
        ];
        let named = |title: &str, slides: &[usize]| (title.to_owned(), slides.to_vec());
        assert_eq!(
            report(TEXT, &slides),
            [
                named("A slow build breaks the thoughts of a whole team.", &[2]),
                named("Cache", &[3]),
                named("Money", &[]),
            ]
        );
    }

    #[test]
    fn text_without_headings_is_told_by_its_blocks() {
        let text = "Первый абзац о сборке и о её времени.\n\nВторой абзац о деньгах и железе.";
        let slides = [
            slide("title", "Сборка", "", ""),
            slide("principle", "Главное", "Абзац о деньгах и о железе: второй", ""),
        ];
        let told = report(text, &slides);
        assert_eq!(told[0].1, Vec::<usize>::new());
        assert_eq!(told[1], ("Второй абзац о деньгах и железе.".to_owned(), vec![2]));
    }
}
