//! The `ai` pool: a topic becomes an analysis, then a draft.

pub mod offline;
