//! Any model reply is either parsed or refused without being repeated. The parser is compiled
//! separately: the crate that contains it links half of Temporal.

#![no_main]

#[path = "../../crates/writer/tests/any_bytes/reply.rs"]
mod any_bytes;
#[path = "../../crates/writer/src/reply.rs"]
mod reply;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_bytes::examine(bytes);
});
