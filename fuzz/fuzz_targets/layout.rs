//! Any slide is laid out well or refused for its words.

#![no_main]

#[path = "../../crates/render/tests/any_bytes/layout.rs"]
mod layout;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    layout::examine(bytes);
});
