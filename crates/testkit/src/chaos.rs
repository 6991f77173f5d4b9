//! A TCP proxy with weather: connections through it can be reset, held up, slowed down, cut short
//! or made one-way, and the weather can change while they are open.
//!
//! It knows no protocol. What is held up is held, not lost: TCP repeats what a network swallows, so
//! when the weather clears the bytes arrive, late and in order, as after a real partition.

mod control;

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

pub use control::{Remote, serve};

/// What happens to connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// Nothing.
    #[default]
    Clear,
    /// All are reset, those that are open and those that come.
    Reset,
    /// All stay open, and nothing comes through.
    BlackHole,
    /// Only what flows this way comes through.
    OneWay(Direction),
    /// Everything comes through, each piece this much later.
    Slow(Duration),
    /// On each connection only so many more bytes of the answer come through; then it is reset.
    Truncated(u64),
}

/// Which way bytes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From whoever connected.
    ToServer,
    /// From whoever was connected to.
    ToClient,
}

/// A proxy in front of a server. It ends when it is dropped, and its connections with it.
#[derive(Debug)]
pub struct Proxy {
    at: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    connections: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Proxy {
    /// Starts one on a free port in front of `upstream`, a host and a port. The server need not be
    /// there yet, and may come and go.
    pub async fn start(upstream: impl Into<String>) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(any).await.expect("a free port");
        Self::on(listener, upstream.into())
    }

    fn on(listener: TcpListener, upstream: String) -> Self {
        let at = listener.local_addr().expect("a bound port has an address");
        let weather = Arc::new(watch::Sender::new(Weather::Clear));
        let connections = Arc::new(AtomicU64::new(0));
        let (sky, count) = (Arc::clone(&weather), Arc::clone(&connections));
        let serving = tokio::spawn(accept(listener, upstream, sky, count));
        Self {
            at,
            weather,
            connections,
            serving,
        }
    }

    /// Where it listens.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Changes the weather, also for connections that are open.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// What the weather is.
    pub fn weather(&self) -> Weather {
        *self.weather.borrow()
    }

    /// How many connections there were.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
        // Connections have tasks of their own.
        self.weather.send_replace(Weather::Reset);
    }
}

async fn accept(
    listener: TcpListener,
    upstream: String,
    sky: Arc<watch::Sender<Weather>>,
    count: Arc<AtomicU64>,
) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Out of descriptors, most likely: it passes.
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

/// One connection, from its beginning to its end.
async fn connect(
    client: TcpStream,
    upstream: &str,
    weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    if *weather.borrow() == Weather::Reset {
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
    let up = Pump::new(Direction::ToServer, weather.clone(), &broken);
    let down = Pump::new(Direction::ToClient, weather, &broken);
    let (up, down) = tokio::join!(
        up.run(from_client, to_server),
        down.run(from_server, to_client)
    );
    up.and(down)
}

/// Carries bytes one way.
struct Pump<'a> {
    direction: Direction,
    weather: watch::Receiver<Weather>,
    /// Set by the way that breaks first, for the other.
    broken: &'a watch::Sender<bool>,
    /// How much may still pass while answers are cut short.
    left: Option<u64>,
}

impl<'a> Pump<'a> {
    fn new(
        direction: Direction,
        weather: watch::Receiver<Weather>,
        broken: &'a watch::Sender<bool>,
    ) -> Self {
        Self {
            direction,
            weather,
            broken,
            left: None,
        }
    }

    /// Carries until this way ends in order, or either breaks.
    async fn run(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut other = self.broken.subscribe();
        let ended = tokio::select! {
            ended = self.carry(&mut from, &mut to) => ended,
            _ = other.wait_for(|broken| *broken) => Err(io::ErrorKind::ConnectionReset.into()),
        };
        if ended.is_err() {
            self.broken.send_replace(true);
            for socket in [from.as_ref(), to.as_ref()] {
                // One that is gone already needs no reset.
                let _ = socket.set_zero_linger();
            }
            // Dropping it would end the connection in order before the reset gets there.
            to.forget();
        }
        ended
    }

    async fn carry(&mut self, from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = tokio::select! {
                biased;
                reset = reset(self.weather.clone()) => return Err(reset),
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

    /// Waits until the weather lets `bytes` pass, and says how many of them do.
    async fn admitted(&mut self, bytes: usize) -> io::Result<usize> {
        loop {
            let weather = *self.weather.borrow_and_update();
            if !matches!(weather, Weather::Truncated(_)) {
                self.left = None;
            }
            match weather {
                Weather::Clear => return Ok(bytes),
                Weather::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
                Weather::OneWay(way) if way == self.direction => return Ok(bytes),
                Weather::BlackHole | Weather::OneWay(_) => {}
                Weather::Slow(delay) => {
                    tokio::time::sleep(delay).await;
                    return Ok(bytes);
                }
                Weather::Truncated(most) => return Ok(self.cut_short(bytes, most)),
            }
            // The proxy is gone when this fails, and this connection with it.
            let changed = self.weather.changed().await;
            changed.map_err(|_| io::Error::from(io::ErrorKind::ConnectionReset))?;
        }
    }

    /// Requests pass whole; answers, up to what is left.
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

/// Waits for a storm.
async fn reset(mut weather: watch::Receiver<Weather>) -> io::Error {
    let _ = weather.wait_for(|weather| *weather == Weather::Reset).await;
    io::ErrorKind::ConnectionReset.into()
}
