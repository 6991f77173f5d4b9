//! Any file gives a document without a panic, in little time, and its text gives one again.

#![no_main]

use document::{Document, decode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(text) = decode(bytes) else { return };
    let document = Document::parse(&text);
    let _ = document.headline();
    let _ = Document::parse(&document.to_text());
});
