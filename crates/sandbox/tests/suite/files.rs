//! The text of PDF and DOCX files: what is kept, what is dropped, what is refused.

use document::{Block, Document};
use sandbox::{ExtractedText, FileFormat, SandboxError, UnusableInput};

use crate::{
    office_files::{PdfLine, archive, docx, docx_paragraph, encrypted_pdf, pdf, scanned_pdf},
    sandbox,
};

async fn read(bytes: &[u8]) -> Result<ExtractedText, SandboxError> {
    sandbox(21).file(FileFormat::of(bytes).unwrap(), bytes).await
}

async fn document(bytes: &[u8]) -> Document {
    Document::parse(&read(bytes).await.unwrap().to_markdown())
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(text.to_owned())
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

/// Body text at 11 points with a header and a page number.
pub(crate) fn article_pages() -> Vec<Vec<PdfLine>> {
    let line = |y, text: &str| PdfLine::new(70, y, 11, text);
    let header = |text: &str| PdfLine::new(70, 40, 9, text);
    let number = |text: &str| PdfLine::new(290, 800, 9, text);
    vec![
        vec![
            header("Журнал о коде"),
            PdfLine::new(70, 100, 24, "Как мы ускорили сборку"),
            line(140, "Сборка занимала сорок минут, и никто не ждал её до конца. Мы перепи-"),
            line(154, "сали кэш и разделили тесты на три группы: быстрые, обычные и ночные."),
            line(182, "Через месяц сборка заняла восемь минут."),
            PdfLine::new(70, 220, 16, "Что мы сделали"),
            line(250, "• Убрали лишние зависимости"),
            line(264, "• Разделили тесты"),
            number("1"),
        ],
        vec![
            header("Журнал о коде"),
            line(100, "Тесты теперь идут параллельно, поэтому мы ждём только самый долгий из них."),
            line(140, "Этап"),
            PdfLine::new(250, 140, 11, "Минут"),
            line(154, "Код"),
            PdfLine::new(250, 154, 11, "6"),
            line(168, "Тесты"),
            PdfLine::new(250, 168, 11, "2"),
            number("2"),
        ],
    ]
}

#[tokio::test]
async fn pdf_keeps_structure_and_drops_furniture() {
    let read = document(&pdf(&article_pages())).await;
    assert_eq!(read.title.as_deref(), Some("Как мы ускорили сборку"));
    let [first, second, section, list, third, Block::Table(table)] = read.blocks.as_slice() else {
        panic!("{:#?}", read.blocks)
    };
    let joined = "Сборка занимала сорок минут, и никто не ждал её до конца. Мы переписали кэш и \
                  разделили тесты на три группы: быстрые, обычные и ночные.";
    assert_eq!(*first, paragraph(joined));
    assert_eq!(*second, paragraph("Через месяц сборка заняла восемь минут."));
    assert_eq!(*section, heading("Что мы сделали"));
    let items = ["Убрали лишние зависимости", "Разделили тесты"].map(str::to_owned);
    assert_eq!(*list, Block::List(items.to_vec()));
    let wanted = "Тесты теперь идут параллельно, поэтому мы ждём только самый долгий из них.";
    assert_eq!(*third, paragraph(wanted));
    assert_eq!((table.header.join(" "), table.rows.len()), ("Этап Минут".to_owned(), 2));
}

#[tokio::test]
async fn paragraph_continues_on_the_next_page() {
    let pages = [
        vec![PdfLine::new(70, 700, 11, "The team wrote down what it had learned from each")],
        vec![PdfLine::new(70, 100, 11, "release & compared <plans> with results.")],
    ];
    let read = document(&pdf(&pages)).await;
    let joined = "The team wrote down what it had learned from each release & compared <plans> \
                  with results.";
    assert_eq!(read.blocks, [paragraph(joined)]);
}

#[tokio::test]
async fn bold_lines_above_text_are_headings() {
    let bold = |y, text: &str| PdfLine { bold: true, ..PdfLine::new(70, y, 11, text) };
    let line = |y, text: &str| PdfLine::new(70, y, 11, text);
    let pages = [vec![
        bold(100, "What we measured"),
        line(120, "We measured how long a build takes on a laptop of each kind."),
        line(134, "We did that for a week, on each day and at night too."),
        bold(170, "What we changed"),
        line(190, "We removed four libraries that nobody had used for a year."),
    ]];
    let read = document(&pdf(&pages)).await;
    assert_eq!(read.title.as_deref(), Some("What we measured"));
    assert!(read.blocks.contains(&heading("What we changed")), "{read:#?}");
}

#[tokio::test]
async fn docx_keeps_structure_and_drops_what_is_hidden() {
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", docx_paragraph("", text));
    let row = |a: &str, b: &str| format!("<w:tr>{}{}</w:tr>", cell(a), cell(b));
    let deleted = "<w:p><w:r><w:t>We kept</w:t></w:r><w:del><w:r><w:delText> no</w:delText></w:r></w:del>\
                   <w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r><w:t> the old cache.</w:t></w:r></w:p>";
    let body = [
        docx_paragraph("a1", "How we made builds fast"),
        docx_paragraph("11", "Contents ..... 3"),
        docx_paragraph("Mine", "Why * matters"),
        docx_paragraph("", "R&D asked for a build in < 10 minutes."),
        deleted.to_owned(),
        docx_paragraph("item", "Fewer libraries"),
        docx_paragraph("item", "Three groups of tests"),
        docx_paragraph("q", "Fast feedback is a habit. — Ann Lee"),
        docx_paragraph("c", "let  x = 1;"),
        docx_paragraph("c", "  go(x)"),
        format!("<w:tbl>{}{}</w:tbl>", row("Step", "Minutes"), row("Code", "6")),
    ];
    let read = document(&docx(&body.concat())).await;
    assert_eq!(read.title.as_deref(), Some("How we made builds fast"));
    let [section, first, second, list, Block::Quote(quote), code, Block::Table(table)] =
        read.blocks.as_slice()
    else {
        panic!("{:#?}", read.blocks)
    };
    assert_eq!(*section, heading("Why * matters"));
    assert_eq!(*first, paragraph("R&D asked for a build in < 10 minutes."));
    assert_eq!(*second, paragraph("We kept the old cache."));
    let items = ["Fewer libraries", "Three groups of tests"].map(str::to_owned);
    assert_eq!(*list, Block::List(items.to_vec()));
    assert_eq!(
        (quote.text.as_str(), quote.author.as_str()),
        ("Fast feedback is a habit.", "Ann Lee")
    );
    let lines = "let  x = 1;\n  go(x)".to_owned();
    assert_eq!(*code, Block::Code { language: String::new(), code: lines });
    assert_eq!(
        (table.header.join(" "), table.rows.concat().join(" ")),
        ("Step Minutes".to_owned(), "Code 6".to_owned())
    );
}

#[tokio::test]
async fn files_without_usable_text_are_refused_with_the_reason() {
    let spreadsheet = archive(&[("xl/workbook.xml", "<workbook/>")]);
    let cut = pdf(&article_pages())[..300].to_vec();
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Word 97".to_vec();
    for (what, bytes, wanted) in [
        ("a scan", scanned_pdf(), UnusableInput::NoText),
        ("a password", encrypted_pdf(), UnusableInput::Encrypted),
        ("a part of a PDF", cut, UnusableInput::Damaged),
        ("a spreadsheet", spreadsheet, UnusableInput::NoDocument),
        ("an empty document", docx(&docx_paragraph("", "")), UnusableInput::NoText),
        ("a part of an archive", b"PK\x03\x04 and no more".to_vec(), UnusableInput::Damaged),
        (
            "broken XML",
            archive(&[("word/document.xml", "<w:p><w:t>x</w:p")]),
            UnusableInput::Damaged,
        ),
        ("an old format", old, UnusableInput::OldFormat),
    ] {
        match read(&bytes).await {
            Err(SandboxError::Unusable(reason)) => assert_eq!(reason, wanted, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// An archive of 100 MB of spaces, packed to 100 KB.
#[tokio::test]
async fn an_archive_bomb_is_refused() {
    let bomb = archive(&[("word/document.xml", &" ".repeat(100 << 20))]);
    assert!(bomb.len() < 200_000);
    let refused = read(&bomb).await.unwrap_err();
    assert!(matches!(refused, SandboxError::Unusable(UnusableInput::Damaged)), "{refused}");
}
