//! Reading a page that somebody sent a link to: fetched with care, its words taken out of it.

mod fetch;
mod reach;
mod text;

pub use fetch::{Fetcher, Lookup, PageError};
pub use reach::Reach;
pub use text::Page;
