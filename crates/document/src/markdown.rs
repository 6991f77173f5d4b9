//! Prose and Markdown (CommonMark with tables, formulas and front matter) to blocks.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::{
    AttributedQuote, Block, DataTable, attributed_quote, normalized_lines::normalized, tex,
};

/// Longest line that is a heading without being marked as one, in characters.
const HEADING_CHARS: usize = 60;

/// Elements of HTML whose tags are markup. Other angle brackets are text: `Vec<T>`.
const ELEMENTS: &str = "a abbr article aside audio b blockquote body br button center cite code dd del details div dl \
    dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li \
    link main mark meta nav ol p picture pre q s samp script section small source span strike strong style sub summary \
    sup table tbody td tfoot th thead title tr u ul var video";

/// The title that the text states, and its blocks.
pub(crate) fn parse(text: &str) -> (Option<String>, Vec<Block>) {
    let lines = normalized(text);
    let mut builder = BlockBuilder::default();
    builder.read(&lines, 0);
    builder.finish()
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
}

#[derive(Default)]
struct BlockBuilder {
    title: Option<String>,
    blocks: Vec<Block>,
    /// The text of the open block, and how many lines it has.
    text: String,
    lines: usize,
    items: Vec<String>,
    list_depth: usize,
    quoted: Vec<String>,
    quote_depth: usize,
    /// The block that is a quoted block without an author; the next paragraph may name the author.
    unattributed: Option<usize>,
    cells: Vec<String>,
    rows: Vec<Vec<String>>,
    code: Option<String>,
    /// Text that is not shown: the description of a picture, front matter, a block of HTML.
    hidden: Option<String>,
}

impl BlockBuilder {
    fn read(&mut self, text: &str, depth: usize) {
        for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
            match event {
                Event::Start(Tag::Emphasis) | Event::End(TagEnd::Emphasis) => {
                    self.push(literal_sign(text, &range));
                }
                Event::Start(tag) => self.start(&tag),
                Event::End(tag) => self.end(tag, depth),
                Event::Text(text) | Event::Code(text) => self.push(&text),
                Event::InlineMath(_) | Event::DisplayMath(_) => {
                    self.push(&tex::to_unicode(&text[range]));
                }
                Event::Html(html) => self.push(&html),
                Event::InlineHtml(html) if is_markup(&html) => {
                    if html.starts_with("<br") {
                        self.push(" ");
                    }
                }
                Event::InlineHtml(text) => self.push(&text),
                Event::SoftBreak | Event::HardBreak => self.line_break(),
                Event::Rule | Event::TaskListMarker(_) | Event::FootnoteReference(_) => {}
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph if self.list_depth > 0 => self.push(" "),
            Tag::Paragraph | Tag::Heading { .. } => {
                self.text.clear();
                self.lines = 1;
            }
            Tag::List(_) => {
                self.take_item();
                self.list_depth += 1;
            }
            Tag::Item => self.take_item(),
            Tag::BlockQuote(_) => self.quote_depth += 1,
            Tag::CodeBlock(_) => self.code = Some(String::new()),
            Tag::Table(_) => self.rows.clear(),
            Tag::TableHead | Tag::TableRow => self.cells.clear(),
            Tag::TableCell => self.text.clear(),
            Tag::Image { .. } | Tag::MetadataBlock(_) | Tag::HtmlBlock => {
                self.hidden = Some(String::new());
            }
            _ => {}
        }
        if let Tag::CodeBlock(CodeBlockKind::Fenced(info)) = tag {
            let language = info.split([' ', ',', '{']).next().unwrap_or_default();
            self.cells = vec![language.to_owned()];
        }
    }

