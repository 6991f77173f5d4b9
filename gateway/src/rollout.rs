//! What a container platform asks of the image: a process's readiness, and the database's schema before
//! a rollout.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use axum::http::StatusCode;
use runtime::{http::client, settings::Settings};
use storage::{Database, DatabaseOptions, DatabaseRole};

use crate::{health::Unhealthy, serve::DEFAULT_ADDRESS};

/// `gateway ready`: what `/readyz` of the process on this machine answers.
///
/// # Errors
/// [`Unhealthy`] with the page if the process is not ready; another error if it does not answer.
pub(crate) async fn ready(settings: &Settings) -> anyhow::Result<String> {
    let mut address = settings.http.unwrap_or(DEFAULT_ADDRESS);
    if address.ip().is_unspecified() {
        address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
    }
    let page = client::get(address, "/readyz").await;
    let page = page
        .map_err(anyhow::Error::from_boxed)
        .with_context(|| format!("no process answers at {address}"))?;
    let text = String::from_utf8_lossy(page.body()).into_owned();
    match page.status() {
        StatusCode::OK => Ok(text),
        _ => Err(Unhealthy(text).into()),
    }
}

/// `gateway migrate`: brings the database to the schema of this program.
///
/// # Errors
/// If the database does not answer, or its schema is newer than this program.
pub(crate) async fn migrate(settings: &Settings) -> anyhow::Result<String> {
    let url = settings.data.database_url.expose();
    let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Migration)).await?;
    let version = db.schema_version().await?;
    db.close().await?;
    Ok(format!("the settings are valid; the database has schema {version}\n"))
}

#[cfg(test)]
mod tests {
    use runtime::{
        env::Env,
        http::{Check, Port},
        metrics::ProcessMetrics,
        shutdown::Shutdown,
    };

    use super::*;

    #[tokio::test]
    async fn readiness_follows_the_checks_of_the_process() {
        for (answer, is_ready) in [(Ok(()), true), (Err("it is down".to_owned()), false)] {
            let port = Port::bind(SocketAddr::from(([0, 0, 0, 0], 0))).await.unwrap();
            let address = port.address().to_string();
            let check = Check::new("database", move || std::future::ready(answer.clone()));
            let metrics = ProcessMetrics::plain("gateway");
            let pages = Port::pages(metrics, vec![check], Shutdown::default());
            let serving = tokio::spawn(port.serve(pages, Shutdown::default()));
            let settings = Settings::read(&Env::of([("HTTP_ADDRESS", address)])).unwrap();
            match ready(&settings).await {
                Ok(page) => assert!(is_ready && page.contains("database: ok"), "{page}"),
                Err(e) => {
                    let Unhealthy(page) = e.downcast().unwrap();
                    assert!(!is_ready && page.contains("it is down"), "{page}");
                }
            }
            serving.abort();
            let _ended = serving.await;
            assert!(ready(&settings).await.is_err(), "nothing listens");
        }
    }
}
