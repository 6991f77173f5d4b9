//! Clients of language models. One call is one attempt, and returns a reply or a typed error:
//! Temporal owns retries. The crate knows requests, schemas and costs, and nothing of slides; it
//! stores neither prompts nor replies.

pub mod anthropic;
pub mod circuit_breaker;
pub mod connect;
pub mod cost;
mod http_server;
pub mod language_model;
pub mod model_connection;
pub mod model_error;
pub mod openai;
pub mod reply_form;
pub mod reply_schema;

pub use http_server::ModelSetupError;
