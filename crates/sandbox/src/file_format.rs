//! [`FileFormat`]: the formats of files that are parsed here, recognized by their first bytes.

/// A file that has to be parsed before it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    Pdf,
    /// A ZIP archive, as which word processors save documents.
    Docx,
    /// The container of Office before 2007, and of documents with a password.
    OldOffice,
}

/// A PDF may begin with some bytes of a mail or web server.
const PDF_MARK_BYTES: usize = 1_024;

/// What a child parses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParserInput {
    Html,
    File(FileFormat),
}

impl ParserInput {
    const ALL: [Self; 4] = [
        Self::Html,
        Self::File(FileFormat::Pdf),
        Self::File(FileFormat::Docx),
        Self::File(FileFormat::OldOffice),
    ];

    /// The child's argument.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::File(FileFormat::Pdf) => "pdf",
            Self::File(FileFormat::Docx) => "docx",
            Self::File(FileFormat::OldOffice) => "old-office",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl FileFormat {
    /// The format of a file; `None` for others, such as text.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(PDF_MARK_BYTES)];
        if head.windows(5).any(|window| window == b"%PDF-") {
            Some(Self::Pdf)
        } else if bytes.starts_with(b"PK\x03\x04") {
            Some(Self::Docx)
        } else if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            Some(Self::OldOffice)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_format() {
        assert_eq!(FileFormat::of(b"%PDF-1.7\n"), Some(FileFormat::Pdf));
        assert_eq!(FileFormat::of(b"\xef\xbb\xbf%PDF-1.4"), Some(FileFormat::Pdf));
        assert_eq!(FileFormat::of(b"PK\x03\x04\x14"), Some(FileFormat::Docx));
        assert_eq!(
            FileFormat::of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"),
            Some(FileFormat::OldOffice)
        );
        for text in [&b""[..], b"PDF-1.7 is a format", b"PK", "Тесты".as_bytes()] {
            assert_eq!(FileFormat::of(text), None);
        }
    }
}
