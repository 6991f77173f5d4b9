//! PDF and DOCX files with given texts, for tests. Written by hand: no library of the code under
//! test takes part.

use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A line of a PDF page, placed from the page's top left corner, in points.
#[derive(Debug, Clone)]
pub struct PdfLine {
    pub x: u32,
    pub y: u32,
    pub size: u32,
    pub bold: bool,
    pub text: String,
}

impl PdfLine {
    pub fn new(x: u32, y: u32, size: u32, text: &str) -> Self {
        Self { x, y, size, bold: false, text: text.to_owned() }
    }
}

/// A PDF of A4 pages. Its fonts are not embedded; it lists which letters its codes are.
pub fn pdf(pages: &[Vec<PdfLine>]) -> Vec<u8> {
    let lines = || pages.iter().flatten();
    let mut letters: Vec<char> = lines().flat_map(|line| line.text.chars()).collect();
    letters.sort_unstable();
    letters.dedup();
    assert!(letters.len() < 220, "one byte per letter");
    let contents = pages.iter().map(|page| {
        let texts = page.iter().map(|line| pdf_text(line, &letters));
        texts.collect::<String>()
    });
    pdf_file(&contents.collect::<Vec<_>>(), &letters, "")
}

/// The codes of letters begin here: before are control characters.
const FIRST_CODE: usize = 33;

fn pdf_text(line: &PdfLine, letters: &[char]) -> String {
    let code = |c: char| FIRST_CODE + letters.binary_search(&c).unwrap_or_default();
    let codes: String = line.text.chars().map(|c| format!("{:02X}", code(c))).collect();
    let font = if line.bold { "F2" } else { "F1" };
    format!("BT /{font} {} Tf {} {} Td <{codes}> Tj ET\n", line.size, line.x, 842 - line.y)
}

/// A PDF whose page shows a grey rectangle, as a scan shows a picture.
pub fn scanned_pdf() -> Vec<u8> {
    let picture = "q 0.8 g 50 50 495 742 re f Q\nBI /W 1 /H 1 /CS /G /BPC 8 ID x\nEI\n";
    pdf_file(&[picture.to_owned(), picture.to_owned()], &['x'], "")
}

/// A PDF that needs a password.
pub fn encrypted_pdf() -> Vec<u8> {
    let key = "41".repeat(32);
    let encryption = format!(
        "/Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >> \
         /ID [<{id}> <{id}>]",
        id = "42".repeat(16)
    );
    pdf_file(&["BT ET".to_owned()], &['x'], &encryption)
}

fn pdf_file(contents: &[String], letters: &[char], trailer: &str) -> Vec<u8> {
    let maps = letters.iter().enumerate().map(|(at, c)| {
        let units = c
            .encode_utf16(&mut [0; 2])
            .iter()
            .map(|unit| format!("{unit:04X}"))
            .collect::<String>();
        format!("<{:02X}> <{units}>\n", FIRST_CODE + at)
    });
    let map: Vec<String> = maps.collect();
    // At most a hundred per list.
    let lists = map
        .chunks(100)
        .map(|list| format!("{} beginbfchar\n{}endbfchar\n", list.len(), list.concat()));
    let map = format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
         1 begincodespacerange <00> <FF> endcodespacerange\n{}endcmap end end",
        lists.collect::<String>()
    );
    let last = FIRST_CODE + letters.len() - 1;
    let font = |name: &str| {
        format!(
            "<< /Type /Font /Subtype /TrueType /BaseFont /{name} /FirstChar {FIRST_CODE} /LastChar {last} \
             /Widths [{}] /ToUnicode 3 0 R >>",
            "500 ".repeat(letters.len())
        )
    };
    let stream = |text: &str| format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    let first_page = 6;
    let ids = (0..contents.len()).map(|at| format!("{} 0 R", first_page + 2 * at));
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Kids [{}] /Count {} /MediaBox [0 0 595 842] \
             /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>",
            ids.collect::<Vec<_>>().join(" "),
            contents.len()
        ),
        stream(&map),
        font("Helvetica"),
        font("Helvetica-Bold"),
    ];
    for (at, content) in contents.iter().enumerate() {
        let content_id = first_page + 2 * at + 1;
        objects.push(format!("<< /Type /Page /Parent 2 0 R /Contents {content_id} 0 R >>"));
        objects.push(stream(content));
    }
    assemble(&objects, trailer)
}

/// The objects, numbered from 1, with the table of their places.
fn assemble(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).as_bytes());
    }
    let start = out.len();
    let size = objects.len() + 1;
    out.extend(table.as_bytes());
    out.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n")
            .as_bytes(),
    );
    out
}

/// Styles as Word and LibreOffice name them.
const STYLES: &str = r#"<w:styles xmlns:w="w">
<w:style w:type="paragraph" w:styleId="a1"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="My heading"/><w:basedOn w:val="1"/></w:style>
<w:style w:type="paragraph" w:styleId="q"><w:name w:val="Quote"/></w:style>
<w:style w:type="paragraph" w:styleId="c"><w:name w:val="HTML Preformatted"/></w:style>
<w:style w:type="paragraph" w:styleId="11"><w:name w:val="toc 1"/></w:style>
</w:styles>"#;

/// A paragraph of a document: its style's id (may be empty) and its text.
pub fn docx_paragraph(style: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let properties = match style {
        "" => String::new(),
        "item" => "<w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr>"
            .to_owned(),
        style => format!("<w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>"),
    };
    format!("<w:p>{properties}<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

/// A DOCX with this content of `w:body`.
pub fn docx(body: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>"
    );
    archive(&[("word/styles.xml", STYLES), ("word/document.xml", &document)])
}

/// A ZIP archive of these parts.
pub fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        zip.start_file(*name, options).expect("a new archive takes files");
        zip.write_all(content.as_bytes()).expect("memory takes bytes");
    }
    zip.finish().expect("memory takes bytes").into_inner()
}
