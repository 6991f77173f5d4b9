//! The body of a document: paragraphs by their styles, and tables.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::styles::{ParagraphKind, Styles, outline};
use crate::{
    escaped_markdown::escaped, extracted_text::ExtractedText, unusable_input::UnusableInput,
};

/// Longest paragraph that is a heading because it is bold, in characters.
const BOLD_HEADING_CHARS: usize = 90;
/// Most Markdown that is made: ten times what a carousel uses.
const MAX_CHARS: usize = 300_000;

/// The value of an attribute, without its namespace.
pub(super) fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let mut all = element.attributes();
    let found = all
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(String::from_utf8_lossy(&found.value).into_owned())
}

/// The attribute `val`.
pub(super) fn value(element: &BytesStart<'_>) -> String {
    attribute(element, b"val").unwrap_or_default()
}

pub(super) fn read(xml: &[u8], styles: &Styles) -> Result<ExtractedText, UnusableInput> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().check_end_names = false;
    let mut body = BodyReader::new(styles);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => body.start(&element),
            Ok(Event::Empty(element)) => {
                body.start(&element);
                body.end(element.local_name().as_ref());
            }
            Ok(Event::End(element)) => body.end(element.local_name().as_ref()),
            Ok(Event::Text(text)) if body.in_text => {
                body.push(&text.decode().map_err(|_| UnusableInput::Damaged)?);
            }
            Ok(Event::GeneralRef(entity)) if body.in_text => {
                let entity = entity.decode().map_err(|_| UnusableInput::Damaged)?;
                body.push(&character(&entity));
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            // The text before the damage is not the document.
            Err(_) => return Err(UnusableInput::Damaged),
        }
        if body.markdown.len() > MAX_CHARS {
            break;
        }
    }
    Ok(body.finish())
}

/// The character of an entity: five are named, others have a number.
fn character(entity: &str) -> String {
    let number = entity.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    match (entity, number.and_then(char::from_u32)) {
        ("amp", _) => "&".to_owned(),
        ("lt", _) => "<".to_owned(),
        ("gt", _) => ">".to_owned(),
        ("quot", _) => "\"".to_owned(),
        ("apos", _) => "'".to_owned(),
        (_, Some(c)) => c.to_string(),
        (_, None) => String::new(),
    }
}

/// A paragraph that is being read.
#[derive(Debug, Default)]
struct OpenParagraph {
    kind: ParagraphKind,
    text: String,
    /// Characters in bold runs.
    bold: usize,
}

struct BodyReader<'s> {
    styles: &'s Styles,
    paragraphs: Vec<OpenParagraph>,
    /// Whether the characters belong to the text: those of `w:t`.
    in_text: bool,
    bold_run: bool,
    /// How many elements are open whose content is not shown.
    hidden: usize,
    /// The rows of the outermost open table, and how deep tables are nested.
    rows: Vec<Vec<String>>,
    tables: usize,
    title: String,
    markdown: String,
    last: ParagraphKind,
}

