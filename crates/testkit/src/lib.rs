//! Test support: a Temporal server, a whole application in a temporary folder, a cluster of
//! processes, fakes and failpoints. A dev-dependency only.
//!
//! Nothing here replaces our own code or Temporal: the server is the real one, and the workers are
//! those that `cargo run -p workers` runs. [`FakeModelServer`] (ours) and [`Llmock`] (third-party) play
//! models.
#![expect(clippy::missing_panics_doc, reason = "in a test, a panic is the message")]

pub mod audit;
mod axe;
pub mod bot_api;
pub mod chaos_proxy;
pub mod cluster;
pub mod failpoints;
mod fake_model_server;
mod fake_web_site;
mod histories;
pub mod http;
mod llmock;
mod model_faults;
pub mod office_files;
pub mod otlp;
mod ports;
mod pypi_server;
mod redis_server;
pub mod schedules;
pub mod schema_filler;
mod schemathesis;
pub mod scripted_caller;
mod scripted_failpoints;
pub mod signals;
mod temporal;
mod test_app;

pub use axe::axe_script;
pub use fake_model_server::{
    FakeModelServer, ModelProtocol, ModelResponse, RecordedRequest, envelope,
};
pub use fake_web_site::FakeWebSite;
pub use llmock::Llmock;
pub use model_faults::{MODEL_FAULTS, ModelFault};
pub use ports::PortReservation;
pub use redis_server::RedisServer;
pub use schemathesis::schemathesis;
pub use scripted_failpoints::{FailpointScript, ScriptedFailpoints};
pub use temporal::{TestTemporal, find_cli};
pub use test_app::{TestApp, TestAppBuilder, WorkerGuard};

/// Polls `look` until it finds something, for rows that other processes write without a
/// notification.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let finding = async {
        loop {
            if let Some(found) = look().await {
                break found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(60), finding).await;
    found.unwrap_or_else(|_| panic!("not within a minute: {what}"))
}

/// The folder of the programs of these packages from PyPI, such as `jsonschema==4.26.0`, separated
/// by commas; `None`, with a line on stderr, if they can't be installed.
pub fn installed_or_skipped(packages: &str) -> Option<std::path::PathBuf> {
    pypi_server::installed_or_skipped(packages)
}

/// An order of three slides, the minimum.
pub fn short_order(topic: &str) -> gateway::carousel_request::CarouselRequest {
    let mut order = gateway::carousel_request::CarouselRequest::about(topic);
    order.slides = "3".parse().expect("three is a number of slides");
    order
}
