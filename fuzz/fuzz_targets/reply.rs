//! Any reply of a model is read or refused without repeating it. The reader is compiled by itself:
//! the crate that it is part of links half of Temporal.

#![no_main]

#[path = "../../activities/tests/any_bytes/reply.rs"]
mod any_bytes;
#[path = "../../activities/src/ai/reply.rs"]
mod reply;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_bytes::examine(bytes);
});
