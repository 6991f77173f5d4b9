//! Reads web pages for carousels: checks addresses, fetches, extracts the text.

mod address_policy;
mod article_text;
mod fetch;

pub use address_policy::AddressPolicy;
pub use article_text::ArticleText;
pub use fetch::{Fetcher, Lookup, PageError};
