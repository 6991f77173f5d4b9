//! Any bytes read as a PDF or a DOCX file give a text or a reason without a panic, in little time.

#![no_main]

use document::Document;
use sandbox::{FileFormat, extract_without_limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for format in [FileFormat::Pdf, FileFormat::Docx] {
        if let Ok(text) = extract_without_limits(format, bytes.to_vec()) {
            let _ = Document::parse(&text.to_markdown());
        }
    }
});