    fn end(&mut self, tag: TagEnd, depth: usize) {
        match tag {
            TagEnd::Paragraph if self.list_depth > 0 => {}
            TagEnd::Paragraph if self.quote_depth > 0 => self.line_break(),
            TagEnd::Paragraph => self.take_paragraph(),
            TagEnd::Heading(level) => self.take_heading(level),
            TagEnd::Item => self.take_item(),
            TagEnd::List(_) => {
                self.list_depth = self.list_depth.saturating_sub(1);
                if self.list_depth == 0 && !self.items.is_empty() {
                    self.blocks.push(Block::List(std::mem::take(&mut self.items)));
                }
            }
            TagEnd::BlockQuote(_) => {
                self.quote_depth = self.quote_depth.saturating_sub(1);
                if self.quote_depth == 0 {
                    self.take_quote();
                }
            }
            TagEnd::CodeBlock => self.take_code(),
            TagEnd::TableCell => {
                let cell = self.take_text();
                self.cells.push(cell);
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let cells = std::mem::take(&mut self.cells);
                self.rows.push(cells);
            }
            TagEnd::Table => {
                self.blocks
                    .extend(DataTable::new(std::mem::take(&mut self.rows)).map(Block::Table));
            }
            TagEnd::Image => self.hidden = None,
            TagEnd::MetadataBlock(_) => {
                let front_matter = self.hidden.take().unwrap_or_default();
                self.title = self.title.take().or_else(|| stated_title(&front_matter));
            }
            TagEnd::HtmlBlock => {
                let html = self.hidden.take().unwrap_or_default();
                self.take_html(&html, depth);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        let open = self.hidden.as_mut().or(self.code.as_mut()).unwrap_or(&mut self.text);
        open.push_str(text);
    }

    fn line_break(&mut self) {
        self.lines += 1;
        if self.quote_depth > 0 {
            let line = self.take_text();
            self.quoted.extend(Some(line).filter(|line| !line.is_empty()));
        } else {
            self.push(" ");
        }
    }

    /// The open text on one line.
    fn take_text(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        text.split([' ', '\n', '\t', '\r'])
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn take_item(&mut self) {
        let item = self.take_text();
        if item.contains(char::is_alphanumeric) {
            self.items.push(item);
        }
    }

    fn take_paragraph(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let text = self.take_text();
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        let quoted = self.unattributed.take().filter(|at| at + 1 == self.blocks.len());
        if let (Some(at), Some(author)) = (quoted, attributed_quote::author(&text))
            && let Block::Paragraph(words) = &self.blocks[at]
        {
            let quote = AttributedQuote { text: words.clone(), author: author.to_owned() };
            self.blocks[at] = Block::Quote(quote);
            return;
        }
        self.blocks.push(match AttributedQuote::in_marks(&text) {
            Some(quote) => Block::Quote(quote),
            None if lines == 1 && is_heading(&text) => Block::Heading(text),
            None => Block::Paragraph(text),
        });
    }

    fn take_heading(&mut self, level: HeadingLevel) {
        let text = self.take_text();
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        let is_title = level == HeadingLevel::H1 && self.title.is_none() && self.blocks.is_empty();
        if is_title {
            self.title = Some(text);
        } else if self.title.as_ref() != Some(&text) {
            self.blocks.push(Block::Heading(text));
        }
    }

    fn take_quote(&mut self) {
        self.line_break();
        let lines = std::mem::take(&mut self.quoted);
        if lines.is_empty() {
            return;
        }
        self.blocks.push(match AttributedQuote::of_block(&lines) {
            Some(quote) => Block::Quote(quote),
            None => {
                self.unattributed = Some(self.blocks.len());
                Block::Paragraph(lines.join(" "))
            }
        });
    }

    fn take_code(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let language = self.cells.pop().unwrap_or_default();
        let code = code.trim_end().trim_start_matches('\n').to_owned();
        if !code.trim().is_empty() {
            self.blocks.push(Block::Code { language, code });
        }
    }

    /// The words of a block of HTML; the tags are gone, so what is left is read as Markdown once.
    fn take_html(&mut self, html: &str, depth: usize) {
        let invisible = ["<script", "<style", "<!--", "<!"];
        let start = html.trim_start().to_lowercase();
        if invisible.iter().any(|tag| start.starts_with(tag)) && !is_page(&start) {
            return;
        }
        let text = if is_markup(html.trim_start()) { without_tags(html) } else { html.to_owned() };
        if depth == 0 {
            self.read(&text, depth + 1);
        } else {
            self.text = text;
            self.take_paragraph();
        }
    }

    fn finish(mut self) -> (Option<String>, Vec<Block>) {
        if self.title.is_none()
            && self.blocks.len() > 1
            && let Some(Block::Heading(_)) = self.blocks.first()
            && let Block::Heading(title) = self.blocks.remove(0)
        {
            self.title = Some(title);
        }
        (self.title, self.blocks)
    }
}

/// The text of one line with only the markup that slides have: `**bold**` and `` `code` ``. Other
/// emphasis, its tags and entities become plain text, formulas Unicode. A text with a link or an
/// address stays as it is.
pub fn slide_markup(text: &str) -> String {
    // With a character before it, no line is a list item or a heading.
    const START: char = '\u{2060}';
    if !text.contains(['*', '_', '~', '&', '$', '<', '\\'])
        || text.contains("](")
        || text.contains("://")
    {
        return text.to_owned();
    }
    let line = format!("{START}{text}");
    let mut out = String::new();
    for (event, range) in Parser::new_ext(&line, options()).into_offset_iter() {
        match event {
            Event::Text(text) => out.push_str(&text),
            Event::Code(code) => out.extend(["`", &code, "`"]),
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => out.push_str("**"),
            Event::Start(Tag::Emphasis) | Event::End(TagEnd::Emphasis) => {
                out.push_str(literal_sign(&line, &range));
            }
            Event::InlineMath(_) | Event::DisplayMath(_) => {
                out.push_str(&tex::to_unicode(&line[range]));
            }
            Event::InlineHtml(html) if is_emphasis(&html) => {
                out.push_str(if html.starts_with("<br") { " " } else { "" });
            }
            Event::InlineHtml(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
    out.trim_start_matches(START).trim().to_owned()
}

/// Whether a tag only changes the look of words. Others, such as `<script>`, stay visible.
fn is_emphasis(tag: &str) -> bool {
    let name =
        tag.trim_start_matches('<').trim_start_matches('/').trim_end_matches(['>', '/', ' ']);
    ["b", "i", "em", "strong", "u", "s", "br", "sub", "sup", "mark"].contains(&name)
}

/// The sign of an emphasis that is none: a sign of multiplication, as in `2*3*4`.
fn literal_sign(text: &str, range: &std::ops::Range<usize>) -> &'static str {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    let is_inside = [before, after].into_iter().flatten().any(char::is_alphanumeric);
    if is_inside { "*" } else { "" }
}

/// A short line of its own without a final punctuation mark.
fn is_heading(text: &str) -> bool {
    let open = text.ends_with(['.', '!', '?', '…', ':', ';', ',', '»', '”', '"']);
    !open && text.chars().count() <= HEADING_CHARS && text.contains(char::is_alphabetic)
}

/// The title in front matter: `title: …` of YAML, `title = "…"` of TOML.
fn stated_title(front_matter: &str) -> Option<String> {
    let title = front_matter.lines().find_map(|line| {
        let (key, value) = line.split_once([':', '='])?;
        (key.trim().eq_ignore_ascii_case("title")).then_some(value.trim())
    })?;
    let bare = title.trim_matches(['"', '\'']).trim();
    bare.contains(char::is_alphanumeric).then(|| bare.to_owned())
}

fn is_page(html: &str) -> bool {
    html.starts_with("<!doctype") || html.starts_with("<html")
}

/// Whether a text begins with a tag of HTML.
fn is_markup(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('<') else {
        return false;
    };
    let name = inner.trim_start_matches('/');
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let name = name[..end].to_lowercase();
    inner.starts_with('!') || ELEMENTS.split(' ').any(|element| element == name)
}

/// Without tags; a tag that ends a line of text ends a paragraph.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let tag = &rest[open..];
        let Some(end) = tag.find('>').filter(|_| is_markup(tag)) else {
            out.push('<');
            rest = &tag[1..];
            continue;
        };
        let inline = [
            "<b>", "<i>", "<em", "<strong", "<a ", "<span", "<code", "</b>", "</i>", "</em",
            "</strong", "</a", "</span", "</code",
        ];
        let breaks = !inline.iter().any(|start| tag.starts_with(start));
        let starts = |name: &str| {
            tag[1..].strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '>']))
        };
        out.push_str(match () {
            () if starts("li") => "\n- ",
            () if starts("/li") => "\n",
            () if starts("h1") || starts("title") => "\n\n# ",
            () if ["h2", "h3", "h4"].into_iter().any(starts) => "\n\n## ",
            () if breaks => "\n\n",
            () => "",
        });
        rest = &tag[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Block> {
        parse(text).1
    }

    fn paragraph(text: &str) -> Block {
        Block::Paragraph(text.to_owned())
    }

    #[test]
    fn front_matter_and_first_heading_give_the_title() {
        let yaml =
            "---\ntitle: \"Как мы росли\"\ndate: 2026-01-01\n---\n\n# Как мы росли\n\nТекст здесь.";
        assert_eq!(parse(yaml), (Some("Как мы росли".to_owned()), vec![paragraph("Текст здесь.")]));
        let toml = "+++\ntitle = 'Growth'\n+++\n\nText here.";
        assert_eq!(parse(toml).0.as_deref(), Some("Growth"));
        assert_eq!(parse("# One\n\n# Two\n\nText.").0.as_deref(), Some("One"));
        assert_eq!(parse("A short line\n\nText that follows.").0.as_deref(), Some("A short line"));
    }

    #[test]
    fn inline_markup_is_removed_and_signs_stay() {
        for (raw, plain) in [
            ("*Why* learn **this** now.", "Why learn this now."),
            ("A `let` and [a link](https://x.y?z=1).", "A let and a link."),
            ("_y_ ~~z~~ &amp; &mdash; done.", "y z & — done."),
            ("-40% build time, –5 °C, #1.", "-40% build time, –5 °C, #1."),
            ("Use snake_case_names and 5 * 3 * 2.", "Use snake_case_names and 5 * 3 * 2."),
            ("It costs $29.90 and then $35.00.", "It costs $29.90 and then $35.00."),
            ("Then $E=mc^2$ holds.", "Then E=mc² holds."),
            ("Seats cost $10–$20, or $5/$10.", "Seats cost $10–$20, or $5/$10."),
            ("It is 2*3*4 and a*b*c.", "It is 2*3*4 and a*b*c."),
            ("A Vec<T> is <b>bold</b>.<br>Next.", "A Vec<T> is bold. Next."),
            ("See ![a picture](x.png) here.", "See here."),
        ] {
            assert_eq!(blocks(raw), [paragraph(plain)], "{raw}");
        }
    }

    #[test]
    fn slides_keep_bold_and_code_only() {
        for (raw, shown) in [
            ("*Why* learn _this_ ~~now~~ &amp; here", "Why learn this now & here"),
            ("**Design:** use `let x`", "**Design:** use `let x`"),
            ("-40% and 2*3*4, Vec<T>, snake_case", "-40% and 2*3*4, Vec<T>, snake_case"),
            ("$E=mc^2$ for $5 and <b>more</b>", "E=mc² for $5 and more"),
            ("$10–$20 *per* seat", "$10–$20 per seat"),
            ("# 1. *first* &lt;b&gt;", "# 1. first <b>"),
            ("see [*this*](x)", "see [*this*](x)"),
            ("<script>x()</script> *now*", "<script>x()</script> now"),
            ("", ""),
            ("+15% to **-3 °C**", "+15% to **-3 °C**"),
            ("AT&amp;T &gt; R&D", "AT&T > R&D"),
            ("snake_case_name and *very* long", "snake_case_name and very long"),
            ("a < b && c > d", "a < b && c > d"),
        ] {
            assert_eq!(slide_markup(raw), shown, "{raw}");
        }
    }

    #[test]
    fn blocks_of_markdown_are_kept_apart() {
        let text = "Intro text.\n\n## Part\n\n- one\n- **two**\n  - nested\n\n> Stay hungry.\n> — Steve Jobs\n\n\
                    ```rust\nfn main() {\n    run();\n}\n```\n\n| Name | Price |\n|---|---|\n| A | 5 |\n| B | 7 |";
        let expected = [
            paragraph("Intro text."),
            Block::Heading("Part".to_owned()),
            Block::List(vec!["one".to_owned(), "two".to_owned(), "nested".to_owned()]),
            Block::Quote(AttributedQuote {
                text: "Stay hungry.".to_owned(),
                author: "Steve Jobs".to_owned(),
            }),
            Block::Code {
                language: "rust".to_owned(),
                code: "fn main() {\n    run();\n}".to_owned(),
            },
            Block::Table(DataTable {
                header: vec!["Name".to_owned(), "Price".to_owned()],
                rows: vec![vec!["A".into(), "5".into()], vec!["B".into(), "7".into()]],
            }),
        ];
        assert_eq!(blocks(text), expected);
    }

    #[test]
    fn author_may_follow_a_quoted_block() {
        let text = "> Less, but better.\n\n— Dieter Rams\n\nText.";
        let Block::Quote(quote) = &blocks(text)[0] else { panic!("no quote") };
        assert_eq!(quote.author, "Dieter Rams");
    }

    #[test]
    fn pages_give_their_words() {
        let page = "<!DOCTYPE html>\n<html><head><title>T</title></head>\n<body>\n<p>First &mdash; text.</p>\n\
                    <p>Second text.</p>\n</body></html>";
        let found = blocks(page);
        assert!(found.contains(&paragraph("First — text.")), "{found:?}");
        let (title, list) = parse(
            "<html><head><title>Sleep</title></head><body><h1>Sleep</h1>\n\
                                   <ul><li>Hand over at noon</li><li>Silence <b>alerts</b></li></ul></body></html>",
        );
        assert_eq!(title.as_deref(), Some("Sleep"));
        assert_eq!(list, [Block::List(vec!["Hand over at noon".into(), "Silence alerts".into()])]);
        assert!(!found.iter().any(|block| block.to_text().contains('<')), "{found:?}");
    }
}
