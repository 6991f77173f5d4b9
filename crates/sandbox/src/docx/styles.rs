//! What the styles of a document mean. Built-in styles have English names in every language.

use std::collections::HashMap;

use quick_xml::{Reader, events::Event};

use super::body::{attribute, value};

/// What a paragraph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ParagraphKind {
    #[default]
    Text,
    Title,
    Heading,
    Item,
    Quote,
    Code,
    /// A table of contents.
    Omitted,
}

/// The kinds of the paragraph styles, by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, ParagraphKind>);

/// Longest chain of styles that are based on others.
const MAX_DEPTH: usize = 8;

struct Style {
    kind: Option<ParagraphKind>,
    based_on: String,
}

impl Styles {
    pub(super) fn read(xml: &[u8]) -> Self {
        let mut styles: HashMap<String, Style> = HashMap::new();
        let mut reader = Reader::from_reader(xml);
        let mut id = String::new();
        // What is damaged ends the list.
        while let Ok(event) = reader.read_event() {
            let (Event::Start(element) | Event::Empty(element)) = event else {
                if event == Event::Eof {
                    break;
                }
                continue;
            };
            match element.local_name().as_ref() {
                b"style" => {
                    id = attribute(&element, b"styleId").unwrap_or_default();
                    let style = Style { kind: None, based_on: String::new() };
                    styles.insert(id.clone(), style);
                }
                name => {
                    let Some(style) = styles.get_mut(&id) else { continue };
                    match name {
                        b"name" => style.kind = kind(&value(&element)).or(style.kind),
                        b"basedOn" => style.based_on = value(&element),
                        b"outlineLvl" if style.kind.is_none() => {
                            style.kind = outline(&value(&element));
                        }
                        b"numPr" if style.kind.is_none() => style.kind = Some(ParagraphKind::Item),
                        _ => {}
                    }
                }
            }
        }
        let found = styles.keys().filter_map(|id| Some((id.clone(), inherited(&styles, id)?)));
        Self(found.collect())
    }

    pub(super) fn kind(&self, id: &str) -> ParagraphKind {
        self.0.get(id).copied().unwrap_or_default()
    }
}

fn inherited(styles: &HashMap<String, Style>, id: &str) -> Option<ParagraphKind> {
    let mut style = styles.get(id)?;
    for _ in 0..MAX_DEPTH {
        if style.kind.is_some() {
            return style.kind;
        }
        style = styles.get(&style.based_on)?;
    }
    None
}

/// A paragraph with an outline level is a heading; level 9 is body text.
pub(super) fn outline(level: &str) -> Option<ParagraphKind> {
    let level: u8 = level.parse().ok()?;
    (level < 9).then_some(ParagraphKind::Heading)
}

fn kind(name: &str) -> Option<ParagraphKind> {
    let name = name.to_lowercase();
    Some(match name.as_str() {
        "title" => ParagraphKind::Title,
        "quote" | "intense quote" | "quotations" | "block text" => ParagraphKind::Quote,
        "html preformatted" | "preformatted text" | "plain text" | "macro" | "code"
        | "source code" => ParagraphKind::Code,
        "toc heading" => ParagraphKind::Omitted,
        _ if name.starts_with("heading ") => ParagraphKind::Heading,
        _ if name.starts_with("list ") && name != "list paragraph" => ParagraphKind::Item,
        _ if name.starts_with("toc ") || name.starts_with("contents ") => ParagraphKind::Omitted,
        _ => return None,
    })
}
