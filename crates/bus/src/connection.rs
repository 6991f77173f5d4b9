//! [`RedisBus`]: the connections to one Redis server.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use url::Url;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a command may take that does not wait for entries.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// A Redis server. It connects when it is first used, and again after a failure.
#[derive(Clone)]
pub struct RedisBus {
    client: Client,
    shared: ConnectionManager,
}

/// Why the bus could not do something. Everything may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address is not one of a Redis server.
    #[error("REDIS_URL is not the address of a Redis server: {0}")]
    Address(String),
    /// Redis does not answer, or refuses a command: it is loading, read-only, or out of memory.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The outbox can't be read.
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
}

impl RedisBus {
    /// The server at `redis://[user:password@]host:port/[db]`, or `rediss://…` for TLS. Sends nothing.
    ///
    /// # Errors
    /// [`BusError::Address`].
    pub fn new(url: &Url) -> Result<Self, BusError> {
        let client =
            Client::open(url.as_str()).map_err(|error| BusError::Address(error.to_string()))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(COMMAND_TIMEOUT));
        let shared = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|error| BusError::Address(error.to_string()))?;
        Ok(Self { client, shared })
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn ping(&self) -> Result<(), BusError> {
        Ok(redis::cmd("PING").query_async(&mut self.shared()).await?)
    }

    /// The connection for commands that do not wait.
    pub(crate) fn shared(&self) -> ConnectionManager {
        self.shared.clone()
    }

    /// A connection for a command that waits at most `longest`. While it waits, no other command can use the
    /// connection.
    pub(crate) async fn waiting(
        &self,
        longest: Duration,
    ) -> Result<MultiplexedConnection, BusError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(longest + COMMAND_TIMEOUT));
        Ok(self.client.get_multiplexed_async_connection_with_config(&config).await?)
    }
}

impl std::fmt::Debug for RedisBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may contain a password.
        f.debug_struct("RedisBus").finish_non_exhaustive()
    }
}
