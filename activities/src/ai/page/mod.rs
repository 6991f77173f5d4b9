//! Reads web pages for carousels: checks addresses, fetches, extracts the text.

mod address_policy;
mod article_text;
mod fetch;
mod guarded_client;
mod page_error;

pub use address_policy::AddressPolicy;
pub use fetch::Fetcher;
pub use guarded_client::GuardedClient;
pub(crate) use guarded_client::connection_failure;
