//! Any slide is either laid out within its limits or refused because of its text.

#![no_main]

#[path = "../../crates/render/tests/any_bytes/layout.rs"]
mod layout;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    layout::examine(bytes);
});
