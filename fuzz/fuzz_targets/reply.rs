//! Any model reply is either parsed or refused without being repeated. The parser is compiled
//! separately: the crate that contains it links half of Temporal.

#![no_main]

#[path = "../../activities/tests/any_bytes/reply.rs"]
mod any_bytes;
#[path = "../../activities/src/ai/reply.rs"]
mod reply;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_bytes::examine(bytes);
});