impl<'s> BodyReader<'s> {
    fn new(styles: &'s Styles) -> Self {
        Self {
            styles,
            paragraphs: Vec::new(),
            in_text: false,
            bold_run: false,
            hidden: 0,
            rows: Vec::new(),
            tables: 0,
            title: String::new(),
            markdown: String::new(),
            last: ParagraphKind::Text,
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        match element.local_name().as_ref() {
            name if is_hidden(name) => self.hidden += 1,
            b"p" => self.paragraphs.push(OpenParagraph::default()),
            b"r" => self.bold_run = false,
            b"t" => self.in_text = self.hidden == 0,
            b"b" => self.bold_run = !matches!(value(element).as_str(), "0" | "false" | "none"),
            b"tab" | b"br" | b"cr" => self.push(" "),
            b"noBreakHyphen" => self.push("-"),
            b"tbl" => self.tables += 1,
            b"tr" if self.tables == 1 => self.rows.push(Vec::new()),
            b"tc" if self.tables == 1 => {
                if let Some(row) = self.rows.last_mut() {
                    row.push(String::new());
                }
            }
            name => self.start_property(name, element),
        }
    }

    fn start_property(&mut self, name: &[u8], element: &BytesStart<'_>) {
        let styles = self.styles;
        let Some(open) = self.paragraphs.last_mut() else {
            return;
        };
        match name {
            b"pStyle" => {
                let kind = styles.kind(&value(element));
                open.kind = if kind == ParagraphKind::Text { open.kind } else { kind };
            }
            b"numPr" if open.kind == ParagraphKind::Text => open.kind = ParagraphKind::Item,
            // An item of the list “none”.
            b"numId" if value(element) == "0" && open.kind == ParagraphKind::Item => {
                open.kind = ParagraphKind::Text;
            }
            b"outlineLvl" => open.kind = outline(&value(element)).unwrap_or(open.kind),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            name if is_hidden(name) => self.hidden = self.hidden.saturating_sub(1),
            b"t" => self.in_text = false,
            b"p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.take(&paragraph);
                }
            }
            b"tbl" => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0 {
                    self.take_table();
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        let bold = if self.bold_run { text.chars().count() } else { 0 };
        if let Some(open) = self.paragraphs.last_mut() {
            open.text.push_str(text);
            open.bold += bold;
        }
    }

    fn take(&mut self, paragraph: &OpenParagraph) {
        let text = paragraph.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || paragraph.kind == ParagraphKind::Omitted {
            return;
        }
        if self.tables > 0 {
            if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
                cell.push_str(if cell.is_empty() { "" } else { " " });
                cell.push_str(&text);
            }
            return;
        }
        match kind(paragraph, &text) {
            ParagraphKind::Title if self.title.is_empty() => self.title = text,
            ParagraphKind::Title | ParagraphKind::Heading => {
                self.block(ParagraphKind::Heading, &format!("## {}", escaped(&text)));
            }
            ParagraphKind::Item => {
                self.block(ParagraphKind::Item, &format!("- {}", escaped(&text)));
            }
            ParagraphKind::Quote => {
                self.block(ParagraphKind::Quote, &format!("> {}", escaped(&text)));
            }
            ParagraphKind::Code => self.take_code(paragraph.text.trim_end()),
            ParagraphKind::Text => self.block(ParagraphKind::Text, &escaped(&text)),
            ParagraphKind::Omitted => {}
        }
    }

    /// Items follow each other without an empty line, and so do the lines of a quote.
    fn block(&mut self, kind: ParagraphKind, markdown: &str) {
        self.close_code(kind);
        let joined = kind == self.last
            && matches!(kind, ParagraphKind::Item | ParagraphKind::Quote)
            && !self.markdown.is_empty();
        if joined && kind == ParagraphKind::Quote {
            self.markdown.push_str("\n>");
        }
        self.markdown.push_str(if joined { "\n" } else { "\n\n" });
        self.markdown.push_str(markdown);
        self.last = kind;
    }

    fn take_code(&mut self, line: &str) {
        if self.last != ParagraphKind::Code {
            self.markdown.push_str("\n\n```");
            self.last = ParagraphKind::Code;
        }
        self.markdown.push('\n');
        self.markdown.push_str(&line.replace("```", "'''"));
    }

    fn close_code(&mut self, next: ParagraphKind) {
        if self.last == ParagraphKind::Code && next != ParagraphKind::Code {
            self.markdown.push_str("\n```");
        }
    }

    /// A table of one column is a frame around paragraphs.
    fn take_table(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        if width < 2 || rows.len() < 2 {
            for cell in rows.concat().iter().filter(|cell| !cell.is_empty()) {
                self.block(ParagraphKind::Text, &escaped(cell));
            }
            return;
        }
        let mut lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells =
                    (0..width).map(|at| row.get(at).map(String::as_str).unwrap_or_default());
                format!("| {} |", cells.map(escaped).collect::<Vec<_>>().join(" | "))
            })
            .collect();
        lines.insert(1, format!("|{}", "---|".repeat(width)));
        self.block(ParagraphKind::Text, &lines.join("\n"));
    }

    fn finish(mut self) -> ExtractedText {
        self.close_code(ParagraphKind::Text);
        ExtractedText::new(&self.title, self.markdown.trim())
    }
}

/// The kind of a paragraph; a short one in bold is a heading.
fn kind(paragraph: &OpenParagraph, text: &str) -> ParagraphKind {
    let chars = text.chars().count();
    let bold = paragraph.bold * 10 >= paragraph.text.chars().count() * 9;
    let open = text.ends_with(['.', ',', ';', ':', '!', '?']);
    let is_heading = bold && !open && chars <= BOLD_HEADING_CHARS;
    match paragraph.kind {
        ParagraphKind::Text if is_heading => ParagraphKind::Heading,
        kind => kind,
    }
}

/// Elements whose content is not shown: deleted text, fields, the second form of a drawing.
fn is_hidden(name: &[u8]) -> bool {
    matches!(name, b"del" | b"moveFrom" | b"instrText" | b"delText" | b"Fallback" | b"delInstrText")
}
