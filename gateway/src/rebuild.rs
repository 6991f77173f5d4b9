//! `gateway rebuild --check`: whether the rows of all carousels agree with their events.

use clap::Args;
use runtime::settings::Settings;
use storage::{Database, DatabaseOptions, DatabaseRole, rebuild};

#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Compare only: nothing is written.
    #[arg(long, required = true)]
    check: bool,
}

/// Rows and events differ. Holds the report.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RowsDiffer(pub String);

impl RebuildArgs {
    /// The report.
    ///
    /// # Errors
    /// [`RowsDiffer`] with the report, or an error of the database.
    pub(crate) async fn run(&self, settings: &Settings) -> anyhow::Result<String> {
        anyhow::ensure!(self.check, "this command only compares: add --check");
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Tool)).await?;
        let report = rebuild::check(&db.read()).await?;
        if report.differences.is_empty() {
            Ok(report.to_string())
        } else {
            Err(RowsDiffer(report.to_string()).into())
        }
    }
}
