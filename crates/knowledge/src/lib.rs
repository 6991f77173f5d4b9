//! Knowledge: our short notes on building software, and search over them.
//!
//! Owns the notes (`notes/*.toml`, embedded at build time), their vocabulary (`words/`), the rules
//! for notes, the search by a topic in Russian or English, the passages of notes that go into a
//! prompt, and a few classical maxims (`maxims.toml`). Does not know slides: the caller turns a
//! note into a carousel. Does no I/O.

mod bm25;
mod check;
mod corpus;
mod lexicon;
mod maxim;
mod note;
mod passage;
mod phrase;
mod search;

pub use check::{CorpusError, NoteError};
pub use corpus::Corpus;
pub use lexicon::{Word, is_filler, words};
pub use maxim::{Maxim, MaximText};
pub use note::{CodeText, KnowledgeNote, NoteCode, NoteText, Quote, Tag, TagText};
pub use passage::Passage;
pub use search::SearchHit;
