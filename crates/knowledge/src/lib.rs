//! What we know ourselves: short notes on building software well, and search over them.
//!
//! Owns the notes (`notes/*.toml`, embedded at build), their vocabulary (`words/`), the rules they
//! must keep, the search that finds them by a topic in Russian or English, and the passages of them
//! that go into a prompt; beside them a few old maxims (`maxims.toml`). Knows no slides:
//! how a note becomes a carousel is decided by who asks. Does no I/O.

mod check;
mod corpus;
mod lexicon;
mod maxim;
mod note;
mod passage;
mod phrase;
mod search;

pub use check::{CorpusError, Fault};
pub use corpus::Corpus;
pub use lexicon::{Word, is_filler, words};
pub use maxim::{Maxim, MaximWords};
pub use note::{Code, CodeWords, Note, Quote, Tag, TagWords, Wording};
pub use passage::Passage;
pub use search::Hit;
