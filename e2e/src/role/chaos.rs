//! The chaos proxy as a process of its own.

use std::net::SocketAddr;

use clap::Args;
use runtime::shutdown::{MARGIN, Shutdown};
use tokio::net::TcpListener;

use crate::cli::print;

#[derive(Debug, Args)]
pub(crate) struct ChaosRole {
    /// The server behind it, as HOST:PORT.
    #[arg(long, value_name = "HOST:PORT")]
    to: String,
    /// The address to listen on; port 0 lets the system choose.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The address of its control API.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    controls: SocketAddr,
}

impl ChaosRole {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let shutdown = Shutdown::on_signals(MARGIN)?;
        let listener = TcpListener::bind(self.listen).await?;
        let controls = TcpListener::bind(self.controls).await?;
        let (at, weather) = (listener.local_addr()?, controls.local_addr()?);
        print(format!(
            "{at} leads to {}\ncurl -d '\"black_hole\"' http://{weather}/weather\n\
             # clear, reset, black_hole, {{\"one_way\":\"to_server\"}}, {{\"truncated\":100}}, \
             {{\"slow\":{{\"secs\":1,\"nanos\":0}}}}",
            self.to
        ));
        tokio::select! {
            served = testkit::chaos_proxy::serve(listener, self.to, controls) => Ok(served?),
            () = shutdown.begun() => Ok(()),
        }
    }
}
