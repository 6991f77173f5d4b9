//! A TCP proxy that injects network faults: it resets, holds, slows or truncates connections, or
//! makes them one-way. The fault can change while connections are open.
//!
//! It knows no protocol. Held bytes are not lost: TCP retransmits, so after the fault ends the
//! bytes arrive late and in order, as after a real partition.

mod remote_proxy;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

pub use remote_proxy::{RemoteProxy, serve};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkFault {
    /// No fault.
    #[default]
    Clear,
    /// Open and new connections are reset.
    Reset,
    /// Connections stay open, and no bytes pass.
    BlackHole,
    /// Only bytes in this direction pass.
    OneWay(Direction),
    /// All bytes pass, each piece delayed by this much.
    Slow(Duration),
    /// On each connection, this many more bytes of the answer pass; then it is reset.
    Truncated(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

/// A proxy in front of a server. Dropping it closes its connections.
#[derive(Debug)]
pub struct ChaosProxy {
    at: SocketAddr,
    fault: Arc<watch::Sender<NetworkFault>>,
    connections: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl ChaosProxy {
    /// Starts a proxy on a free port in front of `upstream` (`host:port`). The server may start
    /// later, stop and restart.
    pub async fn start(upstream: impl Into<String>) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(any).await.expect("a free port");
        Self::on(listener, upstream.into())
    }

    fn on(listener: TcpListener, upstream: String) -> Self {
        let at = listener.local_addr().expect("a bound port has an address");
        let fault = Arc::new(watch::Sender::new(NetworkFault::Clear));
        let connections = Arc::new(AtomicU64::new(0));
        let (sky, count) = (Arc::clone(&fault), Arc::clone(&connections));
        let serving = tokio::spawn(accept(listener, upstream, sky, count));
        Self { at, fault, connections, serving }
    }

    /// The address that it listens on.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Changes the fault, also for open connections.
    pub fn set_fault(&self, weather: NetworkFault) {
        self.fault.send_replace(weather);
    }

    pub fn fault(&self) -> NetworkFault {
        *self.fault.borrow()
    }

    /// The number of connections since the start.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.serving.abort();
        // Connections run in tasks of their own.
        self.fault.send_replace(NetworkFault::Reset);
    }
}

async fn accept(
    listener: TcpListener,
    upstream: String,
    sky: Arc<watch::Sender<NetworkFault>>,
    count: Arc<AtomicU64>,
) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Most likely out of file descriptors, which is temporary.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        count.fetch_add(1, Ordering::SeqCst);
        let (upstream, weather) = (upstream.clone(), sky.subscribe());
        tokio::spawn(async move {
            let met = connect(client, &upstream, weather).await;
            if let Err(error) = met {
                tracing::debug!("a connection through chaos ended: {error}");
            }
        });
    }
}

/// Handles one connection until it ends.
async fn connect(
    client: TcpStream,
    upstream: &str,
    weather: watch::Receiver<NetworkFault>,
) -> io::Result<()> {
    if *weather.borrow() == NetworkFault::Reset {
        return client.set_zero_linger();
    }
    let server = match TcpStream::connect(upstream).await {
        Ok(server) => server,
        Err(error) => {
            client.set_zero_linger()?;
            return Err(error);
        }
    };
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let broken = watch::Sender::new(false);
    let up = ByteCopier::new(Direction::ToServer, weather.clone(), &broken);
    let down = ByteCopier::new(Direction::ToClient, weather, &broken);
    let (up, down) = tokio::join!(up.run(from_client, to_server), down.run(from_server, to_client));
    up.and(down)
}

/// Copies bytes in one direction.
struct ByteCopier<'a> {
    direction: Direction,
    fault: watch::Receiver<NetworkFault>,
    /// Set by the direction that breaks first, to stop the other.
    broken: &'a watch::Sender<bool>,
    /// Bytes that may still pass while answers are truncated.
    left: Option<u64>,
}

impl<'a> ByteCopier<'a> {
    fn new(
        direction: Direction,
        fault: watch::Receiver<NetworkFault>,
        broken: &'a watch::Sender<bool>,
    ) -> Self {
        Self { direction, fault, broken, left: None }
    }

    /// Copies until this direction ends normally or either breaks.
    async fn run(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut other = self.broken.subscribe();
        let ended = tokio::select! {
            ended = self.carry(&mut from, &mut to) => ended,
            _ = other.wait_for(|broken| *broken) => Err(io::ErrorKind::ConnectionReset.into()),
        };
        if ended.is_err() {
            self.broken.send_replace(true);
            for socket in [from.as_ref(), to.as_ref()] {
                // A socket that is already closed needs no reset.
                let _ = socket.set_zero_linger();
            }
            // Dropping it would close the connection normally before the reset is sent.
            to.forget();
        }
        ended
    }

    async fn carry(&mut self, from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = tokio::select! {
                biased;
                reset = wait_for_reset(self.fault.clone()) => return Err(reset),
                read = from.read(&mut buffer) => read?,
            };
            let passing = self.admitted(read).await?;
            if read == 0 {
                return Ok(());
            }
            to.write_all(&buffer[..passing]).await?;
            if passing < read {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        }
    }

    /// Waits until the fault lets `bytes` pass, and returns how many may pass.
    async fn admitted(&mut self, bytes: usize) -> io::Result<usize> {
        loop {
            let weather = *self.fault.borrow_and_update();
            if !matches!(weather, NetworkFault::Truncated(_)) {
                self.left = None;
            }
            match weather {
                NetworkFault::Clear => return Ok(bytes),
                NetworkFault::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
                NetworkFault::OneWay(way) if way == self.direction => return Ok(bytes),
                NetworkFault::BlackHole | NetworkFault::OneWay(_) => {}
                NetworkFault::Slow(delay) => {
                    tokio::time::sleep(delay).await;
                    return Ok(bytes);
                }
                NetworkFault::Truncated(most) => return Ok(self.cut_short(bytes, most)),
            }
            // An error means that the proxy was dropped, so this connection ends too.
            let changed = self.fault.changed().await;
            changed.map_err(|_| io::Error::from(io::ErrorKind::ConnectionReset))?;
        }
    }

    /// Requests pass whole; answers pass up to the remaining limit.
    fn cut_short(&mut self, bytes: usize, most: u64) -> usize {
        match self.direction {
            Direction::ToServer => bytes,
            Direction::ToClient => {
                let left = self.left.get_or_insert(most);
                let passing = u64::try_from(bytes).unwrap_or(u64::MAX).min(*left);
                *left -= passing;
                usize::try_from(passing).unwrap_or(bytes)
            }
        }
    }
}

/// Waits until the fault is [`NetworkFault::Reset`].
async fn wait_for_reset(mut weather: watch::Receiver<NetworkFault>) -> io::Error {
    let _ = weather.wait_for(|weather| *weather == NetworkFault::Reset).await;
    io::ErrorKind::ConnectionReset.into()
}
