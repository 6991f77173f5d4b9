//! Reads web pages for carousels: checks addresses, fetches, extracts the text.

mod fetch;
mod reach;
mod text;

pub use fetch::{Fetcher, Lookup, PageError};
pub use reach::Reach;
pub use text::Page;
