//! `gateway studio`: prints a link to the studio that is signed in.

use std::net::SocketAddr;

use chrono::TimeDelta;
use clap::Args;
use domain::{AccountId, UserId};
use runtime::settings::Settings;
use storage::{Database, DatabaseOptions, DatabaseRole};

use crate::api::{DEV_ADDRESS, sessions};

/// How long the link of `cargo dev` works: a working day.
const DEV_LINK_TIME: TimeDelta = TimeDelta::hours(12);

#[derive(Debug, Args)]
pub struct StudioArgs {
    /// The Telegram account whose carousels it shows. By default those of the command line.
    #[arg(long, value_name = "ID")]
    account: Option<i64>,
}

impl StudioArgs {
    /// Runs the command and returns what to print.
    ///
    /// # Errors
    /// The message is for the operator.
    pub(crate) async fn run(self, settings: &Settings) -> anyhow::Result<String> {
        let base = base(settings, None);
        let account = |account| UserId::of_account(AccountId::new(account));
        let owner = self.account.map_or_else(UserId::local, account);
        link(settings, &base, &owner, sessions::LINK_TIME).await.map(|link| format!("{link}\n"))
    }
}

/// A link to the studio at `api`, for the person at the terminal of `cargo dev`. It works once, within twelve hours.
///
/// # Errors
/// If the database can't be written.
pub async fn dev_link(settings: &Settings, api: SocketAddr) -> anyhow::Result<String> {
    link(settings, &base(settings, Some(api)), &UserId::local(), DEV_LINK_TIME).await
}

/// The public address of the studio's server.
fn base(settings: &Settings, api: Option<SocketAddr>) -> String {
    let local = || format!("http://{}", api.or(settings.api.address).unwrap_or(DEV_ADDRESS));
    settings.api.studio.clone().unwrap_or_else(local)
}

async fn link(
    settings: &Settings,
    base: &str,
    owner: &UserId,
    lifetime: TimeDelta,
) -> anyhow::Result<String> {
    let url = settings.data.database_url.expose();
    let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Tool)).await?;
    let code = sessions::new_code(&db, owner, lifetime).await?;
    Ok(format!("{base}/studio#code={code}"))
}
