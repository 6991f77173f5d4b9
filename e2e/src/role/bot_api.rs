//! The fake Bot API as a process of its own.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use runtime::shutdown::{MARGIN, Shutdown};
use testkit::bot_api::{FakeBotApi as Fake, FakeBotApiOptions, TelegramLimits};
use tokio::net::TcpListener;

use crate::cli::print;

#[derive(Debug, Args)]
pub(crate) struct BotApiRole {
    /// The address to listen on; port 0 lets the system choose.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The expected token.
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Switches off Telegram's rate limits.
    #[arg(long)]
    unlimited: bool,
}

impl BotApiRole {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let shutdown = Shutdown::on_signals(MARGIN)?;
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.with_context(|| format!("can't listen on {}", self.listen))?;
        let at = listener.local_addr()?;
        let mut options = FakeBotApiOptions::default();
        if let Some(token) = self.token {
            options.token = token;
        }
        if self.unlimited {
            options.limits = TelegramLimits::NONE;
        }
        print(format!(
            "TELOXIDE_API_URL=http://{at}\nTELOXIDE_TOKEN={}\n# chats: http://{at}/",
            options.token
        ));
        tokio::select! {
            served = Fake::serve(listener, options) => Ok(served?),
            () = shutdown.begun() => Ok(()),
        }
    }
}
