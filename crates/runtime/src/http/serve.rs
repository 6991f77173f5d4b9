//! Serves HTTP/1 to many, slow or silent clients.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{HeaderValue, Request, Response, StatusCode, header::CONNECTION},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_service::Service as _;

use super::{
    connection_slots::{ConnectionSlot, ConnectionSlots},
    sampled_log::SampledLog,
};
use crate::shutdown::Shutdown;

#[derive(Debug, Clone, Copy)]
pub struct ListenerLimits {
    /// Open connections. If all are in use, the one that has waited longest without a request is
    /// closed.
    pub connections: usize,
    /// From the start of a request, or from the end of the previous one, to the end of its headers.
    pub headers: Duration,
    /// From the end of its headers until its body is read and its response is ready.
    pub request: Duration,
    /// Longest life of a connection. A request in progress is still answered.
    pub connection: Duration,
    /// How long a shutdown waits for requests in progress.
    pub drain: Duration,
}

impl ListenerLimits {
    /// Regular clients send their headers at once and a megabyte within seconds. Telegram opens at
    /// most 100 connections for a webhook, and a scraper or a probe one each.
    pub const DEFAULT: Self = Self {
        connections: 256,
        headers: Duration::from_secs(5),
        request: Duration::from_secs(30),
        connection: Duration::from_secs(300),
        drain: Duration::from_secs(10),
    };
}

/// Longest headers in bytes; longer ones are answered with 431.
const HEADER_BYTES: usize = 32 * 1024;

/// Pause after a failed `accept`, usually for lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

struct ListenerShared {
    router: Router,
    limits: ListenerLimits,
    refused: SampledLog,
    port: SocketAddr,
}

/// Serves `router` until `shutdown` begins; then waits for requests in progress, up to the drain
/// limit.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ListenerLimits,
    shutdown: Shutdown,
) -> io::Result<()> {
    let shared = Arc::new(ListenerShared {
        router,
        limits,
        refused: SampledLog::default(),
        port: listener.local_addr()?,
    });
    let seats = ConnectionSlots::new(limits.connections);
    let (full, broken) = (SampledLog::default(), SampledLog::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.begun() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                if let Some(count) = broken.count() {
                    tracing::warn!(%error, port = %shared.port, count, "connections can't be accepted");
                }
                sleep(PAUSE).await;
                continue;
            }
        };
        let (seat, closed_one) = tokio::select! {
            () = shutdown.begun() => break,
            taken = seats.take() => taken,
        };
        if closed_one && let Some(count) = full.count() {
            tracing::warn!(
                port = %shared.port, count, limit = limits.connections,
                "too many connections: those that sent no request are closed"
            );
        }
        connections.spawn(serve_connection(stream, seat, Arc::clone(&shared), shutdown.clone()));
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    // The remaining connections are closed when the set is dropped.
    let _ = timeout(limits.drain, drained).await;
    Ok(())
}

/// Handles one connection until it ends.
async fn serve_connection(
    stream: TcpStream,
    seat: ConnectionSlot,
    shared: Arc<ListenerShared>,
    shutdown: Shutdown,
) {
    let _ = stream.set_nodelay(true);
    let (seat, limits) = (Arc::new(seat), shared.limits);
    let answering = {
        let seat = Arc::clone(&seat);
        service_fn(move |request| {
            let (seat, shared) = (Arc::clone(&seat), Arc::clone(&shared));
            async move { Ok::<_, std::convert::Infallible>(answer(request, seat, &shared).await) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), answering);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = seat.closed() => return,
        () = shutdown.begun() => {}
        () = sleep(limits.connection) => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => {}
        () = seat.closed() => {}
        () = sleep(limits.request) => {}
    }
}

/// Answers a request within the time limit, or with 408.
async fn answer(
    request: Request<Incoming>,
    seat: Arc<ConnectionSlot>,
    shared: &ListenerShared,
) -> Response<GuardedBody> {
    seat.set_busy();
    let method = request.method().clone();
    let mut router = shared.router.clone();
    let answering = router.call(request.map(Body::new));
    let response = match timeout(shared.limits.request, answering).await {
        Ok(Ok(response)) => response,
        Err(_) => timeout_response(),
    };
    let status = response.status();
    if status.is_client_error()
        && let Some(count) = shared.refused.count()
    {
        // Neither path nor headers: they are untrusted input.
        tracing::warn!(port = %shared.port, %method, status = status.as_u16(), count, "requests were refused");
    }
    response.map(|body| GuardedBody { body, _answering: BusyGuard(seat) })
}

fn timeout_response() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// A body that protects its connection from being closed for another until it is written.
struct GuardedBody {
    body: Body,
    _answering: BusyGuard,
}

struct BusyGuard(Arc<ConnectionSlot>);

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.set_idle();
    }
}

impl HttpBody for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
